"""What a run says of the steps of a cascade."""

import pytest

from hairopt.measure.bench import run_bench
from hairopt.measure.lane import Lane, Start, Timed
from hairopt.measure.messages import Loaded, Peaks, Timing
from hairopt.measure.plan import BenchPlan
from hairopt.measure.run_model import Startup
from hairopt.measure.run_store import read_run
from hairopt.measure.step_results import step_notes, step_results
from hairopt.stages.cascade import StepAnswer
from hairopt.types import Shade
from hairopt.variants.schema import SegmentSpec, StepSpec, Variant

NAN = float("nan")
SHADE = Shade.parse("violet")


def _variant(*steps):
    first = StepSpec(model="hairnet")
    return Variant(name="two", segment=SegmentSpec(method="cascade", steps=(first, *steps)))


def _lane(asked, timed=(), when="softness > 0.15"):
    """A lane of two steps; ``asked`` is case -> answers, ``timed`` the answers of requests."""
    lane = Lane(_variant(StepSpec(model="hairnet", mirror=True, when=when)))
    lane.steps_asked = dict(asked)
    for number, (total_ms, steps) in enumerate(timed):
        timing = Timing(total_ms, total_ms, {"segment": total_ms}, steps)
        lane.timed.append(Timed("back to back", 1, 1, number, "a", SHADE, 70, timing))
    return lane


CHEAP = (StepAnswer(0, 0.1, ms=4.0),)
DEAR = (StepAnswer(0, 0.3, ms=5.0), StepAnswer(1, 0.2, ms=9.0))
FAILED = (StepAnswer(0, 0.3), StepAnswer(1, NAN, "ValueError: too large"))


def test_shares_are_of_source_photos_and_times_of_the_requests_that_asked():
    lane = _lane({"a": CHEAP, "b": DEAR, "b2": DEAR}, [(10, CHEAP), (12, CHEAP), (30, DEAR)])
    first, second = step_results(lane, {"a": "a", "b": "b", "b2": "b"})
    assert (first.asked_share, second.asked_share) == (1, 0.5)
    assert (first.last_share, second.last_share) == (0.5, 0.5)
    assert (first.latency_ms.n, second.latency_ms.n) == (3, 1)
    assert second.latency_ms.p50 == 9
    assert first.request_ms.p50 == 11
    assert second.request_ms.p50 == 30
    assert second.timed_share == pytest.approx(1 / 3)


def test_cases_that_were_not_scored_do_not_count():
    lane = _lane({"a": CHEAP, "bad": DEAR})
    _, second = step_results(lane, {"a": "a"})
    assert (second.asked_share, second.n) == (0, 1)


def test_memory_is_the_median_of_the_starts():
    lane = _lane({"a": CHEAP})
    for number, grown in enumerate((10.0, 30.0, 20.0)):
        peaks = Peaks(1, 1, 1, {0: grown})
        startup = Startup(import_=1, load=1, first=1)
        lane.starts[number] = Start(startup, Loaded(1, 1, 1, None), peaks)
    first, second = step_results(lane, {"a": "a"})
    assert (first.memory_mb, second.memory_mb) == (20, None)


def _notes(asked, when="softness > 0.15"):
    lane = _lane(asked, when=when)
    return step_notes(lane, step_results(lane, {name: name for name in asked}))


def test_a_condition_that_no_photo_meets_is_said():
    (note,) = _notes({"a": CHEAP, "b": CHEAP})
    assert "asked for no photo: softness > 0.15 held for none of 2 photos" in note


def test_a_condition_that_every_photo_meets_is_said_but_not_of_a_step_without_one():
    (note,) = _notes({"a": DEAR})
    assert "asked for every photo: softness > 0.15 held for all 1 photo" in note
    assert _notes({"a": DEAR}, when="always") == []


def test_failures_are_counted_and_named():
    lane = _lane({"a": CHEAP, "b": FAILED})
    steps = step_results(lane, {"a": "a", "b": "b"})
    assert [(one.name, one.reason) for one in steps[1].failed_cases] == [
        ("b", "ValueError: too large")
    ]
    (note,) = step_notes(lane, steps)
    assert "failed on 1 of 2 photos, which have the answer of the other steps (b: Value" in note


def test_photos_without_hair_are_said():
    nothing = (StepAnswer(0, NAN), StepAnswer(1, 0.2))
    (note,) = _notes({"a": CHEAP, "b": nothing})
    assert "found no hair at all in 1 photo; that is no certainty" in note


def test_a_variant_without_steps_has_none():
    assert step_results(Lane(Variant(name="one")), {}) == []


def test_a_bench_tells_steps_models_shares_and_what_is_unavailable(
    tmp_path, small_dataset, own_home
):
    mirrored = StepSpec(model="hairnet", mirror=True, when="softness > 0", choose="weighted")
    never = StepSpec(model="hairnet", input_size=224, when="softness >= 99.9999%")
    absent = _variant(StepSpec(model="mediapipe-hair")).model_copy(update={"name": "absent"})
    plan = BenchPlan(
        variants=(_variant(mirrored, never), absent), dataset=small_dataset, out=tmp_path, rounds=2
    )
    run = read_run(tmp_path / run_bench(plan).id)
    found = run.variants["two"]
    assert found.status == "ok", found.error
    assert [step.asked_share for step in found.steps] == [1, 1, 0]
    assert [step.last_share for step in found.steps] == [0, 1, 0]
    assert found.steps[2].latency_ms is None
    assert {step.model.name for step in found.steps} == {"hairnet"}
    assert len({step.model.sha256 for step in found.steps}) == 1
    assert {step.model.licence for step in found.steps} == {"Apache-2.0"}
    assert found.model.name == "hairnet"
    assert found.model.bytes == found.steps[0].model.bytes
    assert found.steps[0].memory_mb > 0
    both = found.steps[0].latency_ms.mean + found.steps[1].latency_ms.mean
    assert 0.8 * both < found.latency_ms["segment"].mean < 1.6 * both + 2
    assert any("held for none of 3 photos" in note for note in found.step_notes)
    assert run.variants["absent"].status == "unavailable"
    assert run.variants["absent"].fix == "hairopt models pull mediapipe-hair"
    assert "step 2 of 2" in run.variants["absent"].error
