from __future__ import annotations

import numpy as np
import pytest

from hairopt.datasets import (
    check_dataset,
    dataset_stats,
    hair_lightness,
    load_dataset,
)
from hairopt.datasets.mask_doubts import doubts_of

from .conftest import disc, photo, save


def _rules(root):
    return {warning.rule: warning for warning in check_dataset(load_dataset(root)).warnings}


@pytest.fixture
def clean(make_folder):
    root = make_folder("a", "b", "c")
    (root / "dataset.toml").write_text("licence = 'CC0-1.0'")
    return root


def test_nothing_is_said_about_a_good_dataset(clean):
    calls = []
    report = check_dataset(load_dataset(clean), on_case=lambda: calls.append(1))
    assert not report.bad
    assert not report.warnings
    assert (report.n_cases, report.n_usable, len(calls)) == (3, 3, 3)


def test_bad_cases_are_listed_with_file_and_reason(clean):
    (clean / "masks" / "a.png").unlink()
    (clean / "images" / "b.png").write_bytes(b"GIF89a")
    report = check_dataset(load_dataset(clean))
    assert [(bad.name, bad.file) for bad in report.bad] == [
        ("a", str(clean / "masks" / "a.png")),
        ("b", str(clean / "images" / "b.png")),
    ]
    assert all(bad.file in bad.reason for bad in report.bad)
    assert report.n_usable == 1


def test_a_missing_licence(make_folder):
    assert set(_rules(make_folder("a"))) == {"licence"}


def test_a_photo_full_of_hair_is_not_called_inverted(clean):
    full = np.full((80, 100), 255, dtype=np.uint8)
    full[:20, :20] = 0
    save(clean / "masks" / "b.png", full)
    save(clean / "masks" / "c.png", np.full((80, 100), 255, dtype=np.uint8))
    assert not _rules(clean)


def test_hand_made_masks_are_called_nothing_and_their_inversions_inverted(shared_dir):
    inverted = 0
    cases = load_dataset(shared_dir / "data" / "figaro_dev").cases[::4]
    for case in cases:
        loaded = case.read()
        doubts = doubts_of(loaded.image, loaded.levels)
        assert doubts == type(doubts)(False, False, 1, 0.0), case.name
        inverted += doubts_of(loaded.image, 255 - loaded.levels).is_inverted
    assert inverted >= 0.9 * len(cases)


