"""OpenCV's decoders: they write into an existing array, and print nothing to stderr."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hairopt.images.header import DamagedError
from hairopt.images.jpeg import damage
from hairopt.native_log import quiet_stderr

_LARGE_BYTES = 24_000_000
"""Size from which a file is decoded into an existing array; below it a copy is faster."""

_ROWS = 64

_LEAST_BYTES = 64
"""OpenCV reads the first 32 bytes of a WebP, which may have fewer."""

_LIBRARIES = re.compile(
    rb"^(?:Corrupt JPEG data|Premature end of JPEG|Invalid SOS|Inconsistent progression|"
    rb"Warning: unknown JFIF|Unknown Adobe|Application transferred|libpng (?:warning|error)|"
    rb"\[ ?(?:WARN|ERROR|INFO|DEBUG)).*\n?",
    re.MULTILINE,
)


def decode(data: bytes, flags: int, shape: tuple[int, ...], dtype: type = np.uint8) -> NDArray[Any]:
    """Decode a picture.

    Args:
        data: the file.
        flags: ``cv2.IMREAD_*``.
        shape: the expected shape; the result may have another one with some flags.
        dtype: the expected type, with the same exception.

    Raises:
        DamagedError: the decoder fails, or reports missing data.
    """
    import cv2

    pixels = None
    with quiet_stderr() as log:
        try:
            pixels = _into_array(data, flags, shape, dtype)
        except cv2.error as error:  # some decoders raise an error, others return None
            if error.code == cv2.Error.STS_NO_MEM:
                raise MemoryError(str(error)) from error
        said = log.data()
    if said:
        _pass_on(_LIBRARIES.sub(b"", said))
    words = said.decode(errors="replace")
    if pixels is None or pixels.size == 0:
        raise DamagedError(_reason(words))
    if (damaged := damage(words)) is not None:
        raise DamagedError(damaged)
    return pixels


def exchange_channels(pixels: NDArray[np.uint8]) -> None:
    """RGB to BGR or back, in place and in parts, because OpenCV copies its input."""
    import cv2

    for top in range(0, pixels.shape[0], _ROWS):
        part = pixels[top : top + _ROWS]
        cv2.cvtColor(part, cv2.COLOR_RGB2BGR, dst=part)


def _into_array(
    data: bytes, flags: int, shape: tuple[int, ...], dtype: type
) -> NDArray[Any] | None:
    """Decode with ``imread``, which needs no copy; ``imdecode`` returns a copy."""
    import cv2

    expected_bytes = int(np.prod(shape)) * np.dtype(dtype).itemsize
    if expected_bytes < _LARGE_BYTES or "dst" not in (cv2.imread.__doc__ or ""):
        return cv2.imdecode(np.frombuffer(data.ljust(_LEAST_BYTES, b"\0"), np.uint8), flags)
    with _as_file(data) as path:
        return cv2.imread(path, np.empty(shape, dtype), flags)


@contextmanager
def _as_file(data: bytes) -> Iterator[str]:
    """The path of a temporary file with these bytes."""
    with tempfile.TemporaryDirectory(prefix="hairopt-") as folder:
        path = Path(folder, "picture")
        path.write_bytes(data)
        yield str(path)


def _reason(words: str) -> str:
    """The last message of a decoder that failed."""
    errors = [line for line in words.splitlines() if line.startswith("libpng error:")]
    return errors[-1].partition(":")[2].strip() if errors else "the decoder gave up"


def _pass_on(text: bytes) -> None:
    """Write text of other threads to stderr after all."""
    if text:
        os.write(2, text)
