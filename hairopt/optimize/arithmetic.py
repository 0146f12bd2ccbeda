"""Arithmetic on measured numbers: ways to reach a missed target, workers, and alarm limits."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hairopt.optimize.outcome import Numbers

_SECONDS_PER_DAY = 86_400
_CONFIDENCE = 0.975
_FALSE_ALARM = 0.001

PEAK_FACTOR = 4.0
"""Requests in the busiest minute over the daily mean; an assumption, and labelled so."""

BUSY_AT_MOST = 0.7
"""Largest load of a worker, 0..1, before queues grow quickly; an assumption."""


@dataclass(frozen=True)
class Threads:
    """One request with more threads inside the network, by Amdahl's law: a lower bound.

    Attributes:
        other_ms: time of the stages that more threads do not shorten.
        network_ms: time of the segment stage with one thread.
        threads: number of threads that reaches the limit; None if no number is enough.
    """

    other_ms: float
    network_ms: float
    threads: int | None


def threads_for(numbers: Numbers, value_ms: float, limit_ms: float) -> Threads:
    """The number of threads for a latency below a limit, if the network scaled perfectly.

    The mean times of the stages are scaled to the quantity (such as p95), on the assumption that
    its tail is distributed over the stages like the mean.
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
        mean_per_s, peak_per_s: requests per second.
        workers: number of workers for the peak.
    """

    mean_per_s: float
    peak_per_s: float
    workers: int


def fleet_for(numbers: Numbers, requests_per_day: float) -> Fleet:
    """The number of workers with a load of at most ``BUSY_AT_MOST`` at the peak."""
    mean = requests_per_day / _SECONDS_PER_DAY
    peak = mean * PEAK_FACTOR
    busy = peak * numbers.mean_ms / 1000
    return Fleet(mean, peak, max(1, math.ceil(busy / BUSY_AT_MOST)))


def tail_alarm(n_measured: int, window: int) -> float:
    """Alarm limit: share of requests above the measured p95 that chance does not explain.

    The p95 of ``n_measured`` requests is uncertain: the true share above it follows a Beta
    distribution (order statistics; David & Nagaraja, 2003, section 2.5), of which the 97.5 %
    quantile is used. The limit is the 99.9 % quantile of the Binomial for ``window`` requests at
    that rate.

    Args:
        n_measured: number of requests from which p95 was computed.
        window: number of requests that are judged together.
    """
    from scipy.stats import beta, binom

    beyond = 0.05 * n_measured
    rate = float(beta.ppf(_CONFIDENCE, beyond + 1, n_measured - beyond))
    return float(binom.ppf(1 - _FALSE_ALARM, window, rate)) / window


def first_request_factor(numbers: Numbers) -> float:
    """Time of a process's first request, start-up included, over that of a warm request."""
    return (numbers.startup_ms + numbers.first_ms) / numbers.mean_ms
