"""The cases that lost most: their order, what an absent value counts, where they can be seen."""

import shlex
from pathlib import Path
from types import SimpleNamespace

import pandas as pd

from hairopt.errors import DataError
from hairopt.gate import inspection
from hairopt.gate.inspection import Pictures, command_for, find_inspections
from hairopt.gate.offenders import worst_offenders
from hairopt.gate.settings import GateSettings
from tests.gate.made_up_cases import paired


def losers(before, after, *count, **more):
    found = worst_offenders(paired(alpha_iou=(before, after), **more), *count)
    return [(one.case, round(one.loss, 9)) for one in found]


def test_who_lost_most_comes_first_and_who_lost_nothing_is_left_out():
    assert losers([0.9, 0.9, 0.9, 0.9], [0.8, 0.9, 0.5, 0.95]) == [
        ("image-2", 0.4),
        ("image-0", 0.1),
    ]


def test_a_loss_that_nobody_sees_makes_no_offender():
    assert losers([0.9, 0.9], [0.8951, 0.8949]) == [("image-1", 0.0051)]


def test_of_equal_losses_the_first_name_comes_first_and_no_more_than_asked():
    assert losers([0.9] * 3, [0.5] * 3, 2) == [("image-0", 0.4), ("image-1", 0.4)]
    assert len(losers([0.9] * 12, [0.5] * 12)) == 10


def test_undefined_counts_as_all_before_and_as_nothing_after():
    # No hair and none painted: undefined. Hair painted into it now costs all but its own IoU.
    assert losers([None, 0.8, None], [0.25, None, None]) == [("image-1", 0.8), ("image-0", 0.75)]
    # Undefined on both sides is no loss, and what comes after it is looked at too.
    assert losers([None, 0.9], [None, 0.5]) == [("image-1", 0.4)]


def test_a_case_that_is_not_answered_is_an_offender_though_it_had_no_value():
    assert losers([None, 0.9], [None, 0.9], missing=["image-0"]) == [("image-0", 1.0)]


def settings(**changes):
    return GateSettings.model_validate({"baseline": "float32", "candidate": "my int8", **changes})


def test_the_command_measures_one_case_as_the_comparison_did():
    plain = command_for("a case", settings())
    assert shlex.split(plain) == [
        "hairopt", "compare", "float32", "my int8", "--case=a case", "--rounds=1",
    ]  # fmt: skip
    asked = settings(
        dataset="my photos", model="hairnet", shades=["violet", "#123456"], intensities=[30, 70.5],
        seed=0, baselines="kept", across_isa=True, rounds=50,
    )  # fmt: skip
    assert shlex.split(command_for("x", asked))[4:] == [
        "--case=x", "--rounds=1", "--dataset=my photos", "--model=hairnet", "--shade=violet",
        "--shade=#123456", "--intensity=30", "--intensity=70.5", "--seed=0", "--baselines=kept",
        "--across-isa",
    ]  # fmt: skip


def side(run, variant):
    return SimpleNamespace(run=run, snapshot=SimpleNamespace(variant=variant))


def test_pictures_are_those_of_the_own_variant(monkeypatch):
    rows = pd.DataFrame(
        [
            {"variant": "int8", "case": "a", "images": "images/other"},
            {"variant": "float32", "case": "a", "images": "images/first"},
            {"variant": "float32", "case": "a", "images": "images/second"},
            {"variant": "float32", "case": "b", "images": None},
        ]
    )
    monkeypatch.setattr(inspection, "read_cases", lambda _: rows)
    photo = SimpleNamespace(name="a", photo=Path("photos/a.jpg"))
    sides = SimpleNamespace(
        dataset=SimpleNamespace(cases=[photo]),
        baseline=side(Path("run"), "float32"),
        candidate=side(None, "int8"),
    )
    found = find_inspections(["a", "b"], sides, settings())
    assert found["a"].baseline == Pictures(Path("run"), Path("run/images/first"), "float32")
    assert (found["a"].candidate, found["a"].photo) == (None, str(Path("photos/a.jpg")))
    assert (found["b"].baseline, found["b"].photo) == (None, None)
    assert "--case=b" in found["b"].command


def test_a_run_without_pictures_or_cases_has_no_evidence_to_show(monkeypatch):
    sides = SimpleNamespace(
        dataset=None, baseline=side(Path("run"), "v"), candidate=side(None, "v")
    )
    monkeypatch.setattr(inspection, "read_cases", lambda _: pd.DataFrame({"case": ["a"]}))
    assert find_inspections(["a"], sides, settings())["a"].baseline is None

    def gone(_):
        raise DataError("it is gone")

    monkeypatch.setattr(inspection, "read_cases", gone)
    assert find_inspections(["a"], sides, settings())["a"].baseline is None
