"""Damage in PNG files, found by the checksums that the format has."""

from __future__ import annotations

import struct
import zlib


def check_png(data: bytes) -> None:
    """Verify the checksum of every chunk up to IEND; libpng's own checks depend on its build.

    Raises:
        ValueError: the file is cut short, or a checksum is wrong.
    """
    position = 8
    while True:
        if position + 12 > len(data):
            raise ValueError("it ends before its last chunk")
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 8 + length
        if end + 4 > len(data):
            raise ValueError("it ends within a chunk")
        checksum = zlib.crc32(memoryview(data)[position + 4 : end])
        if checksum != struct.unpack_from(">I", data, end)[0]:
            raise ValueError(f"the checksum of a {kind.decode('latin-1')} chunk is wrong")
        if kind == b"IEND":
            return
        position = end + 4
