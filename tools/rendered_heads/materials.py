# ruff: noqa: ANN401 - Blender ships no types
"""Skin, eyes, cloth and hair as Cycles shaders."""

from __future__ import annotations

from typing import Any

from tools.rendered_heads.nodes import Linear, Nodes, linear, scaled
from tools.rendered_heads.spec import Dye

SKIN = (
    "#ecccbc", "#e8c4b0", "#e4b89c", "#daaa8a", "#c69270",
    "#a57150", "#82563c", "#623e2c", "#442c21", "#30211b",
)  # fmt: skip
"""Skin albedo for Monk 1..10: the scale's swatches, warmed since light scatters under the skin."""


def skin(monk: int, scalp_tone: Linear) -> Any:
    """Skin with pores, blush, lips and, under the hair, the dark stubble of roots."""
    n = Nodes("skin")
    at, base = n.place(), linear(SKIN[monk - 1])
    dark, light = scaled(base, (0.86, 0.74, 0.70)), scaled(base, (1.07, 1.09, 1.10))
    fine = n.noise(at, 28.0, 4.0)
    color = n.mix(n.math("MULTIPLY", n.noise(at, 3.5, 4.0), 1.6, True), dark, light)
    blotch = n.math("MULTIPLY", n.math("SUBTRACT", fine, 0.52, True), 1.6, True)
    color = n.mix(blotch, color, dark)
    for name, strength, tone in (
        ("blush", 0.60, scaled(base, (1.0, 0.74, 0.72))),
        ("shade", 0.45, scaled(base, (0.55, 0.42, 0.42))),
        ("lip", 0.9, scaled(base, (0.80, 0.44, 0.46))),
        ("scalp", 0.45, scalp_tone),
    ):
        color = n.mix(n.math("MULTIPLY", n.attribute(name), strength), color, tone)
    pores = n.add("ShaderNodeTexVoronoi", Vector=at, Scale=95.0).outputs[0]
    height = n.math("ADD", n.math("MULTIPLY", pores, 0.6), n.noise(at, 55.0))
    bump = n.add("ShaderNodeBump", Strength=0.22, Distance=0.012, Height=height)
    rough = n.math("ADD", n.math("MULTIPLY", fine, 0.18), 0.38)
    rough = n.math("SUBTRACT", rough, n.math("MULTIPLY", n.attribute("lip"), 0.12))
    return n.finish(
        n.add(
            "ShaderNodeBsdfPrincipled",
            Base_Color=color,
            Roughness=rough,
            Normal=bump,
            Subsurface_Weight=0.0,
            Subsurface_Radius=(1.0, 0.36, 0.16),
            Subsurface_Scale=0.035,
            Specular_IOR_Level=0.38,
        )
    )


def eye(iris: str) -> Any:
    """An eyeball that looks to -y; its radius is one unit of object space."""
    n = Nodes("eye")
    at, tone = n.place(), linear(iris)
    axes = n.add("ShaderNodeSeparateXYZ", Vector=at)
    squares = [n.math("MULTIPLY", axes.outputs[i], axes.outputs[i]) for i in (0, 2)]
    r = n.math("SQRT", n.math("ADD", *squares))

    def beyond(radius: float, sharpness: float) -> Any:
        return n.math("MULTIPLY", n.math("SUBTRACT", r, radius, True), sharpness, True)

    bright, dim, rim = (scaled(tone, (f, f, f)) for f in (1.5, 0.35, 0.15))
    color = n.mix(beyond(0.40, 9.0), n.mix(n.noise(at, 16.0), dim, bright), rim)
    white = n.mix(beyond(0.45, 1.2), (0.58, 0.54, 0.51), (0.48, 0.32, 0.28))
    color = n.mix(beyond(0.47, 30.0), color, white)
    color = n.mix(beyond(0.185, 30.0), (0.003, 0.003, 0.003), color)
    return n.finish(
        n.add(
            "ShaderNodeBsdfPrincipled",
            Base_Color=color,
            Roughness=0.25,
            Coat_Weight=1.0,
            Coat_Roughness=0.02,
        )
    )


def fabric(code: str, kind: str) -> Any:
    """Cloth, knit or plastic of one colour."""
    n = Nodes(kind)
    base = linear(code)
    if kind == "plastic":
        return n.finish(n.add("ShaderNodeBsdfPrincipled", Base_Color=base, Roughness=0.28))
    at = n.place()
    weave = n.noise(at, 70.0, 2.0)
    if kind == "knit":
        bands = {"wave_type": "BANDS", "bands_direction": "Z"}
        weave = n.add(
            "ShaderNodeTexWave", bands, Vector=at, Scale=7.0, Distortion=2.5, Detail=2.0
        ).outputs[1]
    color = n.mix(weave, scaled(base, (0.6, 0.6, 0.6)), scaled(base, (1.2, 1.2, 1.2)))
    folds = n.math("MULTIPLY", n.noise(at, 2.2), 1.0)
    height = n.math("ADD", folds, n.math("MULTIPLY", weave, 0.25 if kind == "knit" else 0.06))
    bump = n.add("ShaderNodeBump", Strength=0.7, Distance=0.12, Height=height)
    return n.finish(
        n.add(
            "ShaderNodeBsdfPrincipled",
            Base_Color=color,
            Roughness=0.9,
            Normal=bump,
            Sheen_Weight=0.2,
            Specular_IOR_Level=0.2,
        )
    )


class HairShader:
    """Chiang's hair model with melanin; a dye changes values, never geometry.

    Chiang et al., "A Practical and Controllable Hair and Fur Model for Production Path Tracing"
    (2016), as Blender's Principled Hair BSDF has it.
    """

    def __init__(self, dye: Dye) -> None:
        n = Nodes("hair")
        settings = {"parametrization": "MELANIN", "model": "CHIANG"}
        self._bsdf = n.add("ShaderNodeBsdfHairPrincipled", settings, Random=n.attribute("shade"))
        self._melanin, self._white = n.add("ShaderNodeValue"), n.add("ShaderNodeValue")
        pigmented = n.math("GREATER_THAN", n.attribute("white"), self._white.outputs[0])
        n.feed(
            self._bsdf.inputs["Melanin"], n.math("MULTIPLY", self._melanin.outputs[0], pigmented)
        )
        self.material = n.finish(self._bsdf)
        self.dye(dye)

    def dye(self, dye: Dye) -> None:
        """Change the colour."""
        self._melanin.outputs[0].default_value = dye.melanin
        self._white.outputs[0].default_value = dye.white
        inputs = self._bsdf.inputs
        inputs["Melanin Redness"].default_value = dye.redness
        inputs["Tint"].default_value = (*linear(dye.tint), 1.0)
        inputs["Random Color"].default_value = dye.variation
        inputs["Roughness"].default_value = dye.roughness
        inputs["Radial Roughness"].default_value = dye.radial_roughness
        inputs["Random Roughness"].default_value = 0.2


def flat() -> Any:
    """A surface that emits one everywhere: coverage without light transport."""
    n = Nodes("flat")
    return n.finish(n.add("ShaderNodeEmission", Strength=1.0))
