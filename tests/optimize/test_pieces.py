"""The parts of a search that need no process: targets, budgets, subsets, fronts, arithmetic."""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from types import SimpleNamespace

import pytest

import hairopt
from hairopt.cost.prices import example_prices
from hairopt.datasets.case import Case
from hairopt.datasets.dataset import Dataset
from hairopt.errors import UsageError
from hairopt.models.add import add
from hairopt.models.store import find_model
from hairopt.optimize.arithmetic import fleet_for, tail_alarm, threads_for
from hairopt.optimize.budget import Budget, BudgetEndedError, Watched
from hairopt.optimize.confirm import plan_extent
from hairopt.optimize.knobs import RISKS, load_knobs, named_knobs
from hairopt.optimize.outcome import Numbers
from hairopt.optimize.screened import front, plain_error
from hairopt.optimize.screening import Pace
from hairopt.optimize.space import find_space, read_key
from hairopt.optimize.subset import CASES, kept_apart, stratified
from hairopt.optimize.target import Target
from hairopt.profile.cause import cause_of
from hairopt.profile.model import NetworkProfile
from hairopt.types import STAGES, Shade
from hairopt.variants.load import load_variant
from hairopt.variants.schema import Variant
from tests.report.made_up_run import make_run, variant

from .conftest import candidate, knob


@pytest.mark.parametrize(
    ("text", "quantity", "limit"),
    [
        ("p95<800ms", "p95", 800),
        ("p95 < 0.8 s", "p95", 800),
        ("P50<=12MS", "p50", 12),
        ("cpu<40ms", "cpu", 40),
        ("memory<1GB", "memory", 1000),
        ("cost<0.01", "cost", 0.01),
        ("output<0.2MB", "output", 200),
    ],
)
def test_targets_are_read_with_their_units(text, quantity, limit):
    target = Target.parse(text)
    assert (target.quantity, target.limit) == (quantity, pytest.approx(limit))


@pytest.mark.parametrize(
    ("text", "share"), [("cpu<20%", 0.2), ("p95 < -50 %", 0.5), ("memory<-10%", 0.9)]
)
def test_a_relative_target_is_a_share_of_the_baseline(text, share):
    target = Target.parse(text)
    assert target.is_relative
    assert target.limit == pytest.approx(share)
    base = make_run({"x": variant("x", 100, 0.80)}).variants["x"]
    value = target.value(base, example_prices())
    assert value
    assert target.limit_for(base, example_prices()) == pytest.approx(share * value)
    assert str(target).endswith(f"< {100 * share:g} % of the baseline's")


@pytest.mark.parametrize("text", ["cpu<100%", "cpu<250%", "p95<-100%", "p95<-0%", "p95<0%"])
def test_a_relative_target_has_to_be_below_the_baseline(text):
    with pytest.raises(UsageError, match="% of the baseline's; write a share"):
        Target.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "p95", "p95>8", "p95<-1s", "p95<0s", "p95<5MB", "cost<1s", "x<1",
        f"p95<{'9' * 400}s", "p95<\u0665s",
    ],
)  # fmt: skip
def test_what_is_no_target_is_refused_with_what_is_allowed(text):
    with pytest.raises(UsageError, match="allowed is"):
        Target.parse(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("p95<50", "p95<50ms or p95<50s"),
        ("CPU < 20", "cpu<20ms or cpu<20s"),
        ("memory<300", "memory<300MB or memory<300GB"),
        ("output<150", "output<150kB or output<150MB"),
    ],
)
def test_a_target_without_a_unit_is_asked_for_it(text, meant):
    with pytest.raises(UsageError, match=f"has no unit; write {meant}$"):
        Target.parse(text)


def test_a_watched_bench_ends_between_two_steps_and_never_while_it_writes():
    ticks = itertools.count()
    budget = Budget(10, lambda: float(next(ticks)))
    watched = Watched(budget, 5.0)
    watched.update("start", 0, 2)
    watched.update("write", 1, 1)
    next(itertools.islice(ticks, 5, None))
    with pytest.raises(BudgetEndedError):
        watched.update("time", 1, 2)


