"""The first screen: what it says of a made-up run, and that every format shows all of it."""

import io
import re

import pytest
from rich.console import Console

from hairopt.report.answer import Answer, Point, answer_markdown, answer_view
from hairopt.report.run.answer import run_answer
from hairopt.report.run.build_matrix import build_matrix
from hairopt.report.run.html import render_html
from hairopt.report.run.markdown import render_markdown
from tests.report.html_page import Page
from tests.report.made_up_run import absent, make_run, rows, variant

HOSTILE = "<b>x</b> \x1b[31m [a](b)\n::error::y"


def fast(**changes):
    """Eight photos: int8 is faster, its colour and edge are worse, its mask proves nothing."""
    frame = rows()
    frame = frame[frame["case"] == "a"]
    copies = []
    for index in range(8):
        copy = frame.assign(case=f"c{index}", source=f"c{index}")
        is_int8 = copy["variant"] == "int8"
        copy.loc[is_int8, "iou"] = 0.9 + (0.01 if index % 2 else -0.01)
        copy.loc[is_int8, "lock_de00"] = 2.2 + 0.01 * index
        copies.append(copy)
    cases = type(frame)(row for copy in copies for row in copy.to_dict("records"))
    variants = {
        "float32": variant("float32", 100, 0.9),
        "int8": variant("int8", 77, 0.9, (0.77, 0.75, 0.79), 0.9875),
    }
    run = make_run({**variants, **changes})
    return run, cases, build_matrix(run, cases)


def points(answer):
    return {point.question: point for point in answer.points}


def test_proven_changes_are_won_or_lost_and_the_others_are_named():
    run, _, matrix = fast()

    found = points(run_answer(run, matrix, "reports/x"))

    assert found["What do I win?"].short == "latency -23 % (-25 to -21 %)"
    assert (found["What do I lose?"].short, *found["What do I lose?"].details) == (
        "edge -1.4 % (-1.4 to -1.4 %)",
        "colour +12 % (11 to 13 %)",
        "~ no change is proven of mask",
    )
    assert "int8 keeps 98.8 %" in found["May I ship it?"].details[0]
    assert found["How sure is it?"].short == "8 source photos"


@pytest.mark.parametrize(
    ("iou", "won"),
    [(0.94, "No gain of 5 % is proven"), (0.96, "mask +6.8 % (6.7 to 6.9 %)")],
)
def test_a_gain_below_five_percent_is_not_named(iou, won):
    run, cases, _ = fast(int8=variant("int8", 100, 0.9))
    is_int8 = cases["variant"] == "int8"
    cases["iou"] = 0.9
    cases.loc[is_int8, "iou"] = [iou + 0.001 * (index % 3) for index in range(is_int8.sum())]

    found = points(run_answer(run, build_matrix(run, cases), "reports/x"))

    assert found["What do I win?"].short == won


@pytest.mark.parametrize(
    ("value", "ci95", "tone"),
    [
        (95.5, (0.94, 0.96), "doubt"), (97.0, (0.95, 0.99), "good"), (93.0, (0.90, 0.9499), "bad"),
        # As the gate: beyond the limit, and shown to be a loss.
        (94.0, (0.90, 0.9999), "bad"), (94.0, (0.90, 1.0), "doubt"), (99.0, None, "doubt"),
    ],
)  # fmt: skip
def test_quality_speaks_as_the_gate_does_of_the_same_interval(value, ci95, tone):
    run, _, matrix = fast()
    kept = matrix.row("int8").cells["kept_percent"]
    ends = ci95 and tuple(100 * end for end in ci95)
    matrix.row("int8").cells["kept_percent"] = type(kept)(value, ends)

    assert points(run_answer(run, matrix, "x"))["May I ship it?"].tone == tone


def test_what_touches_the_headline_stands_before_the_numbers(tmp_path):
    run, cases, matrix = fast(gone=absent())
    warnings = run_answer(run, matrix, "x").warnings

    assert warnings == ("The machine was busy.", "gone has no numbers: unavailable.")
    for text, numbers in (
        (render_html(run, cases, matrix, tmp_path), 'id="matrix"'),
        (render_markdown(run, matrix), "## Cost and quality"),
    ):
        head, rest = text.split(numbers, 1)
        assert "The machine was busy." in head
        assert "The machine was busy." not in rest


def test_a_run_of_one_variant_asks_nothing():
    run = make_run({"float32": variant("float32", 100, 0.8)})

    answer = run_answer(run, build_matrix(run, rows()), "x")

    assert answer.points == ()
    assert answer.command == ""


@pytest.mark.parametrize("width", [40, 80, 100])
def test_every_word_of_the_first_screen_is_text_in_every_format(width):
    answer = Answer(HOSTILE, (Point("May I ship it?", HOSTILE, (HOSTILE,)),), (HOSTILE,), HOSTILE)
    screen = Console(file=io.StringIO(), width=width, markup=False, highlight=False)

    for part in answer_view(answer):
        screen.print(part)

    shown = screen.file.getvalue()
    assert not [c for c in shown if ord(c) < 32 and c != "\n"]
    assert not re.search(r"^\s*::", shown, re.MULTILINE)
    text = "\n".join(answer_markdown(answer))
    assert "<b>" not in re.sub("`[^`]*`", "", text)
    assert "[a](b)" not in re.sub("`[^`]*`", "", text)


def test_the_page_has_the_questions_and_what_answers_them(tmp_path):
    run, cases, matrix = fast()

    page = Page(render_html(run, cases, matrix, tmp_path))

    for point in run_answer(run, matrix, run.id).points:
        assert point.question in page.text
        for said in (point.short, *point.details):
            assert said in page.text.replace("\N{NO-BREAK SPACE}", " ")
