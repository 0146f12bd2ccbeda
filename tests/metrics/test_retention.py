"""Retention: the worst guarded metric, and what an undefined one means."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hairopt.errors import UsageError
from hairopt.metrics.catalog import METRICS
from hairopt.metrics.retention import DEFAULT_GUARDED, Retention, metric_retention, retention

BASELINE = {
    "alpha_iou": 0.8, "alpha_boundary_iou": 0.5, "edge_roughness": 0.0, "lock_de00": 2.0,
    "dye_strength": 0.8, "texture_structure": 0.9, "outside_structure": 0.95, "outside_de00": 0.0,
}  # fmt: skip


def test_the_default_guards_cover_mask_outline_color_and_bleed():
    assert DEFAULT_GUARDED == (
        "alpha_iou",
        "alpha_boundary_iou",
        "edge_roughness",
        "lock_de00",
        "dye_strength",
        "texture_structure",
        "outside_structure",
        "outside_de00",
    )


def test_no_change_keeps_everything():
    assert retention(BASELINE, BASELINE).value == 1.0


@pytest.mark.parametrize(
    ("worse", "value"),
    [
        ({"alpha_iou": 0.76}, 0.95),
        ({"alpha_boundary_iou": 0.4}, 0.8),
        ({"edge_roughness": 0.25}, 0.8),
        ({"lock_de00": 3.0}, 14 / 15),
        ({"dye_strength": 0.4}, 1.2 / 1.6),
        ({"dye_strength": -0.2}, 1.2 / 2.2),
        ({"outside_structure": 0.76}, 0.8),
        ({"outside_de00": 1.0}, 0.5),
        ({"outside_de00": 0.25}, 0.8),
    ],
)
def test_the_worst_metric_decides(worse, value):
    better = {"alpha_iou": 0.9, "alpha_boundary_iou": 0.6, "lock_de00": 1.0}
    found = retention(BASELINE, BASELINE | better | worse)
    assert found.value == pytest.approx(value)
    assert found.worst_metric == next(iter(worse))


def test_an_undefined_metric_never_passes():
    assert retention(BASELINE, BASELINE | {"alpha_iou": None}) == Retention(None, "alpha_iou")
    assert retention({}, BASELINE) == Retention(None, "alpha_iou")
    assert retention(BASELINE | {"alpha_iou": 0.0}, BASELINE) == Retention(None, "alpha_iou")


def test_an_optional_metric_is_not_judged_where_neither_side_has_it():
    without = BASELINE | {"dye_strength": None}
    assert retention(without, without | {"lock_de00": 3.0}).value == pytest.approx(14 / 15)
    assert retention(BASELINE, without) == Retention(None, "dye_strength")
    assert retention(without, BASELINE) == Retention(None, "dye_strength")


def test_two_sided_metrics_lose_in_both_directions():
    ratio = METRICS["edge_sharpness_ratio"]
    assert metric_retention(ratio, 1.0, 1.0) == 1.0
    assert metric_retention(ratio, 1.0, 1.2) == pytest.approx(metric_retention(ratio, 1.0, 0.8))
    assert metric_retention(ratio, 0.5, 0.9) > 1


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_nan_is_refused(bad):
    with pytest.raises(UsageError, match="candidate lock_de00 is"):
        retention(BASELINE, BASELINE | {"lock_de00": bad})


def test_unknown_and_missing_guards_are_named():
    with pytest.raises(UsageError, match="unknown guarded metric 'iuo'; did you mean iou"):
        retention(BASELINE, BASELINE, ["iuo"])
    with pytest.raises(UsageError, match="guarded names no metric"):
        retention(BASELINE, BASELINE, [])


@given(st.sampled_from(sorted(METRICS)), st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_better_is_above_1_for_every_metric(name, baseline, candidate):
    metric = METRICS[name]
    value = metric_retention(metric, baseline, candidate)
    gain = metric.loss(baseline) - metric.loss(candidate)
    assert value >= 0
    assert (value - 1) * gain >= 0
    assert metric_retention(metric, baseline, baseline) == 1.0


@given(st.sampled_from(sorted(METRICS)), st.data())
def test_every_value_a_metric_can_have_is_kept_to_a_finite_share_or_none(name, data):
    metric = METRICS[name]
    low = -1e6 if metric.lower_bound is None else metric.lower_bound
    high = 1e6 if metric.upper_bound is None else metric.upper_bound
    corners = st.sampled_from([low, high, 0.0, -0.0, 5e-324, 1e-300, (low + high) / 2])
    baseline, candidate = (data.draw(st.one_of(corners, st.floats(low, high))) for _ in range(2))
    value = metric_retention(metric, baseline, candidate)
    if value is None:
        assert metric.higher_is_better
        assert baseline < 1e-300
    else:
        assert math.isfinite(value)
        assert value >= 0.0
