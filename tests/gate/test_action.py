"""The GitHub Action: its script answers with the exit code of the gate and runs no input."""

import os
import subprocess
from pathlib import Path

import pytest

yaml = pytest.importorskip("yaml", reason="PyYAML reads action.yml")
ACTION = Path(__file__).resolve().parents[2] / "action.yml"


@pytest.fixture(scope="module")
def action():
    return yaml.safe_load(ACTION.read_text())


@pytest.fixture
def run(action, tmp_path):
    """Run the step that judges, with a ``hairopt`` that notes its arguments and exits as told."""
    (script,) = (step["run"] for step in action["runs"]["steps"] if step.get("id") == "gate")
    fake = tmp_path / "bin" / "hairopt"
    fake.parent.mkdir()
    fake.write_text('#!/bin/sh\nprintf "%s\\n" "$@" > arguments.txt\nexit $CODE\n')
    fake.chmod(0o755)

    def judge(code, **inputs):
        variables = {
            "PATH": f"{fake.parent}:{os.environ['PATH']}",
            "RUNNER_TEMP": str(tmp_path),
            "GITHUB_OUTPUT": str(tmp_path / "output.txt"),
            "CODE": str(code),
            "CANDIDATE": "",
            "STRICT": "false",
        }
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", script],
            cwd=tmp_path,
            env=variables | inputs,
            check=False,
        )
        return done.returncode, (tmp_path / "arguments.txt").read_text().splitlines()

    return judge


@pytest.mark.parametrize("code", [0, 1, 2, 3, 4])
def test_the_step_ends_with_the_code_of_the_gate(run, tmp_path, code):
    found, arguments = run(code)
    assert found == code
    assert arguments[:3] == ["gate", "--format", "github"]
    assert (tmp_path / "output.txt").read_text() == f"exit-code={code}\n"


def test_an_input_is_an_argument_and_never_code(run, tmp_path):
    _, arguments = run(0, CANDIDATE="$(touch pwned); x", STRICT="true")
    assert arguments[-3:] == ["--strict", "--", "$(touch pwned); x"]
    assert not (tmp_path / "pwned").exists()


def test_no_input_is_pasted_into_a_script(action):
    assert not [step for step in action["runs"]["steps"] if "${{" in step.get("run", "")]
