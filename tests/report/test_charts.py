"""Pareto front and drawings."""

from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from hairopt.report.charts.curves import Axis, Line, Spot, curves_svg
from hairopt.report.charts.distribution import distribution_svg
from hairopt.report.charts.scatter import Point, pareto_front, scatter_keys, scatter_svg
from hairopt.report.charts.stages import stages_svg
from hairopt.report.charts.svg import SERIES, series_color, series_marker

POINTS = st.lists(
    st.builds(Point, st.just("x"), st.integers(1, 9), st.integers(0, 9)), min_size=1, max_size=12
)


def beats(one, other):
    no_worse = one.cost_ms <= other.cost_ms and one.kept_percent >= other.kept_percent
    return no_worse and (one.cost_ms, one.kept_percent) != (other.cost_ms, other.kept_percent)


def test_the_front_of_three_points():
    cheap, good, bad = Point("cheap", 1, 0.5), Point("good", 2, 0.9), Point("bad", 3, 0.8)

    assert pareto_front([bad, good, cheap]) == [cheap, good]


@given(POINTS)
def test_the_front_is_what_nothing_beats(points):
    front = pareto_front(points)

    assert {(p.cost_ms, p.kept_percent) for p in front} == {
        (p.cost_ms, p.kept_percent) for p in points if not any(beats(other, p) for other in points)
    }


def test_drawings_are_repeatable_and_carry_a_text_alternative():
    points = [Point("float32", 20.0, 90, (19, 21), (88, 92)), Point("int8", 10.0, 80)]
    stages = {"float32": {"decode": 2.0, "segment": 18.0}, "int8": {"decode": 2.0}}

    times = {"float32": [20.0, 21.0, 25.0] * 20, "int8": [10.0]}
    lines = [Line("float32", 0, (Spot(0, 0.0), Spot(50, 1.0, (0.5, 1.5)), Spot(100, 2.0)))]

    for draw in (
        lambda: scatter_svg(points, 95.0),
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
    svg = scatter_svg([Point("$\\frac{a}{b}$<b>", 1.0, 0.5)])

    assert svg.count("$\\frac{a}{b}$&lt;b&gt;: 1.0 ms") == 2  # the description, and under a pointer


def hover_texts(svg):
    """What a pointer over each part shows: the title is the first child of what it is over."""
    root = ElementTree.fromstring(svg)
    found = [next(iter(part), None) for part in root.iter() if part is not root]
    return [one.text for one in found if one is not None and one.tag.endswith("}title")]


def test_a_pointer_over_any_part_of_a_chart_reads_its_numbers():
    points = [Point("float32", 20.0, 100.0), Point("int8", 10.0, 98.8, (9.5, 10.5), (97.1, 99.9))]
    assert hover_texts(scatter_svg(points)) == [
        "float32: 20.0 ms, 100.0 % kept",
        "int8: 10.0 ms (9.5 to 10.5), 98.8 % kept (97.1 to 99.9)",
    ]
    stages = {"a": {"decode": 2.0, "segment": 18.0}, "b": {"decode": 3.0}}
    assert hover_texts(stages_svg(stages, ("decode", "segment"))) == [
        "a, decode: 2.0 ms", "b, decode: 3.0 ms", "a, segment: 18.0 ms", "b, segment: 0.0 ms",
    ]  # fmt: skip
    lines = [Line("a", 0, (Spot(0, 0.0), Spot(50, 1.0, (0.5, 1.5))))]
    svg = curves_svg("c", "t", lines, Axis("x"), from_zero=True, straight=False)
    assert hover_texts(svg) == ["a, 0: 0", "a, 50: 1 (0.5 to 1.5)"]
    (words,) = hover_texts(distribution_svg({"a": [10.0, 20.0, 30.0]}))
    assert words.startswith("a: median 20.0 ms")


@given(POINTS)
@settings(max_examples=20, deadline=None)
def test_every_point_has_a_number_and_an_entry_of_the_legend(points):
    numbers = [str(index) for index in range(1, len(points) + 1)]
    texts = drawn_texts(scatter_svg(points))

    assert set(numbers) <= set(texts)
    assert [key.name for key in scatter_keys(points)] == [f"{number} x" for number in numbers]


def test_a_long_name_is_folded_and_whole():
    name = "mediapipe-hair-in-the-newest-onnxruntime"
    texts = drawn_texts(stages_svg({name: {"decode": 2.0}}, ("decode",)))

    assert name not in texts
    assert any(name.startswith(text) and len(text) > 9 for text in texts)


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