def test_phases_that_alternate_add_up_each_for_itself():
    now = [0.0]
    watched = Watched(Budget(1000, lambda: now[0]), 0.0)
    steps = [
        ("start", 0, 2, 5), ("start", 1, 2, 3), ("time", 0, 8, 1), ("time", 4, 8, 10),
        ("start", 2, 2, 4), ("time", 8, 8, 20), ("quality", 0, 1, 7), ("quality", 1, 1, 2),
    ]  # fmt: skip
    for phase, done, total, seconds in steps:
        now[0] += seconds
        watched.update(phase, done, total)
    assert watched.phase_s == {"start": 7, "time": 30, "quality": 2}


def dataset_of(tags_by_source):
    cases = tuple(
        Case(name=f"{source}-{i}", tags=tags, source=source, photo=None, mask=None, dyed={})
        for source, (count, tags) in tags_by_source.items()
        for i in range(count)
    )
    return Dataset("d", None, "d", "", "", cases)


def test_a_subset_covers_every_stratum_and_prefers_new_photos():
    kinds = ("curly", "straight", "wavy")
    whole = dataset_of({f"s{i}": (3, {"hair": kinds[i % 3]}) for i in range(12)})
    few = stratified(whole, 6, seed=0)
    assert len(few.cases) == 6
    assert [c.tags["hair"] for c in few.cases].count("curly") == 2
    assert len({c.source for c in few.cases}) == 6
    assert few == stratified(whole, 6, seed=0)
    assert stratified(whole, 99, seed=0) is whole


def test_photos_that_choose_do_not_confirm():
    whole = dataset_of({f"s{i}": (2, {"hair": "curly"}) for i in range(20)})
    chose = {case.source for case in stratified(whole, CASES, seed=3).cases}
    rest = kept_apart(whole, seed=3)
    assert {case.source for case in rest.cases} == {f"s{i}" for i in range(20)} - chose
    assert (len(rest.cases), rest.n_whole) == (24, 40)
    # Eleven photos are too few for an interval.
    few = dataset_of({f"s{i}": (1, {}) for i in range(19)})
    assert kept_apart(few, seed=3) is few


def test_every_knob_is_a_key_of_a_variant_and_valid_there():
    variant = load_variant("float32")
    for one in load_knobs():
        table, _, key = one.key.partition(".")
        read_key(variant, one.key)
        for value in one.settings:
            changed = variant.model_dump()
            changed[table][key] = value
            Variant.model_validate(changed, strict=True)
        assert one.risk in RISKS
        assert all(read_key(variant, k) is not None for k in one.only_when)
    with pytest.raises(UsageError, match="did you mean"):
        named_knobs(["encodr"])


def test_a_precision_that_the_runtime_lacks_brings_one_that_has_it():
    runtimes = knob("runtime", "segment.runtime", "mediapipe", "onnxruntime")
    models = knob("model", "segment.model", "mediapipe-hair", "hairnet")
    precision = knob("precision", "segment.precision", "float32", "float16")
    space = find_space(load_variant("baseline"), [runtimes, models, precision])
    settled = space.settle({"precision": "float16"})
    assert settled == {"runtime": "onnxruntime", "precision": "float16"}
    variant = space.variant(settled, "x")
    assert (variant.segment.runtime, variant.segment.precision) == ("onnxruntime", "float16")
    assert space.settle({"runtime": "mediapipe"}) == {}


def test_a_network_that_is_gone_is_left_out_with_the_way_it_came(tmp_path, monkeypatch):
    monkeypatch.setenv("HAIROPT_HOME", str(tmp_path))
    add(find_model("hairnet")[1], name="mine", input_values={})
    find_model("mine")[1].unlink()
    models = knob("model", "segment.model").model_copy(update={"values_from": "models"})
    left_out = find_space(load_variant("float32"), [models]).left_out
    assert "model mine is not here (fix: hairopt models add FILE --name mine)" in left_out
    pull = "model mediapipe-hair is not here (fix: hairopt models pull mediapipe-hair)"
    assert pull in left_out


