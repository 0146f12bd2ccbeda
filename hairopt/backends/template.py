"""Texts with placeholders, such as ``{shade_name}``, in the ``[backend]`` table of a variant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hairopt.errors import ConfigError
from hairopt.files.plain_values import entries

ENVIRONMENT = "env"
"""``{env:NAME}`` is an environment variable. Its value is in no file and in no message."""

ASKED = ("shade_hex", "shade_name", "intensity", "uuid", "photo_name", "photo_mime")
"""What every text of a request may hold, beside ``{env:NAME}``."""

_FORMATS: Mapping[str, Callable[[float], str]] = {
    "": lambda value: f"{value:g}",
    "int": lambda value: str(round(value)),
    "share": lambda value: f"{value / 100:g}",
}
"""Ways to write the intensity; ``share`` is 0..1."""

_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Placeholder:
    """``{name}`` or ``{name:format}``."""

    name: str
    format: str = ""

    def __str__(self) -> str:
        return f"{{{self.name}{':' if self.format else ''}{self.format}}}"


@dataclass(frozen=True)
class Template:
    """A text with placeholders, split into its parts."""

    parts: tuple[str | Placeholder, ...]

    @classmethod
    def parse(cls, text: str, allowed: Collection[str]) -> Template:
        """Split a text; ``{{`` and ``}}`` are braces.

        Args:
            text: as it is in the file.
            allowed: names of placeholders; ``{env:NAME}`` always is.

        Raises:
            ValueError: a placeholder is unknown or not allowed here, or a brace is alone.
        """
        parts: list[str | Placeholder] = []
        end = 0
        for token in _TOKEN.finditer(text):
            parts.append(text[end : token.start()])
            end = token.end()
            if token[0] in ("{{", "}}"):
                parts.append(token[0][0])
            elif token[1] is None:
                raise ValueError(
                    f"{token[0]!r} at character {token.start() + 1} of {text!r} is alone; a brace "
                    f"is written as {2 * token[0]!r}"
                )
            else:
                parts.append(_placeholder(token[1], allowed))
        return cls(tuple(_joined([*parts, text[end:]])))

    @property
    def only(self) -> Placeholder | None:
        """The placeholder, where the text is nothing else."""
        part = self.parts[0] if len(self.parts) == 1 else None
        return part if isinstance(part, Placeholder) else None

    @property
    def placeholders(self) -> list[Placeholder]:
        """The placeholders in the text."""
        return [part for part in self.parts if isinstance(part, Placeholder)]

    def fill(self, values: Values) -> str:
        """The text with all placeholders replaced.

        Raises:
            ConfigError: an environment variable is not set.
        """
        return "".join(part if isinstance(part, str) else values.text(part) for part in self.parts)


class Values:
    """What the placeholders of one request stand for.

    Attributes:
        intensity: 0..100; None outside of a request.
    """

    def __init__(
        self,
        texts: Mapping[str, str | Callable[[], str]],
        environment: Mapping[str, str],
        intensity: float | None = None,
    ) -> None:
        """Take name -> text, or what makes the text when it is needed."""
        self._texts = texts
        self._environment = environment
        self.intensity = intensity

    def text(self, placeholder: Placeholder) -> str:
        """The text of one placeholder.

        Raises:
            ConfigError: an environment variable is not set.
        """
        if placeholder.name == ENVIRONMENT:
            return variable(placeholder.format, self._environment)
        if placeholder.name == "intensity" and self.intensity is not None:
            return _FORMATS[placeholder.format](self.intensity)
        text = self._texts[placeholder.name]
        return text if isinstance(text, str) else text()


def variable(name: str, environment: Mapping[str, str]) -> str:
    """The value of an environment variable.

    Raises:
        ConfigError: it is not set.
    """
    try:
        return environment[name]
    except KeyError:
        raise ConfigError(
            f"the environment variable {name}, which [backend] names as {{env:{name}}}, is not set"
        ) from None


def fill_tree(tree: Any, allowed: Collection[str], values: Values) -> Any:  # noqa: ANN401 - JSON
    """JSON data with all placeholders replaced.

    A text that is nothing but ``{intensity}`` becomes a number, as in ``"strength": 70``.
    """
    if isinstance(tree, dict):
        return {key: fill_tree(value, allowed, values) for key, value in tree.items()}
    if isinstance(tree, list):
        return [fill_tree(value, allowed, values) for value in tree]
    if not isinstance(tree, str):
        return tree
    template = Template.parse(tree, allowed)
    text = template.fill(values)
    if template.only is None or template.only.name != "intensity":
        return text
    number = float(text)
    return int(number) if number.is_integer() else number


def texts_of(tree: Any, key: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401 - JSON
    """Every text of JSON data, with its dotted key."""
    if isinstance(tree, str):
        yield key, tree
    for name, value in entries(tree):
        yield from texts_of(value, f"{key}.{name}" if key else str(name))


def _placeholder(text: str, allowed: Collection[str]) -> Placeholder:
    """Read what is between two braces.

    Raises:
        ValueError: it is unknown or not allowed here; the message lists what is allowed.
    """
    name, colon, form = text.partition(":")
    if name == ENVIRONMENT and _VARIABLE.fullmatch(form):
        return Placeholder(name, form)
    is_format = name == "intensity" and form in _FORMATS and (form or not colon)
    if name in allowed and (not colon or is_format):
        return Placeholder(name, form)
    names = [*allowed, *(["intensity:int", "intensity:share"] if "intensity" in allowed else [])]
    near = difflib.get_close_matches(text, names, n=1, cutoff=0.5)
    hint = f"; did you mean {{{near[0]}}}?" if near else ""
    shown = ", ".join(f"{{{one}}}" for one in (*names, "env:NAME"))
    raise ValueError(
        f"no placeholder {{{text}}} here{hint} (allowed: {shown}; a brace is written twice)"
    )


def _joined(parts: list[str | Placeholder]) -> Iterator[str | Placeholder]:
    """The parts without empty texts, neighbouring texts joined."""
    literal = ""
    for part in parts:
        if isinstance(part, str):
            literal += part
            continue
        if literal:
            yield literal
        literal = ""
        yield part
    if literal:
        yield literal
