"""The encoded photos of a bench in one file, from which a worker reads them by itself."""

from __future__ import annotations

from pathlib import Path

from hairopt.measure.messages import StoredPhoto


class PhotoSpool:
    """A file of encoded photos; they are not held in memory."""

    def __init__(self, file: Path) -> None:
        """Use this file, which must not exist; it belongs to the caller, as its folder does."""
        self._file = file
        self._end = 0

    def keep(self, data: bytes) -> StoredPhoto:
        """Append a photo."""
        with self._file.open("ab") as opened:
            opened.write(data)
        start, self._end = self._end, self._end + len(data)
        return StoredPhoto(str(self._file), start, len(data))
