"""Libraries are told not to report before anything else happens, and nobody gets around it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hairopt.offline.quiet import ENVIRONMENT

ROOT = Path(__file__).resolve().parent.parent.parent
WARNING = "RuntimeWarning: onnxruntime was imported before hairopt"


def run(code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if k not in ENVIRONMENT}
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=kept | {"PYTHONPATH": str(ROOT)} | variables,
        check=False,
    )


@pytest.mark.parametrize("given", [{}, {"ORT_DISABLE_TELEMETRY": "0"}], ids=["unset", "overruled"])
def test_importing_hairopt_sets_it_for_this_process_and_what_it_starts(given):
    inside = "import json, os; print(json.dumps(dict(os.environ)))"
    done = run(
        f"import hairopt, subprocess, sys; subprocess.run([sys.executable, '-c', {inside!r}])",
        **given,
    )
    assert ENVIRONMENT.items() <= json.loads(done.stdout).items()
    assert ENVIRONMENT["ORT_DISABLE_TELEMETRY"] == "1"  # the one value that its documentation has


@pytest.mark.parametrize("module", ["hairopt.measure.worker", "hairopt.profile.worker"])
def test_a_worker_that_nobody_prepared_does_so_itself(module):
    done = run(f"import {module}, os; print(os.environ['ORT_DISABLE_TELEMETRY'])")
    assert done.stdout.strip() == "1", done.stderr


@pytest.fixture
def run_with(tmp_path):
    """Run code that finds an onnxruntime of some version which does nothing at all."""

    def run_it(version: str, code: str, **variables: str) -> subprocess.CompletedProcess[str]:
        package = tmp_path / "onnxruntime"
        package.mkdir()
        (package / "__init__.py").write_text(f"__version__ = {version!r}\n")
        return run(code, **variables, PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")

    return run_it


@pytest.mark.parametrize("version", ["1.29.0", "1.32.0", "2.0.1rc1", "unknown"])
def test_onnxruntime_imported_first_is_warned_about_once(run_with, version):
    code = "import onnxruntime\nimport hairopt, hairopt.cli.app, hairopt.measure.worker\n"
    done = run_with(version, code)
    assert done.returncode == 0
    assert done.stderr.count(WARNING) == 1
    assert "<string>:2:" in done.stderr  # the import that comes too late


@pytest.mark.parametrize(
    ("version", "code", "given"),
    [
        ("1.32.0", "import hairopt\nimport onnxruntime, hairopt.cli.app", {}),
        ("1.32.0", "import onnxruntime\nimport hairopt", {"ORT_DISABLE_TELEMETRY": "1"}),
        ("1.28.1", "import onnxruntime\nimport hairopt", {}),
        ("1.32.0", "import sys; sys.platform = 'win32'; import onnxruntime\nimport hairopt", {}),
    ],
    ids=["in order", "switched off before", "a version that does not report", "Windows"],
)
def test_no_warning_where_nothing_was_reported(run_with, version, code, given):
    done = run_with(version, code, **given)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_reporting_package_cannot_be_imported_any_more(tmp_path):
    """It would shout; OpenVINO goes on with its own stub."""
    package = tmp_path / "openvino_telemetry"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit('telemetry was imported')\n")
    done = run(
        "import hairopt\ntry: import openvino_telemetry\nexcept ImportError: print('barred')",
        PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}",
    )
    assert done.stdout == "barred\n", done.stderr


@pytest.mark.parametrize(
    "line",
    [
        "import onnxruntime",
        "import onnxruntime as ort",
        "from onnxruntime import InferenceSession",
        "from onnxruntime.quantization import QuantType",
        "import onnxruntime.transformers.float16",
        "def load():\n    import onnxruntime",
    ],
)
@pytest.mark.parametrize("place", ["hairopt/convert", "hairopt/runtimes", "tests/convert", "tools"])
def test_importing_onnxruntime_elsewhere_is_a_lint_error(place, line):
    assert "TID251" in lint(f"{place}/new.py", line)


def test_the_one_module_may():
    assert "TID251" not in lint("hairopt/runtimes/onnx_session.py", "import onnxruntime")


def lint(name: str, code: str) -> str:
    ruff = Path(sys.executable).parent / "ruff"
    command = [ruff, "check", "--output-format", "concise", "--stdin-filename", name, "-"]
    done = subprocess.run(
        command, input=code + "\n", cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout
