"""Every metric by name: unit, direction, range, and what it is for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from hairopt.registry import Registry

Kind = Literal["mask", "edge", "matte", "color", "bleed", "agreement", "expected"]

UNDYED_DE00 = 12.0
"""How far undyed hair is from the intent, dE00, rounded: the scale of errors of its colour.

Over three shades at intensity 70 it is 12.1 on the shipped heads.
"""


@dataclass(frozen=True)
class Metric:
    """One number by which quality is judged.

    Attributes:
        name: as in files and options; carries the unit where there is one.
        unit: ``share`` (of 1), ``px``, ``kpx`` (1000 pixels), ``dE00``, ``dE76`` or ``ratio``.
        higher_is_better: the direction; False as well for a metric with a ``target``.
        lower_bound: the least value possible, or None.
        upper_bound: the greatest value possible, or None.
        kind: what it looks at.
        summary: one line for a table or a tooltip.
        guarded_by_default: whether retention looks at it unless told otherwise.
        target: the ideal of a two-sided metric; None where more (or less) is always better.
        scale: the loss at which half of a perfect answer's quality is gone, in the metric's unit;
            see ``retention.metric_retention``.
        score: how a plug-in computes it, called with the keyword arguments of ``score_mask`` or of
            ``score_picture`` and returning a number, or None where it is undefined.
        scored_from: which of the two.
        is_optional: whether it is not judged where it is undefined in most photos, on both sides.
    """

    name: str
    unit: str
    higher_is_better: bool
    lower_bound: float | None
    upper_bound: float | None
    kind: Kind
    summary: str
    guarded_by_default: bool = False
    target: float | None = None
    scale: float = 0.01
    score: Callable[..., float | None] | None = None
    scored_from: Literal["mask", "picture"] = "mask"
    is_optional: bool = False

    def loss(self, value: float) -> float:
        """How far a value is from the best possible one, 0 or more, in the metric's unit."""
        if self.target is not None:
            return abs(value - self.target)
        if self.higher_is_better:
            return (self.upper_bound if self.upper_bound is not None else 0.0) - value
        return value - (self.lower_bound if self.lower_bound is not None else 0.0)


def _share(name: str, kind: Kind, summary: str, guarded: bool = False) -> Metric:
    return Metric(name, "share", True, 0.0, 1.0, kind, summary, guarded)


def _waste(name: str, kind: Kind, summary: str, guarded: bool = False) -> Metric:
    return Metric(name, "share", False, 0.0, 1.0, kind, summary, guarded)


def _amount(name: str, unit: str, kind: Kind, summary: str, guarded: bool = False) -> Metric:
    return Metric(name, unit, False, 0.0, None, kind, summary, guarded, scale=1.0)


def _difference(name: str, summary: str, unit: str = "dE00", guarded: bool = False) -> Metric:
    return Metric(name, unit, False, 0.0, None, "color", summary, guarded, scale=UNDYED_DE00)


def _bias(name: str, summary: str) -> Metric:
    return Metric(name, "dE76", False, None, None, "color", summary, target=0.0, scale=UNDYED_DE00)


def _similarity(name: str, summary: str, guarded: bool = False) -> Metric:
    return Metric(name, "share", True, -1.0, 1.0, "color", summary, guarded)


