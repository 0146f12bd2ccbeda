"""Read text files in UTF-8, if they are regular files of a limited size."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from hairopt.errors import HairoptError

_OTHER_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_FOREIGN = (
    (b"\xff\xfe\0\0", "UTF-32"),
    (b"\0\0\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
_WITHOUT_WAITING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def read_regular(path: Path, limit_mb: int, error: type[HairoptError]) -> bytes:
    """The content of a regular file; a pipe or a device, which could block, is refused.

    Args:
        path: the file.
        limit_mb: its largest size in MB (10^6 bytes).
        error: the class that is raised.

    Raises:
        HairoptError: of the class ``error``: missing, not readable, no regular file, or too
            large; it names the file.
    """
    try:
        # Without O_NONBLOCK opening a pipe waits for a writer.
        descriptor = os.open(path, os.O_RDONLY | _WITHOUT_WAITING)
        try:
            status = os.fstat(descriptor)
            if (kind := _other_kind(status.st_mode)) is not None:
                raise error(f"{path} cannot be read: it is {kind}, not a file.")
            with open(descriptor, "rb", closefd=False) as stream:
                data = stream.read(limit_mb * 10**6 + 1)
        finally:
            os.close(descriptor)
    except OSError as fault:
        raise error(f"{path} cannot be read: {why_unreadable(path, fault)}.") from fault
    except ValueError as fault:  # a NUL in the name
        raise error(f"{str(path)!r} cannot be read: {fault}.") from fault
    if len(data) > limit_mb * 10**6:
        raise error(
            f"{path} cannot be read: it has {max(status.st_size, len(data)) / 1e6:,.0f} MB, and "
            f"{limit_mb} MB is the most for such a file."
        )
    return data


def why_unreadable(path: Path, fault: OSError) -> str:
    """Why a file could not be opened, as the end of a sentence."""
    if is_broken_link(path):
        return (
            f"it is a symbolic link to {path.readlink()}, which does not exist (with git-annex, "
            "DVC and the like the file itself has to be fetched first)"
        )
    return fault.strerror or str(fault)


def is_broken_link(path: Path) -> bool:
    """Whether it is a symbolic link to something that does not exist."""
    # The methods of Path raise for too long names and for cycles of links.
    return os.path.islink(path) and not os.path.exists(path)  # noqa: PTH110, PTH114


def _other_kind(mode: int) -> str | None:
    return next((name for is_kind, name in _OTHER_KINDS if is_kind(mode)), None)


def read_text(path: Path, limit_mb: int, expected: str, error: type[HairoptError]) -> str:
    """The text of a UTF-8 file, with or without a byte order mark.

    Args:
        path: the file.
        limit_mb: its largest size in MB (10^6 bytes).
        expected: a sentence that ends the message where the file is no text.
        error: the class that is raised.

    Raises:
        HairoptError: of the class ``error``: as ``read_regular``, or it is no UTF-8 text.
    """
    return decode_text(read_regular(path, limit_mb, error), str(path), expected, error)


def decode_text(data: bytes, origin: str, expected: str, error: type[HairoptError]) -> str:
    """UTF-8 bytes to text, without a byte order mark.

    Raises:
        HairoptError: of the class ``error``: another encoding, or no text at all.
    """
    for mark, encoding in _FOREIGN:
        if data.startswith(mark):
            raise error(f"{origin} is {encoding} text; save it as UTF-8. {expected}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        raise error(
            f"{origin} is no UTF-8 text: byte 0x{data[fault.start]:02x} in line {line}. {expected}"
        ) from fault
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise error(f"{origin} is no text: line {line} holds a NUL byte. {expected}")
    return text
