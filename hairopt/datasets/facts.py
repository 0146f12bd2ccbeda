"""Numbers about each case of a dataset, from one pass with one picture in memory at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hairopt.datasets.case import BadFileError, Case, LoadedCase
from hairopt.datasets.dataset import Dataset
from hairopt.datasets.mask_doubts import MaskDoubts, doubts_of
from hairopt.images.decode import read_header
from hairopt.images.exif import orientation_of
from hairopt.types import ImageU8, MaskBool, MaskU8

_FAINT_LEVEL = 5
"""Largest level of 255 that is a coverage of 0.02 or less."""

_STRIP_PX = 256
"""Rows per step: arrays of large pictures are not copied as a whole."""
_SRGB = np.arange(256) / 255.0
_LINEAR = np.where(_SRGB <= 0.04045, _SRGB / 12.92, ((_SRGB + 0.055) / 1.055) ** 2.4)
_LUMINANCE = [(weight * _LINEAR).astype(np.float32) for weight in (0.2126, 0.7152, 0.0722)]


@dataclass(frozen=True)
class CaseFacts:
    """Numbers about one readable case.

    Attributes:
        case: the case.
        photo_sha256: SHA-256 of the encoded photo, in hex.
        width_px: width of the photo.
        height_px: height of the photo.
        is_constant: whether all pixels of the photo have the same colour.
        hair_fraction: mean coverage, 0..1.
        largest_coverage: largest coverage of a pixel, 0..1.
        soft_fraction: share of pixels with a coverage between 0.02 and 0.98.
        faint_fraction: share of pixels with a coverage above 0, up to 0.02.
        doubts: findings about the mask; None for a derived case, whose mask is not its own, and
            for a photo alone, whose numbers about hair are all 0.
        hair_lightness: median CIE L* of the hair, 0..100; None without hair, or if not measured.
    """

    case: Case
    photo_sha256: str
    width_px: int
    height_px: int
    is_constant: bool
    hair_fraction: float
    largest_coverage: float
    soft_fraction: float
    faint_fraction: float
    doubts: MaskDoubts | None
    hair_lightness: float | None


@dataclass(frozen=True)
class BadCase:
    """A case that cannot be used.

    Attributes:
        name: name of the case.
        file: the file to repair.
        reason: a complete sentence.
        fix: how to repair it; empty if unknown.
    """

    name: str
    file: str
    reason: str
    fix: str = ""


def survey(
    dataset: Dataset, on_case: Callable[[], None] = lambda: None, *, lightness: bool = True
) -> list[CaseFacts | BadCase]:
    """Read every case once, in order, with only one picture in memory at a time.

    Args:
        dataset: as ``load_dataset`` returns it.
        on_case: called after every case, for a progress display.
        lightness: whether to measure ``hair_lightness``, which takes a third of the time.
    """
    found = []
    for case in dataset.cases:
        found.append(_look_at(case, lightness=lightness))
        on_case()
    return found


def _look_at(case: Case, *, lightness: bool) -> CaseFacts | BadCase:
    try:
        return _facts(case, _loaded(case), lightness=lightness and case.mask is not None)
    except BadFileError as error:
        return BadCase(case.name, error.file, error.reason, error.fix)


def _loaded(case: Case) -> LoadedCase[ImageU8]:
    if case.mask is not None:
        return case.read(_first_alone())
    data, image = case.read_photo()
    return LoadedCase(data, image, np.zeros(image.shape[:2], np.uint8), {})


def _first_alone() -> Callable[[ImageU8], ImageU8]:
    """Holds the photo, which comes first; dyed pictures are read only to check them."""
    held: list[ImageU8] = []

    def hold(picture: ImageU8) -> ImageU8:
        if held:
            return held[0]
        held.append(picture)
        return picture

    return hold


def hair_lightness(image: ImageU8, hair: MaskBool) -> float | None:
    """Median CIE 1976 L* of the pixels that are mostly hair.

    Args:
        image: uint8 (H, W, 3) RGB, sRGB-encoded.
        hair: bool (H, W), a coverage of at least 0.5.

    Returns:
        0..100, or None where there is no such pixel.
    """
    n_hair = int(np.count_nonzero(hair))
    if not n_hair:
        return None
    # Luminance of linear sRGB (IEC 61966-2-1). Lightness is monotonic in it: same median pixel.
    all_hair, done = np.empty(n_hair, np.float32), 0
    for top in range(0, len(image), _STRIP_PX):
        pixels = image[top : top + _STRIP_PX][hair[top : top + _STRIP_PX]]
        red, green, blue = (table[pixels[:, index]] for index, table in enumerate(_LUMINANCE))
        all_hair[done : done + len(pixels)] = red + green + blue
        done += len(pixels)
    luminance = float(np.median(all_hair, overwrite_input=True))
    cube = (6 / 29) ** 3
    return 116.0 * luminance ** (1 / 3) - 16.0 if luminance > cube else luminance * (29 / 3) ** 3


def _facts(case: Case, loaded: LoadedCase[ImageU8], *, lightness: bool) -> CaseFacts:
    height, width = loaded.levels.shape
    counts = _counts(loaded.levels)
    n = loaded.levels.size
    return CaseFacts(
        case=case,
        photo_sha256=hashlib.sha256(loaded.data).hexdigest(),
        width_px=width,
        height_px=height,
        is_constant=_is_constant(loaded.image),
        hair_fraction=float(counts @ np.arange(256)) / 255 / n,
        largest_coverage=int(np.flatnonzero(counts)[-1]) / 255,
        soft_fraction=int(counts[_FAINT_LEVEL + 1 : 255 - _FAINT_LEVEL].sum()) / n,
        faint_fraction=int(counts[1 : _FAINT_LEVEL + 1].sum()) / n,
        doubts=_doubts(loaded) if case.change is None and case.mask is not None else None,
        hair_lightness=hair_lightness(loaded.image, loaded.levels >= 128) if lightness else None,
    )


def _counts(levels: MaskU8) -> NDArray[np.int64]:
    """Number of pixels for each of the 256 levels."""
    counts = np.zeros(256, np.int64)
    for top in range(0, len(levels), _STRIP_PX):
        counts += np.bincount(levels[top : top + _STRIP_PX].ravel(), minlength=256)
    return counts


def _is_constant(image: ImageU8) -> bool:
    first = image[0, 0]
    strips = (image[top : top + _STRIP_PX] for top in range(0, len(image), _STRIP_PX))
    return all(bool((strip == first).all()) for strip in strips)


def _doubts(loaded: LoadedCase[ImageU8]) -> MaskDoubts:
    exif = read_header(loaded.data, "the photo").exif
    return doubts_of(loaded.image, loaded.levels, orientation_of(exif))
