"""Pareto front and drawings."""

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from hairopt.report.charts.curves import Axis, Line, Spot, curves_svg
from hairopt.report.charts.distribution import distribution_svg
from hairopt.report.charts.scatter import Point, pareto_front, scatter_svg
from hairopt.report.charts.stages import stages_svg
from hairopt.report.charts.svg import SERIES, series_color, series_marker

POINTS = st.lists(
    st.builds(Point, st.just("x"), st.integers(1, 9), st.integers(0, 9)), min_size=1, max_size=12
)


def beats(one, other):
    no_worse = one.cost_ms <= other.cost_ms and one.quality >= other.quality
    return no_worse and (one.cost_ms, one.quality) != (other.cost_ms, other.quality)


def test_the_front_of_three_points():
    cheap, good, bad = Point("cheap", 1, 0.5), Point("good", 2, 0.9), Point("bad", 3, 0.8)

    assert pareto_front([bad, good, cheap]) == [cheap, good]


@given(POINTS)
def test_the_front_is_what_nothing_beats(points):
    front = pareto_front(points)

    assert {(p.cost_ms, p.quality) for p in front} == {
        (p.cost_ms, p.quality) for p in points if not any(beats(other, p) for other in points)
    }


def test_drawings_are_repeatable_and_carry_a_text_alternative():
    points = [Point("float32", 20.0, 0.9, (19, 21), (0.88, 0.92)), Point("int8", 10.0, 0.8)]
    stages = {"float32": {"decode": 2.0, "segment": 18.0}, "int8": {"decode": 2.0}}

    times = {"float32": [20.0, 21.0, 25.0] * 20, "int8": [10.0]}
    lines = [Line("float32", 0, (Spot(0, 0.0), Spot(50, 1.0, (0.5, 1.5)), Spot(100, 2.0)))]

    for draw in (
        lambda: scatter_svg(points, "IoU"),
        lambda: stages_svg(stages, ("decode", "segment")),
        lambda: distribution_svg(times),
        lambda: curves_svg("c", "change", lines, Axis("x"), from_zero=True, straight=True),
    ):
        svg = draw()
        assert svg == draw()
        root = ElementTree.fromstring(svg)
        texts = {child.tag.rpartition("}")[2]: child.text for child in root[:2]}
        assert root.get("role") == "img"
        assert texts["title"]
        assert "float32" in texts["desc"]


def test_names_with_mathematics_and_markup_stay_text():
    svg = scatter_svg([Point("$\\frac{a}{b}$<b>", 1.0, 0.5)], "IoU")

    assert "$\\frac{a}{b}$&lt;b&gt;" in svg


def drawn_texts(svg):
    return [element.text for element in ElementTree.fromstring(svg).iter() if element.text]


def test_outliers_beyond_the_axis_are_counted():
    usual = [float(value) for value in range(50, 100)]

    svg = distribution_svg({"slow sometimes": [*usual, 900.0, 1234.0], "steady": usual})

    assert "2 up to 1,234 \N{RIGHTWARDS ARROW}" in drawn_texts(svg)
    assert not any("up to" in text for text in drawn_texts(distribution_svg({"steady": usual})))


def test_medians_far_apart_are_drawn_on_a_logarithmic_axis():
    texts = drawn_texts(distribution_svg({"slow": [1000.0], "fast": [10.0]}))

    assert "milliseconds per request, logarithmic" in texts
    assert {"10", "100", "1000"} <= set(texts)


def test_a_box_needs_twenty_requests():
    def bars(n):
        svg = distribution_svg({"a": [10.0 + index for index in range(n)]})
        return sum("patch" in (e.get("id") or "") for e in ElementTree.fromstring(svg).iter())

    assert bars(20) == bars(19) + 1


def test_a_curve_is_cut_where_neighbours_do_not_compare():
    def strokes(*joined):
        spots = tuple(Spot(x, 1.0 + x, joined=one) for x, one in enumerate(joined))
        lines = [Line("a", 0, spots)]
        svg = curves_svg("c", "t", lines, Axis("run"), from_zero=True, straight=False)
        return svg.count("stroke: var(--series-1); stroke-width: 1.8")

    assert strokes(False, True, True) == 1
    assert strokes(False, True, False) == 2


def test_64_variants_differ_by_colour_or_marker():
    looks = {(series_color(index), series_marker(index)) for index in range(SERIES**2)}

    assert len(looks) == SERIES**2
