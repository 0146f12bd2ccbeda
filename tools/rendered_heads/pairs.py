"""Small pairs for learning what a dye does: one scene as photographed, and truly dyed in others.

Heads, hair, light and backdrops are drawn; none is one of ``scenes.toml``. Half of the dyes are
those of the named shades, half lie between two of them, with a code between theirs in CIELAB.
"""

from __future__ import annotations

import multiprocessing
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np

from tools.rendered_heads.develop import develop, expose
from tools.rendered_heads.fields import Floats
from tools.rendered_heads.manifest import Manifest, Record
from tools.rendered_heads.produce import cpu_s, write_png
from tools.rendered_heads.scenes import Recipe, load
from tools.rendered_heads.spec import Dye, Light, Lighting
from tools.rendered_heads.train import MIXES, Mix, random_head, random_shot, vary

SHOTS = 2
"""Scenes of one head: from two sides, in two lights and two colours."""

DYES = 4
"""Dyed pictures of one scene."""

STYLES = replace(
    MIXES["broad"],
    styles={name: weight for name, weight in MIXES["broad"].styles.items() if name != "bald"},
)


def named_shades() -> dict[str, str]:
    """The shades with a name, as hex codes; read from the source, which Blender's Python lacks."""
    import ast

    source = Path(__file__).parents[2] / "hairopt" / "types.py"
    for node in ast.parse(source.read_text()).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "NAMED_SHADES":
            shades: dict[str, str] = ast.literal_eval(node.value)
            return shades
    raise LookupError(f"{source} defines no NAMED_SHADES")


def between(first: Dye, second: Dye, share: float) -> Dye:
    """A dye between two: pigments and tints are mixed, the tint per channel of sRGB."""

    def mixed(one: float, other: float) -> float:
        return one + share * (other - one)

    tints = [[int(dye.tint[i : i + 2], 16) for i in (1, 3, 5)] for dye in (first, second)]
    tint = "#{:02x}{:02x}{:02x}".format(*(round(mixed(*pair)) for pair in zip(*tints, strict=True)))
    numbers = ("melanin", "redness", "variation", "roughness", "radial_roughness")
    return Dye(
        tint=tint, **{name: mixed(getattr(first, name), getattr(second, name)) for name in numbers}
    )


def code_between(first: str, second: str, share: float) -> str:
    """The sRGB hex code between two, in CIELAB."""
    from skimage.color import lab2rgb, rgb2lab

    rgb = np.array([[[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in (first, second)]]) / 255
    one, other = rgb2lab(rgb)[0]
    mixed = lab2rgb((one + share * (other - one))[None, None])[0, 0]
    return "#{:02x}{:02x}{:02x}".format(*np.rint(np.clip(mixed, 0, 1) * 255).astype(int))


def draw_dyes(rng: np.random.Generator, recipe: Recipe) -> dict[str, Dye]:
    """``DYES`` shades, as hex codes, with the dye of each."""
    shades, found = named_shades(), {}
    for number, name in enumerate(rng.permutation(list(shades))[:DYES]):
        code, dye = shades[name], recipe.dyes[name]
        if number >= DYES // 2:
            other = str(rng.choice([one for one in shades if one != name]))
            share = float(rng.uniform(0.15, 0.5))
            code = code_between(code, shades[other], share)
            dye = between(dye, recipe.dyes[other], share)
        found[code] = dye
    return found


def random_light(rng: np.random.Generator, like: Lighting) -> Lighting:
    """A lighting near a given one, with other directions, strengths and colours of its lamps."""

    def moved(lamp: Light) -> Light:
        return replace(
            lamp,
            azimuth_deg=lamp.azimuth_deg * float(rng.choice([-1, 1])) + float(rng.normal(0, 20)),
            elevation_deg=lamp.elevation_deg + float(rng.normal(0, 8)),
            size=lamp.size * float(rng.uniform(0.7, 1.5)),
            power_w=lamp.power_w * float(np.exp(rng.normal(0, 0.3))),
            kelvin=lamp.kelvin * float(np.exp(rng.normal(0, 0.12))),
        )

    return replace(
        like,
        lights=tuple(moved(lamp) for lamp in like.lights),
        surround=like.surround * float(np.exp(rng.normal(0, 0.3))),
        surround_kelvin=like.surround_kelvin * float(np.exp(rng.normal(0, 0.12))),
    )


def produce_pairs(out: Path, index: int, seed: int, mix: Mix = STYLES) -> list[tuple[str, Record]]:
    """Build one random head and render ``SHOTS`` scenes of it; runs in a process of its own."""
    from tools.rendered_heads.build import assemble, surround
    from tools.rendered_heads.render import coverage, set_up, shoot

    rng, recipe = np.random.default_rng((seed, index, 5)), load()
    quality = recipe.qualities["pairs"]
    head = random_head(rng, mix, f"pair{seed:03d}_{index:05d}")
    set_up(quality)
    built = assemble(recipe, head, quality)
    records: list[tuple[str, Record]] = []
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        for number in range(SHOTS):
            scene = random_shot(rng, recipe, mix, head, f"{head.name}_{number}")
            light = random_light(rng, recipe.lightings[scene.lighting])
            drawn = replace(recipe, lightings={**recipe.lightings, scene.lighting: light})
            surround(built, drawn, scene)
            assert built.hair is not None, "every style of the mix has hair"
            built.hair.dye(vary(rng, recipe.dyes[scene.color]))
            pictures: dict[str, Floats] = {"": shoot(scratch, number + 1)[..., :3]}
            alpha = coverage(built, quality, scratch)
            dyes = draw_dyes(rng, recipe)
            for code, dye in dyes.items():
                built.hair.dye(dye)
                pictures[code] = shoot(scratch, number + 1)[..., :3]
            files = _write(out, scene.name, pictures, alpha, scene.exposure)
            tags = {"hair_type": scene.hair_type, "color": scene.color, "lighting": scene.lighting}
            records.append((scene.name, {"files": files, "fingerprint": str(seed), "tags": tags}))
    records[-1][1]["cpu_s"] = round(cpu_s(), 1)
    return records


def _write(
    out: Path, name: str, pictures: dict[str, Floats], alpha: Floats, wanted: float
) -> list[str]:
    """Photo, mask and dyed pictures, all with one exposure; their paths below ``out``."""
    exposure = expose(pictures.values(), alpha, wanted)
    files = {f"masks/{name}.png": np.rint(alpha * 255).astype(np.uint8)}
    for code, light in pictures.items():
        file = f"dyed/{name}@{code[1:]}.png" if code else f"images/{name}.png"
        files[file] = develop(light, exposure)
    for file, picture in files.items():
        write_png(out / file, picture)
    return list(files)


def produce_all_pairs(out: Path, scenes: int, seed: int) -> None:
    """Render until ``scenes`` scenes exist; resumes, since every head has its own seed."""
    manifest = Manifest(out)
    out.mkdir(parents=True, exist_ok=True)
    context = multiprocessing.get_context("spawn")
    for index in range(-(-scenes // SHOTS)):
        last = f"pair{seed:03d}_{index:05d}_{SHOTS - 1}"
        if manifest.finished(last, str(seed)):
            continue
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            records = pool.submit(produce_pairs, out, index, seed).result()
        for name, record in records:
            manifest.add(name, record)
