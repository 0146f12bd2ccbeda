"""One photo with its truth: where it comes from, and how it is read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from hairopt.datasets.changes import Change, change_image, change_mask, encode
from hairopt.datasets.packaged import PackagedFile
from hairopt.errors import DataError
from hairopt.images import decode_image, decode_mask, read_bytes
from hairopt.types import ImageU8, MaskF32


class BadFileError(DataError):
    """A file of a case that is missing, damaged or does not fit; its text is complete.

    Attributes:
        file: the photo, mask or dyed picture that has to be repaired.
    """

    def __init__(self, file: str, reason: str, fix: str = "") -> None:
        super().__init__(reason, fix)
        self.file = file

    def __reduce__(self) -> tuple[type[BadFileError], tuple[str, str, str]]:
        """Survive the way between two processes."""
        return type(self), (self.file, self.reason, self.fix)


@dataclass(frozen=True)
class LoadedCase:
    """The pixels of one case, held only as long as the caller keeps them.

    Attributes:
        data: the photo as a request would send it, encoded.
        image: ``data`` decoded: uint8 (H, W, 3) RGB, upright.
        truth: coverage by hair, float32 (H, W) in [0, 1].
        dyed: the true picture of the same head in other colours; the key is ``Shade.hex``.
    """

    data: bytes
    image: ImageU8
    truth: MaskF32
    dyed: dict[str, ImageU8]


@dataclass(frozen=True)
class Case:
    """A photo in a dataset, its truth mask and its tags. Nothing is read before ``read()``.

    Attributes:
        name: unique in its dataset; the stem of the photo's file in Unicode form NFC.
        tags: tag -> value, such as ``hair_type`` -> ``curly``.
        source: the cluster the case belongs to: cases of one source are not independent.
        photo: the file of the photo, in the dataset or in an installed package; of a derived
            case, the file of the case it is made from.
        mask: the file of the truth mask; of a derived case, that of the case it is made from.
        dyed: ``Shade.hex`` -> file of the same head in that colour.
        change: what is done to photo, mask and dyed pictures in memory; None for a plain case.
        noise_de00: mean CIEDE2000 over the hair between two equally true pictures of the case;
            None where nothing is said. It changes nothing that is measured and is no part of the
            dataset's fingerprint.
    """

    name: str
    tags: dict[str, str] = field(hash=False)
    source: str
    photo: PhotoFile
    mask: Path
    dyed: dict[str, Path] = field(default_factory=dict, hash=False)
    change: Change | None = None
    noise_de00: float | None = None

    def photo_bytes(self) -> bytes:
        """The encoded photo, as a request would send it.

        Raises:
            BadFileError: the file cannot be read, its package is missing or brings another version
                of it, or (derived cases) it is no picture.
        """
        with _blaming(self.photo):
            original = self._original_bytes()
            if self.change is None:
                return original
            image = decode_image(original, str(self.photo))
        return encode(change_image(image, self.change), self.change)

    def image_sha256(self) -> str:
        """SHA-256 of the encoded photo, in hex.

        Raises:
            BadFileError: as ``photo_bytes``.
        """
        return hashlib.sha256(self.photo_bytes()).hexdigest()

    def read(self) -> LoadedCase:
        """Read and check photo, truth and dyed pictures.

        Raises:
            BadFileError: a file is missing or no picture, or the sizes differ.
        """
        with _blaming(self.photo):
            original = self._original_bytes()
            image = decode_image(original, str(self.photo))
        with _blaming(self.mask):
            truth = decode_mask(self._mask_bytes(), str(self.mask))
            self._require_size(image, truth.shape, self.mask)
        dyed = {shade: self._read_dyed(path, image) for shade, path in self.dyed.items()}
        if self.change is None:
            return LoadedCase(original, image, truth, dyed)
        data = encode(change_image(image, self.change), self.change)
        return LoadedCase(
            data,
            decode_image(data, self.name),
            change_mask(truth, self.change),
            {shade: change_image(picture, self.change) for shade, picture in dyed.items()},
        )

    def _original_bytes(self) -> bytes:
        return self.photo.read() if isinstance(self.photo, PackagedFile) else read_bytes(self.photo)

    def _mask_bytes(self) -> bytes:
        if not (self.mask.is_file() or self.mask.is_symlink()):
            raise DataError(
                f"{self.mask} does not exist; every photo needs a mask of its own name "
                f"(8-bit grey PNG, 255 = hair)."
            )
        return read_bytes(self.mask)

    def _read_dyed(self, path: Path, image: ImageU8) -> ImageU8:
        with _blaming(path):
            picture = decode_image(read_bytes(path), str(path))
            self._require_size(image, picture.shape[:2], path)
        return picture

    def _require_size(self, image: ImageU8, shape: tuple[int, ...], file: Path) -> None:
        if image.shape[:2] == shape:
            return
        (height, width), (own_height, own_width) = image.shape[:2], shape
        hint = ""
        if (height, width) == (own_width, own_height):
            hint = "; if the photo carries an EXIF orientation, the mask has to be turned likewise"
        raise DataError(
            f"{file} is {own_width}x{own_height} pixels (width x height), but its photo "
            f"{self.photo} is {width}x{height}: both must have the same size{hint}."
        )


PhotoFile: TypeAlias = Path | PackagedFile
"""Where a photo's bytes are: a file of the dataset, or one inside an installed package."""


@contextmanager
def _blaming(file: PhotoFile) -> Iterator[None]:
    try:
        yield
    except DataError as error:
        raise BadFileError(str(file), error.reason, error.fix) from error
