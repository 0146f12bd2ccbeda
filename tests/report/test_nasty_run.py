"""One nasty title, licence, tag, case, shade and message through every format of a run's report."""

import csv
import io
import re

import pytest
from markdown_it import MarkdownIt

from hairopt.report.history.data import make_history
from hairopt.report.history.html import history_html
from hairopt.report.history.text import history_csv, history_markdown
from hairopt.report.run.build_matrix import build_matrix
from hairopt.report.run.csv import matrix_csv
from hairopt.report.run.html import render_html
from hairopt.report.run.markdown import render_markdown
from tests.report.html_page import Page
from tests.report.made_up_run import absent, make_run, rows, variant

NASTY = (
    "=1+1 \x1b[31m\n::error::x | <script>alert(1)</script> [a](http://b.c) `x` \u202e 2026-01-31"
)


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    cases = rows()
    cases["case"] = NASTY + cases["case"]
    cases["hair_type"] = NASTY
    run = make_run(
        {"float32": variant("float32", 100, 0.8), NASTY: absent("failed", error=NASTY, fix=NASTY)},
        command=f"hairopt bench --dataset '{NASTY}'",
    )
    run.variants["float32"].slices[NASTY] = run.variants["float32"].slices["length"]
    run.environment.warnings.append(NASTY)
    about = {"title": NASTY, "licence": NASTY, "name": NASTY}
    run = run.model_copy(update={"dataset": run.dataset.model_copy(update=about)})
    matrix, history = build_matrix(run, cases), make_history([run, run])
    folder = tmp_path_factory.mktemp("run")
    return {
        "report.md": render_markdown(run, matrix),
        "history.md": history_markdown(history),
        "matrix.csv": matrix_csv(matrix),
        "history.csv": history_csv(history),
        "report.html": render_html(run, cases, matrix, folder),
        "history.html": history_html(history),
    }


@pytest.mark.parametrize(
    "name", ["report.md", "history.md", "matrix.csv", "history.csv", "report.html", "history.html"]
)
def test_nothing_invisible_is_in_any_file(texts, name):
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", texts[name])


@pytest.mark.parametrize("name", ["report.md", "history.md"])
def test_markdown_gains_no_markup(texts, name):
    parsed = MarkdownIt("gfm-like", {"linkify": False}).parse(texts[name])
    kinds = {child.type for token in parsed for child in token.children or []}
    kinds |= {token.type for token in parsed}
    assert not kinds & {"link_open", "image", "s_open", "html_inline", "html_block", "fence"}


@pytest.mark.parametrize("name", ["report.html", "history.html"])
def test_html_gains_no_element(texts, name):
    page = Page(texts[name])
    assert page.tags.count("script") == 1  # the page's own
    assert not page.handlers


@pytest.mark.parametrize("name", ["matrix.csv", "history.csv"])
def test_csv_starts_no_formula_and_keeps_its_rows(texts, name):
    lines = list(csv.reader(io.StringIO(texts[name])))
    assert len({len(line) for line in lines}) == 1
    for cell in (cell for line in lines for cell in line if cell):
        assert cell[0] not in "=+@"
        assert cell[0] != "-" or re.fullmatch(r"-[\d.e-]+", cell)
