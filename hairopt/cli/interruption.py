"""Ctrl-C, SIGTERM and SIGHUP: a command ends in order, and says what of its work is on disk."""

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
    """Have a polite kill and a terminal that closes end a command as Ctrl-C does.

    So no worker and no half-written folder is left. What is ignored (``nohup``) stays ignored.
    """
    for name in _POLITE:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _interrupt)


def end_at_once() -> None:
    """Have the same signals end the process where it stands; what they say is still its status."""
    for name in ("SIGINT", *_POLITE):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


@contextmanager
def saying(kept: Callable[[], str]) -> Iterator[None]:
    """When the block is interrupted, look what is on disk, and have that said.

    Args:
        kept: gives the sentence, without a full stop; called when everything is tidied up.
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
    """Whether it is a terminal that is gone: writing to it would be an error of its own."""
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
