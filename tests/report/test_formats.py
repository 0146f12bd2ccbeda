"""One matrix in every format; hostile names stay text in each."""

import base64
import csv
import hashlib
import io
import re

import pytest
from rich.console import Console

from hairopt.cli.console import stdout_console
from hairopt.measure.run_model import DatasetInfo
from hairopt.report.foreign_text import csv_cell, markdown
from hairopt.report.run.build_matrix import build_matrix
from hairopt.report.run.csv import matrix_csv
from hairopt.report.run.html import render_html
from hairopt.report.run.markdown import render_markdown
from hairopt.report.run.terminal import matrix_view
from tests.report.html_page import Page
from tests.report.made_up_run import absent, make_run, rows, variant

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def html(run, cases, tmp_path):
    return render_html(run, cases, build_matrix(run, cases), tmp_path)


def hostile_page(tmp_path):
    cases = rows()
    cases["case"] = HOSTILE + cases["case"]
    cases["hair_type"] = "<script>alert(2)</script>"
    run = make_run(
        {
            "float32": variant("float32", 100, 0.8),
            "bad": absent("failed", error=f"{HOSTILE}.jpg broke", fix="<script>alert(3)</script>"),
        },
        command=f"hairopt bench --dataset '{HOSTILE}'",
    )
    run.variants["float32"].slices[HOSTILE] = run.variants["float32"].slices["length"]
    return render_html(run, cases, build_matrix(run, cases), tmp_path)


def test_hostile_names_stay_text(tmp_path):
    page = Page(hostile_page(tmp_path))

    assert page.tags.count("script") == 1  # the page's own
    assert "img" not in page.tags
    assert not page.handlers


def test_the_page_asks_for_nothing_from_anywhere(html):
    addresses = [
        value for _, name, value in Page(html).attributes if name in ("src", "href", "xlink:href")
    ]

    assert all(value.startswith(("#", "data:")) for value in addresses)
    assert not re.findall(r"url\((?!#)", html)
    assert "@import" not in html


def test_the_policy_lets_only_the_script_of_this_package_run(html):
    script = re.search(r"<script>(.*?)</script>", html, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()

    policies = [v for _, name, v in Page(html).attributes if name == "content"]
    assert f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'" in str(
        policies
    )


def test_ids_are_unique_and_what_is_pointed_at_exists(html):
    attributes = Page(html).attributes
    ids = [value for _, name, value in attributes if name == "id"]
    targets = {v[1:] for _, name, v in attributes if name.endswith("href") and v.startswith("#")}
    labels = {word for _, name, v in attributes if name == "aria-labelledby" for word in v.split()}

    assert len(ids) == len(set(ids))
    assert targets | labels <= set(ids)
    assert set(re.findall(r"url\(#([^)]+)\)", html)) <= set(ids)


def test_charts_take_their_colours_from_the_page(html):
    drawings = "".join(re.findall(r"<svg.*?</svg>", html, re.DOTALL))

    assert "var(--series-1)" in drawings
    assert "var(--ink)" in drawings
    assert not re.findall(r"#(?:0[1-5]){3}|#1010\d\d", drawings)


def test_pictures_are_inlined_and_never_taken_from_outside_the_run(run, cases, tmp_path):
    from PIL import Image

    run_folder = tmp_path / "run"
    for folder in (run_folder / "images" / "00001", tmp_path / "outside"):
        folder.mkdir(parents=True)
        for name in ("photo.jpg", "truth.png", "int8.png", "int8.jpg"):
            Image.new("RGB", (8, 6)).save(folder / name)
    cases["images"] = None
    cases.loc[cases["case"] == "c", "images"] = "images/00001"
    cases.loc[cases["case"] == "b", "images"] = "images/../../outside"

    html = render_html(run, cases, build_matrix(run, cases), run_folder)

    sources = [v for tag, name, v in Page(html).attributes if (tag, name) == ("img", "src")]
    assert len(sources) == 5  # photo, truth, mask, answer and the error map
    assert all(source.startswith("data:image/webp;base64,") for source in sources)
    links = {v for tag, name, v in Page(html).attributes if (tag, name) == ("a", "href")}
    files = ("photo.jpg", "truth.png", "int8.png", "int8.jpg")
    assert links == {"#matrix", *(f"images/00001/{name}" for name in files)}


def test_a_run_without_any_number_still_renders(cases, tmp_path):
    run = make_run({"float32": absent("failed", error="the worker crashed")})
    matrix = build_matrix(run, cases)

    assert "the worker crashed" in render_html(run, cases, matrix, tmp_path)
    assert "the worker crashed" in render_markdown(run, matrix)
    assert "the worker crashed" in matrix_csv(matrix)


def test_what_a_run_proves_of_a_precision_stands_on_the_page_and_in_markdown(cases, tmp_path):
    ratio = {"median": 0.8, "ci95": [0.7, 0.9], "n": 20}
    told = {"against": "float32", "segment_ratio": ratio, "iou_kept": 1.0}
    told["sentence"] = "int8 takes 0.80 of the time."
    both = {"float32": variant("float32", 100, 0.8), "int8": variant("int8", 80, 0.8)}
    run = make_run({**both, "int8": both["int8"] | {"verdict": told}})
    matrix = build_matrix(run, cases)

    assert f"<li>{told['sentence']}</li>" in render_html(run, cases, matrix, tmp_path)
    assert f"\n\n{markdown(told['sentence'])}\n\n" in render_markdown(run, matrix)


