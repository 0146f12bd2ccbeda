"""Loops compiled to machine code on first use and kept on disk.

Why numba: measured on one thread, CIEDE2000 of a megapixel takes 4 ms compiled and 35 ms as blocks
of NumPy calls with the same float32 algebra; its conversion to CIELAB 4 ms against 17 ms.
Modules that use this are imported inside the functions that need them, so that nobody else pays for
the import.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import caching

from hairopt.home import cache_dir

_config: Any = numba.config  # Numba describes few of its types
_Cache: Any = caching.FunctionCache

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile a function of arrays and numbers when it is first called.

    The machine code is kept in ``cache/numba`` of HAIROPT_HOME (or in ``NUMBA_CACHE_DIR`` where
    that is set), and made anew for another CPU or when the function's own file changes: the
    constants it uses have to stand in that file. Where nothing can be written, every process
    compiles for itself.
    """
    dispatcher: Any = numba.njit(fastmath=True, error_model="numpy")(function)
    folder = Path(_config.CACHE_DIR or cache_dir("numba"))
    with suppress(OSError, RuntimeError):  # nowhere to keep it
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK | os.X_OK):
            dispatcher._cache = _SharedCache(function, folder)  # as its enable_caching() does
    return cast(F, dispatcher)


class _SharedCache(_Cache):  # type: ignore[misc]
    """Numba's own cache in a chosen folder, for processes that compile at once.

    Numba names the files of two signatures by counting, so two processes that save at the same
    moment may give both the same name, and a third would load machine code of the other signature.
    What cannot be read is thrown away; what cannot be written costs time alone.
    """

    def __init__(self, function: Callable[..., Any], folder: Path) -> None:
        before, _config.CACHE_DIR = _config.CACHE_DIR, str(folder)
        try:  # Numba reads the folder once, here; a program's own functions keep theirs.
            super().__init__(function)
        finally:
            _config.CACHE_DIR = before
        self._lock = Path(self.cache_path, f"{self._impl.filename_base}.lock")

    def load_overload(self, sig: object, target_context: object) -> object:
        """The machine code for a signature, or None."""
        try:
            with _locked(self._lock):
                return super().load_overload(sig, target_context)
        except Exception:  # of pickle and of whatever a damaged file makes it build
            with suppress(OSError), _locked(self._lock):
                self.flush()
            return None

    def save_overload(self, sig: object, data: object) -> None:
        """Keep the machine code for a signature."""
        with suppress(Exception), _locked(self._lock):
            super().save_overload(sig, data)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Alone among processes; on Windows, which has no such lock, they are not kept apart."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with path.open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
