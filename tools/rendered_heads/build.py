# ruff: noqa: ANN401 - Blender ships no types
"""Put one scene together in Blender: body, hair, occluder, backdrop, camera and lamps."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import bpy
import numpy as np

from tools.rendered_heads import facial, hair, materials, stage
from tools.rendered_heads.face import EYE, EYE_RADIUS, Face, complexion
from tools.rendered_heads.fields import mesh
from tools.rendered_heads.nodes import curves_object, linear, mesh_object, scaled
from tools.rendered_heads.occluders import CROWNS, OCCLUDERS, Shape, shirt
from tools.rendered_heads.scalp import Head
from tools.rendered_heads.scenes import Recipe
from tools.rendered_heads.spec import Quality, Scene

FACIAL_TINTS = {"grey": "grey", "white": "grey"}


@dataclass
class Stage:
    """The handles a renderer needs after the build; ``scenery`` changes with the view."""

    layers: dict[str, Any]
    hair: materials.HairShader | None
    hair_objects: list[Any]
    lamps: list[Any] = field(default_factory=list)
    scenery: list[Any] = field(default_factory=list)


def assemble(recipe: Recipe, scene: Scene, quality: Quality) -> Stage:
    """Build the head of a scene and what surrounds it; Blender must be empty and set up."""
    layers = {name: bpy.data.collections.new(name) for name in ("body", "hair", "backdrop")}
    for layer in layers.values():
        bpy.context.scene.collection.children.link(layer)
    head = Head(Face(scene.face_seed, scene.soft))
    _body(recipe, scene, head, layers["body"])
    built = Stage(layers, *_hair(recipe, scene, head, quality, layers["hair"]))
    surround(built, recipe, scene)
    return built


def surround(built: Stage, recipe: Recipe, scene: Scene) -> None:
    """Camera, backdrop and lamps of a scene, in place of those that were there."""
    for obj in (*built.lamps, *built.scenery):
        bpy.data.objects.remove(obj, do_unlink=True)
    lighting = recipe.lightings[scene.lighting]
    view = stage.camera(scene)
    wall = stage.backdrop(scene, view, built.layers["backdrop"], lighting.backdrop)
    built.scenery = [view, wall]
    built.lamps = stage.lamps(lighting, scene.yaw_deg)


def _body(recipe: Recipe, scene: Scene, head: Head, layer: Any) -> None:
    face = head.face
    vertices, faces = mesh(face.surface, (-1.02, -1.3, -2.35), (1.02, 1.25, 1.32), 0.02, 4)
    scalp = scaled(linear(materials.SKIN[scene.monk - 1]), (0.6, 0.55, 0.52))
    marks = complexion(face, vertices)
    if scene.hair.style == "bald":
        marks["scalp"] = 0.15 * marks["scalp"]
    mesh_object("head", vertices, faces, materials.skin(scene.monk, scalp), layer, marks)
    _solid("shirt", shirt(), scene.cloth, layer)
    _eyes(scene, layer)
    if scene.occluder in OCCLUDERS:
        _solid(scene.occluder, OCCLUDERS[scene.occluder](face), scene.occluder_color, layer)
    rng = np.random.default_rng(scene.face_seed)
    own = recipe.dyes[FACIAL_TINTS.get(scene.color, "brown" if scene.monk < 4 else "black")]
    shader = materials.HairShader(own).material
    parts = [facial.brows(rng, face), facial.lashes(rng, face)]
    if scene.occluder == "beard":
        parts.append(facial.beard(rng, face))
    for part in parts:
        spread = {
            key: rng.uniform(0, 1, len(part.strands)).astype(np.float32)
            for key in ("shade", "white")
        }
        curves_object("facial hair", part.strands, part.radius, shader, layer, spread)


def _solid(name: str, shape: Shape, color: str, layer: Any) -> None:
    vertices, faces = mesh(shape.field, shape.low, shape.high, shape.step)
    mesh_object(name, vertices, faces, materials.fabric(color, shape.material), layer)


def _eyes(scene: Scene, layer: Any) -> None:
    material = materials.eye(scene.iris)
    for side in (-1, 1):
        bpy.ops.mesh.primitive_uv_sphere_add(segments=64, ring_count=32, radius=1)
        ball = bpy.context.object
        ball.scale = [EYE_RADIUS * 0.985] * 3
        ball.location = (side * EYE[0], EYE[1], EYE[2])
        ball.rotation_euler = (0, 0, np.radians(scene.gaze_deg) - side * 0.03)
        bpy.ops.object.shade_smooth()
        ball.data.materials.append(material)
        for owner in list(ball.users_collection):
            owner.objects.unlink(ball)
        layer.objects.link(ball)


def _hair(
    recipe: Recipe, scene: Scene, head: Head, quality: Quality, layer: Any
) -> tuple[materials.HairShader | None, list[Any]]:
    share = quality.strand_share
    spec = replace(
        scene.hair,
        strands=int(scene.hair.strands * share),
        thickness=scene.hair.thickness / share**0.5,
    )
    coats = hair.style(head, spec)
    if not coats:
        return None, []
    shader = materials.HairShader(recipe.dyes[scene.color])
    crown = CROWNS.get(scene.occluder)
    objects = []
    for coat in coats:
        strands = crown.press(coat.strands) if crown else coat.strands
        marks = {"shade": coat.shade, "white": coat.white}
        objects.append(curves_object("hair", strands, coat.radius, shader.material, layer, marks))
    return shader, objects
