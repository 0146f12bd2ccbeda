"""The Typer of this command line: plain help first, and commands that have no network.

typer builds a validator for every option it reads, and imports pydantic for that: a third of the
time that help takes. Where only help is wanted nothing needs to be validated.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from typing import Any, TypeAlias

import typer
from typer.core import TyperCommand, TyperGroup

Context: TypeAlias = Any
"""What typer hands to a command: of the package click up to typer 0.15, of its own copy since."""


_NUMBERS = {"int": "a whole number", "float": "a number", "bool": "true or false"}
_CHOICES = re.compile(r"is not one of (.+)\.$")


def say_plainly(error: Exception) -> None:
    """Give a usage error that pydantic found the words that hairopt has for wrong values.

    typer hands on what pydantic says ("Value error, ...", "Input should be ..."); other errors, and
    those of typer before it used pydantic, stay as they are.
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
    """A command that answers ``--help`` without looking at the other arguments."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Print help if it is asked for, otherwise read the arguments."""
        own = args[: args.index("--")] if "--" in args else args
        if not set(own).isdisjoint(self.get_help_option_names(ctx)):
            typer.echo(self.get_help(ctx), color=ctx.color)
            ctx.exit()
        return super().parse_args(ctx, args)


class OfflineCommand(HelpFirstCommand):
    """A command whose process cannot reach the internet, as all of those whose job it is not."""

    def invoke(self, ctx: Context) -> object:
        """Give the network away, then run the command."""
        from hairopt.home import keep_caches_home
        from hairopt.offline.guard import refuse_internet

        keep_caches_home()
        refuse_internet(with_way_out=True)
        return super().invoke(ctx)


class HelpFirstGroup(TyperGroup):
    """A group that goes straight to its command where that is the first word."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Read the options of the group itself only where there can be one."""
        if not args or args[0] not in self.commands:
            return super().parse_args(ctx, args)
        own = self.params, self.add_help_option
        self.params, self.add_help_option = [], False
        try:
            return super().parse_args(ctx, args)
        finally:
            self.params, self.add_help_option = own


class App(typer.Typer):
    """A group of commands with the settings that all groups share."""

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
        """As ``typer.Typer.command``, offline; ``cls=HelpFirstCommand`` leaves it a network."""
        return super().command(name, **({"cls": OfflineCommand} | settings))
