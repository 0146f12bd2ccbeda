"""What all rules together say, and the names they list."""

import pytest

from hairopt.gate.verdict import RuleResult, Verdict, listed, overall

P, F, INC = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("verdicts", "together"),
    [([P, P], P), ([P, INC], INC), ([INC, F, P], F), ([F], F), ([INC], INC), ([P], P)],
)
def test_the_worst_verdict_counts(verdicts, together):
    results = [RuleResult("r", "s", 0.0, None, None, 0.0, 1, None, one) for one in verdicts]
    assert overall(results) is together


def test_five_names_are_listed_and_the_others_are_counted():
    names = [f"image-{index}" for index in range(7)]
    assert listed(names[:5]) == "image-0, image-1, image-2, image-3, image-4"
    assert listed(names[:6]) == "image-0, image-1, image-2, image-3, image-4 and 1 more"
    assert listed(names) == "image-0, image-1, image-2, image-3, image-4 and 2 more"
    assert listed([]) == ""