def test_a_precision_is_tried_in_every_runtime_that_may_have_it():
    runtimes = knob("runtime", "segment.runtime", "mediapipe", "litert", "onnxruntime")
    precision = knob("precision", "segment.precision", "float32", "int8", "float16")
    space = find_space(load_variant("baseline"), [runtimes, precision])
    tried = [one for one in space.singles() if "precision" in one]
    assert tried == [
        {"precision": "int8"},
        {"runtime": "litert", "precision": "int8"},
        {"runtime": "onnxruntime", "precision": "int8"},
        {"runtime": "onnxruntime", "precision": "float16"},
    ]


def test_a_knob_without_effect_is_put_back():
    quality = next(k for k in load_knobs() if k.name == "quality")
    encoder = knob("encoder", "encode.format", "jpeg", "webp")
    space = find_space(load_variant("baseline"), [encoder, quality])
    assert space.settle({"quality": 95}) == {}
    assert space.settle({"quality": 95, "encoder": "jpeg"}) == {"encoder": "jpeg", "quality": 95}
    assert {"encoder": "jpeg", "quality": 95} in space.singles()


def test_a_condition_that_always_holds_is_not_searched():
    when = next(k for k in load_knobs() if k.name == "conditional postprocess")
    base = load_variant("baseline")
    assert find_space(base, [when], [70.0]).dimensions == ()
    assert "it has no effect" in find_space(base, [when], [70.0]).left_out[0]
    assert find_space(base, [when], [20.0, 70.0]).dimensions[0].values == (
        "always", "intensity >= 30",
    )  # fmt: skip


def test_the_front_holds_what_nothing_beats_everywhere():
    fast, good = candidate({"a": 1}, 0.3, 0.9), candidate({"b": 1}, 0.6, 1.0)
    beaten = candidate({"c": 1}, 0.7, 0.95)
    assert front([fast, good, beaten]) == [fast, good]


def test_the_goal_cpu_looks_at_cpu():
    one = candidate({"a": 1}, 0.5).model_copy(update={"cpu": 0.8})
    assert (one.spends("cpu"), one.spends("latency")) == (0.8, 0.5)
    assert one.saves_surely("cpu", 0.1)
    assert not one.saves_surely("cpu", 0.3)


def test_no_saving_of_time_is_sure_that_two_starts_of_one_program_may_differ_by():
    one = candidate({"a": 1}, 0.95).model_copy(update={"cpu": 0.94, "cost": 0.95, "memory": 0.95})
    assert not one.saves_surely("latency", 0.01)
    assert one.saves_surely("cpu", 0.01)
    assert one.saves_surely("cost", 0.01)
    assert one.saves_surely("memory", 0.01)


def test_errors_name_files_and_no_folders_of_this_machine(tmp_path, monkeypatch):
    monkeypatch.setenv("HAIROPT_HOME", str(tmp_path / "my home"))
    file = tmp_path / "my home" / "forms" / "x.onnx"
    package = Path(hairopt.__file__).parent / "models" / "bundled" / "hairnet.tflite"
    assert plain_error(f"{file}: no output") == f"{Path('forms/x.onnx')}: no output"
    assert plain_error(f"at {package}") == f"at {Path('hairopt/models/bundled/hairnet.tflite')}"
    assert plain_error("a / b") == "a / b"
    assert plain_error(None) is None


def test_infeasible_ones_are_ranked_by_how_far_they_miss():
    near, far = candidate({"a": 1}, 0.5, 0.93), candidate({"b": 1}, 0.5, 0.5)
    assert 0 < near.miss(0.95) < far.miss(0.95)
    assert candidate({"c": 1}, 0.5, 0.95).miss(0.95) == 0


