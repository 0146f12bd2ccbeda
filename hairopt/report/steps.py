"""The steps of cascades: a table, and what the paths of the photos cost, for every format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hairopt.measure.run_model import Latency, Run, StepResult, VariantResult
from hairopt.report.text import ABSENT

HEADINGS = ("step", "network", "asked", "takes", "photos", "step ms", "request ms", "MB")
"""``photos`` is the share for which the step was asked; ``request`` is the whole request in which
it was the last one; ``MB`` is the growth of memory as it was loaded and answered first."""

WORDS = HEADINGS[:4]
"""The columns that hold no figures."""

_TAIL = 0.05
"""p95 is the dear path where more requests than this take it."""


@dataclass(frozen=True)
class PhotoPath:
    """The photos that end at one step.

    Attributes:
        step: number of the step, from 1 on.
        share: of the photos, 0..1.
        ms: median of their whole requests; None where none was timed.
    """

    step: int
    share: float
    ms: float | None


@dataclass(frozen=True)
class StepTable:
    """The steps of one variant, as text."""

    variant: str
    rows: tuple[tuple[str, ...], ...]


def step_tables(run: Run) -> tuple[StepTable, ...]:
    """One table for every measured cascade."""
    return tuple(
        StepTable(name, tuple(_row(i, step) for i, step in enumerate(result.steps, start=1)))
        for name, result in run.variants.items()
        if result.steps and result.status == "ok"
    )


def step_sentences(run: Run) -> list[str]:
    """What the paths cost, and remarks on the steps, for every measured cascade."""
    found: list[str] = []
    for name, result in run.variants.items():
        if result.steps and result.status == "ok":
            found += [f"{name}: {text}" for text in [_paths(result), *result.step_notes] if text]
    return found


def path_sentence(paths: Sequence[PhotoPath], p95_ms: float | None, dear_timed: float) -> str:
    """``25 % of photos take the dear path: 28.1 ms (median), the others 9.0 ms``.

    Args:
        paths: the paths that photos took, the cheapest first.
        p95_ms: of all requests; None with too few for one.
        dear_timed: share of the timed requests beyond the cheapest path.
    """
    taken = [path for path in paths if path.share > 0]
    if not taken:
        return ""
    if len(taken) == 1:
        return f"all photos end at step {taken[0].step}: {_ms(taken[0].ms)} (median)."
    *others, dear = taken
    text = f"{_percent(dear.share)} of photos take the dear path: {_ms(dear.ms)} (median), "
    if len(others) == 1:
        text += f"the others {_ms(others[0].ms)}"
    else:
        text += ", ".join(
            f"{_percent(path.share)} end at step {path.step}: {_ms(path.ms)}" for path in others
        )
    if p95_ms is None:
        return f"{text}."
    which = "a dear path" if dear_timed > _TAIL else "the cheap path"
    if len(others) == 1 and dear_timed > _TAIL:
        which = "the dear path"
    return f"{text}; p95 ({p95_ms:.1f} ms) is {which}."


def _paths(result: VariantResult) -> str:
    paths = [
        PhotoPath(number, step.last_share or 0.0, step.request_ms.p50 if step.request_ms else None)
        for number, step in enumerate(result.steps, start=1)
    ]
    total = result.latency_ms.get("total")
    first = next((i for i, path in enumerate(paths) if path.share > 0), 0)
    dear = sum(step.timed_share or 0.0 for step in result.steps[first + 1 :])
    return path_sentence(paths, total.p95 if total else None, dear)


def _row(number: int, step: StepResult) -> tuple[str, ...]:
    return (
        str(number),
        step.label,
        step.when,
        ABSENT if number == 1 else step.choose,
        ABSENT if step.asked_share is None else _percent(step.asked_share),
        _median(step.latency_ms),
        _median(step.request_ms),
        ABSENT if step.memory_mb is None else f"{step.memory_mb:.0f}",
    )


def _median(latency: Latency | None) -> str:
    return ABSENT if latency is None else f"{latency.p50:.1f}"


def _ms(ms: float | None) -> str:
    return "not timed" if ms is None else f"{ms:.1f} ms"


def _percent(share: float) -> str:
    return (
        f"{100 * share:.0f} %"
        if share in (0.0, 1.0) or 0.01 <= share <= 0.99
        else (f"{100 * share:.1f} %")
    )
