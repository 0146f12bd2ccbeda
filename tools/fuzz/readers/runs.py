"""Run folders and stored baselines, read and shown."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path

from hairopt.errors import HairoptError
from tools.fuzz.mutators.parquet import parquet
from tools.fuzz.mutators.text import json_text
from tools.fuzz.reader import CORPUS, JSON_CODE, Reader


def _prepare(folder: Path) -> None:
    for name, source in (
        ("run.json", "run-json/plain.json"),
        ("cases.parquet", "cases-parquet/plain.parquet"),
        ("timings.parquet", "timings-parquet/plain.parquet"),
    ):
        (folder / name).write_bytes((CORPUS / source).read_bytes())


def _read_run(data: bytes, folder: Path) -> None:
    _show(folder / "run.json", data)


def _read_cases(data: bytes, folder: Path) -> None:
    _show(folder / "cases.parquet", data)


def _read_timings(data: bytes, folder: Path) -> None:
    """As ``report`` does, with the one chart that is drawn from single times."""
    from hairopt.measure.run_store import read_run
    from hairopt.measure.run_tables import read_timings
    from hairopt.report.matrix import Matrix
    from hairopt.report.run.charts import run_charts

    (folder / "timings.parquet").write_bytes(data)
    run = read_run(folder)
    without: dict[str, object] = {"latency_ms": {}, "startup_ms": None}
    bare = {name: one.model_copy(update=without) for name, one in run.variants.items()}
    untimed = run.model_copy(update={"variants": bare})
    run_charts(untimed, Matrix((), (), None), read_timings(folder))


def _show(file: Path, data: bytes) -> None:
    """As ``report`` and ``compare`` do: one side of a comparison, matrix and page."""
    from hairopt.gate.snapshot import snapshot_of_run
    from hairopt.report.render import LoadedRun

    file.write_bytes(data)
    folder = file.parent
    loaded = LoadedRun.read(folder)
    for name in loaded.run.variants:
        try:
            snapshot_of_run(folder, name)
        except HairoptError:
            continue
    shown = _SHOWN[zlib.crc32(data) % len(_SHOWN)]
    shown(folder)


def _print_run(folder: Path) -> None:
    from hairopt.cli.run_view import show_run

    with _terminal(), suppress(HairoptError):  # a run of which something failed ends in an error
        show_run(folder, as_json=False)


@contextmanager
def _terminal() -> Iterator[None]:
    """What is printed meanwhile is encoded and thrown away."""
    with redirect_stdout(io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="strict")):
        yield


def _render(folder: Path) -> None:
    from hairopt.report.render import render_reports

    render_reports(folder, ["md", "csv"])


def _render_page(folder: Path) -> None:
    from hairopt.report.render import render_reports

    render_reports(folder, ["html"])


def _history(folder: Path) -> None:
    from hairopt.report.render import render_history

    render_history([folder, folder], folder, ["md", "csv", "html"])


_SHOWN = (_render, _print_run, _history, _render, _print_run, _render_page)
"""Each input is shown in one way, which its bytes decide: together they take too long."""


def _read_baseline(data: bytes, folder: Path) -> None:
    """As ``baseline show`` and ``compare`` do, in every format."""
    from hairopt.cli.console import print_json, stdout_console
    from hairopt.gate.compare import compare
    from hairopt.gate.limits import GateLimits
    from hairopt.gate.snapshot import means, read_snapshot
    from hairopt.report.baseline import baseline_view
    from hairopt.report.comparison.html import comparison_html
    from hairopt.report.comparison.render import comparison_text
    from hairopt.report.comparison.terminal import comparison_view

    file = folder / "release.json"
    file.write_bytes(data)
    found = read_snapshot(file)
    means(found)
    with _terminal():
        console = stdout_console()
        for part in baseline_view(found):
            console.print(part)
        print_json(found.to_json())
        comparison = compare(found, found, GateLimits())
        for part in comparison_view(comparison):
            console.print(part)
        for name in ("json", "markdown", "junit", "github"):
            comparison_text(comparison, name)
        comparison_html(comparison, "hairopt compare")


_RUN = "hairopt.measure.run_store:read_run"
_TABLES = "hairopt.measure.run_tables"
_SIDE = (
    "hairopt.gate.snapshot:CaseScores,Snapshot,read_snapshot,parse_snapshot,snapshot_of_run,"
    "snapshot,means,_cases,_tags,_score,_chosen"
)

RUN_JSON = Reader(
    "run-json",
    _read_run,
    json_text,
    (_RUN, _SIDE, "hairopt.report.run.build_matrix", "hairopt.report.run.summary", *JSON_CODE),
    _prepare,
)
CASES_PARQUET = Reader("cases-parquet", _read_cases, parquet, (_TABLES, _SIDE), _prepare)
TIMINGS_PARQUET = Reader(
    "timings-parquet", _read_timings, parquet, (_TABLES, "hairopt.report.run.charts"), _prepare
)
BASELINE = Reader(
    "baseline",
    _read_baseline,
    json_text,
    (_SIDE, "hairopt.report.baseline", "hairopt.gate.comparable", *JSON_CODE),
)
