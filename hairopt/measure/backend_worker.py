"""The process that asks one back-end: ``python -m hairopt.measure.backend_worker``.

It is driven as ``hairopt.measure.worker`` is, and its operations are named alike. It is only a
client: times are what a client waits, CPU time and memory are those of the back-end's processes.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from hairopt.measure.worker import main, refusal

if TYPE_CHECKING:
    from hairopt.backends.answer import Answer
    from hairopt.backends.session import Session
    from hairopt.measure.messages import (
        Dyed,
        Explained,
        First,
        Loaded,
        Peaks,
        Refused,
        Served,
        StoredPhoto,
        Timing,
    )
    from hairopt.pipeline import Given
    from hairopt.types import Box, MaskF32, Shade

_MOST_PADDING = 65_536


class BackendServer:
    """One back-end and what it can be asked; the methods are the operations."""

    def __init__(self) -> None:
        self._session: Session | None = None
        self._photo = b""
        self._answers: dict[tuple[str, float], Answer] = {}
        self._alpha: MaskF32 | None = None
        self._peak_mb: float | None = None

    def load(
        self, spec: dict[str, Any], started_s: float, environment: Mapping[str, str], owner: str
    ) -> Loaded:
        """Start the back-end of a variant, or look for it.

        Args:
            spec: the variant.
            started_s: when this process began; it is none of the back-end's time.
            environment: that of the user, for the back-end's own programs.
            owner: the process of hairopt whose workers may share one service.
        """
        from hairopt.backends.session import Session
        from hairopt.measure.messages import Loaded
        from hairopt.variants.schema import Variant

        del started_s
        table = Variant.model_validate(spec).backend
        assert table is not None, "no back-end"
        # As in ``process``: what its layout happens to cost is to differ from start to start.
        padded = {**environment, "HAIROPT_PADDING": "x" * random.randrange(_MOST_PADDING)}
        self._session = Session(table, padded, owner)
        opened = self._session.open()
        tree = self._session.client.tree
        return Loaded(
            import_ms=opened.import_ms,
            load_ms=opened.load_ms,
            after_load_mb=tree.resident_mb() if tree else 0.0,
            model=None,
            is_cold=opened.is_cold,
            note=opened.note,
        )

    def first(self, photo: Given, shade: Shade, intensity: float) -> First:
        """The request that finds nothing warm."""
        from hairopt.backends.command import CommandClient
        from hairopt.measure.messages import First

        client = self._running.client
        if isinstance(client, CommandClient):
            client.watches_memory = True
        answer = self._running.ask(photo(), shade, intensity)
        self._peak_mb = answer.peak_mb
        if isinstance(client, CommandClient):
            client.watches_memory = False
        return First(answer.total_ms, 0.0)

    def settle(self) -> bool:
        """Begin the steady state; returns whether the peak of memory could be reset."""
        tree = self._running.client.tree
        if tree is None:
            return False
        tree.refresh()
        self._peak_mb = tree.peak_mb()
        return tree.reset_peak()

    def turn(self, requests: list[tuple[StoredPhoto, Shade, float]]) -> Iterator[Timing | Refused]:
        """Some requests back to back, each with an answer of its own."""
        for photo, shade, intensity in requests:
            try:
                answer: Timing | Refused = self._time(photo.read(), shade, intensity)
            except Exception as error:
                answer = refusal(error)
            yield answer

    def peaks(self) -> Peaks:
        """Memory of the back-end's processes, or of the first of its programs that has ended."""
        from hairopt.measure.messages import Peaks

        tree = self._running.client.tree
        if tree is None:
            known, peak_mb = self._peak_mb is not None, self._peak_mb or 0.0
            return Peaks(peak_mb, peak_mb, 0.0, is_known=known)
        tree.refresh()
        resident_mb = tree.resident_mb()
        steady_mb = max(tree.peak_mb(), resident_mb)
        return Peaks(max(self._peak_mb or 0.0, steady_mb), steady_mb, resident_mb)

    def served(self) -> Served:
        """What the back-end has been asked so far."""
        from hairopt.measure.messages import Served

        return Served(self._running.asked, dict(self._running.repeats))

    def execution(self) -> Explained:
        """A back-end does not tell what its network runs."""
        from hairopt.measure.messages import Explained

        return Explained(None)

    def segment(self, photo: Given) -> MaskF32:
        """The mask of a photo, of 0 x 0 pixels where nothing is known; ``dye`` goes on from it."""
        import numpy as np

        self._photo, self._answers, self._alpha = photo(), {}, None
        mask = self._mask()
        self._alpha = mask
        return np.zeros((0, 0), np.float32) if mask is None else mask

    def dye(self, shade: Shade, intensity: float) -> Dyed:
        """The answer for the photo that was segmented last; ``alpha`` goes on from it."""
        from hairopt.backends.answer import pixels_of
        from hairopt.measure.messages import Dyed
        from hairopt.types import Box

        answer = self._asked(shade, intensity)
        height, width = pixels_of(answer).shape[:2]
        box = Box.full(height, width)
        return Dyed(answer.encoded, (height, width), box, has_alpha=self._alpha is not None)

    def alpha(self, box: Box) -> MaskF32:
        """What is known of where the last photo was dyed, in a part of it."""
        from hairopt.backends.answer import pixels_of
        from hairopt.stages.mask import upsample

        assert self._alpha is not None, "no mask is known"
        height, width = pixels_of(next(iter(self._answers.values()))).shape[:2]
        return upsample(self._alpha, height, width, box)

    def close(self) -> None:
        """End the back-end, if it was started here."""
        if self._session is not None:
            self._session.close()
            self._session = None

    @property
    def _running(self) -> Session:
        assert self._session is not None, "nothing is loaded"
        return self._session

    def _time(self, photo: bytes, shade: Shade, intensity: float) -> Timing:
        from hairopt.measure.messages import Timing

        session = self._running
        answer = session.ask(photo, shade, intensity)
        tree = session.client.tree
        return Timing(
            answer.total_ms,
            answer.cpu_ms,
            answer.stage_ms,
            own_ms=None if answer.inside_ms is None else answer.total_ms - answer.inside_ms,
            resident_mb=tree.resident_mb() if tree else None,
            number=session.asked,
        )

    def _asked(self, shade: Shade, intensity: float) -> Answer:
        """The answer to the photo that was segmented last; each is asked for once."""
        key = shade.hex, intensity
        if key not in self._answers:
            self._answers[key] = self._running.ask(self._photo, shade, intensity)
        return self._answers[key]

    def _mask(self) -> MaskF32 | None:
        """The mask that the back-end tells with an answer; None if it tells none."""
        from hairopt.backends.palette import probes

        return self._asked(probes(self._running.shades)[0], 100.0).mask


if __name__ == "__main__":
    main(BackendServer(), starts_programs=True)
