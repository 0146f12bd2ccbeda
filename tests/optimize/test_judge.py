"""From a confirming run to a plan: what is an option, in which order, and which is recommended."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pandas as pd
import pytest

from hairopt.cost.prices import example_prices
from hairopt.optimize.judge import judge, numbers_of, rank, recommend
from hairopt.optimize.request import OptimizeRequest
from hairopt.optimize.screened import screened
from hairopt.optimize.space import find_space
from hairopt.optimize.target import Target
from hairopt.variants.load import load_variant
from tests.report.made_up_plan import option
from tests.report.made_up_run import absent, make_run, variant

from .conftest import knob

PHOTOS = 8
NAMES = ("a", "b", "c", "d")


def request_for(goal="latency", **changes):
    asked = {"target": None, "min_retention": 0.95, "guarded": ("iou",), "goal": goal}
    return OptimizeRequest(
        baseline=load_variant("float32"), dataset=None, out=None, budget_s=1.0,
        now=time.monotonic, **{**asked, **changes},
    )  # fmt: skip


@pytest.fixture
def space():
    """A quarter of a day for a, one for b, two for c, four for d, which is risky."""
    return find_space(
        load_variant("float32"),
        [
            knob("a", "segment.threads", 2, effort_days=0.25, risk="none"),
            knob("b", "encode.quality", 80, effort_days=1.0, risk="low"),
            knob("c", "postprocess.feather_px", 1.0, effort_days=2.0, risk="medium"),
            knob("d", "segment.model", "m", effort_days=4.0, risk="high"),
        ],
    )


def measured(ratio=0.5, iou=0.80, *, ci95=None, cpu=None, **changes):
    """A variant over a baseline of 100 ms, 98 ms of CPU, 300 MB, 85 kB and an IoU of 0.80."""
    low, high = ci95 or (ratio - 0.02, ratio + 0.02)
    found = variant("x", 100 * ratio, iou, (ratio, low, high))
    found["cpu_ratio"] = cpu and {"median": cpu[0], "ci95": list(cpu[1:]), "n": 100}
    return found | changes


def run_of(**variants):
    """A run of float32 and others, and its cases: eight photos that all score alike."""
    run = make_run({"float32": variant("float32", 100, 0.80), **variants})
    rows = [
        {"variant": name, "case": f"photo-{i}", "source": f"photo-{i}", "iou": part.mean,
         "boundary_iou": 0.6, "lock_de00": 2.0}
        for name, result in run.variants.items()
        if (part := result.quality.get("iou"))
        for i in range(PHOTOS)
    ]  # fmt: skip
    return run, pd.DataFrame(rows)


CHANGES = {"a": {"a": 2}, "b": {"b": 80}, "c": {"c": 1.0}, "d": {"d": "m"}}


def judged(space, request=None, **variants):
    run, cases = run_of(**variants)
    names = {name: CHANGES[name] for name in variants}
    return judge(run, cases, names, space, request or request_for())


def test_an_option_holds_the_ratios_and_numbers_of_the_run(space):
    usd = {"cpu_ms": 49.0, "output_bytes": 42_500.0}
    one = judged(space, b=measured(0.5, 0.78, cpu=(0.52, 0.50, 0.54), **usd)).options[0]
    assert (one.name, one.file, one.summary) == ("b", "plan/b.toml", "b 80")
    assert (one.latency, one.latency_ci95) == (0.5, (0.48, 0.52))
    assert (one.cpu, one.cpu_ci95) == (0.52, (0.50, 0.54))
    assert one.memory == 1.0
    assert (one.retention, one.worst_metric) == (pytest.approx(0.975), "iou")
    assert one.retention_ci95 == pytest.approx((0.975, 0.975))
    assert (one.retention_verdict, one.miss, one.meets_target) == ("pass", 0.0, None)
    assert (one.risk, one.effort_days) == ("low", 1.0)
    assert one.numbers.cpu_ms == pytest.approx(49.0)
    assert one.numbers.stage_ms.keys() == {"decode", "segment", "recolor", "postprocess", "encode"}


def test_numbers_of_a_request_on_paper():
    run, _ = run_of()
    found = numbers_of(run.variants["float32"], request_for(requests_per_day=1000))
    assert (found.p50_ms, found.p95_ms, found.mean_ms) == (100.0, pytest.approx(110.0), 100.0)
    assert (found.mean_ci95_ms, found.n_requests) == ((98.0, 102.0), 100)
    assert found.cpu_ms == pytest.approx(98.0)
    assert (found.peak_mb, found.output_kb) == (300.0, 85.0)
    # Start-up is import and load; the first request stands apart.
    assert (found.startup_ms, found.first_ms) == (430.0, 200.0)
    assert found.cost_per_1000 == pytest.approx(sum(found.cost_parts.values()))
    assert found.cost_per_month == pytest.approx(found.cost_per_1000 * 365.25 / 12)
    assert found.quality == {"iou": 0.80}
    assert found.model == "hairnet float32, 1.40 MB"


@pytest.mark.parametrize("lacking", ["startup_ms", "memory_mb", "cpu_ms", "output_bytes"])
def test_where_a_number_was_not_measured_there_are_none(lacking):
    run, _ = run_of(b=measured() | {lacking: None})
    assert numbers_of(run.variants["b"], request_for()) is None


def test_without_pairs_of_cpu_times_the_ratio_is_that_of_the_means(space):
    one = judged(space, b=measured(0.5, cpu_ms=24.5)).options[0]
    assert (one.cpu, one.cpu_ci95) == (pytest.approx(0.25), None)


@pytest.mark.parametrize(("cpu", "ratio"), [((0.52, 0.50, 0.54), 0.52), (None, 0.25)])
def test_screening_takes_the_ratio_that_judging_takes(space, cpu, ratio):
    run, _ = run_of(b=measured(0.5, cpu=cpu, cpu_ms=24.5))
    seen = screened(
        run, "b", CHANGES["b"], "alone", prices=example_prices(), target=None, guarded=("iou",)
    )
    assert seen.cpu == pytest.approx(ratio)
    option_b = judged(space, b=measured(0.5, cpu=cpu, cpu_ms=24.5)).options[0]
    assert option_b.cpu == seen.cpu


def test_where_nothing_costs_anything_nothing_becomes_cheaper(space):
    free = example_prices().model_copy(
        update=dict.fromkeys(
            ("cpu_core_hour", "memory_gb_hour", "egress_gb", "million_requests"), 0.0
        )
    )
    assert judged(space, request_for(prices=free), b=measured(0.5)).options[0].cost == 1.0


def test_what_saves_less_than_a_twentieth_of_the_goal_is_no_option(space):
    found = judged(space, a=measured(0.95), b=measured(0.951), c=measured(0.949))
    assert [one.name for one in found.options] == ["a", "c"]
    assert found.marginal == ("b (b 80)",)


def test_for_quality_a_saving_of_latency_or_of_cost_is_enough(space):
    dear = {"cpu_ms": 98.0, "output_bytes": 85_000.0}
    cheap = {"cpu_ms": 9.8, "output_bytes": 8_500.0}
    found = judged(
        space,
        request_for("quality"),
        a=measured(0.6, **dear),
        b=measured(1.0, **cheap),
        c=measured(1.0, **dear),
    )
    assert {one.name for one in found.options} == {"a", "b"}
    assert found.marginal == ("c (c 1.0)",)


def test_finalists_without_numbers_are_named_with_the_reason(space):
    found = judged(
        space, a=absent("failed", "out of memory"), b=measured() | {"latency_ratio": None}
    )
    assert (found.options, found.marginal, found.recommended) == ((), (), None)
    assert found.notes[0] == "a (a 2) has no numbers: out of memory"
    assert found.notes[1].startswith("b (b 80) has no numbers")
    without_quality = judged(space, request_for(guarded=("dice",)), c=measured())
    assert without_quality.options == ()
    assert without_quality.notes[0].startswith("c (c 1.0) has no numbers")


def test_options_stand_by_what_they_save_for_their_effort(space):
    # Savings of 10 % in 0.25 days, 60 % in 1, 70 % in 2 and 80 % in 4: 0.4, 0.6, 0.35, 0.2 a day.
    sides = {"a": measured(0.9), "b": measured(0.4), "c": measured(0.3), "d": measured(0.2)}
    found = judged(space, request_for(target=Target.parse("p50<95ms")), **sides)
    assert [one.name for one in found.options] == ["b", "a", "c", "d"]
    assert found.recommended == "b"
    # Without a target nothing says how much is enough: what saves most is recommended.
    found = judged(space, **sides)
    assert [one.name for one in found.options] == ["d", "c", "b", "a"]
    assert found.recommended == "d"


def test_options_that_miss_stand_after_those_that_do_not_by_how_far(space):
    target = Target.parse("mean<40ms")
    found = judged(
        space,
        request_for(target=target),
        a=measured(0.50),  # 25 % above the limit
        b=measured(0.44),  # 10 % above it
        c=measured(0.40),  # just reached
        d=measured(0.20, 0.38),  # reached, but half of the quality is lost
    )
    assert [one.name for one in found.options] == ["c", "b", "a", "d"]
    by_name = {one.name: one for one in found.options}
    assert [by_name[n].meets_target for n in NAMES] == [False, False, True, True]
    assert [by_name[n].miss for n in NAMES] == pytest.approx([0.25, 0.10, 0.0, 0.5])
    assert by_name["d"].retention_verdict == "fail"
    assert found.recommended == "c"


def test_a_target_that_cannot_be_judged_is_neither_met_nor_missed(space):
    slow = measured(0.5)
    slow["latency_ms"]["total"]["p95"] = None
    one = judged(space, request_for(target=Target.parse("p95<40ms")), b=slow).options[0]
    assert (one.target_value, one.meets_target, one.miss) == (None, None, 0.0)


def test_five_photos_prove_nothing_of_the_retention(space):
    run, cases = run_of(b=measured())
    few = cases[cases["case"] < "photo-5"]
    enough = cases[cases["case"] < "photo-6"]
    names = {"b": CHANGES["b"]}
    one = judge(run, few, names, space, request_for()).options[0]
    assert (one.retention_ci95, one.retention_verdict) == (None, "inconclusive")
    assert judge(run, enough, names, space, request_for()).options[0].retention_verdict == "pass"


def test_a_metric_that_cannot_be_compared_proves_nothing(space):
    run, cases = run_of(b=measured())
    cases.loc[(cases["variant"] == "b") & (cases["case"] == "photo-0"), "iou"] = None
    one = judge(run, cases, {"b": CHANGES["b"]}, space, request_for()).options[0]
    assert (one.retention_ci95, one.retention_verdict) == (None, "inconclusive")


def test_the_interval_of_the_retention_runs_from_low_to_high(space):
    run, cases = run_of(b=measured(0.5, 0.79))
    moved = cases["variant"] == "b"
    cases.loc[moved, "iou"] = [0.79 + (0.01 if i % 2 else -0.01) for i in range(PHOTOS)]
    low, high = (
        judge(run, cases, {"b": CHANGES["b"]}, space, request_for()).options[0].retention_ci95
    )
    assert 0.97 < low < 0.79 / 0.80 < high < 1.01


def test_an_option_is_as_risky_as_its_riskiest_change(space):
    run, cases = run_of(b=measured())
    both = judge(run, cases, {"b": {"a": 2, "d": "m", "b": 80}}, space, request_for()).options[0]
    assert (both.risk, both.effort_days) == ("high", 5.25)


LATENCY = SimpleNamespace(goal="latency", target=None)


def test_an_option_that_is_proven_goes_before_a_cheaper_one_that_only_looks_so():
    looks = option("looks", 0.1, retention_verdict="inconclusive")
    proven = option("proven", 0.5, retention_verdict="pass")
    assert recommend([looks, proven], LATENCY) is proven
    assert recommend([looks], LATENCY) is looks


def test_what_is_not_feasible_is_never_recommended():
    missed = option("missed", 0.1, meets_target=False)
    lossy = option("lossy", 0.1, miss=0.01)
    assert recommend([missed, lossy], LATENCY) is None
    unsaid = option("unsaid", 0.5, meets_target=None)
    assert recommend([missed, lossy, unsaid], LATENCY) is unsaid


def apart(name, ratio, **changes):
    """An option whose interval touches no other's."""
    return option(name, ratio, latency_ci95=(ratio - 1e-3, ratio + 1e-3), **changes)


