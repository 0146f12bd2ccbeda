"""One photo through a back-end, to see whether it was understood: request, answer, times."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass

from hairopt.backends.answer import Answer, pixels_of
from hairopt.backends.client import Opened
from hairopt.backends.errors import BackendError
from hairopt.backends.palette import probes
from hairopt.backends.recovered.recover import FEWEST_SHADES, Recovered, Refused, recover_region
from hairopt.backends.schema import Backend
from hairopt.backends.session import Session
from hairopt.images.decode import read_header
from hairopt.types import Shade


@dataclass(frozen=True)
class Trial:
    """What was sent, what came back, and how long it took.

    Attributes:
        opened: how it was started or found.
        sent: the request, line by line; without secrets.
        answer: of the first request.
        size_px: width and height of the answer.
        format: of its file; ``array`` for that of a Python callable.
        changed: share of pixels that differ from the photo by more than an encoder's noise.
        later_ms: client times of the further requests.
        resident_mb: memory of its processes afterwards; None where it is not known.
        own_ms: median of what the adapter takes of a request; None if not known.
        region: what was dyed, recovered from answers in shades far apart, or why it is not known;
            None if the answer has a mask, or the palette too few shades.
    """

    opened: Opened
    sent: tuple[str, ...]
    answer: Answer
    size_px: tuple[int, int]
    format: str
    changed: float
    later_ms: tuple[float, ...]
    resident_mb: float | None
    own_ms: float | None
    region: Recovered | Refused | None

    @property
    def warm_ms(self) -> float | None:
        """Median of the further requests; None without any."""
        return statistics.median(self.later_ms) if self.later_ms else None


def try_backend(
    spec: Backend,
    environment: Mapping[str, str],
    photo: bytes,
    shade: Shade,
    intensity: float,
    requests: int = 5,
) -> Trial:
    """Send a photo a few times.

    Args:
        spec: the back-end.
        environment: of the user.
        photo: the bytes of a picture file.
        shade: the colour.
        intensity: 0..100.
        requests: how often the photo is sent after the first time.

    Raises:
        BackendError: no usable answer.
        DataError: the photo is no picture.
        UsageError: the palette has no such shade.
    """
    read_header(photo, "the photo")
    with Session(spec, environment) as session:
        sent = session.describe(photo, shade, intensity)
        opened = session.open()
        answer = session.ask(photo, shade, intensity)
        later = [session.ask(photo, shade, intensity) for _ in range(requests)]
        tree = session.client.tree
        if tree is not None:
            tree.refresh()
        own = [one.total_ms - one.inside_ms for one in later if one.inside_ms is not None]
        pixels = pixels_of(answer)
        return Trial(
            opened,
            sent,
            answer,
            (pixels.shape[1], pixels.shape[0]),
            read_header(answer.image, "it").format if isinstance(answer.image, bytes) else "array",
            _changed(photo, answer),
            tuple(one.total_ms for one in later),
            tree.resident_mb() if tree is not None else None,
            statistics.median(own) if own else None,
            None if answer.mask is not None else _region(session, photo),
        )


def _region(session: Session, photo: bytes) -> Recovered | Refused | None:
    """What a back-end dyes, by its answers in shades that are far apart, and at intensity 0."""
    from hairopt.images.decode import decode_image

    shades = probes(session.shades)
    if len(shades) < FEWEST_SHADES:
        return None
    answers = {shade: pixels_of(session.ask(photo, shade, 100.0)) for shade in shades}
    try:
        neutral = pixels_of(session.ask(photo, shades[0], 0.0))
    except BackendError:  # it may know no intensity 0
        neutral = None
    return recover_region(decode_image(photo, "the photo"), neutral, answers)


_NOISE_LEVELS = 24
"""Difference of a channel that is beyond what encoding a photo again makes of it."""


def _changed(photo: bytes, answer: Answer) -> float:
    import numpy as np

    from hairopt.images.decode import decode_image
    from hairopt.stages.mask import resize_to

    pixels = pixels_of(answer)
    before = resize_to(decode_image(photo, "the photo"), *pixels.shape[:2])
    apart = np.abs(pixels.astype(np.int16) - before).max(axis=2)
    return float((apart > _NOISE_LEVELS).mean())
