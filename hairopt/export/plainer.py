"""Source text as a person writes it, where ``ast.unparse`` writes it otherwise."""

from __future__ import annotations

import ast
import importlib
import io
import re
import tokenize
from functools import cache
from pathlib import Path

_LONGEST = 78
_LONG_TEXT = re.compile(rf"(f?)(['\"])((?:(?!\2)[^\\\n]){{{_LONGEST},}})\2")


def plainer(line: str) -> str:
    """One line of ``ast.unparse`` without the parentheses that change nothing."""
    tree = None if "lambda" in line else _tree(line)
    at = 0
    while tree is not None and (at := line.find("(", at)) >= 0:
        end = _closing(line, at)
        without = line[:at] + line[at + 1 : end] + line[end + 1 :] if end else line
        if without != line and _tree(without) == tree:
            line = without
        else:
            at += 1
    return line


def wrapped(line: str) -> str:
    """A line whose long texts are in two parts, which a formatter can put below each other."""
    return _LONG_TEXT.sub(_halves, line)


def _halves(found: re.Match[str]) -> str:
    kind, quote, text = found.groups()
    ends = [i for i, sign in enumerate(text[:_LONGEST]) if sign == " " and _is_outside(text[:i])]
    if not ends:
        return found[0]
    rest = f"{kind}{quote}{text[ends[-1] + 1 :]}{quote}"
    return f"{kind}{quote}{text[: ends[-1] + 1]}{quote} {wrapped(rest)}"


def _is_outside(text: str) -> bool:
    return text.count("{") == text.count("}")


@cache
def numbers_of(module: str) -> dict[str, str]:
    """The numbers of a module that ``ast.unparse`` writes in another way -> as written there."""
    path = importlib.import_module(module).__file__
    assert path is not None
    source = Path(path).read_text(encoding="utf-8")
    found = {}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.NUMBER:
            value = repr(ast.literal_eval(token.string))
            if value != token.string and ("_" in token.string or "e" in token.string):
                found[value] = token.string
    return found


def _tree(line: str) -> str | None:
    """The syntax of a line, whatever block it opens; None where it is no line of its own."""
    text = line.strip()
    opened = " pass"
    for before, after in (
        ("", ""),
        ("", opened),
        ("if a: pass\n", opened),
        ("try: pass\n", opened),
    ):
        try:
            return ast.dump(ast.parse(f"{before}{text}{after}"))
        except SyntaxError:
            continue
    return None


def _closing(line: str, at: int) -> int:
    """Where a parenthesis is closed; 0 where it is not, or a text is in between."""
    depth = 0
    for i in range(at, len(line)):
        depth += (line[i] == "(") - (line[i] == ")")
        if depth == 0:
            return i
        if line[i] in "'\"":
            return 0
    return 0
