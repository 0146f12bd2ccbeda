"""One photo with its truth: where it comes from, and how it is read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, TypeAlias, TypeVar, overload

from hairopt.datasets.changes import Change, change_image, change_mask, encode, require_size
from hairopt.datasets.packaged import PackagedFile
from hairopt.errors import DataError
from hairopt.images import decode_image, decode_levels, read_bytes
from hairopt.raster import coverage
from hairopt.types import ImageU8, MaskF32, MaskU8

Picture = TypeVar("Picture")

_MOST_PHOTO_BYTES = 300_000_000


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
class LoadedCase(Generic[Picture]):
    """The pixels of one case, held only as long as the caller keeps them.

    ``Picture`` is what the caller holds pictures in: ``ImageU8`` where nothing else is asked for.

    Attributes:
        data: the photo as a request would send it, encoded.
        image: ``data`` decoded: uint8 (H, W, 3) RGB, upright.
        levels: coverage by hair in steps of 1/255, uint8 (H, W).
        dyed: the true picture of the same head in other colours; the key is ``Shade.hex``.
    """

    data: bytes
    image: Picture
    levels: MaskU8
    dyed: dict[str, Picture]

    @cached_property
    def truth(self) -> MaskF32:
        """Coverage by hair, float32 (H, W) in [0, 1]; four times as large as ``levels``."""
        return coverage(self.levels)


@dataclass(frozen=True)
class Case:
    """A photo in a dataset, its truth mask and its tags. Nothing is read before ``read()``.

    Attributes:
        name: unique in its dataset; the stem of the photo's file in Unicode form NFC.
        tags: tag -> value, such as ``hair_type`` -> ``curly``.
        source: the cluster the case belongs to: cases of one source are not independent.
        photo: the file of the photo, in the dataset or in an installed package; of a derived
            case, the file of the case it is made from.
        mask: the file of the truth mask; of a derived case, that of the case it is made from. None
            in a dataset of photos alone.
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
    mask: Path | None
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
            return self._original_bytes() if self.change is None else self._changed(self.change)[0]

    def image_sha256(self) -> str:
        """SHA-256 of the encoded photo, in hex.

        Raises:
            BadFileError: as ``photo_bytes``.
        """
        return hashlib.sha256(self.photo_bytes()).hexdigest()

    @overload
    def read(self, *, with_dyed: bool = True) -> LoadedCase[ImageU8]: ...

    @overload
    def read(
        self, hold: Callable[[ImageU8], Picture], *, with_dyed: bool = True
    ) -> LoadedCase[Picture]: ...

    def read(
        self,
        hold: Callable[[ImageU8], Any] = lambda picture: picture,
        *,
        with_dyed: bool = True,
    ) -> LoadedCase[Any]:
        """Read and check photo, truth and dyed pictures, one after the other.

        Args:
            hold: given the photo and every dyed picture, uint8 (H, W, 3) RGB, as soon as it is
                decoded, checked and, in a derived case, changed; what it returns is kept in its
                place. So a caller moves a large picture out of memory before the next one is read.
            with_dyed: whether the dyed pictures are read at all.

        Raises:
            BadFileError: a file is missing or no picture, or the sizes differ.
        """
        data, image, size = self._read_photo()
        held = hold(image)
        del image
        levels = self._read_mask(size)
        wanted = self.dyed if with_dyed else {}
        dyed = {shade: hold(self._read_dyed(path, size)) for shade, path in wanted.items()}
        return LoadedCase(data, held, levels, dyed)

    def read_photo(
        self, hold: Callable[[ImageU8], Any] = lambda picture: picture
    ) -> tuple[bytes, Any]:
        """The photo alone: its bytes as a request would send them, and what ``hold`` makes of it.

        Raises:
            BadFileError: the photo is missing or no picture.
        """
        data, image, _ = self._read_photo()
        return data, hold(image)

    def _read_photo(self) -> tuple[bytes, ImageU8, tuple[int, int]]:
        """The photo as a request would send it, its pixels, and the size of its file's picture."""
        with _blaming(self.photo):
            if self.change is not None:
                data, size = self._changed(self.change)
                return data, decode_image(data, self.name), size
            data = self._original_bytes()
            image = decode_image(data, str(self.photo))
        return data, image, (image.shape[0], image.shape[1])

    def _changed(self, change: Change) -> tuple[bytes, tuple[int, int]]:
        """The photo of a derived case, encoded, and the size of the photo it is made from."""
        image = decode_image(self._original_bytes(), str(self.photo))
        size = (image.shape[0], image.shape[1])
        require_size(self.name, size, change)
        image = change_image(image, change)
        return encode(image, change), size

    def _read_mask(self, size: tuple[int, int]) -> MaskU8:
        if self.mask is None:
            raise BadFileError(
                str(self.photo),
                f"{self.photo} has no mask: its dataset has photos alone, and the masks are needed "
                "here",
            )
        with _blaming(self.mask):
            levels = decode_levels(_mask_bytes(self.mask), str(self.mask))
            self._require_size(size, levels.shape, self.mask)
        return levels if self.change is None else change_mask(levels, self.change)

    def _original_bytes(self) -> bytes:
        return self.photo.read() if isinstance(self.photo, PackagedFile) else read_bytes(self.photo)

    def _read_dyed(self, path: Path, size: tuple[int, int]) -> ImageU8:
        with _blaming(path):
            picture = decode_image(read_bytes(path), str(path))
            self._require_size(size, picture.shape[:2], path)
        return picture if self.change is None else change_image(picture, self.change)

    def _require_size(self, size: tuple[int, int], shape: tuple[int, ...], file: Path) -> None:
        if size == shape:
            return
        (height, width), (own_height, own_width) = size, shape
        hint = ""
        if (height, width) == (own_width, own_height):
            hint = "; if the photo carries an EXIF orientation, the mask has to be turned likewise"
        raise DataError(
            f"{file} is {own_width}x{own_height} pixels (width x height), but its photo "
            f"{self.photo} is {width}x{height}: both must have the same size{hint}."
        )


def _mask_bytes(mask: Path) -> bytes:
    if not (mask.is_file() or mask.is_symlink()):
        raise DataError(
            f"{mask} does not exist; every photo needs a mask of its own name "
            f"(8-bit grey PNG, 255 = hair)."
        )
    return read_bytes(mask)


def photos_of(cases: Iterable[Case]) -> list[ImageU8]:
    """The photos of some cases, uint8 (H, W, 3) RGB: the first, and further ones up to 300 MB.

    Raises:
        BadFileError: a case cannot be read.
    """
    found: list[ImageU8] = []
    taken = 0
    for case in cases:
        photo = case.read(with_dyed=False).image
        taken += photo.nbytes
        if found and taken > _MOST_PHOTO_BYTES:
            break
        found.append(photo)
    return found


PhotoFile: TypeAlias = Path | PackagedFile
"""Where a photo's bytes are: a file of the dataset, or one inside an installed package."""


@contextmanager
def _blaming(file: PhotoFile) -> Iterator[None]:
    try:
        yield
    except DataError as error:
        raise BadFileError(str(file), error.reason, error.fix) from error
