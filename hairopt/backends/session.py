"""One back-end in use: opened, asked again where that helps, given up where it is gone."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from types import TracebackType

from hairopt.backends.answer import Answer, require_picture
from hairopt.backends.client import Client, Opened
from hairopt.backends.errors import BackendError, BackendGoneError
from hairopt.backends.request import Request, name_in
from hairopt.backends.schema import (
    AnswerTable,
    Backend,
    CommandBackend,
    HttpBackend,
    PythonBackend,
)
from hairopt.types import Shade

MOST_TRIES = 3
"""Times that a photo is sent while a service answers that it is busy or broken now."""

_MOST_LOST = 3
"""Requests in a row that ended in silence, after which a back-end counts as gone."""

_SILENT = ("no contact", "timeout")


class Session:
    """A back-end, opened by ``open``.

    Attributes:
        client: the adapter.
        shades: its palette.
        asked: number of requests with an answer.
        repeats: reason -> number of requests that were sent again because of it.
    """

    def __init__(self, spec: Backend, environment: Mapping[str, str], owner: str = "") -> None:
        self._spec = spec
        self.shades = spec.shades
        self.client: Client = _client(spec, environment, owner)
        self.asked = 0
        self.repeats: Counter[str] = Counter()
        self._lost = 0

    def open(self) -> Opened:
        """Start it, or look for it.

        Raises:
            BackendError: it does not start.
        """
        return self.client.open()

    def ask(self, photo: bytes, shade: Shade, intensity: float) -> Answer:
        """One answer, a picture of the right size, with the time that the client waited for it.

        A service that says it is busy or broken is asked again, up to three times in all; the time
        is that of the last try.

        Raises:
            BackendError: it has none for this photo.
            BackendGoneError: it has answered none of the last requests at all.
            UsageError: its palette has no such shade.
        """
        request = Request(photo, shade, intensity, name_in(self._spec.shades, shade))
        for tried in range(1, MOST_TRIES + 1):
            try:
                answer = self._timed(request)
            except BackendError as error:
                if error.again_after_s is None or tried == MOST_TRIES:
                    self._count_lost(error)
                    raise
                self.repeats[str(error)] += 1
                time.sleep(error.again_after_s)
                continue
            break
        self._lost = 0
        table = self._spec.answer if isinstance(self._spec, HttpBackend) else AnswerTable()
        require_picture(answer.image, photo, table.size)
        self.asked += 1
        return answer

    def describe(self, photo: bytes, shade: Shade, intensity: float) -> tuple[str, ...]:
        """What is sent for a photo, for a person.

        Raises:
            UsageError: its palette has no such shade.
        """
        return self.client.describe(
            Request(photo, shade, intensity, name_in(self._spec.shades, shade))
        )

    def close(self) -> None:
        """End what was started."""
        self.client.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _timed(self, request: Request) -> Answer:
        before = self._cpu_ms()
        began = time.perf_counter()
        answer = self.client.ask(request, time.monotonic() + self._spec.timeout_s)
        total_ms = (time.perf_counter() - began) * 1000
        cpu_ms = answer.cpu_ms
        if cpu_ms is None and before is not None:
            cpu_ms = max(0.0, (self._cpu_ms() or 0.0) - before)
        return replace(answer, total_ms=total_ms, cpu_ms=cpu_ms)

    def _cpu_ms(self) -> float | None:
        is_service = isinstance(self._spec, HttpBackend)
        return self.client.tree.cpu_ms() if is_service and self.client.tree else None

    def _count_lost(self, error: BackendError) -> None:
        """Count a request that nobody answered.

        Raises:
            BackendGoneError: these are too many.
        """
        self._lost = self._lost + 1 if error.kind in _SILENT else 0
        if self._lost >= _MOST_LOST:
            raise BackendGoneError(
                f"{self._lost} requests in a row had no answer; the last: {error}"
            ) from error


def _client(spec: Backend, environment: Mapping[str, str], owner: str) -> Client:
    if isinstance(spec, HttpBackend):
        from hairopt.backends.http import HttpClient

        return HttpClient(spec, environment, owner)
    if isinstance(spec, PythonBackend):
        from hairopt.backends.python import PythonClient

        return PythonClient(spec, environment)
    assert isinstance(spec, CommandBackend)
    from hairopt.backends.command import CommandClient

    return CommandClient(spec, environment)
