"""A comparison in every format: hostile names stay text, and services can read what they get."""

import json
import re
from dataclasses import replace
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt

from hairopt.cli.console import show
from hairopt.gate.compare import compare
from hairopt.gate.inspection import Inspection, Pictures
from hairopt.gate.limits import GateLimits
from hairopt.gate.resources import Timed
from hairopt.measure.run_model import Ratio
from hairopt.report.comparison.answer import comparison_answer
from hairopt.report.comparison.html import comparison_html
from hairopt.report.comparison.render import comparison_text
from hairopt.report.comparison.terminal import comparison_view
from hairopt.report.comparison.text import changes
from hairopt.report.foreign_text import code_span, markdown_cell
from tests.gate.snapshots import scores, snapshot
from tests.report.html_page import Page

HOSTILE = (
    "<script>alert(1)</script> | `x` ](http://e.org) ::error::x\n::set-output x=1\x1b[31m ~~ ]]>"
)


def hostile(ious):
    """A snapshot whose cases, tags, metrics, dataset and network have hostile names."""
    plain = snapshot(ious=ious)
    cases = {
        f"{HOSTILE}{name}": case.model_copy(
            update={
                "source": name,
                "tags": {HOSTILE: f"{HOSTILE}{index % 2}"},
                "scores": {**case.scores, HOSTILE: 0.5},
            }
        )
        for index, (name, case) in enumerate(plain.cases.items())
    }
    names = {"variant": HOSTILE, "dataset": HOSTILE, "model": HOSTILE, "cpu_model": HOSTILE}
    return plain.model_copy(update={**names, "cases": cases})


def with_evidence(comparison, folder=None):
    found = {
        one.case: Inspection(
            f"photos/{one.case}.jpg",
            None,
            Pictures(folder, folder / "images/00001", "int8") if folder else None,
            f"hairopt compare a b '--case={one.case}'",
        )
        for one in comparison.offenders
    }
    return replace(comparison, inspections=found)


@pytest.fixture(scope="module")
def nasty():
    return with_evidence(compare(hostile(scores()), hostile(scores(drop=0.08)), GateLimits()))


@pytest.fixture(scope="module")
def failing():
    timed = Timed(Ratio(median=1.2, ci95=(1.1, 1.3), n=100, starts=6), 0.02, 50.0, 60.0)
    limits = GateLimits(max_latency_increase=0.15)
    return with_evidence(
        compare(snapshot(), snapshot("int8", scores(drop=0.08)), limits, timed=timed)
    )


@pytest.fixture(scope="module")
def inconclusive():
    noisy = snapshot("int8", scores(noise=0.2))
    return compare(snapshot(), noisy, GateLimits(max_big_losers=1.0))


def terminal(comparison, width=100):
    from rich.console import Console

    console = Console(width=width, markup=False, highlight=False)
    with console.capture() as capture:
        show(console, comparison_view(comparison))
    return capture.get()


def test_no_name_becomes_markup_in_html(nasty):
    page = Page(comparison_html(nasty, HOSTILE))
    assert "script" not in page.tags
    assert "<script>alert(1)</script>" in page.text
    assert all(address.startswith(("data:", "#")) for address in page.addresses)
    assert not page.handlers


def test_no_name_becomes_markup_in_markdown(nasty):
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(comparison_text(nasty, "markdown"))
    kinds = {child.type for token in tokens for child in token.children or []}
    assert not kinds & {"link_open", "image", "s_open"}
    inline = [child.content for token in tokens for child in token.children or []
              if child.type == "html_inline"]  # fmt: skip
    blocks = [token.content.strip() for token in tokens if token.type == "html_block"]
    assert inline == []
    assert all(re.fullmatch(r"</?details>|<details><summary>[\w ]+</summary>", b) for b in blocks)


