"""The methods that a variant names: those that exist, and paths of those in files."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from hairopt.errors import ConfigError
from hairopt.files.plain_values import KeyPath, dotted
from hairopt.registry import unknown_name
from hairopt.stages import STAGES
from hairopt.stages.file_method import FileMethod
from hairopt.stages.recolor.load import load_recolorer
from hairopt.variants.schema import RecolorSpec, Variant

METHOD_KEYS: tuple[tuple[str, str], ...] = (
    ("decode", "method"),
    ("segment", "method"),
    ("recolor", "method"),
    ("postprocess", "method"),
    ("encode", "format"),
)
"""Table and key of the method of each stage."""


def anchored(values: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The values of a variant file whose ``file:`` paths start at the root of the file system.

    Args:
        values: the tables of the file, not validated.
        folder: the folder of the file, where its relative paths start.

    Raises:
        ConfigError: ``file:`` without a path or a name.
    """
    found = _with_paths(values, lambda method: method.within(folder))
    return with_backend_paths(found, lambda path: _anchored(path, folder))


def relative(values: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The reverse of ``anchored``, for a file that is written into a folder."""

    def seen_from(method: FileMethod) -> FileMethod:
        path = Path(os.path.relpath(method.path, folder.resolve()))
        return FileMethod(path, method.name)

    found = _with_paths(values, seen_from)
    return with_backend_paths(found, lambda path: _seen_from(path, folder))


def with_backend_paths(values: dict[str, Any], moved: Callable[[str], str]) -> dict[str, Any]:
    """The values with every path of ``[backend]`` moved; ``cwd`` is set even where it was not.

    A program is a path if it has a slash; else it is looked up in ``PATH``.
    """
    if not isinstance(values.get("backend"), dict):
        return values
    table = {"cwd": ".", **values["backend"]}
    for key in ("cwd", "python"):
        if isinstance(table.get(key), str) and (key == "cwd" or "/" in table[key]):
            table[key] = moved(table[key])
    if isinstance(table.get("path"), list):
        table["path"] = [moved(one) if isinstance(one, str) else one for one in table["path"]]
    for key in ("start", "command"):
        words = table.get(key)
        if isinstance(words, list) and words and isinstance(words[0], str) and "/" in words[0]:
            table[key] = [moved(words[0]), *words[1:]]
    return {**values, "backend": table}


def _anchored(path: str, folder: Path) -> str:
    """An absolute path; links are kept, because an interpreter finds its environment by its own."""
    return os.path.normpath(Path.cwd() / folder / Path(path).expanduser())


def _seen_from(path: str, folder: Path) -> str:
    """A path relative to a folder; a program keeps its slash, so that it is not looked up."""
    found = os.path.relpath(path, folder.resolve())
    return found if "/" in found or found.startswith(".") else f"./{found}"


def method_files(values: dict[str, Any]) -> dict[str, Path]:
    """The files of a variant's methods: dotted key of the method -> file."""
    found: dict[str, Path] = {}
    for table, key in METHOD_KEYS:
        text = values.get(table, {}).get(key) if isinstance(values.get(table), dict) else None
        method = FileMethod.parse(text) if isinstance(text, str) else None
        if method is not None:
            found[dotted((table, key))] = method.path
    return found


def method_hashes(values: dict[str, Any]) -> dict[str, str]:
    """Key of a method in a file -> SHA-256 of the file as it is now; without missing files."""
    found = {}
    for key, path in method_files(values).items():
        with suppress(OSError):
            found[key] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def _with_paths(
    values: dict[str, Any], moved: Callable[[FileMethod], FileMethod]
) -> dict[str, Any]:
    found = dict(values)
    for table, key in METHOD_KEYS:
        text = found.get(table, {}).get(key) if isinstance(found.get(table), dict) else None
        method = FileMethod.parse(text) if isinstance(text, str) else None
        if method is not None:
            found[table] = {**found[table], key: str(moved(method))}
    return found


def method_faults(variant: Variant) -> dict[KeyPath, str]:
    """What is wrong with the methods of a variant, without executing any of them.

    Returns:
        Key of the method -> a sentence without full stop, for those that do not exist.
    """
    faults: dict[KeyPath, str] = {}
    for key in METHOD_KEYS:
        table, name = key
        text = getattr(getattr(variant, table), name)
        known = methods_of(table)
        try:
            method = FileMethod.parse(text)
            if method is not None:
                method.check()
            elif text not in known:
                faults[key] = unknown_name(dotted(key), text, known)
        except ConfigError as error:
            faults[key] = str(error)
    if ("recolor", "method") not in faults:
        faults.update(_option_faults(variant.recolor))
    return faults


def _option_faults(recolor: RecolorSpec) -> dict[KeyPath, str]:
    """What is wrong with the options of a built-in method; others check theirs when loaded."""
    if STAGES.is_built_in(f"recolor.{recolor.method}"):
        try:
            load_recolorer(recolor.method, recolor.options)
        except ConfigError as error:
            return {("recolor", "options"): str(error)}
    return {}


def methods_of(stage: str) -> list[str]:
    """The registered methods of a stage, sorted."""
    return [name.partition(".")[2] for name in STAGES.names() if name.startswith(f"{stage}.")]
