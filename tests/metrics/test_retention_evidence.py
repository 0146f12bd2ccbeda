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
