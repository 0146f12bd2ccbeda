"""The ``hairopt`` command: the tree of commands and the entry point.

Nothing heavy is imported here or by the command modules, so that ``--help`` is fast. For the same
reason help is printed as plain text: formatting it with rich would double its time.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from hairopt.cli import (
    backend,
    baseline,
    bench,
    compare,
    dataset,
    distill,
    export,
    golden,
    models,
    optimize,
    profile,
    recolor,
    report,
    variants,
)
from hairopt.cli.exit_codes import ExitCode, answer
from hairopt.cli.interruption import end_at_once, end_in_order
from hairopt.cli.typer_app import App, Context, HelpFirstGroup, say_plainly


class _AnsweringGroup(HelpFirstGroup):
    """The root of the command tree, where every error gets its message and its exit code."""

    def make_context(self, *arguments: Any, **settings: Any) -> Context:  # noqa: ANN401 - typer's own
        """Read the arguments; help and version are printed here."""
        with _answered():
            return super().make_context(*arguments, **settings)

    def invoke(self, ctx: Context) -> object:
        """Run the chosen command."""
        with _answered():
            result: object = super().invoke(ctx)
            sys.stdout.flush()
        return result


@contextmanager
def _answered() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt as interruption:
        end_at_once()  # a second Ctrl-C must not wait for the message below
        raise typer.Exit(answer(interruption)) from interruption
    except OSError as error:
        raise typer.Exit(answer(error)) from error
    except Exception as error:
        if _belongs_to_typer(error):
            say_plainly(error)
            raise
        raise typer.Exit(answer(error)) from error


app = App(
    name="hairopt",
    cls=_AnsweringGroup,
    help="Find the cheapest hair-colour try-on pipeline whose picture stays as good, and prove it.",
    epilog="Exit codes: 0 pass, 1 regression, 2 usage or data error, 3 inconclusive, "
    "4 not comparable.",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
app.command("bench")(bench.bench)
app.command("profile")(profile.profile)
app.command("optimize")(optimize.optimize)
app.command("recolor")(recolor.recolor)
app.command("report")(report.report)
app.command("compare")(compare.compare)
app.command("gate")(compare.gate)
app.command("distill")(distill.distill)
app.command("export")(export.export)
app.add_typer(backend.app, name="backend")
app.add_typer(variants.app, name="variants")
app.add_typer(models.app, name="models")
app.add_typer(dataset.app, name="dataset")
app.add_typer(baseline.app, name="baseline")
app.add_typer(golden.app, name="golden")


def _print_version(wanted: bool) -> None:
    if wanted:
        from hairopt import __version__

        typer.echo(f"hairopt {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    pass


def _belongs_to_typer(error: Exception) -> bool:
    """Whether it is a usage error, an exit or an abort: typer itself handles these.

    typer has its own copy of click from 0.16 on and used the package before. The base classes of
    its public BadParameter are the right ones in both cases.
    """
    click_exception = typer.BadParameter.__mro__[2]
    return isinstance(error, (click_exception, typer.Exit, typer.Abort))


def main() -> None:
    """Entry point of the console script."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    end_in_order()
    try:
        app()
    except BrokenPipeError:
        _discard_stdout()
        raise SystemExit(ExitCode.BROKEN_PIPE) from None
    finally:
        _flush_or_discard()


def _flush_or_discard() -> None:
    """Write the rest of the output; a closed pipe must not cause a second error at exit."""
    try:
        sys.stdout.flush()
    except OSError:
        _discard_stdout()


def _discard_stdout() -> None:
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
