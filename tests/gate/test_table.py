"""The table of metrics: means, intervals, changes, and which of them are more than chance."""

import pytest

from hairopt.gate.table import metric_rows
from tests.gate.made_up_cases import alternating, paired


def row(before, after, **more):
    (found,) = metric_rows(paired(lock_de00=(before, after), **more))
    return found


def test_a_row_on_paper():
    found = row([2.0] * 5 + [4.0] * 5, [1.0] * 5 + [3.5] * 5)
    assert (found.metric, found.baseline, found.candidate) == ("lock_de00", 3.0, 2.25)
    assert (found.change, found.relative_change) == (-0.75, -0.25)
    assert (found.n, found.n_images) == (10, 10)
    assert found.evidence.ci95[0] < -0.25 < found.evidence.ci95[1] < 0
    assert found.p < 0.01
    assert found.is_proven


def test_an_interval_is_about_two_standard_errors_to_each_side():
    found = row(alternating(2.0, 0.5, 400), [3.0] * 400)
    low, high = found.baseline_ci95
    assert (2.0 - low, high - 2.0) == pytest.approx((1.96 * 0.5 / 20,) * 2, rel=0.1)
    assert found.candidate_ci95 == (3.0, 3.0)


def test_cases_of_one_photo_are_averaged_first_and_count_as_one_image():
    found = row([1.0, 1.0, 4.0], [1.0, 1.0, 4.0], sources=["a", "a", "b"])
    assert (found.baseline, found.n, found.n_images) == (2.5, 3, 2)
    alone = row([1.0, 2.0], [1.0, 3.0], sources=["a", "a"])
    assert (alone.baseline_ci95, alone.candidate_ci95, alone.p) == (None, None, None)


def test_signed_metrics_change_relative_to_their_size():
    assert row([-2.0] * 4, [-1.0] * 4).relative_change == 0.5
    assert row([0.0] * 4, [1.0] * 4).relative_change is None


@pytest.mark.parametrize("metric", ["color_dh", "edge_sharpness_ratio"])
def test_a_metric_with_its_best_value_between_changes_by_a_difference(metric):
    before = [-2.6 + 0.1 * (index % 3) for index in range(12)]
    after = [value + 2.4 + 0.01 * (index % 2 - 0.5) for index, value in enumerate(before)]
    (found,) = metric_rows(paired(**{metric: (before, after)}))
    assert (found.is_relative, found.relative_change) == (False, None)
    assert found.evidence.estimate == pytest.approx(2.4)
    assert found.is_proven


@pytest.mark.parametrize(("images", "proven"), [(5, False), (6, True)])
def test_five_images_prove_no_change(images, proven):
    after = [1.0 + 0.01 * index for index in range(images)]
    assert row([2.0] * images, after).is_proven is proven


def test_a_change_that_may_be_chance_is_not_proven():
    found = row([2.0] * 12, alternating(2.05, 0.2, 12))
    assert found.p > 0.05
    assert not found.is_proven


def test_a_metric_without_a_common_case_stays_as_an_empty_row():
    found = row([None, 1.0], [1.0, None])
    assert (found.baseline, found.candidate, found.change) == (None, None, None)
    assert (found.n, found.n_images) == (0, 0)
    assert (found.p, found.is_proven) == (None, False)


def test_a_change_from_zero_is_a_difference():
    found = row([0.0] * 12, alternating(1.0, 0.2, 12))
    assert (found.relative_change, found.change) == (None, pytest.approx(1.0))
    assert found.is_proven
    assert found.evidence.ci95[0] > 0.5
