"""Load a recolour method, of either form, and check what it answers."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from hairopt.errors import ConfigError, HairoptError
from hairopt.registry import unknown_name
from hairopt.stages import STAGES
from hairopt.stages.find import find_method
from hairopt.stages.postprocess import plain
from hairopt.stages.protocol import Dye, DyeWhole, Recolorer
from hairopt.types import Box, ImageU8, MaskF32, Shade

SIGNATURE = "dye(photo, mask, shade, intensity, **options)"
"""The simple form of a method, as in messages."""

_ASKED = ("photo", "mask", "shade", "intensity")


def load_recolorer(method: str, options: Mapping[str, Any]) -> Recolorer:
    """A method with its options, ready for any number of photos.

    Args:
        method: a registered name, or ``file:PATH.py:NAME``.
        options: the variant's table ``recolor.options``.

    Raises:
        ConfigError: no such method, it has another signature, or an option is not allowed.
    """
    found = find_method("recolor", method)
    if not callable(found):
        raise ConfigError(f"recolor.method {method} = {found!r}; needed is a function {SIGNATURE}")
    if not hasattr(found, "prepare"):
        _require_call(found, method, SIGNATURE, _ASKED, options)
        return Whole(method, found, dict(options))
    _require_call(found, method, "a class with its options", (), options)
    try:
        return InParts(method, found(**options))
    except (TypeError, ValueError) as error:
        raise ConfigError(f"recolor.options of {method}: {error}") from error


def _require_call(
    found: Callable[..., Any],
    method: str,
    form: str,
    asked: Sequence[str],
    options: Mapping[str, Any],
) -> None:
    """Check that a function or class can be called, without calling it.

    Raises:
        ConfigError: it has no such option, or another signature; the message has both.
    """
    try:
        signature = inspect.signature(found)
    except ValueError:  # some functions written in C have none
        return
    own = [one for one in signature.parameters.values() if one.kind is not one.VAR_POSITIONAL]
    if not any(one.kind is one.VAR_KEYWORD for one in own):
        names = [one.name for one in own][len(asked) :]
        unknown = [name for name in options if name not in names]
        if unknown:
            kind = f"option of recolor.method {method},"
            raise ConfigError(unknown_name(kind, unknown[0], names))
    try:
        signature.bind(*asked, **options)
    except TypeError as error:
        shown = f"{found.__name__}{signature}"
        raise ConfigError(
            f"recolor.method {method}: {shown} cannot be called as {form}: {error}"
        ) from error


@dataclass(frozen=True)
class Whole:
    """A method in its simple form, which dyes a photo as a whole."""

    method: str
    function: DyeWhole
    options: Mapping[str, Any]

    def prepare(self, photo: ImageU8, mask: MaskF32, shade: Shade, intensity: float) -> Dye:
        """Dye the whole photo; the parts are cut from it."""
        frame = Box.full(*photo.shape[:2])
        coverage = plain(mask, photo, frame)
        coverage.flags.writeable = False
        with _blaming(self.method):
            layer = self.function(photo, coverage, shade, intensity, **self.options)
        require_layer(self.method, layer, frame)
        return lambda box: layer[box.slices]


@dataclass(frozen=True)
class InParts:
    """A method with a step before the first pixel; a part of another size would be misplaced."""

    method: str
    recolorer: Recolorer

    def prepare(self, photo: ImageU8, mask: MaskF32, shade: Shade, intensity: float) -> Dye:
        """As the method does it; every part is checked."""
        with _blaming(self.method):
            dye = self.recolorer.prepare(photo, mask, shade, intensity)

        def checked(box: Box) -> ImageU8:
            with _blaming(self.method):
                layer = dye(box)
            require_layer(self.method, layer, box)
            return layer

        return checked


@contextmanager
def _blaming(method: str) -> Iterator[None]:
    """What a plug-in's code raises is its own error, not one of hairopt.

    Raises:
        HairoptError: with the method, and the kind and the text of what was raised.
    """
    try:
        yield
    except HairoptError:
        raise
    except Exception as error:
        if STAGES.is_built_in(f"recolor.{method}"):
            raise
        told = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        raise HairoptError(f"recolor.method {method} raised {told}") from error


def require_layer(method: str, layer: object, box: Box) -> None:
    """Check a dyed layer.

    Raises:
        HairoptError: it is no uint8 (height, width, 3) array of the box.
    """
    wanted = (box.bottom - box.top, box.right - box.left, 3)
    if isinstance(layer, np.ndarray) and layer.dtype == np.uint8 and layer.shape == wanted:
        return
    kind = type(layer).__name__
    answered = f"{layer.dtype} {layer.shape}" if isinstance(layer, np.ndarray) else kind
    raise HairoptError(f"recolor.method {method} answered {answered}; needed is uint8 {wanted}")
