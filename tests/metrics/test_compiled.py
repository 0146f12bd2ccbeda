"""Compiled loops: nobody else pays for them, and they work where nothing can be kept on disk."""

import os
import platform
import subprocess
import sys

import numba
import numpy as np
import pytest

from hairopt.metrics.compiled import compiled


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


def test_without_a_place_for_machine_code_it_is_compiled_for_the_process(monkeypatch):
    def refuse(function=None, *, cache=False, **options):
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return original(**options) if function is None else original(function, **options)

    original = numba.njit
    monkeypatch.setattr(numba, "njit", refuse)
    assert compiled(lambda value: value + 1)(41) == 42


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