def test_options_within_a_twentieth_of_the_best_are_equal_and_effort_decides():
    best = apart("best", 0.400, effort_days=2.0)
    near = apart("near", 0.420, effort_days=1.0)
    beyond = apart("beyond", 0.424, effort_days=0.1)
    assert recommend([best, near, beyond], LATENCY) is near
    assert recommend([best, beyond], LATENCY) is best


def test_intervals_that_touch_make_options_equal():
    best = option("best", 0.40, latency_ci95=(0.35, 0.50), effort_days=2.0)
    touches = option("touches", 0.55, latency_ci95=(0.50, 0.60), effort_days=1.0)
    beyond = option("beyond", 0.55, latency_ci95=(0.51, 0.60), effort_days=1.0)
    assert recommend([best, touches], LATENCY) is touches
    assert recommend([best, beyond], LATENCY) is best
    # Of cost there is no interval: only its size makes options equal.
    cost = SimpleNamespace(goal="cost", target=None)
    dear = touches.model_copy(update={"cost": 0.9})
    assert recommend([best, dear], cost) is best


def test_of_equal_options_of_equal_effort_the_one_of_surer_quality_wins():
    one = apart("one", 0.400, retention=0.99, retention_ci95=(0.951, 1.0))
    surer = apart("surer", 0.401, retention=0.98, retention_ci95=(0.96, 1.0))
    assert recommend([one, surer], LATENCY) is surer
    # Without an interval the retention itself counts.
    unsure = one.model_copy(update={"retention_ci95": None})
    assert recommend([unsure, surer], LATENCY) is unsure
    # And what is equal in that too goes by the goal.
    twin = surer.model_copy(update={"name": "twin", "latency": 0.402})
    assert recommend([twin, surer], LATENCY) is surer


