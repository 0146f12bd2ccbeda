"""JPEG files: read their headers, and find damage from libjpeg's warnings.

Source: ITU-T T.81; the numbers of sections are its own.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from hairopt.images.header import Channels, DamagedError, Header
from hairopt.images.limits import require_few

END_MARKER = b"\xff\xd9"

_START_OF_SCAN, _TEMPORARY = 0xDA, 0x01
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE_FRAMES = {0xC2, 0xC6, 0xCA, 0xCE}
_MARKER = re.compile(rb"\xff+([^\x00\xff])", re.DOTALL)
_RESTARTS = range(0xD0, 0xD8)
_CHANNELS: dict[str, Channels] = {"L": "grey", "RGB": "rgb", "CMYK": "cmyk"}

_EXTRANEOUS = re.compile(r"(\d+) extraneous bytes before marker")
_HARMLESS_BYTES = 64
"""Some cameras write a few extra bytes before a marker; missing data leaves thousands."""

_DAMAGE = ("Corrupt JPEG data", "Premature end of JPEG file")
_HARMLESS = ("bad ICC marker",)


def read_jpeg(data: bytes) -> Header:
    """Read the header of a JPEG; a second picture in the file (MPO) is ignored.

    Raises:
        DamagedError: the header is incomplete, or the end of the picture is missing.
        RefusedError: it has too much metadata.
    """
    from PIL.JpegImagePlugin import JpegImageFile

    scan = _Scan.first(data)
    if not (data[-64:].rstrip(b"\0").endswith(END_MARKER) or scan.has_end(data)):
        raise DamagedError("it ends before its picture does")
    require_few(scan.start)
    try:
        opened = JpegImageFile(io.BytesIO(data))
    except Exception as error:  # a damaged header may raise anything
        raise DamagedError(str(error)) from error
    if opened.mode not in _CHANNELS:
        raise DamagedError(f"it has {opened.mode} pixels")
    width, height = opened.size
    channels = _CHANNELS[opened.mode]
    return Header(
        format="JPEG",
        width_px=width,
        height_px=height,
        channels=channels,
        decoding_bytes_per_px=3 + (4 if channels == "cmyk" else 0) + scan.coefficients_per_px,
        profile=opened.info.get("icc_profile"),
        exif=opened.info.get("exif", b""),
    )


def damage(words: str) -> str | None:
    """The damage that libjpeg's output reports, or None; libjpeg prints only its first warning.

    JPEG has no checksum: damage that decodes without a warning is not found.
    """
    for line in words.splitlines():
        if not line.startswith(_DAMAGE) or line.endswith(_HARMLESS):
            continue
        left_over = _EXTRANEOUS.search(line)
        if left_over is None or int(left_over[1]) > _HARMLESS_BYTES:
            return line.strip()
    return None


@dataclass(frozen=True)
class _Scan:
    """The first scan of a JPEG.

    Attributes:
        start: offset of its data; the end of the file if there is no scan.
        samples_per_px: samples per pixel of all components together, 1 to 4.
        is_one_of_several: whether the picture needs more scans.
    """

    start: int
    samples_per_px: float = 3.0
    is_one_of_several: bool = False

    @classmethod
    def first(cls, data: bytes) -> _Scan:
        """Find it by reading the segments before it (B.1.1.2)."""
        samples, components, progressive = 3.0, 0, False
        for marker, content, end in _segments(data):
            if marker in _FRAMES and len(content) > 5:
                progressive = marker in _PROGRESSIVE_FRAMES
                components = content[5]
                samples = _samples_per_px(content[6 : 6 + 3 * components])
            if marker == _START_OF_SCAN and content:
                return cls(end, samples, progressive or content[0] < components)
        return cls(len(data))

    @property
    def coefficients_per_px(self) -> float:
        """Bytes per pixel that libjpeg needs for a picture in several scans, otherwise 0.

        Two bytes for each coefficient; a component has as many coefficients as samples.
        """
        return 2 * self.samples_per_px if self.is_one_of_several else 0.0

    def has_end(self, data: bytes) -> bool:
        """Whether an end marker follows before the file ends; a preview in the header has one."""
        position = self.start
        while (found := _MARKER.search(data, position)) is not None:
            marker, position = found[1][0], found.end()
            if marker == END_MARKER[1]:
                return True
            if marker not in _RESTARTS and position + 2 <= len(data):
                position += struct.unpack_from(">H", data, position)[0]
        return False


def _segments(data: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Marker, content and end of every segment; invalid from the first scan on."""
    position = 2
    while (found := _MARKER.search(data, position)) is not None:
        marker, position = found[1][0], found.end()
        if marker in _RESTARTS or marker in (_TEMPORARY, END_MARKER[1]):
            continue
        if position + 2 > len(data):
            return
        end = position + struct.unpack_from(">H", data, position)[0]
        yield marker, data[position + 2 : end], end
        position = end


def _samples_per_px(components: bytes) -> float:
    """Samples per pixel (B.2.2); per component: identifier, both sampling factors, table."""
    factors = [(byte >> 4, byte & 15) for byte in components[1::3]]
    most = max((across for across, _ in factors), default=1) * max(
        (down for _, down in factors), default=1
    )
    return sum(across * down for across, down in factors) / most if most else 3.0
