from dataclasses import replace

import pytest

from hairopt.types import NAMED_SHADES
from tools.rendered_heads import scenes
from tools.rendered_heads.hair import STYLES
from tools.rendered_heads.manifest import color_family, tags
from tools.rendered_heads.occluders import OCCLUDERS

REQUIRED = {
    "hair_type": {
        "straight", "wavy", "curly", "coily", "braided", "tied", "short", "buzzed", "bald",
    },
    "hair_color": {"black", "brown", "blond", "red", "grey", "white", "vivid"},
    "view": {"front", "three-quarter", "profile", "back"},
    "background": {"plain", "busy", "hair-coloured"},
    "lighting": {"warm", "cool", "low", "rim"},
    "occluder": {"none", "beanie", "brim-hat", "headscarf", "glasses", "beard", "headphones"},
}  # fmt: skip


@pytest.fixture(scope="module")
def recipe():
    return scenes.load()


@pytest.mark.parametrize("tag", REQUIRED)
def test_every_required_value_of_a_tag_occurs(recipe, tag):
    present = {tags(recipe, scene)[tag] for scene in recipe.scenes}
    assert REQUIRED[tag] <= present


def test_there_are_at_least_32_scenes_on_light_to_deep_skin(recipe):
    assert len(recipe.scenes) >= 32
    assert {1, 10} <= {scene.monk for scene in recipe.scenes} <= set(range(1, 11))


def test_every_head_with_hair_is_dyed_in_two_other_named_shades(recipe):
    for scene in recipe.scenes:
        if scene.length in ("bald", "covered"):
            assert scene.shades == ()
        else:
            assert len(set(scene.shades) - {scene.color}) == 2, scene.name
            assert set(scene.shades) <= set(NAMED_SHADES), scene.name


def test_views_are_what_their_angle_says(recipe):
    for scene in recipe.scenes:
        low, high = {
            "front": (0, 20), "three-quarter": (25, 60), "profile": (75, 105), "back": (140, 180),
        }[scene.view]  # fmt: skip
        assert low <= abs(scene.yaw_deg) <= high, scene.name


def test_styles_and_occluders_exist(recipe):
    assert {scene.hair.style for scene in recipe.scenes} <= {*STYLES, "bald"}
    assert {scene.occluder for scene in recipe.scenes} <= {*OCCLUDERS, "beard", "none"}


def test_the_first_scenes_are_the_most_diverse(recipe):
    first = recipe.scenes[:12]
    assert {"front", "three-quarter", "profile", "back"} == {scene.view for scene in first}
    assert len({scene.hair_type for scene in first}) == len(REQUIRED["hair_type"])


def test_no_two_heads_have_one_seed(recipe):
    assert len({scene.face_seed for scene in recipe.scenes}) == len(recipe.scenes)
    other = scenes.load(seed=1)
    assert not {s.face_seed for s in recipe.scenes} & {s.face_seed for s in other.scenes}


def test_fingerprint_follows_whatever_changes_the_pictures(recipe):
    scene, quality = recipe.scenes[0], recipe.qualities["final"]
    base = recipe.fingerprint(scene, quality, 0)
    assert recipe.fingerprint(scene, quality, 0) == base
    dye = replace(recipe.dyes[scene.shades[0]], melanin=0.5)
    redyed = replace(recipe, dyes={**recipe.dyes, scene.shades[0]: dye})
    changed = {
        recipe.fingerprint(scene, quality, 1),
        recipe.fingerprint(replace(scene, yaw_deg=1.0), quality, 0),
        recipe.fingerprint(scene, replace(quality, samples=1), 0),
        redyed.fingerprint(scene, quality, 0),
    }
    assert base not in changed
    assert len(changed) == 4


def test_fingerprint_ignores_dyes_of_other_scenes(recipe):
    scene, quality = recipe.scenes[0], recipe.qualities["final"]
    unused = next(d for d in recipe.dyes if d not in (scene.color, *scene.shades))
    dyes = {**recipe.dyes, unused: replace(recipe.dyes[unused], melanin=0.01)}
    base = recipe.fingerprint(scene, quality, 0)
    assert replace(recipe, dyes=dyes).fingerprint(scene, quality, 0) == base


@pytest.mark.parametrize(
    ("change", "message"),
    [({"lighting": "moon"}, "moon"), ({"color": "mauve"}, "mauve")],
)
def test_unknown_names_are_refused(recipe, change, message):
    broken = replace(recipe, scenes=(replace(recipe.scenes[0], **change),))
    with pytest.raises(ValueError, match=message):
        scenes._check(broken)


def test_two_scenes_of_one_name_are_refused(recipe):
    broken = replace(recipe, scenes=(recipe.scenes[0], recipe.scenes[0]))
    with pytest.raises(ValueError, match="alike"):
        scenes._check(broken)


def test_color_families():
    assert color_family("auburn") == "red"
    assert color_family("platinum") == "blond"
    assert color_family("burgundy") == "vivid"
    assert color_family("grey") == "grey"
