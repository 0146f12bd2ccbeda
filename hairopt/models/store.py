"""The model store: every network by name, pinned by SHA-256, with licence and contract."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from hairopt.errors import ConfigError, ModelError, UnavailableError, UsageError
from hairopt.files.lock import locked
from hairopt.files.whole_file import write_whole
from hairopt.models.contract import ModelRecord
from hairopt.models.derived import discard_derived, discard_unclaimed
from hairopt.models.file_summary import read_network, sha256_of
from hairopt.models.records import (
    all_records,
    damaged_records,
    files_of,
    model_path,
    store_dir,
)
from hairopt.registry import unknown_name


@dataclass(frozen=True)
class ModelStatus:
    """A model of the store.

    Attributes:
        path: where its file is, or None where it has not been pulled.
        record: its record.
        path: the path of its file, or None where it has not been pulled.
        path: where its file is, or None where it has not been pulled.
    """

    record: ModelRecord
    path: Path | None

    @property
    def present(self) -> bool:
        """Whether the file is on this machine; its hash is checked when it is used."""
        return self.path is not None


def list_models() -> list[ModelStatus]:
    """All models: bundled, known, added, each group by name; without damaged records."""
    groups = ("bundled", "known", "added")
    records = sorted(all_records().values(), key=lambda r: (groups.index(r.origin), r.name))
    paths = [(record, model_path(record)) for record in records]
    return [ModelStatus(record, path if path.is_file() else None) for record, path in paths]


def find_model(name: str) -> tuple[ModelRecord, Path]:
    """A model's record and its verified file.

    Raises:
        ConfigError: unknown name, with the nearest known ones, or a damaged record.
        UnavailableError: known, but not on this machine; ``fix`` is the command that gets it.
        ModelError: the file has another SHA-256 than its record.
    """
    record = find_record(name)
    path = model_path(record)
    if not path.is_file():
        raise UnavailableError(
            f"model {name} is not on this machine ({path} is absent)", way_to_get(record)
        )
    verify(record, path)
    return record, path


def find_record(name: str) -> ModelRecord:
    """The record of a model; its file may be absent.

    Raises:
        ConfigError: unknown name, with the nearest known ones, or a damaged record.
    """
    records = all_records()
    if name not in records and (reason := damaged_records().get(name)):
        raise ConfigError(
            f"the record of model {name!r} is damaged: {reason.rstrip('.')}; remove it with: "
            f"hairopt models remove {name}"
        )
    if name not in records:
        raise ConfigError(unknown_name("model", name, list(records)))
    return records[name]


def way_to_get(record: ModelRecord) -> str:
    """The command that puts the file of a model on this machine."""
    return {
        "bundled": "pip install --force-reinstall hairopt",
        "known": f"hairopt models pull {record.name}",
        "added": f"hairopt models add FILE --name {record.name}",
    }[record.origin]


def verify(record: ModelRecord, path: Path) -> None:
    """Check the SHA-256 of a file; a file that has not changed is not read again.

    Raises:
        ModelError: another hash, or unreadable.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror or error}") from error
    actual = _hash_of(path, status.st_size, status.st_mtime_ns, status.st_ino)
    if actual != record.sha256:
        raise ModelError(
            f"{path} is not the file of model {record.name!r}: its SHA-256 is "
            f"{actual}, expected {record.sha256}; get it again with: {way_to_get(record)}"
        )


def remove(name: str) -> None:
    """Delete the file of a pulled model, or file and record of an added one, and derived files.

    Derived files that another model with the same file and contract uses are kept. The files of a
    model whose record is damaged are found by their names.

    Raises:
        ConfigError: unknown name.
        UsageError: a bundled model, which is part of the package, or a store that cannot be
            written.
    """
    record = None if name in damaged_records() else find_record(name)
    if record is not None and record.origin == "bundled":
        raise UsageError(f"model {name} is part of hairopt and cannot be removed")
    with alone(store_dir()):
        # The record is deleted last: if this process is killed, `remove` can be repeated.
        files = files_of(name)
        for path in files:
            delete(path)
        if record is not None:
            discard_derived(record)
        else:
            discard_unclaimed(files)
        delete(record_path(name))


def record_path(name: str) -> Path:
    """The path of the record of an added model."""
    return store_dir() / f"{name}.toml"


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Lock a file or folder below HAIROPT_HOME against other processes.

    Raises:
        UsageError: its folder cannot be written.
    """
    with ExitStack() as stack:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            stack.enter_context(locked(path))
        except OSError as error:
            raise _unwritable(path, error) from error
        yield


def delete(path: Path) -> None:
    """Delete a file of the store, if it exists.

    Raises:
        UsageError: it cannot be deleted.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"{path} cannot be deleted: {error.strerror or error}") from error


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file of the store so that it is either complete or absent.

    Raises:
        UsageError: the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> UsageError:
    reason = error.strerror or error
    return UsageError(f"{path} cannot be written: {reason}; set HAIROPT_HOME to another folder")


@lru_cache(maxsize=64)
def _hash_of(path: Path, size: int, modified_ns: int, inode: int) -> str:
    del size, modified_ns, inode  # part of the key only
    return sha256_of(read_network(path))
