"""Find the photos of a folder; identify them by content; hold some of them out."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hairopt.errors import DataError, UsageError
from hairopt.images import decode_image, read_bytes
from hairopt.types import ImageU8

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
HELD_OUT_SHARE = 0.08
"""Share of the photos that is never trained on, but used for the held-out curve."""


@dataclass(frozen=True)
class Photo:
    """A photo of the training folder.

    Attributes:
        path: the file.
        sha256: SHA-256 of the file, in hex.
        group: its folder, relative to the root; photos of one folder are similar.
    """

    path: Path
    sha256: str
    group: str

    @property
    def held_out(self) -> bool:
        """Whether it is never trained on; decided by content, so that its name does not matter."""
        return int(self.sha256[:8], 16) / 0x1_0000_0000 < HELD_OUT_SHARE

    def read(self) -> ImageU8:
        """The photo, uint8 (H, W, 3) RGB, upright.

        Raises:
            DataError: it cannot be read or decoded.
        """
        return decode_image(read_bytes(self.path), str(self.path))


def find_photos(folder: Path) -> list[Photo]:
    """Every photo in a folder and its sub-folders, without copies, sorted by hash.

    Raises:
        UsageError: the path is no folder.
        DataError: there is no photo in it, or one cannot be read.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder of photos")
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES and path.is_file() and not path.name.startswith(".")
    )
    if not files:
        raise DataError(f"{folder} holds no photo; {', '.join(SUFFIXES)} are read")
    found: dict[str, Photo] = {}
    for path in files:
        sha256 = hashlib.sha256(read_bytes(path)).hexdigest()
        group = path.parent.relative_to(folder).as_posix()
        found.setdefault(sha256, Photo(path, sha256, group))
    return [found[sha256] for sha256 in sorted(found)]


def balance(groups: Sequence[str]) -> list[float]:
    """The share of each photo in the examples; the shares sum to 1.

    The weight of a folder is the square root of its size: a thousand portraits with one background
    teach less than a hundred snapshots, and must not be ten times as frequent.
    """
    sizes: dict[str, int] = {}
    for group in groups:
        sizes[group] = sizes.get(group, 0) + 1
    weights = [sizes[group] ** -0.5 for group in groups]
    total = sum(weights)
    return [weight / total for weight in weights]
