"""Locks on files that end with the process that holds them, however it ends.

The kernel takes a lock of flock(2) back when its holder is gone. A process id written into a file
says less: it is given to another process one day, and means nothing in another container. Where
the system or the file system knows no such locks, nothing is locked, and what may have a holder
counts as held.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from hairopt.errors import UsageError

_SUFFIX = ".hairopt-lock"


def take(descriptor: int, *, wait: bool = False) -> bool:
    """Lock an open file until it is closed, or this process is gone.

    Args:
        descriptor: open for writing, which network file systems ask for.
        wait: for the process that holds it.

    Returns:
        Whether it is locked; False where there are no locks.

    Raises:
        BlockingIOError: another process holds it, and ``wait`` is False.
    """
    if sys.platform == "win32":
        return False
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        raise
    except OSError:
        return False
    return True


def is_still(path: Path, descriptor: int) -> bool:
    """Whether a path leads to the file that is open: its lock may be that of a deleted one."""
    try:
        return os.path.samestat(path.lstat(), os.fstat(descriptor))
    except OSError:
        return False


def abandoned(path: Path) -> int | None:
    """Lock a file whose owner is gone; None where it is held, may be held, or is not there.

    Returns:
        A descriptor to close; the lock ends with it.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return None
    with suppress(BlockingIOError):
        if take(descriptor) and is_still(path, descriptor):
            return descriptor
    os.close(descriptor)
    return None


@contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Work on a file or folder while no other process does so under the same lock.

    The lock is a hidden file beside ``path``, which need not exist; it is gone afterwards. One
    that a killed process left is taken over.

    Args:
        path: what is worked on; the folder it lies in exists.
        wait: for the process that holds it.

    Raises:
        BlockingIOError: another process holds it, and ``wait`` is False.
        OSError: the folder cannot be written.
    """
    lock = path.with_name(f".{path.name}{_SUFFIX}")
    descriptor = _opened(lock, wait=wait)
    try:
        for other in path.parent.glob(f".*{_SUFFIX}"):
            _remove_abandoned(other)
        yield
    finally:
        with suppress(OSError):
            lock.unlink()
        os.close(descriptor)


@contextmanager
def alone_at_work(path: Path, command: str) -> Iterator[None]:
    """Refuse a second command that would work in the same folder.

    Args:
        path: what the command goes on from; it lies in the folder, which is made if it is missing.
        command: what is at work, such as ``hairopt optimize``.

    Raises:
        UsageError: another process is at work there, or the folder cannot be written.
    """
    with ExitStack() as stack:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            stack.enter_context(locked(path, wait=False))
        except BlockingIOError as error:
            raise UsageError(
                f"another {command} is at work in {path.parent}; wait until it has ended, or "
                "choose another folder with --out"
            ) from error
        except OSError as error:
            reason = error.strerror or error
            raise UsageError(f"{path.parent} cannot be written: {reason}") from error
        yield


def _opened(lock: Path, *, wait: bool) -> int:
    """The lock file, locked; its last holder may delete it between the opening and the locking."""
    while True:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            if not take(descriptor, wait=wait) or is_still(lock, descriptor):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _remove_abandoned(lock: Path) -> None:
    descriptor = abandoned(lock)
    if descriptor is not None:
        with suppress(OSError):
            lock.unlink()
        os.close(descriptor)
