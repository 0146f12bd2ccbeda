"""Derived network files, kept so that they are made once: complete and verified, or not there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hairopt.models.file_summary import sha256_of
from hairopt.models.records import home
from hairopt.models.store import write_atomically


@dataclass(frozen=True)
class CachedForm:
    """A file of the cache and its hash."""

    path: Path
    sha256: str


def default_cache_dir() -> Path:
    """Where derived files are kept unless the caller says otherwise."""
    return home() / "forms"


def cached(folder: Path, key: dict[str, str], make: Callable[[], bytes]) -> CachedForm:
    """The file made from ``key``, made now if it is not there or is damaged.

    Args:
        folder: the cache; it need not exist.
        key: everything that decides the content, as text.
        make: makes the content; called only where it is needed.

    Raises:
        UsageError: the folder cannot be written.
    """
    name = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:32]
    path, mark = folder / f"{name}.onnx", folder / f"{name}.sha256"
    known = _verified(path, mark)
    if known is not None:
        return CachedForm(path, known)
    data = make()
    sha256 = sha256_of(data)
    # The mark is written last: without it the file counts as absent.
    write_atomically(path, data)
    write_atomically(mark, sha256.encode("ascii"))
    return CachedForm(path, sha256)


def _verified(path: Path, mark: Path) -> str | None:
    try:
        expected = mark.read_text(encoding="ascii").strip()
        actual = sha256_of(path.read_bytes())
    except (OSError, UnicodeDecodeError):
        return None
    return actual if actual == expected else None
