"""What a release may lose unless told otherwise, and which limits make sense."""

import pytest
from pydantic import ValidationError

from hairopt.gate.limits import GateLimits

SHARES = (
    "max_mask_drop",
    "max_boundary_drop",
    "max_slice_drop",
    "max_big_losers",
    "fails_below",
    "max_failures",
)
POSITIVE = ("big_loss", "works_from", "min_retention")
RISES = ("max_latency_increase", "max_memory_increase")


def test_the_defaults_are_those_of_the_documentation():
    assert GateLimits().model_dump() == {
        "max_mask_drop": 0.05,
        "max_boundary_drop": 0.10,
        "max_slice_drop": 0.10,
        "min_slice_images": 10,
        "max_big_losers": 0.02,
        "big_loss": 0.20,
        "works_from": 0.5,
        "fails_below": 0.1,
        "max_failures": 0.01,
        "max_latency_increase": None,
        "max_memory_increase": None,
        "min_retention": 0.95,
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name in SHARES for value in (0.0, 1.0)]
    + [(name, value) for name in POSITIVE for value in (0.001, 1.0)]
    + [(name, value) for name in RISES for value in (0.0, 0.99)]
    + [("min_slice_images", 2)],
)
def test_what_may_just_be_asked(name, value):
    assert getattr(GateLimits.model_validate({name: value}), name) == value


@pytest.mark.parametrize("name", RISES)
def test_a_rise_may_be_more_than_twofold(name):
    assert getattr(GateLimits.model_validate({name: "150%"}), name) == 1.5


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name in SHARES for value in (-0.001, "100.1%")]
    + [(name, value) for name in POSITIVE for value in (0.0, "100.1%")]
    + [(name, -0.001) for name in RISES]
    + [("min_slice_images", 1), ("max_mask_dorp", 0.1)],
)
def test_what_may_not_be_asked(name, value):
    with pytest.raises(ValidationError):
        GateLimits.model_validate({name: value})


def test_limits_do_not_change_during_a_comparison():
    with pytest.raises(ValidationError):
        GateLimits().max_mask_drop = 1.0
