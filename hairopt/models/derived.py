"""Folders for files that are made from a model: one per network file and contract."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from hairopt.errors import UsageError
from hairopt.home import home
from hairopt.models.contract import ModelRecord
from hairopt.models.records import all_records, model_path

Kind = Literal["forms", "calibrations", "expectations"]
_KINDS: tuple[Kind, ...] = ("forms", "calibrations", "expectations")


def derived_dir(record: ModelRecord, kind: Kind) -> Path:
    """The folder for one kind of files made from a model; it may be absent.

    Models with the same file and the same contract share it.
    """
    return home() / kind / record.identity


def discard_derived(record: ModelRecord) -> None:
    """Delete the files made from a model that was removed or replaced.

    Files that another model shares with it are kept.

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
    """Delete the files made from network files whose model was removed, whatever its contract.

    Args:
        files: their former paths in the store; the names end in the first digits of the SHA-256.

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
