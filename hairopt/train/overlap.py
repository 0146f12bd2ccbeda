"""Check that no training photo occurs in a dataset that judges the network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hairopt.errors import DataError
from hairopt.quantities import number_of
from hairopt.types import ImageU8

_CELLS = 16
_SAME_PICTURE_BITS = 40
"""Bits of 256: two encodings of one photo differ in fewer. Different photos with a plain background
may also differ in fewer, since equal cells give equal bits."""
_SAME_PICTURE_CORRELATION = 0.985
"""Least correlation of the lightness of 16x16 cells for the same picture; separates such photos."""


@dataclass(frozen=True)
class Fingerprint:
    """The features by which a picture is recognised.

    Attributes:
        name: the file or case, for messages.
        sha256: SHA-256 of the file.
        bits: bool (2, 256): difference hash of the picture and of its mirror image.
        cells: float32 (2, 272): lightness of the same two, mean 0 and length 1.
    """

    name: str
    sha256: str
    bits: NDArray[np.bool_]
    cells: NDArray[np.float32]


def fingerprint(name: str, sha256: str, image: ImageU8) -> Fingerprint:
    """The fingerprint of a picture, uint8 (H, W, 3) RGB.

    The difference hash (Krawetz 2013) stores for 16x16 cells whether each is lighter than the next
    one. Scaling, compression and changes of light hardly change it.
    """
    both = [_cells(image), _cells(image[:, ::-1])]
    bits = np.stack([(cells[:, 1:] > cells[:, :-1]).ravel() for cells in both])
    return Fingerprint(name, sha256, bits, np.stack([_normalised(cells) for cells in both]))


def overlaps(
    trained: Iterable[Fingerprint], judged: Sequence[Fingerprint]
) -> list[tuple[str, str]]:
    """Pairs of a training picture and a judged one that are the same file or the same picture."""
    if not judged:
        return []
    hashes = {one.sha256: one.name for one in judged}
    bits = np.stack([one.bits[0] for one in judged])
    cells = np.stack([one.cells[0] for one in judged])
    found = []
    for one in trained:
        if one.sha256 in hashes:
            found.append((one.name, hashes[one.sha256]))
            continue
        differing = np.count_nonzero(bits[:, None] ^ one.bits, axis=2)
        alike = np.where(differing <= _SAME_PICTURE_BITS, cells @ one.cells.T, 0.0).max(axis=1)
        nearest = int(alike.argmax())
        if alike[nearest] >= _SAME_PICTURE_CORRELATION:
            found.append((one.name, judged[nearest].name))
    return found


def require_disjoint(trained: Iterable[Fingerprint], judged: Sequence[Fingerprint]) -> None:
    """Raise an error if a training picture also judges the network.

    Raises:
        DataError: pictures are in both sets; up to five are named.
    """
    found = overlaps(trained, judged)
    if found:
        shown = "; ".join(f"{one} is {other}" for one, other in found[:5])
        photos = number_of(len(found), "training photo occurs", "training photos occur")
        raise DataError(
            f"{photos} in the dataset that judges the network, by content or "
            f"by similarity, so its figures would be too good: {shown}"
            f"{'; ...' if len(found) > 5 else ''}. Remove them from one side"
        )


def _cells(image: ImageU8) -> NDArray[np.float32]:
    """Lightness of 16 rows of 17 cells."""
    import cv2

    grey = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY).astype(np.float32)
    size = (_CELLS + 1, _CELLS)
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA))


def _normalised(cells: NDArray[np.float32]) -> NDArray[np.float32]:
    """The cells with mean 0 and length 1; zeros for a picture of one colour."""
    centred = cells.ravel() - cells.mean()
    length = float(np.linalg.norm(centred))
    unit: NDArray[np.float32] = centred / np.float32(length or 1.0)
    return unit
