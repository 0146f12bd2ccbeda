"""Excludes variants whose network was calibrated on an evaluation photo."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import numpy as np

from hairopt.convert.quantization.calibration import photo_hash
from hairopt.convert.quantization.stored import kept_calibration
from hairopt.errors import ConfigError
from hairopt.measure.lane import Lane, alive
from hairopt.models.store import find_record
from hairopt.raster import Pixels
from hairopt.variants.schema import CASCADE, Variant

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
    """Hashes of the photos that its networks were calibrated with; empty for none."""
    if variant.segment.method not in ("network", CASCADE):
        return frozenset()
    found: set[str] = set()
    for network in variant.segment.networks:
        if network.precision in _CALIBRATED:
            with suppress(ConfigError):  # the worker reports what is wrong with the model
                known = kept_calibration(find_record(network.model))
                found.update(known.hashes if known else ())
    return frozenset(found)
