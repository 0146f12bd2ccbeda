"""Score masks and pictures against a prepared truth: every metric of a case in one call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hairopt.errors import UsageError
from hairopt.metrics.bleed import bleed_metrics
from hairopt.metrics.boundary import Outline, boundary_iou, outline_metrics
from hairopt.metrics.catalog import METRICS, known_metrics
from hairopt.metrics.color import color_metrics, mean_de00, mean_de76, shade_hit_de00
from hairopt.metrics.edge import (
    gradient_agreement,
    sharpness,
    sharpness_ratio,
    width_px,
    width_reach_px,
)
from hairopt.metrics.gradient import Gradient
from hairopt.metrics.lab import linear_table
from hairopt.metrics.mask import count_pixels, mask_metrics
from hairopt.metrics.matte import matte_connectivity, matte_gradient, matte_mse, matte_sad
from hairopt.metrics.response import response_metrics
from hairopt.metrics.texture import texture_metrics
from hairopt.metrics.truth import TruthCase, lab_at
from hairopt.metrics.validate import (
    require_image,
    require_intensity,
    require_mask,
    require_srgb,
)
from hairopt.registry import unknown_name
from hairopt.types import ImageU8, MaskF32, Shade

__all__ = ["Oracle", "TruthCase", "score_mask", "score_picture", "score_redye", "score_response"]

Scores = dict[str, float | None]


@dataclass(frozen=True)
class Oracle:
    """The ideal picture of one shade and intensity, prepared for scoring any number of outputs.

    Attributes:
        core_lab: its CIELAB on the hair core, float32 (3, N).
        lock_lab: the mean CIELAB of each lock there, float32 (3, L).
    """

    core_lab: NDArray[np.float32]
    lock_lab: NDArray[np.float32]

    @classmethod
    def prepare(cls, case: TruthCase, picture: NDArray[Any]) -> Oracle:
        """Convert an ideal picture: uint8, or float64 in [0, 255], (H, W, 3) sRGB.

        Raises:
            UsageError: for another dtype or shape, NaN or values outside the range.
        """
        require_srgb(picture, "oracle", case.truth.shape)
        core_lab = case.core.lab_of(picture)
        return cls(core_lab, case.core.locks.mean_lab(core_lab))


def score_mask(case: TruthCase, mask: MaskF32, alpha: MaskF32) -> Scores:
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
    require_mask(mask, "mask", case.truth.shape)
    require_mask(alpha, "alpha", case.truth.shape)
    mask, alpha = np.ascontiguousarray(mask), np.ascontiguousarray(alpha)
    found = mask >= np.float32(0.5)
    around = case.around(alpha)
    near_alpha = np.ascontiguousarray(alpha[around.box.slices])
    gradient = Gradient.of(near_alpha)
    scores: Scores = {
        **mask_metrics(count_pixels(found, case.hair)),
        "boundary_iou": boundary_iou(found, case.hair, case.band),
        **outline_metrics(Outline.of(found), case.outline, case.tolerance_px),
        "edge_sharpness_ratio": sharpness_ratio(sharpness(gradient), case.sharpness),
        "edge_width_px": width_px(near_alpha, gradient, width_reach_px(alpha.shape)),
        "edge_gradient_agreement": gradient_agreement(gradient, around.photo_edges),
        "matte_sad": matte_sad(alpha, case.truth),
        "matte_mse": matte_mse(alpha, case.truth),
        "matte_gradient": matte_gradient(gradient.magnitude, around.gradient.magnitude),
        "matte_connectivity": matte_connectivity(alpha, case.truth),
    }
    return scores | _plugin_scores("mask", case=case, mask=mask, alpha=alpha)


def score_picture(
    case: TruthCase,
    output: ImageU8,
    oracle: Oracle | NDArray[Any],
    shade: Shade,
    intensity: float,
    untouched: ImageU8 | None = None,
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
    require_image(output, "output", case.truth.shape)
    require_intensity(intensity, "intensity")
    output = np.ascontiguousarray(output)
    if not isinstance(oracle, Oracle):
        oracle = Oracle.prepare(case, oracle)
    core_lab, texture = case.core.lab_and_texture(output)
    locks = case.core.locks
    scores: Scores = {
        **color_metrics(core_lab, oracle.core_lab, case.core.band),
        "lock_de00": locks.de00(locks.mean_lab(core_lab), oracle.lock_lab),
        "shade_hit_de00": shade_hit_de00(core_lab, shade) if intensity == 100 else None,
        **texture_metrics(case.core.texture, texture, case.core.inside),
        **_bleed(case, output, untouched),
    }
    asked = {"output": output, "oracle": oracle, "shade": shade, "intensity": intensity}
    return scores | _plugin_scores("picture", case=case, **asked)


def score_response(case: TruthCase, outputs: Mapping[float, ImageU8]) -> Scores:
    """The metrics of intensity response, for one shade.

    Args:
        case: the prepared truth.
        outputs: the picture answered at each intensity; 0 and 100 must be among them.

    Raises:
        UsageError: for another dtype or shape, or where 0, 100 or a third intensity is missing.
    """
    changes: dict[float, float | None] = {}
    for intensity, output in outputs.items():
        require_intensity(intensity, "outputs")
        require_image(output, f"outputs[{intensity:g}]", case.truth.shape)
        changes[intensity] = mean_de76(case.core.lab_of(output), case.core.lab)
    return response_metrics(changes)


def score_redye(case: TruthCase, shade: str, picture: NDArray[Any]) -> float | None:
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
    require_srgb(picture, "picture", case.truth.shape)
    return mean_de00(lab_at(picture, case.touched), case.dyed[shade])


def _bleed(case: TruthCase, output: ImageU8, untouched: ImageU8 | None) -> Scores:
    from hairopt.metrics.color_loops import changes_outside

    before = case.image if untouched is None else np.ascontiguousarray(untouched)
    require_image(before, "untouched", case.truth.shape)
    changes = np.empty(case.outside_px, np.float32)
    sides = (before.reshape(-1, 3), output.reshape(-1, 3))
    count = changes_outside(*sides, case.outside.ravel(), linear_table(1), changes)
    return bleed_metrics(changes[:count], case.outside_px, case.truth.size)


def _plugin_scores(scored_from: str, **arguments: object) -> Scores:
    return {
        name: metric.score(**arguments)
        for name, metric in known_metrics().items()
        if name not in METRICS and metric.score and metric.scored_from == scored_from
    }
