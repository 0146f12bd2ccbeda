from __future__ import annotations

import builtins
import sys
import time

import pytest

from hairopt.measure.import_clock import ImportClock


@pytest.fixture
def slow_module(tmp_path, monkeypatch):
    (tmp_path / "slow_inner.py").write_text("import time\ntime.sleep(0.05)\n")
    (tmp_path / "slow_outer.py").write_text("import slow_inner\nimport time\ntime.sleep(0.05)\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in ("slow_inner", "slow_outer"):
        sys.modules.pop(name, None)


@pytest.mark.usefixtures("slow_module")
def test_nested_imports_count_once_and_other_time_does_not():
    start = time.perf_counter()
    with ImportClock() as clock:
        time.sleep(0.05)
        import slow_outer  # noqa: F401
    elapsed_ms = (time.perf_counter() - start) * 1000
    assert 100 <= clock.total_ms <= elapsed_ms - 50


def test_import_is_given_back_even_after_an_error():
    before = builtins.__import__
    with pytest.raises(ModuleNotFoundError), ImportClock():
        import there_is_no_such_module  # noqa: F401
    assert builtins.__import__ is before