_BUILTIN = (
    _share("iou", "mask", "overlap of mask and truth over their union"),
    _share("dice", "mask", "twice the overlap over the sum of both areas"),
    _share("precision", "mask", "share of the mask that is hair"),
    _share("recall", "mask", "share of the hair that is in the mask"),
    _waste("false_positive_area", "mask", "share of the picture wrongly called hair"),
    _share("boundary_iou", "mask", "IoU of the bands along both outlines"),
    _share("boundary_f", "mask", "agreement of the outlines within a tolerance"),
    _amount("boundary_distance_mean_px", "px", "mask", "mean distance of the outlines"),
    _amount("boundary_distance_p95_px", "px", "mask", "95th percentile of that distance"),
    _share("alpha_iou", "matte", "overlap of what was blended and truth over their union", True),
    _share("alpha_boundary_iou", "matte", "the same of the bands along both soft edges", True),
    Metric(
        "edge_sharpness_ratio",
        "ratio",
        False,
        0.0,
        None,
        "edge",
        "sharpness of the alpha's edge over the truth's; 1 is alike",
        target=1.0,
        scale=0.05,
    ),
    Metric(
        "edge_roughness",
        "ratio",
        False,
        0.0,
        None,
        "edge",
        "by how much the edge is more jagged than the truth's",
        guarded_by_default=True,
        scale=1.0,
        is_optional=True,
    ),
    _amount("edge_width_px", "px", "edge", "10-90 % width of the alpha's edge"),
    _share("edge_gradient_agreement", "edge", "how well the edge follows the photo's own edges"),
    _amount("matte_sad", "kpx", "matte", "sum of absolute differences of alpha"),
    _waste("matte_mse", "matte", "mean squared difference of alpha"),
    _amount("matte_gradient", "kpx", "matte", "squared difference of alpha's gradients"),
    _amount("matte_connectivity", "kpx", "matte", "alpha that is cut off from the hair"),
    _difference("color_de00", "CIEDE2000 to the intent, pixel by pixel"),
    _difference("color_de00_dark", "the same of heads with dark hair, L* < 25"),
    _difference("color_de00_medium", "the same of medium hair, 25 <= L* < 50"),
    _difference("color_de00_light", "the same of light hair, L* >= 50"),
    _difference("color_de00_grey", "the same of grey and white hair, L* >= 25, C* < 8"),
    _difference("lock_de00", "CIEDE2000 to the intent, lock by lock", guarded=True),
    _difference("ideal_lock_de00", "the same of the method with the truth as mask, not encoded"),
    _difference("color_de76", "Euclidean CIELAB distance to the intent", "dE76"),
    _bias("color_dl", "mean L* minus the intent's: lighter or darker"),
    _bias("color_dc", "mean chroma minus the intent's: more or less colourful"),
    _bias("color_dh", "mean hue difference to the intent"),
    _difference("shade_hit_de00", "mean hair colour to the shade, at intensity 100"),
    _difference("formula_de00", "CIEDE2000 to the method's own formula with the truth as mask"),
    Metric(
        "dye_strength",
        "ratio",
        False,
        None,
        1.0,
        "color",
        "share of the change asked for that was made; 1 is all of it or more",
        guarded_by_default=True,
        target=1.0,
        scale=1.0,
        is_optional=True,
    ),
    _similarity("texture_kept", "SSIM of lightness inside the hair, photo against output"),
    _similarity("texture_structure", "the same without its luminance term", guarded=True),
    _difference("redye_de00", "to the true pictures of the dyed head, at intensity 100"),
    _difference("ideal_redye_de00", "the same of the method with the truth as mask, not encoded"),
    _share("response_monotone", "color", "1: more intensity never gives less change"),
    _waste("response_nonlinearity", "color", "largest departure from a proportional response"),
    _waste("bleed_area", "bleed", "share of the picture visibly changed beside the hair"),
    _amount("bleed_de00", "dE00", "bleed", "mean change beside the hair"),
    Metric(
        "outside_structure",
        "share",
        True,
        -1.0,
        1.0,
        "bleed",
        "structure of the photo that is kept beside the hair",
        guarded_by_default=True,
    ),
    _amount("outside_de00", "dE00", "bleed", "change of colour there, square by square", True),
)

_AGREEMENTS = {
    "alpha_iou": "overlap of what was blended here and by the baseline, over their union",
    "alpha_boundary_iou": "the same of the bands along both soft edges",
    "lock_de00": "CIEDE2000 to the baseline's answer, lock by lock",
    "texture_structure": "SSIM of lightness inside the hair with the baseline's answer",
    "outside_structure": "structure beside the hair that is that of the baseline's answer",
    "outside_de00": "difference of colour there from the baseline's answer, square by square",
}

AGREEMENT = "agreement_"
"""Begins the name of a metric whose truth is the baseline's own answer."""

EXPECTED_IOU = "expected_iou"
"""What a mask's own probabilities let one expect of ``iou``."""


def agreement(metric: str) -> str:
    """The name of the same metric with the baseline's own answer in place of a truth."""
    return AGREEMENT + metric


METRICS: dict[str, Metric] = {metric.name: metric for metric in _BUILTIN}
"""The built-in metrics, in the order of reports."""

UNLABELLED: dict[str, Metric] = {
    agreement(name): replace(
        METRICS[name], name=agreement(name), kind="agreement", summary=f"agreement: {summary}"
    )
    for name, summary in _AGREEMENTS.items()
} | {
    EXPECTED_IOU: _share(EXPECTED_IOU, "expected", "expected IoU, from the mask's probabilities"),
}
"""What is measured on photos without masks; none of it is quality."""

AGREEMENT_GUARDED = tuple(name for name in UNLABELLED if name.startswith(AGREEMENT))
"""The metrics of agreement that a comparison looks at unless told otherwise."""

REGISTRY: Registry[Metric] = Registry("metric", "hairopt.metrics")
"""All metrics, those of plug-ins included."""
for _metric in _BUILTIN:
    REGISTRY.register(_metric.name, _metric, "hairopt")


def known_metrics() -> Mapping[str, Metric]:
    """The built-in metrics, in the order of reports, then those of plug-ins by name.

    Those of photos without masks come after those of photos with masks.
    """
    extra = {name: REGISTRY.get(name) for name in REGISTRY.names() if name not in METRICS}
    return {**METRICS, **UNLABELLED, **extra}
