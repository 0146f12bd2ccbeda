"""Cache of forms, so that each is made only once; its files are complete and verified."""

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
"""Folders of the package whose code decides the bytes of a form, or the input of a network."""


@dataclass(frozen=True)
class CachedForm:
    """A file of the cache, with its hash and facts about it."""

    path: Path
    sha256: str
    facts: dict[str, Any] = field(default_factory=dict, hash=False)


class _Mark(BaseModel):
    """The marker file beside a form; without it the form counts as absent."""

    sha256: str
    facts: dict[str, Any]


class QuantisedFacts(BaseModel):
    """Facts about a quantised form."""

    coverage: OperatorCoverage


def facts_of(form: CachedForm, kind: type[Facts]) -> Facts:
    """The facts about a form, as a pydantic model.

    Raises:
        ModelError: the marker file was not written by this version.
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
    """The cached file for ``key`` and this version; it is made if it is absent or damaged.

    If two processes need it at the same time, one makes it and the other waits.

    Args:
        folder: the cache; it may be absent.
        key: everything that the content depends on, except ``toolchain``, as text.
        make: makes the content; called only if needed.
        suffix: file extension.
        facts: called after ``make``: facts about the file for the marker file, as JSON values.

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
        known = _verified(path, mark)  # another process may have made it in the meantime
        if known is not None:
            return known
        data, told = make(), facts()
        sha256 = sha256_of(data)
        # The marker is written last: without it the file counts as absent.
        write_atomically(path, data)
        write_atomically(mark, json.dumps({"sha256": sha256, "facts": told}).encode())
        return CachedForm(path, sha256, told)


def known_form(path: Path) -> CachedForm | None:
    """The cached form of a file; None for a file that is not in the cache."""
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
    """The hash of hairopt's own code, and the versions of the packages it uses.

    A version number of the code would have to be increased by hand with every change.
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
