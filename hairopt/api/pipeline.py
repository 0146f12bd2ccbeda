"""One variant, loaded, for scripts and services."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import numpy as np

from hairopt.certainty.expectation import Doubt, Expected
from hairopt.images import decode_image, read_bytes
from hairopt.pieces import pieces
from hairopt.pipeline import Given
from hairopt.pipeline import Pipeline as Stages
from hairopt.types import ImageU8, MaskF32, Shade
from hairopt.variants.load import load_variant, with_model
from hairopt.variants.schema import Variant

_BYTES_PER_PX = 40


@dataclass(frozen=True)
class Answer:
    """The picture that a customer gets, with its mask and times.

    Attributes:
        encoded: the bytes of the answer, in the variant's format.
        image: uint8 (H, W, 3) RGB, these bytes decoded again.
        alpha: float32 (H, W) in [0, 1], opacity of the dyed layer, at the photo's size.
        mask: float32 (h, w) in [0, 1], probability of hair at the network's size.
        stage_ms: wall time of each of the five stages, in ms.
        expected: the IoU that the mask lets one expect, with its interval, and whether to doubt it.
    """

    encoded: bytes
    alpha: MaskF32
    mask: MaskF32
    stage_ms: dict[str, float]
    expected: Expected

    @property
    def expected_iou(self) -> float | None:
        """Expected IoU of the mask, 0..1; None if it is empty, or the network not calibrated."""
        return self.expected.iou

    @property
    def doubt(self) -> Doubt:
        """``none``, ``unsure``, ``empty`` (no hair was found) or ``unknown`` (not calibrated)."""
        return self.expected.doubt

    @cached_property
    def image(self) -> ImageU8:
        """The answer's pixels."""
        return decode_image(self.encoded, "the answer")


class Pipeline:
    """A variant with its network loaded once, for any number of photos.

    A service with many threads may share one: requests wait for each other; for requests side by
    side, open one pipeline per thread.

    Loading sets the number of OpenCV's threads for the whole process.

    Example:
        >>> photo_bytes = open("photo.jpg", "rb").read()
        >>> with hairopt.Pipeline("float32") as pipeline:
        ...     answer = pipeline.run(photo_bytes, shade="burgundy", intensity=60)
        >>> answer.image.shape
        (512, 512, 3)
        >>> answer.alpha.shape
        (512, 512)
        >>> list(answer.stage_ms)
        ['decode', 'segment', 'recolor', 'postprocess', 'encode']
        >>> answer.doubt
        'unsure'
    """

    def __init__(
        self, variant: str | os.PathLike[str] | Variant = "float32", *, model: str | None = None
    ) -> None:
        """Load everything the variant names.

        Args:
            variant: a name, a TOML file, or a loaded variant.
            model: use this model instead of the variant's.

        Raises:
            ConfigError: the variant is unknown or invalid.
            UnavailableError: a runtime, model or precision is not available on this machine.
            ModelError: the network's file is damaged or contradicts its contract.
        """
        loaded = variant if isinstance(variant, Variant) else load_variant(os.fspath(variant))
        self._stages = Stages(with_model(loaded, model) if model else loaded)
        self._one_at_a_time = threading.Lock()

    @property
    def variant(self) -> Variant:
        """The loaded variant, with all defaults."""
        return self._stages.variant

    def run(
        self, photo: bytes | str | os.PathLike[str], *, shade: str | Shade, intensity: float = 70.0
    ) -> Answer:
        """Dye the hair in one photo.

        Args:
            photo: the bytes of a JPEG, PNG or WebP file, or its path.
            shade: a name, ``#rrggbb`` or ``name=#rrggbb``.
            intensity: strength of the colour, 0..100.

        Raises:
            DataError: the photo cannot be read or decoded.
            UsageError: an unknown shade, or an intensity outside 0..100.
        """
        given = photo if isinstance(photo, bytes) else Given(read_bytes(Path(photo)))
        colour = shade if isinstance(shade, Shade) else Shade.parse(shade)
        with self._one_at_a_time:
            rendered = self._stages.run(given, colour, intensity)
            expected = self._stages.expected(rendered.mask)
        box, alpha_of, shape = rendered.box, rendered.alpha_of, rendered.image.shape[:2]
        answer = partial(
            Answer,
            rendered.encoded,
            mask=rendered.mask,
            stage_ms=rendered.stage_ms,
            expected=expected,
        )
        del rendered  # its picture; the alpha takes more
        alpha = np.zeros(shape, np.float32)
        for piece in pieces(box, bytes_per_px=_BYTES_PER_PX):
            alpha[piece.inner.slices] = alpha_of(piece.inner)
        return answer(alpha=alpha)

    def close(self) -> None:
        """Release the network; a second call has no effect."""
        with self._one_at_a_time:
            self._stages.close()

    def __enter__(self) -> Pipeline:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
