# ruff: noqa: ANN401 - Blender ships no types
"""Camera, lamps and backdrop."""

from __future__ import annotations

import math
from typing import Any

import bpy
import numpy as np
from mathutils import Vector  # type: ignore[import-not-found, unused-ignore]

from tools.rendered_heads.fields import Floats, vec
from tools.rendered_heads.nodes import Linear, Nodes, linear
from tools.rendered_heads.spec import Lighting, Scene

BACKDROP_PX, BACKDROP_DISTANCE = 384, 22.0


def _around(azimuth_deg: float, elevation_deg: float, distance: float) -> Vector:
    a, e = math.radians(azimuth_deg), math.radians(elevation_deg)
    x, y = math.sin(a) * math.cos(e), -math.cos(a) * math.cos(e)
    return Vector((x, y, math.sin(e))) * distance


def camera(spec: Scene) -> Any:
    """A portrait lens (85 mm on full frame) aimed at the head."""
    lens = bpy.data.cameras.new("camera")
    lens.lens, lens.sensor_width = 85, 36
    obj = bpy.data.objects.new("camera", lens)
    bpy.context.scene.collection.objects.link(obj)
    target = Vector((0, 0.1, spec.aim_z))
    obj.location = target + _around(spec.yaw_deg, spec.pitch_deg, spec.distance)
    obj.rotation_euler = (target - obj.location).to_track_quat("-Z", "Y").to_euler()
    bpy.context.scene.camera = obj
    bpy.context.view_layer.update()
    return obj


def kelvin(temperature: float) -> Linear:
    """Linear RGB of a black body, brightest channel near 1 (Helland's fit)."""
    t = temperature / 100
    red = 1.0 if t <= 66 else 1.292936 * (t - 60) ** -0.1332
    green = 0.390082 * math.log(t) - 0.631841 if t <= 66 else 1.129891 * (t - 60) ** -0.0755
    blue = 1.0 if t >= 66 else 0.543207 * math.log(max(t, 19) - 10) - 1.196254
    codes = [round(255 * min(max(c, 0.0), 1.0)) for c in (red, green, blue)]
    return linear("#{:02x}{:02x}{:02x}".format(*codes))


def lamps(lighting: Lighting, yaw_deg: float) -> list[Any]:
    """The lamps of a lighting, turned with the camera, and the even surround."""
    made = []
    for light in lighting.lights:
        data = bpy.data.lights.new("lamp", "AREA")
        data.shape, data.size, data.energy = "DISK", light.size, light.power_w
        data.color = kelvin(light.kelvin)
        obj = bpy.data.objects.new("lamp", data)
        obj.location = _around(light.azimuth_deg + yaw_deg, light.elevation_deg, light.distance)
        obj.rotation_euler = (-obj.location).to_track_quat("-Z", "Y").to_euler()
        bpy.context.scene.collection.objects.link(obj)
        made.append(obj)
    world = bpy.data.worlds.new("surround")
    world.use_nodes = True
    sky = world.node_tree.nodes["Background"].inputs
    sky[0].default_value = (*kelvin(lighting.surround_kelvin), 1.0)
    sky[1].default_value = lighting.surround
    bpy.context.scene.world = world
    return made


def plain(rng: np.random.Generator, color: Linear) -> Floats:
    """A wall, lighter in the middle."""
    rows, columns = np.mgrid[0:BACKDROP_PX, 0:BACKDROP_PX] / BACKDROP_PX
    centre = rng.uniform(0.35, 0.65, 2)
    fall = 1.15 - 0.9 * np.hypot(columns - centre[0], rows - centre[1])
    return np.asarray(vec(color) * fall[..., None], np.float32)


def busy(rng: np.random.Generator, color: Linear) -> Floats:
    """A cluttered place out of focus: objects at several depths, foliage and lamps."""
    import cv2

    size = BACKDROP_PX
    picture = np.ones((size, size, 3), np.float32) * vec(color) * 0.5
    for index in range(130):
        hue = rng.uniform(0.02, 0.9, 3)
        tone = (0.45 * hue + 0.25 * hue.mean() + 0.5 * vec(color)) * rng.uniform(0.1, 1.0)
        mask = np.zeros((size, size), np.float32)
        x, y = (int(v) for v in rng.integers(0, size, 2))
        if index % 3 == 0:
            cv2.circle(mask, (x, y), int(rng.integers(4, 30)), 1.0, -1, cv2.LINE_AA)
        elif index % 3 == 1:
            corner = (x + int(rng.integers(8, 90)), y + int(rng.integers(15, 200)))
            cv2.rectangle(mask, (x, y), corner, 1.0, -1)
        else:
            axes = (int(rng.integers(3, 9)), int(rng.integers(15, 60)))
            cv2.ellipse(mask, (x, y), axes, float(rng.uniform(0, 180)), 0, 360, 1.0, -1)
        blur = float(rng.choice([1.0, 2.5, 5.0, 9.0]))
        mask = cv2.GaussianBlur(mask, (0, 0), blur)[..., None] * rng.uniform(0.4, 0.9)
        picture = picture * (1 - mask) + tone.astype(np.float32) * mask
    return picture.astype(np.float32)


def fibres(rng: np.random.Generator, color: Linear) -> Floats:
    """Fur or a curtain, blurred, in the colour of the hair."""
    import cv2

    noise = rng.normal(0, 1, (BACKDROP_PX, BACKDROP_PX)).astype(np.float32)
    streaks = cv2.GaussianBlur(noise, (0, 0), 1.8, sigmaY=30)
    folds = np.sin(np.linspace(0, rng.uniform(20, 45), BACKDROP_PX) + rng.uniform(0, 6))[None]
    light = np.clip(1 + 0.35 * streaks / streaks.std() + 0.25 * folds, 0.1, 3)
    return np.asarray(vec(color) * light[..., None], np.float32)


BACKDROPS = {"plain": plain, "busy": busy, "hair-coloured": fibres}


def backdrop(spec: Scene, view: Any, collection: Any, gain: float) -> Any:
    """A picture behind the head that the camera sees and that lights nothing."""
    rng = np.random.default_rng(spec.face_seed + 1000)
    picture = BACKDROPS[spec.background](rng, linear(spec.background_color))
    size = BACKDROP_PX
    image = bpy.data.images.new("backdrop", size, size, float_buffer=True)
    image.colorspace_settings.name = "Linear Rec.709"
    rgba = np.concatenate([picture[::-1], np.ones((size, size, 1), np.float32)], -1)
    image.pixels.foreach_set(np.ascontiguousarray(rgba, np.float32).ravel())
    image.update()
    n = Nodes("backdrop")
    at = n.add("ShaderNodeTexCoord").outputs["UV"]
    texture = n.add("ShaderNodeTexImage", {"image": image, "interpolation": "Cubic"}, Vector=at)
    material = n.finish(n.add("ShaderNodeEmission", Color=texture.outputs[0], Strength=gain))
    bpy.ops.mesh.primitive_plane_add(size=1)
    obj = bpy.context.object
    width = 2 * BACKDROP_DISTANCE * math.tan(view.data.angle / 2) * 1.1
    obj.scale, obj.rotation_euler = (width, width, 1), view.rotation_euler
    obj.location = view.matrix_world @ Vector((0, 0, -BACKDROP_DISTANCE))
    obj.data.materials.append(material)
    obj.visible_diffuse = obj.visible_glossy = obj.visible_transmission = False
    obj.visible_shadow = False
    for owner in list(obj.users_collection):
        owner.objects.unlink(obj)
    collection.objects.link(obj)
    return obj
