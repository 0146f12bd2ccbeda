"""Let the kernel refuse network access to a process or to one thread, also for native code.

A process that measures, converts or draws needs no connection. So no library in it can open one
(``refuse_internet``). MediaPipe, which tries to, runs in a thread that cannot open even a local
socket (``hairopt.offline.thread``).

Both use filters of seccomp(2): threads and processes inherit them, and they cannot be removed. A
process that later has to start something with a network keeps one thread without filter (``run``).

Source: seccomp(2) of Linux, with classic BPF programs as in its ``samples/seccomp``.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from hairopt.errors import UnavailableError

if TYPE_CHECKING:
    from concurrent.futures import Future
    from queue import SimpleQueue

T = TypeVar("T")

_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_SET_MODE_FILTER = 1
_SECCOMP_FILTER_FLAG_SPEC_ALLOW = 4
_RET_ALLOW = 0x7FFF0000
_RET_ERRNO = 0x00050000
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_X32_NUMBERS = 0x40000000
_LOCAL_FAMILIES = (1, 16)
"""AF_UNIX and AF_NETLINK: sockets to other processes of this machine, and to the kernel."""

REFUSAL = (
    "hairopt blocks network access of its processes; process.network = true in a variant lets the "
    "stages of that variant open connections"
)
"""The message if ``was_refused``."""


class _Calls(NamedTuple):
    """Numbers of system calls of one architecture."""

    architecture: int
    socket: int
    connect: int
    io_uring_setup: int
    seccomp: int


_CALLS = {
    "x86_64": _Calls(0xC000003E, 41, 42, 425, 317),
    "aarch64": _Calls(0xC00000B7, 198, 203, 425, 277),
}

_outside: SimpleQueue[tuple[Future[Any], Callable[[], Any]]] | None = None
_OUTSIDE = "hairopt-outside"
"""The name of the thread without filter."""

_is_refusing = False
"""Whether a socket may be refused now: the filter is on, and the work is not in ``run``."""


def refuse_internet(*, with_way_out: bool = False) -> bool:
    """Block, permanently, connections to other machines for this thread and all that it starts.

    Only sockets of AF_UNIX and AF_NETLINK can be opened afterwards, so ``asyncio`` and
    ``multiprocessing`` work. Called at the start of a process, it applies to the whole process.

    Args:
        with_way_out: keep one thread without the filter for ``run``.

    Returns:
        Whether the kernel did it. It can only on 64-bit Linux on x86_64 or aarch64, and only if the
        container allows seccomp; otherwise the call has no effect.
    """
    global _is_refusing
    if with_way_out:
        _keep_way_out()
    try:
        _install(_LOCAL_FAMILIES)
    except UnavailableError:
        return False
    _is_refusing = True
    return True


def refuse_sockets() -> None:
    """Forbid the calling thread, permanently, to open or connect a socket.

    Local sockets are refused, too: a local name service could look up names for the thread.

    Raises:
        UnavailableError: this system cannot do that.
    """
    _install(())


def run(function: Callable[[], T], *, with_network: bool) -> T:
    """Call a function, with network access if the user allowed it.

    With it, the function runs in the thread that ``refuse_internet`` kept, if that was called.
    """
    global _is_refusing
    if _outside is None or not with_network or _is_outside():
        return function()
    from concurrent.futures import Future

    _is_refusing = False
    answer: Future[T] = Future()
    _outside.put((answer, function))
    return answer.result()


def was_refused(error: BaseException) -> bool:
    """Whether an error, or its cause, may come from a socket that the guard refused."""
    import socket

    seen: BaseException | None = error if _is_refusing else None
    while seen is not None:
        if isinstance(seen, socket.gaierror):
            return True
        if isinstance(seen, PermissionError) and seen.filename is None:
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def _is_outside() -> bool:
    """Whether this is the thread without filter: it must not wait for itself."""
    import threading

    return threading.current_thread().name == _OUTSIDE


def _keep_way_out() -> None:
    global _outside
    if _outside is not None:
        return
    from queue import SimpleQueue
    from threading import Thread

    _outside = SimpleQueue()
    # A daemon thread: an interrupted command must not wait for its connection.
    Thread(target=_serve_outside, args=(_outside,), name=_OUTSIDE, daemon=True).start()


def _serve_outside(wanted: SimpleQueue[tuple[Future[Any], Callable[[], Any]]]) -> None:
    while True:
        answer, function = wanted.get()
        try:
            answer.set_result(function())
        except BaseException as error:
            answer.set_exception(error)


def _install(families: tuple[int, ...]) -> None:
    """Filter the system calls of the calling thread.

    Raises:
        UnavailableError: this system cannot do that.
    """
    machine = os.uname().machine if hasattr(os, "uname") else ""
    calls = _CALLS.get(machine)
    if sys.platform != "linux" or calls is None or struct.calcsize("P") != 8:
        raise UnavailableError(
            f"hairopt cannot block network access of native code on {sys.platform} {machine}: it "
            "needs seccomp of 64-bit Linux on x86_64 or aarch64"
        )
    libc = ctypes.CDLL(None, use_errno=True)
    code = _program(calls, families)
    program = _Program(len(code) // 8, code)
    # Without SPEC_ALLOW, kernels before 5.16 slow a filtered thread down, which changes the times.
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.syscall(
        calls.seccomp,
        _SECCOMP_SET_MODE_FILTER,
        _SECCOMP_FILTER_FLAG_SPEC_ALLOW,
        ctypes.byref(program),
    ):
        reason = os.strerror(ctypes.get_errno())
        raise UnavailableError(f"the kernel cannot block network access of a thread: {reason}")


class _Program(ctypes.Structure):
    """``struct sock_fprog``."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


class _Step(NamedTuple):
    """One instruction; its jumps name ``next``, ``allow`` or ``refuse``."""

    code: int
    value: int
    if_true: str = "next"
    if_false: str = "next"


def _program(calls: _Calls, families: tuple[int, ...]) -> bytes:
    """The filter: it allows only sockets of these families, and only this architecture.

    Without families it refuses ``connect``, too. It refuses io_uring, which can open sockets.
    """
    refused = [calls.io_uring_setup] if families else [calls.io_uring_setup, calls.connect]
    steps = [
        _Step(_LOAD, _ARCHITECTURE),
        _Step(_IF_EQUAL, calls.architecture, if_false="refuse"),
        _Step(_LOAD, _NUMBER),
        _Step(_IF_AT_LEAST, _X32_NUMBERS, if_true="refuse"),
        *(_Step(_IF_EQUAL, number, if_true="refuse") for number in refused),
        _Step(_IF_EQUAL, calls.socket, if_false="allow"),
        _Step(_LOAD, _FIRST_ARGUMENT),
        *(_Step(_IF_EQUAL, family, if_true="allow") for family in families),
    ]
    end = len(steps)
    places = {"refuse": end, "allow": end + 1}
    packed = [
        struct.pack(
            "=HBBI",
            step.code,
            *(places.get(jump, i + 1) - i - 1 for jump in (step.if_true, step.if_false)),
            step.value,
        )
        for i, step in enumerate(steps)
    ]
    packed.append(struct.pack("=HBBI", _RETURN, 0, 0, _RET_ERRNO | errno.EACCES))
    packed.append(struct.pack("=HBBI", _RETURN, 0, 0, _RET_ALLOW))
    return b"".join(packed)
