"""Find masks with class indices instead of coverage, from labelling tools or parsing datasets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

IGNORE = 255
"""Value of pixels without a label, in Pascal VOC and formats like it."""

_LARGEST = 31
"""The largest index that counts as a class; as coverage it would be 12 %, far from hair."""
_FEWEST_EQUAL = 0.5
"""Least share of equal neighbours within the classes: areas have more, noise has less."""
_FEWEST_JUMPS = 0.1
"""Least share of steps larger than 1 between neighbours: classes jump, faint coverage slopes."""
_LEAST_SHARE_OF_IGNORED = 0.05


@dataclass(frozen=True)
class ClassIndices:
    """The class indices in a mask.

    Attributes:
        labels: the indices, ascending, including 0 if it occurs.
        has_ignore: whether pixels of value 255 are without a label.
    """

    labels: tuple[int, ...]
    has_ignore: bool

    @property
    def only_label(self) -> int | None:
        """The only possible index of hair; None if there are several."""
        labels = [label for label in self.labels if label]
        return labels[0] if len(labels) == 1 else None

    def __str__(self) -> str:
        border = " and an ignore border (255)" if self.has_ignore else ""
        return f"class indices ({_listed(self.labels)}){border}"


def find_classes(levels: NDArray[np.uint8]) -> ClassIndices | None:
    """Distinguish class indices from coverage.

    Indices are small and constant over whole areas. A mask with two values of at most 31 has
    indices; so has a mask with more such values if they jump from area to area. With 255 as well,
    and nothing between 32 and 254, 255 counts as a border without a label. Faint coverage, noise,
    and masks with greys between 0 and hair count as coverage.

    Args:
        levels: uint8 (H, W), the mask as stored.

    Returns:
        None if it is coverage.
    """
    import cv2

    counts = cv2.calcHist([levels], [0], None, [256], [0, 256]).ravel()
    found = np.flatnonzero(counts)
    labels = found[found < IGNORE]
    if len(labels) < 2 or labels[-1] > _LARGEST:  # JPEG can turn black into a single value
        return None
    has_ignore = bool(counts[IGNORE])
    if has_ignore:
        share = counts[1:IGNORE].sum() / counts[IGNORE]
        is_index = share >= _LEAST_SHARE_OF_IGNORED and _equal_neighbours(levels) >= _FEWEST_EQUAL
    else:
        is_index = len(labels) == 2 or (
            _equal_neighbours(levels) >= _FEWEST_EQUAL and _jumps(levels) >= _FEWEST_JUMPS
        )
    return ClassIndices(tuple(map(int, labels)), has_ignore) if is_index else None


def how_to_convert(name: str, classes: ClassIndices | None = None) -> str:
    """Lines of Python that convert class indices to coverage, in place.

    Args:
        name: a mask; all masks of its folder are converted.
        classes: its indices; if several can be hair, or nothing is known, the user has to insert
            the index.
    """
    label = classes.only_label if classes else None
    hair = "HAIR" if label is None else str(label)
    given = "put the index of hair for HAIR" if label is None else f"{label} being hair"
    # Masks that are already converted do not change, unless 255 has another meaning.
    test = f"v in ({hair}, 255)" if classes and not classes.has_ignore else f"v == {hair}"
    once = "" if classes and not classes.has_ignore else "; 255 becomes not hair; run it once"
    return (
        f"To convert all masks of that folder ({given}{once}):\n"
        "  from pathlib import Path; from PIL import Image\n"
        f"  for f in Path({str(Path(name).parent)!r}).glob('*.png'):\n"
        f"      Image.open(f).getchannel(0).point(lambda v: 255 * ({test}), 'L').save(f)"
    )


def _equal_neighbours(levels: NDArray[np.uint8]) -> float:
    """Share of equal pairs among pairs of neighbours with at least one class other than 0."""
    equal = total = 0
    for one, other in _pairs(levels):
        # 0 and 255 wrap to the largest values, so one comparison excludes both.
        inside = np.minimum(one - np.uint8(1), other - np.uint8(1)) < IGNORE - 1
        total += np.count_nonzero(inside)
        equal += np.count_nonzero(inside & (one == other))
    return equal / total if total else 0.0


def _jumps(levels: NDArray[np.uint8]) -> float:
    """Share of unequal pairs of neighbours that differ by more than 1."""
    jumps = unequal = 0
    for one, other in _pairs(levels):
        step = np.maximum(one, other) - np.minimum(one, other)
        unequal += np.count_nonzero(step)
        jumps += np.count_nonzero(step > 1)
    return jumps / unequal if unequal else 0.0


def _pairs(levels: NDArray[np.uint8]) -> tuple[tuple[NDArray[Any], NDArray[Any]], ...]:
    return (levels[1:], levels[:-1]), (levels[:, 1:], levels[:, :-1])


def _listed(labels: Sequence[int]) -> str:
    if len(labels) > 6:
        return f"{len(labels)} values from {labels[0]} to {labels[-1]}"
    return ", ".join(map(str, labels))
