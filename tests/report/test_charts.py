"""Pareto front and drawings."""

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from hairopt.report.charts.scatter import Point, pareto_front, scatter_svg
from hairopt.report.charts.stages import stages_svg

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

    for draw in (
        lambda: scatter_svg(points, "IoU"),
        lambda: stages_svg(stages, ("decode", "segment")),
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
