"""Whole searches with real pipelines: what is found, kept, resumed and admitted."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import pytest

from hairopt.errors import HairoptError, UsageError
from hairopt.gate.settings import find_settings
from hairopt.measure.run_store import read_run
from hairopt.optimize.optimize import optimize
from hairopt.optimize.plan_files import write_plan_files
from hairopt.report.plan.render import render_plan
from hairopt.variants.load import load_variant

from .conftest import knob

pytest.importorskip("optuna")

ENCODER = knob("encoder", "encode.format", "jpeg")
REGION = knob("region", "recolor.region", "hair")
SEGMENTER = knob("segmenter", "segment.method", "dies")


def run(request):
    told = []
    outcome = optimize(request, told.append)
    write_plan_files(outcome, request.space, request.out, request.dataset.path)
    return outcome, render_plan(outcome, request.out), told


@pytest.fixture
def found(asks):
    request = asks([ENCODER, REGION, SEGMENTER])
    return request, *run(request)


def test_a_search_from_start_to_plan_and_again(found):
    request, outcome, files, _ = found
    assert outcome.recommended
    chosen = outcome.chosen
    assert chosen.latency < 0.95
    assert chosen.is_feasible
    assert chosen.meets_target
    # The knob that kills its worker costs only its own candidates, and is named.
    dead = [one for one in outcome.screened if "segmenter" in one.changes]
    assert dead
    assert all(one.status == "failed" for one in dead)
    assert "exit status 3" in dead[0].error
    assert all("segmenter" not in option.changes for option in outcome.options)
    # Nothing is recommended that was not measured, beside the baseline, in the confirming run.
    measured = read_run(request.out / outcome.run)
    assert {o.name for o in outcome.options} < set(measured.variants)
    assert measured.variants[chosen.name].latency_ratio.median == chosen.latency
    assert measured.protocol.baseline == request.baseline.name
    assert "floor" in measured.variants
    assert outcome.floor.cpu_ms < outcome.baseline.cpu_ms
    # The plan's files run as they are.
    recommended = load_variant(str(request.out / "plan" / "recommended.toml"))
    ran = measured.variants[chosen.name].spec
    assert recommended.model_dump(mode="json", exclude={"name", "summary"}) == {
        key: value for key, value in ran.items() if key not in ("name", "summary")
    }
    settings = find_settings(request.out / "plan")
    assert settings.limits.min_retention == 0.5
    assert settings.dataset.resolve() == request.dataset.path.resolve()
    for file in files[:2]:
        text = file.read_text()
        titles = ["Current state", "Problem statement", "Options", "Recommendation",
                  "Implementation", "Monitoring"]  # fmt: skip
        places = [text.index(f"## {t}" if file.suffix == ".md" else f">{t}</h2>") for t in titles]
        assert places == sorted(places)
        assert any(said in text for said in ("times faster than baseline", "not proven"))
    # The same question again measures nothing again.
    before = {path: path.stat().st_mtime_ns for path in request.out.rglob("run.json")}
    again, _, told = run(request)
    assert {path: path.stat().st_mtime_ns for path in request.out.rglob("run.json")} == before
    assert again.options == outcome.options
    # All that is said again is what is wrong with the dataset, as the plan does.
    assert told == ['warning: No licence is stated; add a line licence = "..." to dataset.toml.']
    assert [f"warning: {doubt}" for doubt in again.dataset_warnings] == told
    # Another question in the same folder is refused.
    with pytest.raises(UsageError, match="--out"):
        optimize(replace(request, seed=5), print)


def test_a_budget_that_ends_in_the_first_run_establishes_nothing_and_says_so(asks):
    # A real second may be enough for a fast machine.
    clock = itertools.count(0.0, 0.25)
    outcome, files, told = run(asks([ENCODER], budget_s=1.0, now=clock.__next__))
    assert any(line.startswith("screening") for line in told)
    assert outcome.ending == "nothing"
    assert outcome.recommended is None
    assert any("budget" in note for note in outcome.notes)
    assert "nothing was measured" in files[0].read_text()


def test_what_was_measured_survives_an_interruption(asks):
    request = asks([ENCODER, REGION])

    def interrupt(line):
        if line.startswith("confirming"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match=r"^3 measured candidates are kept in .*out, and"):
        optimize(request, interrupt)
    outcome, _, told = run(request)
    assert not any("(alone)" in line for line in told)
    assert outcome.recommended


def test_a_disk_that_fills_stops_the_search_and_not_the_plan(asks, monkeypatch):
    import shutil
    from types import SimpleNamespace

    request = asks([ENCODER, REGION])
    usage = shutil.disk_usage

    def fills(path):
        full = any(request.out.glob("screening/[0-9]*"))
        return SimpleNamespace(free=2**20) if full else usage(path)

    monkeypatch.setattr(shutil, "disk_usage", fills)
    outcome, files, _ = run(request)
    assert [one.status for one in outcome.screened] == ["ok", "ok"]
    assert outcome.recommended is None
    assert "Only 1 MB are free" in files[0].read_text()


def test_a_target_out_of_reach_is_answered_with_arithmetic(asks):
    outcome, files, _ = run(asks([ENCODER], target="p50<0.01ms"))
    assert outcome.recommended is None
    assert outcome.options[0].meets_target is False
    text = files[0].read_text()
    assert "The target cannot be met here" in text
    for way in ("More threads", "Another CPU class", "More workers: they do not shorten a request"):
        assert way in text
    assert "three" not in text
    assert "Six" in text or "3 photos" in text


def test_a_baseline_that_fails_is_an_error_that_names_it(asks):
    request = asks([ENCODER])
    segment = request.baseline.segment.model_copy(update={"method": "dies"})
    broken = request.baseline.model_copy(update={"segment": segment})
    with pytest.raises(HairoptError, match="baseline cannot be measured"):
        optimize(replace(request, baseline=broken), print)


def test_the_budget_is_kept_on_a_clock_that_jumps(asks):
    ticks = itertools.count(step=50)
    request = asks([ENCODER, REGION], budget_s=40.0, now=lambda: float(next(ticks)))
    outcome, _, _ = run(request)
    assert outcome.ending == "nothing"
    assert json.loads((request.out / "plan.json").read_text())["schema"] == "hairopt.plan/1"
