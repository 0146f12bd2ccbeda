"""Measure the time of imports, wherever they happen."""

from __future__ import annotations

import builtins
import time
from collections.abc import Callable
from types import ModuleType


class ImportClock:
    """Adds up the wall time of import statements while it is active.

    hairopt and its plug-ins import heavy packages inside the functions that need them. So loading a
    network or answering the first request also imports, and this time has to be separated.

    Attributes:
        total_ms: time so far; an import inside another one counts once.
    """

    def __init__(self) -> None:
        self.total_ms = 0.0
        self._depth = 0
        self._import: Callable[..., ModuleType] = builtins.__import__

    def __enter__(self) -> ImportClock:
        builtins.__import__ = self._timed
        return self

    def __exit__(self, *exc: object) -> None:
        builtins.__import__ = self._import

    def _timed(self, *args: object, **kwargs: object) -> ModuleType:
        self._depth += 1
        start = time.perf_counter()
        try:
            return self._import(*args, **kwargs)
        finally:
            self._depth -= 1
            if self._depth == 0:
                self.total_ms += (time.perf_counter() - start) * 1000
