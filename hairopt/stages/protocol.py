"""The signatures of the stages, for plug-ins in ``hairopt.stages``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Protocol, TypeAlias

from hairopt.runtimes.protocol import Segmenter
from hairopt.types import Box, ImageU8, MaskF32, Shade

AntiBleed: TypeAlias = bool | Literal["edges"]
"""Anti-bleed: all of it, none, or only the step that follows the edges of the photo."""


class Decode(Protocol):
    """``decode.*``."""

    def __call__(self, data: bytes, *, reduce: int) -> ImageU8:
        """Bytes of a picture file to uint8 (H, W, 3) RGB, upright, both sides divided by reduce.

        Raises:
            DataError: the bytes are no picture that can be used.
        """
        ...


class Segment(Protocol):
    """``segment.*``: loads a network once, and returns a segmenter for any number of pictures."""

    def __call__(
        self,
        *,
        runtime: str,
        model: str,
        precision: str,
        input_size: int | None,
        threads: int,
        **further: Any,  # noqa: ANN401 - keys of plug-ins are of any type
    ) -> Segmenter:
        """Load the network; ``further`` holds the other keys of the variant's segment table.

        Raises:
            UnavailableError: runtime, model or precision is not available on this machine.
            ModelError: the model file is damaged or contradicts its contract.
        """
        ...


Dye: TypeAlias = Callable[[Box], ImageU8]
"""Dyes a part of one photo: a box of its pixels to uint8 (height, width, 3) RGB, without blending.
The parts may come in any order, and a pixel may be asked for twice."""


class Recolorer(Protocol):
    """A loaded method of the stage recolor, for any number of photos."""

    def prepare(self, photo: ImageU8, mask: MaskF32, shade: Shade, intensity: float) -> Dye:
        """Look at photo and mask once, before the first pixel is dyed: statistics, tables.

        Args:
            photo: uint8 (H, W, 3) RGB, not writeable.
            mask: float32 (h, w) in [0, 1], probability of hair at the network's resolution,
                covering the whole frame.
            shade: the wanted colour.
            intensity: 0 (the photo, unchanged) .. 100.

        Returns:
            What dyes the parts of this photo. The blend with the photo happens in postprocess.
        """
        ...


class Recolor(Protocol):
    """``recolor.*``: a class with this constructor, or a function of the form ``DyeWhole``."""

    def __call__(self, **options: Any) -> Recolorer:  # noqa: ANN401 - a method's own options
        """Load the method; ``options`` is the variant's table ``recolor.options``.

        Raises:
            ConfigError, TypeError, ValueError: an option is unknown or its value not allowed.
        """
        ...


class DyeWhole(Protocol):
    """``recolor.*`` in its simple form: one function that dyes the whole photo."""

    def __call__(
        self,
        photo: ImageU8,
        mask: MaskF32,
        shade: Shade,
        intensity: float,
        **options: Any,  # noqa: ANN401 - a method's own options
    ) -> ImageU8:
        """The dyed layer before blending.

        Args:
            photo: uint8 (H, W, 3) RGB, not writeable.
            mask: float32 (H, W) in [0, 1], coverage at the photo's size, not writeable.
            shade: the wanted colour.
            intensity: 0 (the photo, unchanged) .. 100.
            **options: the variant's table ``recolor.options``.

        Returns:
            uint8 (H, W, 3) RGB.
        """
        ...


class Postprocess(Protocol):
    """``postprocess.*``: the mask's edge."""

    def __call__(
        self,
        mask: MaskF32,
        image: ImageU8,
        box: Box,
        *,
        feather_px: float,
        feather_at: str,
        anti_bleed: AntiBleed,
    ) -> MaskF32:
        """Refine the network's mask into the alpha for blending the dyed layer.

        Args:
            mask: float32 (h, w) in [0, 1] at the network's resolution, covering the whole frame.
            image: uint8 (H, W, 3) RGB, the photo, not writeable.
            box: the pixels of the photo for which alpha is wanted.
            feather_px: standard deviation of the feathering in pixels of the photo; 0 is off.
            feather_at: ``image`` or ``mask``, the resolution at which the work is done.
            anti_bleed: whether leakage next to the hair edge is removed; ``edges`` by the photo's
                edges alone.

        Returns:
            float32 (box height, box width) in [0, 1].
        """
        ...


class Encode(Protocol):
    """``encode.*``."""

    def __call__(self, image: ImageU8, quality: int) -> bytes:
        """uint8 (H, W, 3) RGB to the bytes of a picture file; quality 1..100."""
        ...
