"""Text that somebody else wrote stays text: one function per format, each with what it is for."""

import csv
import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from hairopt.report.foreign_text import (
    code_block,
    csv_cell,
    github_property,
    github_text,
    json_text,
    markdown,
    markdown_cell,
    markdown_prose,
    one_line,
    printable,
    svg_text,
    toml_text,
)

NASTY = (
    "=1+1 \x1b[31m\n::error::x | <script>alert(1)</script> [a](http://b.c) `x` \u202e @you #1 -y"
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("a\u202eb\u2066", "a\\u202eb\\u2066"),
        ("a\x9bb\x7f\r\x00", "a\\x9bb\\x7f\\x0d\\x00"),
        ("a\tb\nc", "a\tb\nc"),
        ("::error::x\n  ::y", "\\x3a:error::x\n  \\x3a:y"),
        ("x ##[error]y", "x \\x23#[error]y"),
        ("std::string \N{NO-BREAK SPACE}é 头发 \N{GRINNING FACE}",) * 2,
        ("\ud800", "\\ud800"),
    ],
)
def test_a_terminal_sees_every_control_character(text, shown):
    assert printable(text) == shown


def test_one_line_is_one_line():
    assert one_line("a\nb\tc") == "a\\nb\\tc"


@given(st.text())
def test_nothing_invisible_is_printed(text):
    found = printable(text)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", found)
    assert not re.search(r"^\s*::", found, re.MULTILINE)


def tokens(text):
    parsed = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    return [child for token in parsed for child in token.children or []] + parsed


@given(st.text("-+=1.)(#*_`|<>[]!@:~$&\\ \nab/") | st.text())
def test_no_text_becomes_markup_in_markdown(text):
    for escape in (markdown, markdown_cell, markdown_prose):
        shown = escape(text)
        assert "\n" not in shown
        table = f"| a | b |\n|---|---|\n| {shown} | end |\n"
        kinds = {token.type for token in tokens(table)}
        assert not kinds & {"link_open", "image", "s_open", "em_open", "strong_open",
                            "code_inline", "html_inline", "html_block"}  # fmt: skip
        cells = [token for token in tokens(table) if token.type == "td_open"]
        assert len(cells) == 2
    kinds = [token.type for token in tokens(f"- {markdown(text)}\n")]
    assert kinds.count("bullet_list_open") == 1
    assert not {"ordered_list_open", "heading_open", "hr", "fence"} & set(kinds)


def test_emoji_names_are_cut_and_times_are_not():
    assert markdown_cell("a :smile: b :100: c :+1:") == r"a \:smile: b \:100: c \:+1:"
    assert markdown_cell("2026-11-24T00:06:23+00:00") == "2026-11-24T00:06:23+00:00"


def test_markdown_still_says_what_it_said():
    (paragraph,) = (t for t in tokens(markdown("1. a*b <c> [d](e)")) if t.type == "inline")
    text = "".join(child.content for child in paragraph.children)
    assert text == "1. a*b <c> [d](e)"


@given(st.text())
def test_a_fenced_block_is_ended_by_nothing_inside(text):
    lines = code_block(text, "sh")
    (block,) = MarkdownIt().parse("\n".join(lines))
    assert block.type == "fence"


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\uff1d", "|", "%"])
def test_no_cell_of_a_csv_starts_a_formula(first):
    assert csv_cell(f"{first}1+1") == f"'{first}1+1"
    assert csv_cell(f"1{first}1") == f"1{first}1"


@pytest.mark.parametrize("text", ["-1", "-1.5", "+2", "-1e-3", "12", "2026-01-31", "a-b", ""])
def test_numbers_and_plain_words_stay_as_they_are(text):
    assert csv_cell(text) == text


def test_a_csv_cell_reads_back():
    out = io.StringIO()
    csv.writer(out).writerow([csv_cell(NASTY), "x"])
    ((cell, last),) = csv.reader(io.StringIO(out.getvalue()))
    assert cell == f"'{NASTY}".replace("\x1b", "\\x1b").replace("\u202e", "\\u202e")
    assert last == "x"


@given(st.text())
def test_no_name_starts_a_workflow_command(text):
    command = f"::error title={github_property(text)}::{github_text(text)}"
    assert len(command.splitlines()) == 1
    assert command.count("::", 0, command.index("::", 2) + 2) == 2


@given(st.dictionaries(st.text(), st.text()))
def test_json_is_equal_and_shows_nothing_invisible(values):
    document = json.dumps(values, ensure_ascii=False)
    assert json.loads(json_text(document)) == values
    assert not re.search("[\x7f-\x9f\u202e]", json_text(document))


def test_toml_and_svg():
    assert toml_text('a = "x\u202ey"') == 'a = "x\\U0000202ey"'
    assert svg_text("<a>\n\x1b</a>") == "<a>\n\\x1b</a>"
