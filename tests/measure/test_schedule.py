from __future__ import annotations

from collections import Counter
from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from hairopt.measure.schedule import request_sequence, rotations

counts = st.integers(1, 12)
seeds = st.integers(0, 2**31)


@given(n_cases=counts, n_combinations=counts, rounds=st.integers(1, 60), seed=seeds)
def test_every_case_is_timed_equally_often_to_within_one(n_cases, n_combinations, rounds, seed):
    sequence = request_sequence(n_cases, n_combinations, rounds, seed)
    assert len(sequence) == rounds
    cases = Counter(number // n_combinations for number in sequence)
    asked = Counter(number % n_combinations for number in sequence)
    for found, n in ((cases, n_cases), (asked, n_combinations)):
        times = [found[index] for index in range(n)]
        assert max(times) - min(times) <= 1
        assert sum(times) == rounds


def test_two_lanes_alternate_abba():
    orders = list(rotations("AB", 8, seed=0))
    first = "".join(orders[0])
    other = first[::-1]
    assert ["".join(order) for order in orders] == [first, other, other, first] * 2


@given(n=st.integers(1, 7), seed=seeds)
def test_a_full_cycle_puts_every_lane_everywhere_and_every_pair_in_both_orders(n, seed):
    orders = list(rotations(range(n), 2 * n, seed))
    assert all(sorted(order) == list(range(n)) for order in orders)
    for position in range(n):
        assert Counter(order[position] for order in orders) == dict.fromkeys(range(n), 2)
    for one, other in combinations(range(n), 2):
        assert sum(order.index(one) < order.index(other) for order in orders) == n


def test_the_seed_decides():
    assert request_sequence(9, 3, 30, 5) == request_sequence(9, 3, 30, 5)
    assert request_sequence(9, 3, 30, 5) != request_sequence(9, 3, 30, 6)
    assert list(rotations("ABCDEF", 4, 5)) != list(rotations("ABCDEF", 4, 6))


def test_laps_are_shuffled_apart():
    laps = request_sequence(8, 1, 80, 0)
    assert any(one != other for one, other in pairwise(laps[i : i + 8] for i in range(0, 80, 8)))
