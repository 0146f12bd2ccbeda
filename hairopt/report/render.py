"""The reports of a run folder, from its own files alone, as often as one likes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hairopt.bench.run_model import Run
from hairopt.bench.run_store import read_cases, read_run, read_timings
from hairopt.errors import UsageError
from hairopt.report.build_matrix import build_matrix
from hairopt.report.matrix import Matrix
from hairopt.report.matrix_csv import matrix_csv

if TYPE_CHECKING:
    import pandas as pd

REPORT_FILES = {"html": "report.html", "md": "report.md", "csv": "matrix.csv"}
"""Format -> name of the file in the run folder."""


@dataclass(frozen=True)
class LoadedRun:
    """A run folder in memory, with its matrix."""

    folder: Path
    run: Run
    cases: pd.DataFrame
    matrix: Matrix

    @classmethod
    def read(cls, path: Path) -> LoadedRun:
        """Read a run folder, or the ``run.json`` in it.

        Raises:
            DataError: a file of the run is missing or damaged.
        """
        folder = path if path.is_dir() else path.parent
        run, cases = read_run(path), read_cases(folder)
        return cls(folder, run, cases, build_matrix(run, cases))


def render_reports(path: Path, formats: Sequence[str] = tuple(REPORT_FILES)) -> list[Path]:
    """Write the reports of a run into its folder.

    Args:
        path: the run folder, or the ``run.json`` in it.
        formats: keys of ``REPORT_FILES``.

    Returns:
        The files written, in the order of ``formats``.

    Raises:
        UsageError: an unknown format, or a folder that cannot be written.
        DataError: a file of the run is missing or damaged.
    """
    unknown = [name for name in formats if name not in REPORT_FILES]
    if unknown or not formats:
        raise UsageError(
            f"report format {', '.join(unknown) or 'nothing'!r} is unknown; "
            f"allowed: {', '.join(REPORT_FILES)}"
        )
    loaded = LoadedRun.read(path)
    written = []
    for name in formats:
        file = loaded.folder / REPORT_FILES[name]
        try:
            file.write_text(_render(loaded, name), encoding="utf-8", newline="\n")
        except OSError as error:
            raise UsageError(f"{file} cannot be written: {error.strerror or error}") from error
        written.append(file)
    return written


def _render(loaded: LoadedRun, name: str) -> str:
    from hairopt.report.html import render_html
    from hairopt.report.markdown import render_markdown

    if name == "csv":
        return matrix_csv(loaded.matrix)
    if name == "md":
        return render_markdown(loaded.run, loaded.matrix)
    timings = read_timings(loaded.folder)
    return render_html(loaded.run, loaded.cases, loaded.matrix, loaded.folder, timings)
