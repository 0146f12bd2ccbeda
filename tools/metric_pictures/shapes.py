"""Generated shapes: masks, outlines, edges and mattes."""

from __future__ import annotations

import cv2
import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt
from numpy.typing import NDArray

from hairopt.metrics.boundary import Outline, OutlineDistances, band_width_px, inner_band
from hairopt.metrics.case import TruthCase, score_mask
from hairopt.types import ImageU8, MaskF32
from tools.metric_pictures.panels import PAPER, panels, save

HIT, EXTRA, MISSED = "#3d7dca", "#e07b39", "#8e6bbf"


def ellipse(side: int, center: tuple[float, float], axes: tuple[int, int], blur: float) -> MaskF32:
    """A soft ellipse, float32 (side, side)."""
    mask = np.zeros((side, side), np.float32)
    place = (round(center[0] * side), round(center[1] * side))
    cv2.ellipse(mask, place, axes, 0, 0, 360, 1.0, -1, cv2.LINE_AA)
    if blur:
        mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), blur), np.float32)
    return np.clip(mask, 0, 1)


def painted(colors: dict[str, NDArray[np.bool_]], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Regions in flat colours on paper."""
    picture = np.ones((*shape, 3)) * mpl.colors.to_rgb(PAPER)
    for color, region in colors.items():
        picture[region] = mpl.colors.to_rgb(color)
    return picture


def blank(side: int) -> ImageU8:
    """A grey picture for cases that are about masks only."""
    return np.full((side, side, 3), 120, np.uint8)


def draw_mask() -> None:
    """Hits, false alarms and misses of three masks."""
    truth = ellipse(200, (0.5, 0.5), (55, 70), 0)
    masks = {
        "shifted": ellipse(200, (0.57, 0.5), (55, 70), 0),
        "too small": ellipse(200, (0.5, 0.5), (40, 52), 0),
        "hat taken for hair": np.maximum(truth, ellipse(200, (0.5, 0.17), (70, 28), 0)),
    }
    case, hair = TruthCase.prepare(blank(200), truth), truth >= 0.5
    titles, pictures = [], []
    for name, mask in masks.items():
        scores, found = score_mask(case, mask, mask), mask >= 0.5
        values = " · ".join(f"{key} {scores[key]:.2f}" for key in ("iou", "precision", "recall"))
        titles.append(f"{name}\n{values}")
        regions = {HIT: found & hair, EXTRA: found & ~hair, MISSED: hair & ~found}
        pictures.append(painted(regions, hair.shape))
    figure, axes = panels(titles, 3.3)
    for panel, picture in zip(axes, pictures, strict=True):
        panel.imshow(picture)
    figure.text(
        0.5, 0.02, "blue: found · orange: false positive · violet: missed", ha="center", fontsize=9
    )
    save(figure, "mask")


def draw_boundary() -> None:
    """Bands of Boundary IoU, distances of outlines, and how IoU hides a frayed hairline."""
    side = 240
    truth = ellipse(side, (0.5, 0.5), (75, 90), 0)
    y, x = np.mgrid[:side, :side]
    angle = np.arctan2(y - side / 2, x - side / 2)
    wave = 1 + 0.07 * np.sin(17 * angle)
    frayed = (np.hypot((x - side / 2) / 75, (y - side / 2) / 90) <= wave).astype(np.float32)
    scores = score_mask(TruthCase.prepare(blank(side), truth), frayed, frayed)
    hair, found = truth >= 0.5, frayed >= 0.5
    bands = [inner_band(region, band_width_px(region.shape)) for region in (hair, found)]
    one, two = Outline.of(found), Outline.of(hair)
    distances = OutlineDistances.between(one, two)
    assert distances is not None
    figure, axes = panels(
        [
            f"a frayed mask\niou {scores['iou']:.2f}",
            f"its band and the truth's\nboundary_iou {scores['boundary_iou']:.2f}",
            f"distance of the outlines\nmean {scores['boundary_distance_mean_px']:.1f} px, "
            f"p95 {scores['boundary_distance_p95_px']:.1f} px",
        ],
        3.2,
    )
    axes[0].imshow(
        painted({HIT: found & hair, EXTRA: found & ~hair, MISSED: hair & ~found}, hair.shape)
    )
    both = {HIT: bands[0] & bands[1], EXTRA: bands[1] & ~bands[0], MISSED: bands[0] & ~bands[1]}
    axes[1].imshow(painted(both, hair.shape))
    axes[2].imshow(painted({"#dddddd": hair}, hair.shape))
    rows, columns = np.nonzero(one.edge)
    rows, columns = rows + one.extent.top, columns + one.extent.left
    dots = axes[2].scatter(columns, rows, c=distances.to_truth_px, s=2.5, cmap="plasma")
    figure.colorbar(dots, ax=axes[2], fraction=0.046, label="px")
    save(figure, "boundary")


def draw_edge() -> None:
    """Three edges, their profiles, widths and sharpness ratios."""
    side = 160
    truth = ellipse(side, (0.5, 0.5), (45, 55), 1.5)
    case = TruthCase.prepare(blank(side), truth)
    alphas = {"hard": 0.0, "as the truth": 1.5, "feathered": 5.0}
    figure, axes = plt.subplots(1, 4, figsize=(12, 3.5), width_ratios=[1, 1, 1, 1.5])
    for panel, (name, blur) in zip(axes, alphas.items(), strict=False):
        alpha = ellipse(side, (0.5, 0.5), (45, 55), blur)
        scores = score_mask(case, alpha, alpha)
        panel.imshow(alpha[40:120, 90:150], cmap="gray", vmin=0, vmax=1)
        panel.set_title(
            f"{name}\nedge_width_px {scores['edge_width_px']:.1f}\n"
            f"edge_sharpness_ratio {scores['edge_sharpness_ratio']:.2f}",
            fontsize=9.5,
        )
        panel.set_xticks([])
        panel.set_yticks([])
        axes[3].plot(np.arange(-20, 21), alpha[80, 105:146], label=name)
    for level in (0.1, 0.9):
        axes[3].axhline(level, color="#999999", lw=0.8, ls="--")
    axes[3].set(title="alpha across the edge", xlabel="pixels", ylim=(-0.03, 1.03))
    axes[3].legend(frameon=False, fontsize=8.5)
    save(figure, "edge")


def draw_matte() -> None:
    """An alpha with a soft rim and an island, and where each error arises."""
    side = 180
    truth = ellipse(side, (0.42, 0.5), (45, 60), 1.5)
    alpha = np.maximum(
        ellipse(side, (0.44, 0.5), (45, 60), 4), 0.7 * ellipse(side, (0.88, 0.3), (10, 14), 1)
    )
    alpha = alpha.astype(np.float32)
    scores = score_mask(TruthCase.prepare(blank(side), truth), alpha, alpha)
    figure, axes = panels(["truth", "alpha: softer, and an island", "|alpha - truth|"])
    for panel, plane in zip(axes[:2], (truth, alpha), strict=True):
        panel.imshow(plane, cmap="gray", vmin=0, vmax=1)
    axes[2].imshow(np.abs(alpha - truth), cmap="magma", vmin=0, vmax=1)
    names = ("sad", "mse", "gradient", "connectivity")
    text = " · ".join(f"matte_{name} {scores[f'matte_{name}']:.3f}" for name in names)
    figure.text(0.5, 0.02, text, ha="center", fontsize=9)
    save(figure, "matte")
