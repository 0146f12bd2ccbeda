"""Score masks and pictures against a prepared truth: every metric of a case in one call."""

from __future__ import annotations

import math
import numbers
from dataclasses import dataclass, replace
from typing import Protocol

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
from hairopt.metrics.intent import Intent, Intents
from hairopt.metrics.locks import LockSums
from hairopt.metrics.mask import PixelCounts, count_pixels, mask_metrics
from hairopt.metrics.matte import MatteSums, matte_connectivity
from hairopt.metrics.outside import OutsideSums
from hairopt.metrics.roughness import VariationSums, smoothing_px
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

__all__ = [
    "HairScores",
    "Intent",
    "Intents",
    "Oracle",
    "TruthCase",
    "hair_change_de76",
    "score_alpha",
    "score_answer",
    "score_hair",
    "score_locks",
    "score_mask",
    "score_picture",
    "score_redye",
]

Scores = dict[str, float | None]

_MATTE_BYTES_PER_PX = 20


class Reference(Protocol):
    """What the colour of hair is compared with."""

    def lab_on(self, core: HairCore) -> NDArray[np.float32]:
        """Its CIELAB on the hair core, float32 (3, N)."""
        ...


class Oracle:
    """A picture as a reference for any number of outputs."""

    def __init__(self, case: TruthCase, picture: Pixels, argument: str = "picture") -> None:
        """Take a picture: uint8, or float64 in [0, 255], (H, W, 3) sRGB; its name in errors.

        Raises:
            UsageError: for another dtype or shape, NaN or values outside the range.
        """
        require_srgb(picture, argument, case.shape)
        self.picture = picture
        self._last: tuple[HairCore, NDArray[np.float32]] | None = None

    def lab_on(self, core: HairCore) -> NDArray[np.float32]:
        """See ``Reference``; that of the last core is kept."""
        if self._last is None or self._last[0] is not core:
            self._last = core, core.lab_of(self.picture)
        return self._last[1]


@dataclass(frozen=True)
class HairScores:
    """One output's hair, as far as colour and texture go.

    Attributes:
        scores: metric -> value, None where it is undefined for this case.
        mean_lab: mean L*, a*, b* of the hair core; None where there is none.
        intent_lab: the same of the intent.
        change_de76: mean CIELAB distance of the core from the photo.
    """

    scores: Scores
    mean_lab: tuple[float, float, float] | None
    intent_lab: tuple[float, float, float] | None
    change_de76: float | None


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
        **score_alpha(case, alpha),
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


def score_alpha(case: TruthCase, alpha: Pixels) -> Scores:
    """The metrics of ``score_mask`` that look at what was blended alone, as a soft set.

    Args:
        case: the prepared truth.
        alpha: float32 (H, W) in [0, 1].

    Raises:
        UsageError: for another dtype, unequal shapes, NaN or values outside [0, 1].
    """
    require_mask(alpha, "alpha", case.shape)
    sums, width_px = AlphaSums(), band_width_px(case.shape)
    rough, truth_rough, sigma_px = VariationSums(), VariationSums(), smoothing_px(case.shape)
    for piece, truth in case.soft:
        part = np.ascontiguousarray(alpha[piece.outer.slices])
        band = soft_band(part, width_px)
        inner, inner_band = (np.ascontiguousarray(plane[piece.cut]) for plane in (part, band))
        sums += AlphaSums.of(inner, inner_band, truth)
        rough += VariationSums.of(part, piece, sigma_px)
        truth_rough += truth.variation
    return {**sums.metrics(), "edge_roughness": rough.beyond(truth_rough)}


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
    intent: Intent | Oracle | Pixels,
    shade: Shade,
    intensity: float,
    untouched: Pixels | None = None,
    formula: Oracle | None = None,
) -> Scores:
    """All metrics of colour and bleed for one shade and intensity.

    Args:
        case: the prepared truth.
        output: uint8 (H, W, 3) RGB, the picture that the pipeline answered, decoded.
        intent: what colour is judged against, of ``Intents``, or a picture of it: float64 in
            [0, 255] or uint8 (H, W, 3) sRGB.
        shade: the colour asked for.
        intensity: 0..100; shade hit is defined at 100 only.
        untouched: uint8 (H, W, 3) RGB, the photo as the pipeline's encoder returns it, so that
            its artefacts are not taken for dye; None for the photo itself.
        formula: the picture that the recolour method's own formula gives with the truth as its
            mask; None where it has no formula.

    Returns:
        Metric name -> value, None where it is undefined for this case.

    Raises:
        UsageError: for another dtype, unequal shapes, NaN or values outside the range.
    """
    return score_answer(case, output, intent, shade, intensity, untouched, formula).scores


