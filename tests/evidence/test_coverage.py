"""Intervals hold what they promise, with measured scores; at large: ``make verdicts``."""

import pytest

from tools.verdicts.coverage import change_held, clustered_change_held, kept_held, mean_held
from tools.verdicts.photos import measured, pairs

# 300 trials of 95 % have a standard deviation of 1.3 %.


@pytest.mark.parametrize("photos", [8, 20, 50, 200])
@pytest.mark.parametrize("drop", [None, 0.05])
def test_the_interval_of_a_change_holds(photos, drop):
    found = change_held(pairs("mediapipe", drop)["iou"], photos, trials=300, seed=photos)
    assert 0.93 <= found.share <= 0.99


def test_photos_with_one_and_with_eleven_cases_count_alike():
    found = clustered_change_held(pairs("mediapipe")["iou"], trials=300, seed=1)
    assert 0.93 <= found.share <= 0.99


@pytest.mark.parametrize(("photos", "least"), [(12, 0.87), (20, 0.90), (50, 0.91), (200, 0.92)])
def test_the_interval_of_a_mean_holds_where_there_is_one(photos, least):
    assert mean_held(measured()["iou.mediapipe"], photos, trials=300, seed=photos).share >= least


def test_no_interval_of_a_mean_is_printed_where_none_holds():
    assert mean_held(measured()["iou.mediapipe"], 8, trials=1, seed=0) is None


@pytest.mark.parametrize("photos", [8, 20, 50])
def test_where_no_metric_is_lost_kept_seldom_fails_and_its_interval_holds(photos):
    found = kept_held(pairs("mediapipe", 0.0), photos, trials=150, seed=photos, least=0.975)
    assert found.failed <= 0.05
    assert found.held >= 0.93
