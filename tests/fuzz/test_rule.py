"""The rule sees what it is there to see, and the process behind it may die."""

import os
import subprocess
import sys
import time
from contextlib import suppress
from random import Random

import pytest

from hairopt.errors import DataError
from hairopt.measure.memory import resident_mb
from tools.fuzz import replay as replaying
from tools.fuzz import rule
from tools.fuzz.line_coverage import lines_of, modules_of
from tools.fuzz.minimize import kind_of, minimize
from tools.fuzz.reader import CORPUS, ROOT, Reader, prepared
from tools.fuzz.readers import READERS
from tools.fuzz.replay import replay
from tools.fuzz.rule import check


def verdict(read):
    reader = Reader("made-up", read, lambda data, rng: data, ())
    with prepared(reader) as folder:
        return check(reader, b"x", folder)


def refuse(data, folder):
    raise DataError("no")


def break_down(data, folder):
    raise KeyError("x")


def test_a_refusal_keeps_the_rule_and_another_error_breaks_it(monkeypatch):
    # The rule is for a process of its own; this one may hold the memory of many tests.
    monkeypatch.setattr(rule, "MAX_MB", resident_mb() + 50)
    assert verdict(refuse) is None
    assert verdict(break_down).where == "KeyError in no line of hairopt"


def test_processor_time_counts(monkeypatch):
    monkeypatch.setattr(rule, "MAX_CPU_S", 0.01)

    def busy(data, folder):
        end = time.process_time() + 0.05
        while time.process_time() < end:
            pass

    assert verdict(busy).where.startswith("more than 0.01 s")


HUNGRY = """
import numpy as np
from hairopt.measure.memory import resident_mb
from tests.fuzz.test_rule import refuse, verdict
from tools.fuzz import rule

rule.MAX_MB = resident_mb() + 50
print(verdict(lambda data, folder: np.ones(100 * 2**20, np.uint8)).where)
print(verdict(refuse))
"""


def test_memory_that_is_given_back_counts():
    # In a process of its own: this one may use again what other tests have given back.
    done = subprocess.run(
        [sys.executable, "-c", HUNGRY], cwd=ROOT, capture_output=True, text=True, check=True
    )
    first, second = done.stdout.splitlines()
    assert first.startswith("more than")
    assert second == "None"


def test_a_crash_is_an_outcome_and_the_next_input_is_read(tmp_path, monkeypatch):
    sound = READERS["prices"].seeds[0]
    crashing = tmp_path / "sitecustomize.py"
    crashing.write_text(
        "import os\nfrom hairopt.cost import prices\n"
        "real = prices.load_prices\n"
        "def load(file):\n"
        "    return os.abort() if file.read_bytes() == b'die' else real(file)\n"
        "prices.load_prices = load\n"
    )
    bad = tmp_path / "bad"
    bad.write_bytes(b"die")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{replaying.ROOT}")
    first, second = replay([("prices", bad), ("prices", sound)])
    assert "-6" in first.fault
    assert second.fault is None


def test_a_fault_is_made_small():
    def read(data, folder):
        if b"ab" in data:
            os.abort()

    reader = Reader("made-up", read, lambda data, rng: data, ())
    data = bytes(range(97, 123)) * 4
    assert kind_of(reader, data) == "signal 6"
    assert kind_of(reader, b"x") is None
    assert minimize(data, lambda shorter: kind_of(reader, shorter) == "signal 6") == b"ab"


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_changed_files_differ_and_some_are_accepted(reader):
    """A mutator that returns its input, or only rubbish, would find nothing."""
    seed = max((file.read_bytes() for file in (CORPUS / reader.name).iterdir()), key=len)
    assert sum(data != seed for data in _mutated(reader, seed, 40)) > 15
    with prepared(reader) as folder:
        changed = (data for data in _mutated(reader, seed, 400) if data != seed)
        assert any(_is_accepted(reader, data, folder) for data in changed)


def _mutated(reader, seed, count):
    rng = Random(1)
    for _ in range(count):
        with suppress(Exception):
            yield reader.mutate(seed, rng)


def _is_accepted(reader, data, folder):
    try:
        reader.read(data, folder)
    except Exception:
        return False
    return True


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_the_code_of_a_reader_is_there(reader):
    """A function that was renamed would no longer be counted."""
    for code in (name for part in reader.code for name in modules_of(part)):
        file, lines = lines_of(code)
        assert file.is_file()
        assert lines is None or lines
