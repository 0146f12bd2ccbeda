"""Small, cheap, random pictures for training: photo and alpha, no dyed twins.

A head is built once and photographed several times, each time from elsewhere, in another light and
colour. Views from behind and from the side, and hair that free photos lack, are drawn more often.
"""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tools.rendered_heads.develop import develop, expose
from tools.rendered_heads.fields import Floats
from tools.rendered_heads.manifest import Manifest, Record
from tools.rendered_heads.produce import cpu_s, write_png
from tools.rendered_heads.scenes import Recipe, load
from tools.rendered_heads.spec import Dye, HairSpec, Scene

SHOTS = 4
"""Pictures of one head."""
HAIR_TYPES = {"bun": "tied", "ponytail": "tied", "braids": "braided", "box_braids": "braided"}
"""The tag of a style, where it is not the style's own name."""
SKIN_SHOWS = ("faded", "buzzed")
"""Styles with skin between the strands."""
IRISES = ("#3c2616", "#50381e", "#5a6e46", "#466e8c", "#5a7078")
YAW = {"front": (0, 20), "three-quarter": (25, 60), "profile": (65, 115), "back": (120, 180)}
OCCLUDERS = {"none": 9, "beanie": 1, "brim-hat": 1, "headphones": 1, "glasses": 2, "beard": 2}
TAGS = ("hair_type", "view", "color", "occluder", "background", "lighting", "monk")
BACKGROUNDS = {"plain": 1, "busy": 3, "hair-coloured": 1}


@dataclass(frozen=True)
class Mix:
    """How often what is drawn.

    Attributes:
        styles: weight of each hair style.
        views: weight of each view.
        hair_like_cloth: whether clothes have the colours of hair instead of any colour.
        closed: whether shaved sides are labelled hair as a whole, as people label them, and not
            strand by strand.
    """

    styles: dict[str, int]
    views: dict[str, int]
    hair_like_cloth: bool = False
    closed: bool = False


MIXES = {
    "broad": Mix(
        {"straight": 3, "wavy": 3, "curly": 4, "coily": 4, "short": 4, "buzzed": 2, "bald": 1,
         "bun": 2, "ponytail": 2, "braids": 2, "box_braids": 2},
        {"front": 2, "three-quarter": 3, "profile": 3, "back": 4},
    ),
    "salon": Mix(
        {"faded": 5, "short": 2, "straight": 4, "wavy": 2},
        {"front": 1, "three-quarter": 2, "profile": 4, "back": 4},
        hair_like_cloth=True,
        closed=True,
    ),
}  # fmt: skip
"""``broad`` has every style; ``salon`` what cuts are photographed as: from the side and behind."""


def _draw(rng: np.random.Generator, weights: dict[str, int]) -> str:
    total = np.array(list(weights.values()), float)
    return str(rng.choice(list(weights), p=total / total.sum()))


def _hex(rng: np.random.Generator, low: int, high: int) -> str:
    return "#{:02x}{:02x}{:02x}".format(*(int(v) for v in rng.integers(low, high, 3)))


def random_hair(rng: np.random.Generator, style: str) -> HairSpec:
    """Hair of a style with everything else drawn."""
    tail = {"braids": ("low", "middle", "pair")}.get(style, ("high", "middle", "low"))
    length = {"short": (0.5, 1.3), "faded": (0.4, 1.5), "buzzed": (0.6, 1.6), "coily": (0.25, 0.95)}
    return HairSpec(
        style=style,
        seed=int(rng.integers(1 << 31)),
        part=float(rng.uniform(-0.35, 0.35)),
        cut=float(rng.uniform(-2.0, -0.75)),
        length=float(rng.uniform(*length.get(style, (1.3, 2.4)))),
        volume=float(rng.uniform(0.7, 1.4)),
        fringe=style == "straight" and bool(rng.random() < 0.35),
        inward=float(rng.choice([0.0, 0.1])),
        recede=float(rng.choice([0.0, 0.0, 0.06, 0.12])),
        curl=int(rng.integers(0, 3)),
        tie=str(rng.choice(tail)),
    )


def random_head(rng: np.random.Generator, mix: Mix, name: str) -> Scene:
    """A head with random hair; views and colours come with each shot."""
    style = _draw(rng, mix.styles)
    hair = random_hair(rng, style)
    head = Scene(
        name,
        hair,
        HAIR_TYPES.get(style, style),
        "any",
        "black",
        (),
        monk=int(rng.integers(1, 11)),
        view="front",
        yaw_deg=0.0,
        background="plain",
        background_color="#808080",
        lighting="studio",
        occluder=_draw(rng, OCCLUDERS),
        occluder_color=_hex(rng, 10, 200),
        face_seed=int(rng.integers(1 << 31)),
        soft=float(rng.uniform(0, 1)),
        cloth=_hex(rng, 15, 235),
        iris=str(rng.choice(IRISES)),
        gaze_deg=float(rng.uniform(-15, 15)),
    )
    return _in_hair_like_cloth(rng, head) if mix.hair_like_cloth else head


