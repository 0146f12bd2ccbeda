"""Which candidates are confirmed, and in which order."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from hairopt.optimize.finalists import MOST, finalists
from hairopt.optimize.knobs import load_knobs
from hairopt.optimize.space import find_space
from hairopt.variants.load import load_variant

from .conftest import candidate, knob

REQUEST = SimpleNamespace(goal="latency", min_retention=0.95)
QUALITY = SimpleNamespace(goal="quality", min_retention=0.95)


@pytest.fixture
def space():
    """Knobs without bearing on each other: one day for a, two for b, four for c, eight for d."""
    values = (3, 4, 5, 6)
    return find_space(
        load_variant("float32"),
        [
            knob("a", "segment.threads", *values, effort_days=1.0),
            knob("b", "decode.reduce", *values, effort_days=2.0),
            knob("c", "encode.quality", *values, effort_days=4.0),
            knob("d", "postprocess.feather_px", *values, effort_days=8.0),
        ],
    )


def chosen(measured, space, request=REQUEST, **options):
    """The finalists by the place they have in what was measured."""
    changes = [one.changes for one in measured]
    return [changes.index(one) for one in finalists(measured, space, request, **options)]


def test_a_candidate_with_quality_to_spare_stands_by(space):
    # Five points may be lost; who leaves 60 % of them unspent keeps 0.98.
    best = candidate({"d": 3}, 0.2, 0.951)
    quick = candidate({"a": 3}, 0.3, 0.979)
    spares = candidate({"c": 3}, 0.4, 0.980)
    assert chosen([best, quick, spares], space, most=2) == [0, 2]


def test_the_best_is_trimmed_of_what_adds_nothing(space):
    best = candidate({"a": 3, "b": 3}, 0.300)
    without = candidate({"a": 3}, 0.305)
    assert chosen([best, without], space)[0] == 1


def test_then_come_steps_of_less_effort_as_long_as_each_saves_less(space):
    slow = candidate({"a": 3}, 0.8)
    middle = candidate({"b": 3}, 0.6)
    no_better = candidate({"c": 3}, 0.56, 0.96)  # four points for twice the effort of 0.6
    fast = candidate({"d": 3}, 0.4)
    measured = [slow, middle, no_better, fast]
    assert chosen(measured, space, most=3) == [3, 1, 0]


def test_a_step_saves_more_than_a_twentieth_of_the_baseline(space):
    little, more = candidate({"a": 3}, 0.50, 0.96), candidate({"b": 3}, 0.45, 0.955)
    best = candidate({"c": 3}, 0.40, 0.951)
    # b saves just five points more than a: with a there is no reason to do it.
    assert chosen([little, more, best], space, most=2) == [2, 0]
    by_more = candidate({"b": 3}, 0.449, 0.955)
    assert chosen([little, by_more, best], space, most=2) == [2, 1]


def test_of_many_steps_the_first_the_last_and_some_between_are_taken(space):
    # Efforts of 1, 2, 3, 4, 5, 6, 7 and 8 days: four of eight steps, evenly spread.
    names = ["a", "b", "ab", "c", "ac", "bc", "abc", "d"]
    ratios = [0.86, 0.80, 0.74, 0.68, 0.62, 0.56, 0.50, 0.44]
    steps = [candidate(dict.fromkeys(n, 3), r) for n, r in zip(names, ratios, strict=True)]
    assert chosen(steps, space, most=4) == [7, 5, 2, 0]


def test_then_comes_the_rest_of_the_front_the_best_kept_first(space):
    best = candidate({"a": 3}, 0.50, 0.975)
    beaten = candidate({"a": 4}, 0.60, 0.970)
    kept = candidate({"a": 5}, 0.70, 0.979)
    better_kept = candidate({"a": 6}, 0.80, 0.9795)
    assert chosen([best, beaten, kept, better_kept], space) == [0, 3, 2]


def test_then_the_cheapest_that_nearly_keeps_enough_and_the_nearest(space):
    # Few cases err by five points: 0.90 is worth a look, 0.89 is not.
    feasible = candidate({"a": 3}, 0.90, 1.00)
    cheap = candidate({"a": 4}, 0.30, 0.901)
    nearest = candidate({"a": 5}, 0.50, 0.94)
    cheaper_but_far = candidate({"a": 6}, 0.20, 0.89)
    measured = [feasible, cheap, nearest, cheaper_but_far]
    assert chosen(measured, space) == [0, 1, 2, 3]
    assert chosen(measured[1:], space) == [0, 1, 2]


def test_only_one_is_taken_for_its_price_before_the_nearest(space):
    cheap, cheaper = candidate({"a": 3}, 0.35, 0.905), candidate({"a": 4}, 0.30, 0.901)
    nearest = candidate({"a": 5}, 0.50, 0.94)
    assert chosen([cheap, cheaper, nearest], space) == [1, 2, 0]


def test_just_five_points_below_is_near_and_nothing_kept_is_far(space):
    three_quarters = SimpleNamespace(goal="latency", min_retention=0.75)
    at = candidate({"a": 3}, 0.3, 0.70)
    nearest = candidate({"a": 4}, 0.5, 0.74)
    assert chosen([at, nearest], space, three_quarters) == [0, 1]
    nothing = candidate({"a": 3}, 0.1, 0.0)
    assert chosen([nothing, nearest], space, three_quarters) == [1, 0]


def test_what_misses_by_more_comes_later(space):
    far = candidate({"a": 3}, 0.3, 0.5)
    near = candidate({"a": 4}, 0.6, 0.8)
    assert chosen([far, near], space) == [1, 0]


def test_what_saves_nothing_worth_an_option_is_no_finalist(space):
    enough, too_little = candidate({"a": 3}, 0.94), candidate({"a": 4}, 0.95)
    may_be_chance = candidate({"a": 5}, 0.945)
    broken = candidate({"a": 6}, 0.5).model_copy(update={"cpu": None})
    assert chosen([enough, too_little, may_be_chance, broken], space) == [0]


def test_for_quality_a_saving_of_latency_or_of_cost_is_enough(space):
    by_latency = candidate({"a": 3}, 0.94, 0.96, cost=1.0)
    by_cost = candidate({"a": 4}, 1.0, 0.99, cost=0.94)
    by_neither = candidate({"a": 5}, 0.95, 1.0, cost=0.95)
    assert chosen([by_latency, by_cost, by_neither], space, QUALITY) == [1, 0]


def test_what_saves_cost_alone_is_no_step_of_latency(space):
    best = candidate({"d": 3}, 0.90, 0.995, cost=1.0)
    fast = candidate({"c": 3}, 0.60, 0.970, cost=1.0)
    quick = candidate({"b": 3}, 0.80, 0.960, cost=1.0)
    cheap = candidate({"a": 3}, 1.00, 0.990, cost=0.94)
    both = candidate({"a": 3, "d": 3}, 0.93, 0.992, cost=0.97)
    # Steps of less effort, fast and quick; then the front by what is kept, both before cheap.
    assert chosen([best, fast, quick, cheap, both], space, QUALITY) == [0, 1, 2, 4, 3]


def test_no_more_than_five_and_nothing_twice(space):
    # The dearer, the better kept: nothing beats anything.
    many = [
        candidate(
            {name: value}, 0.2 + 0.1 * place + 0.02 * value, 0.95 + place / 100 + value / 1000
        )
        for place, name in enumerate("dcba")
        for value in (3, 4)
    ]
    found = finalists(many, space, REQUEST)
    assert len(found) == MOST == 5
    assert all(found.count(one) == 1 for one in found)
    assert finalists([], space, REQUEST) == []


def test_options_change_different_parts_of_the_service():
    real = find_space(load_variant("baseline"), load_knobs())
    encoder = {"encoder": "jpeg"}
    boxes = {"encoder": "jpeg", "region": "hair"}
    smaller = {**boxes, "feather place": "mask"}
    whole = {**boxes, "runtime": "litert"}
    best = {**whole, "freed memory": True}
    ratios = [(best, 0.18, 0.951), (whole, 0.22, 0.99), (smaller, 0.30, 0.98), (boxes, 0.40, 0.98),
              (encoder, 0.64, 0.98)]  # fmt: skip
    found = finalists([candidate(*one) for one in ratios], real, REQUEST, most=4)
    assert found == [best, whole, smaller, encoder]  # boxes are a smaller step of one kind
    found = finalists([candidate(*one) for one in ratios], real, REQUEST)
    assert found[-1] == boxes
