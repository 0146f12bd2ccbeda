"""The answer of a back-end: read from HTTP or from a program, and checked."""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from hairopt.backends.errors import BackendError, first_line
from hairopt.backends.json_path import find
from hairopt.backends.schema import AnswerTable, HeaderTimes, InJson, JsonTimes
from hairopt.errors import DataError, HairoptError
from hairopt.images.decode import decode_image, read_header
from hairopt.images.exif import SIDEWAYS, orientation_of
from hairopt.images.header import Header
from hairopt.images.mask import decode_levels
from hairopt.types import ImageU8, MaskF32

MOST_STAGES = 20
TOTAL = "total"
SERVICE = "service"
"""The name that a service's own total gets: ``total`` is what the client waits for."""

_NAME_CHARACTERS = 40
_DATA_URL = re.compile(r"data:[^,;]*(?:;[^,;]*)*?(;base64)?,", re.IGNORECASE)
_VALUE = r'(?:"(?:[^"\\]|\\.)*"|[^;,"]*)'
_METRIC = re.compile(rf'\s*([^\s;,="]+)\s*((?:;\s*[^\s;,="]+\s*(?:=\s*{_VALUE})?)*)')
_PARAMETER = re.compile(rf';\s*([^\s;,="]+)\s*(?:=\s*({_VALUE}))?')


@dataclass(frozen=True)
class Answer:
    """What a back-end answered to one request.

    Attributes:
        image: the picture: the bytes of a file, or uint8 (H, W, 3) RGB of a Python callable.
        mask: float32 (h, w) in [0, 1], where it tells one.
        stage_ms: its own times, where it tells them.
        total_ms: what the client waited.
        inside_ms: of that, inside the callable or the process; None where nobody knows.
        cpu_ms: CPU time of its processes, where they are local.
        peak_mb: of a process that has ended.
        notes: what there is to be shown to a person, such as status and headers.
    """

    image: bytes | ImageU8
    mask: MaskF32 | None = None
    stage_ms: dict[str, float] = field(default_factory=dict)
    total_ms: float = 0.0
    inside_ms: float | None = None
    cpu_ms: float | None = None
    peak_mb: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def encoded(self) -> bytes:
        """The bytes of the picture; an array is encoded as PNG, which loses nothing."""
        if isinstance(self.image, bytes):
            return self.image
        from hairopt.stages.encode import encode_png

        return encode_png(self.image, 100)


def picture_in(content: Any, place: InJson, fetch: Callable[[str], bytes]) -> bytes:  # noqa: ANN401
    """The bytes of a picture that a JSON answer holds or names.

    Args:
        content: the answer.
        place: where it is.
        fetch: gets what is at a URL; called where ``place.fetch`` is set.

    Raises:
        BackendError: nothing is there, or no base64.
    """
    text = value_in(content, place.json)
    if not isinstance(text, str):
        raise BackendError("answer", f"{place.json} of the answer is no text, but {_kind(text)}")
    data_url = _DATA_URL.match(text)
    if data_url is None and place.fetch:
        return fetch(text)
    if data_url is None and text.startswith(("http://", "https://")):
        raise BackendError(
            "answer", f"{place.json} of the answer is a URL; fetch = true in its table fetches it"
        )
    return _from_base64(text[data_url.end() :] if data_url else text, place.json)


def value_in(content: Any, path: str) -> Any:  # noqa: ANN401 - JSON
    """The value at a path of the answer.

    Raises:
        BackendError: there is none.
    """
    try:
        return find(content, path)
    except LookupError as error:
        raise BackendError("answer", f"the answer has {error.args[0]}") from error


def parse_json(body: bytes) -> Any:  # noqa: ANN401 - JSON
    """The content of a JSON answer.

    Raises:
        BackendError: it is none; the message has its first line.
    """
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BackendError(
            "answer",
            f"JSON was expected, as [backend.answer] says, but the answer is {_shown(body)}",
        ) from error


def told_times(
    table: AnswerTable,
    content: Any,  # noqa: ANN401 - JSON
    headers: Mapping[str, str],
) -> dict[str, float]:
    """The service's own times in ms; without those that it did not tell this time."""
    place = table.stage_ms
    if isinstance(place, HeaderTimes):
        return server_timing(headers.get(place.header.lower(), ""))
    if not isinstance(place, JsonTimes):
        return {}
    if isinstance(place.json, dict):
        return cleaned({name: value_in(content, path) for name, path in place.json.items()})
    found = value_in(content, place.json)
    if not isinstance(found, dict):
        raise BackendError("answer", f"{place.json} of the answer is no table, but {_kind(found)}")
    return cleaned(found)


