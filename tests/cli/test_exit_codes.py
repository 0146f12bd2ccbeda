"""Errors become exit codes and messages in one place."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hairopt import errors
from hairopt.cli.exit_codes import ExitCode, exit_code, explain
from tests.cli.conftest import COMMAND, environment


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.RegressionError("x"), 1),
        (errors.HairoptError("x"), 2),
        (errors.UsageError("x"), 2),
        (errors.ConfigError("x"), 2),
        (errors.DataError("x"), 2),
        (errors.ModelError("x"), 2),
        (errors.UnavailableError("x"), 2),
        (errors.InconclusiveError("x"), 3),
        (errors.NotComparableError("x"), 4),
        (KeyboardInterrupt(), 130),
        (BrokenPipeError(), 141),
        (OSError(errno.ENOSPC, "No space left on device"), 2),
        (ZeroDivisionError(), 70),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_error_has_its_code(error, code):
    assert exit_code(error) == code


def test_every_subclass_of_the_root_is_mapped_and_none_passes():
    kinds = {kind for kind in vars(errors).values() if isinstance(kind, type)}

    assert all(exit_code(kind("x")) not in (ExitCode.PASS, ExitCode.INTERNAL) for kind in kinds)


def test_messages_say_what_to_do():
    assert "disk is full" in explain(OSError(errno.ENOSPC, "x", "report.html"))
    assert "'report.html'" in explain(OSError(errno.ENOSPC, "x", "report.html"))
    assert "no permission" in explain(PermissionError(errno.EACCES, "x", "report.html"))
    assert "(fix: pip install x)" in explain(
        errors.UnavailableError("x is absent", "pip install x")
    )
    assert "defect" in explain(ZeroDivisionError("division by zero"))
    assert explain(BrokenPipeError()) == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["wrong"], "No such command"),
        (["bench", "--wrong"], "No such option"),
        (["bench", "--rounds", "many"], "--rounds"),
        (["bench", "--rounds", "0"], "rounds is 0"),
        (["bench", "--intensity", "101"], "101"),
        (["bench", "--shade", "mauve"], "mauve"),
        (["bench", "--variant", "flaot32"], "did you mean float32"),
        (["bench", "--variant", "absent.toml"], "absent.toml"),
        (["bench", "--dataset", "absent"], "absent"),
        (["bench", "--null", "--variant", "int8", "--variant", "float32"], "exactly one variant"),
        (["variants", "show", "flaot32"], "did you mean float32"),
        (["variants", "validate", "absent.toml"], "absent.toml"),
        (["models", "inspect", "absent"], "absent"),
        (["models", "add", "absent.onnx"], "absent.onnx"),
        (["models", "remove", "hairnet"], "part of hairopt"),
        (["models", "convert", "hairnet"], "only TFLite"),
        (["models", "convert", "mediapipe-hair"], "hairopt models pull mediapipe-hair"),
        (["dataset", "check", "absent"], "absent"),
        (["report", "absent"], "absent"),
        (["recolor", "absent.jpg", "-o", "x.jpg", "--shade", "blue"], "absent.jpg"),
        (["recolor", "absent.jpg", "-o", "x.gif", "--shade", "blue"], ".jpeg"),
        (["recolor", "absent.jpg", "-o", "no/x.jpg", "--shade", "blue"], "does not exist"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_exits_2_with_one_clear_message(hairopt, arguments, said):
    done = hairopt(*arguments)

    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_debugging_shows_where_it_happened(hairopt):
    done = hairopt("variants", "show", "absent", HAIROPT_DEBUG="1")

    assert done.returncode == 2
    assert "Traceback" in done.stderr


def test_a_file_name_cannot_steer_the_terminal(hairopt):
    done = hairopt("dataset", "check", "\x1b[31mred")

    assert "\x1b" not in done.stderr
    assert "\\x1b[31mred" in done.stderr


@pytest.fixture
def left():
    """The end of a pipe whose reader has gone."""
    read, write = os.pipe()
    os.close(read)
    yield write
    os.close(write)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["bench", "--help"],
        ["variants", "list"],
        ["variants", "list", "--json"],
        ["variants", "show", "float32"],
        ["models", "list"],
        ["models", "inspect", "hairnet"],
        ["optimize", "--dry-run", "--knob", "quality"],
    ],
    ids=" ".join,
)
def test_a_reader_that_leaves_is_no_error_message(tmp_path, left, arguments):
    done = subprocess.run(
        [COMMAND, *arguments],
        stdout=left,
        stderr=subprocess.PIPE,
        env=environment(tmp_path),
        check=False,
    )

    assert done.returncode == 141
    assert done.stderr == b""


def test_an_error_keeps_its_exit_code_where_nobody_reads_its_message(tmp_path, left):
    done = subprocess.run(
        [COMMAND, "variants", "show", "absent"],
        stdout=left,
        stderr=left,
        env=environment(tmp_path),
        check=False,
    )

    assert done.returncode == 2


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is there on Linux only")
def test_a_full_disk_is_said_to_be_full(tmp_path):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [COMMAND, "variants", "show", "float32"],
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment(tmp_path),
            check=False,
        )

    assert done.returncode == 2
    assert b"disk is full" in done.stderr
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
