"""The memory of a search: what was told is there, whatever ended the process that told it."""

import time

import pytest

from hairopt.errors import UsageError
from hairopt.optimize import optimize as optimizing
from hairopt.optimize.optimize import optimize
from hairopt.optimize.space import find_space
from hairopt.optimize.study import JOURNAL, open_study
from hairopt.variants.load import load_variant
from tests.killed import every_kill, needs_fork, waiting

from .conftest import candidate, knob

pytest.importorskip("optuna")

KNOB = knob("quality", "encode.quality", 80, 85, 95)
FIRST, SECOND = candidate({"quality": 80}, 0.9), candidate({"quality": 85}, 0.8)


@pytest.fixture
def opened(tmp_path):
    """Open the search of the folder, as a session does."""
    space = find_space(load_variant("baseline"), [KNOB])
    return lambda: open_study(tmp_path, space, "asked", 0, 0.95)


def test_a_journal_that_ends_anywhere_keeps_the_lines_before(opened, tmp_path):
    opened().tell(FIRST)
    before = (tmp_path / JOURNAL).read_bytes()
    study = opened()
    study.tell(SECOND)
    study.note_spent(12.0)
    whole = (tmp_path / JOURNAL).read_bytes()
    assert whole.startswith(before)
    for end in [*range(len(before), len(whole), 23), len(whole) - 1, len(whole)]:
        (tmp_path / JOURNAL).write_bytes(whole[:end])
        found = opened()
        told = [FIRST, SECOND] if b'"quality":85' in whole[:end].rpartition(b"\n")[0] else [FIRST]
        assert found.measured == told
    assert found.spent_s == 12.0


def test_what_is_told_after_a_cut_is_not_lost(opened, tmp_path):
    opened().tell(FIRST)
    study = opened()
    with (tmp_path / JOURNAL).open("ab") as stream:  # a full disk, and then it is not full
        stream.write(b'{"op_code":4,"work')
    study.tell(SECOND)
    assert opened().measured == [FIRST, SECOND]


@needs_fork
def test_killed_at_every_step_of_telling_a_session_goes_on_at_once(opened, tmp_path):
    def session():
        study = opened()
        study.tell(FIRST)
        study.note_spent(1.0)

    found = []
    for _ in every_kill(session, tmp_path):
        started = time.monotonic()
        study = opened()
        assert study.measured in ([], [FIRST])
        found.append(len(study.measured))
        study.tell(SECOND)
        assert opened().measured == [FIRST, SECOND][1 - found[-1] :]
        assert time.monotonic() - started < 10
        (tmp_path / JOURNAL).unlink()
    assert found == sorted(found)
    assert set(found) == {0, 1}


@needs_fork
def test_a_second_session_in_the_same_folder_is_refused(asks, monkeypatch):
    request = asks([KNOB])

    def session(wait):
        monkeypatch.setattr(optimizing, "_optimize", lambda *_: wait())
        optimize(request, print)

    with waiting(session) as go_on:
        with pytest.raises(UsageError, match=r"another hairopt optimize is running in .*--out"):
            optimize(request, print)
        assert go_on() == ""
    assert list(request.out.iterdir()) == []
