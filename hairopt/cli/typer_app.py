"""The Typer class of this command line: fast plain help, and commands without network access.

typer builds a validator for every option it reads, and imports pydantic for that, which is a third
of the time of ``--help``. For help nothing needs to be validated.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from typing import Any, TypeAlias

import typer
from typer.core import TyperCommand, TyperGroup

Context: TypeAlias = Any
"""The click context of a command: of the package click up to typer 0.15, of typer's copy since."""


_NUMBERS = {"int": "a whole number", "float": "a number", "bool": "true or false"}
_CHOICES = re.compile(r"is not one of (.+)\.$")


def say_plainly(error: Exception) -> None:
    """Rewrite pydantic's message in a usage error in the form that hairopt uses for wrong values.

    typer passes on pydantic's text ("Value error, ...", "Input should be ..."). Other errors, and
    those of typer versions without pydantic, are not changed.
    """
    find = getattr(error.__cause__, "errors", None)
    if find is None or not hasattr(error, "message"):
        return
    fault = find(include_url=False)[0]
    value, kind, context = fault["input"], fault["type"], fault.get("ctx", {})
    hint, choices = "", _CHOICES.search(fault["msg"])
    bounds = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    if choices:
        allowed = choices[1]
        near = difflib.get_close_matches(str(value), re.findall(r"'([^']*)'", allowed), n=1)
        hint = f"did you mean {near[0]}? " if near else ""
    elif bound := [
        f"{bounds[key]} {limit:.10g}" for key, limit in context.items() if key in bounds
    ]:
        allowed = " and ".join(bound)
    elif (number := kind.partition("_")[0]) in _NUMBERS:
        allowed = _NUMBERS[number]
    else:
        allowed = fault["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    words = f"{hint}{'A' if hint else 'a'}llowed is {allowed.rstrip('.')}."
    error.message = f"{str(value)!r} is not valid; {words}"


class HelpFirstCommand(TyperCommand):
    """A command that prints ``--help`` without reading the other arguments."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Print help if it is asked for, otherwise read the arguments."""
        own = args[: args.index("--")] if "--" in args else args
        if not set(own).isdisjoint(self.get_help_option_names(ctx)):
            typer.echo(self.get_help(ctx), color=ctx.color)
            ctx.exit()
        return super().parse_args(ctx, args)


class OfflineCommand(HelpFirstCommand):
    """A command without internet access: every command that does not exist to use the network."""

    def invoke(self, ctx: Context) -> object:
        """Close the process off from the internet, then run the command."""
        from hairopt.home import keep_caches_home
        from hairopt.offline.guard import refuse_internet

        keep_caches_home()
        refuse_internet(with_way_out=True)
        return super().invoke(ctx)


class HelpFirstGroup(TyperGroup):
    """A group that skips its own options where the first word is a command."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Read the options of the group only where there can be one."""
        if not args or args[0] not in self.commands:
            return super().parse_args(ctx, args)
        own = self.params, self.add_help_option
        self.params, self.add_help_option = [], False
        try:
            return super().parse_args(ctx, args)
        finally:
            self.params, self.add_help_option = own


class App(typer.Typer):
    """A group of commands, with the settings that all groups share."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - they are typer's own
        shared: dict[str, Any] = {
            "cls": HelpFirstGroup,
            "no_args_is_help": True,
            "rich_markup_mode": None,
            "pretty_exceptions_enable": False,
        }
        super().__init__(**(shared | settings))

    def command(
        self,
        name: str | None = None,
        **settings: Any,  # noqa: ANN401 - they are typer's own
    ) -> Callable[..., Any]:
        """As ``typer.Typer.command``, offline; with ``cls=HelpFirstCommand`` it has a network."""
        return super().command(name, **({"cls": OfflineCommand} | settings))
