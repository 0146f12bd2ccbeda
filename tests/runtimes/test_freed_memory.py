"""Keeping freed memory: that page faults really fall, and what is said where there is no glibc."""

from __future__ import annotations

import ctypes
import platform
import subprocess
import sys
from types import SimpleNamespace

import pytest

from hairopt.errors import UnavailableError
from hairopt.optimize.knobs import load_knobs
from hairopt.optimize.space import find_space
from hairopt.pipeline import Pipeline
from hairopt.runtimes.freed_memory import keep_freed_memory
from hairopt.variants.load import dump_toml, list_variants, load_variant
from hairopt.variants.schema import ProcessSpec, Variant

NEEDS_GLIBC = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs glibc")
KEEPING = Variant(name="keeping", process=ProcessSpec(keep_freed_memory=True))

_FAULTS = """
import resource, numpy
from hairopt.runtimes.freed_memory import keep_freed_memory
if {keep}: keep_freed_memory()
def request():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for megabytes in (1, 7, 40):
        numpy.empty(megabytes << 20, numpy.uint8)[::4096] = 1
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
request()
print(min(request() for _ in range(3)))
"""


def faults(*, keep: bool) -> int:
    """Page faults of touching 1, 7 and 40 MiB once more, in a process of its own."""
    code = _FAULTS.format(keep=keep)
    return int(subprocess.check_output([sys.executable, "-c", code], text=True))


@NEEDS_GLIBC
def test_memory_that_is_kept_is_not_asked_for_again():
    assert faults(keep=True) == 0
    assert faults(keep=False) >= 10  # pages of 2 MiB, where the kernel has them


@pytest.fixture
def no_glibc(monkeypatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda _: SimpleNamespace(mallopt=lambda *_: 1))


@pytest.mark.usefixtures("no_glibc")
def test_without_glibc_a_variant_is_unavailable_and_says_what_to_do():
    with pytest.raises(UnavailableError, match=r"glibc.*set process\.keep_freed_memory = false"):
        Pipeline(KEEPING)


@pytest.mark.usefixtures("no_glibc")
def test_without_glibc_the_optimizer_leaves_the_knob_out_and_says_why():
    knob = next(knob for knob in load_knobs() if knob.name == "freed memory")
    space = find_space(load_variant("float32"), [knob])
    assert space.dimensions == ()
    assert space.left_out[0].startswith("freed memory: keeping freed memory is a setting of glibc")


def test_a_library_of_windows_is_no_glibc(monkeypatch):
    def refuse(_: object) -> None:
        raise TypeError("LoadLibrary() argument 1 must be str, not None")

    monkeypatch.setattr(ctypes, "CDLL", refuse)
    with pytest.raises(UnavailableError, match="glibc"):
        keep_freed_memory()


def test_a_refusal_of_glibc_is_not_ignored(monkeypatch):
    library = SimpleNamespace(gnu_get_libc_version=None, mallopt=lambda *_: 0)
    monkeypatch.setattr(ctypes, "CDLL", lambda _: library)
    with pytest.raises(UnavailableError, match="refuses"):
        keep_freed_memory()


def test_no_built_in_variant_has_it_and_a_file_can(tmp_path):
    for name in list_variants():
        assert not load_variant(name).process.keep_freed_memory
    file = tmp_path / "keeping.toml"
    file.write_text(dump_toml(KEEPING, tmp_path))
    assert load_variant(str(file)) == KEEPING


@NEEDS_GLIBC
def test_the_optimizer_can_turn_it():
    space = find_space(load_variant("baseline"))
    found = space.variant({"freed memory": True}, "tried")
    assert found.process.keep_freed_memory
    assert {"freed memory": True} in space.singles()
