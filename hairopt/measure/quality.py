"""The quality pass of a bench: score every answer to every case against the truth.

Nothing is timed here, so that the parent may score one variant's answer while the next variant
computes. What is scored is what a user would get: the encoded answer, decoded again.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hairopt.measure.agreement_scorer import (
    AgreementScorer,
    ask_expectations,
    without_agreement,
)
from hairopt.measure.calibrated import CalibrationGuard
from hairopt.measure.case_scorer import CaseScorer, IntensityScore, Scored, bad_case
from hairopt.measure.lane import Lane, alive
from hairopt.measure.plan import BenchPlan
from hairopt.measure.progress import Progress
from hairopt.measure.run_model import BadCase
from hairopt.measure.run_store import FIXED_COLUMNS, Cell
from hairopt.measure.thumbnails import Thumbnails

_INTENSITY_CASES = 6
"""At most so many cases show how the recolour methods follow the intensity."""


@dataclass
class Quality:
    """What the pass found.

    Attributes:
        scored: answers.
        intensity_scores: what the ideals of the recolour methods do at several intensities.
        bad_cases: the cases that could not be used.
    """

    scored: list[Scored] = field(default_factory=list)
    intensity_scores: list[IntensityScore] = field(default_factory=list)
    bad_cases: list[BadCase] = field(default_factory=list)


def measure_quality(
    lanes: list[Lane], plan: BenchPlan, thumbnails: Thumbnails, progress: Progress
) -> Quality:
    """Have every running variant answer every case in every shade and intensity, and score it.

    A case that cannot be read or prepared is listed and left out; a case that one variant cannot
    answer, or whose answer cannot be scored, is recorded there, and a variant without any is taken
    out. Whatever goes wrong with one case (a plug-in's metric may raise anything), the others are
    measured. Photos without masks are compared with the answers of the first variant instead.
    Cases with the same photo file have one source: they are no independent observations.
    Deterministic for a given dataset, plan and kind of CPU.
    """
    found = Quality()
    if not plan.dataset.is_labelled:
        ask_expectations(lanes, plan.timeout_s)
    reference = alive(lanes)[0].name if alive(lanes) else ""
    guard = CalibrationGuard(lanes)
    cases = plan.dataset.cases
    sources: dict[bytes, str] = {}
    every = -(-len(cases) // _INTENSITY_CASES) or 1
    progress.update("quality", 0, len(cases))
    for index, case in enumerate(cases):
        try:
            scorer: CaseScorer | AgreementScorer
            if plan.dataset.is_labelled:
                shows = index % every == 0
                scorer = CaseScorer.read(index, case, plan, thumbnails, shows_intensities=shows)
            else:
                scorer = AgreementScorer.of_photo(index, case, plan, thumbnails, reference)
        except Exception as error:
            found.bad_cases.append(bad_case(case, error))
        else:
            scorer.case = replace(case, source=sources.setdefault(scorer.photo_digest, case.source))
            guard.look(lanes, case.name, scorer.truth.image)
            found.scored += scorer.run(alive(lanes))
            found.intensity_scores += scorer.intensity_scores
        progress.update("quality", index + 1, len(cases))
    usable = len(cases) - len(found.bad_cases)
    for lane in alive(lanes):
        if usable and len(lane.failed_cases) >= usable:
            first = next(iter(lane.failed_cases.values()))
            lane.drop("failed", f"Variant {lane.name!r} answered no case: {first.reason}")
    out = {(lane.name, name) for lane in lanes for name in lane.failed_cases}
    measured = {lane.name for lane in alive(lanes)}
    found.scored = [
        one
        for one in found.scored
        if one.variant in measured and (one.variant, one.case) not in out
    ]
    if not plan.dataset.is_labelled and reference not in measured:
        found.scored = [without_agreement(one) for one in found.scored]
    return found


def as_row(one: Scored, thumbnails: Thumbnails) -> dict[str, Cell]:
    """The line of ``cases.parquet``; a tag whose name is taken is prefixed with ``tag.``."""
    values = (
        one.variant,
        one.case,
        one.source,
        one.shade.hex,
        one.shade.name,
        one.intensity,
        thumbnails.path(one.index),
    )
    row: dict[str, Cell] = dict(zip(FIXED_COLUMNS, values, strict=True))
    row["is_redye"], row["is_true"] = int(one.is_redye), int(one.is_true)
    for name in ("hair_change_de76", "redye_noise_de00"):
        if (value := getattr(one, name)) is not None:
            row[name] = value
    if one.expected is not None:
        row |= {"expected_low": one.expected.low, "expected_high": one.expected.high}
        row["doubt"] = one.expected.doubt
    for name, lab in (("hair", one.hair_lab), ("intent", one.intent_lab)):
        if lab is not None:
            row |= {f"{name}_{axis}": value for axis, value in zip("lab", lab, strict=True)}
    taken = {*row, *one.scores, "output_bytes"}
    row.update({f"tag.{tag}" if tag in taken else tag: text for tag, text in one.tags.items()})
    row.update(one.scores)
    row["output_bytes"] = None if one.is_redye else one.output_bytes
    return row
