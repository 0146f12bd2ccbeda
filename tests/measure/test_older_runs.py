"""A run of an older version, whose means were over cases, is read with means over photos."""

import pytest

from hairopt.measure.older_runs import over_sources, over_sources_if_there
from tests.report.made_up_run import make_run, rows, variant


@pytest.fixture
def cases():
    """Cases a and b are of one photo; a is short and the others long, asked for in one shade."""
    table = rows()
    table["source"] = table["case"].map({"a": "one", "b": "one", "c": "two"})
    table["length"] = table["case"].map({"a": "short", "b": "long", "c": "long"})
    table["texture_structure"] = table["bleed_de00"] = 0.5
    return table


@pytest.fixture
def run():
    return make_run(
        {"float32": variant("float32", 100.0, 0.8), "int8": variant("int8", 90.0, 0.79)}
    )


def test_means_and_slices_are_over_photos(run, cases):
    found = over_sources(run, cases).variants["float32"]
    # Photos (0.9 + 0.8) / 2 and 0.7; over cases it was 0.8.
    assert found.quality["iou"].mean == pytest.approx(0.775)
    assert (found.quality["iou"].n, found.quality["iou"].n_sources) == (3, 2)
    assert found.quality["iou"].ci95 is None
    long = found.slices["length"]["long"]["iou"]
    assert (long.mean, long.n, long.n_sources) == (pytest.approx(0.75), 2, 2)


def test_what_is_kept_is_over_photos_too(run, cases):
    kept = over_sources(run, cases).variants["int8"].retention
    before, after = (0.65 + 0.5) / 2, (0.645 + 0.48) / 2
    assert kept.worst_metric == "boundary_iou"
    assert kept.value == pytest.approx(after / before)
    assert (kept.ci95, kept.n_sources, kept.baseline) == (None, 2, "float32")


def test_a_metric_without_cases_keeps_what_was_stored(run, cases):
    found = over_sources(run, cases.drop(columns="lock_de00")).variants["float32"]
    assert found.quality["lock_de00"] == run.variants["float32"].quality["lock_de00"]


def test_a_run_that_has_means_over_photos_is_unchanged(run, cases):
    new = over_sources(run, cases)
    again = over_sources(new, cases.assign(iou=0.1))
    assert again == new


def test_without_its_cases_a_run_stays_as_it_is(run, tmp_path):
    assert over_sources_if_there(run, tmp_path) is run
    (tmp_path / "cases.parquet").write_bytes(b"damaged")
    assert over_sources_if_there(run, tmp_path / "run.json") is run
