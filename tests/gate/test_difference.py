"""A variant beside itself in one run: it passes, and the comparison says what that cannot show."""

import pytest

from hairopt.gate.compare import compare
from hairopt.gate.difference import ONE_MEASUREMENT, OTHER_METHOD, is_one_measurement
from hairopt.gate.limits import GateLimits
from hairopt.gate.verdict import Verdict
from tests.gate.snapshots import snapshot

ONE = snapshot(spec={"name": "a", "summary": "before", "encode": {"quality": 90}})
RENAMED = ONE.model_copy(
    update={"spec": {"name": "b", "summary": "after", "encode": {"quality": 90}}}
)


@pytest.mark.parametrize(
    "changes",
    [
        {"spec": {"name": "a", "encode": {"quality": 91}}},
        {"run_id": "another"},
        {"created_utc": "2027-01-01T00:00:00Z"},
        {"model_sha256": "ff" * 32},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_another_configuration_run_or_network_is_another_measurement(changes):
    other = ONE.model_copy(update=changes)
    assert not is_one_measurement(ONE, other)
    assert not is_one_measurement(other, ONE)
    assert ONE_MEASUREMENT not in compare(ONE, other, GateLimits()).notes


def test_a_variant_under_another_name_is_the_same_and_passes_with_a_note():
    assert is_one_measurement(ONE, RENAMED)
    found = compare(ONE, RENAMED, GateLimits(), notes=("measured again",))
    assert found.verdict is Verdict.PASS
    assert found.notes == ("measured again", ONE_MEASUREMENT)


def recolored(**recolor):
    return ONE.model_copy(update={"spec": {"name": "a", "recolor": recolor}})


def test_two_recolour_methods_are_judged_with_a_note():
    hsv, tone = recolored(method="hsv", region="hair"), recolored(method="tone", region="hair")
    strong = recolored(method="tone", options={"contrast": 2})
    for one, other in ((hsv, tone), (tone, hsv), (tone, strong)):
        assert OTHER_METHOD in compare(one, other, GateLimits()).notes
    whole = recolored(method="hsv", region="image", options={})
    assert OTHER_METHOD not in compare(hsv, whole, GateLimits()).notes
