"""Score masks and pictures against a prepared truth: every metric of a case in one call."""

from __future__ import annotations

import math
import numbers

import numpy as np
from numpy.typing import NDArray

from hairopt.errors import HairoptError, UsageError
from hairopt.metrics.alpha import AlphaSums, soft_band
from hairopt.metrics.bleed import BleedSums
from hairopt.metrics.boundary import Outline, band_width_px, outline_metrics
from hairopt.metrics.catalog import METRICS, known_metrics
from hairopt.metrics.ciede2000 import ciede2000
from hairopt.metrics.color import ColorSums, Mean, de76
from hairopt.metrics.edge import sharpness_ratio, width_reach_px
from hairopt.metrics.hair_core import HairCore
from hairopt.metrics.locks import LockSums
from hairopt.metrics.mask import PixelCounts, count_pixels, mask_metrics
from hairopt.metrics.matte import MatteSums, matte_connectivity
from hairopt.metrics.outside import OutsideSums
from hairopt.metrics.surroundings import AlphaEdge
from hairopt.metrics.texture import TextureSums
from hairopt.metrics.truth import TruthCase, set_of
from hairopt.metrics.validate import (
    require_image,
    require_intensity,
    require_mask,
    require_srgb,
)
from hairopt.raster import Pixels, Raster
from hairopt.registry import unknown_name
from hairopt.types import Box, Shade

__all__ = ["Oracle", "TruthCase", "hair_change_de76", "score_mask", "score_picture", "score_redye"]

Scores = dict[str, float | None]

_MATTE_BYTES_PER_PX = 20


class Oracle:
    """The ideal picture of one shade and intensity, for scoring any number of outputs."""

    def __init__(self, case: TruthCase, picture: Pixels) -> None:
        """Take an ideal picture: uint8, or float64 in [0, 255], (H, W, 3) sRGB.

        Raises:
            UsageError: for another dtype or shape, NaN or values outside the range.
        """
        require_srgb(picture, "oracle", case.shape)
        self._picture = picture
        self._last: tuple[HairCore, NDArray[np.float32]] | None = None

    def lab_on(self, core: HairCore) -> NDArray[np.float32]:
        """Its CIELAB on the hair core, float32 (3, N); that of the last core is kept."""
        if self._last is None or self._last[0] is not core:
            self._last = core, core.lab_of(self._picture)
        return self._last[1]


def score_mask(case: TruthCase, mask: Pixels, alpha: Pixels) -> Scores:
    """All metrics of masks, edges and mattes.

    Args:
        case: the prepared truth.
        mask: float32 (H, W) in [0, 1], the network's probability at the photo's size; its set is
            mask >= 0.5.
        alpha: float32 (H, W) in [0, 1], what the dyed layer is blended with.

    Returns:
        Metric name -> value, None where it is undefined for this case.

    Raises:
        UsageError: for another dtype, unequal shapes, NaN or values outside [0, 1].
    """
    require_mask(mask, "mask", case.shape)
    require_mask(alpha, "alpha", case.shape)
    around, reach_px = case.around(alpha), width_reach_px(case.shape)
    edge = sum((part.edge_of(alpha, reach_px) for part in around), AlphaEdge())
    matte = _matte(case, alpha)
    scores: Scores = {
        **_set_scores(case, mask),
        **_alpha_sums(case, alpha).metrics(),
        "edge_sharpness_ratio": sharpness_ratio(edge.sums.sharpness, case.sharpness),
        "edge_width_px": edge.width_px,
        "edge_gradient_agreement": edge.agreement,
        "matte_sad": matte.sad,
        "matte_mse": matte.mse,
        "matte_gradient": edge.matte_gradient,
        "matte_connectivity": matte_connectivity(alpha, case.truth, case.most_bytes),
    }
    return scores | _plugin_scores("mask", case, mask=mask, alpha=alpha)


def _set_scores(case: TruthCase, mask: Pixels) -> Scores:
    """The metrics of the set mask >= 0.5."""
    found, hair = set_of(mask, 0.5, case.most_bytes), case.hair
    overlap = count_pixels(found, hair)
    del hair
    bands = PixelCounts(0, 0, 0, 0)
    for piece, band in case.bands:
        bands += count_pixels(case.inner_band(found[piece.outer.slices], piece), band)
    outline = Outline.of(found)
    del found
    return {
        **mask_metrics(overlap),
        "boundary_iou": bands.iou,
        **outline_metrics(outline, case.outline, case.tolerance_px),
    }


def _alpha_sums(case: TruthCase, alpha: Pixels) -> AlphaSums:
    sums, width_px = AlphaSums(), band_width_px(case.shape)
    for piece, truth in case.soft:
        part = np.ascontiguousarray(alpha[piece.outer.slices])
        band = soft_band(part, width_px)
        inner, inner_band = (np.ascontiguousarray(plane[piece.cut]) for plane in (part, band))
        sums += AlphaSums.of(inner, inner_band, truth)
    return sums


