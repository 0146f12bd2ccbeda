"""What retention loses as a function of means: its value on paper, its slope by differences."""

import numpy as np
import pytest

from hairopt.metrics.retention_evidence import RetentionEvidence

SOURCES = [f"photo-{index}" for index in range(9)]
RNG = np.random.default_rng(7)
BEFORE = [None, *RNG.uniform(0.5, 0.9, 8)]


@pytest.mark.parametrize(
    ("metric", "after"),
    [
        ("iou", RNG.uniform(0.4, 0.8, 9)),  # more is better
        ("texture_structure", RNG.uniform(-0.5, -0.1, 9)),  # and none is left below zero
        ("lock_de00", RNG.uniform(1.0, 3.0, 9)),  # less is better
        ("bleed_de00", RNG.uniform(0.1, 0.4, 9)),
        ("edge_sharpness_ratio", RNG.uniform(0.2, 0.6, 9)),  # two-sided, on one side of its target
        ("edge_sharpness_ratio", RNG.uniform(1.2, 1.6, 9)),  # and on the other
    ],
)
def test_the_loss_is_that_of_the_metric_and_its_slope_is_that_of_differences(metric, after):
    values = {metric: (BEFORE, after.tolist())}
    (part,) = RetentionEvidence.of(values, SOURCES, [metric]).parts
    loss = part.loss()
    means = loss.columns.mean(axis=1)
    assert loss.value(means) == pytest.approx(1 - part.kept)
    if metric == "texture_structure":
        assert part.kept == 0.0
        return
    steps = np.eye(means.size) * 1e-6
    slopes = [(loss.value(means + s) - loss.value(means - s)) / 2e-6 for s in steps]
    assert loss.gradient(means) == pytest.approx(slopes, rel=1e-5)
    many = np.stack([means, means + steps[0]])
    assert loss.gradient(many).shape == many.shape


def kept(before, after, shades=None, guarded=("lock_de00",), sources=SOURCES):
    values = {"lock_de00": (before, after)}
    return RetentionEvidence.of(values, sources, guarded, shades).retention


def test_a_better_shade_does_not_pay_for_a_worse_one():
    before = [6.0] * 9
    shades = {"black": (before, [2.0] * 9), "blond": (before, [9.0] * 9)}
    overall = kept(before, [5.5] * 9)
    assert (overall.shade, overall.value) == ("", pytest.approx(18 / 17.5))
    found = kept(before, [5.5] * 9, shades)
    assert (found.worst_metric, found.shade) == ("lock_de00", "blond")
    assert found.value == pytest.approx(18 / 21)
    assert found.ci95 == pytest.approx((18 / 21, 18 / 21))


def test_a_shade_of_few_photos_is_not_judged_by_itself():
    before, few = [6.0] * 9, [6.0] * 5 + [None] * 4
    shades = {"black": (before, [5.0] * 9), "true pictures": (few, [20.0] * 5 + [None] * 4)}
    assert kept(before, [5.0] * 9, shades).shade == "black"
    only = {"true pictures": (few, [20.0] * 5 + [None] * 4)}
    assert kept(before, [7.0] * 9, only).value == pytest.approx(18 / 19)


def test_shades_matter_only_where_colour_is_guarded():
    shades = {"blond": ([6.0] * 9, [9.0] * 9)}
    values = {"iou": ([0.8] * 9, [0.8] * 9)}
    assert RetentionEvidence.of(values, SOURCES, ["iou"], shades).retention.value == 1.0


@pytest.mark.parametrize(("defined", "value"), [(0, 1.0), (5, 1.0), (6, 1.1 / 1.6)])
def test_an_optional_metric_counts_from_six_photos_on(defined, value):
    colour = ([6.0] * 9, [6.0] * 9)
    before, after = ([share] * defined + [None] * (9 - defined) for share in (0.9, 0.4))
    values = {"lock_de00": colour, "dye_strength": (before, after)}
    found = RetentionEvidence.of(values, SOURCES, ["lock_de00", "dye_strength"]).retention
    assert found.value == pytest.approx(value)
    assert found.ci95 is not None


def test_an_optional_metric_counts_where_the_candidate_lost_it_and_in_few_photos():
    guarded = ["lock_de00", "dye_strength"]
    colour = ([6.0] * 9, [6.0] * 9)
    values = {"lock_de00": colour, "dye_strength": ([0.9] * 3 + [None] * 6, [None] * 9)}
    found = RetentionEvidence.of(values, SOURCES, guarded).retention
    assert (found.value, found.worst_metric) == (None, "dye_strength")
    two = {"lock_de00": ([6.0] * 2, [6.0] * 2), "dye_strength": ([0.9] * 2, [0.4] * 2)}
    assert RetentionEvidence.of(two, ["a", "b"], guarded).retention.worst_metric == "dye_strength"
