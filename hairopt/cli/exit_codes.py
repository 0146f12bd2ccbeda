"""The one place where an error becomes an exit code and a message on standard error."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from contextlib import suppress
from enum import IntEnum

from hairopt.absent import absent_part
from hairopt.errors import (
    HairoptError,
    InconclusiveError,
    NotComparableError,
    RegressionError,
)
from hairopt.report.foreign_text import printable


class ExitCode(IntEnum):
    """The exit codes of all commands."""

    PASS = 0
    REGRESSION = 1
    USAGE = 2
    INCONCLUSIVE = 3
    NOT_COMPARABLE = 4
    INTERNAL = 70
    """A defect of hairopt itself (EX_SOFTWARE of sysexits.h), never a verdict."""
    INTERRUPTED = 130
    BROKEN_PIPE = 141


_BY_ERROR: tuple[tuple[type[BaseException], ExitCode], ...] = (
    (RegressionError, ExitCode.REGRESSION),
    (InconclusiveError, ExitCode.INCONCLUSIVE),
    (NotComparableError, ExitCode.NOT_COMPARABLE),
    (HairoptError, ExitCode.USAGE),
    (KeyboardInterrupt, ExitCode.INTERRUPTED),
    (BrokenPipeError, ExitCode.BROKEN_PIPE),
    (OSError, ExitCode.USAGE),
)


def exit_code(error: BaseException) -> ExitCode:
    """The exit code of an error, by the first class in the table that matches."""
    error = absent_part(error) or error
    for kind, code in _BY_ERROR:
        if isinstance(error, kind):
            return code
    return ExitCode.INTERNAL


def explain(error: BaseException) -> str:
    """The message of an error: what went wrong, where, what to do. Empty for a closed pipe."""
    error = absent_part(error) or error
    if isinstance(error, BrokenPipeError):
        return ""
    if isinstance(error, KeyboardInterrupt):
        return "; ".join(("interrupted", *map(str, error.args)))
    if isinstance(error, HairoptError):
        return f"error: {error}{_way_to_the_network(error)}"
    if isinstance(error, OSError):
        return f"error: {_explain_os_error(error)}"
    return (
        f"internal error: {type(error).__name__}: {error}\n"
        "This is a defect of hairopt; HAIROPT_DEBUG=1 shows where it happened."
    )


def answer(error: BaseException) -> ExitCode:
    """Print the message of an error to standard error and return its exit code."""
    if os.environ.get("HAIROPT_DEBUG", "") not in ("", "0"):
        traceback.print_exception(error)
    message = explain(error)
    if message:
        # If standard error is closed, the exit code still tells what happened.
        with suppress(OSError):
            sys.stderr.write(printable(message) + "\n")
    return exit_code(error)


def _way_to_the_network(error: BaseException) -> str:
    from hairopt.offline.guard import REFUSAL, was_refused

    return f"; {REFUSAL}" if was_refused(error) else ""


def _explain_os_error(error: OSError) -> str:
    way = _way_to_the_network(error)
    if way:
        return f"{error.strerror or error}{way}"
    where = f" {error.filename!r}" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"the disk is full while writing{where}; free some space or choose another --out"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"no permission for{where}; choose a file or folder that you can use"
    return f"{error.strerror or error}{where and ':' + where}"