def test_a_target_says_how_much_is_enough_so_effect_over_effort_decides():
    whole = apart("whole", 0.2, effort_days=4.0)  # 20 % a day
    part = apart("part", 0.4, effort_days=1.5)  # 40 % a day
    unproven = apart("unproven", 0.3, effort_days=0.1, retention_verdict="inconclusive")
    missed = apart("missed", 0.9, effort_days=0.1, meets_target=False, miss=0.2)
    found = [whole, missed, unproven, part]
    asked = SimpleNamespace(goal="latency", target=Target("p95", 50.0))
    assert rank(found, asked) == (part, whole, unproven, missed)
    # Without one the effect decides.
    assert rank(found, LATENCY) == (whole, part, unproven, missed)
    # A target of time does not change what the best quality is.
    better = apart("better", 0.9, effort_days=9.0, retention=1.05)
    quality = SimpleNamespace(goal="quality", target=Target("p95", 50.0))
    assert recommend([*found, better], quality) is better


def test_for_quality_the_best_kept_is_recommended():
    quality = SimpleNamespace(goal="quality", target=None)
    fast = option("fast", 0.1, retention=0.90, effort_days=0.1)
    kept = option("kept", 0.8, retention=0.99, effort_days=9.0)
    assert recommend([fast, kept], quality) is kept
