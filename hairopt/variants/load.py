"""Load variants from names and TOML files, with their ``extends`` chains; write them as TOML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hairopt.errors import ConfigError
from hairopt.files.plain_values import KeyPath, dotted, shown
from hairopt.files.validated import Document, validated
from hairopt.models.store import find_record
from hairopt.registry import unknown_name
from hairopt.runtimes import RUNTIMES
from hairopt.types import STAGES
from hairopt.variants.methods import anchored, method_faults, relative
from hairopt.variants.registry import BUILTIN, VARIANTS
from hairopt.variants.schema import CASCADE, NetworkSpec, Variant

MAX_CHAIN = 100
"""Largest number of files in an ``extends`` chain."""

_EXTENDS = "extends"
_NOT_INHERITED = ("name", "summary")
"""Keys that a variant does not inherit from the variant it extends."""


@dataclass(frozen=True)
class _File:
    """One file of an ``extends`` chain, and the folder where its relative paths start."""

    document: Document
    folder: Path

    @property
    def values(self) -> dict[str, Any]:
        """Its values, without ``extends``.

        Raises:
            ConfigError: a method of a file has no path or no name.
        """
        own = {key: value for key, value in self.document.values.items() if key != _EXTENDS}
        try:
            return anchored(own, self.folder)
        except ConfigError as error:
            raise ConfigError(f"{self.document.origin}: {error}") from error


@dataclass(frozen=True)
class _Merged:
    """The values of an ``extends`` chain, and the files that set them, the child first."""

    values: dict[str, Any]
    files: list[Document]

    def place(self, key: KeyPath) -> str:
        """The file and line that set a key; the child file if none does."""
        # Tables are merged and the values in them replaced: the first two parts of a key decide.
        for file in self.files:
            if file.holds(key[:2]):
                return file.place(key)
        return self.files[0].place(key)

    def unused(self, keys: Iterable[str]) -> dict[KeyPath, str]:
        """Keys of a network that files set beside, or after, the method cascade."""
        faults: dict[KeyPath, str] = {}
        for file in self.files:
            for key in keys:
                if file.holds(("segment", key)):
                    faults[("segment", key)] = (
                        f"segment.{key} has no effect in a cascade; each of its steps has the keys "
                        "of a network, in [[segment.steps]]"
                    )
            if file.holds(("segment", "method")):
                break
        return faults


def list_variants() -> list[str]:
    """Names of all variants, built-in ones and those of plug-ins, ``baseline`` first."""
    return sorted(VARIANTS.names(), key=lambda name: (name != "baseline", name))


def load_variant(name_or_path: str) -> Variant:
    """Read a variant by name or from a TOML file.

    Args:
        name_or_path: a name of ``list_variants()``; anything that ends in ``.toml`` or holds a
            slash is a path.

    Returns:
        The variant, with everything it extends merged in.

    Raises:
        ConfigError: unknown name, unreadable file, invalid TOML, key or value, or a cycle of
            ``extends``; the message names file, line, key, value and what is allowed.
    """
    merged = _merged(list(_chain(_locate(name_or_path, Path()))))
    _refuse_both(merged)
    variant = validated(merged.values, Variant, merged.place, also_allowed=(_EXTENDS,))
    _check_names(variant, merged)
    return variant


def with_model(variant: Variant, model: str) -> Variant:
    """The variant with another model; its name is kept.

    Raises:
        ConfigError: no model has this name, with the nearest known ones; or the variant is a
            cascade, whose steps have a model each, or a back-end.
    """
    if variant.backend is not None:
        raise ConfigError(
            f"{variant.name} is a back-end: which network it runs is its own; --model is for "
            "variants of hairopt's stages"
        )
    find_record(model)
    if variant.segment.method == CASCADE:
        raise ConfigError(
            f"variant {variant.name} is a cascade, each step has a model of its own; change "
            "segment.steps in a variant file instead of giving one model"
        )
    segment = variant.segment.model_copy(update={"model": model})
    return variant.model_copy(update={"segment": segment})


def dump_toml(variant: Variant, folder: Path) -> str:
    """The variant as a complete TOML file without ``extends``; reading it gives an equal one.

    Args:
        variant: what to write.
        folder: where the file will be; paths in it are relative to this folder.
    """
    import tomli_w

    return tomli_w.dumps(relative(variant.model_dump(exclude_none=True), folder))


def _locate(name_or_path: str, folder: Path) -> Path:
    if name_or_path.endswith(".toml") or "/" in name_or_path or "\\" in name_or_path:
        return folder / Path(name_or_path).expanduser()
    return Path(VARIANTS.get(name_or_path))


def _shown(path: Path) -> str:
    """The name of a file in messages: its path, or only the name of a built-in one."""
    return f"built-in {path.name}" if path.parent == BUILTIN else str(path)


def _chain(path: Path | None) -> Iterator[_File]:
    """The file and everything it extends, one after the other.

    Raises:
        ConfigError: a file cannot be read, the chain is a cycle or has more than 100 files.
    """
    paths: list[Path] = []
    while path is not None:
        circle = path.resolve() in paths
        paths.append(path.resolve())
        if circle:
            chain = " -> ".join(_shown(link) for link in paths)
            raise ConfigError(f"{_shown(paths[0])}: extends forms a cycle: {chain}.")
        if len(paths) > MAX_CHAIN:
            raise ConfigError(
                f"{_shown(paths[0])}: extends goes through more than {MAX_CHAIN} files."
            )
        file = Document.read_toml(path, "a variant", name=_shown(path))
        yield _File(file, path.parent)
        path = _parent(file, path.parent)


def _parent(file: Document, folder: Path) -> Path | None:
    """The file that a file extends, or None."""
    name = file.values.get(_EXTENDS)
    if name is None:
        return None
    place = file.place((_EXTENDS,))
    if not isinstance(name, str):
        raise ConfigError(
            f"{place}: extends = {shown(name)} is not valid; "
            "allowed is the name of a variant or the path of a TOML file."
        )
    try:
        return _locate(name, folder)
    except ConfigError as error:
        raise ConfigError(f"{place}: extends: {error}.") from error


def _merged(files: list[_File]) -> _Merged:
    values: dict[str, Any] = {}
    for file in reversed(files):
        inherited = {key: value for key, value in values.items() if key not in _NOT_INHERITED}
        values = _over(inherited, file.values)
    return _Merged(_without_network(values), [file.document for file in files])


def _without_network(values: dict[str, Any]) -> dict[str, Any]:
    """Without what a cascade inherits of a network: it has no effect."""
    segment = values.get("segment")
    if not isinstance(segment, dict) or segment.get("method") != CASCADE:
        return values
    kept = {key: value for key, value in segment.items() if key not in NetworkSpec.model_fields}
    return {**values, "segment": kept}


def _over(parent: dict[str, Any], child: dict[str, Any]) -> dict[str, Any]:
    """The child's keys over the parent's, table by table."""
    merged = dict(parent)
    for key, value in child.items():
        below = merged.get(key)
        if isinstance(below, dict) and isinstance(value, dict):
            merged[key] = {**below, **value}
        else:
            merged[key] = value
    return merged


def _refuse_both(merged: _Merged) -> None:
    """Raise an error if there are a back-end and stages.

    Raises:
        ConfigError: it names the places of both.
    """
    others = [table for table in (*STAGES, "process") if table in merged.values]
    if "backend" in merged.values and others:
        places = ", ".join(f"[{table}] ({merged.place((table,))})" for table in others)
        raise ConfigError(
            f"{merged.place(('backend',))}: a variant has either [backend] or stages; this one "
            f"also has {places}."
        )


def _check_names(variant: Variant, merged: _Merged) -> None:
    """Raise an error for runtimes and methods that do not exist.

    Raises:
        ConfigError: it names file, line, key and value, and the existing names.
    """
    faults = method_faults(variant)
    runtimes = RUNTIMES.names()
    is_cascade = variant.segment.method == CASCADE
    for index, network in enumerate(variant.segment.networks):
        key: KeyPath = ("segment", "steps", index) if is_cascade else ("segment",)
        if network.runtime not in runtimes:
            at: KeyPath = (*key, "runtime")
            faults[at] = unknown_name(dotted(at), network.runtime, runtimes)
    if is_cascade:
        faults |= merged.unused(NetworkSpec.model_fields)
    lines = [f"{merged.place(key)}: {fault}." for key, fault in faults.items()]
    if lines:
        raise ConfigError("\n".join(lines))