def score_answer(
    case: TruthCase,
    output: Pixels,
    intent: Intent | Oracle | Pixels,
    shade: Shade,
    intensity: float,
    untouched: Pixels | None = None,
    formula: Oracle | None = None,
) -> HairScores:
    """The same, with the mean colours of the hair."""
    require_image(output, "output", case.shape)
    reference = intent if isinstance(intent, (Intent, Oracle)) else Oracle(case, intent, "intent")
    hair = score_hair(case, output, reference, shade, intensity, formula)
    beside = _beside(case, output, untouched)
    asked = {"output": output, "intent": reference, "shade": shade, "intensity": intensity}
    further = _plugin_scores("picture", case, **asked)
    return replace(hair, scores=hair.scores | beside | further)


def score_hair(
    case: TruthCase,
    output: Pixels,
    intent: Reference,
    shade: Shade,
    intensity: float,
    formula: Reference | None = None,
) -> HairScores:
    """The colour of the hair against the intent, and its texture against the photo.

    Takes and raises what ``score_picture`` does.
    """
    require_intensity(intensity, "intensity")
    color, texture, exact, change = ColorSums.none(), TextureSums(), Mean(), Mean()
    locks, wanted_locks = LockSums.none(case.lock_grid.count), LockSums.none(case.lock_grid.count)
    for core in case.core:
        lab, lightness = core.lab_and_texture(np.ascontiguousarray(output[core.box.slices]))
        wanted = intent.lab_on(core)
        color += ColorSums.of(lab, wanted)
        texture += TextureSums.of(core.texture, lightness, core.inside)
        locks += case.lock_grid.sums(core.lock, lab)
        wanted_locks += case.lock_grid.sums(core.lock, wanted)
        change += Mean.of(de76(lab, core.lab))
        if formula is not None:
            exact += Mean.of(ciede2000(formula.lab_on(core), lab))
    scores: Scores = {
        **color.metrics(case.hair_band),
        "lock_de00": locks.de00(wanted_locks),
        "dye_strength": locks.strength(case.photo_locks, wanted_locks),
        "formula_de00": exact.value,
        "shade_hit_de00": color.shade_hit_de00(shade) if intensity == 100 else None,
        **texture.metrics(),
    }
    return HairScores(scores, color.mean_lab, color.mean_wanted, change.value)


def score_locks(
    case: TruthCase, one: Reference, intent: Reference
) -> tuple[float | None, float | None]:
    """``lock_de00`` of hair against the intent, and its mean CIELAB distance from the photo."""
    locks, wanted = LockSums.none(case.lock_grid.count), LockSums.none(case.lock_grid.count)
    change = Mean()
    for core in case.core:
        lab = one.lab_on(core)
        locks += case.lock_grid.sums(core.lock, lab)
        wanted += case.lock_grid.sums(core.lock, intent.lab_on(core))
        change += Mean.of(de76(lab, core.lab))
    return locks.de00(wanted), change.value


def _beside(case: TruthCase, output: Pixels, untouched: Pixels | None) -> Scores:
    before = case.image if untouched is None else untouched
    require_image(before, "untouched", case.shape)
    bleed, outside = BleedSums(), OutsideSums.none(case.lock_grid.count)
    for part in case.outside:
        inner = part.piece.inner.slices
        bleed += BleedSums.of(before[inner], output[inner], part.beyond)
        outside += part.sums_of(output[part.piece.outer.slices])
    return {**bleed.metrics(), **outside.metrics()}


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
        picture = value.picture if isinstance(value, (Intent, Oracle)) else value
        arguments[name] = np.asarray(picture) if isinstance(picture, Raster) else picture
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