def _in_hair_like_cloth(rng: np.random.Generator, head: Scene) -> Scene:
    """In the clothes that a network takes for long hair: grey, beige, brown or black."""
    warm = np.array([1, 1 - rng.uniform(0, 0.25), 1 - rng.uniform(0, 0.45)])
    red, green, blue = (rng.uniform(12, 225) * warm).astype(int)
    return replace(head, cloth=f"#{red:02x}{green:02x}{blue:02x}")


def random_shot(
    rng: np.random.Generator, recipe: Recipe, mix: Mix, head: Scene, name: str
) -> Scene:
    """The same head from elsewhere, in another light, before something else."""
    view = _draw(rng, mix.views)
    background = _draw(rng, BACKGROUNDS)
    color = str(rng.choice(list(recipe.dyes)))
    near = _hex(rng, 20, 220) if background != "hair-coloured" else "#4a3226"
    # The face is built already: what still follows its seed is the backdrop.
    other_backdrop = int(rng.integers(1 << 31))
    return replace(
        head,
        name=name,
        face_seed=other_backdrop,
        view=view,
        color=color,
        background=background,
        background_color=near,
        yaw_deg=float(rng.uniform(*YAW[view]) * rng.choice([-1, 1])),
        pitch_deg=float(rng.uniform(-12, 25)),
        distance=float(rng.uniform(6.5, 14)),
        aim_z=float(rng.uniform(-0.6, 0.3)),
        lighting=str(rng.choice(list(recipe.lightings))),
        exposure=float(rng.uniform(0.5, 1.0)),
    )


def vary(rng: np.random.Generator, dye: Dye) -> Dye:
    """A dye near the given one, so that no colour is learnt by heart."""
    tint = [int(dye.tint[i : i + 2], 16) + int(rng.integers(-25, 26)) for i in (1, 3, 5)]
    code = "#{:02x}{:02x}{:02x}".format(*(min(max(v, 4), 255) for v in tint))
    melanin = min(max(dye.melanin * float(rng.uniform(0.75, 1.25)), 0.04), 1.0)
    return replace(dye, tint=dye.tint if dye.tint == "#ffffff" else code, melanin=melanin)


def produce_head(out: Path, index: int, seed: int, mix: str) -> list[tuple[str, Record]]:
    """Build one random head and photograph it ``SHOTS`` times; runs in a process of its own."""
    from tools.rendered_heads.build import assemble, surround
    from tools.rendered_heads.render import coverage, set_up, shoot

    rng, recipe = np.random.default_rng((seed, index)), load()
    quality = recipe.qualities["train"]
    head = random_head(rng, MIXES[mix], f"train{seed:03d}_{index:05d}")
    set_up(quality)
    built = assemble(recipe, head, quality)
    records: list[tuple[str, Record]] = []
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(SHOTS):
            scene = random_shot(rng, recipe, MIXES[mix], head, f"{head.name}_{number}")
            surround(built, recipe, scene)
            if built.hair is not None:
                built.hair.dye(vary(rng, recipe.dyes[scene.color]))
            light = shoot(Path(scratch), number + 1)[..., :3]
            alpha = coverage(built, quality, Path(scratch))
            picture = develop(light, expose([light], alpha, scene.exposure))
            files = [f"images/{scene.name}.png", f"masks/{scene.name}.png"]
            write_png(out / files[0], picture)
            whole = MIXES[mix].closed and scene.hair.style in SKIN_SHOWS
            label = _closed(alpha) if whole else alpha
            write_png(out / files[1], np.rint(label * 255).astype(np.uint8))
            tags = {key: getattr(scene, key) for key in TAGS}
            records.append((scene.name, {"files": files, "fingerprint": str(seed), "tags": tags}))
    records[-1][1]["cpu_s"] = round(cpu_s(), 1)
    return records


def _closed(alpha: Floats) -> Floats:
    """The coverage without the gaps of up to 6 px between strands; its outline stays."""
    from scipy.ndimage import grey_closing

    return np.asarray(grey_closing(alpha, size=(7, 7)), np.float32)


def produce_batch(out: Path, count: int, seed: int, mix: str = "broad") -> None:
    """Render heads until ``count`` pictures exist; resumes, since every head has its own seed."""
    manifest = Manifest(out)
    out.mkdir(parents=True, exist_ok=True)
    context = multiprocessing.get_context("spawn")
    for index in range(-(-count // SHOTS)):
        last = f"train{seed:03d}_{index:05d}_{SHOTS - 1}"
        if manifest.finished(last, str(seed)):
            continue
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            records = pool.submit(produce_head, out, index, seed, mix).result()
        for name, record in records:
            manifest.add(name, record)
        _write_cases(out, manifest)


def _write_cases(out: Path, manifest: Manifest) -> None:
    rows: Sequence[Record] = [{"name": n, **r["tags"]} for n, r in manifest.records.items()]
    lines = [",".join(rows[0]), *(",".join(str(v) for v in row.values()) for row in rows)]
    (out / "cases.csv").write_text("\n".join(lines) + "\n")
