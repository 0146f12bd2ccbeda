"""Turn pydantic's errors about a file into sentences: key, value, what is allowed."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from datetime import date, time
from typing import Any, TypeAlias

from pydantic import ValidationError

from hairopt.files.plain_values import KeyPath, dotted, entries, holds, shown, value_at

Schema: TypeAlias = Mapping[str, Any]
"""A JSON schema, as pydantic makes it of a model."""

_MISSING, _UNKNOWN, _OWN_WORDS = "missing", "extra_forbidden", "value_error"
_NO_TAG, _WRONG_TAG = "union_tag_not_found", "union_tag_invalid"
_KINDS = {
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "string": "a text",
    "object": "a table",
    "null": "null",
}
_FORMATS = {
    "date": "a date such as 2026-01-31",
    "intensity": "an intensity from 0 to 100",
    "path": "a path",
}


class Sentences:
    """One sentence, without a full stop, for every faulty key of a file.

    Args:
        values: the values of the file.
        schema: JSON schema of the model they should match.
        within: path of the values in the file.
        also_allowed: further top-level keys that messages list as allowed.
    """

    def __init__(
        self,
        values: object,
        schema: Schema,
        within: KeyPath = (),
        also_allowed: tuple[str, ...] = (),
    ) -> None:
        self._values = values
        self._schema = schema
        self._within = within
        self._also = also_allowed

    def of_error(self, error: ValidationError) -> dict[KeyPath, str]:
        """Sentences for the errors that pydantic found."""
        found: dict[KeyPath, str] = {}
        missing: list[KeyPath] = []
        for fault in error.errors(include_url=False, include_input=False):
            key = _key_of(fault["loc"], self._values, fault["type"])
            kind, context = fault["type"], fault.get("ctx", {})
            if kind in (_NO_TAG, _WRONG_TAG):
                key = (*key, context["discriminator"].strip("'"))
            if kind == _MISSING:
                missing.append(key)
            if key not in found:
                found[key] = self._sentence(key, kind, context)
        found |= self._missing_together(missing)
        # Of several alternatives, report the one that fits best: the element, not the list.
        around = {key[:end] for key in found for end in range(1, len(key))}
        return {key: text for key, text in found.items() if text and key not in around}

    def _missing_together(self, keys: list[KeyPath]) -> dict[KeyPath, str]:
        """One sentence, at the first key, for all keys that a table lacks; empty for the others."""
        found: dict[KeyPath, str] = {}
        for table in {key[:-1] for key in keys}:
            several = [key for key in keys if key[:-1] == table]
            if len(several) > 1:
                names = ", ".join(dotted((*self._within, *key)) for key in several)
                found |= dict.fromkeys(several, "")
                found[several[0]] = f"the keys {names} are missing"
        return found

    def of_misplaced_dates(self) -> dict[KeyPath, str]:
        """Sentences for dates and times of a TOML file in places where none is allowed."""
        return {
            key: self._sentence(key, "", {})
            for key in _dates(self._values, ())
            if not any("format" in one or not one for one in self._schemas(key))
        }

    def _sentence(self, key: KeyPath, kind: str, context: Mapping[str, Any]) -> str:
        name = dotted((*self._within, *key))
        if kind == _UNKNOWN:
            return self._unknown(key)
        if kind in (_MISSING, _NO_TAG):
            return f"the key {name!r} is missing; it is {self._allowed(key)}"
        if kind == _OWN_WORDS:
            words = str(context["error"]).rstrip(".")
            return f"{name}: {words}" if name else words
        value = value_at(self._values, key) if holds(self._values, key) else None
        hint = self._hint(key, value)
        allowed = f"llowed is {self._allowed(key)}"
        said = f"{name or 'the content'} = {shown(value)} is not valid; "
        return f"{said}did you mean {hint}? A{allowed}" if hint else f"{said}a{allowed}"

    def _schemas(self, key: KeyPath) -> list[Schema]:
        """The schemas that allow a value at a key; empty if the key is unknown."""
        found = list(self._kinds(self._schema, ()))
        for end, part in enumerate(key, start=1):
            inner = [one for schema in found for one in self._inner(schema, part)]
            found = [kind for one in inner for kind in self._kinds(one, key[:end])]
        return found

    def _kinds(self, schema: Schema, key: KeyPath) -> Iterator[Schema]:
        """The schema of the value at a key, with references and alternatives resolved."""
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            yield from self._kinds(self._schema["$defs"][name], key)
        elif (chosen := self._by_tag(schema, key)) is not None:
            yield from self._kinds({"$ref": chosen}, key)
        elif "description" in schema and "properties" not in schema:
            yield schema
        elif alternatives := schema.get("anyOf") or schema.get("oneOf"):
            for one in alternatives:
                yield from self._kinds(one, key)
        else:
            yield schema

    def _by_tag(self, schema: Schema, key: KeyPath) -> str | None:
        """The alternative that the value names itself, such as ``change = "noisy"``."""
        told = schema.get("discriminator")
        if told is None:
            return None
        tag = (*key, told["propertyName"])
        if not holds(self._values, tag):
            return None
        named = value_at(self._values, tag)
        return told["mapping"].get(named) if isinstance(named, str) else None

    def _inner(self, schema: Schema, part: str | int) -> Iterator[Schema]:
        if isinstance(part, int):
            several = schema.get("prefixItems", [])
            each = several[part] if part < len(several) else schema.get("items")
        else:
            each = schema.get("properties", {}).get(part, schema.get("additionalProperties"))
        if each is not None and each is not False:
            yield {} if each is True else each

    def _names(self, key: KeyPath) -> list[str]:
        names = [name for one in self._schemas(key) for name in one.get("properties", {})]
        return list(dict.fromkeys([*names, *(self._also if not key else ())]))

    def _unknown(self, key: KeyPath) -> str:
        *table, last = key
        known = self._names(tuple(table))
        elsewhere = [
            dotted((*self._within, *table, name, last))
            for name in known
            if last in self._names((*table, name))
        ]
        near = difflib.get_close_matches(str(last), known, n=1)
        hint = "".join(f"; did you mean {name!r}?" for name in (near or elsewhere)[:1])
        name = dotted((*self._within, *key))
        return f"unknown key {name!r}{hint} (allowed: {', '.join(known) or 'none'})"

    def _hint(self, key: KeyPath, value: object) -> str:
        schemas = self._schemas(key)
        kinds = {one.get("type") for one in schemas if not _choices(one) and "format" not in one}
        if isinstance(value, str):
            names = [str(name) for one in schemas for name in _choices(one)]
            near = difflib.get_close_matches(value.lower(), names, n=1)
            is_quoted = _is_scalar(value) and kinds & {"boolean", "integer", "number"}
            return shown(near[0]) if near else "it without quotes" if is_quoted else ""
        is_bare = isinstance(value, (bool, int, float, date, time)) and "string" in kinds
        return f"'{shown(value)}', with quotes" if is_bare and not kinds & {"number"} else ""

    def _allowed(self, key: KeyPath) -> str:
        schemas = self._schemas(key)
        choices = [shown(name) for one in schemas for name in _choices(one)]
        words = [self._words(one) for one in schemas if not _choices(one)]
        if len(words) > 1:
            words = [one for one in words if one != "null"]
        return _either([*choices, *dict.fromkeys(words)]) or "another kind of value"

    def _words(self, schema: Schema) -> str:
        if "description" in schema and "properties" not in schema:
            return str(schema["description"])
        kind = schema.get("type", "")
        if kind == "array":
            return self._list_words(schema)
        if schema.get("format") == "share":
            return f"a share{_bounds(schema)}, written as 5% or 0.05"
        if "format" in schema:
            return _FORMATS.get(schema["format"], f"a {schema['format']}")
        if "pattern" in schema:
            return f"a text that matches {schema['pattern']}"
        if schema.get("minLength"):
            return "a text that is not empty"
        return _KINDS.get(kind, "a value") + _bounds(schema)

    def _list_words(self, schema: Schema) -> str:
        items = schema.get("items") or (schema.get("prefixItems") or [{}])[0]
        each = _either(list(dict.fromkeys(self._words(one) for one in self._kinds(items, ()))))
        least, most = schema.get("minItems"), schema.get("maxItems")
        count = f" of {most}" if most is not None and most == least else ""
        return f"a list{count}, each element {each}"


def _key_of(location: tuple[str | int, ...], values: object, kind: str) -> KeyPath:
    """The path in the file; pydantic's path also contains the names of alternatives."""
    key: list[str | int] = []
    for number, part in enumerate(location, start=1):
        if holds(values, (part,)):
            values = value_at(values, (part,))
            key.append(part)
        elif kind == _MISSING and number == len(location):
            key.append(part)
    return tuple(key)


def _choices(schema: Schema) -> list[Any]:
    return [schema["const"]] if "const" in schema else list(schema.get("enum", []))


def _bounds(schema: Schema) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    if low is not None and high is not None:
        return f" from {low:g} to {high:g}"
    words = [
        f"{words} {limit:g}"
        for words, limit in (
            ("more than", above), ("at least", low), ("less than", below), ("at most", high),
        )
        if limit is not None
    ]  # fmt: skip
    return f", {' and '.join(words)}" if words else ""


def _either(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _is_scalar(text: str) -> bool:
    try:
        return isinstance(json.loads(text), (bool, int, float))
    except ValueError:
        return False


def _dates(values: object, key: KeyPath) -> Iterator[KeyPath]:
    if isinstance(values, (date, time)):
        yield key
    for part, value in entries(values):
        yield from _dates(value, (*key, part))
