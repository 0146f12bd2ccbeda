"""Exact tests and bounds of a count of source photos."""

from __future__ import annotations


def p_more_than(count: int, n: int, share: float) -> float:
    """One-sided p of "at most this share of all photos": small if the count shows more.

    Exact binomial test: the probability of ``count`` or more of ``n`` at that share.
    """
    from scipy.special import bdtrc

    return 1.0 if count <= 0 else float(bdtrc(count - 1, n, share))


def most_hidden(count: int, n: int) -> float:
    """The largest share of all photos that ``count`` of ``n`` do not refute, at 95 %.

    One-sided bound of Clopper & Pearson (1934). For a count of 0 it is ``1 - 0.05 ** (1 / n)``,
    about ``3 / n`` (the rule of three).
    """
    from scipy.special import betaincinv

    return 1.0 if count >= n else float(betaincinv(count + 1, n - count, 0.95))


def fewest_beyond(n: int, share: float, alpha: float) -> int | None:
    """The smallest count of ``n`` that shows more than ``share``; None if none does."""
    return next((count for count in range(1, n + 1) if p_more_than(count, n, share) < alpha), None)
