"""Control of a worker process: start it, send requests, detect a crash or a hang, end it."""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from typing import TypeVar

from hairopt.backends.schema import HttpBackend
from hairopt.errors import HairoptError
from hairopt.measure.messages import Loaded, Refused
from hairopt.measure.worker import WITH_NETWORK
from hairopt.offline import guard
from hairopt.variants.schema import Variant

T = TypeVar("T")

_PIPELINES = "hairopt.measure.worker"
_BACKENDS = "hairopt.measure.backend_worker"

_STDERR_LINES = 6
_STDERR_BYTES = 4096
_GRACE_S = 5.0
_MOST_PADDING = 65_536
_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "OPENCV_FOR_THREADS_NUM",
)


class WorkerLostError(HairoptError):
    """The process of a variant crashed, was killed or did not answer in time."""


class RequestRefusedError(HairoptError):
    """The variant raised an error for one request; its process is still running.

    Attributes:
        refused: the worker's message.
    """

    def __init__(self, message: str, refused: Refused) -> None:
        super().__init__(message)
        self.refused = refused


class Worker:
    """A new process for one variant. Use it as a context manager: it ends with the block.

    The process gets the parent's module search path and, before any import, the variant's number of
    threads in its environment. It has its own session, so that Ctrl-C reaches only the parent,
    which then ends the worker. On Linux it also ends with the thread that started it, and it has no
    network access unless the variant sets ``process.network``.
    """

    def __init__(self, variant: Variant, module: str = _PIPELINES) -> None:
        """Start the process.

        Args:
            variant: the variant that it will load.
            module: its module for a variant of stages, if it needs more operations.
        """
        self.variant = variant
        if variant.backend is not None:
            module = _BACKENDS
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed in close()
        self._started_s = time.monotonic()
        self._process = self._start([sys.executable, "-m", module])
        self._answers: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _start(self, command: list[str]) -> subprocess.Popen[bytes]:
        def start() -> subprocess.Popen[bytes]:
            return subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                env=_environment(self.variant.segment.most_threads),
                start_new_session=True,
            )

        spec = self.variant.backend
        if self.variant.process.network or isinstance(spec, HttpBackend):
            command.append(WITH_NETWORK)
        return guard.run(start, with_network=self.variant.needs_network)

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, kind: type[BaseException] | None, *exc: object) -> None:
        self.close(at_once=kind is not None)

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def load(self, timeout_s: float) -> Loaded:
        """Let the process import and load its variant."""
        extra = () if self.variant.backend is None else (dict(os.environ), str(os.getpid()))
        self.send("load", self.variant.model_dump(mode="json"), self._started_s, *extra)
        return self.receive(Loaded, "loading", timeout_s)

    def send(self, operation: str, *arguments: object) -> None:
        """Send a request; if the worker has ended, ``receive`` raises the error.

        Args:
            operation: a method of ``worker.Server``.
            arguments: its arguments.
        """
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            pickle.dump((operation, arguments), self._process.stdin, pickle.HIGHEST_PROTOCOL)
            self._process.stdin.flush()

    def receive(self, kind: type[T], doing: str, timeout_s: float) -> T:
        """Wait for an answer without using the CPU.

        Args:
            kind: the type of the answer.
            doing: what the worker is doing, for the message, such as ``timing case 'x'``.
            timeout_s: after this time the worker counts as hung and is killed.

        Raises:
            WorkerLostError: it crashed, was killed, or hung.
            RequestRefusedError: the variant raised an error.
        """
        try:
            answer = self._answers.get(timeout=timeout_s)
        except queue.Empty:
            self._kill()
            raise WorkerLostError(
                f"The worker of variant {self.variant.name!r} did not answer within "
                f"{timeout_s:g} s while {doing} and was stopped.{self._last_words()}"
            ) from None
        if isinstance(answer, _End):
            raise WorkerLostError(
                f"The worker of variant {self.variant.name!r} {self._how_it_ended()} "
                f"while {doing}.{self._last_words()}"
            )
        if isinstance(answer, Refused):
            message = f"Variant {self.variant.name!r} failed while {doing}: {answer.reason}"
            if answer.is_final:
                raise WorkerLostError(message)
            raise RequestRefusedError(message, answer)
        assert isinstance(answer, kind), f"{kind} expected, {type(answer)} answered"
        return answer

    def close(self, *, at_once: bool = False) -> None:
        """End the process and its child processes; a second call has no effect.

        Args:
            at_once: do not wait for the current request.
        """
        if self._stderr.closed:
            return
        if at_once:
            self._kill()
        try:
            assert self._process.stdin is not None
            with contextlib.suppress(OSError):
                self._process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_GRACE_S)
        finally:
            self._kill()
            self._reader.join(_GRACE_S)
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._stderr.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        try:
            while True:
                self._answers.put(pickle.load(self._process.stdout))
        except Exception:  # a pipe that ends inside a pickle can raise many kinds of errors
            self._answers.put(_End())

    def _kill(self) -> None:
        with contextlib.suppress(OSError):
            if os.name == "posix":
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()
        self._process.wait()

    def _how_it_ended(self) -> str:
        try:
            status = self._process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            self._kill()
            return "closed its connection"
        if status >= 0:
            return f"ended with exit status {status}"
        name = signal.Signals(-status).name
        hint = ", most likely for lack of memory" if name == "SIGKILL" else ""
        return f"was ended by signal {name}{hint}"

    def _last_words(self) -> str:
        self._stderr.seek(0, os.SEEK_END)
        self._stderr.seek(max(0, self._stderr.tell() - _STDERR_BYTES))
        lines = self._stderr.read().decode(errors="replace").split("\n")
        kept = [line.strip() for line in lines if line.strip()][-_STDERR_LINES:]
        return f" Its last output: {' | '.join(kept)}" if kept else ""


class _End:
    """The entry in the queue of answers that marks the end of the connection."""


def _environment(threads: int) -> dict[str, str]:
    """The worker's environment: the parent's, with its thread counts and module search path.

    The programs of a back-end get that of the user instead (``backend_worker``).

    A text of random length shifts the memory of the process, so that what its layout happens to
    cost differs from start to start instead of from variant to variant.
    Source: Mytkowicz et al. (2009), Producing Wrong Data Without Doing Anything Obviously Wrong!
    """
    return {
        "HAIROPT_PADDING": "x" * random.randrange(_MOST_PADDING),
        **os.environ,
        **dict.fromkeys(_THREAD_VARIABLES, str(threads)),
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "PYTHONSAFEPATH": "1",
        "PYTHONHASHSEED": "0",
    }