def test_class_indices_are_refused_with_the_way_to_convert_them(clean):
    save(clean / "masks" / "a.png", disc() // 255)
    save(clean / "masks" / "b.png", disc() // 255 * 17)
    report = check_dataset(load_dataset(clean))
    assert [bad.name for bad in report.bad] == ["a", "b"]
    assert all("class indices" in bad.reason and "point(" in bad.fix for bad in report.bad)


def test_tags_that_differ_in_spelling_only(clean):
    rows = "name,hair_type,Hair_Type,source\na,Curly,x,Ann\nb,curly,,ann\nc,very-curly,,b\n"
    (clean / "cases.csv").write_text(rows)
    found = _rules(clean)["tag_spelling"].message
    assert "'hair_type' and 'Hair_Type'" in found
    assert "hair_type 'Curly' and 'curly'" in found
    assert "source 'Ann' and 'ann'" in found
    (clean / "cases.csv").write_text(rows.replace("b,curly", "b,very curly"))
    assert "'very curly' and 'very-curly'" in _rules(clean)["tag_spelling"].message


def test_photos_named_alike_are_no_tags(make_folder):
    root = make_folder("IMG", "img")
    (root / "dataset.toml").write_text("licence = 'CC0-1.0'")
    (root / "cases.csv").write_text("name,hat\nIMG,no\nimg,no\n")
    assert not _rules(root)


def test_subfolders_are_named_with_what_they_hold(clean):
    for name in ("d", "e"):
        save(clean / "images" / "men" / "old" / f"{name}.jpg", photo(7))
        save(clean / "masks" / "men" / f"{name}.png", disc())
    (clean / "images" / ".thumbnails").mkdir()
    found = _rules(clean)["subfolder"].message
    assert f"{clean / 'images' / 'men'} (2 photos)" in found
    assert f"{clean / 'masks' / 'men'} (2 masks)" in found
    assert "thumbnails" not in found


def test_links_that_lead_nowhere_are_bad_cases(clean):
    (clean / "images" / "d.png").symlink_to("../.git/annex/objects/d.png")
    save(clean / "masks" / "d.png", disc())
    (clean / "masks" / "a.png").unlink()
    (clean / "masks" / "a.png").symlink_to(clean / "nowhere.png")
    save(clean / "dyed" / "b@blue.png", photo(4))
    (clean / "dyed" / "b@black.png").symlink_to("gone.png")
    report = check_dataset(load_dataset(clean))
    assert [bad.name for bad in report.bad] == ["a", "b", "d"]
    assert all("symbolic link" in bad.reason and bad.file in bad.reason for bad in report.bad)
    assert "annex/objects/d.png" in report.bad[2].reason


def test_all_masks_empty_but_not_one_of_several(clean):
    nothing = np.zeros((80, 100), dtype=np.uint8)
    save(clean / "masks" / "a.png", nothing)
    assert not _rules(clean)
    save(clean / "masks" / "b.png", nothing)
    save(clean / "masks" / "c.png", nothing)
    assert set(_rules(clean)) == {"empty"}


def test_masks_that_are_no_masks(clean):
    save(clean / "masks" / "a.png", disc() // 2)
    save(clean / "masks" / "b.png", photo(5)[..., 0])
    rules = _rules(clean)
    assert rules["grey"].cases == ("a",)
    assert rules["soft"].cases == ("b",)


def test_duplicates_tiny_and_constant_photos(clean):
    save(clean / "images" / "b.png", photo(0))
    save(clean / "images" / "tiny.png", photo(1, 30, 30))
    save(clean / "masks" / "tiny.png", disc(30, 30))
    save(clean / "images" / "c.png", np.full((80, 100, 3), 7, dtype=np.uint8))
    rules = _rules(clean)
    assert rules["duplicate"].cases == ("a", "b")
    assert rules["tiny"].cases == ("tiny",)
    assert rules["constant"].cases == ("c",)


def test_unused_files_are_reported(clean):
    save(clean / "masks" / "orphan.png", disc())
    assert "orphan.png" in _rules(clean)["ignored"].message


def test_one_by_one_pixel(clean):
    save(clean / "images" / "dot.png", photo(9, 1, 1))
    save(clean / "masks" / "dot.png", np.full((1, 1), 255, dtype=np.uint8))
    assert {"tiny", "constant"} <= set(_rules(clean))


def test_stats_count_what_is_there(clean):
    (clean / "cases.csv").write_text("name,hat,source\na,yes,p\nb,no,p\nc,no,q\n")
    (clean / "dataset.toml").write_text("[cases.d]\nfrom='a'\nchange='mirrored'")
    save(clean / "images" / "c.png", photo(3, 40, 60))
    save(clean / "masks" / "c.png", np.zeros((40, 60), dtype=np.uint8))
    save(clean / "dyed" / "b@blue.png", photo(4))
    (clean / "images" / "bad.png").write_bytes(b"")
    stats = dataset_stats(load_dataset(clean))
    assert (stats.n_cases, stats.n_bad, stats.n_sources, stats.n_derived) == (5, 1, 3, 1)
    assert (stats.n_without_hair, stats.n_dyed) == (1, 1)
    assert (stats.width_px.least, stats.width_px.median, stats.width_px.most) == (60, 100, 100)
    assert stats.hair_fraction.least == 0.0
    assert stats.hair_fraction.most == pytest.approx((disc() / 255).mean())
    assert stats.tags == {"derived": {"mirrored": 1}, "hat": {"no": 2, "yes": 2}}


def test_stats_of_nothing_usable(clean):
    for mask in (clean / "masks").iterdir():
        mask.unlink()
    stats = dataset_stats(load_dataset(clean))
    assert (stats.n_bad, stats.width_px, stats.hair_lightness) == (3, None, None)


@pytest.mark.parametrize(
    ("rgb", "lightness"),
    [
        ((255, 255, 255), 100.0),
        ((0, 0, 0), 0.0),
        ((119, 119, 119), 50.03),
        ((255, 0, 0), 53.24),
        ((0, 0, 255), 32.30),
        ((3, 3, 3), 0.8226),
    ],
)
def test_lightness_agrees_with_published_values(rgb, lightness):
    image = np.full((2, 2, 3), rgb, dtype=np.uint8)
    assert hair_lightness(image, np.ones((2, 2), bool)) == pytest.approx(lightness, abs=0.01)


def test_lightness_looks_at_hair_only():
    image = np.zeros((1, 2, 3), dtype=np.uint8)
    image[0, 1] = 255
    hair = np.array([[False, True]])
    assert hair_lightness(image, hair) == pytest.approx(100.0, abs=0.01)
    assert hair_lightness(image, hair & False) is None
