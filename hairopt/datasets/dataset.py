"""A dataset: named cases, and a fingerprint that tells whether two datasets are equal."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from hairopt.datasets.case import Case
from hairopt.datasets.packaged import PackagedFile
from hairopt.errors import DataError
from hairopt.images import read_bytes


@dataclass(frozen=True)
class Dataset:
    """Cases that are measured together.

    Attributes:
        name: the folder's name.
        path: the folder.
        title: its title; the name where none is stated.
        licence: licence of the photos; empty where not stated.
        source: where the photos come from; empty where not stated.
        cases: sorted by name.
        ignored: one sentence for each file that looks like part of the dataset but is not used.
        subfolders: folders among photos or masks, which are not read, with their content.
        n_whole: number of cases of the dataset that this is a part of; None for a whole one.
        is_labelled: False for photos alone, whose cases have no mask.
    """

    name: str
    path: Path
    title: str
    licence: str
    source: str
    cases: tuple[Case, ...]
    ignored: tuple[str, ...] = ()
    subfolders: tuple[str, ...] = ()
    n_whole: int | None = None
    is_labelled: bool = True

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 in hex of the content; paths, order and age of the files do not matter.

        It covers names, clusters, tags and the bytes of photos, masks and dyed pictures; for a
        derived case, its recipe. A file that cannot be read counts as absent.
        """
        total = hashlib.sha256(b"hairopt.dataset/1\n")
        for case in sorted(self.cases, key=lambda case: case.name):
            for part in _identity(case):
                total.update(part.encode())
                total.update(b"\n")
        return total.hexdigest()

    def case(self, name: str) -> Case:
        """The case with a name.

        Raises:
            DataError: there is none.
        """
        for case in self.cases:
            if case.name == name:
                return case
        raise DataError(f"{self.path} has no case named {name!r}")


def _identity(case: Case) -> Iterator[str]:
    change = case.change.model_dump(mode="json") if case.change else None
    yield json.dumps([case.name, case.source, sorted(case.tags.items()), change])
    yield _digest(case.photo)
    yield "absent" if case.mask is None else _digest(case.mask)
    for shade, path in sorted(case.dyed.items()):
        yield f"{shade} {_digest(path)}"


def _digest(file: Path | PackagedFile) -> str:
    try:
        data = file.read() if isinstance(file, PackagedFile) else read_bytes(file)
    except DataError:
        return "absent"
    return hashlib.sha256(data).hexdigest()
