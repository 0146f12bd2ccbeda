"""A run of version 0.1.0 as it was written: every page renders, and claims no more than it may.

``old_run`` was made by ``hairopt bench --variant float32 --variant int8 --rounds 6`` on seven drawn
heads, before runs knew process starts, regimes of time and means over source photos.
"""

import io
import shutil
from pathlib import Path

import pytest
from rich.console import Console

from hairopt.errors import NotComparableError
from hairopt.gate.compare import compare
from hairopt.gate.limits import GateLimits
from hairopt.gate.snapshot import snapshot_of_run
from hairopt.report.render import LoadedRun, render_history, render_reports
from hairopt.report.run.answer import run_answer
from hairopt.report.run.terminal import matrix_view

FOLDER = Path(__file__).parent / "old_run"


@pytest.fixture(scope="module")
def loaded():
    return LoadedRun.read(FOLDER)


def test_it_is_of_an_older_version(loaded):
    result = loaded.run.variants["int8"]
    assert result.latency_after_pause_ms == {}
    assert loaded.run.protocol.timing_s is None


def test_every_report_renders(tmp_path):
    shutil.copytree(FOLDER, tmp_path / "run")

    html, markdown, _ = render_reports(tmp_path / "run")

    for text in (html.read_text(), markdown.read_text()):
        assert "May I ship it?" in text
        assert "of an older version" in text
    assert "paused" not in html.read_text().split('id="matrix"')[1].split("</table>")[0]


def test_its_times_prove_nothing_and_no_word_says_otherwise(loaded):
    answer = run_answer(loaded.run, loaded.matrix, "old")
    cells = loaded.matrix.row("int8").cells

    assert cells["latency_p50_ms"].delta.evidence.mark == "~"
    assert "faster (" not in answer.sentence
    assert not any("latency" in point.short for point in answer.points)


@pytest.mark.parametrize("width", [60, 80, 100])
def test_the_terminal_shows_it(loaded, width):
    screen = Console(file=io.StringIO(), width=width)
    for part in matrix_view(loaded.matrix):
        screen.print(part)
    assert "kept" in screen.file.getvalue()


def test_the_gate_says_that_it_lacks_what_is_judged_today():
    sides = [snapshot_of_run(FOLDER, name) for name in ("float32", "int8")]
    with pytest.raises(NotComparableError, match="older versions of hairopt"):
        compare(*sides, GateLimits())


def test_a_history_of_it_renders(tmp_path):
    for file in render_history([FOLDER], tmp_path):
        assert file.read_text()
