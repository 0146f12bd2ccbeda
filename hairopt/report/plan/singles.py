"""The effect of each knob alone, from screening, and the candidates without numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hairopt.evidence.evidence import UNPROVEN
from hairopt.optimize.knobs import described
from hairopt.optimize.outcome import Outcome
from hairopt.optimize.screened import Screened
from hairopt.quantities import number_of
from hairopt.report.plan.blocks import Block, Bullets, Grid, Section, Text, safe
from hairopt.report.plan.numbers import change, share

_FOLDERS = re.compile(r"(?<![\w/])/(?:[\w.@+-]+/)+")
_MOST_FAILED = 12


def single_changes(outcome: Outcome) -> Section | None:
    """The section of the evidence; None if nothing was screened."""
    alone = [one for one in outcome.screened if one.origin == "alone"]
    if not alone:
        return None
    measured = sorted((o for o in alone if o.is_complete), key=lambda o: o.latency or 0.0)
    rows = tuple(
        (_changes(one), *ratios(one), share(one.kept), one.worst_metric or "") for one in measured
    )
    sampled = outcome.screened_on
    on = ""
    if sampled:
        requests = number_of(sampled.rounds, "request")
        on = f" on {number_of(sampled.n_cases, 'case')} with {requests} each"
    blocks: list[Block] = []
    if rows:
        head = ("change", "latency", "CPU", "quality kept", "limited by")
        remark = (
            f"From short runs{on}, in one process start: enough to choose, too short to prove "
            f"anything ({UNPROVEN})."
        )
        blocks += [Text(remark), Grid(head, rows)]
    return Section("Effect of each change alone", (*blocks, *failed(alone)))


def failed(screened: Sequence[Screened]) -> list[Block]:
    """The candidates without numbers, with the reasons."""
    without = [one for one in screened if one.status != "ok"]
    if not without:
        return []
    return [
        Text("Could not be measured, without an effect on the others:"),
        Bullets(tuple(f"{_changes(one)}: {_reason(one)}" for one in without[:_MOST_FAILED])),
    ]


def _reason(one: Screened) -> str:
    """Why it has no numbers, with file names but without the folders of this machine."""
    return safe(_FOLDERS.sub("", one.error or one.status))


def ratios(one: Screened) -> tuple[str, ...]:
    """Changes of latency and CPU time, which a short run does not prove."""
    found = (one.latency, one.cpu)
    return tuple("-" if ratio is None else f"{UNPROVEN} ({change(ratio)})" for ratio in found)


def _changes(one: Screened) -> str:
    return safe(described(one.changes))
