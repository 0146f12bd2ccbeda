"""The tiers of a service: three of the measured ways to segment."""

from types import SimpleNamespace

import pandas as pd
import pytest

from hairopt.errors import DataError
from hairopt.evidence.counts import most_hidden
from hairopt.optimize.outcome import Numbers
from hairopt.optimize.request import OptimizeRequest
from hairopt.optimize.tiers import Measured, choose, find_tiers, load_rungs
from hairopt.variants.load import load_variant


@pytest.fixture
def request_of(small_dataset, tmp_path):
    def make(**changes):
        given = {"baseline": load_variant("int8"), "dataset": small_dataset, "out": tmp_path / "o"}
        return OptimizeRequest(**{**given, "budget_s": 4, "now": lambda: 0.0, **changes})

    return make


def _run(ious):
    """A run and its rows; ``ious`` is variant -> IoU of every photo."""
    numbers = {
        name: SimpleNamespace(
            status="ok",
            error=None,
            spec={"summary": name},
            quality={
                "iou": SimpleNamespace(mean=sum(values) / len(values), ci95=None),
                "boundary_iou": None,
            },
        )
        for name, values in ious.items()
    }
    rows = [
        {"variant": name, "case": f"{name}{i}", "source": f"{i}", "iou": value}
        for name, values in ious.items()
        for i, value in enumerate(values)
    ]
    environment = SimpleNamespace(cpu_model="a CPU")
    run = SimpleNamespace(id="r", variants=numbers, environment=environment)
    return run, pd.DataFrame(rows)


@pytest.fixture
def chosen(request_of, monkeypatch):
    """Chooses among made-up ways: name -> (ms, IoU of every photo)."""

    def of(ways, **changes):
        run, rows = _run({name: ious for name, (_, ious) in ways.items()})

        def numbers_of(result, request):
            ms = ways[result.spec["summary"]][0]
            keys = ("p50_ms", "mean_ms", "cpu_ms", "peak_mb", "output_kb", "startup_ms", "first_ms")
            given = dict.fromkeys(keys, ms)
            given |= {"p95_ms": None, "mean_ci95_ms": None, "n_requests": 1, "stage_ms": {}}
            given |= {"cost_per_1000": 1 / ms, "cost_per_month": 1, "cost_parts": {}, "quality": {}}
            return Numbers(**given)

        monkeypatch.setattr("hairopt.optimize.tiers.numbers_of", numbers_of)
        return choose(run, rows, request_of(**changes))

    return of


WAYS = {
    "cheap": (5, [0.84, 0.84]),
    "poor": (2, [0.9, 0.5]),
    "middle": (9, [0.88, 0.86]),
    "dear": (30, [0.89, 0.87]),
    "wasteful": (40, [0.88, 0.87]),
}


def test_each_tier_is_the_cheapest_that_keeps_its_share_of_the_best(chosen):
    found = chosen(WAYS)
    assert found.chosen == {"cheapest": "cheap", "standard": "middle", "best": "dear"}
    assert [one.name for one in found.measured] == ["poor", "cheap", "middle", "dear", "wasteful"]
    assert "best of 5 on these photos" in found.notes[0]


def test_what_is_cheap_depends_on_the_goal(chosen):
    # Made up so that what takes least time costs most.
    assert chosen(WAYS, goal="cost").chosen["standard"] == "wasteful"


def test_photos_that_a_customer_notices_are_counted_with_what_they_do_not_refute(chosen):
    poor = next(one for one in chosen(WAYS).measured if one.name == "poor")
    assert (poor.n_bad, poor.n) == (1, 2)
    assert poor.bad_at_most == most_hidden(1, 2)


@pytest.mark.parametrize(
    ("ways", "told"),
    [
        ({"one": (5, [0.9])}, "one variant is enough"),
        ({"a": (5, [0.89]), "b": (9, [0.9])}, "keeps enough for the standard tier, too"),
        ({"a": (5, [0.86]), "b": (9, [0.9])}, "Nothing cheaper keeps enough for the standard"),
    ],
)
def test_fewer_than_three_different_tiers_are_said(chosen, ways, told):
    assert told in chosen(ways).notes[-1]


def test_without_a_measured_way_there_are_no_tiers(request_of):
    run, rows = _run({"a": [0.9]})
    run.variants["a"].status = "failed"
    with pytest.raises(DataError, match="no way to segment could be measured"):
        choose(run, rows, request_of())


def test_a_rung_changes_the_way_to_segment_alone():
    baseline = load_variant("baseline")
    for rung in load_rungs():
        made = rung.of(baseline)
        assert (
            made.model_copy(
                update={
                    "segment": baseline.segment,
                    "name": "baseline",
                    "summary": baseline.summary,
                }
            )
            == baseline
        )
        assert [network.model for network in made.segment.networks] == [
            step.model for step in rung.steps
        ]
    built_in = {
        "own-views": load_variant("cascade-own").segment,
        "many-asked": load_variant("cascade").segment,
    }
    for rung in load_rungs():
        if rung.name in built_in:
            assert rung.of(baseline).segment == built_in[rung.name]


def test_tiers_are_measured_and_written_as_variants(request_of, own_home):
    request = request_of()
    told = []
    found = find_tiers(request, told.append, None)
    assert {"int8", "one-network", "own-views"} <= {one.name for one in found.measured}
    assert all(isinstance(one, Measured) for one in found.measured)
    assert any(line.startswith("both: step 2 of 2") for line in found.left_out)
    assert any("hairopt models pull mediapipe-hair" in line for line in found.left_out)
    for tier, name in found.chosen.items():
        made = load_variant(str(request.out / "tiers" / f"{tier}.toml"))
        assert made.name == tier
        if name == "own-views":
            assert made.segment == load_variant("cascade-own").segment
    assert (request.out / "tiers.json").is_file()
    assert (request.out / found.run / "run.json").is_file()
