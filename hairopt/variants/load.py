"""Variant files to variants: names, paths, ``extends`` chains, and back to TOML."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from hairopt.errors import ConfigError
from hairopt.models.store import find_record
from hairopt.toml_file import read_toml
from hairopt.variants.explain import KeyPath, check_names, explain
from hairopt.variants.registry import BUILTIN, VARIANTS
from hairopt.variants.schema import Variant


@dataclass(frozen=True)
class _Merged:
    """The values of an ``extends`` chain, and the file that set each."""

    values: dict[str, Any]
    sources: dict[KeyPath, str]


def list_variants() -> list[str]:
    """Names of all variants, built in and of plug-ins, ``baseline`` first."""
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
            ``extends``; names file, key, value and what is allowed.
    """
    path = _locate(name_or_path, Path())
    merged = _read_chain(path, [])
    try:
        variant = Variant.model_validate(merged.values, strict=True)
    except ValidationError as error:
        raise explain(error, merged.sources, _shown(path)) from error
    check_names(variant, merged.sources, _shown(path))
    return variant


def with_model(variant: Variant, model: str) -> Variant:
    """The variant with another network; its name stays.

    Raises:
        ConfigError: no model has this name, with the nearest known ones.
    """
    find_record(model)
    segment = variant.segment.model_copy(update={"model": model})
    return variant.model_copy(update={"segment": segment})


def dump_toml(variant: Variant) -> str:
    """The variant as a complete file that extends nothing; reading it gives an equal variant."""
    import tomli_w

    return tomli_w.dumps(variant.model_dump(exclude_none=True))


def _locate(name_or_path: str, folder: Path) -> Path:
    if name_or_path.endswith(".toml") or "/" in name_or_path or "\\" in name_or_path:
        return folder / Path(name_or_path).expanduser()
    return Path(VARIANTS.get(name_or_path))


def _shown(path: Path) -> str:
    """How a file is called in messages; a built-in one by its name alone."""
    return f"built-in {path.name}" if path.parent == BUILTIN else str(path)


def _read_chain(path: Path, children: list[Path]) -> _Merged:
    """The file over everything it extends; ``children`` are the files that led here."""
    if path.resolve() in children:
        chain = " -> ".join(_shown(link) for link in [*children, path.resolve()])
        raise ConfigError(f"{_shown(children[0])}: extends goes in a circle: {chain}.")
    own = read_toml(path, "a variant")
    parent_name = own.pop("extends", None)
    sources = _keys(own, _shown(path))
    if parent_name is None:
        return _Merged(own, sources)
    if not isinstance(parent_name, str):
        raise ConfigError(
            f"{_shown(path)}: extends = {parent_name!r} is not valid; "
            "allowed is the name of a variant or the path of a TOML file."
        )
    try:
        parent_path = _locate(parent_name, path.parent)
    except ConfigError as error:
        raise ConfigError(f"{_shown(path)}: extends: {error}.") from error
    parent = _read_chain(parent_path, [*children, path.resolve()])
    # A variant is not called or described after the one it changes.
    inherited = {
        key: value for key, value in parent.values.items() if key not in ("name", "summary")
    }
    return _Merged(_over(inherited, own), {**parent.sources, **sources})


def _keys(values: dict[str, Any], source: str) -> dict[KeyPath, str]:
    found: dict[KeyPath, str] = {}
    for key, value in values.items():
        found[(key,)] = source
        if isinstance(value, dict):
            found.update({(key, inner): source for inner in value})
    return found


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
