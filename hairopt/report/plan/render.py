"""The plan of an optimisation as ``plan.md`` and ``plan.html``."""

from __future__ import annotations

from pathlib import Path

from hairopt.optimize.outcome import Outcome
from hairopt.report.plan.advice import implementation, monitoring, recommendation
from hairopt.report.plan.blocks import Block, Bullets, Code, Section, Text, safe
from hairopt.report.plan.numbers import share
from hairopt.report.plan.state import current_state, options, problem
from hairopt.report.render import write_texts

PLAN_FILES = {"md": "plan.md", "html": "plan.html"}


def render_plan(outcome: Outcome, out: Path) -> list[Path]:
    """Write both renderings into the folder of the search.

    Raises:
        UsageError: it cannot be written.
    """
    from hairopt.report.plan.html import plan_html
    from hairopt.report.plan.markdown import plan_markdown

    sections = plan_sections(outcome)
    texts = {
        PLAN_FILES["md"]: plan_markdown(outcome, plan_sentence(outcome), sections),
        PLAN_FILES["html"]: plan_html(outcome, plan_sentence(outcome), sections),
    }
    return write_texts(texts, out)


def plan_sections(outcome: Outcome) -> tuple[Section, ...]:
    """The chapters, in the order in which a reader decides."""
    return (
        _with_doubts(current_state(outcome), outcome),
        problem(outcome),
        options(outcome),
        recommendation(outcome),
        implementation(outcome),
        monitoring(outcome),
        _measured(outcome),
    )


def _with_doubts(section: Section, outcome: Outcome) -> Section:
    """The section that is read first, after what is wrong with the dataset."""
    if not outcome.dataset_warnings:
        return section
    doubts = Bullets(tuple(map(safe, outcome.dataset_warnings)))
    return Section(section.title, (Text("Mind the dataset:"), doubts, *section.blocks))


def plan_sentence(outcome: Outcome) -> str:
    """The one sentence a person can repeat."""
    chosen = outcome.chosen
    if chosen is not None:
        return (
            f"{chosen.name} is {_times(1 / chosen.latency, 'faster', 'slower')} than "
            f"{outcome.baseline_name} and takes {_times(1 / chosen.cpu, 'less', 'more')} CPU, "
            f"keeping {share(chosen.retention)} of its quality ({chosen.summary})."
        )
    if outcome.confirmed_on is None:
        n = len(outcome.screened)
        seen = f"{n} candidates were screened, none confirmed" if n else "nothing was measured"
        return f"Nothing can be recommended yet: {seen}."
    if not outcome.options:
        return f"Nothing saves 5 % or more over {outcome.baseline_name} in what was confirmed."
    nearest = outcome.options[0]
    return (
        f"No option does what is asked of {outcome.baseline_name}; {nearest.name} "
        f"({nearest.summary}) comes closest and misses it by {100 * nearest.miss:.0f} %."
    )


def _times(factor: float, above: str, below: str) -> str:
    return f"{factor:.1f} times {above}" if factor >= 1 else f"{1 / factor:.1f} times {below}"


def _measured(outcome: Outcome) -> Section:
    n = len(outcome.screened)
    ok = sum(one.status == "ok" for one in outcome.screened)
    endings = {
        "complete": "every combination that the search proposed was measured",
        "settled": "further proposals were no better",
        "budget": "the budget ended it",
        "nothing": "there was no time for the first measurement",
    }
    blocks: list[Block] = [
        Text(
            f"Search over {outcome.spent_s:.0f} of {outcome.budget_s:.0f} s: {n} candidates were "
            f"screened, {ok} of them with numbers; {endings[outcome.ending]}."
        )
    ]
    confirmed = outcome.confirmed_on
    if confirmed is not None:
        blocks.append(
            Text(
                f"Confirmed in one interleaved run on {confirmed.n_cases} of "
                f"{confirmed.n_cases_all} cases of {safe(outcome.dataset)}, with "
                f"{confirmed.rounds} requests to each variant, shades "
                f"{', '.join(map(safe, outcome.shades))}, intensities "
                f"{', '.join(f'{v:g}' for v in outcome.intensities)}: `{safe(outcome.run)}`."
            )
        )
    remarks = (*outcome.notes, *outcome.warnings, *(f"Not tried: {x}" for x in outcome.left_out))
    if remarks:
        blocks += [Text("Mind:"), Bullets(tuple(map(safe, remarks)))]
    if outcome.command:
        blocks.append(Code(safe(outcome.command), "sh"))
    return Section("How this was measured", tuple(blocks))
