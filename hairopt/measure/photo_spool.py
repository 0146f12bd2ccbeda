"""The encoded photos of a bench: in memory while they are few, otherwise on disk."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from types import TracebackType

IN_MEMORY_BYTES = 100_000_000
"""What the photos of a bench may take together; one of 60 megapixels may take 180 MB."""


class PhotoSpool:
    """Encoded photos that are read again and again; as a context manager it removes them."""

    def __init__(self, in_memory_bytes: int = IN_MEMORY_BYTES) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=in_memory_bytes)  # noqa: SIM115
        self._end = 0

    def keep(self, data: bytes) -> Callable[[], bytes]:
        """Keep a photo.

        Returns:
            What reads it again.
        """
        start, self._end = self._end, self._end + len(data)
        self._file.seek(start)
        self._file.write(data)
        return partial(self._read, start, len(data))

    def _read(self, start: int, length: int) -> bytes:
        self._file.seek(start)
        return self._file.read(length)

    def __enter__(self) -> PhotoSpool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
