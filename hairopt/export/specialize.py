"""Partial evaluation: a function with what is known of its values put in, and without dead code.

What is known are the settings of one variant. ``variant.encode.quality`` becomes a number or the
name of a constant, branches that cannot be reached go, and names of a module become
``module::name``, so that functions of several modules can stand in one file.
"""

from __future__ import annotations

import ast
import builtins
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hairopt.export.parsed import COMMENT, NAME, origin, parsed

_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}
_SIGNS = {function: sign for sign, function in _COMPARISONS.items()}
_SUMS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}
_PLAIN = (bool, int, float, str, type(None))


@dataclass(frozen=True)
class Known:
    """A value that is the same in every call.

    Attributes:
        value: the value.
        shown: how it is written; None where only its attributes can be.
    """

    value: Any
    shown: str | None = None

    def expression(self) -> ast.expr | None:
        """The value as an expression; None where it cannot be written."""
        if self.shown is not None:
            if NAME in self.shown:
                return _name(self.shown)
            return ast.parse(self.shown, mode="eval").body
        if isinstance(self.value, _PLAIN) or _is_plain_tuple(self.value):
            return ast.parse(repr(self.value), mode="eval").body
        return None


@dataclass(frozen=True)
class Opaque:
    """A value with attributes that are not known before it runs, such as an imported module."""


Place = tuple[str, str]
"""Module and name of a definition."""


@dataclass
class Facts:
    """What is known before specialisation.

    Attributes:
        globals: names of modules whose value is known.
        parameters: function -> parameter -> value, of every call.
        dropped: function -> parameters that it does not use.
        called: value by the call of a function of hairopt, computed now.
        replaced: definitions that another one stands for.
        omitted: functions that only check their arguments, and are not called.
        assumed: function -> tests in it, as text, with their value.
        shown: attributes that are written as the name of a constant: ``id`` of the object, name.
    """

    globals: Mapping[Place, Known]
    called: Mapping[Place, Callable[..., Known | None]]
    replaced: Mapping[Place, Place]
    omitted: frozenset[Place]
    assumed: Mapping[Place, Mapping[str, bool]]
    shown: Mapping[tuple[int, str], str]
    whole_docstrings: frozenset[str] = frozenset()
    parameters: dict[Place, dict[str, Known]] = field(default_factory=dict)
    dropped: dict[Place, set[str]] = field(default_factory=dict)


@dataclass
class Call:
    """One call of a function: its arguments by parameter; None for those that vary."""

    place: Place
    given: dict[str, Known | None]


def specialized(place: Place, facts: Facts) -> tuple[ast.stmt, list[Call], set[Place]]:
    """A definition with what is known put in.

    Returns:
        The definition; the calls of functions in it; and functions that it uses in another way.
    """
    node = parsed(place[0]).defined[place[1]]
    worker = _Specializer(place, facts)
    copy = ast.parse(ast.unparse(node)).body[0]
    if isinstance(copy, ast.FunctionDef):
        made: ast.stmt = worker.function(copy, facts.parameters.get(place, {}))
        for argument in facts.dropped.get(place, set()):
            _drop_parameter(made, argument)
    elif isinstance(copy, ast.ClassDef):
        made = worker.a_class(copy)
    else:
        made = worker.statement(copy)[0]
    return ast.fix_missing_locations(made), worker.calls, worker.values