def test_markdown_keeps_hostile_names_text():
    text = markdown(f"{HOSTILE}|`x`\n# [a](b) **c** javascript:1")

    assert "<" not in text
    assert "\n" not in text
    assert not re.findall(r"(?<!\\)[|`\[\]()*#]", text)


def test_csv_reads_back_and_starts_no_formula(run, cases):
    matrix = build_matrix(run, cases)

    table = list(csv.DictReader(io.StringIO(matrix_csv(matrix))))

    assert [row["variant"] for row in table] == ["baseline", "float32", "int8"]
    assert float(table[2]["latency_p50_ms"]) == 77.0
    assert float(table[2]["latency_p50_ms_change_percent"]) == pytest.approx(-23)
    assert table[2]["latency_p50_ms_change_proven"] == "1"
    assert table[0]["fix"] == "hairopt models pull mediapipe-hair"


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t"])
def test_no_text_of_a_csv_starts_a_formula(first):
    run = make_run({f"{first}1+1": absent(error=f"{first}2+2", fix=f"{first}3+3")})
    (row,) = csv.DictReader(io.StringIO(matrix_csv(build_matrix(run, rows()))))
    assert (row["variant"], row["fix"]) == (f"'{first}1+1", f"'{first}3+3")
    assert row["reason"] == f"'{first}2+2"
    # Only the first character counts.
    assert csv_cell(f"1{first}1") == f"1{first}1"


def in_terminal(matrix, width):
    console = Console(file=io.StringIO(), width=width)
    for part in matrix_view(matrix):
        console.print(part)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [40, 60, 72, 80, 84, 90, 100, 120])
@pytest.mark.parametrize("n", [2, 6, 12])
def test_a_narrow_terminal_gives_up_columns_but_never_kept_nor_a_digit(cases, width, n):
    names = ["float32", "int8", "conditional-post", "a-name-of-many-words", "x" * 30]
    names += [f"variant-{index}" for index in range(n - len(names))]
    variants = {name: variant(name, 1234.5, 0.8, (0.5, 0.4, 0.6), 0.9875) for name in names[:n]}
    matrix = build_matrix(make_run({**variants, "gone": absent("failed")}), cases)

    text = in_terminal(matrix, width)

    numbers = re.compile(r"[-+]?\d+(?:[.,]\d+)*\*?")
    assert set(numbers.findall(text)) <= set(numbers.findall(in_terminal(matrix, 400)))
    assert max(map(len, text.splitlines())) <= width
    assert text.count("98.8") == text.count("1,234") == n
    heading = text[: text.index("─")]
    (left_out,) = re.findall(r"not shown for lack of width: (.*?)With each", text, re.DOTALL) or [
        ""
    ]
    given_up = [" ".join(part.split()) for part in left_out.split(",") if part.strip()]
    everything = [" ".join([c.title, c.unit]).strip() for c in matrix.columns]
    assert set(given_up) < set(everything)
    shown = len(heading.split("\n")[0].split())
    assert shown + len(given_up) == len(everything)
    assert {"kept", "latency"} <= set(heading.split())


def test_every_format_shows_the_same_values(run, cases):
    matrix = build_matrix(run, cases)
    console = stdout_console()
    with console.capture() as capture:
        for part in matrix_view(matrix):
            console.print(part)
    terminal, markdown = capture.get(), render_markdown(run, matrix)

    for shown in (terminal, markdown):
        assert "77.0" in shown
        assert "-23 %" in shown
        assert "hairopt models pull mediapipe-hair" in shown


def doubtful_run():
    doubt = {"rule": "inverted", "message": f"The mask looks inverted: {HOSTILE}.", "cases": []}
    bad = {"name": "b", "file": "b.png", "reason": "b.png holds class indices", "fix": f"{HOSTILE}"}
    run = make_run({"float32": variant("float32", 100, 0.8)})
    return run.model_copy(
        update={
            "dataset": DatasetInfo.model_validate(
                {**run.dataset.model_dump(), "warnings": [doubt], "bad_cases": [bad, bad]}
            )
        }
    )


def test_doubts_about_the_dataset_come_before_the_numbers(tmp_path):
    run = doubtful_run()
    cases = rows()
    matrix = build_matrix(run, cases)
    page = render_html(run, cases, matrix, tmp_path)
    text = render_markdown(run, matrix)
    for found, numbers in ((page, 'id="matrix"'), (text, "## Cost and quality")):
        head = found[: found.index(numbers)]
        assert "The mask looks inverted" in head
        assert "2 of 5 cases could not be used" in head
    assert "img" not in Page(page).tags
    assert page.count('<pre class="fix"') == 1
    assert "&lt;img src=x" in text
    assert f"\n```\n{HOSTILE}\n```\n" in text
