from __future__ import annotations

from collections import Counter
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hairopt.evidence.times import FEWEST_STARTS
from hairopt.measure.latency import P95_FROM
from hairopt.measure.schedule import (
    AUTOMATIC_STARTS,
    COUNTED,
    PAUSE_S,
    TURNS,
    Schedule,
    order_of_turn,
    pauses_s,
    request_sequence,
    rounds_of_starts,
    starts_for,
    uncounted_requests,
)

counts = st.integers(1, 12)
seeds = st.integers(0, 2**31)


class Machine:
    """A made-up clock: a process start and a round of all variants take a fixed time each."""

    def __init__(self, schedule, start_s=1.0, round_s=0.1, precise_from=10**9):
        self.spent_s, self.starts, self.turns = 0.0, 0, []
        while schedule.goes_on(self.spent_s, lambda: self.starts >= precise_from):
            self.starts += 1
            self.spent_s += start_s
            for turn in schedule.turns(lambda: self.spent_s, round_s):
                self.turns.append(turn)
                self.spent_s += (len(turn.rounds) + 2) * round_s
        self.stop = schedule.stop


@given(rounds=st.integers(1, 700))
def test_every_round_is_in_one_turn_and_starts_share_them_evenly(rounds):
    schedule = Schedule(rounds, 1.0)
    seen = Machine(schedule)
    assert [number for turn in seen.turns for number in turn.rounds] == list(range(rounds))
    assert [turn.number for turn in seen.turns] == list(range(len(seen.turns)))
    assert max(len(turn.rounds) for turn in seen.turns) <= COUNTED
    shares = Counter(turn.start for turn in seen.turns for _ in turn.rounds)
    assert list(shares) == list(range(seen.starts))
    assert max(shares.values()) - min(shares.values()) <= 1
    assert (seen.stop, schedule.rounds_expected) == ("rounds", rounds)
    assert schedule.starts_expected == seen.starts == starts_for(rounds)
    assert pauses_s(rounds) == pytest.approx(len(seen.turns) * PAUSE_S)


@pytest.mark.parametrize(
    ("rounds", "starts"),
    [(1, 1), (2, 1), (5, 1), (6, 2), (17, 5), (18, 6), (72, 6), (100, 8), (500, 20), (5000, 100)],
)
def test_enough_rounds_are_spread_over_as_many_starts_as_a_claim_needs(rounds, starts):
    assert starts_for(rounds) == starts
    assert (starts >= FEWEST_STARTS) == (rounds >= 18)
    assert sum(rounds_of_starts(rounds, starts)) == rounds


def test_the_pauses_of_automatic_rounds_on_paper():
    assert pauses_s(72) == pytest.approx(6 * 2 * 0.2)  # starts, turns, seconds


def test_a_number_of_starts_can_be_asked_for():
    assert Machine(Schedule(12, 1.0, starts_asked=1)).starts == 1


def test_automatic_rounds_end_with_the_first_start_that_is_precise_enough():
    seen = Machine(Schedule(None, 1000.0), precise_from=12)
    assert (seen.stop, seen.starts) == ("precise", 12)
    assert len(seen.turns) == 12 * TURNS


def test_automatic_rounds_make_enough_starts_for_a_claim_however_precise_they_are():
    schedule = Schedule(None, 1000.0)
    seen = Machine(schedule, precise_from=1)
    assert (seen.stop, seen.starts) == ("precise", AUTOMATIC_STARTS)
    assert AUTOMATIC_STARTS >= FEWEST_STARTS
    assert schedule.rounds_expected == AUTOMATIC_STARTS * TURNS * COUNTED >= P95_FROM


@pytest.mark.parametrize(
    ("start_s", "round_s"), [(0.1, 0.01), (1.0, 0.1), (6.0, 0.3), (2.0, 1.0), (5.0, 4.0)]
)
def test_automatic_rounds_end_before_the_time_is_over_and_make_enough_starts(start_s, round_s):
    limit_s = 120.0
    seen = Machine(Schedule(None, limit_s), start_s, round_s)
    assert seen.stop == "limit"
    assert 0.7 * limit_s < seen.spent_s <= limit_s
    assert seen.starts >= FEWEST_STARTS - 1


