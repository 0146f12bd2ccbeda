from __future__ import annotations

import json
import math
import re
import shutil
from collections import namedtuple
from datetime import datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from hairopt.errors import DataError, UsageError
from hairopt.files.whole_file import write_whole
from hairopt.measure.run_model import Environment, MetricSummary, Run, Startup, VariantResult
from hairopt.measure.run_store import (
    free_run_id,
    new_run_id,
    read_run,
    require_free_name,
    scratch,
    write_run,
)
from hairopt.measure.run_tables import read_cases
from tests.killed import every_kill, needs_fork

NOW = datetime(2026, 1, 31, 23, 59, 59, tzinfo=timezone.utc)


def make_run(run_id="20260131T235959Z-000000"):
    return Run(
        id=run_id,
        created_utc="2026-01-31T23:59:59Z",
        hairopt_version="0",
        git_commit=None,
        command="hairopt bench",
        environment=Environment(
            cpu_model="a",
            isa=["avx2"],
            physical_cores=1,
            logical_cores=2,
            os="Linux",
            python="3.11",
            packages={},
            threads=1,
            load_average=None,
            warnings=[],
        ),
        dataset={"name": "d", "path": "d", "fingerprint": "f", "n_cases": 1, "licence": ""},
        protocol={"seed": 0, "warmup": 1, "rounds": 1, "shades": ["#7b2d8b"], "intensities": [70]},
        variants={
            "a": VariantResult(
                status="ok",
                error=None,
                spec={},
                startup_ms=Startup(import_=1.0, load=2.0, first=3.0),
            )
        },
    )


def rows():
    fixed = {"variant": "a", "case": "x", "source": "x", "shade": "#7b2d8b", "intensity": 70.0}
    return [{**fixed, "hair_type": "curly", "iou": 0.5, "bleed": None}]


def test_a_run_comes_back_as_it_was_written(tmp_path):
    run = make_run()
    folder = write_run(run, rows(), tmp_path)
    assert folder == tmp_path / run.id
    assert read_run(folder) == read_run(folder / "run.json") == run
    content = json.loads((folder / "run.json").read_text())
    assert content["schema"] == "hairopt.run/1"
    assert content["variants"]["a"]["startup_ms"] == {
        "import": 1.0,
        "load": 2.0,
        "first": 3.0,
        "n": 1,
    }
    cases = read_cases(folder)
    assert cases.loc[0, "iou"] == 0.5
    assert cases["bleed"].isna().all()


def test_reports_are_rendered_before_the_folder_gets_its_name(tmp_path):
    seen = []

    def render(folder):
        seen.append((folder.name, sorted(path.name for path in folder.iterdir())))
        (folder / "report.md").write_text("report")

    folder = write_run(make_run(), rows(), tmp_path, render)
    assert seen[0][0] != folder.name
    assert seen[0][1] == ["cases.parquet", "images", "run.json"]
    assert (folder / "report.md").read_text() == "report"
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


def test_a_failing_report_does_not_lose_the_measurement(tmp_path):
    def render(folder):
        raise RuntimeError("no chart today")

    with pytest.raises(RuntimeError, match="no chart"):
        write_run(make_run(), rows(), tmp_path, render)
    assert read_run(tmp_path / make_run().id) == make_run()


def interrupt(*_):
    raise KeyboardInterrupt


