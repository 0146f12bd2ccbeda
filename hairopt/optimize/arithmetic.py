"""Arithmetic on measured numbers: what would reach a target that was missed, and when to worry."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hairopt.optimize.outcome import Numbers

_SECONDS_PER_DAY = 86_400
_CONFIDENCE = 0.975
_FALSE_ALARM = 0.001

PEAK_FACTOR = 4.0
"""Requests in the busiest minute over the daily mean; an assumption, labelled as one."""

BUSY_AT_MOST = 0.7
"""Share of its time that a worker may compute before queues grow quickly; an assumption."""


@dataclass(frozen=True)
class Threads:
    """One request with more threads inside the network, by Amdahl's law: a lower bound.

    Attributes:
        other_ms: the stages that more threads do not shorten.
        network_ms: the segment stage with one thread.
        threads: how many are needed to reach the limit; None where no number of them is enough.
    """

    other_ms: float
    network_ms: float
    threads: int | None


def threads_for(numbers: Numbers, value_ms: float, limit_ms: float) -> Threads:
    """How many threads would bring a latency under a limit, if the network scaled perfectly.

    The stages' means are stretched to the quantity in question (p95, say), which assumes that its
    tail is spread over the stages as the mean is.
    """
    stretch = value_ms / numbers.mean_ms
    network = numbers.stage_ms.get("segment", 0.0) * stretch
    other = value_ms - network
    room = limit_ms - other
    return Threads(other, network, math.ceil(network / room) if room > 0 else None)


@dataclass(frozen=True)
class Fleet:
    """Workers that answer one request at a time.

    Attributes:
        mean_per_s, peak_per_s: requests.
        workers: needed at the peak.
    """

    mean_per_s: float
    peak_per_s: float
    workers: int


def fleet_for(numbers: Numbers, requests_per_day: float) -> Fleet:
    """How many workers the peak keeps busy for at most ``BUSY_AT_MOST`` of their time."""
    mean = requests_per_day / _SECONDS_PER_DAY
    peak = mean * PEAK_FACTOR
    busy = peak * numbers.mean_ms / 1000
    return Fleet(mean, peak, max(1, math.ceil(busy / BUSY_AT_MOST)))


def tail_alarm(n_measured: int, window: int, share: float = 0.05) -> float:
    """Share of a window's requests beyond the measured p95 that chance alone does not explain.

    p95 of ``n_measured`` requests is itself uncertain: the share that truly lies beyond it follows
    a Beta distribution (order statistics; David & Nagaraja, 2003, section 2.5), whose 97.5 %
    quantile is taken. Of ``window`` requests at that rate, the 99.9 % quantile of the Binomial is
    the alarm.

    Args:
        n_measured: requests behind the p95.
        window: requests that are looked at together.
        share: what p95 leaves beyond it.
    """
    from scipy.stats import beta, binom

    beyond = share * n_measured
    rate = float(beta.ppf(_CONFIDENCE, beyond + 1, n_measured - beyond))
    return float(binom.ppf(1 - _FALSE_ALARM, window, rate)) / window


def first_request_factor(numbers: Numbers) -> float:
    """How many times a warm request the first one of a process takes, start-up included."""
    return (numbers.startup_ms + numbers.first_ms) / numbers.mean_ms
