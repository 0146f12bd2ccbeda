"""Proof that nothing is trained on that a network is judged by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hairopt.errors import DataError
from hairopt.types import ImageU8

_COLUMNS, _ROWS = 17, 16
_SAME_PICTURE_BITS = 26
"""Of 256: two encodings of one photo differ in fewer bits, two photos of one person before one
backdrop in more (measured: see docs/training.md)."""


@dataclass(frozen=True)
class Fingerprint:
    """What a picture is recognised by.

    Attributes:
        name: the file or case, for messages.
        sha256: of the file.
        bits: bool (512,): difference hash of the picture and of its mirror image.
    """

    name: str
    sha256: str
    bits: NDArray[np.bool_]


def fingerprint(name: str, sha256: str, image: ImageU8) -> Fingerprint:
    """The fingerprint of a picture, uint8 (H, W, 3) RGB.

    The difference hash (Krawetz 2013) says of 16x16 cells whether each is lighter than the next
    one: it survives scaling, compression and changes of light.
    """
    return Fingerprint(
        name, sha256, np.concatenate([_difference_hash(image), _difference_hash(image[:, ::-1])])
    )


def overlaps(
    trained: Iterable[Fingerprint], judged: Sequence[Fingerprint]
) -> list[tuple[str, str]]:
    """Pairs of a training picture and a judged one that are the same file or the same picture."""
    if not judged:
        return []
    hashes = {one.sha256: one.name for one in judged}
    bits = np.stack([one.bits[:256] for one in judged])
    found = []
    for one in trained:
        if one.sha256 in hashes:
            found.append((one.name, hashes[one.sha256]))
            continue
        straight = np.count_nonzero(bits ^ one.bits[:256], axis=1)
        mirrored = np.count_nonzero(bits ^ one.bits[256:], axis=1)
        distance = np.minimum(straight, mirrored)
        nearest = int(distance.argmin())
        if distance[nearest] <= _SAME_PICTURE_BITS:
            found.append((one.name, judged[nearest].name))
    return found


def require_disjoint(trained: Iterable[Fingerprint], judged: Sequence[Fingerprint]) -> None:
    """Refuse to train on what a network is judged by.

    Raises:
        DataError: pictures occur on both sides; up to five are named.
    """
    found = overlaps(trained, judged)
    if found:
        shown = "; ".join(f"{one} is {other}" for one, other in found[:5])
        raise DataError(
            f"{len(found)} training photo(s) occur in the dataset that judges the network, by "
            f"content or by look, so its figures would flatter: {shown}"
            f"{'; ...' if len(found) > 5 else ''}. Remove them from one side"
        )


def _difference_hash(image: ImageU8) -> NDArray[np.bool_]:
    import cv2

    grey = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY)
    cells = cv2.resize(grey, (_COLUMNS, _ROWS), interpolation=cv2.INTER_AREA)
    return np.asarray(cells[:, 1:] > cells[:, :-1]).ravel()
