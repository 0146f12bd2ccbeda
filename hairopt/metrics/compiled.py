"""Loops compiled to machine code on first use and kept on disk.

Why numba: measured on one thread, CIEDE2000 of a megapixel takes 4 ms compiled and 35 ms as blocks
of NumPy calls with the same float32 algebra; its conversion to CIELAB 4 ms against 17 ms.
Modules that use this are imported inside the functions that need them, so that nobody else pays for
the import.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile a function of arrays and numbers when it is first called.

    The machine code is kept beside the source, or in the user's cache folder where that cannot be
    written, and made anew for another CPU or when the function's own file changes: the constants it
    uses have to stand in that file. Where neither can be written, every process compiles for
    itself.
    """
    try:
        return cast(F, numba.njit(cache=True, fastmath=True, error_model="numpy")(function))
    except RuntimeError:  # nowhere to keep it
        return cast(F, numba.njit(fastmath=True, error_model="numpy")(function))
