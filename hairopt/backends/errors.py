"""What goes wrong with a back-end, by kind; the text of an error never holds a secret."""

from __future__ import annotations

from typing import Literal

from hairopt.errors import HairoptError

Kind = Literal[
    "no contact", "status", "redirect", "timeout", "answer", "picture", "size", "raised", "ended"
]
"""No connection; an HTTP status; an answer too late; an answer that is not as ``[backend.answer]``
says; bytes that are no picture; a picture of another size; an exception; a process that ended."""

_LINE_CHARACTERS = 200


class BackendError(HairoptError):
    """A request without a usable answer.

    Attributes:
        kind: what went wrong.
        again_after_s: the seconds after which it is worth to ask again; None if it is not.
    """

    def __init__(self, kind: Kind, message: str, again_after_s: float | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.again_after_s = again_after_s


class BackendGoneError(HairoptError):
    """A back-end that no longer answers at all; further requests make no sense."""


def first_line(data: bytes) -> str:
    """The first line of a text that is not empty, printable and at most 200 characters long."""
    for line in data[:8192].decode("utf-8", "replace").splitlines():
        text = " ".join(line.split())
        if text:
            shown = "".join(
                one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text
            )
            return shown if len(shown) <= _LINE_CHARACTERS else f"{shown[:_LINE_CHARACTERS]}..."
    return ""
