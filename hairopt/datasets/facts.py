"""Numbers about each case of a dataset, from one pass with one picture in memory at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hairopt.datasets.case import BadFileError, Case, LoadedCase
from hairopt.datasets.dataset import Dataset
from hairopt.datasets.mask_doubts import MaskDoubts, doubts_of
from hairopt.images.decode import read_header
from hairopt.images.exif import orientation_of
from hairopt.types import ImageU8, MaskF32

_FAINT = np.float32(0.02)
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
        doubts: findings about the mask; None for a derived case, whose mask is not its own.
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
        return _facts(case, case.read(), lightness=lightness)
    except BadFileError as error:
        return BadCase(case.name, error.file, error.reason, error.fix)


def hair_lightness(image: ImageU8, truth: MaskF32) -> float | None:
    """Median CIE 1976 L* of the pixels that are mostly hair.

    Args:
        image: uint8 (H, W, 3) RGB, sRGB-encoded.
        truth: float32 (H, W) in [0, 1].

    Returns:
        0..100, or None where no pixel has a coverage of at least 0.5.
    """
    pixels = image[truth >= 0.5]
    if not len(pixels):
        return None
    # Luminance of linear sRGB (IEC 61966-2-1). Lightness is monotonic in it: same median pixel.
    red, green, blue = (table[pixels[:, index]] for index, table in enumerate(_LUMINANCE))
    luminance = float(np.median(red + green + blue))
    cube = (6 / 29) ** 3
    return 116.0 * luminance ** (1 / 3) - 16.0 if luminance > cube else luminance * (29 / 3) ** 3


def _facts(case: Case, loaded: LoadedCase[ImageU8], *, lightness: bool) -> CaseFacts:
    height, width = loaded.truth.shape
    truth = loaded.truth
    return CaseFacts(
        case=case,
        photo_sha256=hashlib.sha256(loaded.data).hexdigest(),
        width_px=width,
        height_px=height,
        is_constant=_is_constant(loaded.image),
        hair_fraction=float(truth.mean(dtype=np.float64)),
        largest_coverage=float(truth.max()),
        soft_fraction=float(((truth > _FAINT) & (truth < 1 - _FAINT)).mean()),
        faint_fraction=float(((truth > 0) & (truth <= _FAINT)).mean()),
        doubts=_doubts(loaded) if case.change is None else None,
        hair_lightness=hair_lightness(loaded.image, truth) if lightness else None,
    )


def _is_constant(image: ImageU8) -> bool:
    first = image[0, 0]
    return bool((image[0] == first).all()) and bool((image == first).all())


def _doubts(loaded: LoadedCase[ImageU8]) -> MaskDoubts:
    exif = read_header(loaded.data, "the photo").exif
    return doubts_of(loaded.image, loaded.truth, orientation_of(exif))