class _Specializer(ast.NodeTransformer):
    def __init__(self, place: Place, facts: Facts) -> None:
        self.place, self.facts = place, facts
        self.module = place[0]
        self.known: dict[str, Known] = {}
        self.local: set[str] = set()
        self.stored: dict[str, int] = {}
        self.present: set[str] = set()
        self.calls: list[Call] = []
        self.values: set[Place] = set()

    # Definitions

    def function(self, node: ast.FunctionDef, bound: Mapping[str, Known]) -> ast.FunctionDef:
        outer = self.known, self.local, self.stored, self.present
        names = _locals(node)
        self.local = self.local | set(names)
        self.stored = {**self.stored, **names}
        self.known = {k: v for k, v in self.known.items() if k not in names} | dict(bound)
        self.present = set(self.present)
        node.decorator_list = [self.visit(one) for one in node.decorator_list]
        for argument in list(_arguments(node)):
            if argument.arg in bound:
                _drop_parameter(node, argument.arg)
            elif argument.annotation is not None:
                argument.annotation = self.annotation(argument.annotation)
        node.args.defaults = [self.visit(one) for one in node.args.defaults]
        node.args.kw_defaults = [one and self.visit(one) for one in node.args.kw_defaults]
        if node.returns is not None:
            node.returns = self.annotation(node.returns)
        node.body = _without_dangling(self.block(self._documented(node.body))) or [ast.Pass()]
        self.known, self.local, self.stored, self.present = outer
        return node

    def a_class(self, node: ast.ClassDef) -> ast.ClassDef:
        node.decorator_list = [self.visit(one) for one in node.decorator_list]
        node.bases = [self.visit(one) for one in node.bases]
        body: list[ast.stmt] = []
        for one in self._documented(node.body):
            if isinstance(one, ast.FunctionDef):
                body.append(self.function(one, {}))
            elif isinstance(one, ast.AnnAssign):
                one.annotation = self.annotation(one.annotation)
                one.value = one.value and self.visit(one.value)
                body.append(one)
            else:
                body.append(one)
        node.body = body
        return node

    def _documented(self, body: list[ast.stmt]) -> list[ast.stmt]:
        return body if self.module in self.facts.whole_docstrings else _short_docstring(body)

    # Statements

    def block(self, body: Sequence[ast.stmt]) -> list[ast.stmt]:
        made: list[ast.stmt] = []
        for one in body:
            left = self.statement(one)
            if not left:  # what was said about it goes with it
                _without_dangling(made)
            made += left
            if made and isinstance(made[-1], (ast.Return, ast.Raise)):
                break
        return made

    def statement(self, node: ast.stmt) -> list[ast.stmt]:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            return []
        if isinstance(node, ast.FunctionDef):
            return [self.function(node, {})]
        if isinstance(node, ast.If):
            return self._if(node)
        if isinstance(node, ast.Global):
            node.names = [self._mangled(one) or one for one in node.names]
            return [node]
        if isinstance(node, (ast.For, ast.While, ast.With, ast.Try)):
            return self._nested(node)
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            return self._assign(node, node.targets[0])
        if isinstance(node, ast.AnnAssign):
            node.annotation = self.annotation(node.annotation)
            node.target = self.visit(node.target)
            node.value = node.value and self.visit(node.value)
            return [node]
        called = node.value if isinstance(node, ast.Expr) else None
        if isinstance(called, ast.Call) and self._called(called.func) in self.facts.omitted:
            return []
        return [self.visit(node)]

    def _if(self, node: ast.If) -> list[ast.stmt]:
        known = self.value(node.test)
        if known is not None:
            return self.block(node.body if known.value else node.orelse)
        node.test = self.visit(node.test)
        before = dict(self.known)
        node.body = self.block(node.body)
        self.known = dict(before)
        node.orelse = self.block(node.orelse)
        self.known = before
        if not _says(node.body):
            if not _says(node.orelse):
                return []
            node.test, node.body, node.orelse = _negated(node.test), node.orelse, []
        return [node]

    def _nested(self, node: ast.For | ast.While | ast.With | ast.Try) -> list[ast.stmt]:
        for name in ("target", "iter", "test"):
            if hasattr(node, name):
                setattr(node, name, self.visit(getattr(node, name)))
        for item in getattr(node, "items", ()):
            self.visit(item)
        for handler in getattr(node, "handlers", ()):
            handler.type = handler.type and self.visit(handler.type)
            handler.body = self.block(handler.body)
        for name in ("body", "orelse", "finalbody"):
            if hasattr(node, name):
                setattr(node, name, self.block(getattr(node, name)))
        return [node]

    def _assign(self, node: ast.Assign, target: ast.expr) -> list[ast.stmt]:
        known = self.value(node.value)
        if isinstance(target, ast.Name) and self.stored.get(target.id) == 1:
            if known is not None:
                self.known[target.id] = known
                return []
            if self._is_present(node.value):
                self.present.add(target.id)
        node.value = self.visit(node.value)
        node.targets = [self.visit(target)]
        return [node]

    def _is_present(self, value: ast.expr) -> bool:
        """Whether an expression is never None: a call of a function that says so."""
        if isinstance(value, ast.IfExp):
            chosen = self._chosen(value)
            return chosen is not None and self._is_present(chosen)
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
            place = self._place(value.func.id)
            node = place and parsed(place[0]).defined[place[1]]
            returns = node.returns if isinstance(node, ast.FunctionDef) else None
            return returns is not None and "None" not in ast.unparse(returns)
        return False

    # Expressions

    def annotation(self, node: ast.expr) -> ast.expr:
        made: ast.expr = self.visit(node)
        return made

    def visit(self, node: ast.AST) -> Any:  # noqa: ANN401 - as the transformers of ast
        """A node with what is known put in."""
        if isinstance(node, ast.expr) and not isinstance(node, ast.Constant):
            known = self.value(node)
            shown = known.expression() if known is not None else None
            if shown is not None:
                self._note(shown)
                return shown
            if isinstance(node, ast.IfExp) and (chosen := self._chosen(node)) is not None:
                return self.visit(chosen)
        if isinstance(node, ast.FunctionDef):
            return self.function(node, {})
        return super().visit(node)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """A name of a module, under its whole name."""
        mangled = self._mangled(node.id)
        if mangled is None:
            return node
        shown = ast.Name(mangled, node.ctx)
        self._note(shown)
        return shown

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        """``a and True`` is ``a``; what is known otherwise was put in already."""
        left = [self.visit(one) for one in node.values if self.value(one) is None]
        if len(left) == 1:
            return left[0]  # type: ignore[no-any-return]
        return ast.BoolOp(node.op, left)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        """A known text becomes part of the text around it."""
        parts: list[ast.expr] = []
        for part in node.values:
            known = self.value(part.value) if isinstance(part, ast.FormattedValue) else None
            if known is not None and known.shown is None and isinstance(known.value, (str, int)):
                text = repr(known.value) if part.conversion == 114 else str(known.value)  # type: ignore[attr-defined]
                parts.append(ast.Constant(text))
            else:
                parts.append(self.visit(part))
        if all(isinstance(part, ast.Constant) for part in parts):
            return ast.Constant("".join(part.value for part in parts))  # type: ignore[attr-defined]
        return ast.JoinedStr(parts)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """A call without the arguments that every call has in common."""
        if ast.unparse(node).startswith("cast(Any, "):
            return self.visit(node.args[1])  # type: ignore[no-any-return]
        compared = self.value(node.func)
        if compared is not None and compared.value in _SIGNS and len(node.args) == 2:
            left, right = (self.visit(one) for one in node.args)
            return ast.Compare(left, [_SIGNS[compared.value]()], [right])
        place = self._called(node.func)
        definition = place and parsed(place[0]).defined.get(place[1])
        if place is None or not isinstance(definition, ast.FunctionDef):
            return self.generic_visit(node)  # type: ignore[return-value]
        names = [one.arg for one in _arguments(definition)]
        gone = set(self.facts.parameters.get(place, {})) | self.facts.dropped.get(place, set())
        pairs = [*zip(names, node.args, strict=False)]
        pairs += [(str(one.arg), one.value) for one in node.keywords]
        self.calls.append(Call(place, {name: self.value(value) for name, value in pairs}))
        args = [self.visit(v) for n, v in zip(names, node.args, strict=False) if n not in gone]
        keywords = [
            ast.keyword(one.arg, self.visit(one.value))
            for one in node.keywords
            if one.arg not in gone and one.arg in names
        ]
        return ast.Call(_name(NAME.join(place)), args, keywords)

    def _called(self, function: ast.expr) -> Place | None:
        known = self.value(function)
        if known is not None and known.shown is not None and NAME in known.shown:
            module, _, name = known.shown.partition(NAME)
            return module, name
        return self._place(function.id) if isinstance(function, ast.Name) else None

    def _chosen(self, node: ast.IfExp) -> ast.expr | None:
        known = self.value(node.test)
        return None if known is None else node.body if known.value else node.orelse

    # Values

    def value(self, node: ast.expr) -> Known | None:
        """The value of an expression, where it follows from what is known."""
        assumed = self.facts.assumed.get(self.place, {}).get(ast.unparse(node))
        if assumed is not None:
            return Known(assumed)
        evaluate: Callable[[Any], Known | None] | None = getattr(
            self, f"_of_{type(node).__name__.lower()}", None
        )
        return None if evaluate is None else evaluate(node)

    def _plain(self, node: ast.expr) -> Known | None:
        """As ``value``, for constants of the source, too."""
        if isinstance(node, ast.Constant):
            return Known(node.value)
        if isinstance(node, ast.Tuple):
            parts = [self._plain(one) for one in node.elts]
            return None if None in parts else Known(tuple(one.value for one in parts if one))
        return self.value(node)

    def _of_name(self, node: ast.Name) -> Known | None:
        if node.id in self.known:
            return self.known[node.id]
        if node.id in self.local:
            return None
        place = self._place(node.id)
        return None if place is None else self.facts.globals.get(place)

    def _of_attribute(self, node: ast.Attribute) -> Known | None:
        of = self.value(node.value)
        if of is None:
            return None
        if isinstance(of.value, Opaque):
            return Known(of.value, f"{of.shown}.{node.attr}")
        name = self.facts.shown.get((id(of.value), node.attr))
        return Known(getattr(of.value, node.attr), name)

    def _of_ifexp(self, node: ast.IfExp) -> Known | None:
        chosen = self._chosen(node)
        if chosen is None:
            return None
        known = self._plain(chosen)
        if known is None and isinstance(chosen, ast.Name) and chosen.id not in self.local:
            place = self._place(chosen.id)
            return place and Known(place, NAME.join(place))
        return known

    def _of_compare(self, node: ast.Compare) -> Known | None:
        if len(node.ops) > 1:
            return None
        if isinstance(node.left, ast.Name) and node.left.id in self.present:
            if isinstance(node.ops[0], ast.Is):
                return Known(False)
            if isinstance(node.ops[0], ast.IsNot):
                return Known(True)
        left, right = self._plain(node.left), self._plain(node.comparators[0])
        if left is None or right is None or isinstance(left.value, Opaque):
            return None
        return Known(_COMPARISONS[type(node.ops[0])](left.value, right.value))

    def _of_boolop(self, node: ast.BoolOp) -> Known | None:
        ends = isinstance(node.op, ast.Or)
        known = [self._plain(one) for one in node.values]
        for one in known:
            if one is not None and bool(one.value) == ends:
                return one
        return None if None in known else known[-1]

    def _of_unaryop(self, node: ast.UnaryOp) -> Known | None:
        known = self.value(node.operand)
        return Known(not known.value) if known and isinstance(node.op, ast.Not) else None

    def _of_binop(self, node: ast.BinOp) -> Known | None:
        if self.value(node.left) is None and self.value(node.right) is None:
            return None
        left, right = self._plain(node.left), self._plain(node.right)
        compute = _SUMS.get(type(node.op))
        if left is None or right is None or compute is None or left.shown or right.shown:
            return None
        return Known(compute(left.value, right.value))

    def _of_subscript(self, node: ast.Subscript) -> Known | None:
        key, place = self.value(node.slice), None
        if isinstance(node.value, ast.Name) and node.value.id not in self.local:
            place = self._place(node.value.id)
        if key is None or place is None or isinstance(key.value, Opaque):
            return None
        import importlib

        table = getattr(importlib.import_module(place[0]), place[1], None)
        return Known(table[key.value]) if isinstance(table, dict) else None

    def _of_tuple(self, node: ast.Tuple) -> Known | None:
        parts = [self._plain(one) for one in node.elts]
        if None in parts or not any(self.value(one) for one in node.elts):
            return None
        return Known(tuple(one.value for one in parts if one))

    def _of_call(self, node: ast.Call) -> Known | None:
        if not isinstance(node.func, ast.Name) or node.keywords:
            return None
        given = [self._plain(one) for one in node.args]
        place = self._place(node.func.id)
        if place is not None and place in self.facts.called:
            return self.facts.called[place](*given)
        if place is None and node.func.id == "getattr" and None not in given:
            return self._getattr(*(one for one in given if one))
        function = getattr(builtins, node.func.id, None) if place is None else None
        if function not in (len, all, bool) or None in given or not self._taints(node):
            return None
        return Known(function(*(one.value for one in given if one)))

    def _taints(self, node: ast.Call) -> bool:
        return any(self.value(one) is not None for one in node.args)

    def _getattr(self, of: Known, name: Known) -> Known | None:
        return Known(of.value, f"{of.shown}.{name.value}") if of.shown else None

    # Names

    def _place(self, name: str) -> Place | None:
        """Where a name of the module is defined, or what stands for it."""
        if name in self.local:
            return None
        place = origin(self.module, name)
        return self.facts.replaced.get(place, place) if place else None

    def _mangled(self, name: str) -> str | None:
        place = origin(self.module, name) if name not in self.local else None
        if place is None:
            return None
        return NAME.join(self.facts.replaced.get(place, place))

    def _note(self, shown: ast.expr) -> None:
        if isinstance(shown, ast.Name) and NAME in shown.id:
            module, _, name = shown.id.partition(NAME)
            self.values.add((module, name))


