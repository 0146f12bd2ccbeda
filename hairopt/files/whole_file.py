"""Files that are complete or as they were before, whatever happens while they are written.

A file is written under a hidden name beside its place, brought to the disk, and moved there in one
step; then the folder is brought to the disk, so that the move itself survives a power cut. What a
killed process left of this is removed by the next one that writes in that folder.
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
"""Of a file's name in that of its part; names end at 255 bytes, of which one takes up to four."""

_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EINVAL)


def write_whole(path: Path, data: bytes, *, replace: bool = True) -> None:
    """Write a file, whole or not at all.

    A symbolic link stays one, and what is no plain file (a pipe, a device) is written directly.

    Args:
        path: its folder exists.
        data: the content.
        replace: whether a file that is there may go. Where it may not and two processes write at
            once, one of them is refused.

    Raises:
        FileExistsError: it is there, and ``replace`` is False.
        OSError: it cannot be written; names ``path``. What was there before still is.
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
    """Bring a file to the disk.

    Raises:
        OSError: it cannot be.
    """
    # Windows brings only files to the disk that are open for writing.
    descriptor = os.open(path, os.O_RDWR if sys.platform == "win32" else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(path: Path) -> None:
    """Bring the names in a folder to the disk, where the system can do that.

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
    """The content on the disk, in a file beside its place; gone afterwards, if still there."""
    part, stream = _new_part(target)
    held = None
    try:
        with stream:
            # The lock lives on in the copy: Windows, which has none, moves closed files only.
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
    """A new empty file, locked; another process may take it for a leftover before it is locked."""
    while True:
        name = f".{target.name[:_SHOWN_CHARACTERS]}.{secrets.token_hex(4)}.part"
        part = target.with_name(name)
        # Opened as any other file, not by tempfile: what one account writes is read by others.
        stream = part.open("xb")
        with suppress(BlockingIOError):
            if not take(stream.fileno()) or is_still(part, stream.fileno()):
                return part, stream
        stream.close()


def _create(part: Path, target: Path) -> None:
    """Give a file its name where nothing has it: a link is made or refused in one step."""
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
    """Remove the parts of processes that are gone; once, because a folder may be large."""
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
