"""Compiled loops: nobody else pays for them, and they work where nothing can be kept on disk."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


def run(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **environment},
    ).stdout.strip()


def test_the_metrics_can_be_imported_without_the_compiler():
    code = (
        "import sys, hairopt.metrics.case; print([m for m in ('numba', 'cv2') if m in sys.modules])"
    )
    assert run(code) == "[]"


LOOPS = """
from hairopt.metrics.compiled import compiled
@compiled
def total(values):
    found = 0.0
    for value in values:
        found += value
    return found + values.itemsize
"""
USE = """
import sys
import numpy as np
import numba.core.caching as caching
before = caching.config.CACHE_DIR
from loops import total
assert caching.config.CACHE_DIR == before
for kind in sys.argv[1:]:
    values = np.arange(5).astype(kind)
    assert total(values) == 10 + values.itemsize, kind
print(sum(total.stats.cache_hits.values()), sum(total.stats.cache_misses.values()))
"""
SLOW_INDEX = """
import time
import numba.core.caching as caching
save = caching.IndexDataCacheFile._save_index
def late(self, overloads):
    time.sleep(1.5)
    save(self, overloads)
caching.IndexDataCacheFile._save_index = late
"""


@pytest.fixture
def use(tmp_path):
    """Start a process that uses a compiled loop for arrays of some types, with its cache at home.

    It says how often the machine code was found, and how often it was made.
    """
    (tmp_path / "loops.py").write_text(LOOPS)
    kept = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"}
    path = f"{tmp_path}{os.pathsep}{ROOT}"

    def start(*kinds, before="", **variables):
        return subprocess.Popen(
            [sys.executable, "-c", before + USE, *kinds],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=kept | {"PYTHONPATH": path, "HAIROPT_HOME": str(tmp_path / "home")} | variables,
        )

    return start


def said(process):
    out, err = process.communicate(timeout=300)
    assert (process.returncode, err) == (0, "")
    return out.strip()


def code_files(folder):
    return sorted(path.name for path in folder.rglob("*.nbc"))


def test_machine_code_is_kept_at_home_and_nowhere_else(use, tmp_path):
    assert said(use("f4", "i4")) == "0 2"
    assert len(code_files(tmp_path / "home" / "cache" / "numba")) == 2
    assert code_files(tmp_path) == code_files(tmp_path / "home")
    assert said(use("f4", "i4")) == "2 0"


def test_a_folder_that_was_chosen_for_numba_is_used(use, tmp_path):
    assert said(use("f4", NUMBA_CACHE_DIR=str(tmp_path / "mine"))) == "0 1"
    assert code_files(tmp_path) == code_files(tmp_path / "mine") != []


def test_without_a_place_for_machine_code_it_is_compiled_for_the_process(use, tmp_path):
    (tmp_path / "home").write_text("a file where the folder should be")
    assert said(use("f4")) == "0 1"
    assert code_files(tmp_path) == []


@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
def test_damaged_machine_code_is_made_anew(use, tmp_path, suffix):
    assert said(use("f4")) == "0 1"
    (damaged,) = (tmp_path / "home").rglob(f"*{suffix}")
    damaged.write_bytes(damaged.read_bytes()[:20])
    assert said(use("f4")) == "0 1"
    assert said(use("f4")) == "1 0"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no lock of this kind")
def test_processes_that_compile_at_once_do_not_overwrite_each_other(use):
    """With Numba's own cache both would name their file .1.nbc, and one index entry would go."""
    at_once = [use(kind, before=SLOW_INDEX) for kind in ("f4", "f8")]
    assert [said(process) for process in at_once] == ["0 1", "0 1"]
    assert said(use("f4", "f8")) == "2 0"


@pytest.mark.slow
@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="an x86 question")
def test_a_processor_without_avx512_gives_the_same_numbers(tmp_path):
    code = """
import numpy as np
from hairopt.metrics.ciede2000 import ciede2000
from hairopt.metrics.lab import lab_from_srgb
colors = np.random.default_rng(0).integers(0, 256, (2, 5000, 3)).astype(np.uint8)
found = ciede2000(*(lab_from_srgb(side) for side in colors))
print(float(found.mean()), float(found.max()))
"""
    plain = {"NUMBA_CPU_NAME": "x86-64-v2", "NUMBA_CPU_FEATURES": ""}
    older = run(code, NUMBA_CACHE_DIR=str(tmp_path), **plain)
    expected = [float(value) for value in run(code).split()]
    assert [float(value) for value in older.split()] == pytest.approx(expected, abs=1e-4)
    assert np.isfinite(expected).all()