def test_no_name_starts_a_workflow_command(nasty):
    lines = comparison_text(nasty, "github").splitlines()
    assert all(re.match(r"::(error|warning|notice) title=hairopt[^:,]*::", line) for line in lines)
    judged = sum(rule.verdict.value != "PASS" for rule in nasty.rules)
    assert len(lines) == 1 + len(nasty.notes) + judged


@pytest.mark.parametrize("name", ["markdown", "github", "junit"])
def test_no_control_character_reaches_a_log(nasty, name):
    text = comparison_text(nasty, name) + terminal(nasty)
    assert not [c for c in text if ord(c) < 32 and c != "\n"]


def test_json_says_everything_once_more(failing):
    found = json.loads(comparison_text(failing, "json"))
    assert found["schema"] == "hairopt.comparison/1"
    assert found["verdict"] == "FAIL"
    assert found["rules"][0]["measured"] == pytest.approx(0.08, abs=1e-5)
    assert found["latency"]["ratio"]["median"] == 1.2
    assert found["offenders"][0]["command"].startswith("hairopt compare")
    assert [row["metric"] for row in found["metrics"]][:2] == ["iou", "boundary_iou"]


def test_text_names_verdict_table_paths_and_commands(failing):
    text = terminal(failing)
    assert re.search(r"mean alpha IoU +8\.00 % \(.* to .* %\) +5 % +24 +FAIL", text)
    assert re.search(r"latency, median +50\.0 ms +60\.0 ms +\+20 % worse +10 to 30 %", text)
    assert re.search(r"redye_de00 +undefined +undefined", text)
    assert "hairopt compare a b '--case=image-23'" in text
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize("name", ["text", "html", "markdown", "json", "junit", "github"])
def test_what_is_not_judged_is_in_every_format(name):
    off = compare(snapshot(), snapshot("int8"), GateLimits(), without=["retention"])
    text = {"text": lambda: terminal(off), "html": lambda: comparison_html(off, "hairopt")}.get(
        name, lambda: comparison_text(off, name)
    )()
    assert "retention" in text
    assert "switched off" in text
    if name in ("text", "html", "markdown"):
        assert re.search(r"retention[^\n]*not judged", text)


def test_the_first_screen_answers_ship_win_lose_and_sure(failing):
    ship, win, lose, sure = comparison_answer(failing).points
    assert (ship.short, ship.tone) == ("No", "bad")
    assert ship.details[0].startswith("mean alpha IoU: 8.00 % (")
    assert ship.details[-1].startswith("median latency, candidate over baseline: 20.00 % (10.00 to")
    assert win.short == "Nothing is proven"
    assert lose.short == "latency, median +20 % (10 to 30 %)"
    assert any(line.startswith("alpha_iou -8.0 % (") for line in lose.details)
    assert sure.short == "24 source photos"
    assert any("photos could hide in 24" in line for line in sure.details)


def test_a_latency_within_the_noise_floor_is_no_change(failing):
    within = replace(failing, timed=replace(failing.timed, noise_floor=0.15))
    (latency,) = [one for one in changes(within) if one.name == "latency, median"]
    assert (latency.text, latency.tone) == ("~", "same")
    assert latency.interval == "10 to 30 %"


def test_a_busy_machine_stands_beside_the_verdict(failing):
    busy = replace(failing, timed=replace(failing.timed, warnings=("The machine was busy.",)))
    page = comparison_html(busy, "hairopt")
    assert page.index("The machine was busy.") < page.index('id="rules"')
    assert terminal(busy).index("busy") < terminal(busy).index("FAIL: int8")


def test_every_change_has_its_interval_and_only_proven_ones_are_bold(failing):
    found = changes(failing)
    assert all(one.interval for one in found if one.text)
    bold = re.findall(
        r"\*\*([^*]+)\*\*", comparison_text(failing, "markdown").split("All metrics")[1]
    )
    assert bold == [markdown_cell(one.text) for one in found if one.tone != "same"]
    assert bold


