"""Mutation tests: what they are told to change is there, and how a run of tests ended is told."""

import pytest

from tools.mutants.changes import change_by_hand
from tools.mutants.forked import run_tests
from tools.mutants.parts import ACCEPTED, PARTS, ROOT


def test_what_is_to_be_changed_and_the_tests_that_are_to_notice_are_there():
    for part in PARTS.values():
        by_hand = [test for one in part.by_hand for test in one.tests]
        assert all((ROOT / name).exists() for name in (*part.files, *part.tests, *by_hand))
        for one in part.by_hand:
            change = change_by_hand(ROOT / one.file, one.line, one.becomes)
            assert change.before != change.after


def test_a_line_whose_changes_are_accepted_is_there():
    for name in ACCEPTED:
        file, line = name.split(" -> ")[0].split(": ", 1)
        lines = [" ".join(text.split()) for text in (ROOT / file).read_text().splitlines()]
        assert line in lines, name


def test_a_change_is_named_by_its_line(tmp_path):
    file = tmp_path / "rule.py"
    file.write_text("def fails(loss):\n    return loss > 2\n")
    change = change_by_hand(file, "loss > 2", "loss >= 2")
    assert change.names == (
        f"{file}: return loss > 2",
        f"{file}: return loss > 2 -> return loss >= 2",
    )
    with pytest.raises(ValueError, match="'loss < 2' 0 times"):
        change_by_hand(file, "loss < 2", "loss <= 2")


@pytest.mark.parametrize(
    ("body", "passed", "ran_out"),
    [
        ("assert True", True, False),
        ("assert False", False, False),
        ("while True: pass", False, True),
    ],
)
def test_tests_pass_fail_or_never_end(body, passed, ran_out, tmp_path):
    test = tmp_path / "test_one.py"
    test.write_text(f"def test_one():\n    {body}\n")
    found = run_tests([str(test)], limit_s=2)
    assert (found.passed, found.ran_out) == (passed, ran_out)
