"""Commands that are asked to end, whose terminal closes, or that are killed: what is on disk, and
what they say of it."""

import os
import pty
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from hairopt.golden.store import read_manifest
from hairopt.measure.run_store import read_run
from tests.cli.conftest import COMMAND, QUICK, environment

POLITE = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]

SENDS_ITSELF = """
import importlib, os, signal, sys, time
place, name = sys.argv.pop(1).rsplit(".", 1)
number = signal.Signals[sys.argv.pop(1)]
module = importlib.import_module(place)
def end(*arguments, **settings):
    os.kill(os.getpid(), number)
    time.sleep(60)
setattr(module, name, end)
from hairopt.cli.app import main
main()
"""
"""The command, with one function that sends the process a signal instead of doing its work."""


def ended_in(function, number, arguments, tmp_path):
    """Run a command that ends itself where it comes to a function."""
    return subprocess.run(
        [sys.executable, "-c", SENDS_ITSELF, function, number.name, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(tmp_path),
        preexec_fn=heeding,
        timeout=120,
        check=False,
    )


def heeding():
    """A test run in the background may have been told to ignore signals, and would pass that on."""
    for number in POLITE:
        signal.signal(number, signal.SIG_DFL)


@contextmanager
def benching(dataset, tmp_path, rounds=100_000, preexec=heeding, **streams):
    """A bench that has come to its timing."""
    ends = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams
    process = subprocess.Popen(
        [COMMAND, "bench", "--dataset", dataset, "--variant", "float32", "--rounds", str(rounds)],
        text=True,
        cwd=tmp_path,
        env=environment(tmp_path),
        preexec_fn=preexec,
        **ends,
    )
    try:
        if process.stderr:
            assert any("timing" in line for line in process.stderr)
        yield process
    finally:
        process.kill()
        process.wait()


def left(tmp_path):
    return sorted(path.name for path in (tmp_path / "reports").iterdir())


@pytest.mark.parametrize("polite", POLITE, ids=lambda one: one.name)
def test_a_polite_signal_leaves_no_half_a_run(dataset, tmp_path, polite):
    with benching(dataset, tmp_path) as process:
        process.send_signal(polite)
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert stderr.endswith("interrupted; no run was complete, so none is kept\n")
    assert "Traceback" not in stderr
    assert left(tmp_path) == []


def test_a_terminal_that_closes_ends_a_command_in_order(dataset, tmp_path):
    terminal, end = pty.openpty()

    def in_it():
        heeding()
        os.setsid()
        os.close(os.open(os.ttyname(end), os.O_RDWR))  # the terminal of the new session

    streams = dict.fromkeys(("stdin", "stdout", "stderr"), end)
    with benching(dataset, tmp_path, preexec=in_it, **streams) as process:
        os.close(end)
        shown = b""
        while b"timing" not in shown:
            shown += os.read(terminal, 4096)
        os.close(terminal)
        assert process.wait(timeout=60) == 130
    assert left(tmp_path) == []


def test_what_is_told_to_ignore_a_hang_up_goes_on(dataset, tmp_path):
    def nohup():
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    with benching(dataset, tmp_path, rounds=2, preexec=nohup) as process:
        process.send_signal(signal.SIGHUP)
        process.communicate(timeout=120)
    assert process.returncode == 0
    assert len(left(tmp_path)) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda one: one.name)
def test_what_was_measured_is_kept_and_said(hairopt, dataset, tmp_path, number):
    bench = ["bench", "--dataset", dataset, "--variant", "float32", *QUICK]
    done = ended_in("hairopt.report.render.render_reports", number, bench, tmp_path)
    if number is signal.SIGKILL:
        assert done.returncode == -signal.SIGKILL
        assert all(name.startswith(".partial-") for name in left(tmp_path))
        done = hairopt(*bench)
        assert done.returncode == 0
        name, _ = left(tmp_path)
        said = f"reports/{name} was complete when its process was killed; it is kept"
        assert said in done.stderr.splitlines()
    else:
        assert done.returncode == 130
        (name,) = left(tmp_path)
        assert f"interrupted; what was measured is kept: reports/{name} " in done.stderr
    assert read_run(tmp_path / "reports" / name).variants["float32"].status == "ok"
    assert hairopt("report", f"reports/{name}").returncode == 0
    assert (tmp_path / "reports" / name / "report.html").is_file()


@pytest.mark.parametrize("replace", [False, True])
def test_a_golden_set_is_there_or_not_as_it_is_said(hairopt, dataset, tmp_path, replace):
    def record(variant):
        return ["golden", "record", "gold", "--variant", variant, "--dataset", dataset]

    said = "nothing was recorded"
    if replace:
        assert hairopt(*record("float32")).returncode == 0
        said += "; the set in gold is unchanged"
    asked = [*record("baseline"), "--replace"]
    place = "hairopt.golden.store._write_manifest"
    done = ended_in(place, signal.SIGTERM, asked, tmp_path)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (130, f"interrupted; {said}")
    assert (tmp_path / "gold").exists() == replace
    done = ended_in("hairopt.files.whole_folder._remove", signal.SIGTERM, asked, tmp_path)
    assert done.stderr.endswith("interrupted; the new set in gold is complete\n")
    assert read_manifest(tmp_path / "gold").variant.name == "baseline"


def test_nothing_of_a_model_that_did_not_come_is_kept(hairopt, tmp_path):
    asked = ["models", "pull", "mediapipe-hair"]
    done = ended_in("hairopt.models.download.fetch", signal.SIGINT, asked, tmp_path)
    assert done.returncode == 130
    assert done.stderr.endswith("interrupted; nothing of mediapipe-hair is kept\n")
    assert "no" in hairopt("models", "list").stdout


def test_a_comparison_keeps_the_run_that_was_made_for_it(dataset, tmp_path):
    asked = ["compare", "float32", "int8", "--dataset", dataset, "--rounds", "2"]
    place = "hairopt.report.comparison.html.comparison_html"
    done = ended_in(place, signal.SIGTERM, asked, tmp_path)
    assert done.returncode == 130
    (name,) = left(tmp_path)
    assert f"interrupted; what was measured is kept: reports/{name} " in done.stderr
    assert (tmp_path / "reports" / name / "report.html").is_file()
