"""Ctrl-C, SIGTERM and SIGHUP: a command cleans up, ends, and says which results are on disk."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_POLITE = ("SIGTERM", "SIGHUP")


def end_in_order() -> None:
    """Handle SIGTERM and SIGHUP as Ctrl-C is handled.

    So no worker and no half-written folder is left. An ignored signal (``nohup``) stays ignored.
    """
    for name in _POLITE:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _interrupt)


def end_at_once() -> None:
    """Let the same signals end the process at once; its status still names the signal."""
    for name in ("SIGINT", *_POLITE):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


@contextmanager
def saying(kept: Callable[[], str]) -> Iterator[None]:
    """When the block is interrupted, add a sentence about what is on disk to the interruption.

    Args:
        kept: returns the sentence, without a full stop; called after the clean-up.
    """
    try:
        yield
    except KeyboardInterrupt as interruption:
        if interruption.args:
            raise
        raise KeyboardInterrupt(kept()) from interruption


def _interrupt(number: int, frame: FrameType | None) -> None:
    for descriptor in (1, 2):
        if _has_hung_up(descriptor):
            _discard(descriptor)
    signal.default_int_handler(number, frame)


def _has_hung_up(descriptor: int) -> bool:
    """Whether it was a terminal that is now closed: writing to it would be a second error."""
    if sys.platform == "win32":
        return False
    import termios

    try:
        termios.tcgetattr(descriptor)
    except termios.error as error:
        return bool(error.args[0] == errno.EIO)
    return False


def _discard(descriptor: int) -> None:
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, descriptor)
    os.close(nothing)
