"""Paths of values in JSON: ``result.items[0].href``; a name with dots is ``["a.b"]``."""

from __future__ import annotations

import json
import re
from typing import Any

from hairopt.files.plain_values import KeyPath, dotted, shown

_STEP = re.compile(r'(?:^|\.)([^.\[\]"]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]')


def parse_path(text: str) -> KeyPath:
    """The keys and positions of a path.

    Raises:
        ValueError: it is no path.
    """
    path: list[str | int] = []
    end = 0
    while end < len(text):
        step = _STEP.match(text, end)
        if step is None:
            break
        name, position, quoted = step.groups()
        path.append(name or (int(position) if position else json.loads(quoted)))
        end = step.end()
    if not path or end < len(text):
        raise ValueError(f"{text!r} is no path such as result.items[0].href")
    return tuple(path)


def find(content: Any, text: str) -> Any:  # noqa: ANN401 - what a service answers
    """The value at a path.

    Raises:
        LookupError: there is none; the message says what is there instead.
    """
    path = parse_path(text)
    for end, part in enumerate(path):
        is_there = (
            part in content
            if isinstance(content, dict)
            else isinstance(content, list) and isinstance(part, int) and part < len(content)
        )
        if not is_there:
            where = dotted(path[:end]) or "it"
            raise LookupError(f"no {dotted(path)}: {where} has {_keys(content)}")
        content = content[part]
    return content


def _keys(content: object) -> str:
    if isinstance(content, dict):
        names = ", ".join(shown(str(name)) for name in list(content)[:10])
        return f"the keys {names}" if names else "no keys"
    if isinstance(content, list):
        return f"{len(content)} elements"
    return f"the value {shown(content)}"
