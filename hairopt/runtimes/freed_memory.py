"""Keep freed memory for the next request instead of returning it to the kernel.

By default glibc maps new pages for every large array and unmaps them when it is freed. The kernel
has to find and clear these pages again: thousands of page faults for one photo.

Source: mallopt(3) of the Linux manual pages, M_MMAP_MAX and M_TRIM_THRESHOLD.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable

from hairopt.errors import UnavailableError

_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4
_NEVER_TRIM, _NO_MAPPINGS = -1, 0
_FIX = "set process.keep_freed_memory = false in the variant"


def check_freed_memory() -> None:
    """Raise an error where freed memory cannot be kept.

    Raises:
        UnavailableError: the C library of this process is not glibc.
    """
    _mallopt()


def keep_freed_memory() -> None:
    """Let glibc's malloc keep freed memory, in this process until it ends.

    Large arrays come from the heap (``M_MMAP_MAX`` 0), which never shrinks (``M_TRIM_THRESHOLD``
    -1). Resident memory therefore stays at the maximum that any request needed. Memory that is
    already allocated is not affected. Calling it twice has no effect.

    Raises:
        UnavailableError: the C library of this process is not glibc, or refuses.
    """
    mallopt = _mallopt()
    if not (mallopt(_M_MMAP_MAX, _NO_MAPPINGS) and mallopt(_M_TRIM_THRESHOLD, _NEVER_TRIM)):
        raise UnavailableError(f"glibc refuses to keep freed memory; {_FIX}")


def _mallopt() -> Callable[[int, int], int]:
    try:
        library = ctypes.CDLL(None)
        if hasattr(library, "gnu_get_libc_version"):  # what only glibc has
            found: Callable[[int, int], int] = library.mallopt
            return found
    except (TypeError, OSError):  # Windows has no library of the whole process
        pass
    raise UnavailableError(
        "keeping freed memory is a setting of glibc, the C library of most Linux distributions, "
        f"which this process does not use; {_FIX}"
    )
