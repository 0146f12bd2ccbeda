"""Registries of named objects, built-in and from plug-ins; loaded lazily, each name only once."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Generic, TypeVar, cast

from hairopt.errors import ConfigError

T = TypeVar("T")

OWN = "hairopt"
"""The origin of what hairopt itself registers."""


@dataclass(frozen=True)
class _Entry:
    target: Any
    origin: str


@dataclass
class Registry(Generic[T]):
    """Names -> objects, loaded on first use.

    Attributes:
        kind: the word for an entry in messages, such as ``runtime``.
        group: the entry-point group that plug-ins fill, such as ``hairopt.runtimes``.
    """

    kind: str
    group: str
    _entries: dict[str, _Entry] = field(default_factory=dict, init=False)
    _plugins_seen: bool = field(default=False, init=False)

    def register(self, name: str, target: T | str, origin: str) -> None:
        """Add an object, or a ``module:attribute`` that is imported at its first use.

        Raises:
            ConfigError: the name is taken; both origins are named.
        """
        if name in self._entries:
            raise ConfigError(
                f"{self.kind} {name!r} is defined twice: by {self._entries[name].origin} "
                f"and by {origin}"
            )
        self._entries[name] = _Entry(target, origin)

    def names(self) -> list[str]:
        """All known names, sorted."""
        self._read_plugins()
        return sorted(self._entries)

    def get(self, name: str) -> T:
        """The object with a name; it is imported at its first use.

        Raises:
            ConfigError: an unknown name (the message has the nearest known ones), or a failed
                import.
        """
        entry = self._find(name)
        if not isinstance(entry.target, str):
            return cast(T, entry.target)
        module_name, _, attribute = entry.target.partition(":")
        try:
            loaded = getattr(import_module(module_name), attribute)
        except (ImportError, AttributeError) as error:
            raise ConfigError(
                f"{self.kind} {name!r} from {entry.origin} cannot be loaded: {error}"
            ) from error
        self._entries[name] = _Entry(loaded, entry.origin)
        return cast(T, loaded)

    def is_built_in(self, name: str) -> bool:
        """Whether a name is one of hairopt's own."""
        return name in self._entries and self._entries[name].origin == OWN

    def _find(self, name: str) -> _Entry:
        self._read_plugins()
        if name in self._entries:
            return self._entries[name]
        raise ConfigError(unknown_name(self.kind, name, list(self._entries)))

    def _read_plugins(self) -> None:
        if self._plugins_seen:
            return
        self._plugins_seen = True
        for point in entry_points(group=self.group):
            package = point.dist.name if point.dist else "an unknown package"
            self.register(point.name, point.value, f"plug-in {package}")


def unknown_name(kind: str, name: str, known: list[str]) -> str:
    """The message for an unknown name: the nearest names first, then all of them."""
    near = difflib.get_close_matches(name, known, n=3)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    return f"unknown {kind} {name!r}{hint} (known: {', '.join(sorted(known)) or 'none'})"
