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

_MARK_BYTES = 16

_LIBRARIES = re.compile(
    rb"^(?:Corrupt JPEG data|Premature end of JPEG|Invalid SOS|Inconsistent progression|"
    rb"Warning: unknown JFIF|Unknown Adobe|Application transferred|libpng (?:warning|error)|"
    rb"\[ ?(?:WARN|ERROR|INFO|DEBUG)).*\n?",
    re.MULTILINE,
)


def decode(
    data: bytes | memoryview, flags: int, shape: tuple[int, ...], dtype: type = np.uint8
) -> NDArray[Any]:
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
    data: bytes | memoryview, flags: int, shape: tuple[int, ...], dtype: type
) -> NDArray[Any] | None:
    """Decode with ``imread``, which needs no copy; ``imdecode`` returns a copy.

    WebP needs none either way, and ``imread`` takes no WebP of more than 64 MiB.
    """
    import cv2

    expected_bytes = int(np.prod(shape)) * np.dtype(dtype).itemsize
    is_small, is_webp = expected_bytes < _LARGE_BYTES, data[:4] == b"RIFF"
    if is_small or is_webp or "dst" not in (cv2.imread.__doc__ or ""):
        if len(data) < _LEAST_BYTES:
            data = bytes(data).ljust(_LEAST_BYTES, b"\0")
        return cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    pixels: NDArray[Any] = np.empty(shape, dtype)
    mark = pixels.reshape(-1).view(np.uint8)[:_MARK_BYTES]
    mark[:] = np.frombuffer(os.urandom(mark.size), np.uint8)
    before = mark.tobytes()
    with _as_file(data) as path:
        found = cv2.imread(path, pixels, flags)
    # If it cannot read the header, it returns the array as it was.
    untouched = np.may_share_memory(found, pixels) and mark.tobytes() == before
    return None if untouched else found


@contextmanager
def _as_file(data: bytes | memoryview) -> Iterator[str]:
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
