"""Where what is made from a model is kept: apart for each file and contract."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from hairopt.errors import UsageError
from hairopt.home import home
from hairopt.models.contract import ModelRecord
from hairopt.models.records import all_records, model_path

Kind = Literal["forms", "calibrations"]
_KINDS: tuple[Kind, ...] = ("forms", "calibrations")


def derived_dir(record: ModelRecord, kind: Kind) -> Path:
    """The folder of one kind of files that are made from a model; it need not exist.

    Models with the same file and the same contract share it.
    """
    return home() / kind / record.identity


def discard_derived(record: ModelRecord) -> None:
    """Delete what was made from a model that is gone, or was replaced.

    What a model that is still here shares with it stays.

    Raises:
        UsageError: a folder cannot be deleted.
    """
    if any(
        other.identity == record.identity and model_path(other).is_file()
        for other in all_records().values()
    ):
        return
    for kind in _KINDS:
        _discard(derived_dir(record, kind))


def discard_unclaimed(files: Iterable[Path]) -> None:
    """Delete what was made from network files whose model is gone, and nobody knows its contract.

    Args:
        files: as they were called in the store, with the first digits of their SHA-256 at the end.

    Raises:
        UsageError: a folder cannot be deleted.
    """
    claimed = {one.identity for one in all_records().values() if model_path(one).is_file()}
    for file in files:
        digits = file.stem.rpartition("-")[2]
        for folder in (folder for kind in _KINDS for folder in (home() / kind).glob(f"{digits}*")):
            if folder.name not in claimed:
                _discard(folder)


def _discard(folder: Path) -> None:
    try:
        if folder.is_dir():
            shutil.rmtree(folder)
    except OSError as error:
        raise UsageError(f"{folder} cannot be deleted: {error.strerror or error}") from error
