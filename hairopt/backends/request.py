"""One request to a back-end, and what its placeholders stand for."""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hairopt.backends.template import Values, texts_of
from hairopt.errors import UsageError
from hairopt.types import Shade

_SECRET = re.compile(r"\{env:([A-Za-z_][A-Za-z0-9_]*)\}")
_LEAST_SECRET = 4
"""Characters; a shorter value would be found in every text."""


@dataclass(frozen=True)
class Request:
    """A photo to be dyed.

    Attributes:
        photo: the bytes of the file, at least one.
        shade: the colour; ``shade_name`` is its name in the palette of the back-end.
        intensity: 0..100.
    """

    photo: bytes
    shade: Shade
    intensity: float
    shade_name: str = ""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def mime(self) -> str:
        """The media type of the photo, by its first bytes."""
        return mime_of(self.photo)

    @property
    def name(self) -> str:
        """A file name with the right ending."""
        return f"photo.{self.mime.partition('/')[2].replace('jpeg', 'jpg')}"

    def values(
        self, environment: Mapping[str, str], further: Mapping[str, str] | None = None
    ) -> Values:
        """What the placeholders stand for."""
        texts: dict[str, Any] = {
            "shade_hex": self.shade.hex,
            "shade_name": self.shade_name or self.shade.name,
            "uuid": self.id,
            "photo_name": self.name,
            "photo_mime": self.mime,
            "photo_base64": lambda: base64.b64encode(self.photo).decode("ascii"),
            **(further or {}),
        }
        return Values(texts, environment, self.intensity)


def mime_of(data: bytes) -> str:
    """``image/png``, ``image/webp``, or else ``image/jpeg``."""
    if data.startswith(b"\x89PNG"):
        return "image/png"
    return "image/webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else "image/jpeg"


def name_in(palette: Mapping[str, str], shade: Shade) -> str:
    """The name that a palette has for a shade: of the same colour, or of the same name.

    Args:
        palette: name -> ``#rrggbb``; empty for a back-end that takes any colour.
        shade: what is asked for.

    Raises:
        UsageError: the palette has no such shade; the message lists its shades.
    """
    if not palette:
        return shade.name
    same = [name for name, code in palette.items() if code == shade.hex]
    if same:
        return shade.name if shade.name in same else same[0]
    listed = ", ".join(f"{name} ({code})" for name, code in list(palette.items())[:8])
    more = ", ..." if len(palette) > 8 else ""
    name, code = next(iter(palette.items()))
    raise UsageError(
        f"the palette [backend.shades] has no {shade.name} ({shade.hex}); it has {listed}{more}. "
        f"Ask for one of these, for example --shade '{name}={code}'"
    )


class Hidden(dict[str, str]):
    """An environment in which every variable is its own placeholder, for what is shown."""

    def __missing__(self, name: str) -> str:
        return f"{{env:{name}}}"


class Secrets:
    """The values of all environment variables that a table names, to be kept out of messages."""

    def __init__(self, table: Mapping[str, Any], environment: Mapping[str, str]) -> None:
        names = {name for _, text in texts_of(table) for name in _SECRET.findall(text)}
        found = [(environment.get(name, ""), name) for name in names]
        # Longer values first: one may be a part of another.
        self._found = sorted((one for one in found if len(one[0]) >= _LEAST_SECRET), reverse=True)
        self._found.sort(key=lambda one: -len(one[0]))

    def hidden(self, text: str) -> str:
        """The text with ``{env:NAME}`` in place of every value."""
        for value, name in self._found:
            text = text.replace(value, f"{{env:{name}}}")
        return text