@pytest.mark.parametrize("width", [60, 80, 100])
def test_a_narrow_terminal_keeps_rule_loss_and_verdict(failing, width):
    text = terminal(failing, width)
    table = [line for line in text.splitlines() if not line.startswith(("  ", "hairopt"))]
    assert max(map(len, table)) <= width
    assert re.search(r"mean alpha IoU +8\.00 % \(.* %\).* FAIL", text)


def test_an_inconclusive_verdict_says_how_many_images_would_settle_it(inconclusive):
    assert inconclusive.verdict.value == "INCONCLUSIVE"
    assert re.search(r"24 source photos can show a drop of \d+\.\d%", terminal(inconclusive))


@pytest.mark.parametrize("text", ["a", "`", "``a`", "a```", "x\ny"])
def test_a_code_span_holds_any_text(text):
    tokens = MarkdownIt().parse(code_span(text))
    (child,) = tokens[1].children
    assert child.type == "code_inline"
    assert child.content == text.replace("\n", "\\n")


def test_the_page_inlines_the_pictures_of_the_run_and_no_others(failing, tmp_path):
    from PIL import Image

    images = tmp_path / "run" / "images" / "00001"
    images.mkdir(parents=True)
    for name in ("photo.jpg", "truth.png", "int8.png", "int8.jpg"):
        Image.new("RGB", (8, 8)).save(images / name)
    page = Page(comparison_html(with_evidence(failing, tmp_path / "run"), "hairopt compare"))
    assert page.tags.count("img") == 4 * len(failing.offenders)
    case = failing.offenders[0].case
    Image.new("RGB", (8, 8)).save(tmp_path / "photo.jpg")
    outside = Pictures(tmp_path / "run", tmp_path, "int8")
    inspection = replace(failing.inspections[case], candidate=outside)
    escaped = replace(failing, inspections={case: inspection})
    assert "img" not in Page(comparison_html(escaped, "")).tags


# What CI servers read, as two published schemas say it. Ant's (JUnit.xsd by Windy Road) is the
# stricter one; junit-10.xsd of the Jenkins xUnit plug-in adds the names that it allows.
SUITE_ORDER = ["properties", "testcase", "system-out", "system-err"]
SUITE_NEEDS = {"name", "package", "id", "timestamp", "hostname", "tests", "failures", "errors",
               "time"}  # fmt: skip
SUITE_MAY = {"skipped"}


def check_junit(text):
    """Every constraint of both schemas that concerns elements and attributes we write."""
    root = ElementTree.fromstring(text)
    assert (root.tag, root.attrib) == ("testsuites", {})
    for number, suite in enumerate(root):
        assert suite.tag == "testsuite"
        assert SUITE_NEEDS <= suite.attrib.keys() <= SUITE_NEEDS | SUITE_MAY
        assert int(suite.get("id")) == number
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.get("timestamp"))
        for token in ("name", "package", "hostname"):
            value = suite.get(token)
            assert value
            assert value == " ".join(value.split())
        counts = {name: int(suite.get(name)) for name in ("tests", "failures", "errors", "skipped")}
        Decimal(suite.get("time"))
        tags = [child.tag for child in suite]
        assert tags == sorted(tags, key=SUITE_ORDER.index)
        assert all(tags.count(tag) == 1 for tag in SUITE_ORDER if tag != "testcase")
        for one in suite.find("properties"):
            assert (one.tag, one.attrib.keys()) == ("property", {"name", "value"})
        cases = suite.findall("testcase")
        for case in cases:
            assert case.attrib.keys() == {"name", "classname", "time"}
            assert len(case) <= 1
            for outcome in case:
                assert outcome.tag in ("failure", "skipped", "error")
                assert outcome.tag == "skipped" or outcome.get("type")
                assert outcome.attrib.keys() <= {"message", "type"}
                assert len(outcome) == 0
        assert counts["tests"] == len(cases)
        assert counts["failures"] == len(suite.findall("testcase/failure"))
        assert counts["errors"] == len(suite.findall("testcase/error"))
        assert counts["skipped"] == len(suite.findall("testcase/skipped"))
    return root


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("which", ["nasty", "failing", "inconclusive"])
def test_junit_keeps_to_the_published_schemas(which, strict, request):
    comparison = request.getfixturevalue(which)
    check_junit(comparison_text(comparison, "junit", strict=strict))


