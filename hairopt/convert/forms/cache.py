"""Derived network files, kept so that they are made once: complete and verified, or not there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

import hairopt
from hairopt.errors import DataError, ModelError
from hairopt.files.validated import Document, validated
from hairopt.models.contract import OperatorCoverage
from hairopt.models.file_summary import sha256_of
from hairopt.models.store import alone, write_atomically
from hairopt.runtimes.installed import package_version

Facts = TypeVar("Facts", bound=BaseModel)

_PACKAGE = Path(hairopt.__file__).parent
_MAKERS = ("convert", "models")
"""Folders of the package whose code decides the bytes of a form, or how a photo is fed."""


@dataclass(frozen=True)
class CachedForm:
    """A file of the cache, its hash, and what its maker said of it."""

    path: Path
    sha256: str
    facts: dict[str, Any] = field(default_factory=dict, hash=False)


class _Mark(BaseModel):
    """The file beside a derived one, without which that counts as absent."""

    sha256: str
    facts: dict[str, Any]


class QuantisedFacts(BaseModel):
    """What is known of a quantised form."""

    coverage: OperatorCoverage


def facts_of(form: CachedForm, kind: type[Facts]) -> Facts:
    """What a form's maker said of it, as a pydantic model.

    Raises:
        ModelError: it is not what this version writes.
    """
    mark = form.path.with_suffix(".json")
    return validated(form.facts, kind, lambda _: f"{mark} (delete it)", ModelError)


def cached(
    folder: Path,
    key: dict[str, str],
    make: Callable[[], bytes],
    *,
    suffix: str = ".onnx",
    facts: Callable[[], dict[str, Any]] = dict,
) -> CachedForm:
    """The file made from ``key`` by this version, made now if it is not there or is damaged.

    Of two processes that want it at once, one makes it and the other one waits for it.

    Args:
        folder: the cache; it need not exist.
        key: everything that decides the content besides what makes it (``toolchain``), as text.
        make: makes the content; called only where it is needed.
        suffix: how the file's name ends.
        facts: asked after ``make``: what is to be known of the file without reading it, as JSON
            can hold it.

    Raises:
        UsageError: the folder cannot be written.
    """
    decided_by = json.dumps({**key, **toolchain()}, sort_keys=True)
    name = hashlib.sha256(decided_by.encode()).hexdigest()[:32]
    path, mark = folder / f"{name}{suffix}", folder / f"{name}.json"
    known = _verified(path, mark)
    if known is not None:
        return known
    with alone(path):
        known = _verified(path, mark)  # another process may have made it meanwhile
        if known is not None:
            return known
        data, told = make(), facts()
        sha256 = sha256_of(data)
        # The mark is written last: without it the file counts as absent.
        write_atomically(path, data)
        write_atomically(mark, json.dumps({"sha256": sha256, "facts": told}).encode())
        return CachedForm(path, sha256, told)


def known_form(path: Path) -> CachedForm | None:
    """What is known of a file of the cache; None for any other file."""
    return _verified(path, path.with_suffix(".json"))


def _verified(path: Path, mark: Path) -> CachedForm | None:
    try:
        told = Document.read_json(mark, "what is known of a derived network").validated(_Mark)
        form = CachedForm(path, told.sha256, told.facts)
        return form if sha256_of(path.read_bytes()) == form.sha256 else None
    except (OSError, DataError):
        return None


@lru_cache(maxsize=1)
def toolchain() -> dict[str, str]:
    """The code of hairopt, by its hash, and the packages that do the work, by their version.

    The code is hashed rather than numbered: a number has to be raised by hand with every change.
    """
    code = hashlib.sha256(hairopt.__version__.encode())
    for folder in _MAKERS:
        for path in sorted((_PACKAGE / folder).rglob("*.py")):
            code.update(path.relative_to(_PACKAGE).as_posix().encode() + path.read_bytes())
    return {
        "hairopt": code.hexdigest(),
        "numpy": package_version("numpy"),
        "onnx": package_version("onnx"),
        "onnxruntime": package_version("onnxruntime", "onnxruntime-gpu", "onnxruntime-openvino"),
    }
