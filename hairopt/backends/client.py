"""What every kind of back-end can do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from hairopt.backends.answer import Answer
from hairopt.backends.process_tree import ProcessTree
from hairopt.backends.request import Request


@dataclass(frozen=True)
class Opened:
    """A back-end that is ready.

    Attributes:
        import_ms: from the start of its process to the imported code; 0 where that is not known.
        load_ms: the rest of the start, until it was ready.
        is_cold: whether hairopt started it now, so that these times mean something.
        note: what there is to be shown to a person.
    """

    import_ms: float = 0.0
    load_ms: float = 0.0
    is_cold: bool = False
    note: str = ""


class Client(Protocol):
    """A back-end that answers one request at a time.

    Attributes:
        tree: its processes; None where they are on another machine, or end with every request.
    """

    tree: ProcessTree | None

    def open(self) -> Opened:
        """Start or look for it.

        Raises:
            BackendError: it does not start, or is not there.
        """
        ...

    def ask(self, request: Request, deadline_s: float) -> Answer:
        """One answer; ``total_ms`` is set by the caller.

        Args:
            request: the photo and what is wanted.
            deadline_s: value of ``time.monotonic()`` after which it is too late.

        Raises:
            BackendError: there is no usable answer.
        """
        ...

    def describe(self, request: Request) -> tuple[str, ...]:
        """What is sent, for a person: long texts are shortened, and secrets are not shown."""
        ...

    def close(self) -> None:
        """End what was started; a second call has no effect."""
        ...
