"""The effect of each knob alone, from screening, and the candidates without numbers."""

from __future__ import annotations

import re

from hairopt.evidence.evidence import UNPROVEN
from hairopt.optimize.knobs import described
from hairopt.optimize.outcome import Outcome
from hairopt.optimize.screened import Screened
from hairopt.quantities import number_of
from hairopt.report.plan.blocks import Block, Bullets, Grid, Heading, Text, safe
from hairopt.report.plan.numbers import change, share

_FOLDERS = re.compile(r"(?<![\w/])/(?:[\w.@+-]+/)+")
_MOST_FAILED = 12


def single_changes(outcome: Outcome) -> list[Block]:
    """Blocks for the end of the options; none if nothing was screened."""
    alone = [one for one in outcome.screened if one.origin == "alone"]
    if not alone:
        return []
    measured = sorted((o for o in alone if o.is_complete), key=lambda o: o.latency or 0.0)
    rows = tuple(
        (_changes(one), *_ratios(one), share(one.kept), one.worst_metric or "") for one in measured
    )
    sampled = outcome.screened_on
    on = ""
    if sampled:
        requests = number_of(sampled.rounds, "request")
        on = f" on {number_of(sampled.n_cases, 'case')} with {requests} each"
    blocks: list[Block] = [Heading("Effect of each change alone")]
    if rows:
        head = ("change", "latency", "CPU", "quality kept", "limited by")
        remark = (
            f"From short runs{on}, in one process start: enough to choose, too short to prove "
            f"anything ({UNPROVEN})."
        )
        blocks += [Text(remark), Grid(head, rows)]
    failed = [one for one in outcome.screened if one.status != "ok"]
    if failed:
        blocks += [
            Text("Could not be measured, without an effect on the others:"),
            Bullets(tuple(f"{_changes(one)}: {_reason(one)}" for one in failed[:_MOST_FAILED])),
        ]
    return blocks


def _reason(one: Screened) -> str:
    """Why it has no numbers, with file names but without the folders of this machine."""
    return safe(_FOLDERS.sub("", one.error or one.status))


def _ratios(one: Screened) -> tuple[str, ...]:
    ratios = (one.latency, one.cpu)
    return tuple("-" if ratio is None else f"{UNPROVEN} ({change(ratio)})" for ratio in ratios)


def _changes(one: Screened) -> str:
    return safe(described(one.changes))
