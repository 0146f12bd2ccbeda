"""Modules of hairopt as syntax trees: where each name comes from, comments kept."""

from __future__ import annotations

import ast
import importlib
import io
import re
import tokenize
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

COMMENT = "#c:"
"""Start of a text that stands for a comment; a syntax tree has none."""

NAME = "::"
"""Between module and name where a name of a module stands in an expression."""


_BETWEEN = (tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.NEWLINE)
_FOR_READERS = re.compile(r"# ?(?!noqa|type:|fmt:|pragma)")


@dataclass
class Module:
    """What a module defines and imports.

    Attributes:
        name: its dotted name.
        defined: name -> statement, for functions, classes, constants and aliases.
        remarks: name of a constant -> its docstring.
        ours: name -> module and name in it, for imports from hairopt.
        others: name -> the import statement, for all other imports.
    """

    name: str
    defined: dict[str, ast.stmt] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)
    ours: dict[str, tuple[str, str]] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)


@cache
def parsed(name: str) -> Module:
    """A module by its dotted name; it is imported."""
    path = importlib.import_module(name).__file__
    assert path is not None
    tree = ast.parse(_with_comments(Path(path).read_text(encoding="utf-8")))
    found, last = Module(name), list[str]()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            _take_import(node, found)
    for statement in tree.body:
        if last and (text := _text(statement)) is not None:
            if not text.startswith(COMMENT):
                found.remarks.update(dict.fromkeys(last, text))
            continue
        last = _names(statement)
        found.defined.update(dict.fromkeys(last, statement))
    return found


def origin(module: str, name: str) -> tuple[str, str] | None:
    """Module and name under which a name is defined in hairopt; None for all others."""
    source = parsed(module)
    if name in source.ours:
        return origin(*source.ours[name])
    return (module, name) if name in source.defined else None


def _names(statement: ast.stmt) -> list[str]:
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        return [statement.name]
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return [statement.target.id]
    if isinstance(statement, ast.Assign):
        return [n.id for one in statement.targets for n in ast.walk(one) if isinstance(n, ast.Name)]
    return []


def _text(statement: ast.stmt) -> str | None:
    value = statement.value if isinstance(statement, ast.Expr) else None
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None


def _take_import(node: ast.Import | ast.ImportFrom, into: Module) -> None:
    for one in node.names:
        name = one.asname or one.name
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "hairopt":
            into.ours[name] = (str(node.module), one.name)
        else:
            alone = (
                ast.ImportFrom(node.module, [one], 0)
                if isinstance(node, ast.ImportFrom)
                else ast.Import([one])
            )
            into.others[name] = ast.unparse(alone)


def _with_comments(source: str) -> str:
    """The source with a text in place of every comment between statements, or behind one."""
    lines, depth, first = source.splitlines(), 0, 0
    before: dict[int, str] = {}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
        first = first or (0 if token.type in _BETWEEN else token.start[0])
        if token.type == tokenize.COMMENT and depth == 0 and _FOR_READERS.match(token.string):
            row, column = token.start
            text = repr(COMMENT + token.string[1:])
            if not lines[row - 1][:column].strip():
                lines[row - 1] = lines[row - 1][:column] + text
            elif lines[row - 1][:column].rstrip().endswith(":"):
                below = lines[row]
                before[row + 1] = below[: len(below) - len(below.lstrip())] + text
            else:
                start = lines[first - 1]
                before[first] = start[: len(start) - len(start.lstrip())] + text
        if token.type == tokenize.NEWLINE:
            first = 0
    made = []
    for row, line in enumerate(lines, 1):
        made += [before[row], line] if row in before else [line]
    return "\n".join(made) + "\n"