def server_timing(text: str) -> dict[str, float]:
    """Name -> ms of a ``Server-Timing`` header; metrics without a duration are left out.

    Source: W3C Server Timing, section 4.
    """
    found: dict[str, Any] = {}
    for metric in _METRIC.finditer(text):
        for name, value in _PARAMETER.findall(metric[2]):
            if name.lower() == "dur":
                with suppress(ValueError):
                    found[metric[1]] = float(value.strip('" '))
    return cleaned(found)


def cleaned(times: Mapping[Any, Any]) -> dict[str, float]:
    """Times that are numbers from 0 on, at most 20, under names that a table can show."""
    found: dict[str, float] = {}
    for name, value in times.items():
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not is_number or not math.isfinite(value) or value < 0:
            continue
        shown = "".join(one if one.isalnum() or one in "-_ ." else "_" for one in str(name))
        shown = shown.strip()[:_NAME_CHARACTERS] or "unnamed"
        found[SERVICE if shown == TOTAL else shown] = float(value)
        if len(found) == MOST_STAGES:
            break
    return found


def decoded_mask(data: bytes, what: str) -> MaskF32:
    """A mask file as float32 (h, w) in [0, 1].

    Raises:
        BackendError: it is no picture of coverage.
    """
    try:
        levels = decode_levels(data, what)
    except DataError as error:
        raise BackendError("answer", error.reason) from error
    return np.asarray(levels / np.float32(255), dtype=np.float32)


def require_picture(
    image: bytes | ImageU8, photo: bytes, size: Literal["photo", "smaller"]
) -> None:
    """Check that an answer is a picture of the size of the photo, without decoding it.

    Args:
        image: the answer.
        photo: the photo.
        size: of ``AnswerTable``.

    Raises:
        BackendError: it is none, too large to be decoded, or of another size.
    """
    if isinstance(image, bytes):
        try:
            found = _upright(read_header(image, "the answer"))
        except DataError as error:
            text = f"; it is {_shown(image)}" if _is_text(image) else ""
            raise BackendError("picture", error.reason.rstrip(".") + text) from error
    else:
        found = image.shape[1], image.shape[0]
    wanted = _upright(read_header(photo, "the photo"))
    if found == wanted or (size == "smaller" and _is_alike(found, wanted)):
        return
    turned = found == wanted[::-1] and found[0] != found[1]
    hint = "; it seems to ignore the photo's EXIF orientation" if turned else ""
    if not hint and _is_alike(found, wanted):
        hint = '; if it always scales down, answer.size = "smaller" allows that'
    raise BackendError(
        "size",
        f"the answer has {found[0]} x {found[1]} pixels, the photo {wanted[0]} x {wanted[1]}{hint}",
    )


def pixels_of(answer: Answer) -> ImageU8:
    """The picture, uint8 (H, W, 3) RGB.

    Raises:
        BackendError: it is damaged.
    """
    if not isinstance(answer.image, bytes):
        return answer.image
    try:
        return decode_image(answer.image, "the answer")
    except DataError as error:
        raise BackendError("picture", error.reason) from error


def require_mask_of(mask: MaskF32) -> MaskF32:
    """The mask, if it is float32 (h, w) in [0, 1].

    Raises:
        BackendError: it is not.
    """
    from hairopt.stages.answers import require_mask

    try:
        require_mask("mask", mask)
    except HairoptError as error:
        raise BackendError("answer", str(error)) from error
    return mask


def _upright(header: Header) -> tuple[int, int]:
    size = header.width_px, header.height_px
    return size[::-1] if orientation_of(header.exif) in SIDEWAYS else size


def _is_alike(found: tuple[int, int], wanted: tuple[int, int]) -> bool:
    """Whether a smaller picture has the aspect ratio of another, up to the rounding of a pixel."""
    scale = max(found) / max(wanted)
    return scale < 1 and all(abs(a - b * scale) <= 1 for a, b in zip(found, wanted, strict=True))


def _from_base64(text: str, path: str) -> bytes:
    plain = re.sub(r"\s+", "", text).translate(str.maketrans("-_", "+/"))
    plain += "=" * (-len(plain) % 4)
    try:
        return base64.b64decode(plain, validate=True)
    except (binascii.Error, ValueError) as error:
        shown = text if len(text) <= 40 else f"{text[:40]}..."
        raise BackendError("answer", f"{path} of the answer is no base64: {shown!r}") from error


def _kind(value: object) -> str:
    names = {dict: "a table", list: "a list", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a text" if isinstance(value, str) else "a number")


def _is_text(data: bytes) -> bool:
    start = data[:200]
    return bool(start) and all(
        32 <= byte < 127 or byte in b"\t\r\n" or byte > 127 for byte in start
    )


def _shown(body: bytes) -> str:
    if not body:
        return "empty"
    if not _is_text(body):
        return f"{len(body)} bytes that are no text"
    kind = "HTML" if body.lstrip()[:15].lower().startswith((b"<!doctype", b"<html")) else "text"
    return f"{kind}: {first_line(body)!r}"
