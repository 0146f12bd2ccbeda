"""The worst of several losses: which one, and an interval that knows that it was chosen."""

import numpy as np
import pytest

from hairopt.evidence.change import ratio_change
from hairopt.evidence.studentised import RESAMPLES, studentised, upper_quantile
from hairopt.evidence.worst import Loss, Losses, losses


def loss_of(after, before=None):
    before = np.ones(len(after)) if before is None else before
    return ratio_change(np.stack([before, np.asarray(after)])).negated()


@pytest.fixture
def three():
    rng = np.random.default_rng(8)
    return [loss_of(rng.normal(mean, 0.1, 20)) for mean in (0.99, 0.95, 0.9)]


def test_the_bounds_are_alone_to_pass_and_together_to_fail(three):
    found = losses(three)
    single = [studentised(function) for function in three]
    assert [one.value for one in found.each] == pytest.approx([one.value for one in single])
    assert [one.most for one in found.each] == pytest.approx(
        [one.value + one.reach() for one in single]
    )
    together = upper_quantile(np.max([np.abs(one.t) for one in single], axis=0), 0.05)
    for one, loss in zip(single, found.each, strict=True):
        assert one.value - loss.sure == pytest.approx(together * one.error)
        assert loss.sure < one.value - one.reach()


def test_the_interval_starts_at_the_one_it_is_seen_from_and_ends_at_the_largest_end(three):
    found = losses(three)
    assert found.worst == 2
    assert found.interval(2) == (found.each[2].sure, max(one.most for one in found.each))


def test_copies_of_one_metric_cost_nothing(three):
    once, often = losses(three[:1]), losses(three[:1] * 10)
    assert often.each[0] == once.each[0]
    same = loss_of(np.ones(20))
    assert losses([three[0], same]).each[0] == once.each[0]
    assert losses([same]).interval(0) == (0.0, 0.0)


def test_only_a_loss_that_is_itself_shown_counts_as_proven():
    found = Losses((Loss(0.2, -0.1, 0.5), Loss(0.06, 0.01, 0.1), Loss(0.01, 0.005, 0.02)))
    assert found.worst == 0
    assert found.proven_beyond(0.05) == 1
    assert found.proven_beyond(0.06) is None
    assert found.proven_beyond(0.0) == 1
    assert Losses((Loss(0.2, 0.0, 0.5),)).proven_beyond(0.05) is None
    assert found.interval(0) == (-0.1, 0.5)
    assert found.interval(1) == (0.01, 0.5)


def test_many_sources_use_bonferroni():
    rng = np.random.default_rng(3)
    many = [loss_of(rng.normal(0.99, 0.1, 600)) for _ in range(4)]
    found, alone = losses(many), studentised(many[0])
    assert found.each[0].value - found.each[0].sure == pytest.approx(alone.reach(0.05 / 4))
    (only,) = losses(many[:1]).each
    assert only.value - only.sure == pytest.approx(alone.reach())


def test_the_chance_that_any_of_eight_equal_ones_is_called_a_loss_is_five_per_cent():
    wrong = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        found = losses([loss_of(rng.normal(1.0, 0.1, 20)) for _ in range(8)])
        wrong += found.proven_beyond(0.0) is not None
    assert wrong / 200 <= 0.05  # two-sided at 5 %, so half of it is expected


def test_resamples_are_as_many_as_the_quantile_needs():
    assert (RESAMPLES + 1) * 0.05 % 1 == 0
