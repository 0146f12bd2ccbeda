"""Stage recolor: move the hair's mean colour to the shade, in CIELAB."""

from __future__ import annotations

import numpy as np

from hairopt.errors import ConfigError
from hairopt.stages.mask import coverage, fit_image
from hairopt.stages.protocol import Dye
from hairopt.types import Box, ImageU8, MaskF32, Shade


class Lab:
    """``recolor.lab``: colour transfer to a mean, the reference that others are compared with.

    With the mean of the hair ``m``, weighted by coverage, the shade ``s``, and
    ``t = intensity / 100``, a pixel ``p`` in CIELAB becomes ``p + t (s - m)``, and its lightness
    ``m + t (s - m) + (1 + t (contrast - 1)) (p - m)``. What leaves sRGB is clipped.

    Options:
        contrast: of the dyed hair's lightness to the photo's, above 0; 1 keeps it.

    Source: E. Reinhard et al., "Color transfer between images", IEEE Computer Graphics and
    Applications 21(5), 2001: means and spreads are moved to those of a target. A shade is one
    colour, so that the spread is kept, or scaled by ``contrast``. In CIELAB (D65), as is common,
    instead of their l-alpha-beta.
    """

    def __init__(self, contrast: float = 1.0) -> None:
        """Take the options.

        Raises:
            ConfigError: a contrast that is no number above 0.
        """
        is_number = isinstance(contrast, (int, float)) and not isinstance(contrast, bool)
        if not is_number or not 0 < contrast < np.inf:
            raise ConfigError(f"contrast = {contrast!r} is not valid; allowed is a number above 0")
        self._contrast = float(contrast)

    def prepare(self, photo: ImageU8, mask: MaskF32, shade: Shade, intensity: float) -> Dye:
        """Take the mean of the hair; without hair the photo stays as it is."""
        t = float(intensity) / 100
        share = coverage(mask).astype(np.float64)
        if t <= 0 or not share.any():
            return lambda box: np.array(photo[box.slices])
        small = _lab(fit_image(photo, mask)).astype(np.float64)
        mean = (small * share[..., None]).sum(axis=(0, 1)) / share.sum()
        wanted = _lab(np.array([[shade.rgb]], np.uint8))[0, 0].astype(np.float64)
        gain = np.array([1 + t * (self._contrast - 1), 1.0, 1.0])
        offset = mean + t * (wanted - mean) - gain * mean

        def dye(box: Box) -> ImageU8:
            lab = _lab(photo[box.slices]) * gain.astype(np.float32) + offset.astype(np.float32)
            return _rgb(lab)

        return dye


def _lab(rgb: ImageU8) -> MaskF32:
    """CIELAB (D65) of sRGB: float32 (H, W, 3)."""
    import cv2

    return np.asarray(cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2Lab), np.float32)


def _rgb(lab: MaskF32) -> ImageU8:
    import cv2

    rgb = np.asarray(cv2.cvtColor(lab, cv2.COLOR_Lab2RGB), np.float32)
    return np.rint(np.clip(rgb, 0, 1) * 255).astype(np.uint8)
