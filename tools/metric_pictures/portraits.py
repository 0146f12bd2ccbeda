"""The public-domain portrait of scikit-image: colour, texture, bleed and intensity response."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from matplotlib import pyplot as plt
from numpy.typing import NDArray

from hairopt.datasets import load_dataset
from hairopt.metrics.case import Intents, TruthCase, hair_change_de76, score_picture
from hairopt.metrics.ciede2000 import ciede2000
from hairopt.metrics.lab import lab_from_srgb
from hairopt.metrics.response import response_metrics
from hairopt.types import ImageU8, MaskF32, Shade
from tools.metric_pictures.panels import ROOT, panels, save

SHADE = Shade.parse("violet")


def portrait() -> tuple[ImageU8, MaskF32]:
    """The astronaut and her hair's truth matte."""
    case = load_dataset(ROOT / "datasets" / "starter").case("astronaut").read()
    return case.image, case.truth


def dyed(image: ImageU8, alpha: MaskF32, strength: float = 1.0) -> NDArray[np.float64]:
    """The photo with hair in the shade, brightness kept, float64 (H, W, 3) in 0..255."""
    light = image.mean(axis=2, keepdims=True)
    color = np.clip(np.array(SHADE.rgb) * (0.35 + light / 110.0), 0, 255)
    mixed: NDArray[np.float64] = image + (color - image) * (strength * alpha[..., None])
    return mixed


def to_bytes(picture: NDArray[np.float64]) -> ImageU8:
    """Rounded."""
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def difference(one: ImageU8, two: ImageU8) -> NDArray[np.float32]:
    """CIEDE2000 of every pixel, float32 (H, W)."""
    labs = (lab_from_srgb(picture.reshape(-1, 3)) for picture in (one, two))
    return ciede2000(*labs).reshape(one.shape[:2])


def head(picture: Any) -> Any:  # noqa: ANN401 (any array)
    """The part of the portrait with the hair."""
    return picture[0:300, 90:390]


def draw_color() -> None:
    """How large a difference is, and where a result departs from the intent."""
    image, truth = portrait()
    case = TruthCase.prepare(image, truth)
    wanted = Intents(case).of(SHADE, 100.0)
    intent = np.asarray(wanted.picture)
    output = to_bytes(image + 0.75 * (intent - image))
    scores = score_picture(case, output, wanted, SHADE, 100.0)
    parts = [f"{key} {scores[f'color_{key}']:+.1f}" for key in ("dl", "dc", "dh")]
    figure, axes = panels(
        [
            "intent: the shade under this light",
            f"output: 25 % too weak\ndye_strength {scores['dye_strength']:.2f}",
            f"lock_de00 {scores['lock_de00']:.1f}\n{'  '.join(parts)}",
            "what a difference looks like",
        ]
    )
    axes[0].imshow(head(to_bytes(intent)))
    axes[1].imshow(head(output))
    shown = axes[2].imshow(
        head(difference(to_bytes(intent), output)), cmap="magma", vmin=0, vmax=15
    )
    figure.colorbar(shown, ax=axes[2], fraction=0.046, label="dE00")
    axes[3].imshow(swatches())
    for row, target in enumerate(SWATCHES):
        axes[3].text(4, 20 * row + 12, f"dE00 {target:g}", color="white", fontsize=9, va="center")
    save(figure, "color")


SWATCHES = (1.0, 2.0, 5.0, 10.0, 20.0)


def swatches() -> ImageU8:
    """Pairs of the shade and a lighter one, at known CIEDE2000 differences."""
    base = np.array(SHADE.rgb)
    candidates = np.clip(base + np.arange(0, 140)[:, None] * np.array([0.9, 1.0, 0.9]), 0, 255)
    gap = ciede2000(
        lab_from_srgb(np.repeat(base[None].astype(float), len(candidates), 0)),
        lab_from_srgb(candidates),
    )
    rows = []
    for target in SWATCHES:
        other = np.rint(candidates[int(np.abs(gap - target).argmin())])
        row = np.empty((20, 100, 3))
        row[:, :50], row[:, 50:] = base, other
        rows.append(row)
    return np.concatenate(rows).astype(np.uint8)


def draw_texture() -> None:
    """Strands kept and strands painted over."""
    image, truth = portrait()
    kept = to_bytes(dyed(image, truth))
    paint = np.array(SHADE.rgb, np.float64) - image
    flat = to_bytes(np.add(image, paint * (0.95 * truth[..., None]), dtype=np.float64))
    case = TruthCase.prepare(image, truth)
    titles = ["photo"]
    for name, output in (("strands kept", kept), ("painted over", flat)):
        scores = score_picture(case, output, output, SHADE, 100.0)
        titles.append(
            f"{name}\ntexture_kept {scores['texture_kept']:.2f}, "
            f"texture_structure {scores['texture_structure']:.2f}"
        )
    figure, axes = panels(titles, 3.1)
    for panel, picture in zip(axes, (image, kept, flat), strict=True):
        panel.imshow(picture[20:170, 130:280])
    save(figure, "texture")


def draw_bleed() -> None:
    """Colour on the forehead and beside the head."""
    image, truth = portrait()
    soft = np.clip(cv2.GaussianBlur(truth, (0, 0), 9) * 1.25, 0, 1).astype(np.float32)
    case = TruthCase.prepare(image, truth)
    (part,) = case.outside
    outside = part.beyond
    output = to_bytes(dyed(image, soft))
    scores = score_picture(case, output, dyed(image, truth), SHADE, 100.0)
    figure, axes = panels(
        [
            "a mask that is too wide",
            "measured: beyond the dilated truth",
            f"bleed_de00 {scores['bleed_de00']:.2f}\nbleed_area {scores['bleed_area']:.3f}",
        ],
        3.1,
    )
    axes[0].imshow(head(output))
    measured = np.where(outside[..., None], image, np.uint8(255))
    axes[1].imshow(head(measured))
    change = np.where(outside, difference(image, output), 0)
    shown = axes[2].imshow(head(change), cmap="magma", vmin=0, vmax=20)
    figure.colorbar(shown, ax=axes[2], fraction=0.046, label="dE00")
    save(figure, "bleed")


def draw_response() -> None:
    """Three ways in which a slider can act."""
    image, truth = portrait()
    case = TruthCase.prepare(image, truth)
    steps = np.arange(0, 101, 10)
    part = steps / 100
    curves = {
        "proportional": part,
        "all at the end": part**3,
        "falls in between": part + 0.45 * np.sin(2 * np.pi * part),
    }
    figure, panel = plt.subplots(figsize=(6.2, 3.6))
    for name, strengths in curves.items():
        outputs = (to_bytes(dyed(image, truth, float(strength))) for strength in strengths)
        change = [hair_change_de76(case, output) or 0.0 for output in outputs]
        scores = response_metrics(dict(zip(map(float, steps), change, strict=True)))
        label = (
            f"{name}: response_monotone {scores['response_monotone']:.2f}, "
            f"response_nonlinearity {scores['response_nonlinearity']:.2f}"
        )
        panel.plot(steps, change, marker="o", ms=3, label=label)
    panel.set(xlabel="intensity", ylabel="mean change of the hair, dE76")
    panel.legend(frameon=False, fontsize=7.5)
    save(figure, "response")