def numbers(**changes):
    stages = {"segment": 60.0, "decode": 10.0, "recolor": 10.0, "postprocess": 10.0, "encode": 10.0}
    known = {
        "p50_ms": 100.0, "p95_ms": 120.0, "mean_ms": 100.0, "mean_ci95_ms": (98.0, 102.0),
        "n_requests": 100, "stage_ms": stages, "cpu_ms": 90.0, "peak_mb": 200.0,
        "output_kb": 100.0, "startup_ms": 900.0, "first_ms": 100.0, "cost_per_1000": 1.0,
        "cost_per_month": 300.0, "cost_parts": {"cpu": 1.0}, "quality": {},
    }  # fmt: skip
    return Numbers(**{**known, **changes})


def test_threads_by_amdahl_on_paper():
    # 40 ms that stay and 60 that share: 60 / 2 + 40 = 70.
    assert threads_for(numbers(), 100.0, 70.0).threads == 2
    assert threads_for(numbers(), 100.0, 69.0).threads == 3
    assert threads_for(numbers(), 100.0, 40.0).threads is None


def test_a_fleet_on_paper():
    # 8.64 million a day are 100 a second, 400 at the peak, 40 busy workers, 58 at 70 %.
    fleet = fleet_for(numbers(), 8_640_000)
    assert (fleet.mean_per_s, fleet.peak_per_s, fleet.workers) == (100, 400, math.ceil(40 / 0.7))


def test_the_tail_alarm_tightens_with_what_is_known_and_never_below_the_share():
    assert 0.05 < tail_alarm(10_000, 5000) < tail_alarm(500, 500) < tail_alarm(100, 500) < 0.25


def network(inference_ms):
    return NetworkProfile(prepare_ms=1.0, read_ms=1.0, inference_ms=inference_ms)


@pytest.mark.parametrize(
    ("stage", "times", "cause"),
    [
        ("segment", {"least_ms": 9, "warm_ms": 10, "cpu_ms": 10, "copy_ms": 1}, "inference"),
        ("decode", {"least_ms": 9, "warm_ms": 10, "cpu_ms": 2, "copy_ms": 1}, "waiting"),
        ("recolor", {"least_ms": 3, "warm_ms": 4, "cpu_ms": 4, "copy_ms": 1}, "data movement"),
        ("encode", {"least_ms": 90, "warm_ms": 95, "cpu_ms": 95, "copy_ms": 1}, "algorithm"),
    ],
)
def test_causes_follow_the_stated_rules(stage, times, cause):
    assert cause_of(stage, network=network(6.0), **times)[0] == cause


def test_a_confirmation_gives_up_the_least_important_first():
    request = SimpleNamespace(
        target=Target.parse("p95<800ms"),
        confirmation=dataset_of({f"s{i}": (1, {}) for i in range(16)}),
        shades=(Shade.parse("violet"), Shade.parse("blond")), intensities=(70.0,), seed=0,
    )  # fmt: skip
    pace = Pace(start_s=1.0, answer_s=0.5, request_s=0.1)
    wanted = [{"a": i} for i in range(5)]
    whole = plan_extent(wanted, request, pace, 1000.0)
    assert (len(whole.finalists), len(whole.dataset.cases), len(whole.shades)) == (5, 16, 2)
    fewer = plan_extent(wanted, request, pace, 230.0)
    assert (len(fewer.finalists), len(fewer.dataset.cases), len(fewer.shades)) == (3, 16, 2)
    few = plan_extent(wanted, request, pace, 50.0)
    assert (len(few.finalists), few.rounds) == (1, 20)
    least = plan_extent(wanted, request, pace, 25.0)
    assert (len(least.finalists), least.rounds) == (1, 6)
    assert plan_extent(wanted, request, pace, 2.0) is None


def test_stage_names_are_those_of_the_pipeline():
    assert set(numbers().stage_ms) == set(STAGES)
