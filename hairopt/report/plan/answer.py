"""The first screen of a plan: what is recommended, what it wins and costs, how sure it is."""

from __future__ import annotations

from hairopt.evidence.evidence import UNPROVEN
from hairopt.optimize.outcome import Interval, Option, Outcome
from hairopt.optimize.plan_files import BASELINE, RECOMMENDED
from hairopt.quantities import number_of
from hairopt.report.answer import LOOK, LOSE, SHIP, SURE, WIN, Answer, Point, Tone
from hairopt.report.plan.numbers import change, days, money, share, target_value, verdict
from hairopt.report.plan.options import changed_knobs


def plan_answer(outcome: Outcome) -> Answer:
    """The first screen."""
    chosen = outcome.chosen
    warnings = (*(f"Dataset: {line}" for line in outcome.dataset_warnings), *outcome.warnings)
    if chosen is None:
        nothing = Point(SHIP, "Nothing is recommended", tone="bad")
        return Answer(plan_sentence(outcome), (nothing, _certainty(outcome)), warnings)
    return Answer(
        plan_sentence(outcome),
        (
            _ship(outcome, chosen),
            _wins(outcome, chosen),
            _losses(chosen),
            _certainty(outcome),
            _lookers(chosen),
        ),
        warnings,
        f"hairopt compare plan/{BASELINE} plan/{RECOMMENDED}",
    )


def plan_sentence(outcome: Outcome) -> str:
    """The result of the plan in one sentence, which says only what was proven."""
    chosen = outcome.chosen
    if chosen is not None:
        time = _times(chosen.latency, chosen.latency_ci95, "faster", "slower")
        cpu = _times(chosen.cpu, chosen.cpu_ci95, "less", "more")
        return (
            f"{chosen.name} is {time} than {outcome.baseline_name} and takes {cpu} CPU, keeping "
            f"{share(chosen.retention, chosen.retention_ci95)} of its quality."
        )
    if outcome.confirmed_on is None:
        n = len(outcome.screened)
        if outcome.is_already_good:
            return (
                f"{outcome.baseline_name} is already good: none of {n} changes and combinations "
                "saves 5 % or more."
            )
        screened = number_of(n, "candidate was screened", "candidates were screened")
        seen = f"{screened}, none confirmed" if n else "nothing was measured"
        return f"Nothing can be recommended yet: {seen}."
    if not outcome.options:
        return f"Nothing saves 5 % or more over {outcome.baseline_name} in what was confirmed."
    nearest = outcome.options[0]
    return (
        f"No option meets the limits for {outcome.baseline_name}; {nearest.name} "
        f"({nearest.summary}) comes closest and misses it by {100 * nearest.miss:.0f} %."
    )


def _times(ratio: float, ci95: Interval | None, above: str, below: str) -> str:
    """``5.4 times faster``; not proven to be anything where the interval holds 1."""
    if ci95 is None or ci95[0] <= 1 <= ci95[1]:
        return f"not proven ({UNPROVEN}) {above} or {below}"
    return f"{1 / ratio:.1f} times {above}" if ratio <= 1 else f"{ratio:.1f} times {below}"


def _ship(outcome: Outcome, chosen: Option) -> Point:
    found: dict[str, tuple[str, Tone]] = {
        "pass": ("Yes, on these photos", "good"),
        "inconclusive": ("Confirm its quality first", "doubt"),
        "fail": ("No", "bad"),
    }
    short, tone = found[chosen.retention_verdict]
    details = [
        f"that at least {share(outcome.min_retention)} of the quality is kept: {verdict(chosen)}"
    ]
    if outcome.target and chosen.target_value is not None:
        met = "met" if chosen.meets_target else "missed"
        details.append(f"{outcome.target}: {met}, {target_value(outcome, chosen.target_value)}")
    return Point(SHIP, short, tuple(details), tone)


def _wins(outcome: Outcome, chosen: Option) -> Point:
    changes = [("latency", chosen.latency, chosen.latency_ci95),
               ("CPU", chosen.cpu, chosen.cpu_ci95)]  # fmt: skip
    won = [f"{name} {change(ratio, ci95)}" for name, ratio, ci95 in changes if ci95 and ci95[1] < 1]
    first, *others = won or ["Nothing is proven"]
    base, now, currency = outcome.baseline, chosen.numbers, outcome.prices.currency
    if base is not None:
        others += [
            f"memory {now.peak_mb:.0f} MB, the baseline {base.peak_mb:.0f} MB",
            f"1,000 requests {money(now.cost_per_1000, currency)}, the baseline "
            f"{money(base.cost_per_1000, currency)}",
        ]
    return Point(WIN, first, tuple(others), "good" if won else "plain")


def _losses(chosen: Option) -> Point:
    kept, ci95 = share(chosen.retention, chosen.retention_ci95), chosen.retention_ci95
    is_lost = ci95 is not None and ci95[1] < 1
    short = "Some quality is lost" if is_lost else "No loss is proven"
    details = (
        f"{UNPROVEN * (not is_lost)} kept {kept}, limited by {chosen.worst_metric}".strip(),
        f"risk {chosen.risk}, effort {days(chosen.effort_days)}: {chosen.summary}",
    )
    return Point(LOSE, short, details, "bad" if is_lost else "plain")


def _certainty(outcome: Outcome) -> Point:
    confirmed = outcome.confirmed_on
    if confirmed is None:
        return Point(SURE, "Not confirmed", ("there was no time for the confirming run",), "doubt")
    cases = number_of(confirmed.n_cases_all, "case")
    requests = f"{number_of(confirmed.rounds, 'request')} to each variant, {outcome.cpu_model}"
    return Point(
        SURE,
        f"{confirmed.n_cases} of {cases}",
        (requests, "in brackets: 95 % intervals of one run; the gate decides on all rules"),
    )


def _lookers(chosen: Option) -> Point:
    """Who has to look at what before the rollout: a person where a change can be seen."""
    risky = [k.name for k in changed_knobs(chosen) if k.risk in ("medium", "high")]
    visible = [name for name in risky if name not in ("precision", "threads", "spinning")]
    doubt = bool(visible) or chosen.retention_verdict != "pass"
    details = []
    if visible:
        details.append(f"what can be seen: {', '.join(visible)}")
    if len(visible) < len(risky):
        hidden = [name for name in risky if name not in visible]
        details.append(f"operations, at {', '.join(hidden)}")
    details.append("before and after below, all photos in the run's report")
    short = "The product team, before the rollout" if doubt else "Whoever releases"
    return Point(LOOK, short, tuple(details), "doubt" if doubt else "plain")
