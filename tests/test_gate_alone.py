"""The gate judges where MediaPipe, OpenCV, matplotlib and the runtimes are not installed."""

import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from hairopt.gate.stored import save_baseline
from tests.gate.snapshots import scores, snapshot

ROOT = Path(__file__).resolve().parent.parent
MAX_BYTES = 600_000_000
ABSENT = ("mediapipe", "matplotlib", "cv2", "onnxruntime", "numba", "skimage")


def packages():
    """The short list of docs/install.md."""
    (line,) = re.findall(r"^pip install (flatbuffers .+)$", (ROOT / "docs/install.md").read_text(),
                         re.M)  # fmt: skip
    return [*line.split(), *(["tomli"] if sys.version_info < (3, 11) else [])]


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """An interpreter with what docs/install.md says, and nothing else."""
    folder = tmp_path_factory.mktemp("gate-alone")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--no-deps", str(ROOT)], check=True)
    subprocess.run([*pip, "-c", str(ROOT / "constraints.txt"), *packages()], check=True)
    return python


def hairopt(python, folder, *arguments):
    return subprocess.run(
        [python, "-m", "hairopt", *map(str, arguments)], cwd=folder, capture_output=True, text=True
    )


@pytest.mark.slow
def test_it_is_small_and_judges(python, tmp_path):
    script = f"import importlib.util as u; print([n for n in {ABSENT} if u.find_spec(n)])"
    found = subprocess.run([python, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
    files = [path for path in python.parents[1].rglob("*") if path.is_file()]
    assert sum(path.lstat().st_size for path in files if not path.is_symlink()) < MAX_BYTES

    for name, drop in (("before", 0.0), ("same", 0.0), ("worse", 0.2)):
        save_baseline(tmp_path / "baselines", name, snapshot(name, scores(drop)), replace=False)
    same = hairopt(python, tmp_path, "compare", "before", "same", "--report", "page.html")
    assert same.returncode == 0, same.stdout + same.stderr
    assert (tmp_path / "page.html").is_file()
    (tmp_path / "hairopt.toml").write_text('[gate]\nbaseline = "before"\ncandidate = "worse"\n')
    worse = hairopt(python, tmp_path, "gate", "--format", "junit")
    assert worse.returncode == 1, worse.stdout + worse.stderr
    assert "FAIL" in worse.stdout


@pytest.mark.slow
def test_what_is_missing_is_said_with_its_fix(python, tmp_path):
    done = hairopt(python, tmp_path, "bench", "--variant", "float32")
    assert done.returncode == 2, done.stdout
    assert re.search(r"the Python package \S+ is not installed \(fix: pip install", done.stderr)
    assert "defect" not in done.stderr
