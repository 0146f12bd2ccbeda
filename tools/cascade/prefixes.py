"""What a cascade's mask is worth after each of its steps, had every photo come so far."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hairopt.datasets.dataset import Dataset
from hairopt.metrics import boundary_iou, iou
from hairopt.stages.cascade import Held
from hairopt.stages.mask import upsample
from tools.cascade.views import View, masks, truths

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Prefix:
    """The masks after the first steps: one number per photo each.

    Attributes:
        iou, boundary_iou: against the truth.
        softness: infinite for a mask of nothing.
    """

    iou: Numbers
    boundary_iou: Numbers
    softness: Numbers

    def of(self, photos: NDArray[np.intp]) -> Prefix:
        """The numbers of some photos."""
        return Prefix(self.iou[photos], self.boundary_iou[photos], self.softness[photos])


def prefixes(
    views: Sequence[View], chosen: Sequence[str], dataset: Dataset, folder: Path
) -> tuple[Prefix, ...]:
    """The prefixes of a cascade, with 1, 2, ... steps; kept on disk.

    Args:
        views: the steps.
        chosen: ``choose`` of every step but the first.
        dataset: photos with masks.
        folder: where masks and scores are kept.
    """
    found = []
    for n in range(1, len(views) + 1):
        path = _file(views[:n], chosen[: n - 1], dataset, folder)
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            held = _held(views[:n], chosen, dataset, folder)
            path.write_text(json.dumps(_scored(held, dataset)))
        found.append(Prefix(*(np.array(numbers) for numbers in json.loads(path.read_text()))))
    return tuple(found)


def _file(views: Sequence[View], chosen: Sequence[str], dataset: Dataset, folder: Path) -> Path:
    text = " ".join([*chosen, dataset.fingerprint, *map(str, views)])
    return folder / "prefixes" / f"{hashlib.sha256(text.encode()).hexdigest()[:20]}.json"


def _held(
    views: Sequence[View], chosen: Sequence[str], dataset: Dataset, folder: Path
) -> list[Held]:
    held = [Held.of(mask) for mask in masks(views[0], dataset, folder)]
    for view, choose in zip(views[1:], chosen, strict=False):
        new = (Held.of(mask) for mask in masks(view, dataset, folder))
        held = [old.chosen(one, choose) for old, one in zip(held, new, strict=True)]
    return held


def _scored(held: Sequence[Held], dataset: Dataset) -> list[list[float]]:
    rows = []
    for one, truth in zip(held, truths(dataset), strict=True):
        found = upsample(one.mask, *truth.shape) >= 0.5
        soft = 9.0 if np.isnan(one.softness) else one.softness
        rows.append((iou(found, truth) or 0.0, boundary_iou(found, truth) or 0.0, soft))
    return [list(column) for column in zip(*rows, strict=True)]
