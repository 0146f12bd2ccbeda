"""Registries: lazy, collision-proof, and helpful about unknown names."""

import sys

import pytest

from hairopt.errors import ConfigError
from hairopt.registry import Registry
from tests.plugins import install_plugin


@pytest.fixture
def colours() -> Registry[object]:
    return Registry("colour", "hairopt.test-colours")


def test_a_target_is_imported_only_when_it_is_asked_for(colours):
    sys.modules.pop("this", None)
    colours.register("lazy", "colorsys:hsv_to_rgb", "a test")
    colours.register("never", "no_such_module:thing", "a test")
    assert colours.get("lazy")(0.0, 0.0, 1.0) == (1.0, 1.0, 1.0)
    assert colours.names() == ["lazy", "never"]
    with pytest.raises(ConfigError, match=r"'never' from a test cannot be loaded.*no_such_module"):
        colours.get("never")


def test_a_name_taken_twice_names_both_origins(colours):
    colours.register("red", object(), "hairopt")
    with pytest.raises(
        ConfigError, match=r"'red' is defined twice: by hairopt and by plug-in paint"
    ):
        colours.register("red", object(), "plug-in paint")


def test_an_unknown_name_is_answered_with_the_nearest(colours):
    colours.register("crimson", object(), "hairopt")
    colours.register("blue", object(), "hairopt")
    with pytest.raises(
        ConfigError, match=r"'crimsn'; did you mean crimson\? \(known: blue, crimson"
    ):
        colours.get("crimsn")


def test_plugins_come_from_entry_points(tmp_path, monkeypatch):
    points = ["teal = paintbox:TEAL"]
    install_plugin(tmp_path, "paintbox", "TEAL = 'teal!'\n", "hairopt.test-colours", points)
    monkeypatch.syspath_prepend(str(tmp_path))
    colours: Registry[str] = Registry("colour", "hairopt.test-colours")
    assert colours.get("teal") == "teal!"
    with pytest.raises(ConfigError, match="by plug-in paintbox and by a test"):
        colours.register("teal", "other", "a test")
