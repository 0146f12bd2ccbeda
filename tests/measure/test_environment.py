from __future__ import annotations

import platform
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import psutil
import pytest

from hairopt.measure import environment
from hairopt.measure.environment import OtherWork, after_timing, git_commit, read_environment
from hairopt.measure.lane import Lane
from hairopt.measure.plan import BenchPlan
from hairopt.variants.schema import SegmentSpec, Variant


def plan_for(dataset, out, **fields):
    return BenchPlan((Variant(name="a"),), dataset, out, **fields)


def test_it_names_the_machine_and_what_is_installed(small_dataset, tmp_path):
    found = read_environment(plan_for(small_dataset, tmp_path))
    assert found.cpu_model.strip()
    assert 1 <= found.physical_cores <= found.logical_cores == psutil.cpu_count()
    assert found.python == platform.python_version()
    assert found.packages["numpy"] == np.__version__
    assert found.threads == 1


@pytest.mark.parametrize(
    ("load", "threads", "words"),
    [
        ([99.0, 0, 0], 1, ["busy: load average 99.0"]),
        ([0.0, 0, 0], 256, ["More threads than logical cores"]),
        ([0.0, 0, 0], 1, []),
    ],
)
def test_it_warns_of_what_makes_times_worth_less(
    small_dataset, tmp_path, monkeypatch, load, threads, words
):
    monkeypatch.setattr("os.getloadavg", lambda: load)
    monkeypatch.setattr(environment, "_read", lambda path: "")
    monkeypatch.setattr(psutil, "sensors_battery", lambda: None, raising=False)
    variant = Variant(name="a", segment=SegmentSpec(threads=threads))
    plan = BenchPlan((variant,), small_dataset, tmp_path)
    warnings = [w for w in read_environment(plan).warnings if "Only Linux" not in w]
    assert len(warnings) == len(words)
    for word, warning in zip(words, warnings, strict=True):
        assert word in warning


class Timing:
    """A timing pass that made so many rounds in so many starts."""

    def __init__(self, rounds, starts, stop):
        self.schedule = SimpleNamespace(rounds_expected=rounds, starts_expected=starts, stop=stop)


@pytest.mark.parametrize(
    ("rounds", "starts", "stop", "share", "words"),
    [
        (200, 6, "rounds", 0.02, []),
        (108, 6, "precise", None, []),
        (50, 6, "rounds", 0.0, ["50 rounds are too few for p95"]),
        (5, 1, "rounds", 0.0, ["too few for p95", "timed in 1 process start; a claim"]),
        (108, 6, "limit", 0.0, ["ended at its limit of 7 s; the widest interval is ±20 %, not ±3"]),
        (100, 3, "limit", 0.0, ["timed in 3 process starts before the limit of 7 s; a claim"]),
        (200, 6, "rounds", 0.34, ["other processes took 34 % of all cores"]),
    ],
)
def test_it_warns_of_what_the_timing_was_too_short_or_too_busy_for(
    small_dataset, tmp_path, monkeypatch, rounds, starts, stop, share, words
):
    plan = plan_for(small_dataset, tmp_path, timing_limit_s=7.0)
    monkeypatch.setattr(environment, "widest", lambda lanes: 0.2)
    before = read_environment(plan)
    lanes = [Lane(plan.variants[0])]
    found = after_timing(before, plan, lanes, Timing(rounds, starts, stop), share)
    new = found.warnings[len(before.warnings) :]
    assert found.other_cpu_share == share
    assert len(new) == len(words)
    assert all(any(word in line for line in new) for word in words)
    lanes[0].drop("failed", "it hung")
    assert len(after_timing(before, plan, lanes, Timing(5, 1, "rounds"), 0.0).warnings) == len(
        before.warnings
    )


def test_the_work_of_others_is_seen_and_that_of_child_processes_is_not():
    burn = "import time\nt = time.process_time()\nwhile time.process_time() - t < 0.5: pass"
    with OtherWork() as own:
        subprocess.run([sys.executable, "-c", burn], check=True)
    assert own.share is not None
    assert 0 <= own.share <= 1
    # A process that this one did not start, as far as psutil can tell: its parent ends at once.
    start = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {burn!r}])"
    with OtherWork() as others:
        subprocess.run([sys.executable, "-c", start], check=True)
        time.sleep(1.0)
    assert others.share is not None
    assert others.share > 0.1


@pytest.mark.parametrize(
    ("files", "word"),
    [
        ({"cpu.max": "50000 100000\n"}, "may use 0.5 of"),
        ({"cpu.cfs_quota_us": "25000\n", "cpu.cfs_period_us": "100000\n"}, "may use 0.25 of"),
        ({"cpu.max": "max 100000\n"}, None),
        ({"scaling_governor": "powersave\n", "scaling_driver": "acpi-cpufreq\n"}, "powersave"),
        ({"scaling_governor": "powersave\n", "scaling_driver": "intel_pstate\n"}, None),
    ],
)
def test_it_reads_limits_and_governor(small_dataset, tmp_path, monkeypatch, files, word):
    monkeypatch.setattr(environment, "_read", lambda path: files.get(Path(path).name, ""))
    monkeypatch.setattr("os.getloadavg", lambda: [0.0, 0.0, 0.0])
    warnings = " ".join(read_environment(plan_for(small_dataset, tmp_path, rounds=200)).warnings)
    assert (
        (word in warnings) if word else ("powersave" not in warnings and "may use" not in warnings)
    )


def test_the_commit_is_that_of_the_folder(tmp_path):
    assert git_commit(tmp_path) is None
    assert git_commit(tmp_path / "missing") is None
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], [*identity, "commit", "-q", "--allow-empty", "-m", "a"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    commit = git_commit(tmp_path)
    assert commit is not None
    assert len(commit) == 40
