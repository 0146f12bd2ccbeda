"""The committed pictures: whatever is there must be a complete, valid dataset."""

import csv
from pathlib import Path

import numpy as np
import pytest
from skimage.color import rgb2lab

from hairopt.datasets.load import load_dataset
from hairopt.types import NAMED_SHADES, Shade
from tools.rendered_heads import measure, scenes
from tools.rendered_heads.manifest import Manifest, tags

FOLDER = Path(__file__).resolve().parents[2] / "datasets" / "rendered"
NAMES = sorted(Manifest(FOLDER).records)
VIVID = ("violet", "pink", "blue", "green", "burgundy")

if not NAMES:
    pytest.skip("no scene is rendered yet", allow_module_level=True)


def table(name):
    with (FOLDER / name).open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def cases():
    return {case.name: case for case in load_dataset(FOLDER).cases}


@pytest.fixture(scope="module")
def planned():
    return {scene.name: scene for scene in scenes.load().scenes}


def test_the_folder_holds_the_finished_scenes_and_nothing_else(cases):
    assert sorted(cases) == NAMES
    assert load_dataset(FOLDER).ignored == ()
    assert load_dataset(FOLDER).licence == "CC0-1.0"


def test_every_scene_is_rendered_from_the_configuration_in_the_repository(planned):
    recipe = scenes.load()
    for name, record in Manifest(FOLDER).records.items():
        quality = recipe.qualities["final"]
        assert record["fingerprint"] == recipe.fingerprint(planned[name], quality, 0), name


def test_tags_are_complete_and_true(cases, planned):
    recipe = scenes.load()
    for name, case in cases.items():
        assert case.tags == {k: v for k, v in tags(recipe, planned[name]).items() if k != "name"}


def test_the_whole_set_stays_under_60_mb():
    assert sum(f.stat().st_size for f in FOLDER.rglob("*") if f.is_file()) < 60e6


@pytest.mark.parametrize("name", NAMES)
def test_pictures_of_a_scene_belong_together(cases, planned, name):
    loaded, scene = cases[name].read(), planned[name]
    assert loaded.image.shape == (512, 512, 3)
    assert 20 < loaded.image.mean() < 235
    assert set(loaded.dyed) == {NAMED_SHADES[shade] for shade in scene.shades}
    if scene.length in ("bald", "covered"):
        assert not loaded.truth.any()
        return
    assert 0.02 < loaded.truth.mean() < 0.7
    assert loaded.truth.max() == 1
    for picture in (loaded.image, *loaded.dyed.values()):
        assert measure.clipped_share(picture, loaded.truth) < 0.005
    inside, outside = loaded.truth > 0.9, loaded.truth == 0
    for picture in loaded.dyed.values():
        change = np.abs(picture.astype(int) - loaded.image.astype(int)).mean(-1)
        assert change[inside].mean() > 5 * change[outside].mean()


@pytest.mark.parametrize("name", NAMES)
def test_recomposition_proves_the_alpha(name):
    truth = Manifest(FOLDER).records[name]["truth"]
    if truth["hair_fraction"] == 0:
        assert truth["recomposition_slope"] == ""
        return
    noise, pixels = truth["recomposition_rms"], truth["recomposition_pixels"]
    assert abs(truth["recomposition_bias"]) < 0.01 + 3 * noise / pixels**0.5
    if noise < 0.3:  # noise in the rest itself pulls the slope down: elsewhere it proves nothing
        assert abs(truth["recomposition_slope"] - 1) < 0.03


def test_every_scene_carries_its_noise_floor():
    for row in table("noise.csv"):
        if float(row["hair_fraction"]) == 0:
            assert row["noise_de00_mean"] == row["noise_de00_p95"] == "", row["name"]
            continue
        mean, p95 = float(row["noise_de00_mean"]), float(row["noise_de00_p95"])
        assert 0 < mean < 4, row["name"]
        assert mean <= p95 < 12, row["name"]


def test_recorded_colours_are_those_of_the_pictures(cases):
    for row in table("shades.csv"):
        loaded = cases[row["name"]].read()
        shade = row["shade"]
        photo = row["picture"] == "photo"
        picture = loaded.image if photo else loaded.dyed[Shade.parse(shade).hex]
        lab = rgb2lab(picture[loaded.truth > 0.5]).mean(axis=0)
        recorded = [float(row[key]) for key in ("mean_l", "mean_a", "mean_b")]
        assert recorded == pytest.approx(lab, abs=0.1), row["name"]


def test_dyes_are_of_the_family_their_name_says():
    """Vivid hair has the hue of its shade; natural shades keep their order of lightness."""
    for row in table("shades.csv"):
        if row["shade"] not in VIVID or "warm" in tag(row["name"], "lighting"):
            continue
        wanted = rgb2lab(np.array(Shade.parse(row["shade"]).rgb) / 255)
        a, b = float(row["mean_a"]), float(row["mean_b"])
        turn = np.degrees(np.arctan2(b, a) - np.arctan2(wanted[2], wanted[1]))
        assert abs((turn + 180) % 360 - 180) < 50, row
    order = ("black", "brown", "blond", "platinum")
    by_scene = {}
    for row in table("shades.csv"):
        by_scene.setdefault(row["name"], {})[row["shade"]] = float(row["mean_l"])
    for name, lightness in by_scene.items():
        found = [lightness[shade] for shade in order if shade in lightness]
        assert found == sorted(found), name


def tag(name, key):
    return next(row[key] for row in table("cases.csv") if row["name"] == name)
