"""Gaussian derivatives as the matting benchmark defines them, shared by matte and edge metrics."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log, pi, sqrt

import numpy as np
from numpy.typing import NDArray

from hairopt.types import Box

SIGMA_PX = 1.4
"""The scale of Rhemann et al. 2009, in pixels."""

REACH_PX = ceil(SIGMA_PX * sqrt(-2.0 * log(sqrt(2.0 * pi) * SIGMA_PX * 0.01)))
"""Half the kernel, 4: theirs ends where the Gaussian falls to 0.01."""


def derivative_kernels() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The smoothing and the derivative kernel, float32 (9,), each of unit Euclidean norm.

    Source: the evaluation code of Rhemann et al., "A perceptually motivated online benchmark for
    image matting", CVPR 2009: sigma 1.4, cut where the Gaussian falls to 0.01, the 2-D kernel
    scaled to unit norm.
    """
    offsets = np.arange(-REACH_PX, REACH_PX + 1, dtype=np.float64)
    smooth = np.exp(-(offsets**2) / (2.0 * SIGMA_PX**2))
    derivative = offsets * smooth
    return (
        (smooth / np.linalg.norm(smooth)).astype(np.float32),
        (derivative / np.linalg.norm(derivative)).astype(np.float32),
    )


@dataclass(frozen=True)
class Gradient:
    """A gradient field: x to the right, y down, magnitude; float32 (H, W) each."""

    x: NDArray[np.float32]
    y: NDArray[np.float32]
    magnitude: NDArray[np.float32]

    @classmethod
    def of(cls, plane: NDArray[np.float32]) -> Gradient:
        """Differentiate a float32 (H, W) plane; the frame is replicated."""
        import cv2

        smooth, derivative = derivative_kernels()
        border = cv2.BORDER_REPLICATE
        x = cv2.sepFilter2D(plane, cv2.CV_32F, derivative, smooth, borderType=border)
        y = cv2.sepFilter2D(plane, cv2.CV_32F, smooth, derivative, borderType=border)
        parts = (np.asarray(part, np.float32) for part in (x, y, cv2.magnitude(x, y)))
        return cls(*parts)

    def cut(self, box: Box) -> Gradient:
        """The part within a rectangle."""
        return Gradient(*(part[box.slices] for part in (self.x, self.y, self.magnitude)))
