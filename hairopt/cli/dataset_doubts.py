"""Warnings about a dataset, printed before a command works with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hairopt.datasets import Dataset


def say_doubts(dataset: Dataset) -> None:
    """Read every case, and print to standard error what ``hairopt dataset check`` finds.

    Commands that measure do not need it: the run prints the same warnings.
    """
    from hairopt.cli.console import stderr_console
    from hairopt.datasets import check_dataset

    with reading(dataset) as on_case:
        found = check_dataset(dataset, on_case)
    for sentence in found.sentences:
        stderr_console().print(f"warning: {sentence}", style="yellow")


@contextmanager
def reading(dataset: Dataset) -> Iterator[Callable[[], None]]:
    """A progress bar with one step per case, on standard error."""
    from hairopt.cli.console import stderr_console
    from hairopt.cli.progress import step_bars

    with step_bars(stderr_console()) as bars:
        task = bars.add_task("reading", total=len(dataset.cases))
        yield lambda: bars.advance(task)
