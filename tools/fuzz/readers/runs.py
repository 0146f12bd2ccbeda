"""Run folders and stored baselines, read and shown."""

from __future__ import annotations

import zlib
from pathlib import Path

from tools.fuzz.mutators.parquet import parquet
from tools.fuzz.mutators.text import json_text
from tools.fuzz.reader import CORPUS, JSON_CODE, Reader

_PAGE_OF = 8
"""The page of a run takes ten times as long as the rest: one input in so many is rendered."""


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
    from hairopt.report.run.charts import run_charts

    (folder / "timings.parquet").write_bytes(data)
    run = read_run(folder)
    without: dict[str, object] = {"latency_ms": {}, "startup_ms": None}
    bare = {name: one.model_copy(update=without) for name, one in run.variants.items()}
    run_charts(run.model_copy(update={"variants": bare}), read_timings(folder))


def _show(file: Path, data: bytes) -> None:
    """As ``report`` and ``compare`` do: one side of a comparison, matrix and page."""
    from hairopt.errors import HairoptError
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
    _render(folder, "md,csv")
    if zlib.crc32(data) % _PAGE_OF == 0:
        _render(folder, "html")
    _history(folder)


def _render(folder: Path, formats: str) -> None:
    from hairopt.report.render import render_reports

    render_reports(folder, formats.split(","))


def _history(folder: Path) -> None:
    from hairopt.report.render import render_history

    render_history([folder, folder], folder, ["md", "csv"])


def _read_baseline(data: bytes, folder: Path) -> None:
    """As ``baseline show`` and ``compare`` do."""
    from hairopt.gate.compare import compare
    from hairopt.gate.limits import GateLimits
    from hairopt.gate.snapshot import means, read_snapshot
    from hairopt.report.baseline import baseline_view

    file = folder / "release.json"
    file.write_bytes(data)
    found = read_snapshot(file)
    means(found)
    baseline_view(found)
    found.to_json()
    compare(found, found, GateLimits())


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