def _name(text: str) -> ast.Name:
    return ast.Name(text, ast.Load())


def _is_plain_tuple(value: object) -> bool:
    return isinstance(value, tuple) and all(isinstance(one, _PLAIN) for one in value)


def _arguments(node: ast.FunctionDef) -> list[ast.arg]:
    return [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]


def _drop_parameter(node: ast.stmt, name: str) -> None:
    assert isinstance(node, ast.FunctionDef)
    found = node.args
    plain = [one.arg for one in found.args]
    if name in plain:
        at = plain.index(name)
        default = at - (len(plain) - len(found.defaults))
        if default >= 0:
            del found.defaults[default]
        del found.args[at]
    else:
        at = [one.arg for one in found.kwonlyargs].index(name)
        del found.kwonlyargs[at], found.kw_defaults[at]


def _locals(node: ast.FunctionDef) -> dict[str, int]:
    """The names of a function and of those in it, each with how often it is assigned."""
    found: dict[str, int] = {}
    outside: set[str] = set()
    for one in ast.walk(node):
        if isinstance(one, ast.Global):
            outside.update(one.names)
        if isinstance(one, ast.arg):
            found[one.arg] = found.get(one.arg, 0) + 2
        if isinstance(one, ast.Name) and not isinstance(one.ctx, ast.Load):
            found[one.id] = found.get(one.id, 0) + 1
        if isinstance(one, ast.FunctionDef) and one is not node:
            found[one.name] = 2
        if isinstance(one, ast.ExceptHandler) and one.name:
            found[one.name] = 2
    return {name: count for name, count in found.items() if name not in outside}


def _short_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    """The docstring's first paragraph; what it says of arguments is said by their types."""
    first = body[0].value if isinstance(body[0], ast.Expr) else None
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        if first.value.startswith(COMMENT):
            return body
        paragraph = " ".join(first.value.strip().split("\n\n")[0].split())
        return [ast.Expr(ast.Constant(paragraph)), *body[1:]]
    return body


def is_comment(node: ast.stmt) -> bool:
    """Whether a statement stands for a comment."""
    value = node.value if isinstance(node, ast.Expr) else None
    text = value.value if isinstance(value, ast.Constant) else None
    return isinstance(text, str) and text.startswith(COMMENT)


def _says(body: Sequence[ast.stmt]) -> bool:
    return any(not is_comment(one) for one in body)


def _without_dangling(body: list[ast.stmt]) -> list[ast.stmt]:
    while body and is_comment(body[-1]):
        body.pop()
    return body


def _negated(test: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.Not(), test)


def drop_unused(node: ast.stmt) -> set[str]:
    """The parameters of a function that nothing in it uses."""
    if not isinstance(node, ast.FunctionDef):
        return set()
    used = {one.id for part in node.body for one in ast.walk(part) if isinstance(one, ast.Name)}
    return {one.arg for one in _arguments(node)} - used
