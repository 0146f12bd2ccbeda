"""The examples in README and docs are run, in order, page by page, as a reader would type them.

Only blocks marked ``sh`` are commands. A block that cannot run here (it needs a download, say) is
preceded by ``<!-- not run: REASON -->``.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools.notebook.example_photos import write_example_photos

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
BLOCK = re.compile(r"(?:<!-- not run: (?P<reason>[^>]+) -->\n+)?```sh\n(?P<text>.*?)```", re.S)
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def scripts(page: Path) -> list[str]:
    """The blocks of a page that are to be run."""
    return [match["text"] for match in BLOCK.finditer(page.read_text()) if not match["reason"]]


@pytest.fixture
def reader(tmp_path, monkeypatch):
    """A folder with what the examples speak of: a photo, and photos with masks."""
    import onnx

    write_example_photos(tmp_path)
    network = onnx.load(ROOT / "hairopt" / "models" / "bundled" / "hairnet.onnx")
    network.producer_name = "the reader"
    onnx.save(network, tmp_path / "mine.onnx")
    monkeypatch.setenv("HAIROPT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_examples_run(page, reader):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for script in scripts(page):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            capture_output=True,
            text=True,
            env={**os.environ, "PATH": path},
        )
        assert done.returncode == 0, f"{page.name}: {script}\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page):
    for target in LINK.findall(page.read_text()):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"
