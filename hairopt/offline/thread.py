"""A thread that cannot open a socket of any kind, for native code that would like to.

MediaPipe 1.x creates a client that reports usage to ``play.googleapis.com`` with every task, and
has neither an option nor a documented variable that switches it off. So its code runs in a thread
on which the kernel refuses every socket. Threads inherit that from the thread that starts them, so
nothing MediaPipe starts can get around it, while the rest of the process keeps what it has.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from hairopt.offline.guard import refuse_sockets

P = ParamSpec("P")
T = TypeVar("T")


class OfflineThread:
    """One thread without a network; everything it starts has none either."""

    def __init__(self) -> None:
        """Start the thread.

        Raises:
            UnavailableError: this system cannot take the network from one thread.
        """
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hairopt-offline")
        try:
            self._pool.submit(refuse_sockets).result()
        except BaseException:
            self.close()
            raise

    def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function in the thread and wait for what it returns or raises."""
        return self._pool.submit(function, *args, **kwargs).result()

    def close(self) -> None:
        """End the thread; calling it twice is harmless."""
        self._pool.shutdown(wait=True)