def _matte(case: TruthCase, alpha: Pixels) -> MatteSums:
    sums = MatteSums()
    for piece in case.cut(Box.full(*case.shape), bytes_per_px=_MATTE_BYTES_PER_PX):
        inner = piece.inner.slices
        sides = (np.ascontiguousarray(plane[inner]) for plane in (alpha, case.truth))
        sums += MatteSums.of(*sides)
    return sums


def score_picture(
    case: TruthCase,
    output: Pixels,
    oracle: Oracle | Pixels,
    shade: Shade,
    intensity: float,
    untouched: Pixels | None = None,
) -> Scores:
    """All metrics of colour and bleed for one shade and intensity.

    Args:
        case: the prepared truth.
        output: uint8 (H, W, 3) RGB, the picture that the pipeline answered, decoded.
        oracle: the ideal, prepared, or float64 in [0, 255] or uint8 (H, W, 3) sRGB.
        shade: the colour asked for.
        intensity: 0..100; shade hit is defined at 100 only.
        untouched: uint8 (H, W, 3) RGB, the photo as the pipeline's encoder returns it, so that
            its artefacts are not taken for dye; None for the photo itself.

    Returns:
        Metric name -> value, None where it is undefined for this case.

    Raises:
        UsageError: for another dtype, unequal shapes, NaN or values outside the range.
    """
    require_image(output, "output", case.shape)
    require_intensity(intensity, "intensity")
    before = case.image if untouched is None else untouched
    require_image(before, "untouched", case.shape)
    if not isinstance(oracle, Oracle):
        oracle = Oracle(case, oracle)
    color, texture = ColorSums.none(), TextureSums()
    locks, ideal_locks = LockSums.none(case.lock_grid.count), LockSums.none(case.lock_grid.count)
    for core in case.core:
        lab, lightness = core.lab_and_texture(np.ascontiguousarray(output[core.box.slices]))
        ideal = oracle.lab_on(core)
        color += ColorSums.of(lab, ideal, core.band)
        texture += TextureSums.of(core.texture, lightness, core.inside)
        locks += case.lock_grid.sums(core.lock, lab)
        ideal_locks += case.lock_grid.sums(core.lock, ideal)
    bleed, outside = BleedSums(), OutsideSums.none(case.lock_grid.count)
    for part in case.outside:
        inner = part.piece.inner.slices
        bleed += BleedSums.of(before[inner], output[inner], part.beyond)
        outside += part.sums_of(output[part.piece.outer.slices])
    scores: Scores = {
        **color.metrics(),
        "lock_de00": locks.de00(ideal_locks),
        "shade_hit_de00": color.shade_hit_de00(shade) if intensity == 100 else None,
        **texture.metrics(),
        **bleed.metrics(),
        **outside.metrics(),
    }
    asked = {"output": output, "oracle": oracle, "shade": shade, "intensity": intensity}
    return scores | _plugin_scores("picture", case, **asked)


def hair_change_de76(case: TruthCase, output: Pixels) -> float | None:
    """How much a picture changed the hair core, mean CIELAB distance; None without a core.

    Args:
        case: the prepared truth.
        output: uint8 (H, W, 3) RGB.

    Raises:
        UsageError: for another dtype or shape.
    """
    require_image(output, "output", case.shape)
    change = Mean()
    for core in case.core:
        change += Mean.of(de76(core.lab_of(output), core.lab))
    return change.value


def score_redye(case: TruthCase, shade: str, picture: Pixels) -> float | None:
    """Mean CIEDE2000 of a picture to the true picture of the dyed head, wherever there is hair.

    Args:
        case: the prepared truth.
        shade: a key of ``case.dyed``.
        picture: the answer in that shade at intensity 100: uint8, or float64 in [0, 255],
            (H, W, 3) sRGB.

    Returns:
        0 or more; None without hair.

    Raises:
        UsageError: for a shade without a true picture, another dtype or shape, NaN or values
            outside the range.
    """
    if shade not in case.dyed:
        raise UsageError(unknown_name("shade", shade, list(case.dyed)))
    require_srgb(picture, "picture", case.shape)
    total = Mean()
    for part in case.touched:
        total += Mean.of(ciede2000(part.dyed_lab(shade), part.lab_of(picture)))
    return total.value


def _plugin_scores(scored_from: str, case: TruthCase, **arguments: object) -> Scores:
    metrics = {
        name: metric
        for name, metric in known_metrics().items()
        if name not in METRICS and metric.score and metric.scored_from == scored_from
    }
    if not metrics:
        return {}
    for name, value in arguments.items():
        if isinstance(value, Raster):
            arguments[name] = np.asarray(value)
    case = case.in_memory()
    return {
        name: required_number(name, metric.score(case=case, **arguments))
        for name, metric in metrics.items()
        if metric.score
    }


def required_number(name: str, value: object) -> float | None:
    """The score of a plug-in.

    Raises:
        HairoptError: it is neither None nor a finite number; a NaN would spread into every mean.
    """
    if value is None:
        return None
    if isinstance(value, numbers.Real) and math.isfinite(value):
        return float(value)
    raise HairoptError(
        f"metric {name} answered {value!r}; needed is a finite number, or None if it is undefined"
    )
