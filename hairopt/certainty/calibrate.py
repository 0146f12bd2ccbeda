"""Masks of labelled photos, as a calibration of expected IoU needs them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from hairopt.certainty.expectation import is_empty
from hairopt.certainty.features import mask_features
from hairopt.certainty.fit import Labelled
from hairopt.datasets.case import BadFileError, Case
from hairopt.errors import DataError
from hairopt.metrics.mask import iou
from hairopt.types import ImageU8, MaskF32


@dataclass(frozen=True)
class LabelledPhotos:
    """What a calibration is fitted on, and what it leaves out.

    Attributes:
        used: photos with hair in which the network found some.
        n_without_hair: cases whose truth has no hair: they have no IoU that could be expected.
        n_missed: cases with hair whose mask is empty: they count as ``empty``, not as a low IoU.
        n_bad: cases that cannot be read.
    """

    used: tuple[Labelled, ...]
    n_without_hair: int
    n_missed: int
    n_bad: int


def labelled_photos(
    cases: Iterable[Case],
    segment: Callable[[ImageU8], MaskF32],
    on_case: Callable[[], None] = lambda: None,
) -> LabelledPhotos:
    """Segment every case, and compare its mask with its truth.

    Args:
        cases: labelled cases.
        segment: uint8 (H, W, 3) RGB to float32 (h, w) in [0, 1].
        on_case: called after every case.

    Raises:
        DataError: a mask has no probabilities, or the network finds hair in no photo.
    """
    import cv2

    used: list[Labelled] = []
    n_without_hair = n_missed = n_bad = 0
    for case in cases:
        on_case()
        try:
            loaded = case.read(with_dyed=False)
        except BadFileError:
            n_bad += 1
            continue
        truth = loaded.levels >= 128
        if not truth.any():
            n_without_hair += 1
            continue
        mask = segment(loaded.image)
        features = mask_features(mask)
        if is_empty(features):
            n_missed += 1
            continue
        if features.is_decided:
            raise DataError(
                f"the mask of {case.name} has no probabilities, only hair and not hair; no "
                "quality can be expected from a map of classes"
            )
        large = cv2.resize(mask, truth.shape[::-1], interpolation=cv2.INTER_LINEAR)
        score = iou(large >= 0.5, truth)
        used.append(Labelled(features, float(score or 0.0), case.source))
    if not used:
        raise DataError(
            f"no photo can be calibrated with: {n_without_hair} have no hair, in {n_missed} the "
            f"network finds none, and {n_bad} cannot be read"
        )
    return LabelledPhotos(tuple(used), n_without_hair, n_missed, n_bad)
