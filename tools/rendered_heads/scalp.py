"""Where hair is rooted and what it collides with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tools.rendered_heads.face import (
    SKULL_CENTRE,
    Face,
    ear_bump,
    face_bump,
    hairline,
    torso,
)
from tools.rendered_heads.fields import Floats, Grid, Noise, union, unit, vec


@dataclass(frozen=True)
class Head:
    """A face together with the sampled surfaces that hair grows on and slides over."""

    face: Face

    @cached_property
    def skull(self) -> Grid:
        """The skull alone: where roots are placed."""
        return Grid(self.face.skull, (-1.1, -1.3, -1.0), (1.1, 1.4, 1.4), 0.04)

    @cached_property
    def bare(self) -> Grid:
        """Skull, ears and shoulders."""
        return Grid(self._obstacle, (-2.4, -1.6, -3.4), (2.4, 1.9, 2.4), 0.05)

    @cached_property
    def shielded(self) -> Grid:
        """The same with a shell before the face, which keeps loose hair out of it."""

        def field(p: Floats) -> Floats:
            return union(self._obstacle(p), face_bump(p), 0.10)

        return Grid(field, (-2.4, -1.6, -3.4), (2.4, 1.9, 2.4), 0.05)

    def _obstacle(self, p: Floats) -> Floats:
        body = np.minimum(self.face.skull(p), torso(p))
        return union(body, ear_bump(p), 0.08)

    def roots(self, rng: np.random.Generator, count: int, raise_by: float = 0.0) -> Floats:
        """Points on the scalp, evenly by area, with an irregular hairline.

        Args:
            rng: places the roots.
            count: how many.
            raise_by: how far the hairline recedes.

        Returns:
            ``(count, 3)``.
        """
        centre, wander = vec((SKULL_CENTRE[0], SKULL_CENTRE[1], 0.25)), Noise(rng, 5.0)
        found: list[Floats] = []
        while sum(map(len, found)) < count:
            ray = unit(rng.normal(0, 1, (count * 2, 3)).astype(np.float32))
            ray = ray[ray[:, 2] > -0.8]
            distance = np.full(len(ray), 0.5, np.float32)
            for _ in range(9):
                distance -= 0.95 * self.skull(centre + ray * distance[:, None])[0]
            p = centre + ray * distance[:, None]
            line = hairline(p) + raise_by + 0.035 * wander(p)[:, 0]
            keep = (p[:, 2] - line) > np.abs(rng.normal(0, 0.045, len(p)))
            area = distance * distance  # a ray covers an area that grows with its length squared
            keep &= rng.uniform(0, area.max(), len(p)) < area
            found.append(p[keep])
        return np.concatenate(found)[:count].astype(np.float32)
