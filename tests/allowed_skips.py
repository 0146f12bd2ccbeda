"""``--allowed-skips FILE``: the run fails where a test is skipped that the file does not list.

A line of the file is ``PATTERN | REASON``: the node id of a test as ``fnmatch`` reads it (brackets
stand for themselves), and why this test may be skipped; or ``reason: PATTERN | REASON``, where
the pattern is that of the reason that the test itself gives. Empty lines and lines that start with
``#`` are left out. With or without the option the run ends with the tests that were skipped.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

import pytest

MOST = 10
"""A longer list would hide what is not tested."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--allowed-skips", type=Path, help="fail on a skip this file does not list")


def pytest_configure(config: pytest.Config) -> None:
    path = config.getoption("--allowed-skips")
    patterns = () if path is None else read_allowed(path)
    config.pluginmanager.register(SkipWatch(patterns, strict=path is not None), "skip-watch")


def read_allowed(path: Path) -> tuple[str, ...]:
    """The patterns of the file.

    Raises:
        pytest.UsageError: a line without a reason, or more than ``MOST`` lines.
    """
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    split = [line.partition("|") for line in lines if line and not line.startswith("#")]
    for pattern, _, reason in split:
        if not pattern.strip() or not reason.strip():
            raise pytest.UsageError(f"{path}: write PATTERN | REASON, not {pattern.strip()!r}")
    if len(split) > MOST:
        raise pytest.UsageError(f"{path}: {len(split)} lines; at most {MOST} skips are allowed")
    return tuple(pattern.strip() for pattern, _, _ in split)


_REASON = "reason:"


class SkipWatch:
    """Collects what was skipped, tests and whole files, and judges it at the end."""

    def __init__(self, patterns: tuple[str, ...], strict: bool) -> None:
        self.patterns = patterns
        self.strict = strict
        self.skipped: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._note(report)

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        # An expected failure is reported as skipped too, and it did run.
        if report.skipped and not hasattr(report, "wasxfail"):
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
            self.skipped[report.nodeid] = reason.removeprefix("Skipped: ")

    def refused(self) -> list[str]:
        """The node ids that no pattern allows."""
        return [name for name, why in self.skipped.items() if not self._allows(name, why)]

    def _allows(self, name: str, why: str) -> bool:
        for pattern in self.patterns:
            of_reason = pattern.startswith(_REASON)
            text = pattern.removeprefix(_REASON).strip()
            # In fnmatch a bracket opens a set; in a node id it opens the parameters.
            if fnmatchcase(why if of_reason else name, text.replace("[", "[[]")):
                return True
        return False

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        # xdist reports each worker's tests to the controller, which judges once.
        if hasattr(session.config, "workerinput"):
            return
        if self.strict and self.refused() and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.skipped:
            return
        refused = set(self.refused()) if self.strict else set()
        terminalreporter.section(f"skipped: {len(self.skipped)}")
        for name, reason in sorted(self.skipped.items()):
            mark = "NOT ALLOWED  " if name in refused else ""
            terminalreporter.line(f"{mark}{name}: {reason}", red=name in refused)
        if refused:
            terminalreporter.line(
                f"{len(refused)} skipped tests are not on the list of allowed skips", red=True
            )
