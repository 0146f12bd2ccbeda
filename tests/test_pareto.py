"""What nothing beats is on the front, and something that is there beats everything else."""

from hypothesis import given
from hypothesis import strategies as st

from hairopt.pareto import non_dominated


@given(st.lists(st.tuples(*[st.integers(0, 4)] * 3), min_size=1, max_size=12))
def test_somebody_is_never_beaten_and_the_beaten_are_beaten_by_somebody(points):
    kept = non_dominated(points)
    assert any(kept)
    best = [p for p, k in zip(points, kept, strict=True) if k]
    for point, is_kept in zip(points, kept, strict=True):
        if not is_kept:
            assert any(all(a <= b for a, b in zip(o, point, strict=True)) for o in best)


def test_equal_points_are_kept_together():
    assert non_dominated([(1, 2), (1, 2), (2, 1), (2, 2)]) == [True, True, True, False]
