from __future__ import annotations

import platform
import subprocess
from pathlib import Path

import numpy as np
import psutil
import pytest

from hairopt.measure import environment
from hairopt.measure.environment import git_commit, read_environment
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
    ("load", "rounds", "threads", "words"),
    [
        ([99.0, 0, 0], 200, 1, ["busy: load average 99.0"]),
        ([0.0, 0, 0], 50, 1, ["50 rounds are too few for p95"]),
        ([0.0, 0, 0], 5, 1, ["too few for p95", "5 rounds are few"]),
        ([0.0, 0, 0], 200, 256, ["More threads than logical cores"]),
        ([0.0, 0, 0], 200, 1, []),
    ],
)
def test_it_warns_of_what_makes_times_worth_less(
    small_dataset, tmp_path, monkeypatch, load, rounds, threads, words
):
    monkeypatch.setattr("os.getloadavg", lambda: load)
    monkeypatch.setattr(environment, "_read", lambda path: "")
    monkeypatch.setattr(psutil, "sensors_battery", lambda: None, raising=False)
    variant = Variant(name="a", segment=SegmentSpec(threads=threads))
    plan = BenchPlan((variant,), small_dataset, tmp_path, rounds=rounds)
    warnings = [w for w in read_environment(plan).warnings if "Only Linux" not in w]
    assert len(warnings) == len(words)
    for word, warning in zip(words, warnings, strict=True):
        assert word in warning


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
