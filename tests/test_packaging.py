"""The promises of the packaging: one cv2, constraints that hold, nothing heavy at start."""

import re
import subprocess
import sys
from importlib.metadata import distributions, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent


def _owners_of(module: str) -> list[str]:
    """Distributions that installed a top-level module of this name."""
    return sorted(
        {
            canonicalize_name(dist.metadata["Name"])
            for dist in distributions()
            for file in dist.files or ()
            if file.parts[0] == module
        }
    )


def test_exactly_one_distribution_owns_cv2_and_it_works():
    assert _owners_of("cv2") == ["opencv-contrib-python"]
    import cv2
    import numpy as np

    picture = np.full((4, 4, 3), 7, np.uint8)
    assert cv2.imdecode(cv2.imencode(".png", picture)[1], cv2.IMREAD_COLOR).shape == (4, 4, 3)


def test_constraints_name_versions_only():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert pins
    for line in pins:
        requirement = Requirement(line)
        assert requirement.url is None
        assert [spec.operator for spec in requirement.specifier] == ["=="]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="pins of this version are not installed")
def test_constraints_pin_every_dependency_that_pyproject_asks_for():
    text = (ROOT / "pyproject.toml").read_text()
    block = re.search(r"^dependencies = \[(.*?)^\]", text, re.S | re.M)
    assert block
    wanted = {
        canonicalize_name(Requirement(name).name)
        for name in re.findall(r'"([^"]+)"', block.group(1))
        if (marker := Requirement(name).marker) is None or marker.evaluate()
    }
    pins = (ROOT / "constraints.txt").read_text().splitlines()
    pinned = {canonicalize_name(Requirement(p).name) for p in pins if p and p[0] != "#"}
    assert wanted <= pinned


def test_the_package_is_typed_and_says_its_version():
    import hairopt

    assert (Path(hairopt.__file__).parent / "py.typed").is_file()
    assert version("hairopt") == hairopt.__version__


def test_importing_the_command_line_loads_nothing_heavy():
    heavy = ("cv2", "onnxruntime", "mediapipe", "pandas", "matplotlib", "torch", "numba", "skimage")
    code = f"import sys, hairopt.cli.app; print([m for m in {heavy!r} if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert loaded.stdout.strip() == "[]", loaded.stderr
