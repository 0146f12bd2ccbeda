"""Excludes variants whose network was calibrated on an evaluation photo."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hairopt.convert.quantization.calibration import photo_hash
from hairopt.convert.quantization.stored import kept_calibration
from hairopt.errors import ConfigError
from hairopt.measure.lane import Lane, alive
from hairopt.models.store import find_record
from hairopt.raster import Pixels
from hairopt.variants.schema import Variant

_CALIBRATED = ("int8", "mixed")


class CalibrationGuard:
    """Excludes variants whose network was quantised with an evaluation photo."""

    def __init__(self, lanes: Sequence[Lane]) -> None:
        self._photos = {lane.name: _calibration_photos(lane.variant) for lane in lanes}

    def look(self, lanes: list[Lane], case: str, image: Pixels) -> None:
        """Exclude every lane whose network was calibrated with this photo.

        Args:
            lanes: lanes of the bench.
            case: name of the case, for the message.
            image: uint8 (H, W, 3) RGB, its photo.
        """
        if not any(self._photos.values()):
            return
        shown = photo_hash(np.asarray(image))
        for lane in alive(lanes):
            if shown in self._photos[lane.name]:
                lane.drop(
                    "failed",
                    f"The network of {lane.name} was calibrated with the photo of case {case!r}; "
                    "calibrate with other photos (hairopt models quantize) or remove the case.",
                )


def _calibration_photos(variant: Variant) -> frozenset[str]:
    """Hashes of the photos that ``segment.precision`` was calibrated with; empty for none."""
    segment = variant.segment
    if segment.method != "network" or segment.precision not in _CALIBRATED:
        return frozenset()
    try:
        known = kept_calibration(find_record(segment.model))
    except ConfigError:
        return frozenset()  # the worker reports what is wrong with the model
    return frozenset(known.hashes) if known else frozenset()
