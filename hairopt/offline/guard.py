"""A thread that cannot open a network connection, for native code that would like to.

MediaPipe 1.x creates a client that reports usage to ``play.googleapis.com`` with every task, and
has neither an option nor a documented variable that switches it off. So its code runs in a thread
on which the kernel refuses every socket. Threads inherit that from the thread that starts them, so
nothing MediaPipe starts can get around it, while the rest of the process keeps its network.

Source: seccomp(2) of Linux, with a classic BPF program as in its ``samples/seccomp``.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, ParamSpec, TypeVar

from hairopt.errors import UnavailableError

P = ParamSpec("P")
T = TypeVar("T")

_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_SET_MODE_FILTER = 1
_SECCOMP_FILTER_FLAG_SPEC_ALLOW = 4
_RET_ALLOW = 0x7FFF0000
_RET_ERRNO = 0x00050000
_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_OFFSET_NUMBER, _OFFSET_ARCHITECTURE = 0, 4
_X32_NUMBERS = 0x40000000


class _Calls(NamedTuple):
    """Numbers of system calls: the ones refused, and seccomp itself."""

    architecture: int
    refused: tuple[int, ...]
    seccomp: int


# socket, connect and io_uring_setup, by which sockets can be opened without the first two.
_CALLS = {
    "x86_64": _Calls(0xC000003E, (41, 42, 425), 317),
    "aarch64": _Calls(0xC00000B7, (198, 203, 425), 277),
}


class _Program(ctypes.Structure):
    """``struct sock_fprog``."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


class OfflineThread:
    """One thread without a network; everything it starts has none either."""

    def __init__(self) -> None:
        """Start the thread.

        Raises:
            UnavailableError: this system cannot take the network from one thread.
        """
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hairopt-offline")
        try:
            self._pool.submit(refuse_sockets).result()
        except BaseException:
            self.close()
            raise

    def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function in the thread and wait for what it returns or raises."""
        return self._pool.submit(function, *args, **kwargs).result()

    def close(self) -> None:
        """End the thread; calling it twice is harmless."""
        self._pool.shutdown(wait=True)


def refuse_sockets() -> None:
    """Take from the calling thread, for good, the right to open or connect a socket.

    Local sockets are refused too: name services would look names up on the thread's behalf.

    Raises:
        UnavailableError: this system cannot do that.
    """
    calls = _CALLS.get(platform.machine())
    if sys.platform != "linux" or calls is None or struct.calcsize("P") != 8:
        raise UnavailableError(
            f"hairopt cannot keep native code off the network on {platform.system()} "
            f"{platform.machine()}: it needs seccomp of 64-bit Linux on x86_64 or aarch64"
        )
    libc = ctypes.CDLL(None, use_errno=True)
    code = _program(calls)
    program = _Program(len(code) // 8, code)
    # Without SPEC_ALLOW, kernels before 5.16 slow a filtered thread down, which would be measured.
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.syscall(
        calls.seccomp,
        _SECCOMP_SET_MODE_FILTER,
        _SECCOMP_FILTER_FLAG_SPEC_ALLOW,
        ctypes.byref(program),
    ):
        reason = os.strerror(ctypes.get_errno())
        raise UnavailableError(f"the kernel refuses to take the network from a thread: {reason}")


def _program(calls: _Calls) -> bytes:
    """The filter: refuse foreign architectures and the listed calls, allow the rest."""
    steps = [
        (_LOAD, 0, 0, _OFFSET_ARCHITECTURE),
        (_JUMP_IF_EQUAL, 0, len(calls.refused) + 3, calls.architecture),
        (_LOAD, 0, 0, _OFFSET_NUMBER),
        (_JUMP_IF_AT_LEAST, len(calls.refused) + 1, 0, _X32_NUMBERS),
    ]
    for left, number in zip(range(len(calls.refused), 0, -1), calls.refused, strict=True):
        steps.append((_JUMP_IF_EQUAL, left, 0, number))
    steps.append((_RETURN, 0, 0, _RET_ALLOW))
    steps.append((_RETURN, 0, 0, _RET_ERRNO | errno.EACCES))
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
