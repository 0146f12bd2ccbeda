"""docs/python.md is an executed notebook, and its cells still run."""

import subprocess
import sys

import nbformat

from tools.notebook.__main__ import DOCS, NOTEBOOK, PAGE, rendered
from tools.notebook.example_photos import write_example_photos


def test_the_page_is_the_notebook():
    """After a change: ``make pages``."""
    page, pictures = rendered(NOTEBOOK)
    assert PAGE.read_text(encoding="utf-8") == page
    assert pictures
    for file, data in pictures.items():
        assert (DOCS / file).read_bytes() == data


def test_every_cell_was_executed_in_order_and_raised_nothing():
    cells = [one for one in nbformat.read(NOTEBOOK, as_version=4).cells if one.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert {output.output_type for output in outputs} <= {"execute_result", "stream"}


def test_the_cells_run(tmp_path, monkeypatch):
    monkeypatch.setenv("HAIROPT_HOME", str(tmp_path / "home"))
    write_example_photos(tmp_path)
    cells = [one for one in nbformat.read(NOTEBOOK, as_version=4).cells if one.cell_type == "code"]
    script = "\n".join(cell.source for cell in cells)
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "did you mean int8?" in done.stdout
    assert (tmp_path / "comparison.html").is_file()
