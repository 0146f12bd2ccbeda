"""The table of ``tools.tone judge``, and the sheet of heads."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from hairopt.images import decode_image
from hairopt.metrics.ciede2000 import ciede2000_exact
from hairopt.metrics.lab import lab_from_srgb
from hairopt.stages.recolor.hsv import recolor_hsv
from hairopt.types import Shade
from tools.tone.judge import Judged, judge, table
from tools.tone.sheet import CELL_PX, sheet

SET = Path(__file__).parents[2] / "datasets" / "rendered"
NAME = "straight_black_back"


@pytest.fixture
def one_head(tmp_path):
    """A set of one head, with its tags where small pairs have them."""
    for folder in ("images", "masks", "dyed"):
        (tmp_path / folder).mkdir()
        for file in (SET / folder).glob(f"{NAME}[.@]*"):
            shutil.copy(file, tmp_path / folder)
    told = {NAME: {"tags": {"color": "black"}}}
    (tmp_path / "manifest.json").write_text(json.dumps(told))
    return tmp_path


def pixels(path):
    return decode_image((SET / path).read_bytes(), path)


def test_each_dyed_picture_is_compared_over_the_core_of_the_hair(one_head):
    blond, pink = judge(one_head, ["hsv"], with_network=False)
    assert (blond.shade, pink.shade) == ("blond", "pink")
    assert blond.hair == "black"
    core = pixels(f"masks/{NAME}.png")[..., 0] > 0.9 * 255
    truth = lab_from_srgb(pixels(f"dyed/{NAME}@blond.png")[core])
    photo = pixels(f"images/{NAME}.png")
    for method, picture in {
        "photo": photo,
        "hsv": recolor_hsv(photo, Shade.parse("blond"), 100),
    }.items():
        exact = ciede2000_exact(lab_from_srgb(picture[core]), truth).mean()
        assert blond.de00[method] == pytest.approx(exact, abs=1e-3)


def test_through_the_pipeline_the_answer_is_compared(one_head):
    exact = judge(one_head, ["hsv"], with_network=False)
    answered = judge(one_head, ["hsv"], with_network=True)
    assert answered[0].de00["photo"] == exact[0].de00["photo"]
    assert answered[0].de00["hsv"] != exact[0].de00["hsv"]  # other masks, and JPEG


def test_the_table_has_the_groups_of_the_goals():
    judged = [
        Judged("blond", "black", {"photo": 20.0, "tone": 8.0}),
        Judged("black", "blond", {"photo": 10.0, "tone": 2.0}),
        Judged("blue", "grey", {"photo": 30.0, "tone": 5.0}),
        Judged("other", "red", {"photo": 12.0, "tone": 1.0}),
    ]
    rows = {line[:26].strip(): line[26:].split() for line in table(judged).splitlines()}
    assert rows["all"] == ["4", "18.00", "4.00"]
    assert rows["black to blond, platinum"] == ["1", "20.00", "8.00"]
    assert rows["blond, white to black"] == ["1", "10.00", "2.00"]
    assert rows["grey to any"] == ["1", "30.00", "5.00"]
    assert rows["to other"] == rows["red hair"] == ["1", "12.00", "1.00"]


def test_a_sheet_has_the_photo_and_every_shade_once_per_method():
    picture = decode_image(sheet([SET / "images" / f"{NAME}.png"], ["hsv", "tone"]), "sheet")
    assert picture.shape[1] >= 11 * CELL_PX
    photo = picture[40:90, 20:90].astype(int)
    same = picture[40 + CELL_PX + 2 : 90 + CELL_PX + 2, 20:90]
    assert np.abs(photo - same).mean() < 4  # the photo begins both rows
