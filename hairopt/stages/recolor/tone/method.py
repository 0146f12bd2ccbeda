"""Stage recolor: one table look-up per pixel, the table made for this photo and shade."""

from __future__ import annotations

import numpy as np

from hairopt.stages.protocol import Dye
from hairopt.stages.recolor.tone.intensity import blend_share
from hairopt.stages.recolor.tone.look import look_at
from hairopt.stages.recolor.tone.place import place
from hairopt.stages.recolor.tone.table import table_of
from hairopt.types import ImageU8, MaskF32, Shade


class Tone:
    """``recolor.tone``: light on dark hair and dark on light hair. It has no options.

    The colour of dyed hair is a curve over its luma: a table of 256 colours, which is placed by
    statistics of the hair, of what is around it, and of the shade. Where the curve lies was learned
    from rendered heads whose hair was truly dyed. The mask is only looked at for the statistics.

    Source of the table over luma: Tkachenka et al., "Real-time Hair Segmentation and Recoloring on
    Mobile GPUs", 2019 (arXiv 1907.06740). The placement is our own.
    """

    def prepare(self, photo: ImageU8, mask: MaskF32, shade: Shade, intensity: float) -> Dye:
        """Look at the hair once, and make the table."""
        look = look_at(photo, mask) if intensity > 0 else None
        if look is None:
            return lambda box: np.array(photo[box.slices])
        placed = place(look, shade)
        if shade.swatch is not None:
            placed = placed.with_swatch(shade.swatch, look.spread)
        curve = placed.curve(look.mean_tone)
        share = blend_share(*look.samples(curve), intensity) if intensity < 100 else 1.0
        table = table_of(curve)
        return lambda box: dye(photo[box.slices], table, share)


def dye(pixels: ImageU8, table: ImageU8, share: float) -> ImageU8:
    """Look up the colour of every luma, and mix it with the photo.

    Args:
        pixels: uint8 (h, w, 3) RGB.
        table: uint8 (256, 1, 3) RGB by luma.
        share: of the table's colour, 0..1.
    """
    import cv2

    luma = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    dyed = cv2.applyColorMap(luma, table)  # any table of colours; it takes half as long as cv2.LUT
    if share >= 1:
        return np.asarray(dyed, np.uint8)
    return np.asarray(cv2.addWeighted(dyed, share, pixels, 1 - share, 0, dst=dyed), np.uint8)