def test_an_interrupted_report_does_not_lose_the_measurement_either(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        write_run(make_run(), rows(), tmp_path, interrupt)
    assert read_run(tmp_path / make_run().id) == make_run()
    assert [path.name for path in tmp_path.iterdir()] == [make_run().id]


def test_an_interruption_before_that_leaves_no_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("hairopt.measure.run_store._write_table", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_run(make_run(), rows(), tmp_path)
    assert list(tmp_path.iterdir()) == []


@needs_fork
def test_killed_at_every_step_a_run_that_was_measured_is_kept_and_said(tmp_path):
    images, out = tmp_path / "images", tmp_path / "out"
    images.mkdir()
    (images / "photo.jpg").write_bytes(b"photo")

    def write():
        with scratch(out) as folder:
            shutil.copytree(images, folder / "images")
            write_run(make_run(), rows(), out, render, folder / "images", timings=rows())

    def render(folder):
        write_whole(folder / "report.md", b"report")

    run, found, said = out / make_run().id, [], []
    for _ in every_kill(write, out):
        was_there = run.exists()
        told = []
        with scratch(out, told.append):
            pass
        assert told == ([run] if run.exists() and not was_there else [])
        said += told
        found.append(run.exists())
        if run.exists():
            assert read_run(run) == make_run()
            assert read_cases(run).loc[0, "iou"] == 0.5
            assert (run / "images" / "photo.jpg").read_bytes() == b"photo"
        assert [path.name for path in out.iterdir()] == [run.name] * run.exists()
        shutil.rmtree(run, ignore_errors=True)
    assert found == sorted(found)
    assert len(said) > 5


def test_a_run_is_on_the_disk_before_it_is_kept(tmp_path, steps):
    folder = write_run(make_run(), rows(), tmp_path)
    moved = steps.index(("rename", folder))
    assert {"run.json", "cases.parquet", "images"} <= {path.name for _, path in steps[:moved]}
    assert ("fsync", tmp_path) in steps[moved:]


def test_a_full_disk_while_writing_leaves_no_folder(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("hairopt.measure.run_store._write_table", full)
    with pytest.raises(UsageError, match="No space left on device"):
        write_run(make_run(), rows(), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_unwritable_folder_is_known_before_anything_is_measured(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"file.*--out"), scratch(tmp_path / "file"):
        raise AssertionError("measuring began")


def test_a_nearly_full_disk_is_known_before_anything_is_measured(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10, 10, 2**20))
    with pytest.raises(UsageError, match="Only 1 MB"), scratch(tmp_path):
        raise AssertionError("measuring began")
    assert list(tmp_path.iterdir()) == []


def test_run_ids_sort_by_time_and_are_unique():
    ids = [new_run_id(NOW + timedelta(seconds=s)) for s in range(3)]
    assert ids == sorted(ids)
    assert len({new_run_id(NOW) for _ in range(50)}) == 50


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_run_cannot_hold_what_is_no_number(value):
    with pytest.raises(ValidationError):
        MetricSummary(
            mean=value, ci95=None, median=0, p10=0, n=1, n_undefined=0, higher_is_better=True
        )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is no JSON"),
        ("[]", "schema null"),
        ('{"schema": "hairopt.run/9"}', "hairopt.run/9"),
        ('{"schema": "hairopt.run/1"}', "the keys id, created_utc, .* are missing"),
    ],
)
def test_what_is_no_run_is_refused_by_name(tmp_path, text, message):
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(DataError, match=message):
        read_run(tmp_path)


def test_a_missing_run_is_refused_by_name(tmp_path):
    with pytest.raises(DataError, match=r"run\.json cannot be read"):
        read_run(tmp_path)
    with pytest.raises(DataError, match=r"cases\.parquet cannot be read"):
        read_cases(tmp_path)


def test_what_a_later_version_adds_is_left_alone(tmp_path):
    folder = write_run(make_run(), rows(), tmp_path)
    content = json.loads((folder / "run.json").read_text())
    content["new_key"] = 1
    (folder / "run.json").write_text(json.dumps(content))
    assert read_run(folder) == make_run()


def test_a_run_with_a_name_is_called_so_and_never_written_over_another(tmp_path):
    require_free_name(tmp_path, "nightly")
    require_free_name(tmp_path, None)
    assert free_run_id(tmp_path, "nightly", NOW) == "nightly"
    assert re.fullmatch(r"20\d{6}T\d{6}Z-[0-9a-f]{6}", free_run_id(tmp_path, None, NOW))
    (tmp_path / "nightly").mkdir()
    (tmp_path / "dangling").symlink_to("nowhere")
    for name in ("nightly", "dangling"):
        with pytest.raises(UsageError, match=f"{name} exists.*--name"):
            require_free_name(tmp_path, name)
    # another process was quicker while this one measured: nothing is lost
    assert re.fullmatch(r"nightly-[0-9a-f]{6}", free_run_id(tmp_path, "nightly", NOW))
