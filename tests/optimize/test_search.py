"""What is tried next, from what was measured."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest

from hairopt.optimize.judge import recommend
from hairopt.optimize.knobs import load_knobs
from hairopt.optimize.request import OptimizeRequest
from hairopt.optimize.screening import BATCH
from hairopt.optimize.search import (
    added,
    best_of,
    eased,
    other_values,
    proposals,
    search,
    trimmed,
)
from hairopt.optimize.space import find_space
from hairopt.variants.load import load_variant
from tests.report.made_up_plan import option

from .conftest import candidate, knob


def test_trimming_takes_out_what_adds_nothing():
    knobs = [knob(n, f"segment.{k}", v) for n, k, v in (("a", "threads", 2), ("b", "model", "m"))]
    space = find_space(load_variant("float32"), knobs)
    best = candidate({"a": 2, "b": "m"}, 0.50)
    without_a, without_b = candidate({"b": "m"}, 0.505), candidate({"a": 2}, 0.9)
    assert trimmed(best, [best, without_a, without_b], space, "latency") == {"b": "m"}
    worse = candidate({"b": "m"}, 0.505, retention=0.9)
    assert trimmed(best, [best, worse, without_b], space, "latency") == best.changes


@pytest.fixture
def space():
    knobs = [
        knob("encoder", "encode.format", "jpeg"),
        knob("quality", "encode.quality", 80, 85, 95),
        knob("bleed", "postprocess.anti_bleed", False, "edges"),
    ]
    return find_space(load_variant("baseline"), knobs)


BEST = {"encoder": "jpeg", "quality": 80, "bleed": False}


def test_of_what_adds_little_the_riskier_is_taken_out_first():
    knobs = [
        knob("a", "segment.threads", 2, risk="none"),
        knob("b", "segment.model", "m", risk="high"),
    ]
    space = find_space(load_variant("float32"), knobs)
    best = candidate({"a": 2, "b": "m"}, 0.50)
    without_a, without_b = candidate({"b": "m"}, 0.501), candidate({"a": 2}, 0.519)
    assert trimmed(best, [best, without_a, without_b], space, "latency") == {"a": 2}


def test_every_other_value_of_a_change_is_tried_once(space):
    assert other_values(BEST, space) == [
        BEST | {"quality": 85},
        BEST | {"quality": 95},
        BEST | {"bleed": "edges"},
    ]


def test_what_keeps_most_for_what_it_spends_is_put_together_first(space):
    best = candidate(BEST, 0.20, 0.950)
    measured = [
        best,
        candidate(BEST | {"quality": 85}, 0.21, 0.956),
        candidate(BEST | {"quality": 95}, 0.22, 0.970),
        candidate(BEST | {"bleed": "edges"}, 0.26, 0.972),
        candidate({"encoder": "jpeg", "quality": 80}, 0.30, 0.975),  # anti-bleed as it was
        candidate({"quality": 95, "bleed": "edges"}, 0.20, 0.999),  # two steps away
    ]
    assert eased(best, measured, space, "cpu") == [
        BEST | {"quality": 95},
        BEST | {"quality": 95, "bleed": "edges"},
    ]


def test_a_change_that_is_taken_back_can_be_the_milder_one(space):
    best = candidate(BEST, 0.20, 0.950)
    without = candidate({"encoder": "jpeg", "quality": 80}, 0.21, 0.990)
    assert eased(best, [best, without], space, "cpu") == [{"encoder": "jpeg", "quality": 80}]


def test_of_options_that_are_not_proven_apart_the_surer_one_is_recommended():
    cheap = option("cheap", 0.176, cpu_ci95=(0.167, 0.188), retention_ci95=(0.925, 1.0))
    sure = option("sure", 0.187, cpu_ci95=(0.172, 0.195), retention_ci95=(0.945, 0.994))
    dear = option("dear", 0.209, cpu_ci95=(0.202, 0.218), retention_ci95=(0.98, 1.0))
    request = SimpleNamespace(goal="cpu", target=None)
    assert recommend([cheap, sure, dear], request) is sure
    easy = sure.model_copy(update={"name": "easy", "effort_days": 0.1})
    assert recommend([cheap, sure, easy], request) is easy
    apart = cheap.model_copy(update={"cpu_ci95": (0.165, 0.170)})
    assert recommend([apart, sure, dear], request) is apart


def test_where_nothing_keeps_more_nothing_is_put_together(space):
    best = candidate(BEST, 0.20, 0.950)
    hardly = candidate(BEST | {"quality": 85}, 0.21, 0.954)
    assert eased(best, [best, hardly], space, "cpu") == []


def test_what_did_not_show_alone_is_tried_on_the_cheapest_combination(
    space, small_dataset, tmp_path
):
    request = OptimizeRequest(
        baseline=space.baseline,
        dataset=small_dataset,
        out=tmp_path,
        budget_s=1.0,
        now=lambda: 0.0,
        goal="cpu",
    )
    cheapest = candidate({"encoder": "jpeg"}, 0.6)
    measured = [
        cheapest,  # saves by itself
        candidate({"encoder": "jpeg", "quality": 95}, 0.99),
        candidate({"bleed": "edges"}, 0.98),
        candidate({"bleed": False}, 0.96, 0.9),  # keeps too little
    ]
    assert added(measured, space, request) == [
        {"encoder": "jpeg", "bleed": "edges"},
        {"encoder": "jpeg", "quality": 95},
    ]
    assert added([], space, request) == []


EFFECTS = {"encoder": 0.6, "region": 0.7, "freed memory": 0.85, "feather place": 0.7}


class PretendStudy:
    """What was measured, and a sampler without further ideas."""

    def __init__(self):
        self.measured = []

    def suggest(self, count):
        del count
        return []


class PretendScreening:
    """Measures by multiplication, a batch a minute, until the minutes are over."""

    def __init__(self, space, minutes):
        self.space, self.minutes, self.study = space, minutes, PretendStudy()
        self.request = SimpleNamespace(goal="cpu", target=None, min_retention=0.95)
        self.pace = SimpleNamespace(next_batch_s=0.0)

    def measure(self, wanted, origin, reserve_s):
        left = [one for one in wanted if one not in [m.changes for m in self.study.measured]]
        while left:
            batch, left = left[:BATCH], left[BATCH:]
            if 60 * self.minutes - self.pace.next_batch_s < reserve_s:
                return False
            self.minutes, self.pace.next_batch_s = self.minutes - 1, 60.0
            for one in batch:
                ratio = math.prod(EFFECTS.get(name, 1.0) for name in one)
                found = candidate(one, ratio)
                self.study.measured.append(found.model_copy(update={"origin": origin}))
        return True


def best_after(minutes):
    screening = PretendScreening(find_space(load_variant("baseline"), load_knobs()), minutes)
    ending = search(screening, 0.0)
    return ending, best_of(screening.study.measured, screening.request), screening


def test_two_batches_are_enough_for_a_combination():
    ending, best, screening = best_after(2)
    assert ending == "budget"
    assert screening.minutes == 0
    # The four that help are among the first changes, and the second batch has them together.
    assert best.origin == "together"
    assert best.changes.keys() >= set(EFFECTS)


def test_more_time_never_gives_a_worse_candidate():
    spent = [best_after(minutes)[1].spends("cpu") for minutes in range(1, 12)]
    assert spent == sorted(spent, reverse=True)
    ending, best, screening = best_after(60)
    assert ending == "complete"
    assert best.spends("cpu") == pytest.approx(min(spent))
    known = [one.changes for one in screening.study.measured]
    wanted = proposals(screening.study.measured, screening.space, screening.request)
    assert all(one in known for one in wanted)


def test_time_left_is_used_before_a_search_says_that_it_ended():
    for minutes in range(2, 12):
        ending, _, screening = best_after(minutes)
        assert ending != "budget" or screening.minutes == 0