def test_an_inconclusive_rule_is_skipped_and_fails_only_when_strict(inconclusive):
    plain = check_junit(comparison_text(inconclusive, "junit"))
    strict = check_junit(comparison_text(inconclusive, "junit", strict=True))
    assert plain.findall(".//skipped")
    assert not plain.findall(".//failure")
    assert len(strict.findall(".//failure")) == len(plain.findall(".//skipped"))


def test_junit_is_ascii_whatever_the_encoding_of_the_stream(nasty):
    assert comparison_text(nasty, "junit").isascii()


@pytest.mark.parametrize("side", ["baseline", "candidate"])
@pytest.mark.parametrize("name", ["text", "html", "markdown", "json", "junit", "github"])
def test_doubts_about_the_dataset_are_in_every_format(name, side):
    doubt = f"The mask looks inverted: {HOSTILE}"
    sides = {"baseline": snapshot(), "candidate": snapshot("int8")}
    sides[side] = sides[side].model_copy(update={"dataset_warnings": [doubt, "No licence."]})
    comparison = compare(sides["baseline"], sides["candidate"], GateLimits())
    assert comparison.dataset_warnings == (doubt, "No licence.")
    text = {
        "text": lambda: terminal(comparison),
        "html": lambda: comparison_html(comparison, "hairopt"),
    }.get(name, lambda: comparison_text(comparison, name))()
    assert text.count("No licence") == (2 if name == "json" else 1)
    # A terminal is read from its end: there the verdict stands, beside what makes it doubtful.
    rules = {"html": 'id="rules"', "markdown": "| rule |"}
    if name == "text":
        assert text.index("rule  ") < text.index("No licence") < text.index("May I ship it?")
    if name in rules:
        assert text.index("No licence") < text.index(rules[name])
    if name == "html":
        assert "script" not in Page(text).tags
    if name == "json":
        assert json.loads(text)["dataset_warnings"] == [doubt, "No licence."]
    if name == "junit":
        assert "No licence." in ElementTree.fromstring(text).find(".//system-err").text
    if name == "github":
        assert "::warning title=hairopt dataset::No licence." in text
        assert not [line for line in text.splitlines() if line.startswith("::set-output")]


def test_both_sides_say_a_doubt_once():
    sides = [snapshot(name).model_copy(update={"dataset_warnings": ["a", name]}) for name in "xy"]
    assert compare(*sides, GateLimits()).dataset_warnings == ("a", "x", "y")


@pytest.mark.parametrize("name", ["text", "html", "markdown", "json", "junit", "github"])
def test_what_was_measured_again_is_in_every_format(name):
    note = f"release was measured again: {HOSTILE}"
    comparison = compare(snapshot(), snapshot("int8"), GateLimits(), notes=[note])
    text = {
        "text": lambda: terminal(comparison),
        "html": lambda: comparison_html(comparison, "hairopt"),
    }.get(name, lambda: comparison_text(comparison, name))()
    assert " ".join(text.split()).count("release was measured again") == 1
    if name == "html":
        assert "script" not in Page(text).tags
    if name == "json":
        assert json.loads(text)["notes"] == [note]
    if name == "junit":
        check_junit(text)
        assert "measured again" in ElementTree.fromstring(text).find(".//system-out").text
    if name == "github":
        assert "::notice title=hairopt::release was measured again" in text
        assert not [line for line in text.splitlines() if line.startswith("::set-output")]