def test_one_start_is_made_even_if_it_takes_longer_than_the_limit():
    seen = Machine(Schedule(None, 1.0), start_s=50.0, round_s=20.0)
    assert (seen.starts, seen.stop) == (1, "limit")


@pytest.mark.parametrize(("round_s", "counted"), [(1.5, 6), (1.51, 1)])
def test_a_turn_has_one_counted_request_where_six_do_not_fit_into_a_ninth_of_the_time(
    round_s, counted
):
    # Of 108 s a start has 12 s: two uncounted requests and six counted ones of 1.5 s.
    turns = Schedule(None, 108.0).turns(lambda: 0.0, round_s)
    assert [len(turn.rounds) for turn in turns] == [counted] * TURNS


@pytest.mark.parametrize(("round_s", "turns"), [(0.75, 2), (0.76, 1)])
def test_a_start_has_a_second_turn_where_it_still_fits_into_a_ninth_of_the_time(round_s, turns):
    # Of 108 s a start has 12 s: of turns of 6 s two fit, of more only one.
    seen = Machine(Schedule(None, 108.0), start_s=0.0, round_s=round_s)
    assert set(Counter(turn.start for turn in seen.turns).values()) == {turns}
    assert seen.starts > 1


def test_a_start_that_just_fits_is_made():
    assert Machine(Schedule(None, 108.0), start_s=54.0, round_s=0.0).starts == 2


def test_what_is_expected_is_the_least_before_the_timing_and_what_was_made_after_it():
    schedule = Schedule(None, 1.0)
    assert (schedule.starts_expected, schedule.rounds_expected) == (9, 108)
    seen = Machine(schedule, start_s=50.0, round_s=20.0)
    made = sum(len(turn.rounds) for turn in seen.turns)
    assert (schedule.starts_expected, schedule.rounds_expected) == (1, made)
    assert not schedule.goes_on(0.0, lambda: False)  # it has ended


@pytest.mark.parametrize(
    ("request_ms", "uncounted"),
    [(0.0, 6), (1.0, 6), (10.0, 6), (25.0, 3), (59.5, 2), (60.0, 1), (900.0, 1)],
)
def test_the_first_requests_of_a_turn_are_not_counted_the_more_the_faster(request_ms, uncounted):
    assert uncounted_requests(request_ms) == uncounted


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
    orders = ["".join(order_of_turn("AB", turn, seed=0)) for turn in range(8)]
    first = orders[0]
    other = first[::-1]
    assert orders == [first, other, other, first] * 2


@given(n=st.integers(1, 7), seed=seeds)
def test_a_full_cycle_puts_every_lane_everywhere_and_every_pair_in_both_orders(n, seed):
    orders = [order_of_turn(range(n), turn, seed) for turn in range(2 * n)]
    assert all(sorted(order) == list(range(n)) for order in orders)
    for position in range(n):
        assert Counter(order[position] for order in orders) == dict.fromkeys(range(n), 2)
    for one, other in combinations(range(n), 2):
        assert sum(order.index(one) < order.index(other) for order in orders) == n


def test_the_seed_decides():
    assert request_sequence(9, 3, 30, 5) == request_sequence(9, 3, 30, 5)
    assert request_sequence(9, 3, 30, 5) != request_sequence(9, 3, 30, 6)
    assert order_of_turn("ABCDEF", 4, 5) == order_of_turn("ABCDEF", 4, 5)
    assert order_of_turn("ABCDEF", 4, 5) != order_of_turn("ABCDEF", 4, 6)


def test_laps_are_shuffled_apart():
    laps = request_sequence(8, 1, 80, 0)
    assert any(one != other for one, other in pairwise(laps[i : i + 8] for i in range(0, 80, 8)))
