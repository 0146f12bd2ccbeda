"""What a fuzzer needs to know of one reader of files."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TypeAlias

Read: TypeAlias = Callable[[bytes, Path], None]
"""Gives the bytes of one file to hairopt; the folder holds whatever lies beside that file."""

Mutator: TypeAlias = Callable[[bytes, Random], bytes]
"""One changed file that still has the structure of its format. It may raise anything where it
cannot make sense of the bytes."""

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / "tests" / "fuzz" / "corpus"
"""Small sound files, one folder for each reader; made by ``tests/fuzz/make_corpus.py``."""

_CODE = ("hairopt.files.text", "hairopt.files.validated", "hairopt.files.faults")
TOML_CODE = ("hairopt.files.toml", *_CODE)
JSON_CODE = ("hairopt.files.json", *_CODE)
"""What reads every TOML and every JSON file."""

REGRESSIONS = ROOT / "tests" / "fuzz" / "regressions"
"""Inputs that broke the rule once, one folder for each reader."""


@dataclass(frozen=True)
class Reader:
    """One kind of file that hairopt reads.

    Attributes:
        name: what the command line and the folders of the corpus call it.
        read: as in ``Read``.
        mutate: as in ``Mutator``.
        code: what of hairopt reads it, as ``module``, ``package.*`` or ``module:function,Class``;
            the log says how many of its lines were reached.
        prepare: fills the folder with what lies beside the file.
        max_bytes: of one input.
    """

    name: str
    read: Read
    mutate: Mutator
    code: tuple[str, ...]
    prepare: Callable[[Path], None] = lambda folder: None
    max_bytes: int = 200_000

    @property
    def seeds(self) -> list[Path]:
        """The committed inputs: sound files, and those that broke the rule once."""
        folders = (CORPUS / self.name, REGRESSIONS / self.name)
        return sorted(file for folder in folders for file in folder.glob("*"))


@contextmanager
def prepared(reader: Reader) -> Iterator[Path]:
    """A folder as the reader wants it, in memory where the system has such a place."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(
        prefix="hairopt-fuzz-", dir=memory if memory.is_dir() else None
    ) as place:
        folder = Path(place)
        reader.prepare(folder)
        yield folder
