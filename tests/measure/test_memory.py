from __future__ import annotations

import subprocess
import sys

import numpy as np
import psutil
import pytest

from hairopt.measure import memory


def test_resident_memory_is_what_psutil_sees():
    assert memory.resident_mb() == pytest.approx(psutil.Process().memory_info().rss / 1e6, rel=0.02)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can reset the mark")
def test_peak_remembers_what_was_freed_until_it_is_reset():
    assert memory.reset_peak()
    before = memory.peak_mb()
    block = np.ones(64_000_000 // 8)
    del block
    assert memory.peak_mb() - before == pytest.approx(64, abs=2)
    assert memory.reset_peak()
    assert memory.peak_mb() < before + 16


def test_a_childs_peak_does_not_start_at_its_parents():
    block = np.ones(256_000_000 // 8)
    code = "from hairopt.measure import memory; print(memory.peak_mb())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 100
    assert block.size
