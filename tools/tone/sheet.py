"""A sheet of heads in all shades: what no number tells has to be seen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hairopt.images import decode_image, read_bytes
from hairopt.pipeline import Pipeline
from hairopt.stages.encode import encode_jpeg
from hairopt.types import NAMED_SHADES, ImageU8, Shade
from hairopt.variants.load import load_variant

CELL_PX, GAP_PX, TEXT_PX = 84, 2, 16
QUALITY = 56


def sheet(photos: Sequence[Path], methods: Sequence[str]) -> bytes:
    """A JPEG: for each photo one row per method, the photo first, then every named shade.

    The bundled network finds the hair; the intensity is 100.
    """
    variant = load_variant("float32")
    encode = variant.encode.model_copy(update={"format": "png"})
    pipelines = {
        method: Pipeline(
            variant.model_copy(
                update={
                    "encode": encode,
                    "recolor": variant.recolor.model_copy(update={"method": method}),
                }
            )
        )
        for method in methods
    }
    rows = [_titles()]
    for photo in photos:
        segmented = next(iter(pipelines.values())).segment(read_bytes(photo))
        for method, pipeline in pipelines.items():
            row = [_cell(segmented.image)]
            for name in NAMED_SHADES:
                answer = pipeline.dye(segmented, Shade.parse(name), 100).encoded
                row.append(_cell(decode_image(answer, photo.name)))
            rows.append(_labelled(np.hstack(row), method))
        rows.append(np.full((GAP_PX * 2, rows[0].shape[1], 3), 255, np.uint8))
    return encode_jpeg(np.vstack(rows), QUALITY)


def _cell(picture: ImageU8) -> ImageU8:
    import cv2

    side = min(picture.shape[:2])
    left = (picture.shape[1] - side) // 2
    square = np.ascontiguousarray(picture[:side, left : left + side])
    small = cv2.resize(square, (CELL_PX, CELL_PX), interpolation=cv2.INTER_AREA)
    return np.pad(small, ((0, GAP_PX), (0, GAP_PX), (0, 0)), constant_values=255)


def _titles() -> ImageU8:
    step = CELL_PX + GAP_PX
    strip = np.full((TEXT_PX, TEXT_PX + step * (1 + len(NAMED_SHADES)), 3), 255, np.uint8)
    for column, name in enumerate(("photo", *NAMED_SHADES)):
        _write(strip, name, TEXT_PX + column * step + 4)
    return strip


def _labelled(row: ImageU8, method: str) -> ImageU8:
    """The row with the method's name at its left, upwards."""
    strip = np.full((TEXT_PX, row.shape[0], 3), 255, np.uint8)
    _write(strip, method, row.shape[0] // 3)
    return np.hstack([np.rot90(strip), row])


def _write(strip: ImageU8, text: str, left: int) -> None:
    import cv2

    cv2.putText(strip, text, (left, 12), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 0), 1, cv2.LINE_AA)
