"""Loose hair: straight, wavy and curly, of any length, with a parting or a fringe."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tools.rendered_heads.fields import Floats, smoothstep, unit, vec
from tools.rendered_heads.scalp import Head
from tools.rendered_heads.spec import HairSpec
from tools.rendered_heads.strands import (
    Comb,
    Pull,
    Wave,
    clump,
    grow,
    length_above,
    push_out,
    resample,
    wave,
)


@dataclass(frozen=True)
class Texture:
    """What makes hair straight, wavy or curly.

    Attributes:
        lift: height over the scalp.
        layers: how unevenly the ends are cut.
        points: points per strand.
        clumps: locks.
        gather: how firmly a lock holds together.
        cling: how closely hair follows the head.
        wave: the wave of the locks.
    """

    lift: float
    layers: float
    points: int
    clumps: int
    gather: float
    cling: float
    wave: Wave


TEXTURES = {
    "straight": Texture(0.15, 0.22, 28, 900, 0.5, 0.40, Wave(0.012, 1.1, 1.0, 0.5, 0.6, 1.0)),
    "wavy": Texture(0.19, 0.50, 44, 480, 0.7, 0.40, Wave(0.080, 0.95, 1.3, 0.55, 0.25, 0.35)),
    "curly": Texture(0.30, 0.55, 76, 620, 0.90, 0.16, Wave(0.072, 0.34, 0.7, 1.0, 0.30, 1.0)),
}


def parting(x: float, back: float) -> Comb:
    """A comb that draws hair away from a soft line at ``x``, backwards and down."""

    def comb(p: Floats, root: Floats, t: float) -> Floats:
        del t
        side = np.tanh((root[:, 0] - x) / 0.07)
        top = smoothstep(0.3, 0.8, root[:, 2])
        outward = side * (0.35 + 0.65 * top)
        n = len(p)
        return unit(np.stack([outward, np.full(n, back), np.full(n, -0.25)], 1).astype(np.float32))

    return comb


def loose(rng: np.random.Generator, head: Head, spec: HairSpec) -> list[Floats]:
    """Straight, wavy or curly hair that falls freely."""
    texture = TEXTURES[spec.style]
    guides, roots = _fall(rng, head, spec, texture)
    ends = spec.cut + texture.layers * np.abs(rng.normal(0, 0.6, len(guides)))
    ends = ends + 0.05 * rng.normal(0, 1, len(guides)) + 0.15 * smoothstep(-0.2, 0.9, roots[:, 1])
    strands = resample(guides, texture.points, length_above(guides, ends.astype(np.float32)))
    strands, member = clump(rng, strands, texture.clumps, texture.gather, tight=0.35)
    strands = wave(rng, strands, member, texture.wave)
    if spec.inward:
        strands = _turn_in(strands, spec.inward)
    bundles = [push_out(strands, head.shielded)]
    if spec.fringe:
        bundles.append(fringe(rng, head, spec, texture.points))
    return bundles


def _fall(
    rng: np.random.Generator, head: Head, spec: HairSpec, texture: Texture
) -> tuple[Floats, Floats]:
    """Strands of full length, without those that would cross the face; and their roots."""
    roots = head.roots(rng, spec.strands)
    n, x = len(roots), roots[:, 0]
    x_part = spec.part + 0.03 * rng.normal(0, 1, n)
    side = np.tanh((x - x_part) / 0.07)
    height, flying = smoothstep(-0.5, 1.1, roots[:, 2]), rng.random(n) < 0.02
    lift = texture.lift * spec.volume * (0.12 + 0.88 * height * rng.uniform(0.25, 1, n)) + 0.015
    lift = lift + flying * rng.uniform(0, 0.10, n)
    front = 1 - smoothstep(0.0, 0.6, roots[:, 1])
    lift = lift * (1 - 0.5 * front * np.exp(-(((x - spec.part) / 0.08) ** 2)))
    lift = (lift * (1 - 0.35 * smoothstep(0.7, 1.15, roots[:, 2]))).astype(np.float32)
    curly = spec.style == "curly"
    sideways = vec((0.9, 0, 0)) * (side * smoothstep(0.2, 0.9, roots[:, 2]))[:, None]
    start = head.shielded(roots)[1] * (0.8 if curly else 0.5) + sideways + vec((0, 0.35, -0.2))
    wander = 0.09 if spec.style == "wavy" else 0.06
    pull = Pull(0.80, 0.30, 0.34, 0.45, wander, cling=texture.cling, inward=0.22)
    length = np.full(n, 2.55 - 1.15 * spec.cut, np.float32)
    comb = parting(spec.part, 0.15 if curly else 0.30)
    strands = grow(rng, roots, start, length, 44, lift, head.shielded, comb, pull)
    x, y, z = np.moveaxis(strands, -1, 0)
    crossing = (np.abs(x) < 0.46) & (y < -0.45) & (z < 0.52) & (z > -1.3)
    keep = ~crossing.any(1)
    return strands[keep], roots[keep]


def _turn_in(strands: Floats, amount: float) -> Floats:
    """Ends curled towards the neck, as a bob is blown dry."""
    t = smoothstep(0.6, 1, np.linspace(0, 1, strands.shape[1]))[None, :, None]
    flat = unit((strands - vec((0, 0.05, 0))) * vec((1, 1, 0)))
    return (strands - t * amount * flat).astype(np.float32)


def fringe(rng: np.random.Generator, head: Head, spec: HairSpec, points: int) -> Floats:
    """Hair combed over the forehead and cut above the eyes."""
    roots = head.roots(rng, spec.strands)
    front = (roots[:, 1] < -0.30) & (np.abs(roots[:, 0]) < 0.50) & (roots[:, 2] < 1.12)
    roots = roots[front][: spec.strands // 6]
    n = len(roots)

    def comb(p: Floats, root: Floats, t: float) -> Floats:
        ones = np.ones(len(p))
        return unit(np.stack([root[:, 0] * 0.25, -ones, -0.3 * ones], 1).astype(np.float32)) * (
            1 - t
        )

    start = head.bare(roots)[1] * 0.9 + vec((0, -0.8, 0.1))
    lift = (0.03 + 0.10 * rng.uniform(0, 1, n)).astype(np.float32)
    pull = Pull(0.85, 0.22, 0.2, noise=0.05, cling=0.2)
    length = np.full(n, 1.4, np.float32)
    strands = grow(rng, roots, start, length, 26, lift, head.bare, comb, pull)
    edge = (0.20 + 0.03 * rng.normal(0, 1, n)).astype(np.float32)
    strands = resample(strands, points, length_above(strands, edge))
    strands, _ = clump(rng, strands, 110, 0.45, tight=0.45)
    return push_out(strands, head.bare)
