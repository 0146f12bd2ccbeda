"""A comparison as JUnit XML, one test case per rule, as CI servers read it."""

from __future__ import annotations

from xml.etree import ElementTree

from hairopt.gate.compare import Comparison
from hairopt.gate.verdict import RuleResult, Verdict
from hairopt.report.comparison.text import closing_line, rule_cells, side_names
from hairopt.report.foreign_text import one_line, printable


def comparison_junit(comparison: Comparison, *, strict: bool = False) -> str:
    """The XML document.

    It is valid in both schemas in use: that of Ant's JUnit task as published by Windy Road, and
    junit-10 of the Jenkins xUnit plug-in. A failed rule is a ``failure``. An inconclusive one is
    ``skipped``, or with ``strict`` also a ``failure``, so that the server's result agrees with the
    exit code of the command.
    """
    failing = {Verdict.FAIL, Verdict.INCONCLUSIVE} if strict else {Verdict.FAIL}
    baseline, candidate = side_names(comparison)
    name = one_line(f"hairopt {candidate} vs {baseline}")
    root = ElementTree.Element("testsuites")
    suite = ElementTree.SubElement(
        root,
        "testsuite",
        {
            "name": name,
            "package": "hairopt",
            "id": "0",
            **_counts(comparison, failing),
            "timestamp": one_line(comparison.candidate.created_utc.rstrip("Z")),
            "hostname": "localhost",
        },
    )
    properties = ElementTree.SubElement(suite, "properties")
    for key, value in _facts(comparison).items():
        ElementTree.SubElement(properties, "property", {"name": key, "value": one_line(value)})
    for rule in comparison.rules:
        _add(suite, rule, name, is_failure=rule.verdict in failing)
    output = ElementTree.SubElement(suite, "system-out")
    said = (closing_line(comparison), *comparison.notes)
    output.text = "\n".join(printable(line) for line in said)
    doubts = ElementTree.SubElement(suite, "system-err")
    doubts.text = "\n".join(printable(line) for line in comparison.dataset_warnings) or None
    ElementTree.indent(root)
    # Only ASCII, with references for other characters: valid in any output encoding.
    ascii_xml: bytes = ElementTree.tostring(root, encoding="us-ascii", xml_declaration=True)
    return ascii_xml.decode() + "\n"


def _counts(comparison: Comparison, failing: set[Verdict]) -> dict[str, str]:
    verdicts = [rule.verdict for rule in comparison.rules]
    failures = sum(verdict in failing for verdict in verdicts)
    skipped = sum(v is Verdict.INCONCLUSIVE for v in verdicts if v not in failing)
    return {
        "tests": str(len(verdicts)),
        "failures": str(failures),
        "errors": "0",
        "skipped": str(skipped),
        "time": "0",
    }


def _facts(comparison: Comparison) -> dict[str, str]:
    candidate = comparison.candidate
    return {
        "dataset": f"{candidate.dataset} {candidate.dataset_fingerprint}",
        "cpu": candidate.cpu_model,
        "hairopt_version": candidate.hairopt_version,
        "run": candidate.run_id,
    }


def _add(suite: ElementTree.Element, rule: RuleResult, name: str, *, is_failure: bool) -> None:
    case = ElementTree.SubElement(
        suite, "testcase", {"name": rule.rule, "classname": name, "time": "0"}
    )
    measured, limit, n, verdict = rule_cells(rule)
    message = one_line(f"{rule.subject}: {measured}, limit {limit}, n={n}: {verdict}")
    if is_failure:
        failure = ElementTree.SubElement(
            case, "failure", {"message": message, "type": rule.verdict.value}
        )
        failure.text = printable(rule.note or message)
    elif rule.verdict is Verdict.INCONCLUSIVE:
        ElementTree.SubElement(case, "skipped", {"message": f"{message}; {one_line(rule.note)}"})
