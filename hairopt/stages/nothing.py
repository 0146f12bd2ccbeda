"""Stage segment without a network: gives the least possible cost of a pipeline."""

from __future__ import annotations

import numpy as np

from hairopt.types import ImageU8, MaskF32


class NoHair:
    """Finds no hair anywhere."""

    def __call__(self, image: ImageU8) -> MaskF32:
        """float32 (1, 1), zero: no hair in any photo."""
        return np.zeros((1, 1), dtype=np.float32)

    def close(self) -> None:
        """Do nothing: there is nothing to release."""


def load_nothing(**settings: object) -> NoHair:
    """A segmenter that finds no hair and takes no time; it ignores all settings.

    A variant with it only decodes, copies and encodes the photo. That is the least cost of any
    variant with the same decoder and encoder.
    """
    return NoHair()
