# ruff: noqa: ANN401 - Blender ships no types
"""A thin layer over Blender's node trees, meshes and curves."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from tools.rendered_heads.fields import Floats

Socket = Any
Linear = tuple[float, float, float]


def linear(code: str) -> Linear:
    """Linear-light RGB of an sRGB hex code (IEC 61966-2-1)."""
    values = np.array([int(code[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    light = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return float(light[0]), float(light[1]), float(light[2])


def scaled(color: Linear, factors: Linear) -> Linear:
    """A colour times one factor per channel, at most 1."""
    r, g, b = (min(c * f, 1.0) for c, f in zip(color, factors, strict=True))
    return r, g, b


class Nodes:
    """Builds the node tree of one material."""

    def __init__(self, name: str) -> None:
        self.material = bpy.data.materials.new(name)
        self.material.use_nodes = True
        self._tree = self.material.node_tree
        self._tree.nodes.clear()

    def add(self, kind: str, settings: dict[str, Any] | None = None, **inputs: Any) -> Any:
        """A node with properties set and its inputs linked or filled (``_`` stands for a space)."""
        node = self._tree.nodes.new(kind)
        for key, value in (settings or {}).items():
            setattr(node, key, value)
        for key, value in inputs.items():
            self.feed(node.inputs[key.replace("_", " ")], value)
        return node

    def feed(self, socket: Socket, value: Any) -> None:
        """Link a socket or a node's first output to an input, or set its default."""
        if isinstance(value, bpy.types.Node):
            value = value.outputs[0]
        if isinstance(value, bpy.types.NodeSocket):
            self._tree.links.new(value, socket)
        elif isinstance(value, tuple) and socket.type == "RGBA":
            socket.default_value = (*value, 1.0)
        else:
            socket.default_value = value

    def math(self, operation: str, a: Any, b: Any = 0.0, clamp: bool = False) -> Socket:
        """A scalar operation."""
        node = self.add("ShaderNodeMath", {"operation": operation, "use_clamp": clamp})
        self.feed(node.inputs[0], a)
        self.feed(node.inputs[1], b)
        return node.outputs[0]

    def mix(self, factor: Any, a: Any, b: Any) -> Socket:
        """Colours blended: ``a`` at factor 0, ``b`` at 1."""
        node = self.add("ShaderNodeMix", {"data_type": "RGBA"})
        for index, value in ((0, factor), (6, a), (7, b)):
            self.feed(node.inputs[index], value)
        return node.outputs[2]

    def attribute(self, name: str) -> Socket:
        """A scalar stored on the geometry."""
        return self.add("ShaderNodeAttribute", {"attribute_name": name}).outputs["Fac"]

    def noise(self, at: Socket, scale: float, detail: float = 3.0) -> Socket:
        """Perlin noise around 0.5."""
        return self.add("ShaderNodeTexNoise", Vector=at, Scale=scale, Detail=detail).outputs[0]

    def place(self) -> Socket:
        """Object coordinates."""
        return self.add("ShaderNodeTexCoord").outputs["Object"]

    def finish(self, shader: Any) -> Any:
        """Connect the surface shader; returns the material."""
        end = self.add("ShaderNodeOutputMaterial")
        self._tree.links.new(shader.outputs[0], end.inputs["Surface"])
        return self.material


def mesh_object(
    name: str,
    vertices: Floats,
    faces: NDArray[np.int32],
    material: Any,
    collection: Any,
    attributes: dict[str, Floats] | None = None,
) -> Any:
    """A smooth-shaded triangle mesh with per-vertex scalars."""
    data = bpy.data.meshes.new(name)
    data.vertices.add(len(vertices))
    data.vertices.foreach_set("co", np.ascontiguousarray(vertices, np.float32).ravel())
    data.loops.add(faces.size)
    data.loops.foreach_set("vertex_index", np.ascontiguousarray(faces, np.int32).ravel())
    data.polygons.add(len(faces))
    data.polygons.foreach_set("loop_start", np.arange(0, faces.size, 3, dtype=np.int32))
    data.update(calc_edges=True)
    for key, values in (attributes or {}).items():
        data.attributes.new(key, "FLOAT", "POINT").data.foreach_set("value", values)
    data.shade_smooth()
    data.materials.append(material)
    obj = bpy.data.objects.new(name, data)
    collection.objects.link(obj)
    return obj


def curves_object(
    name: str,
    strands: Floats,
    radius: Floats,
    material: Any,
    collection: Any,
    attributes: dict[str, Floats] | None = None,
) -> Any:
    """Strands ``(n, k, 3)`` of radius ``(n, k)`` or ``(k,)`` with per-strand scalars."""
    n, k = strands.shape[:2]
    data = bpy.data.hair_curves.new(name)
    data.add_curves([k] * n)
    points = np.ascontiguousarray(strands, np.float32).ravel()
    data.attributes["position"].data.foreach_set("vector", points)
    widths = np.ascontiguousarray(np.broadcast_to(radius, (n, k)), np.float32).ravel()
    data.attributes.new("radius", "FLOAT", "POINT").data.foreach_set("value", widths)
    for key, values in (attributes or {}).items():
        data.attributes.new(key, "FLOAT", "CURVE").data.foreach_set("value", values)
    data.materials.append(material)
    obj = bpy.data.objects.new(name, data)
    collection.objects.link(obj)
    return obj
