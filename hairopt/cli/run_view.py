"""Show a run in the terminal, and check that it is complete."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from hairopt.report.render import LoadedRun


def show_run(folder: Path, *, as_json: bool) -> None:
    """Print a run to standard output: its matrix, or its JSON and nothing else.

    Raises:
        HairoptError: after printing, where a requested case or variant has no numbers because of
            an error.
    """
    from hairopt.cli.console import print_json, stdout_console
    from hairopt.measure.complete import require_complete
    from hairopt.report.render import LoadedRun

    loaded = LoadedRun.read(folder)
    if as_json:
        print_json((folder / "run.json").read_text(encoding="utf-8"))
    else:
        _print(stdout_console(), loaded)
    require_complete(loaded.run)


def _print(console: Console, loaded: LoadedRun) -> None:
    from hairopt.cli.console import shortest, show
    from hairopt.quantities import number_of
    from hairopt.report.answer import answer_view
    from hairopt.report.render import REPORT_FILES
    from hairopt.report.run.answer import run_answer
    from hairopt.report.run.summary import further_sentences
    from hairopt.report.run.terminal import matrix_view, steps_view

    run = loaded.run
    cases = number_of(run.dataset.n_cases, "case")
    console.print(f"{run.environment.cpu_model} · {cases}", style="dim")
    show(console, [*matrix_view(loaded.matrix), *steps_view(run)])
    for sentence in further_sentences(run):
        console.print(sentence)
    show(console, answer_view(run_answer(run, loaded.matrix, shortest(loaded.folder))))
    console.print(f"Report: {shortest(loaded.folder / REPORT_FILES['html'])}", soft_wrap=True)
