"""Short hair: cut, faded, buzzed and coily."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tools.rendered_heads.fields import Floats, Noise, smoothstep, unit, vec
from tools.rendered_heads.scalp import Head
from tools.rendered_heads.spec import HairSpec
from tools.rendered_heads.strands import Pull, Wave, clump, grow, push_out, wave

CURLS = {
    0: Wave(0.014, 0.6, 0.4, 0.6, 0.6, 1.0),
    1: Wave(0.040, 0.42, 0.3, 0.8, 0.4, 1.0),
    2: Wave(0.048, 0.22, 0.25, 1.0, 0.35, 1.0),
}
"""The wave of short hair by its ``curl``: straight, wavy, curly."""


def short(rng: np.random.Generator, head: Head, spec: HairSpec) -> list[Floats]:
    """A short cut: longer on top, combed from a parting, close at the sides."""
    return [_cut(rng, head, spec, head.roots(rng, spec.strands, spec.recede))]


def faded(rng: np.random.Generator, head: Head, spec: HairSpec) -> list[Floats]:
    """A short cut on top, and sides that get shorter and thinner down to the skin."""
    line, skin = rng.uniform(0.2, 0.65), rng.uniform(-0.6, -0.1)
    roots = head.roots(rng, spec.strands, spec.recede)
    top = _cut(rng, head, spec, roots[roots[:, 2] > line + rng.normal(0, 0.04, len(roots))])
    sides = head.roots(rng, int(spec.strands * 1.5), spec.recede)
    up = smoothstep(skin, line + 0.1, sides[:, 2])
    kept = rng.random(len(up)) < 0.1 + up
    sides, up = sides[kept], up[kept]
    length = (0.02 + 0.09 * up) * rng.uniform(0.7, 1.2, len(up))
    return [top, _stubble(rng, head, sides, length)]


def _cut(rng: np.random.Generator, head: Head, spec: HairSpec, roots: Floats) -> Floats:
    n, top = len(roots), smoothstep(0.35, 0.85, roots[:, 2])
    side = np.tanh((roots[:, 0] - spec.part) / 0.12)
    length = (0.14 + 0.60 * spec.length * top) * rng.uniform(0.75, 1.1, n)
    lift = 0.012 + (0.022 + 0.13 * top * spec.volume) * rng.uniform(0.15, 1, n)

    def comb(p: Floats, root: Floats, t: float) -> Floats:
        del t
        high = smoothstep(0.35, 0.85, root[:, 2])
        across = np.tanh((root[:, 0] - spec.part) / 0.12) * 0.8 * high
        back = 0.55 - 0.45 * (1 - high) + 0.25 * (root[:, 1] < -0.3)
        return unit(np.stack([across, back, -0.9 * (1 - high) - 0.12], 1).astype(np.float32))

    lean = np.stack([side * 0.5 * top, np.full(n, 0.25), 0.2 - 1.1 * (1 - top)], 1)
    start = head.bare(roots)[1] * (0.45 + 0.55 * top)[:, None] + lean
    pull = Pull(0.85, 0.06, 0.30, noise=0.14, noise_frequency=3.5, fray=0.05, cling=0.22)
    points = 18 if spec.curl == 0 else 40
    as_f32 = np.float32
    strands = grow(
        rng, roots, start.astype(as_f32), length.astype(as_f32), points, lift.astype(as_f32),
        head.bare, comb, pull,
    )  # fmt: skip
    strands, member = clump(rng, strands, 1100, 0.6 + 0.15 * spec.curl, tight=0.35)
    return push_out(wave(rng, strands, member, CURLS[spec.curl]), head.bare)


def buzzed(rng: np.random.Generator, head: Head, spec: HairSpec) -> list[Floats]:
    """Stubble of a few millimetres that follows the grain of the scalp."""
    roots = head.roots(rng, int(spec.strands * 1.5), 0.02 + spec.recede)
    return [_stubble(rng, head, roots, rng.uniform(0.045, 0.085, len(roots)) * spec.length)]


def _stubble(
    rng: np.random.Generator, head: Head, roots: Floats, length: NDArray[np.floating]
) -> Floats:
    down = vec((0, -0.35, -0.55)) * (1 - smoothstep(0.5, 1.1, roots[:, 2]))[:, None]
    grain = head.bare(roots)[1] + down + vec((0, -0.45, 0)) + rng.normal(0, 0.22, roots.shape)
    reach = length[:, None] * np.linspace(0, 1, 4)
    return (roots[:, None] + unit(grain)[:, None] * reach[..., None]).astype(np.float32)


def coily(rng: np.random.Generator, head: Head, spec: HairSpec) -> list[Floats]:
    """Tight coils that stand away from the head in a rounded cloud."""
    roots = head.roots(rng, int(spec.strands * 0.75), spec.recede)
    centre, n, points = vec((0, 0.15, 0.28)), len(roots), 64
    outward = unit(roots - centre)
    broad, fine = Noise(rng, 2.6), Noise(rng, 9.0)
    outline = 1 + 0.06 * broad(outward)[:, 0] + 0.05 * fine(outward)[:, 0]
    sides = 0.55 + 0.45 * smoothstep(-0.6, 0.6, roots[:, 2])
    length = spec.length * outline * rng.uniform(0.55, 1.05, n) * sides
    t = np.linspace(0, 1, points)
    direction = unit(outward + vec((0, 0.18, 0.12)) + 0.25 * fine(roots))
    reach = (length[:, None] * t)[..., None]
    bend = 0.12 * broad(roots * 2)[:, None] * (length[:, None] * t**2)[..., None]
    sag = vec((0, 0, 0.20)) * length[:, None, None] * (t**2)[None, :, None]
    strands = (roots[:, None] + direction[:, None] * reach + bend - sag).astype(np.float32)
    strands, member = clump(rng, strands, 2400, 0.75, tight=0.45)
    coil = Wave(0.026, 0.11, 0.12, 1.0, 0.9, 1.0)
    return [push_out(wave(rng, strands, member, coil), head.shielded)]
