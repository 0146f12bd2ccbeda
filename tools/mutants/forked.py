"""Run tests in a fork of this process, which has imported the large libraries already.

A mutant costs half a second so, instead of the two seconds of a fresh interpreter. The process
that forks never imports hairopt or a test: each fork reads them from disk, mutant included.
"""

from __future__ import annotations

import gc
import importlib
import multiprocessing
import os
import resource
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

_LIBRARIES = (
    "hypothesis.extra.numpy",
    "importlib.metadata",
    "jinja2",
    "pandas",
    "platformdirs.unix",
    "PIL.Image",
    "pyarrow.parquet",
    "pydantic",
    "pytest_benchmark.plugin",
    "pytest_timeout",
    "rich.console",
    "scipy.special",
    "scipy.stats",
    "typer",
    "unittest.mock",
    "xml.etree.ElementTree",
)

_WALL_PER_CPU_S = 10
"""A test that waits for ever uses no processor time; on a busy machine an honest one waits too."""

_FOREIGN = 42
"""Exit status of a fork that tested another hairopt than the one in the working directory."""


@dataclass(frozen=True)
class Tested:
    """How a run of tests ended.

    Attributes:
        passed: every test passed.
        ran_out: the time was over before the tests were; ``passed`` is False then.
        cpu_s: processor time used, in seconds.
        output: what pytest printed.
    """

    passed: bool
    ran_out: bool
    cpu_s: float
    output: str


def run_tests(tests: Sequence[str], limit_s: int) -> Tested:
    """Run tests of the working directory, up to the first failure.

    Args:
        tests: files and folders, in the order in which they run.
        limit_s: processor time after which the run is ended, in seconds.

    Raises:
        RuntimeError: the tests imported hairopt from somewhere else.
    """
    for name in _LIBRARIES:
        importlib.import_module(name)
    before = _cpu_of_children()
    with tempfile.NamedTemporaryFile("r", encoding="utf-8", errors="replace") as log:
        fork = multiprocessing.get_context("fork").Process(
            target=_tests, args=(list(tests), limit_s, log.name)
        )
        fork.start()
        fork.join(limit_s * _WALL_PER_CPU_S)
        hangs = fork.is_alive()
        if hangs and fork.pid is not None:
            os.killpg(fork.pid, signal.SIGKILL)
            fork.join()
        output = log.read()
    if fork.exitcode == _FOREIGN:
        raise RuntimeError(f"the tests import hairopt from outside {Path.cwd()}")
    ran_out = hangs or fork.exitcode == -signal.SIGXCPU
    return Tested(fork.exitcode == 0, ran_out, _cpu_of_children() - before, output)


def _tests(tests: list[str], limit_s: int, log: str) -> None:
    os.setsid()
    os.environ.pop("PYTEST_ADDOPTS", None)  # options for the run that this fork comes from
    gc.freeze()  # pytest collects at its end: what the libraries hold need not be looked at
    with open(log, "w") as file:  # noqa: PTH123 - its descriptor outlives the block
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    resource.setrlimit(resource.RLIMIT_CPU, (limit_s, limit_s + 5))
    code = int(pytest.main(["-qq", "-x", "-p", "no:cacheprovider", "-m", "not slow", *tests]))
    package = sys.modules.get("hairopt")
    if package is not None and not str(package.__file__).startswith(str(Path.cwd())):
        code = _FOREIGN
    sys.stdout.flush()
    os._exit(code)


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
