"""The IoU that a mask lets one expect, by a map that was fitted on labelled photos."""

from __future__ import annotations

from math import exp, log
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from hairopt.certainty.features import MaskFeatures, mask_features
from hairopt.types import MaskF32

UNSURE_BELOW = 0.6
"""Expected IoU below which a mask is called unsure: a customer sees such an answer as wrong."""

EMPTY_HAIR = 0.001
"""Share of the picture called hair, below which a mask may be empty."""

EMPTY_UNDECIDED = 0.005
"""Undecided share of the picture, below which such a mask is empty, not unsure."""

LARGEST_Z = 30.0

Doubt = Literal["none", "unsure", "empty", "unknown"]

FEATURES = {"coarse_softness": -1.0, "inner_softness": -1.0, "compactness": 1.0}
"""The fields of ``MaskFeatures`` that the map looks at, and which way each one points."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Expected(_Record):
    """What to expect of one mask.

    Attributes:
        iou: expected IoU with the truth, 0..1; None where the mask is empty, or nothing is known.
        low, high: the 95 % interval of this photo's IoU.
        doubt: ``none``, ``unsure`` (an expected IoU below ``UNSURE_BELOW``), ``empty`` (the network
            sees no hair), or ``unknown`` (no calibration).
        reason: a sentence; empty without a doubt.
    """

    iou: FiniteFloat | None
    low: FiniteFloat | None
    high: FiniteFloat | None
    doubt: Doubt
    reason: str = ""


class HeldOut(_Record):
    """The error on photos that had no part in fitting the map they are predicted with.

    Attributes:
        mae: mean absolute error of the expected IoU, over source photos.
        auc: area under the curve for finding the photos below ``UNSURE_BELOW``; None without any.
        coverage: share of photos whose IoU is within the interval, which claims 0.95.
        n_cases, n_sources, n_below: cases, source photos, and cases below ``UNSURE_BELOW``.
    """

    mae: FiniteFloat
    auc: FiniteFloat | None
    coverage: FiniteFloat
    n_cases: int
    n_sources: int
    n_below: int


class Map(_Record):
    """``iou = 1 / (1 + exp(-z))``, ``z = intercept + sum(weight * feature)``, and its interval.

    Attributes:
        intercept, weights: of ``z``; a weight has the sign that its feature must have.
        spread: (a, b): an error is about ``a + b * (1 - iou)``.
        quantiles: of the errors over their spread, at 2.5 and 97.5 %.
        bias_se: standard error of the mean error, as far as the photos of the fit tell.
    """

    intercept: FiniteFloat
    weights: dict[str, FiniteFloat]
    spread: tuple[FiniteFloat, FiniteFloat]
    quantiles: tuple[FiniteFloat, FiniteFloat]
    bias_se: FiniteFloat

    def iou(self, features: MaskFeatures) -> float:
        """The expected IoU, 0..1."""
        z = self.intercept + sum(w * getattr(features, name) for name, w in self.weights.items())
        return 1 / (1 + exp(-max(-LARGEST_Z, min(LARGEST_Z, z))))

    def interval(self, iou: float) -> tuple[float, float]:
        """The 95 % interval of a photo with this expected IoU."""
        spread = self.spread[0] + self.spread[1] * (1 - iou)
        low, high = (iou + spread * quantile for quantile in self.quantiles)
        return max(0.0, min(iou, low)), min(1.0, max(iou, high))


class Expectation(_Record):
    """Schema ``hairopt.expectation/1``: the map of one network in one form.

    Attributes:
        model: name of the network.
        sha256: of the network's original file.
        form: what of the form matters, see ``form_name``.
        dataset: name, licence and fingerprint of the photos that it was fitted on.
        held_out: its error.
    """

    schema_: Literal["hairopt.expectation/1"] = Field(
        default="hairopt.expectation/1", alias="schema"
    )
    model: str
    sha256: str
    form: str
    dataset: dict[str, str]
    hairopt_version: str
    map: Map
    held_out: HeldOut

    def of(self, features: MaskFeatures) -> Expected:
        """What to expect of a mask with these features."""
        if is_empty(features):
            return EMPTY
        if features.is_decided:
            return NO_PROBABILITIES
        iou = self.map.iou(features)
        low, high = self.map.interval(iou)
        if iou >= UNSURE_BELOW and features.hair >= EMPTY_HAIR:
            return Expected(iou=iou, low=low, high=high, doubt="none")
        return Expected(
            iou=iou,
            low=low,
            high=high,
            doubt="unsure",
            reason=f"an IoU of {iou:.2f} is expected ({low:.2f} to {high:.2f})",
        )


def expected_of(mask: MaskF32, known: Expectation | Expected) -> Expected:
    """What to expect of a mask, float32 (h, w) in [0, 1].

    Args:
        mask: of a network, at its own size.
        known: its calibration, or what stands in for one.
    """
    features = mask_features(mask)
    if is_empty(features):
        return EMPTY
    return known.of(features) if isinstance(known, Expectation) else known


def is_empty(features: MaskFeatures) -> bool:
    """Whether the network sees no hair; where it sees some and cannot decide, it is unsure."""
    return features.hair < EMPTY_HAIR and features.undecided < EMPTY_UNDECIDED


def logit(iou: float) -> float:
    """``z`` of an IoU in (0, 1)."""
    return log(iou / (1 - iou))


EMPTY = Expected(iou=None, low=None, high=None, doubt="empty", reason="no hair was found")

NO_PROBABILITIES = Expected(
    iou=None,
    low=None,
    high=None,
    doubt="unknown",
    reason="the mask has no probabilities, only hair and not hair",
)


def unknown(reason: str) -> Expected:
    """Nothing is known of the quality of a mask, for this reason."""
    return Expected(iou=None, low=None, high=None, doubt="unknown", reason=reason)


def form_name(precision: str, file_format: str, input_px: tuple[int, int], upsample: str) -> str:
    """What of a network's form changes its masks, such as ``float32-288x288``.

    A float32 network gives the same masks in every runtime and file format; a quantised one does
    not: ``int8-onnx-288x288``.

    Args:
        precision: ``float32``, ``float16``, ``int8`` or ``mixed``.
        file_format: ``onnx`` or ``tflite``.
        input_px: height and width of the network's input.
        upsample: ``linear``, or another way to enlarge the mask.
    """
    height, width = input_px
    kind = precision if precision in ("float32", "float16") else f"{precision}-{file_format}"
    return f"{kind}-{height}x{width}" + ("" if upsample == "linear" else f"-{upsample}")
