"""The masks of every network, size and mirroring, computed once and kept on disk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hairopt.datasets.dataset import Dataset
from hairopt.models.squash import squash
from hairopt.runtimes.protocol import Segmenter
from hairopt.stages.segment import load_network
from hairopt.types import ImageU8, MaskF32


@dataclass(frozen=True)
class View:
    """One way to look at a photo: a network in one form, at one size, mirrored or not.

    Attributes:
        model: a name of the store.
        precision: of the network.
        runtime: that executes it.
        side_px: side of the square input.
        mirror: whether the photo is mirrored, and the mask back.
    """

    model: str
    precision: str
    runtime: str
    side_px: int
    mirror: bool = False

    def __str__(self) -> str:
        word = "mirrored" if self.mirror else "plain"
        return f"{self.model}-{self.precision}-{self.runtime}-{self.side_px}-{word}"


OWN_PX = {"hairnet": 288, "mediapipe-hair": 512}
"""The networks' own sizes."""


def hairnet(side_px: int = 288, *, mirror: bool = False, precision: str = "int8") -> View:
    """The bundled network, in the runtime that is quickest for it."""
    return View("hairnet", precision, "litert", side_px, mirror)


def mediapipe(precision: str = "int8", *, mirror: bool = False, side_px: int = 512) -> View:
    """MediaPipe's network, in the runtime that is quickest for it."""
    return View("mediapipe-hair", precision, "openvino", side_px, mirror)


REFERENCE = View("mediapipe-hair", "float32", "mediapipe", 512)
"""What all times are divided by: MediaPipe's network in MediaPipe's own runtime."""


def masks(view: View, dataset: Dataset, folder: Path) -> Iterator[MaskF32]:
    """The masks of a view, photo by photo; those on disk are not computed again."""
    segmenter: Segmenter | None = None
    for case in dataset.cases:
        path = folder / str(view) / f"{case.image_sha256()[:16]}.npy"
        if not path.is_file():
            segmenter = segmenter or load(view)
            path.parent.mkdir(parents=True, exist_ok=True)
            mask = seen(segmenter, case.read(with_dyed=False).image, view)
            np.save(path.with_suffix(".tmp.npy"), mask.astype(np.float16))
            path.with_suffix(".tmp.npy").rename(path)
        yield np.load(path).astype(np.float32)
    if segmenter is not None:
        segmenter.close()


def load(view: View) -> Segmenter:
    """The loaded network of a view."""
    return load_network(
        runtime=view.runtime,
        model=view.model,
        precision=view.precision,
        input_size=None if view.side_px == OWN_PX[view.model] else view.side_px,
        threads=1,
    )


def seen(segmenter: Segmenter, photo: ImageU8, view: View) -> MaskF32:
    """The mask of a view."""
    if not view.mirror:
        return segmenter(photo)
    small = squash(photo, view.side_px, view.side_px)
    return np.ascontiguousarray(segmenter(np.ascontiguousarray(small[:, ::-1]))[:, ::-1])


def truths(dataset: Dataset) -> Iterator[NDArray[np.bool_]]:
    """The hand-made masks, at the photos' size."""
    for case in dataset.cases:
        yield case.read(with_dyed=False).levels >= 128
