"""Collect the training data: photos with the teacher's labels or exact ones, checked and stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from hairopt.datasets.dataset import Dataset
from hairopt.errors import DataError
from hairopt.raster import coverage
from hairopt.train.labels import LabelledPhoto, LabelStore, reduced
from hairopt.train.overlap import Fingerprint, fingerprint, require_disjoint
from hairopt.train.photos import Photo, find_photos
from hairopt.train.teacher import load_teacher
from hairopt.types import ImageU8

LABELS = "labels-"
"""Prefix of a folder of labels; the suffix identifies the teacher and its contract."""

Told = Callable[[str, int, int], None]
"""Called with the name of the phase, the number done, and the total."""


@dataclass(frozen=True)
class Gathered:
    """All training data.

    Attributes:
        store: the store of the labels.
        entries: photos with labels.
        backgrounds: uint8 (H, W, 3) RGB, pictures without people.
        unusable: one sentence for each photo that cannot be read.
        teacher_sha256: SHA-256 of the teacher's file.
    """

    store: LabelStore
    entries: tuple[LabelledPhoto, ...]
    backgrounds: tuple[ImageU8, ...]
    unusable: tuple[str, ...]
    teacher_sha256: str


def gather(
    photos: Path,
    labelled: Sequence[Dataset],
    backgrounds: Sequence[Path],
    judged: Sequence[Dataset],
    teacher: str,
    folder: Path,
    told: Told,
    threads: int = 1,
) -> Gathered:
    """Label all photos without a label, and refuse photos that the network will be judged by.

    Args:
        photos: a folder of photos, with its sub-folders.
        labelled: datasets whose truth is trained on.
        backgrounds: folders of photos without people; they may be inside ``photos``.
        judged: datasets whose photos must not be trained on.
        teacher: name of the model that labels the photos.
        folder: folder for the labels.
        told: called for every photo.
        threads: threads of the teacher.

    Raises:
        DataError: no photo, or a photo that occurs in a judged dataset.
        ConfigError: unknown teacher.
        UnavailableError: the teacher cannot run on this machine.
    """
    segment, record = load_teacher(teacher, threads)
    store = LabelStore(folder / f"{LABELS}{record.identity}")
    own = {photo.sha256 for photo in _behind(backgrounds)}
    found = [photo for photo in find_photos(photos) if photo.sha256 not in own]
    entries: list[LabelledPhoto] = []
    unusable: list[str] = []
    try:
        for number, result in enumerate(store.fill(found, segment), 1):
            (unusable if isinstance(result, DataError) else entries).append(result)  # type: ignore[arg-type]
            told("label photos", number, len(found))
    finally:
        segment.close()
    for dataset in labelled:
        entries += _exact(dataset, store, told)
    _check(store, entries, judged, told)
    pictures = tuple(reduced(photo.read()) for photo in _behind(backgrounds))
    return Gathered(store, tuple(entries), pictures, tuple(map(str, unusable)), record.sha256)


def fingerprints(dataset: Dataset) -> list[Fingerprint]:
    """The fingerprints of a dataset's photos.

    Raises:
        DataError: a case cannot be read.
    """
    return [
        fingerprint(
            f"{dataset.name}/{case.name}", case.image_sha256(), case.read(with_dyed=False).image
        )
        for case in dataset.cases
    ]


def _behind(folders: Sequence[Path]) -> list[Photo]:
    return [photo for folder in folders for photo in find_photos(folder)]


def _exact(dataset: Dataset, store: LabelStore, told: Told) -> list[LabelledPhoto]:
    """The cases of a labelled dataset, stored like photos, with the truth as the label."""
    known = store.entries()
    found = []
    for number, case in enumerate(dataset.cases, 1):
        sha256 = case.image_sha256()
        if sha256 not in known or not known[sha256].exact:
            loaded = case.read(reduced, with_dyed=False)
            image = loaded.image
            size = (image.shape[1], image.shape[0])
            truth = cv2.resize(coverage(loaded.levels), size, interpolation=cv2.INTER_AREA)
            photo = Photo(Path(str(case.photo)), sha256, dataset.name)
            known[sha256] = store.add(photo, image, np.asarray(truth), 1.0, exact=True)
        found.append(known[sha256])
        told(f"read {dataset.name}", number, len(dataset.cases))
    return found


def _check(
    store: LabelStore, entries: Sequence[LabelledPhoto], judged: Sequence[Dataset], told: Told
) -> None:
    if not judged:
        return
    wanted = [one for dataset in judged for one in fingerprints(dataset)]
    own = []
    for number, entry in enumerate(entries, 1):
        own.append(fingerprint(entry.origin, entry.sha256, store.read(entry)[0]))
        told("look for shared photos", number, len(entries))
    require_disjoint(own, wanted)
