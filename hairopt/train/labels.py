"""Labelled photos on disk: made once, resumed after an interruption, read one at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from hairopt.errors import DataError, UsageError
from hairopt.models.store import write_atomically
from hairopt.train.faces import find_face
from hairopt.train.photos import Photo
from hairopt.train.teacher import label
from hairopt.types import ImageU8, MaskF32

STORED_SIDE_PX = 512
"""Longer side of a stored photo, in pixels: a crop of a quarter is then sharp at 256 px."""

MIN_AGREEMENT = 0.72
"""Least overlap of the views; labels below it (bald heads, dark hats) are not trained on."""

MIN_HAIR = 0.01
"""Least share of hair in a label, 0..1; with less no crop is useful."""

_INDEX = "index.jsonl"

Face = tuple[int, int, int, int]


@dataclass(frozen=True)
class LabelledPhoto:
    """A photo with its label, both stored in ``folder`` at up to 512 px.

    Attributes:
        sha256: SHA-256 of the original file.
        origin: the original file, for messages.
        group: see ``Photo.group``.
        held_out: whether it is not trained on.
        agreement: agreement of the teacher's views, 0..1; 1 for exact labels.
        hair: share of the photo that is hair, 0..1.
        face: (left, top, width, height) in pixels of the stored photo, or None.
        exact: whether the label is the truth of a dataset, not from the teacher.
    """

    sha256: str
    origin: str
    group: str
    held_out: bool
    agreement: float
    hair: float
    face: Face | None
    exact: bool = False

    @property
    def usable(self) -> bool:
        """Whether its label is good enough for training; exact ones always are."""
        return self.exact or (self.agreement >= MIN_AGREEMENT and self.hair >= MIN_HAIR)


def reduced(image: ImageU8) -> ImageU8:
    """The photo with a longer side of at most 512 px, reduced by area average."""
    import cv2

    scale = STORED_SIDE_PX / max(image.shape[:2])
    if scale >= 1:
        return image
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))


class LabelStore:
    """A folder of stored photos and labels with an index of one line per photo."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"{folder} cannot be written: {error.strerror or error}") from error

    def entries(self) -> dict[str, LabelledPhoto]:
        """The entries so far, by hash, without incomplete lines."""
        found = {}
        for line in self._lines():
            try:
                values = json.loads(line)
                face = values.pop("face")
                entry = LabelledPhoto(**values, face=tuple(face) if face else None)
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
                continue
            found[entry.sha256] = entry
        return found

    def fill(
        self, photos: Iterable[Photo], segment: Callable[[ImageU8], MaskF32]
    ) -> Iterator[LabelledPhoto | DataError]:
        """Label the photos that are not labelled yet, one at a time.

        Yields:
            The entry of each photo, or the reason why it cannot be used.
        """
        known = self.entries()
        for photo in photos:
            if photo.sha256 in known and self._is_stored(known[photo.sha256]):
                yield known[photo.sha256]
                continue
            try:
                image = reduced(photo.read())
            except DataError as error:
                yield error
                continue
            made = label(image, segment)
            yield self.add(photo, image, made.mask, made.agreement)

    def add(
        self,
        photo: Photo,
        image: ImageU8,
        mask: MaskF32,
        agreement: float,
        exact: bool = False,
    ) -> LabelledPhoto:
        """Store one photo with its label; the index line is written last.

        Raises:
            UsageError: the folder cannot be written.
        """
        entry = LabelledPhoto(
            sha256=photo.sha256,
            origin=str(photo.path),
            group=photo.group,
            held_out=photo.held_out,
            agreement=round(agreement, 4),
            hair=round(float((mask > 0.5).mean()), 5),
            face=find_face(image),
            exact=exact,
        )
        write_atomically(self._path(entry, "jpg"), _encoded(image, ".jpg"))
        grey = np.rint(mask * 255).astype(np.uint8)
        write_atomically(self._path(entry, "png"), _encoded(grey, ".png"))
        with (self._folder / _INDEX).open("a", encoding="utf-8") as stream:
            # The line break comes first: it also ends an incomplete line of an interrupted run.
            stream.write("\n" + json.dumps(asdict(entry)))
        return entry

    def read(self, entry: LabelledPhoto) -> tuple[ImageU8, np.ndarray]:
        """The stored photo, uint8 (h, w, 3) RGB, and its label, uint8 (h, w), 255 is hair.

        Raises:
            DataError: a file of the store is missing or damaged.
        """
        import cv2

        bgr = cv2.imread(str(self._path(entry, "jpg")), cv2.IMREAD_COLOR)
        mask = cv2.imread(str(self._path(entry, "png")), cv2.IMREAD_GRAYSCALE)
        if bgr is None or mask is None:
            raise DataError(f"{self._path(entry, 'png')} or its photo is missing; label again")
        return np.ascontiguousarray(bgr[..., ::-1]), np.asarray(mask)

    def _is_stored(self, entry: LabelledPhoto) -> bool:
        return all(self._path(entry, suffix).is_file() for suffix in ("jpg", "png"))

    def _path(self, entry: LabelledPhoto, suffix: str) -> Path:
        return self._folder / f"{entry.sha256[:20]}.{suffix}"

    def _lines(self) -> list[str]:
        path = self._folder / _INDEX
        return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


def _encoded(pixels: np.ndarray, suffix: str) -> bytes:
    import cv2

    bgr = pixels[..., ::-1] if pixels.ndim == 3 else pixels
    options = (
        [cv2.IMWRITE_JPEG_QUALITY, 95] if suffix == ".jpg" else [cv2.IMWRITE_PNG_COMPRESSION, 1]
    )
    return bytes(cv2.imencode(suffix, bgr, options)[1])
