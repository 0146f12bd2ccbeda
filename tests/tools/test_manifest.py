import csv
import json

import pytest

from tools.rendered_heads import scenes
from tools.rendered_heads.__main__ import parse, render_scenes
from tools.rendered_heads.manifest import Manifest


@pytest.fixture(scope="module")
def recipe():
    return scenes.load()


def record(recipe, scene, seed=0):
    quality = recipe.qualities["final"]
    return {
        "fingerprint": recipe.fingerprint(scene, quality, seed),
        "files": [f"images/{scene.name}.png"],
        "truth": {"noise_de00_mean": 1.5},
        "shades": [{"picture": "photo", "shade": scene.color}],
    }


def finish(folder, recipe, scene):
    (folder / "images").mkdir(exist_ok=True)
    (folder / f"images/{scene.name}.png").write_bytes(b"x")
    Manifest(folder).add(scene.name, record(recipe, scene))


def names(scenes_):
    return [scene.name for scene in scenes_]


def test_everything_is_pending_at_first_in_the_order_of_the_recipe(tmp_path, recipe):
    pending = Manifest(tmp_path).pending(recipe, recipe.qualities["final"], 0)
    assert names(pending) == names(recipe.scenes)


def test_a_finished_scene_is_skipped_by_the_next_process(tmp_path, recipe):
    done = recipe.scenes[2]
    finish(tmp_path, recipe, done)
    pending = Manifest(tmp_path).pending(recipe, recipe.qualities["final"], 0)
    assert done.name not in names(pending)
    assert len(pending) == len(recipe.scenes) - 1


def test_a_scene_is_rendered_anew_when_a_file_is_gone_or_the_configuration_changed(
    tmp_path, recipe
):
    done = recipe.scenes[0]
    finish(tmp_path, recipe, done)
    quality = recipe.qualities["final"]
    assert done.name in names(Manifest(tmp_path).pending(recipe, quality, seed=1))
    (tmp_path / f"images/{done.name}.png").unlink()
    assert done.name in names(Manifest(tmp_path).pending(recipe, quality, seed=0))


def test_tables_hold_what_is_finished_and_nothing_else(tmp_path, recipe):
    for scene in (recipe.scenes[5], recipe.scenes[1]):
        finish(tmp_path, recipe, scene)
    Manifest(tmp_path).write_tables(recipe)
    rows = list(csv.DictReader((tmp_path / "cases.csv").open()))
    assert [row["name"] for row in rows] == [recipe.scenes[1].name, recipe.scenes[5].name]
    assert all(row["view"] and row["skin_tone"].startswith("monk-") for row in rows)
    noise = list(csv.DictReader((tmp_path / "noise.csv").open()))
    assert [row["noise_de00_mean"] for row in noise] == ["1.5", "1.5"]
    assert 'licence = "CC0-1.0"' in (tmp_path / "dataset.toml").read_text()


def test_the_manifest_is_replaced_whole(tmp_path, recipe):
    finish(tmp_path, recipe, recipe.scenes[0])
    assert not list(tmp_path.glob("*.part"))
    assert recipe.scenes[0].name in json.loads((tmp_path / "manifest.json").read_text())


def test_an_unknown_scene_is_refused_before_anything_is_rendered(tmp_path):
    with pytest.raises(SystemExit, match="atlantis"):
        render_scenes(tmp_path, 0, ["atlantis"])


def test_command_line():
    asked = parse(["out", "--seed", "3", "--only", "a", "--only", "b"])
    assert (str(asked.out), asked.seed, asked.only, asked.train) == ("out", 3, ["a", "b"], None)
    assert parse(["out", "--train", "40"]).train == 40
