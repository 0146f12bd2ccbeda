# ruff: noqa: ANN401 - Blender ships no types
"""The pictures of one built scene, as linear light: photo, dyed, coverage and its proof.

Cycles writes 32-bit OpenEXR; nothing is tone-mapped here (``develop`` does that, once for all).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from tools.rendered_heads import materials
from tools.rendered_heads.build import Stage
from tools.rendered_heads.fields import Floats
from tools.rendered_heads.spec import Quality


def set_up(quality: Quality) -> None:
    """An empty Blender with Cycles on one thread."""
    os.environ["OPENCV_IO_ENABLE_OPENEXR"] = "1"  # read by OpenCV when it is first imported
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    cycles, render = scene.cycles, scene.render
    cycles.device = "CPU"
    cycles.samples, cycles.use_adaptive_sampling = quality.samples, True
    cycles.adaptive_threshold, cycles.adaptive_min_samples = quality.noise_threshold, 6
    cycles.use_denoising, cycles.denoiser = True, "OPENIMAGEDENOISE"
    cycles.denoising_input_passes, cycles.denoising_prefilter = "RGB_ALBEDO_NORMAL", "FAST"
    cycles.max_bounces = cycles.transmission_bounces = quality.bounces
    cycles.diffuse_bounces, cycles.glossy_bounces = 2, quality.bounces
    cycles.transparent_max_bounces, cycles.sample_clamp_indirect = 8, 6.0
    cycles.caustics_reflective = cycles.caustics_refractive = False
    scene.cycles_curves.shape = "THICK_LINEAR"
    render.threads_mode, render.threads = "FIXED", 1
    render.resolution_x = render.resolution_y = quality.size_px
    render.use_persistent_data = True
    render.image_settings.file_format, render.image_settings.color_depth = "OPEN_EXR", "32"
    render.image_settings.color_mode = "RGBA"


def shoot(folder: Path, seed: int) -> Floats:
    """Render with a seed; linear RGBA ``(H, W, 4)``, alpha premultiplied, first row on top."""
    import cv2

    scene = bpy.context.scene
    scene.cycles.seed = seed
    path = folder / "shot.exr"
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)
    # Not read back through Blender: a new image there makes it send all strands to Cycles again.
    values = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    path.unlink()
    if values is None:
        raise OSError(f"OpenCV cannot read {path}; it needs a build with OpenEXR")
    return np.asarray(cv2.cvtColor(values, cv2.COLOR_BGRA2RGBA), np.float32)


@contextmanager
def settings(owner: Any, **values: Any) -> Iterator[None]:
    """Blender properties set for the time of a block."""
    before = {key: getattr(owner, key) for key in values}
    for key, value in values.items():
        setattr(owner, key, value)
    try:
        yield
    finally:
        for key, value in before.items():
            setattr(owner, key, value)


@contextmanager
def border(size_px: int, top: int, bottom: int, left: int, right: int) -> Iterator[None]:
    """Render only a part of the picture, in pixels; the rest stays black."""
    low, high = 1 - bottom / size_px, 1 - top / size_px  # Blender counts from the bottom
    corners = {"border_min_y": low, "border_max_y": high}
    corners |= {"border_min_x": left / size_px, "border_max_x": right / size_px}
    with settings(bpy.context.scene.render, use_border=True, use_crop_to_border=False, **corners):
        yield


def _layer(name: str) -> Any:
    return bpy.context.view_layer.layer_collection.children[name]


def _plain(samples: int) -> dict[str, Any]:
    """Settings for a plain average of samples."""
    return {"samples": samples, "use_denoising": False, "use_adaptive_sampling": False}


@contextmanager
def _only_hair(samples: int) -> Iterator[None]:
    """Body held out, backdrop gone, plain averaging: what is left is hair and its coverage."""
    scene = bpy.context.scene
    with (
        settings(_layer("body"), holdout=True),
        settings(_layer("backdrop"), exclude=True),
        settings(scene.render, film_transparent=True),
        settings(scene.cycles, **_plain(samples)),
    ):
        yield


def coverage(built: Stage, quality: Quality, folder: Path) -> Floats:
    """Exact coverage of the hair, ``(H, W)`` in [0, 1], linear.

    Lamps are out and every surface only emits, so no light transport is traced; the pixel filter
    is that of the photo.
    """
    if not built.hair_objects:
        return np.zeros((quality.size_px, quality.size_px), np.float32)
    view = bpy.context.view_layer
    for lamp in built.lamps:
        lamp.hide_render = True
    with (
        _only_hair(quality.alpha_samples),
        settings(view, material_override=materials.flat()),
        settings(bpy.context.scene.cycles, max_bounces=0),
    ):
        alpha = shoot(folder, 7)[..., 3]
    for lamp in built.lamps:
        lamp.hide_render = False
    return np.clip(alpha, 0, 1)


def layers(built: Stage, quality: Quality, folder: Path) -> tuple[Floats, Floats, Floats]:
    """What the recomposition needs, all without denoising, which would bend soft edges.

    Returns:
        The photo ``(H, W, 3)``; the hair ``(H, W, 3)``, premultiplied, the body held out but
        lighting it; the rest ``(H, W, 3)``, hair unseen by the camera but still casting shadow
        and light.
    """
    with _only_hair(quality.proof_samples):
        hair = shoot(folder, 11)[..., :3]
    with settings(bpy.context.scene.cycles, **_plain(quality.proof_samples)):
        photo = shoot(folder, 17)[..., :3]
        for obj in built.hair_objects:
            obj.visible_camera = False
        rest = shoot(folder, 13)[..., :3]
    for obj in built.hair_objects:
        obj.visible_camera = True
    return photo, hair, rest
