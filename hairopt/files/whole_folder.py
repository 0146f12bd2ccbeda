"""Write folders atomically: afterwards a folder is complete, or as it was before.

A folder is filled under a hidden name beside its place, flushed to disk, and renamed. An existing
folder is exchanged with the new one in one step (``renameat2`` with ``RENAME_EXCHANGE``, on Linux
and its local file systems) and then deleted: at any moment the path leads to one complete folder.
Other systems (macOS, Windows, network file systems) need two steps: move the old folder aside, then
rename the new one. If the process is killed between them, no folder is at the path but both are
beside it, and ``recover`` puts the new one in place.

A manifest that is written last and refers to files with new names would not need the exchange. But
golden sets are committed and reviewed: a picture has to keep its name, so that a review shows its
change.

The hidden folder ``.partial-*`` contains ``owner``, a file that its process keeps locked and that
names the place; ``new``, the new folder; and ``complete``, once the new folder is worth keeping.
The next process that writes in the same place removes hidden folders whose owner has ended.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from hairopt.files.lock import abandoned, is_still, take
from hairopt.files.whole_file import sync_file, sync_folder

PREFIX = ".partial-"

_NAME = re.compile(rf"{re.escape(PREFIX)}[0-9a-f]{{8}}")
_OWNER, _NEW, _OLD, _COMPLETE = "owner", "new", "old", "complete"

_SYNCED_AT_ONCE = 16
"""Files flushed at the same time: a disk flushes many in hardly more time than one."""

_RACES = 16
"""Tries, if other processes put a folder in the same place at the same time."""

Tell = Callable[[Path], None]
"""Called with a folder that a killed process had completed, and that is now in its place."""


@contextmanager
def whole_folder(
    path: Path,
    *,
    replace: bool = False,
    check: Callable[[], None] = lambda: None,
    tell: Tell = lambda _: None,
) -> Iterator[Path]:
    """Make a folder completely or not at all: it is put in place when the block ends.

    A symbolic link stays a link.

    Args:
        path: the folder, absent or empty. Its parent folders are created.
        replace: whether an existing folder may be replaced. If not, and two processes write at
            the same time, one of them gets the error.
        check: called right before the folder is put in place; an error from it prevents that.
        tell: see ``Tell``.

    Yields:
        An empty folder to fill, on the same disk.

    Raises:
        FileExistsError: the path exists, and ``replace`` is False or it is no folder.
        OSError: it cannot be written; an existing folder is unchanged.
    """
    target = path.resolve()
    if os.path.ismount(target):
        raise OSError(errno.EBUSY, "it is a mount point; name a folder in it", str(path))
    with _scratch(target.parent, target.name, tell) as scratch:
        ended = False
        try:
            yield scratch / _NEW
            ended = True
        finally:
            complete = (scratch / _COMPLETE).exists()
            if ended or complete:
                if not complete:
                    sync_tree(scratch / _NEW)
                check()
                _put(scratch, target, replace=replace)
                sync_folder(target.parent)


def keep(folder: Path) -> None:
    """Keep the content that a block of ``whole_folder`` has written so far.

    If the block raises, the folder is still put in place; if the process is killed, the next
    process that writes there does it. Files added later have to be flushed by the block itself,
    as ``write_whole`` does.

    Args:
        folder: the folder that the block received.

    Raises:
        OSError: it cannot be flushed to disk.
    """
    sync_tree(folder)
    (folder.parent / _COMPLETE).touch()
    sync_folder(folder.parent)


@contextmanager
def scratch_folder(parent: Path, tell: Tell = lambda _: None) -> Iterator[Path]:
    """An empty temporary folder in ``parent``, which is created if it is missing.

    Raises:
        OSError: nothing can be written there.
    """
    with _scratch(parent, "", tell) as scratch:
        yield scratch / _NEW


def recover(path: Path) -> None:
    """Finish the replacement of a folder that a killed process had begun, if there was one."""
    target = path.resolve()
    if not target.exists() and target.parent.is_dir():
        remove_leftovers(target.parent)


def remove_leftovers(parent: Path, tell: Tell = lambda _: None) -> None:
    """Remove unfinished folders of ended processes; put complete ones in place.

    Args:
        parent: the folder.
        tell: see ``Tell``.
    """
    for scratch in sorted(parent.glob(f"{PREFIX}*")):
        if _NAME.fullmatch(scratch.name) is None or scratch.is_symlink():
            continue
        owner = abandoned(scratch / _OWNER)
        if owner is None:
            with suppress(OSError):
                scratch.rmdir()  # killed before its owner file was made, or after it was removed
            continue
        with suppress(OSError):
            _finish(scratch, tell)
            _remove(scratch)
        os.close(owner)


def sync_tree(folder: Path) -> None:
    """Flush a folder and all its content to disk.

    Raises:
        OSError: it cannot be.
    """
    inside = [(Path(where), names) for where, _, names in os.walk(folder)]
    files = [where / name for where, names in inside for name in names]
    with ThreadPoolExecutor(_SYNCED_AT_ONCE) as pool:
        list(pool.map(sync_file, [file for file in files if not file.is_symlink()]))
        list(pool.map(sync_folder, [where for where, _ in inside]))


def carry_over(old: Path, new: Path, *, ours: Callable[[str], bool]) -> None:
    """Copy other files from a folder that will be replaced into the new one.

    Args:
        old: the folder in place; it may be absent.
        new: the new folder.
        ours: whether an entry of this name belongs to the new folder, and is not copied.

    Raises:
        OSError: something cannot be copied.
    """
    for entry in sorted(old.iterdir()) if old.is_dir() else []:
        if ours(entry.name):
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.copytree(entry, new / entry.name, symlinks=True)
        else:
            shutil.copy2(entry, new / entry.name, follow_symlinks=False)


def exchange(first: Path, second: Path) -> bool:
    """Swap two folders in one step; False, with nothing changed, if that is not possible."""
    if sys.platform != "linux":
        return False
    import ctypes

    here, swap = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    if rename is None:
        return False
    return bool(rename(here, os.fsencode(first), here, os.fsencode(second), swap) == 0)


@contextmanager
def _scratch(parent: Path, target: str, tell: Tell) -> Iterator[Path]:
    _make(parent)
    remove_leftovers(parent, tell)
    scratch, owner = _new_scratch(parent)
    try:
        (scratch / _OWNER).write_bytes(os.fsencode(target))
        (scratch / _NEW).mkdir()
        yield scratch
    finally:
        with suppress(OSError):  # if it fails, the next process tries again
            _finish(scratch, lambda _: None)  # interrupted with the old folder aside, say
            _remove(scratch)
        if owner is not None:
            os.close(owner)


def _make(folder: Path) -> None:
    absent = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for made in absent:
        sync_folder(made.parent)


def _new_scratch(parent: Path) -> tuple[Path, int | None]:
    """A new folder, and the descriptor that locks its owner file; None if there are no locks.

    If another process removes it as a leftover before it is locked, it is made again.
    """
    while True:
        scratch = parent / f"{PREFIX}{secrets.token_hex(4)}"
        scratch.mkdir()
        try:
            owner = os.open(scratch / _OWNER, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        except FileNotFoundError:
            continue
        with suppress(BlockingIOError):
            if not take(owner):
                os.close(owner)
                return scratch, None
            if is_still(scratch / _OWNER, owner):
                return scratch, owner
        os.close(owner)


def _put(scratch: Path, target: Path, *, replace: bool) -> None:
    """Move the new folder to its place; the old one is then in ``scratch``."""
    new = scratch / _NEW
    with suppress(OSError):
        shutil.copymode(target, new)
    if replace and target.is_dir() and exchange(new, target):
        (scratch / _COMPLETE).unlink(missing_ok=True)  # ``new`` is the old folder now
        return
    for number in range(_RACES):
        with suppress(OSError):
            target.rmdir()  # works only if it is empty; Windows cannot rename onto a folder
        try:
            new.rename(target)  # fails if the folder is not empty
        except OSError as error:
            if not replace or not target.is_dir():
                raise _refusal(error, target) from error
        else:
            return
        keep(new)
        try:
            target.rename(scratch / f"{_OLD}-{number}")
        except FileNotFoundError:
            continue
        except OSError as error:
            reason = "it cannot be moved" if error.errno == errno.EXDEV else error.strerror
            raise OSError(error.errno, reason, str(target)) from error
    raise _refusal(OSError(errno.EEXIST, ""), target)


def _refusal(error: OSError, target: Path) -> OSError:
    code = errno.EEXIST if target.exists() else (error.errno or errno.EIO)
    return OSError(code, os.strerror(code), str(target))


def _finish(scratch: Path, tell: Tell) -> None:
    """Put a folder in place that a killed process had completed, if the place is free."""
    name = os.fsdecode((scratch / _OWNER).read_bytes())
    new, target = scratch / _NEW, scratch.parent / name
    if name and (scratch / _COMPLETE).exists() and new.is_dir() and not target.exists():
        new.rename(target)
        sync_folder(scratch.parent)
        tell(target)


def _remove(scratch: Path) -> None:
    """Delete it, its owner file last: without this file nobody knows that it may be deleted."""
    with suppress(OSError):
        for entry in scratch.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry, ignore_errors=True)
        (scratch / _COMPLETE).unlink(missing_ok=True)
        if [entry.name for entry in scratch.iterdir()] == [_OWNER]:
            (scratch / _OWNER).unlink()
        scratch.rmdir()
