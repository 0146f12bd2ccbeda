"""The picture of the floors is that of the code."""

from tools.architecture.floors import PICTURE, floors_svg, read_floors


def test_the_picture_is_made_from_the_code_as_it_is():
    """After a change: ``python -m tools.architecture.floors``."""
    assert PICTURE.read_text(encoding="utf-8") == floors_svg(read_floors())


def test_every_floor_says_in_one_line_what_it_is_for():
    for floor in read_floors():
        assert 10 < len(floor.sentence) <= 100, floor
