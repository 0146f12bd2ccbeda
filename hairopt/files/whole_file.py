"""Write files atomically: afterwards a file is complete, or as it was before.

A file is written under a hidden name in the same folder, flushed to disk, and renamed in one step.
Then the folder is flushed, so that the renaming is not lost in a power failure. Files left by a
killed process are removed by the next process that writes in the folder.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from hairopt.files.lock import abandoned, is_still, take

_PART = re.compile(r"\..*\.[0-9a-f]{8}\.part")
_SHOWN_CHARACTERS = 60
"""Characters of a file's name in its hidden name: at most 255 bytes, up to four a character."""

_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EINVAL)


def write_whole(path: Path, data: bytes, *, replace: bool = True) -> None:
    """Write a file completely or not at all.

    A symbolic link stays a link. A pipe or a device is written directly.

    Args:
        path: the file; its folder exists.
        data: the content.
        replace: whether an existing file may be replaced. If not, and two processes write at the
            same time, one of them gets the error.

    Raises:
        FileExistsError: it exists, and ``replace`` is False.
        OSError: it cannot be written; names ``path``. An existing file is unchanged.
    """
    target = path.resolve()
    if replace and target.exists() and not target.is_file():
        target.write_bytes(data)
        return
    try:
        _remove_leftovers(target.parent)
        with _part(target, data) as part:
            with suppress(OSError):
                shutil.copymode(target, part)
            if replace:
                part.replace(target)
            else:
                _create(part, target)
        sync_folder(target.parent)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def sync_file(path: Path) -> None:
    """Flush a file to disk.

    Raises:
        OSError: it cannot be.
    """
    # Windows flushes only files that are open for writing.
    descriptor = os.open(path, os.O_RDWR if sys.platform == "win32" else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(path: Path) -> None:
    """Flush the names in a folder to disk, if the system can do that.

    Raises:
        OSError: the disk fails or is full.
    """
    try:
        sync_file(path)
    except OSError as error:
        if error.errno in (errno.EIO, errno.ENOSPC, errno.EDQUOT):
            raise


@contextmanager
def _part(target: Path, data: bytes) -> Iterator[Path]:
    """Write the content to disk under a hidden name; a file that is left there is deleted."""
    part, stream = _new_part(target)
    held = None
    try:
        with stream:
            # The duplicate keeps the lock. Windows has no locks, but can rename only closed files.
            held = os.dup(stream.fileno()) if sys.platform != "win32" else None
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        yield part
    finally:
        with suppress(OSError):
            part.unlink()
        if held is not None:
            os.close(held)


def _new_part(target: Path) -> tuple[Path, BinaryIO]:
    """Create and lock an empty file; try again if it was removed as a leftover before locking."""
    while True:
        name = f".{target.name[:_SHOWN_CHARACTERS]}.{secrets.token_hex(4)}.part"
        part = target.with_name(name)
        # Not made by tempfile, whose files other accounts cannot read.
        stream = part.open("xb")
        with suppress(BlockingIOError):
            if not take(stream.fileno()) or is_still(part, stream.fileno()):
                return part, stream
        stream.close()


def _create(part: Path, target: Path) -> None:
    """Give a file its name if no file has it: making a link is one step."""
    try:
        target.hardlink_to(part)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if target.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from None
        part.replace(target)


@lru_cache(maxsize=1024)
def _remove_leftovers(folder: Path) -> None:
    """Remove the hidden files of ended processes; once per folder, which may be large."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _PART.fullmatch(entry.name):
                _remove_part(Path(entry.path))


def _remove_part(part: Path) -> None:
    descriptor = abandoned(part)
    if descriptor is not None:
        with suppress(OSError):
            part.unlink()
        os.close(descriptor)
