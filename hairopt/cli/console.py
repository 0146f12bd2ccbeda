"""The two consoles: results go to standard output, progress and remarks to standard error.

rich omits colours and cursor movement where the stream is no terminal, and colours where
``NO_COLOR`` is set.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hairopt.report.foreign_text import json_text, printable, toml_text

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

WIDTH_WITHOUT_TERMINAL = 100
"""Width in columns of text that goes to a file or a pipe, unless ``COLUMNS`` is set."""


def stdout_console() -> Console:
    """The console for results."""
    return _console(sys.stdout.isatty(), stderr=False)


def stderr_console() -> Console:
    """The console for progress and remarks."""
    return _console(sys.stderr.isatty(), stderr=True)


def print_json(data: str) -> None:
    """Print a JSON document, and nothing else, to standard output."""
    data = json_text(data)
    sys.stdout.write(data if data.endswith("\n") else data + "\n")


def print_toml(data: str) -> None:
    """Print a TOML document, and nothing else, to standard output."""
    sys.stdout.write(toml_text(data))


def say(text: str) -> None:
    """Print a line to standard output, with control characters escaped."""
    sys.stdout.write(printable(text) + "\n")


def show(console: Console, parts: Iterable[RenderableType]) -> None:
    """Print renderables; a text that must not be broken into lines is marked with ``no_wrap``."""
    from rich.text import Text

    for part in parts:
        console.print(part, soft_wrap=isinstance(part, Text) and bool(part.no_wrap))


def tell_kept(folder: Path, console: Console | None = None) -> None:
    """Report a folder that a killed process had completed, and that is now in its place."""
    remark = f"{shortest(folder)} was complete when its process was killed; it is kept"
    (console or stderr_console()).print(remark, soft_wrap=True)


def shortest(path: Path) -> str:
    """The path, relative to the working directory where that is shorter."""
    return min(os.path.relpath(path), str(path), key=len)


def _console(is_terminal: bool, *, stderr: bool) -> Console:
    from rich.console import Console

    class _Console(Console):
        """A console that escapes control characters and raises on a closed pipe."""

        def render_str(self, text: str, **settings: Any) -> Text:  # noqa: ANN401 - rich's own
            """Escape plain text, cells of tables included, before it is printed."""
            return super().render_str(printable(text), **settings)

        def on_broken_pipe(self) -> None:
            """Raise the error: rich itself would exit with 1, which means regression here."""
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))

    width = None if is_terminal or "COLUMNS" in os.environ else WIDTH_WITHOUT_TERMINAL
    return _Console(
        stderr=stderr, width=width, highlight=False, markup=False, emoji=False, soft_wrap=False
    )
