"""The worst cases: which ones, with which pictures, and how much they weigh."""

import cv2
import numpy as np
import pandas as pd
import pytest

from hairopt.errors import DataError
from hairopt.report.run import gallery as gallery_module
from hairopt.report.run.build_matrix import build_matrix
from hairopt.report.run.gallery import FALSE_NEGATIVE_RGB, FALSE_POSITIVE_RGB, error_map, gallery
from hairopt.report.run.html import render_html
from hairopt.report.shots import read_picture, thumbnail
from tests.report.made_up_run import rows

MAX_PAGE_BYTES = 8_000_000


def save_pictures(folder, photo, variant="int8"):
    """What a run keeps of one answer: photo, truth, mask and answer."""
    folder.mkdir(parents=True)
    height, width = photo.shape[:2]
    hair = np.zeros((height, width), np.uint8)
    hair[: height // 2] = 255
    for name in ("photo.jpg", f"{variant}.jpg"):
        cv2.imwrite(str(folder / name), photo[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])
    for name in ("truth.png", f"{variant}.png"):
        cv2.imwrite(str(folder / name), cv2.GaussianBlur(hair, (31, 31), 0))


def test_errors_are_coloured_by_their_kind():
    photo = np.full((1, 4, 3), 100, np.uint8)
    truth = np.array([[255, 255, 0, 0]], np.uint8)
    mask = np.array([[255, 0, 255, 0]], np.uint8)

    found, missed, surplus, right = error_map(photo, truth, mask)[0]

    assert tuple(missed) == FALSE_NEGATIVE_RGB
    assert tuple(surplus) == FALSE_POSITIVE_RGB
    assert len(set(found)) == len(set(right)) == 1  # grey
    assert found[0] > right[0]


def test_each_case_is_shown_once_with_the_variant_that_did_worst(run, cases, tmp_path):
    found = gallery(run, cases, tmp_path)

    assert [(case.name, case.variant, case.scores[0].text) for case in found.cases] == [
        ("c", "int8", "0.680"),
        ("b", "float32", "0.800"),
        ("a", "int8", "0.890"),
    ]
    assert found.asked == "violet at 70"
    assert all(case.shots == () for case in found.cases)


def test_the_answer_shown_is_that_of_the_strongest_intensity(run, tmp_path):
    weak, strong = rows(), rows()
    weak["intensity"], strong["intensity"] = 0.0, 100.0
    weak["lock_de00"], strong["lock_de00"] = 1.0, 9.0
    protocol = run.protocol.model_copy(update={"intensities": [0.0, 100.0]})

    found = gallery(
        run.model_copy(update={"protocol": protocol}), pd.concat([weak, strong]), tmp_path
    )

    assert found.asked == "violet at 100"
    assert {score.text for case in found.cases for score in case.scores[1:]} == {"9.00"}


def test_tags_with_several_values_are_filters(run, cases, tmp_path):
    cases["hair_type"] = np.where(cases["case"] == "a", "curly", "straight")
    cases["dataset"] = "starter"

    found = gallery(run, cases, tmp_path)

    assert [(one.tag, one.values) for one in found.filters] == [
        ("hair_type", ("curly", "straight"))
    ]


def test_a_damaged_picture_is_named(tmp_path):
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8 no picture")
    cv2.imwrite(str(tmp_path / "large.png"), np.zeros((2100, 2000), np.uint8))

    with pytest.raises(DataError, match=r"photo\.jpg"):
        read_picture(tmp_path / "photo.jpg")
    with pytest.raises(DataError, match="2000x2100"):
        read_picture(tmp_path / "large.png")


def test_a_thumbnail_keeps_its_shape(tmp_path):
    cv2.imwrite(str(tmp_path / "wide.png"), np.zeros((300, 900, 3), np.uint8))

    shot = thumbnail(read_picture(tmp_path / "wide.png"), "photo", "alt", side_px=90)

    assert (shot.width_px, shot.height_px) == (90, 30)
    assert shot.data_uri.startswith("data:image/webp;base64,")


def test_pictures_beyond_what_a_page_bears_are_left_out(run, cases, tmp_path, monkeypatch):
    noise = np.random.default_rng(0).integers(256, size=(200, 200, 3), dtype=np.uint8)
    cases["images"] = "images/" + cases["case"]
    cases["variant"] = "int8"
    for case in "abc":
        save_pictures(tmp_path / "images" / case, noise)
    monkeypatch.setattr(gallery_module, "MAX_BYTES", 1)

    found = gallery(run, cases, tmp_path)

    assert [len(case.shots) for case in found.cases] == [5, 0, 0]
    assert [len(case.scores) for case in found.cases] == [2, 2, 2]


@pytest.mark.slow
def test_a_page_of_200_cases_stays_under_8_mb(run, starter, tmp_path):
    """With real photos, enlarged and given the grain of a camera."""
    names = [f"{index:03}" for index in range(200)]
    rng = np.random.default_rng(0)
    sharp = [case.read().image for case in starter.cases[:2]]
    for index, name in enumerate(names[:20]):
        photo = cv2.resize(sharp[index % 2], (1024, 1024), interpolation=cv2.INTER_CUBIC)
        grain = rng.normal(0, 6, photo.shape[:2])[..., None]
        noisy = np.clip(photo + grain, 0, 255).astype(np.uint8)
        save_pictures(tmp_path / "images" / name, noisy)
    cases = pd.DataFrame(
        {
            "variant": "int8", "case": names, "source": names, "shade": "#7b2d8b",
            "intensity": 70.0, "iou": np.linspace(0.1, 0.9, 200), "hair_type": "curly",
            "images": ["images/" + names[index % 20] for index in range(200)],
        }
    )  # fmt: skip

    page = render_html(run, cases, build_matrix(run, cases), tmp_path)

    assert page.count('<article class="card case"') == 200
    assert page.count("<img ") == 5 * 200
    assert len(page.encode()) < MAX_PAGE_BYTES


def test_a_case_shows_what_was_asked_for_and_its_answer_beside_the_true_picture(
    run, cases, tmp_path
):
    photo = np.full((40, 40, 3), 90, np.uint8)
    save_pictures(tmp_path / "images" / "00001", photo)
    for file in ("intent/asked.jpg", "intent/dyed-d8b27a.jpg", "redye/int8.jpg"):
        path = tmp_path / "images" / "00001" / file
        path.parent.mkdir(exist_ok=True)
        cv2.imwrite(str(path), photo)
    cases["images"] = np.where(cases["case"] == "c", "images/00001", None)

    worst = gallery(run, cases, tmp_path).cases[0]

    assert worst.intent.href == "images/00001/intent/asked.jpg"
    assert [(shot.label, shot.href) for shot in worst.truly_dyed] == [
        ("recoloured blond", "images/00001/redye/int8.jpg"),
        ("truly dyed blond", "images/00001/intent/dyed-d8b27a.jpg"),
    ]
    (tmp_path / "images" / "00001" / "redye" / "int8.jpg").unlink()
    assert gallery(run, cases, tmp_path).cases[0].truly_dyed == ()
