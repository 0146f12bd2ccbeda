"""``[shades.NAME]``: shades of a project, with and without a picture of dyed hair."""

import hashlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from hairopt.cli.app import app
from hairopt.cli.options import parse_shades
from hairopt.datasets import load_dataset
from hairopt.errors import ConfigError, UsageError
from hairopt.gate.measure import asked_shades
from hairopt.gate.settings import GateSettings, find_settings
from hairopt.images import decode_image
from hairopt.measure.plan import BenchPlan
from hairopt.measure.settings import bench_settings
from hairopt.shades import find_shade, read_palette, swatch_of
from hairopt.stages.encode import encode_png
from hairopt.types import Shade
from hairopt.variants.load import load_variant
from tests.gate.snapshots import snapshot

HEAD = Path(__file__).parents[1] / "datasets" / "rendered" / "images" / "curly_brown_back.png"


@pytest.fixture
def project(tmp_path):
    """Two shades; the picture of one is half L* 40 and half L* 60, redder where it is brighter."""
    lab = np.zeros((16, 16, 3), np.float32)
    lab[:8] = 40, 10, 20
    lab[8:] = 60, 16, 20
    rgb = np.rint(cv2.cvtColor(lab, cv2.COLOR_Lab2RGB) * 255).astype(np.uint8)
    (tmp_path / "copper.png").write_bytes(encode_png(rgb, 90))
    (tmp_path / "hairopt.toml").write_text(
        '[shades.copper]\nhex = "#b5651d"\nswatch = "copper.png"\n'
        '[shades.blond]\nhex = "#c8a060"\n'
        '[bench]\nshades = ["copper", "violet"]\n'
    )
    return tmp_path


@pytest.fixture
def small_plan(tmp_path):
    variants = (load_variant("float32"),)
    return lambda **asked: BenchPlan(
        variants, load_dataset(HEAD.parents[1]), tmp_path / "out", **asked
    )


def test_a_shade_has_code_name_and_what_its_picture_tells(project):
    copper = find_shade("copper", read_palette(None, project))
    assert (copper.hex, copper.name) == ("#b5651d", "copper")
    assert copper.swatch.lab == pytest.approx((50, 13, 20), abs=0.4)
    assert copper.swatch.spread == pytest.approx(10, abs=0.2)
    assert copper.swatch.slopes == pytest.approx((3, 0), abs=0.3)
    expected = hashlib.sha256((project / "copper.png").read_bytes()).hexdigest()
    assert copper.swatch.sha256 == expected


def test_the_projects_shade_wins_and_all_others_are_as_before(project):
    palette = read_palette(project / "hairopt.toml", project)
    assert find_shade("blond", palette) == Shade("#c8a060", "blond")
    assert find_shade("violet", palette) == Shade.parse("violet")
    assert find_shade("plum=#72b", palette) == Shade.parse("plum=#72b")
    assert read_palette(None, project.parent / "elsewhere") == {}
    with pytest.raises(UsageError, match=r"did you mean copper.*one of: copper, blond, black"):
        find_shade("coper", palette)


def test_a_picture_of_one_colour_has_no_slopes():
    assert swatch_of(np.full((4, 4, 3), 90, np.uint8), "").slopes == (0.0, 0.0)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('hex = "copperish"', r"line 2: shades.copper.hex: .*no colour"),
        ('swatch = "copper.png"', "shades.copper.*hex"),
        ('hex = "#b5651d"\nhue = 3', "line 3: unknown key 'shades.copper.hue'"),
    ],
)
def test_a_mistake_names_file_line_and_key(tmp_path, table, words):
    (tmp_path / "hairopt.toml").write_text(f"[shades.copper]\n{table}\n")
    with pytest.raises(ConfigError, match=words):
        read_palette(None, tmp_path)


@pytest.mark.parametrize("name", ["#b5651d", "a=b", "", " copper", "3", "a\\tb"])
def test_a_name_that_could_be_a_code_or_could_not_be_typed_is_refused(tmp_path, name):
    (tmp_path / "hairopt.toml").write_text(f'[shades."{name}"]\nhex = "#b5651d"\n')
    with pytest.raises(ConfigError, match=r"hairopt.toml.*no name of a shade"):
        read_palette(None, tmp_path)


