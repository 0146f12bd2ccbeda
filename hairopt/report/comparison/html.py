"""``compare.html``: a comparison as one self-contained page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hairopt.gate.compare import Comparison
from hairopt.gate.inspection import Inspection, Pictures
from hairopt.gate.offenders import Offender
from hairopt.gate.snapshot import Snapshot
from hairopt.gate.verdict import RuleResult, Verdict
from hairopt.quantities import number_of
from hairopt.report.answer import Answer
from hairopt.report.comparison.answer import comparison_answer
from hairopt.report.comparison.text import (
    CHANGE_TITLES,
    NOT_JUDGED,
    RULE_TITLES,
    Change,
    changes,
    iou_name,
    iou_text,
    rule_cells,
    side_names,
)
from hairopt.report.foreign_text import one_line
from hairopt.report.run.page import Fact, FactGroup, Shot
from hairopt.report.shots import shot
from hairopt.report.templating import render_template
from hairopt.report.text import legend

FILE_NAME = "compare.html"

_CLASSES = {Verdict.PASS: "good", Verdict.FAIL: "bad", Verdict.INCONCLUSIVE: "same"}


@dataclass(frozen=True)
class RuleRow:
    """One rule; ``css`` is the class of its colour."""

    subject: str
    cells: tuple[str, ...]
    verdict: str
    css: str
    note: str


@dataclass(frozen=True)
class OffenderCard:
    """One case that got worse, with its pictures."""

    name: str
    score: str
    tags: tuple[tuple[str, str], ...]
    shots: tuple[Shot, ...]
    photo: str
    command: str


@dataclass(frozen=True)
class ComparisonPage:
    """The data of the template, which escapes every text."""

    title: str
    subtitle: str
    answer: Answer
    names: tuple[str, str]
    legend: str
    rule_titles: tuple[str, ...]
    change_titles: tuple[str, ...]
    rules: tuple[RuleRow, ...]
    metrics: tuple[Change, ...]
    offenders: tuple[OffenderCard, ...]
    sides: tuple[FactGroup, ...]
    command: str


def comparison_html(comparison: Comparison, command: str) -> str:
    """The page of a comparison.

    Args:
        comparison: with its inspections, whose pictures become thumbnails.
        command: the command line that made it.

    Raises:
        DataError: a picture of a run is damaged.
    """
    return render_template("comparison.html.j2", page=_page(comparison, command))


def _page(comparison: Comparison, command: str) -> ComparisonPage:
    names = side_names(comparison)
    candidate = comparison.candidate
    return ComparisonPage(
        title=f"{names[1]} against {names[0]}",
        subtitle=f"{names[1]} against {names[0]} · {candidate.created_utc[:10]}",
        answer=comparison_answer(comparison),
        names=names,
        legend=legend(names[0]),
        rule_titles=RULE_TITLES,
        change_titles=CHANGE_TITLES,
        rules=(
            *(_rule(rule) for rule in comparison.rules),
            *(
                RuleRow(one.rule, ("", "", ""), NOT_JUDGED, "same", one.reason)
                for one in comparison.not_judged
            ),
        ),
        metrics=tuple(changes(comparison)),
        offenders=tuple(_card(comparison, one) for one in comparison.offenders),
        sides=(
            FactGroup(f"Baseline: {names[0]}", _facts(comparison.baseline)),
            FactGroup(f"Candidate: {names[1]}", _facts(candidate)),
        ),
        command=one_line(command),
    )


def _rule(rule: RuleResult) -> RuleRow:
    *cells, verdict = rule_cells(rule)
    return RuleRow(rule.subject, tuple(cells), verdict, _CLASSES[rule.verdict], rule.note)


def _facts(side: Snapshot) -> tuple[Fact, ...]:
    return (
        Fact("Measured", f"{side.created_utc}, run {side.run_id}"),
        Fact("hairopt", f"{side.hairopt_version} {(side.git_commit or '')[:10]}".strip()),
        Fact("Network", f"{side.model or 'none'} {side.model_sha256[:12]}".strip()),
        Fact("Contract", side.model_contract or "not known"),
        Fact("Dataset", f"{side.dataset}, {number_of(len(side.cases), 'case')}"),
        Fact("Fingerprint", side.dataset_fingerprint[:16]),
        Fact("CPU", side.cpu_model),
        Fact("Instructions", ", ".join(side.isa) or "not known"),
        Fact("Shades", ", ".join(side.shades)),
        Fact("Intensities", ", ".join(f"{value:g}" for value in side.intensities)),
    )


def _card(comparison: Comparison, one: Offender) -> OffenderCard:
    inspection = comparison.inspections.get(one.case)
    tags = comparison.baseline.cases[one.case].tags
    before, now = iou_text(one.baseline_iou), iou_text(one.candidate_iou)
    return OffenderCard(
        name=one.case,
        score=f"{iou_name(comparison)} {before}, now {now}",
        tags=tuple(tags.items()),
        shots=_shots(one.case, inspection) if inspection else (),
        photo=one_line(inspection.photo or "") if inspection else "",
        command=one_line(inspection.command) if inspection else "",
    )


def _shots(case: str, inspection: Inspection) -> tuple[Shot, ...]:
    before, now = inspection.baseline, inspection.candidate
    shared = now or before
    wanted: list[tuple[str, Pictures | None, str]] = [
        ("photo", shared, "photo.jpg"),
        ("truth", shared, "truth.png"),
        ("mask before", before, f"{before.variant}.png" if before else ""),
        ("mask now", now, f"{now.variant}.png" if now else ""),
        ("answer before", before, f"{before.variant}.jpg" if before else ""),
        ("answer now", now, f"{now.variant}.jpg" if now else ""),
    ]
    found = []
    for label, pictures, file in wanted:
        path = _inside(pictures, file) if pictures else None
        if path is not None:
            found.append(shot(label, f"{label} of {case}", path))
    return tuple(found)


def _inside(pictures: Pictures, file: str) -> Path | None:
    """The file; None if it is absent or outside its run folder."""
    path = (pictures.folder / file).resolve()
    return path if path.is_relative_to(pictures.run.resolve()) and path.is_file() else None
