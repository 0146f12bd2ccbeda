"""File locks that are released when their process ends, even if it is killed.

The kernel releases a lock of flock(2) when the process that holds it ends. A process id in a file
would be less reliable: another process can get the same id, and ids differ between containers.
Where the system or the file system has no such locks, nothing is locked, and a file that another
process may hold counts as held.
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
    """Lock an open file until it is closed or this process ends.

    Args:
        descriptor: open for writing, which network file systems require.
        wait: whether to wait while another process holds it.

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
    """Whether the path is still that of the open file, which may have been deleted meanwhile."""
    try:
        return os.path.samestat(path.lstat(), os.fstat(descriptor))
    except OSError:
        return False


def abandoned(path: Path) -> int | None:
    """Lock a file whose owner has ended; None if it is (or may be) held, or does not exist.

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
    """Lock a file or folder against other processes that use the same lock.

    The lock is a hidden file beside ``path``; it is deleted afterwards. ``path`` may be absent. A
    lock file of a killed process is reused.

    Args:
        path: the file or folder; its parent folder exists.
        wait: whether to wait while another process holds the lock.

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
    """Allow only one command at a time in a folder.

    Args:
        path: the file that the command continues from; its folder is created if it is missing.
        command: the name of the command, such as ``hairopt optimize``.

    Raises:
        UsageError: another process works there, or the folder cannot be written.
    """
    with ExitStack() as stack:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            stack.enter_context(locked(path, wait=False))
        except BlockingIOError as error:
            raise UsageError(
                f"another {command} is running in {path.parent}; wait until it has ended, or "
                "choose another folder with --out"
            ) from error
        except OSError as error:
            reason = error.strerror or error
            raise UsageError(f"{path.parent} cannot be written: {reason}") from error
        yield


def _opened(lock: Path, *, wait: bool) -> int:
    """Open and lock the lock file; try again if its last holder deleted it in between."""
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
