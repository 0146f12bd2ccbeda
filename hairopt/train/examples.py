"""Make the n-th example of a training run, from the seed and n only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hairopt.errors import DataError
from hairopt.train.augment.back_view import paint_over_face
from hairopt.train.augment.backgrounds import background
from hairopt.train.augment.camera import through_camera
from hairopt.train.augment.clothes import put_on_clothes
from hairopt.train.augment.framing import Frame, frame
from hairopt.train.augment.hats import put_on_hat
from hairopt.train.augment.recolour import blend, recolour_hair
from hairopt.train.labels import LabelledPhoto, LabelStore
from hairopt.train.photos import balance
from hairopt.types import ImageU8

Pair = tuple[NDArray[np.float32], NDArray[np.float32]]


@dataclass(frozen=True)
class Mixture:
    """How often each change is made, as shares of all examples unless stated otherwise.

    Attributes:
        empty: pictures without hair.
        exact: photos of labelled datasets, as a share of the examples with hair.
        back_view: faces covered with hair, as a share of the photos with a face.
        hat: hats put on, as a share of the photos with a face.
        clothes: cloth put behind the hair, as a share of the photos.
        recolour: hair in another colour.
        alone: hair without its head, before another background; the network has only the texture.
        small: photos shown small, before another background.
        crop: crops around a hair pixel.
        replaced: other backgrounds outside the photo, as a share of the frames larger than it.
    """

    empty: float = 0.07
    exact: float = 0.25
    back_view: float = 0.35
    hat: float = 0.03
    clothes: float = 0.2
    recolour: float = 0.22
    alone: float = 0.2
    small: float = 0.22
    crop: float = 0.5
    replaced: float = 0.75


class Examples:
    """Makes examples: picture float32 (3, S, S) RGB in [0, 1], label float32 (1, S, S)."""

    def __init__(
        self,
        store: LabelStore,
        entries: Sequence[LabelledPhoto],
        backgrounds: Sequence[ImageU8],
        *,
        seed: int,
        side_px: int,
        mixture: Mixture | None = None,
    ) -> None:
        usable = [entry for entry in entries if entry.usable and not entry.held_out]
        self._store = store
        self._taught = _Pool([entry for entry in usable if not entry.exact])
        self._exact = _Pool([entry for entry in usable if entry.exact])
        if not usable:
            raise DataError("no label is left to train on: the teacher is not certain of any hair")
        self._backgrounds = backgrounds
        self._seed = seed
        self._side_px = side_px
        self._mixture = mixture or Mixture()

    @property
    def count(self) -> int:
        """Number of photos that are trained on."""
        return len(self._taught.entries) + len(self._exact.entries)

    def draw(self, index: int) -> Pair:
        """The example with a number; it is always the same.

        Raises:
            DataError: a stored label is missing.
        """
        rng = np.random.default_rng([self._seed, index])
        if rng.random() < self._mixture.empty:
            image = background(self._backgrounds, self._side_px, rng)
            return _as_tensors(image, np.zeros(image.shape[:2], np.uint8), rng)
        entry = self._pick(rng)
        image, label = self._store.read(entry)
        image, label = self._dressed(entry, image, label, rng)
        cut = frame(image, label, self._side_px, self._mixture.small, self._mixture.crop, rng)
        if rng.random() < self._mixture.alone:
            image = blend(background(self._backgrounds, self._side_px, rng), cut.image, cut.label)
        else:
            image = self._before_background(cut, rng)
        if not entry.exact and rng.random() < self._mixture.recolour:
            image = recolour_hair(image, cut.label, rng)
        return _as_tensors(image, cut.label, rng)

    def _pick(self, rng: np.random.Generator) -> LabelledPhoto:
        exact_wanted = rng.random() < self._mixture.exact
        if self._exact.entries and (exact_wanted or not self._taught.entries):
            return self._exact.pick(rng)
        return self._taught.pick(rng)

    def _dressed(
        self,
        entry: LabelledPhoto,
        image: ImageU8,
        label: NDArray[np.uint8],
        rng: np.random.Generator,
    ) -> tuple[ImageU8, NDArray[np.uint8]]:
        """The photo with its face covered, with a hat, with other clothes, or unchanged."""
        # Datasets with exact labels already have views from behind and hats.
        face, kind = entry.face, 1.0 if entry.exact else rng.random()
        if face is not None and kind < self._mixture.back_view:
            image, label = paint_over_face(image, label, face, rng)
            face = None
        elif face is not None and kind < self._mixture.back_view + self._mixture.hat:
            texture = background(self._backgrounds, self._side_px, rng)
            image, label = put_on_hat(image, label, face, texture, rng)
        if rng.random() < self._mixture.clothes:
            texture = background(self._backgrounds, self._side_px, rng)
            image = put_on_clothes(image, label, face, texture, rng)
        return image, label

    def _before_background(self, cut: Frame, rng: np.random.Generator) -> ImageU8:
        """The frame, with another background outside the photo."""
        import cv2

        if cut.inside.min() > 127 or rng.random() >= self._mixture.replaced:
            return cut.image
        behind = background(self._backgrounds, self._side_px, rng)
        soft = cv2.GaussianBlur(cut.inside, (0, 0), rng.uniform(0.3, 1.5))
        return blend(behind, cut.image, np.asarray(soft))


class _Pool:
    """Photos to choose from, with balanced folders."""

    def __init__(self, entries: Sequence[LabelledPhoto]) -> None:
        self.entries = list(entries)
        self._edges = np.cumsum(balance([entry.group for entry in entries]))

    def pick(self, rng: np.random.Generator) -> LabelledPhoto:
        place = int(np.searchsorted(self._edges, rng.random(), side="right"))
        return self.entries[min(place, len(self.entries) - 1)]


def _as_tensors(image: ImageU8, label: NDArray[np.uint8], rng: np.random.Generator) -> Pair:
    pixels = through_camera(image, rng)
    return (
        np.ascontiguousarray(pixels.transpose(2, 0, 1)),
        label[None].astype(np.float32) / np.float32(255),
    )
