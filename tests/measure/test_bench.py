from __future__ import annotations

import json
from dataclasses import replace

import pytest

from hairopt.measure.bench import run_bench
from hairopt.measure.plan import BenchPlan
from hairopt.measure.progress import PHASES
from hairopt.measure.run_store import FIXED_COLUMNS, read_run
from hairopt.measure.run_tables import read_cases, read_timings
from hairopt.types import STAGES, Shade
from hairopt.variants.schema import EncodeSpec, Variant
from tests.measure.watching import Recorder, assert_equal_means


def reject_constant(name):
    raise ValueError(name)


@pytest.fixture(scope="module")
def starter_run(starter, tmp_path_factory):
    """Two real variants over two photos of the starter dataset, measured once."""
    dataset = replace(starter, cases=tuple(c for c in starter.cases if c.change is None))
    out = tmp_path_factory.mktemp("reports")
    plan = BenchPlan(
        variants=(
            Variant(name="png", encode=EncodeSpec(format="png")),
            Variant(name="jpeg"),
        ),
        dataset=dataset,
        out=out,
        shades=(Shade.parse("violet"), Shade.parse("blond")),
        intensities=(30.0, 80.0),
        rounds=6,
        warmup=1,
    )
    recorder = Recorder()
    run = run_bench(plan, recorder, lambda folder: (folder / "report.md").write_text("x") and None)
    return plan, run, recorder


def test_the_run_folder_holds_what_the_contract_says(starter_run):
    plan, run, _ = starter_run
    folder = plan.out / run.id
    assert [path.name for path in plan.out.iterdir()] == [run.id]
    assert {path.name for path in folder.iterdir()} == {
        "run.json",
        "cases.parquet",
        "timings.parquet",
        "images",
        "report.md",
    }
    assert read_run(folder) == run
    content = json.loads((folder / "run.json").read_text(), parse_constant=reject_constant)
    assert content["schema"] == "hairopt.run/1"
    assert content["protocol"]["shades"] == ["#7b2d8b", "#d8b27a"]
    assert content["protocol"]["isolation"] == "process"
    assert content["dataset"]["n_cases"] == 2
    assert content["dataset"]["bad_cases"] == []


def test_the_hair_changes_more_with_more_intensity(starter_run):
    plan, run, _ = starter_run
    cases = read_cases(plan.out / run.id)
    by_intensity = cases.groupby(["variant", "case", "shade", "intensity"])["hair_change_de76"]
    change = by_intensity.first().unstack("intensity").xs("astronaut", level="case")
    assert (change[30.0] > 1).all()
    assert (change[80.0] > 1.5 * change[30.0]).all()


def test_every_time_that_was_taken_is_kept(starter_run):
    plan, run, _ = starter_run
    times = read_timings(plan.out / run.id)
    after_pause = read_timings(plan.out / run.id, "after a pause")
    assert times is not None
    assert after_pause is not None
    for of_variant in (times[times["variant"] == name] for name in run.variants):
        assert of_variant["round"].tolist() == [0, 1, 2, 3, 4, 5]
        assert of_variant["start"].tolist() == [0, 0, 0, 1, 1, 1]
        assert of_variant["turn"].tolist() == [0, 0, 0, 1, 1, 1]
    assert after_pause.groupby("variant")["start"].apply(list).tolist() == [[0, 1], [0, 1]]
    assert run.protocol.starts == 2
    assert run.protocol.pause_s == 0.2
    assert run.protocol.stopped == "rounds"
    for name, result in run.variants.items():
        of_variant = times[times["variant"] == name]
        assert of_variant["total_ms"].median() == pytest.approx(result.latency_ms["total"].p50)
        assert of_variant["segment_ms"].mean() == pytest.approx(result.latency_ms["segment"].mean)
        assert of_variant["cpu_ms"].mean() == pytest.approx(result.cpu_ms)
        rested = after_pause[after_pause["variant"] == name]["total_ms"]
        assert rested.median() == pytest.approx(result.latency_after_pause_ms["total"].p50)
    asked = times.groupby("round")[["case", "shade", "intensity"]].nunique()
    assert (asked == 1).all(axis=None)


