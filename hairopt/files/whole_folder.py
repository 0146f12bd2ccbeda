"""Folders that are complete or as they were before, whatever happens while they are written.

A folder is filled under a hidden name beside its place, brought to the disk, and moved there. Where
one is there already the two are exchanged in one step (``renameat2`` with ``RENAME_EXCHANGE``, on
Linux and its local file systems), and the old one is deleted afterwards: whoever opens the path
sees one of the two, whole, at any moment. Elsewhere (macOS, Windows, network file systems) it takes
two steps, the old one aside and the new one in. A process that is killed between them leaves
nothing at the path, but both of them beside it, and ``recover`` puts the new one in.

A manifest that names its files under ever new names, and is written last, would do without the
exchange. But golden sets are committed and reviewed: a picture has to keep its name for a review to
show what changed in it.

The hidden folder ``.partial-*`` holds ``owner``, a file that its process keeps locked and that
names the place, ``new``, the folder to be, and ``complete`` from when that is worth keeping. The
next process that writes in the same place removes those whose owner is gone.
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
"""Files: a disk brings many to itself in hardly more time than one."""

_RACES = 16
"""Other processes that may put a folder in the same place while this one does."""

Tell = Callable[[Path], None]
"""Told of a folder that a killed process had complete, and that has been put in its place now."""


@contextmanager
def whole_folder(
    path: Path,
    *,
    replace: bool = False,
    check: Callable[[], None] = lambda: None,
    tell: Tell = lambda _: None,
) -> Iterator[Path]:
    """Make a folder, whole or not at all: what the block wrote is put in place when it ends.

    A symbolic link stays one.

    Args:
        path: of the folder; what it lies in is made where it is missing. It may be there if it is
            empty.
        replace: whether a folder that is there may go. Where it may not and two processes write
            at once, one of them is refused.
        check: called right before the folder is put in place; raises where that may not be.
        tell: see ``Tell``.

    Yields:
        An empty folder to fill, on the same disk.

    Raises:
        FileExistsError: something is there, and ``replace`` is False, or it is no folder.
        OSError: it cannot be written; what was there before still is.
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
    """Keep what a block of ``whole_folder`` has written so far, whatever happens from here on.

    If the block raises, the folder is put in place all the same; if the process is killed, the
    next one that writes there does it. What the block adds afterwards it brings to the disk itself,
    as ``write_whole`` does.

    Args:
        folder: what the block was given.

    Raises:
        OSError: it cannot be brought to the disk.
    """
    sync_tree(folder)
    (folder.parent / _COMPLETE).touch()
    sync_folder(folder.parent)


@contextmanager
def scratch_folder(parent: Path, tell: Tell = lambda _: None) -> Iterator[Path]:
    """An empty folder in ``parent``, which is made where it is missing; gone afterwards.

    Raises:
        OSError: nothing can be written there.
    """
    with _scratch(parent, "", tell) as scratch:
        yield scratch / _NEW


def recover(path: Path) -> None:
    """Finish the replacement of a folder that a killed process had begun, if there is one."""
    target = path.resolve()
    if not target.exists() and target.parent.is_dir():
        remove_leftovers(target.parent)


def remove_leftovers(parent: Path, tell: Tell = lambda _: None) -> None:
    """Remove what processes that are gone were writing in a folder, and put in what was complete.

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
                scratch.rmdir()  # killed before its owner was there, or after that was removed
            continue
        with suppress(OSError):
            _finish(scratch, tell)
            _remove(scratch)
        os.close(owner)


def sync_tree(folder: Path) -> None:
    """Bring a folder with everything in it to the disk.

    Raises:
        OSError: it cannot be.
    """
    inside = [(Path(where), names) for where, _, names in os.walk(folder)]
    files = [where / name for where, names in inside for name in names]
    with ThreadPoolExecutor(_SYNCED_AT_ONCE) as pool:
        list(pool.map(sync_file, [file for file in files if not file.is_symlink()]))
        list(pool.map(sync_folder, [where for where, _ in inside]))


def carry_over(old: Path, new: Path, *, ours: Callable[[str], bool]) -> None:
    """Copy what somebody else put into a folder that is about to be replaced.

    Args:
        old: the folder in place; it need not exist.
        new: what replaces it.
        ours: whether an entry of this name is not copied, because the new folder has its own.

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
    """Swap two folders in one step; False, and nothing is changed, where that cannot be done."""
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
        with suppress(OSError):  # where it fails, the next process tries again
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
    """A new folder and the descriptor that keeps its owner locked; None where there are no locks.

    Another process may take it for a leftover before it is locked: then there is another try.
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
    """Move the new folder to its place; one that was there lies in ``scratch`` afterwards."""
    new = scratch / _NEW
    with suppress(OSError):
        shutil.copymode(target, new)
    if replace and target.is_dir() and exchange(new, target):
        (scratch / _COMPLETE).unlink(missing_ok=True)  # what is new is the old one now
        return
    for number in range(_RACES):
        with suppress(OSError):
            target.rmdir()  # only where it is empty; Windows moves nothing onto a folder
        try:
            new.rename(target)  # refused where a folder holds something
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
    """Put in a folder that was complete when its process was killed, unless something is there."""
    name = os.fsdecode((scratch / _OWNER).read_bytes())
    new, target = scratch / _NEW, scratch.parent / name
    if name and (scratch / _COMPLETE).exists() and new.is_dir() and not target.exists():
        new.rename(target)
        sync_folder(scratch.parent)
        tell(target)


def _remove(scratch: Path) -> None:
    """Delete it, its owner last: without that nobody could tell any more that it may go."""
    with suppress(OSError):
        for entry in scratch.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry, ignore_errors=True)
        (scratch / _COMPLETE).unlink(missing_ok=True)
        if [entry.name for entry in scratch.iterdir()] == [_OWNER]:
            (scratch / _OWNER).unlink()
        scratch.rmdir()
