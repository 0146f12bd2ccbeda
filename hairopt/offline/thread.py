"""A thread that cannot open any socket, for native code that would use the network.

MediaPipe 1.x creates a client that reports usage to ``play.googleapis.com`` with every task. It has
no option and no documented variable against it. So its code runs in a thread in which the kernel
refuses every socket. Threads that MediaPipe starts inherit this. The rest of the process is not
affected.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from hairopt.offline.guard import refuse_sockets

P = ParamSpec("P")
T = TypeVar("T")


class OfflineThread:
    """One thread without network access; threads and processes that it starts have none, too."""

    def __init__(self) -> None:
        """Start the thread.

        Raises:
            UnavailableError: this system cannot block network access of one thread.
        """
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hairopt-offline")
        try:
            self._pool.submit(refuse_sockets).result()
        except BaseException:
            self.close()
            raise

    def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function in the thread, wait for it, and return its result or raise its error."""
        return self._pool.submit(function, *args, **kwargs).result()

    def close(self) -> None:
        """End the thread; a second call has no effect."""
        self._pool.shutdown(wait=True)
