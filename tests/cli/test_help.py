"""Help feels instant: little time, because nothing heavy is imported."""

import os
import re
import resource
import subprocess
import sys

import pytest

from tests.cli.conftest import COMMAND

COMMANDS = [
    [], ["bench"], ["recolor"], ["report"],
    ["variants"], ["variants", "list"], ["variants", "show"], ["variants", "validate"],
    ["models"], ["models", "list"], ["models", "pull"], ["models", "inspect"], ["models", "add"],
    ["models", "remove"], ["models", "convert"],
    ["dataset"], ["dataset", "check"], ["dataset", "stats"],
]  # fmt: skip
HEAVY = [
    "numpy",
    "cv2",
    "onnx",
    "onnxruntime",
    "mediapipe",
    "pandas",
    "matplotlib",
    "skimage",
    "scipy",
    "PIL",
    "jinja2",
    "rich",
    "pydantic",
]
LIMIT_S = 1 / 3


def cpu_seconds(arguments):
    """Processor time of one run: wall time would also count the neighbours of this machine."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([COMMAND, *arguments, "--help"], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.parametrize("arguments", [[], ["bench"], ["models", "add"]], ids=" ".join)
def test_help_takes_less_than_a_third_of_a_second(arguments):
    assert min(cpu_seconds(arguments) for _ in range(3)) < LIMIT_S


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_help_explains_and_imports_nothing_heavy(arguments):
    done = subprocess.run(
        [sys.executable, "-X", "importtime", COMMAND, *arguments, "--help"],
        capture_output=True,
        text=True,
        check=True,
    )

    imported = set(re.findall(r"\|\s+([A-Za-z0-9_]+)(?:\.\S+)?\s*$", done.stderr, re.MULTILINE))
    assert "typer" in imported
    assert imported.isdisjoint(HEAVY)
    assert done.stdout.startswith("Usage: hairopt")


def test_version(hairopt):
    from hairopt import __version__

    assert hairopt("--version").stdout == f"hairopt {__version__}\n"


def test_python_m_is_the_same_command(hairopt):
    done = subprocess.run(
        [sys.executable, "-m", "hairopt", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == hairopt("--version").stdout


@pytest.mark.parametrize(
    "group", [[], ["models"], ["dataset"], ["variants"], ["baseline"], ["golden"]], ids=" ".join
)
def test_the_summary_of_every_command_fits_80_columns(group):
    done = subprocess.run(
        [COMMAND, *group, "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "COLUMNS": "80"},
    )
    summaries = done.stdout.split("Commands:\n")[1].strip("\n").split("\n\n")[0].splitlines()
    assert summaries
    assert all(line.endswith(".") and not line.endswith("...") for line in summaries)
