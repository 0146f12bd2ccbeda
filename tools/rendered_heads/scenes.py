"""Read the frozen configuration: scenes, lightings, dyes and qualities."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

from tools.rendered_heads.spec import Dye, HairSpec, Light, Lighting, Quality, Scene

HERE = Path(__file__).parent
GROUPS = ("tags", "color", "camera", "setting", "person")
"""Tables of a scene that only group keys for the reader."""
VERSION = 1
"""Raise it when code changes what a scene looks like: finished scenes are then rendered anew."""


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what the dataset looks like, but for the code."""

    scenes: tuple[Scene, ...]
    lightings: dict[str, Lighting]
    dyes: dict[str, Dye]
    qualities: dict[str, Quality]

    def fingerprint(self, scene: Scene, quality: Quality, seed: int) -> str:
        """Hash of all that one scene's pictures depend on."""
        parts = {
            "version": VERSION,
            "seed": seed,
            "scene": dataclasses.asdict(scene),
            "lighting": dataclasses.asdict(self.lightings[scene.lighting]),
            "dyes": [dataclasses.asdict(self.dyes[d]) for d in (scene.color, *scene.shades)],
            "quality": dataclasses.asdict(quality),
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _lighting(tag: str, table: dict[str, Any]) -> Lighting:
    lamps = tuple(Light(*row) for row in table.pop("lights"))
    return Lighting(table.pop("tag", tag), lamps, **table)


def _scene(table: dict[str, Any], seed: int) -> Scene:
    flat: dict[str, Any] = {"name": table["name"], "face_seed": seed}
    for group in GROUPS:
        flat |= table[group]
    hair = HairSpec(**{"seed": seed, **table["hair"]})
    return Scene(hair=hair, shades=tuple(flat.pop("shades")), **flat)


def load(seed: int = 0) -> Recipe:
    """The recipe of the dataset.

    Args:
        seed: shifts the seeds of all faces and hairs; 0 is the dataset as published.

    Raises:
        TypeError: when a table has an unknown or a missing key.
        ValueError: when two scenes have one name, or a scene asks for an unknown lighting or dye.
    """
    look = tomllib.loads((HERE / "look.toml").read_text())
    rows = enumerate(tomllib.loads((HERE / "scenes.toml").read_text())["scene"])
    recipe = Recipe(
        tuple(_scene(row, 1000 * seed + index + 1) for index, row in rows),
        {name: _lighting(name, row) for name, row in look["lighting"].items()},
        {name: Dye(**row) for name, row in look["dye"].items()},
        {name: Quality(**row) for name, row in look["quality"].items()},
    )
    _check(recipe)
    return recipe


def _check(recipe: Recipe) -> None:
    names = [scene.name for scene in recipe.scenes]
    double = sorted({name for name in names if names.count(name) > 1})
    if double:
        raise ValueError(f"scenes.toml names two scenes alike: {', '.join(double)}; rename one")
    for scene in recipe.scenes:
        if scene.lighting not in recipe.lightings:
            raise ValueError(f"scene {scene.name}: no lighting is called {scene.lighting!r}")
        for dye in (scene.color, *scene.shades):
            if dye not in recipe.dyes:
                raise ValueError(f"scene {scene.name}: no dye is called {dye!r}")
