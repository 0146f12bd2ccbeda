"""A comparison that could not be made, in every format: what reads a verdict reads the reason."""

from __future__ import annotations

import json
from dataclasses import dataclass
from xml.etree import ElementTree

from hairopt.errors import HairoptError, NotComparableError, RegressionError
from hairopt.gate.verdict import Verdict
from hairopt.report.comparison.github import annotation
from hairopt.report.foreign_text import code_block, one_line, printable
from hairopt.report.templating import render_template


@dataclass(frozen=True)
class Refusal:
    """Why there is no comparison.

    Attributes:
        error: what was raised instead.
        exit_code: that of the command.
        created_utc: when, such as ``2026-01-31T23:59:59Z``.
        command: the command line.
    """

    error: HairoptError
    exit_code: int
    created_utc: str
    command: str

    @property
    def verdict(self) -> str:
        """``FAIL`` where the candidate has no answers at all, otherwise never a verdict."""
        if isinstance(self.error, RegressionError):
            return Verdict.FAIL.value
        return "NOT COMPARABLE" if isinstance(self.error, NotComparableError) else "ERROR"

    @property
    def reason(self) -> str:
        """The message of the error."""
        return str(self.error)


def refusal_text(refusal: Refusal, name: str) -> str:
    """The refusal in one of ``json``, ``markdown``, ``junit`` and ``github``."""
    if name == "github":
        return annotation(Verdict.FAIL, "hairopt", refusal.reason) + "\n"
    return {"json": _json, "markdown": _markdown, "junit": _junit}[name](refusal)


def refusal_html(refusal: Refusal) -> str:
    """The refusal as one self-contained page."""
    return render_template(
        "refusal.html.j2",
        verdict=refusal.verdict,
        reason=printable(refusal.reason),
        created=refusal.created_utc,
        exit_code=refusal.exit_code,
        command=one_line(refusal.command),
    )


def _json(refusal: Refusal) -> str:
    plain = {
        "schema": "hairopt.comparison/1",
        "verdict": refusal.verdict,
        "sentence": refusal.reason,
        "exit_code": refusal.exit_code,
        "rules": [],
    }
    return json.dumps(plain, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _markdown(refusal: Refusal) -> str:
    lines = [f"## ❌ hairopt: {refusal.verdict}", "", *code_block(refusal.reason, "")]
    return "\n".join([*lines, "", f"Exit code {refusal.exit_code}."]) + "\n"


def _junit(refusal: Refusal) -> str:
    """One test case, which failed or, if nothing was judged, has an error."""
    is_failure = refusal.verdict == Verdict.FAIL.value
    root = ElementTree.Element("testsuites")
    suite = ElementTree.SubElement(
        root,
        "testsuite",
        {
            "name": "hairopt",
            "package": "hairopt",
            "id": "0",
            "tests": "1",
            "failures": str(int(is_failure)),
            "errors": str(int(not is_failure)),
            "skipped": "0",
            "time": "0",
            "timestamp": refusal.created_utc.rstrip("Z"),
            "hostname": "localhost",
        },
    )
    properties = ElementTree.SubElement(suite, "properties")
    facts = {"exit_code": str(refusal.exit_code), "command": one_line(refusal.command)}
    for key, value in facts.items():
        ElementTree.SubElement(properties, "property", {"name": key, "value": value})
    case = ElementTree.SubElement(
        suite, "testcase", {"name": "comparison", "classname": "hairopt", "time": "0"}
    )
    found = ElementTree.SubElement(
        case,
        "failure" if is_failure else "error",
        {"message": one_line(refusal.reason), "type": refusal.verdict},
    )
    found.text = printable(refusal.reason)
    ElementTree.SubElement(suite, "system-out").text = printable(refusal.reason)
    ElementTree.SubElement(suite, "system-err")
    ElementTree.indent(root)
    ascii_xml: bytes = ElementTree.tostring(root, encoding="us-ascii", xml_declaration=True)
    return ascii_xml.decode() + "\n"
