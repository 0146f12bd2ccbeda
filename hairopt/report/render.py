"""Render the reports of a run folder from its own files, any number of times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hairopt.errors import UsageError
from hairopt.files.whole_file import write_whole
from hairopt.measure.older_runs import over_sources, over_sources_if_there
from hairopt.measure.run_model import Run
from hairopt.measure.run_store import read_run
from hairopt.measure.run_tables import read_cases, read_timings
from hairopt.report.matrix import Matrix
from hairopt.report.run.bill import Bill
from hairopt.report.run.build_matrix import build_matrix
from hairopt.report.run.csv import matrix_csv

if TYPE_CHECKING:
    import pandas as pd

REPORT_FILES = {"html": "report.html", "md": "report.md", "csv": "matrix.csv"}
"""Format -> name of the file in the run folder."""

HISTORY_FILES = {"html": "history.html", "md": "history.md", "csv": "history.csv"}
"""Format -> name of the file about several runs."""


@dataclass(frozen=True)
class LoadedRun:
    """A run folder in memory, with its matrix."""

    folder: Path
    run: Run
    cases: pd.DataFrame
    matrix: Matrix

    @classmethod
    def read(cls, path: Path, bill: Bill | None = None) -> LoadedRun:
        """Read a run folder, or the ``run.json`` in it; ``bill`` as in ``build_matrix``.

        Raises:
            DataError: a file of the run is missing or damaged.
        """
        folder = path if path.is_dir() else path.parent
        run = read_run(path)
        cases = read_cases(folder, run)
        run = over_sources(run, cases)
        return cls(folder, run, cases, build_matrix(run, cases, bill))


def render_reports(
    path: Path, formats: Sequence[str] = tuple(REPORT_FILES), bill: Bill | None = None
) -> list[Path]:
    """Write the reports of a run into its folder.

    Args:
        path: the run folder, or the ``run.json`` in it.
        formats: keys of ``REPORT_FILES``.
        bill: prices and traffic; None for the built-in example.

    Returns:
        The files written, in the order of ``formats``.

    Raises:
        UsageError: an unknown format, or a folder that cannot be written.
        DataError: a file of the run is missing or damaged.
    """
    _require_known(formats)
    loaded = LoadedRun.read(path, bill)
    texts = {REPORT_FILES[name]: _render(loaded, name) for name in formats}
    return write_texts(texts, loaded.folder)


def render_history(
    paths: Sequence[Path], out: Path, formats: Sequence[str] = tuple(HISTORY_FILES)
) -> list[Path]:
    """Write the history of several runs into a folder, which is created if it is missing.

    Args:
        paths: run folders, or the ``run.json`` in them.
        out: the folder.
        formats: keys of ``HISTORY_FILES``.

    Returns:
        The files written, in the order of ``formats``.

    Raises:
        UsageError: an unknown format, or a folder that cannot be written.
        DataError: a run is missing or damaged.
    """
    from hairopt.report.history.data import make_history
    from hairopt.report.history.html import history_html
    from hairopt.report.history.text import history_csv, history_markdown

    _require_known(formats)
    renderers = {"html": history_html, "md": history_markdown, "csv": history_csv}
    history = make_history([over_sources_if_there(read_run(path), path) for path in paths])
    return write_texts({HISTORY_FILES[name]: renderers[name](history) for name in formats}, out)


def _require_known(formats: Sequence[str]) -> None:
    unknown = [name for name in formats if name not in REPORT_FILES]
    if unknown or not formats:
        raise UsageError(
            f"report format {', '.join(unknown) or 'nothing'!r} is unknown; "
            f"allowed: {', '.join(REPORT_FILES)}"
        )


def write_texts(texts: Mapping[str, str], folder: Path) -> list[Path]:
    """Write files into a folder, which is created if it is missing.

    Raises:
        UsageError: a file cannot be written; the message names it.
    """
    written = []
    for name, text in texts.items():
        file = folder / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_whole(file, text.encode("utf-8"))
        except OSError as error:
            raise UsageError(f"{file} cannot be written: {error.strerror or error}") from error
        written.append(file)
    return written


def _render(loaded: LoadedRun, name: str) -> str:
    from hairopt.report.run.html import render_html
    from hairopt.report.run.markdown import render_markdown

    if name == "csv":
        return matrix_csv(loaded.matrix)
    if name == "md":
        return render_markdown(loaded.run, loaded.matrix)
    timings = read_timings(loaded.folder)
    return render_html(loaded.run, loaded.cases, loaded.matrix, loaded.folder, timings)