def test_every_number_of_a_variant_is_there(starter_run):
    _, run, _ = starter_run
    for result in run.variants.values():
        assert (result.status, result.error) == ("ok", None)
        assert result.model is not None
        assert result.model.name == "hairnet"
        assert len(result.model.sha256) == 64
        assert set(result.latency_ms) == set(result.latency_after_pause_ms) == {*STAGES, "total"}
        total = result.latency_ms["total"]
        assert (total.n, total.starts, total.p95, total.p99) == (6, 2, None, None)
        stages = sum(result.latency_ms[stage].mean for stage in STAGES)
        assert stages == pytest.approx(total.mean, rel=0.1)
        assert result.throughput_ips == pytest.approx(1000 / total.mean)
        startup, memory = result.startup_ms, result.memory_mb
        assert startup is not None
        assert (startup.n, memory.n) == (2, 2)
        assert min(startup.import_, startup.load, startup.first) > 0
        assert memory is not None
        assert memory.peak_rss >= memory.after_load > 50
        assert memory.per_request <= memory.peak_rss - memory.after_load + 1
        assert memory.between_requests is not None
        assert memory.peak_rss >= memory.between_requests > 50
        assert result.cpu_ms is not None
        assert result.cpu_ms > 0


def test_quality_is_of_two_cases_and_plausible(starter_run):
    _, run, _ = starter_run
    for result in run.variants.values():
        iou = result.quality["iou"]
        assert (iou.n, iou.n_undefined, iou.higher_is_better) == (2, 0, True)
        assert iou.mean is not None
        assert 0.3 < iou.mean <= 1
    png, jpeg = run.variants["png"], run.variants["jpeg"]
    assert png.quality["iou"].mean == jpeg.quality["iou"].mean
    assert png.output_bytes > 3 * jpeg.output_bytes
    assert png.quality["color_de00"].mean != jpeg.quality["color_de00"].mean
    assert png.latency_ratio is None
    assert jpeg.latency_ratio is not None
    assert (jpeg.latency_ratio.n, jpeg.latency_ratio.starts) == (6, 2)
    assert (jpeg.memory_ratio.n, jpeg.memory_ratio.starts) == (2, 2)
    assert jpeg.latency_after_pause_ratio.n == 2
    assert not any(one.change.is_proven for one in (jpeg.latency_ratio, jpeg.cpu_ratio))
    assert png.retention is not None
    assert png.retention.value == 1
    assert set(jpeg.slices["shade"]) == {"violet", "blond"}
    assert set(jpeg.slices["intensity"]) == {"30", "80"}
    assert sum(value["iou"].n for value in jpeg.slices["hair_lightness"].values()) == 2


def test_the_table_has_a_row_per_answer_and_the_json_its_means(starter_run):
    plan, run, _ = starter_run
    cases = read_cases(plan.out / run.id)
    assert len(cases) == 2 * 2 * 2 * 2
    assert tuple(cases.columns[: len(FIXED_COLUMNS)]) == FIXED_COLUMNS
    assert {tag for case in plan.dataset.cases for tag in case.tags} <= set(cases.columns)
    for name, result in run.variants.items():
        rows = cases[cases["variant"] == name]
        for metric, summary in result.quality.items():
            means = rows.groupby("case")[metric].mean().dropna()
            assert summary.n == len(means)
            if summary.n:
                assert summary.mean == pytest.approx(means.mean())
                assert summary.median == pytest.approx(means.median())
        assert result.output_bytes == pytest.approx(rows["output_bytes"].mean())
    for folder in cases["images"].unique():
        names = {path.name for path in (plan.out / run.id / folder).iterdir()}
        pictures = {"photo.jpg", "truth.png", "png.png", "png.jpg", "jpeg.png", "jpeg.jpg"}
        assert names == {*pictures, "intent"}


def test_progress_goes_through_all_phases_to_their_ends(starter_run):
    _, _, recorder = starter_run
    assert list(dict.fromkeys(phase for phase, _, _ in recorder.seen)) == list(PHASES)
    for phase in PHASES:
        steps = [(done, total) for name, done, total in recorder.seen if name == phase]
        done = [done for done, _ in steps]
        assert done == sorted(done)
        assert (done[0], done[-1]) == (0, steps[-1][1])


def test_quality_is_the_same_again(starter_run, tmp_path):
    from dataclasses import replace

    plan, run, _ = starter_run
    again = run_bench(replace(plan, out=tmp_path, rounds=1, warmup=0))
    assert again.id != run.id
    for name, result in run.variants.items():
        assert_equal_means(again.variants[name], result)
