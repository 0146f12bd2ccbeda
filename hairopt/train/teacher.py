"""Labels from a teacher network: the mean of several views, and the agreement of the views."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hairopt.convert.forms.resolve import resolve
from hairopt.errors import UnavailableError
from hairopt.models.contract import ModelRecord
from hairopt.models.store import find_model
from hairopt.runtimes import RUNTIMES
from hairopt.runtimes.protocol import RuntimeSettings, Segmenter
from hairopt.types import ImageU8, MaskF32

WIDER = 0.2
"""Margin of the wider view on the left, right and bottom, as a share of the longer side."""

_RUNTIMES = ("litert", "onnxruntime", "mediapipe")
"""Runtimes, fastest first for the default teacher; all give the same masks."""


@dataclass(frozen=True)
class Label:
    """The label of a photo by a teacher.

    Attributes:
        mask: mean probability of hair over the views, float32 (H, W) as the photo, in [0, 1].
        agreement: number of pixels that are hair in all views, over the number in any view; 1 if
            all views are empty.
    """

    mask: MaskF32
    agreement: float


def load_teacher(name: str, threads: int = 1) -> tuple[Segmenter, ModelRecord]:
    """Load a model in the first runtime that can run it; return it with its record.

    Raises:
        ConfigError: unknown name.
        UnavailableError: its file is not on this machine, or no runtime can run it.
    """
    record, path = find_model(name)
    reasons = []
    for runtime_name in _RUNTIMES:
        runtime = RUNTIMES.get(runtime_name)
        try:
            runtime.check()
            file = resolve(record, path, formats=runtime.formats, precision="float32")
            return runtime.load(file, RuntimeSettings(threads=threads)), record
        except UnavailableError as error:
            reasons.append(f"{runtime_name}: {error}")
    raise UnavailableError(f"no runtime can run the teacher {name}: {'; '.join(reasons)}")


def label(image: ImageU8, segment: Callable[[ImageU8], MaskF32]) -> Label:
    """Label a photo by the mean of four views: original, mirrored, wider, and wider mirrored.

    If the four masks differ, the label is uncertain.

    Args:
        image: uint8 (H, W, 3) RGB.
        segment: the teacher; its mask may have another resolution.
    """
    views = [*_both_ways(image, segment)]
    border = round(WIDER * max(image.shape[:2]))
    wide = np.pad(image, ((0, border), (border, border), (0, 0)), mode="edge")
    views += [mask[:-border, border:-border] for mask in _both_ways(wide, segment)]
    sets = [view > 0.5 for view in views]
    any_, all_ = np.logical_or.reduce(sets).sum(), np.logical_and.reduce(sets).sum()
    mask = np.clip(np.mean(views, axis=0, dtype=np.float32), 0, 1)
    return Label(mask, float(all_ / any_) if any_ else 1.0)


def _both_ways(image: ImageU8, segment: Callable[[ImageU8], MaskF32]) -> list[MaskF32]:
    """The masks for a picture and for its mirror image, both at its size and not mirrored."""
    mirrored = np.ascontiguousarray(image[:, ::-1])
    return [_at_size(segment(image), image), _at_size(segment(mirrored), image)[:, ::-1]]


def _at_size(mask: MaskF32, image: ImageU8) -> MaskF32:
    import cv2

    height, width = image.shape[:2]
    return np.asarray(cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR))
