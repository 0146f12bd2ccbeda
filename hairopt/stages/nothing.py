"""Stage segment without a network: the floor under the cost of a pipeline."""

from __future__ import annotations

import numpy as np

from hairopt.types import ImageU8, MaskF32


class NoHair:
    """Finds no hair anywhere."""

    def __call__(self, image: ImageU8) -> MaskF32:
        """float32 (1, 1), zero: no pixel of any photo is hair."""
        return np.zeros((1, 1), dtype=np.float32)

    def close(self) -> None:
        """There is nothing to release."""


def load_nothing(**settings: object) -> NoHair:
    """A segmenter that finds no hair and takes no time, whatever the settings of the table.

    A variant with it decodes, copies and encodes the photo, and nothing else: the floor under the
    cost of every variant with the same decoder and encoder.
    """
    return NoHair()
