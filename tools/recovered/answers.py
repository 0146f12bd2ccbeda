"""Answers of hairopt's own variants, as if a back-end had given them: bytes alone, kept on disk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hairopt.datasets.case import Case
from hairopt.datasets.load import load_dataset
from hairopt.images import decode_image
from hairopt.pipeline import Pipeline, Segmented
from hairopt.stages.encode import encode_png
from hairopt.types import ImageU8, MaskBool, MaskF32, Shade
from hairopt.variants.load import load_variant
from hairopt.variants.schema import Variant

LUMA_TABLE = f"file:{Path(__file__).with_name('luma_table.py')}:dye"

METHODS = {"hsv": "hsv", "tone": "tone", "lab": "lab", "luma table": LUMA_TABLE}
"""By the name in the table: the recolourings that are recovered."""

QUALITIES = (90, 75)
"""Of JPEG."""


@dataclass(frozen=True)
class Answered:
    """One photo and what a variant answered to it.

    Attributes:
        case: its name.
        method: a key of ``METHODS``.
        quality: of JPEG.
        photo: uint8 (H, W, 3) RGB.
        truth: bool (H, W), what was drawn.
        alpha: float32 (H, W), what was blended.
        neutral: the answer at intensity 0.
        answers: the answers at intensity 100, by the shade's hex code.
    """

    case: str
    method: str
    quality: int
    photo: ImageU8
    truth: MaskBool
    alpha: MaskF32
    neutral: ImageU8
    answers: dict[str, ImageU8]


def answered(
    dataset: Path, shades: Sequence[Shade], side_px: int | None, kept: Path
) -> Iterator[Answered]:
    """All answers, photo by photo; those that are on disk are not made again.

    Args:
        dataset: a folder of cases.
        shades: asked for at 100.
        side_px: photos are shrunk to this longer side first; None leaves them.
        kept: folder of the answers.
    """
    asked = "".join(shade.hex.lstrip("#") for shade in shades)
    folder = kept / f"{side_px or 'full'}-{asked}"
    folder.mkdir(parents=True, exist_ok=True)
    pipelines: dict[tuple[str, int], Pipeline] = {}
    for case in load_dataset(dataset).cases:
        file = folder / f"{case.name}.npz"
        if not file.is_file():
            pipelines = pipelines or _pipelines()
            _make(case, shades, side_px, pipelines, file)
        yield from _read(case.name, file, [shade.hex for shade in shades])


def _pipelines() -> dict[tuple[str, int], Pipeline]:
    return {
        (name, quality): Pipeline(_variant(method, quality))
        for name, method in METHODS.items()
        for quality in QUALITIES
    }


def _variant(method: str, quality: int) -> Variant:
    variant = load_variant("float32")
    recolor = variant.recolor.model_copy(update={"method": method})
    encode = variant.encode.model_copy(update={"quality": quality})
    return variant.model_copy(update={"recolor": recolor, "encode": encode})


def _make(
    case: Case,
    shades: Sequence[Shade],
    side_px: int | None,
    pipelines: dict[tuple[str, int], Pipeline],
    file: Path,
) -> None:
    loaded = case.read()
    photo = shrunk(np.asarray(loaded.image), side_px)
    truth = shrunk(np.asarray(loaded.levels), side_px)
    first = next(iter(pipelines.values()))
    data = encode_png(photo, 0)
    segmented: Segmented = first.segment(data)
    arrays: dict[str, Any] = {"photo": np.frombuffer(data, np.uint8), "truth": truth > 127}
    for (method, quality), pipeline in pipelines.items():
        neutral = pipeline.dye(segmented, shades[0], 0)
        arrays[f"{method}/{quality}/neutral"] = np.frombuffer(neutral.encoded, np.uint8)
        for shade in shades:
            dyed = pipeline.dye(segmented, shade, 100)
            arrays[f"{method}/{quality}/{shade.hex}"] = np.frombuffer(dyed.encoded, np.uint8)
            if "alpha" not in arrays:
                alpha = np.zeros(photo.shape[:2], np.uint8)
                alpha[dyed.box.slices] = np.rint(255 * dyed.alpha)
                arrays["alpha"] = alpha
    np.savez(file, **arrays)


def shrunk(picture: np.ndarray, side_px: int | None) -> np.ndarray:
    """The picture with its longer side at ``side_px``; unchanged where it is smaller."""
    import cv2

    scale = (side_px or np.inf) / max(picture.shape[:2])
    if scale >= 1:
        return picture
    height, width = (max(1, round(side * scale)) for side in picture.shape[:2])
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA))


def _read(case: str, file: Path, codes: Sequence[str]) -> Iterator[Answered]:
    with np.load(file) as stored:
        photo, truth = decode_image(stored["photo"].tobytes(), case), stored["truth"]
        alpha = stored["alpha"].astype(np.float32) / 255
        for method in METHODS:
            for quality in QUALITIES:

                def picture(key: str, of: str = f"{method}/{quality}") -> ImageU8:
                    return decode_image(stored[f"{of}/{key}"].tobytes(), case)

                answers = {code: picture(code) for code in codes}
                neutral = picture("neutral")
                yield Answered(case, method, quality, photo, truth, alpha, neutral, answers)