def test_names_of_other_languages_and_of_two_words(tmp_path):
    text = '[shades."warm copper"]\nhex = "#b5651d"\n[shades."Weißblond"]\nhex = "#eee"\n'
    (tmp_path / "hairopt.toml").write_text(text, encoding="utf-8")
    palette = read_palette(None, tmp_path)
    assert find_shade("warm copper", palette).hex == "#b5651d"
    assert find_shade("Weißblond", palette).hex == "#eeeeee"


@pytest.mark.parametrize("content", [None, b"", b"no picture"])
def test_a_swatch_is_read_when_it_is_used_and_its_fault_has_a_place(project, content):
    (project / "copper.png").unlink()
    if content is not None:
        (project / "copper.png").write_bytes(content)
    palette = read_palette(None, project)  # not read yet
    assert find_shade("blond", palette).swatch is None
    with pytest.raises(ConfigError, match=r"hairopt.toml, line 3: .*copper.png"):
        find_shade("copper", palette)


def test_a_bench_knows_them_and_tells_the_picture(project):
    settings, _ = bench_settings(None, project)
    copper, violet = settings.asked_shades()
    assert copper.swatch is not None
    assert violet == Shade.parse("violet")
    assert settings.changed({"shades": ("blond",)}).asked_shades()[0].hex == "#c8a060"


def test_a_plan_names_the_pictures_for_the_record(project, small_plan):
    copper, violet = bench_settings(None, project)[0].asked_shades()
    plan = small_plan(shades=(copper, violet))
    assert plan.swatches() == {"#b5651d": copper.swatch.sha256}


def test_recolor_takes_them(project, monkeypatch):
    monkeypatch.chdir(project)
    (project / "tone.toml").write_text(
        'name = "tone"\nextends = "float32"\n[recolor]\nmethod = "tone"\n'
    )
    answers = []
    for shade in ("copper", "#b5651d"):
        asked = ["recolor", str(HEAD), "--shade", shade, "--variant", "tone.toml", "-o", "a.png"]
        result = CliRunner().invoke(app, asked)
        assert result.exit_code == 0, result.output
        answers.append(decode_image((project / "a.png").read_bytes(), "a.png"))
    assert (answers[0] != answers[1]).any(axis=2).mean() > 0.1  # the swatch makes a difference


def test_the_gate_knows_them_and_finds_those_of_a_stored_baseline(project, monkeypatch):
    (project / "hairopt.toml").write_text(
        (project / "hairopt.toml").read_text() + '[gate]\nshades = ["copper", "black"]\n'
    )
    monkeypatch.chdir(project)
    copper = find_shade("copper", read_palette(None, project))

    settings = find_settings(project)
    assert asked_shades(settings, None) == (copper, Shade.parse("black"))
    unsaid = GateSettings()
    assert asked_shades(unsaid, None) == ()
    codes = ["#b5651d", "#1c1817"]
    stored = snapshot(shades=codes, swatches={"#b5651d": copper.swatch.sha256})
    assert asked_shades(unsaid, stored) == (copper, Shade.parse("black"))
    # Another picture: the comparison is then refused, because only one side has a swatch.
    another = snapshot(shades=codes, swatches={"#b5651d": "0" * 64})
    assert asked_shades(unsaid, another)[0].swatch is None


def test_a_shade_that_the_gate_does_not_know_is_refused_with_its_place(project, monkeypatch):
    (project / "hairopt.toml").write_text('[shades.copper]\nhex = "#b5651d"\n')
    monkeypatch.chdir(project)
    with pytest.raises(UsageError, match="did you mean copper"):
        GateSettings().changed({"shades": ("coper",)})
    assert GateSettings().changed({"shades": ("copper",)}).shades == ("copper",)
    with (project / "hairopt.toml").open("a") as file:
        file.write('[gate]\nshades = ["coper"]\n')
    with pytest.raises(ConfigError, match=r"hairopt.toml, line 4: gate.shades.*mean copper"):
        find_settings(project)


def test_other_commands_know_them(project, monkeypatch):
    monkeypatch.chdir(project)
    copper = find_shade("copper", read_palette(None, project))
    assert parse_shades(["copper", "violet", "copper"]) == (copper, Shade.parse("violet"))
