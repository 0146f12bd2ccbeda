"""Colour on the page: what was asked for, what was got, and by which method."""

import numpy as np
import pytest

from hairopt.metrics.lab import lab_from_srgb
from hairopt.report.run.build_matrix import build_matrix
from hairopt.report.run.color import colors
from hairopt.report.run.html import render_html
from tests.report.made_up_run import make_run, rows, summary, variant

PLUM, ROSE = "#7b2d8b", "#e0589a"


def colour(code):
    rgb = np.array([[int(code[i : i + 2], 16) for i in (1, 3, 5)]], np.uint8)
    return {"lab": lab_from_srgb(rgb)[:, 0].tolist(), "hex": code}


def swatch(band, intent, got, n=3, shade=PLUM):
    return {
        "shade": shade, "shade_name": "violet", "intensity": 70.0, "band": band, "n": n,
        "intent": colour(intent), "got": colour(got),
    }  # fmt: skip


def dyed(name, method, options=None, swatches=(), curve=()):
    one = variant(name, 100.0, 0.8)
    points = [
        {"intensity": at, "change_de76": change, "lock_de00": error, "n": 2}
        for at, change, error in curve
    ]
    one["spec"]["recolor"] = {"method": method, "options": options or {}}
    return one | {"swatches": list(swatches), "intensity_curve": points}


def test_variants_with_the_same_method_are_shown_once_the_reference_first():
    pair = [swatch("all", PLUM, ROSE)]
    run = make_run(
        {
            "int8": dyed("int8", "hsv", swatches=pair),
            "float32": dyed("float32", "hsv", swatches=pair),
            "warm": dyed("warm", "tone", {"warmth": 2}, swatches=pair),
            "cold": dyed("cold", "tone", swatches=pair),
        }
    )

    shown = [(table.method, table.variant) for table in colors(run).tables]

    assert shown == [("hsv", "float32"), ("tone (warmth = 2)", "warm"), ("tone", "cold")]


def test_a_pair_shows_the_intent_what_was_got_and_their_difference():
    pairs = [swatch("dark", PLUM, PLUM), swatch("all", "#ffffff", "#000000", n=8)]

    (table,) = colors(make_run({"float32": dyed("float32", "hsv", swatches=pairs)})).tables

    assert table.bands == ("all", "dark")
    (row,) = table.rows
    assert (row.shade, row.asked) == ("violet", PLUM)
    assert [(cell.intent, cell.got, cell.apart, cell.n) for cell in row.cells] == [
        ("#ffffff", "#000000", "100.0", 8),
        (PLUM, PLUM, "0.0", 3),
    ]


def test_a_kind_of_hair_that_one_shade_lacks_is_an_empty_cell():
    pairs = [swatch("dark", PLUM, PLUM), swatch("grey", ROSE, ROSE, shade=ROSE)]

    (table,) = colors(make_run({"float32": dyed("float32", "hsv", swatches=pairs)})).tables

    assert [[cell is not None for cell in row.cells] for row in table.rows] == [
        [True, False],
        [False, True],
    ]


@pytest.mark.parametrize("code", ["red", "#12345", 'url("x")', "#7b2d8b;display:none", "#7b2d8b\n"])
def test_what_is_no_code_does_not_get_into_a_style(code):
    pair = swatch("all", PLUM, ROSE) | {"shade": code, "got": colour(ROSE) | {"hex": code}}

    (table,) = colors(make_run({"float32": dyed("float32", "hsv", swatches=[pair])})).tables

    assert table.rows[0].asked == table.rows[0].cells[0].got == "transparent"


def test_the_methods_share_of_the_error_is_said():
    one = dyed("float32", "hsv")
    one["quality"] |= {"lock_de00": summary(9.24, False), "ideal_lock_de00": summary(8.61, False)}

    assert colors(make_run({"float32": one})).sentences == (
        "hsv: 8.6 ΔE00 from the intent with exact masks and no encoder, "
        "9.2 in the answers of float32.",
    )


def test_a_curve_needs_two_intensities():
    curve = [(0, 0.0, 0.5), (50, 9.0, 4.0), (100, 20.0, 9.0)]

    assert len(colors(make_run({"float32": dyed("float32", "hsv", curve=curve)})).charts) == 2
    assert colors(make_run({"float32": dyed("float32", "hsv", curve=curve[:1])})).charts == ()


def test_the_page_has_the_part_only_where_there_is_something_to_show(tmp_path):
    pair = [swatch("all", PLUM, ROSE)]
    new = make_run({"float32": dyed("float32", "hsv", swatches=pair)})
    old = make_run({"float32": variant("float32", 100.0, 0.8)})

    pages = [render_html(run, rows(), build_matrix(run, rows()), tmp_path) for run in (new, old)]

    assert f"background: {ROSE}" in pages[0]
    assert 'id="color"' in pages[0]
    assert 'id="color"' not in pages[1]
