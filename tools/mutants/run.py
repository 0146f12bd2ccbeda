"""``python -m tools.mutants.run FOLDER PART ... [--again]``: test each change, here.

Changes files of the working directory, one at a time, and puts each back: runs in a copy.
"""

from __future__ import annotations

import json
import math
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tools.mutants.changes import Change, change_by_hand, changes_of
from tools.mutants.forked import Tested, run_tests
from tools.mutants.parts import ACCEPTED, PARTS, Part

_FIRST_LIMIT_S = 300

_OUTCOMES = ("noticed", "out of time", "accepted", "survived")
"""Out of time is what never ends: it is counted in processor time, not by the clock."""

_OPEN = ("out of time", "survived")


class Row(NamedTuple):
    """What is kept of a change."""

    key: str
    outcome: str
    cpu_s: float


def main() -> None:
    """Run the parts; exit status 1 where a change went unnoticed."""
    folder, *names = (one for one in sys.argv[1:] if one != "--again")
    os.nice(10)
    rows = [
        _run_part(name, Path(folder) / f"{name}.jsonl", again="--again" in sys.argv)
        for name in names
    ]
    _say(f"| part | changes | {' | '.join(_OUTCOMES)} | minutes | of processor |")
    _say("|---" + "|---:" * 7 + "|")
    for row in rows:
        _say("| " + " | ".join(row) + " |")
    sys.exit(any(row[5] != "0" for row in rows))


def _run_part(name: str, results: Path, *, again: bool) -> tuple[str, ...]:
    """Test every change of a part; its row of the table."""
    began, cpu_s, counts = time.monotonic(), 0.0, Counter[str]()
    noticed = _noticed(results) if again and results.exists() else {}
    limits_s: dict[tuple[str, ...], int] = {}
    with results.open("w") as log:
        for key, change, tests in _changes(PARTS[name]):
            row = noticed.get(key)
            if row is None:
                if tests not in limits_s:
                    limits_s[tests] = _limit_s(tests)
                tested = _test(change, tests, limits_s[tests])
                row = Row(key, _outcome(change, tested), tested.cpu_s)
            cpu_s += row.cpu_s
            counts[row.outcome] += 1
            log.write(json.dumps(row) + "\n")
            log.flush()
            if row.outcome in _OPEN:
                _say(f"{row.outcome}: {change.diff}")
    for tests in limits_s:
        _limit_s(tests)
    numbers = (counts.total(), *(counts[outcome] for outcome in _OUTCOMES))
    minutes = ((time.monotonic() - began) / 60, cpu_s / 60)
    return (f"`{name}`", *(str(n) for n in numbers), *(f"{m:.1f}" for m in minutes))


def _noticed(results: Path) -> dict[str, Row]:
    rows = [Row(*json.loads(line)) for line in results.read_text().splitlines()]
    return {row.key: row for row in rows if row.outcome == "noticed"}


def _changes(part: Part) -> Iterator[tuple[str, Change, tuple[str, ...]]]:
    """A name for each change, and the tests that have to notice it, the nearest first."""
    seen = Counter[str]()
    for change, tests in _changes_and_tests(part):
        name = change.names[1]
        seen[name] += 1
        yield f"{name} ({seen[name]})", change, tests


def _changes_and_tests(part: Part) -> Iterator[tuple[Change, tuple[str, ...]]]:
    for file in part.files:
        tests = tuple(sorted(part.tests, key=lambda test: f"test_{file.stem}" not in test))
        yield from ((change, tests) for change in changes_of(file))
    for one in part.by_hand:
        yield change_by_hand(one.file, one.line, one.becomes), one.tests


def _limit_s(tests: Sequence[str]) -> int:
    """Processor time that is plenty for these tests, in seconds.

    Raises:
        SystemExit: they fail without any change.
    """
    tested = run_tests(tests, _FIRST_LIMIT_S)
    if not tested.passed:
        raise SystemExit(f"these tests fail without any change: {tests}\n{tested.output}")
    return 10 + math.ceil(5 * tested.cpu_s)


def _test(change: Change, tests: Sequence[str], limit_s: int) -> Tested:
    change.file.write_text(change.after)
    try:
        return run_tests(tests, limit_s)
    finally:
        change.file.write_text(change.before)


def _outcome(change: Change, tested: Tested) -> str:
    if tested.passed:
        return "accepted" if ACCEPTED.intersection(change.names) else "survived"
    return "out of time" if tested.ran_out else "noticed"


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
