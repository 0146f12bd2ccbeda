import pandas as pd
import pytest

from hairopt.measure.run_model import VariantResult
from hairopt.report.models.slices import HEADINGS, model_slices
from tests.report.made_up_run import make_run


@pytest.fixture
def run():
    spec = {"segment": {"model": "m", "runtime": "litert"}}
    states = {"gone": "unavailable", "first": "ok", "second": "ok"}
    variants = {
        name: VariantResult(status=status, error=None if status == "ok" else "why", spec=spec)
        for name, status in states.items()
    }
    return make_run({}).model_copy(update={"variants": variants})


def frame(rows, tag="hat"):
    """Rows of (case, value of the tag, IoU of the first, IoU of the second), dyed twice."""
    return pd.DataFrame(
        [
            {"variant": name, "case": case, "source": case, tag: value, "shade": shade, "iou": iou}
            for case, value, *ious in rows
            for name, iou in zip(("first", "second"), ious, strict=True)
            for shade in ("a", "b")
        ]
    )


def test_each_value_has_a_row_for_each_model(run):
    assert model_slices(run, frame([("x", "cap", 0.5, 0.7), ("y", "none", 0.8, 0.8)]), ["hat"]) == [
        ("hat cap", "1", "first", "0.500", "", ""),
        ("", "", "second", "0.700", "~", ""),
        ("hat none", "1", "first", "0.800", "", ""),
        ("", "", "second", "0.800", "=", ""),
    ]
    assert len(HEADINGS) == 6


def test_several_values_beside_none_are_also_one_slice(run):
    rows = [("x", "cap", 0.5, 0.7), ("y", "none", 0.8, 0.8), ("z", "veil", 0.7, 0.3)]
    table = model_slices(run, frame(rows), ["hat"])
    assert [row[0] for row in table[::2]] == ["hat cap", "hat none", "hat veil", "hat any"]
    assert [row[3] for row in table[-2:]] == ["0.600", "0.500"]


@pytest.mark.parametrize(
    ("gains", "cells"),
    [
        ([0.1] * 6, ("+0.100", "+0.100 to +0.100")),
        ([-0.1] * 6, ("-0.100", "-0.100 to -0.100")),
        ([0.1] * 5, ("~", "")),
    ],
)
def test_a_difference_is_stated_where_six_sources_prove_it(run, gains, cells):
    rows = [(str(index), "cap", 0.5, 0.5 + gain) for index, gain in enumerate(gains)]
    assert model_slices(run, frame(rows), ["hat"])[-1][-2:] == cells


def test_a_difference_that_is_not_proven_has_its_interval(run):
    rows = [(str(index), "cap", 0.5, 0.5 + gain) for index, gain in enumerate([0.1, -0.1] * 3)]
    change, interval = model_slices(run, frame(rows), ["hat"])[-1][-2:]
    assert change == "~"
    assert interval.startswith("-0.")


def test_the_difference_is_taken_where_both_are_defined(run):
    rows = [(str(index), "cap", 0.5, 0.6) for index in range(6)] + [("odd", "cap", 0.9, None)]
    assert model_slices(run, frame(rows), ["hat"]) == [
        ("hat cap", "7", "first", "0.557", "", ""),
        ("", "", "second", "0.600", "+0.100", "+0.100 to +0.100"),
    ]


def test_a_tag_named_like_a_metric_is_found_under_its_prefix(run):
    table = model_slices(run, frame([("x", "cap", 0.5, 0.7)], tag="tag.iou"), ["iou", "absent"])
    assert [row[0] for row in table] == ["iou cap", ""]
