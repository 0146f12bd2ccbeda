"""The table of metrics: means, half widths, changes, and which of them are more than chance."""

import pytest
from scipy import stats

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
    differences = [-1.0] * 5 + [-0.5] * 5
    assert found.p == pytest.approx(stats.ttest_1samp(differences, 0).pvalue)
    assert found.is_proven


def test_half_a_width_is_about_two_standard_errors():
    found = row(alternating(2.0, 0.5, 400), [3.0] * 400)
    assert found.baseline_half == pytest.approx(1.96 * 0.5 / 20, rel=0.08)
    assert found.candidate_half == 0.0


def test_cases_of_one_photo_weigh_as_cases_and_count_as_one_image():
    found = row([1.0, 1.0, 4.0], [1.0, 1.0, 4.0], sources=["a", "a", "b"])
    assert (found.baseline, found.n, found.n_images) == (2.0, 3, 2)
    alone = row([1.0, 2.0], [1.0, 3.0], sources=["a", "a"])
    assert (alone.baseline_half, alone.candidate_half, alone.p) == (None, None, 1.0)


def test_signed_metrics_change_relative_to_their_size():
    assert row([-2.0] * 4, [-1.0] * 4).relative_change == 0.5
    assert row([0.0] * 4, [1.0] * 4).relative_change is None


@pytest.mark.parametrize(("images", "proven"), [(5, False), (6, True)])
def test_five_images_prove_no_change(images, proven):
    after = [1.0 + 0.01 * index for index in range(images)]
    found = row([2.0] * images, after)
    assert found.p < 0.001
    assert found.is_proven is proven


def test_a_change_that_may_be_chance_is_not_proven():
    found = row([2.0] * 12, alternating(2.05, 0.2, 12))
    assert found.p > 0.05
    assert not found.is_proven


def test_a_metric_without_a_common_case_stays_as_an_empty_row():
    found = row([None, 1.0], [1.0, None])
    assert (found.baseline, found.candidate, found.change) == (None, None, None)
    assert (found.n, found.n_images) == (0, 0)
    assert (found.p, found.is_proven) == (1.0, False)
