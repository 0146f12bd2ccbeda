"""Render one scene completely and write its files; runs in a process of its own.

Blender is imported inside the functions: the process that starts the others must stay without it.
"""

from __future__ import annotations

import resource
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tools.rendered_heads import measure
from tools.rendered_heads.develop import develop, expose
from tools.rendered_heads.fields import Floats
from tools.rendered_heads.manifest import Record
from tools.rendered_heads.scenes import Recipe, load
from tools.rendered_heads.spec import Quality, Scene

if TYPE_CHECKING:
    from tools.rendered_heads.build import Stage

PHOTO_SEED, SECOND_SEED = 1, 2
PROOF_PX = 96


def cpu_s() -> float:
    """CPU seconds this process has used."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def write_png(path: Path, picture: NDArray[np.uint8]) -> None:
    """Write RGB or grey, lossless, as small as zlib makes it."""
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path, optimize=True)


def produce(out: Path, name: str, seed: int) -> Record:
    """Render the scene ``name`` at final quality into ``out``.

    Returns:
        Its record for the manifest.
    """
    from tools.rendered_heads.build import assemble
    from tools.rendered_heads.render import set_up

    recipe = load(seed)
    scene = next(s for s in recipe.scenes if s.name == name)
    quality = recipe.qualities["final"]
    set_up(quality)
    built = assemble(recipe, scene, quality)
    with tempfile.TemporaryDirectory() as scratch:
        record = _shoot_all(recipe, scene, quality, built, out, Path(scratch))
    record["fingerprint"] = recipe.fingerprint(scene, quality, seed)
    record["cpu_s"] = round(cpu_s(), 1)
    return record


def _shoot_all(
    recipe: Recipe, scene: Scene, quality: Quality, built: Stage, out: Path, scratch: Path
) -> Record:
    from tools.rendered_heads.render import coverage, shoot

    light = {scene.color: shoot(scratch, PHOTO_SEED)[..., :3]}
    alpha = np.rint(coverage(built, quality, scratch) * 255) / 255  # as the mask will say
    second = _second(built, alpha, scratch)
    proof = _proof(built, quality, alpha, scratch)
    if built.hair is not None:
        for shade in scene.shades:
            built.hair.dye(recipe.dyes[shade])
            light[shade] = shoot(scratch, PHOTO_SEED)[..., :3]
    exposure = expose(light.values(), alpha, scene.exposure)
    pictures = {dye: develop(picture, exposure) for dye, picture in light.items()}
    floor = measure.noise_floor(pictures[scene.color], develop(second, exposure), alpha)
    mean, p95 = (round(value, 3) for value in floor) if floor else ("", "")
    truth = {
        "hair_fraction": round(float(alpha.mean()), 4),
        "soft_fraction": round(float(((alpha > 0.02) & (alpha < 0.98)).mean()), 4),
        "noise_de00_mean": mean,
        "noise_de00_p95": p95,
        **_proof_columns(proof),
        "exposure": round(exposure, 4),
    }
    return {
        "files": _write_files(scene, pictures, alpha, out),
        "truth": truth,
        "shades": _shades(scene, pictures, alpha),
    }


def _second(built: Stage, alpha: Floats, scratch: Path) -> Floats:
    """The photo once more with another seed, where there is hair."""
    from tools.rendered_heads.render import border, shoot

    if not built.hair_objects:
        return np.zeros((*alpha.shape, 3), np.float32)
    rows, columns = np.nonzero(alpha > 0)
    with border(alpha.shape[0], rows.min(), rows.max() + 1, columns.min(), columns.max() + 1):
        return shoot(scratch, SECOND_SEED)[..., :3]


def _proof(
    built: Stage, quality: Quality, alpha: Floats, scratch: Path
) -> measure.Recomposition | None:
    from tools.rendered_heads.render import border, layers

    if not built.hair_objects or not quality.proof_samples:
        return None
    window = measure.softest_window(alpha, PROOF_PX)
    bottom, right = window.top + PROOF_PX, window.left + PROOF_PX
    with border(alpha.shape[0], window.top, bottom, window.left, right):
        pictures = layers(built, quality, scratch)
    return measure.recompose(*(window.of(x) for x in (*pictures, alpha)))


def _proof_columns(proof: measure.Recomposition | None) -> Record:
    keys = ("slope", "bias", "rms", "pixels")
    values = asdict(proof) if proof else dict.fromkeys(keys, "")
    rounded = {k: round(v, 4) if isinstance(v, float) else v for k, v in values.items()}
    return {f"recomposition_{key}": rounded[key] for key in keys}


def _write_files(
    scene: Scene, pictures: dict[str, NDArray[np.uint8]], alpha: Floats, out: Path
) -> list[str]:
    files = {f"images/{scene.name}.png": pictures[scene.color]}
    files[f"masks/{scene.name}.png"] = np.rint(alpha * 255).astype(np.uint8)
    for shade in scene.shades:
        files[f"dyed/{scene.name}@{shade}.png"] = pictures[shade]
    for file, picture in files.items():
        write_png(out / file, picture)
    return list(files)


def _shades(scene: Scene, pictures: dict[str, NDArray[np.uint8]], alpha: Floats) -> list[Record]:
    """One row per picture: the colour the hair has and how much of it is cut off."""
    if not (alpha > measure.HAIR).any():
        return []
    photo = pictures[scene.color]
    rows = []
    for dye, picture in pictures.items():
        lightness, a, b = measure.mean_lab(picture, alpha)
        rows.append(
            {
                "picture": "photo" if dye == scene.color else "dyed",
                "shade": dye,
                "mean_hex": measure.mean_hex(picture, alpha),
                "mean_l": round(lightness, 2),
                "mean_a": round(a, 2),
                "mean_b": round(b, 2),
                "clipped_share": round(measure.clipped_share(picture, alpha), 5),
                "spill_codes": round(measure.spill(photo, picture, alpha), 3),
            }
        )
    return rows
