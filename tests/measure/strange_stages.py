"""A plug-in with segmenters that misbehave; the fixture ``plugin`` installs it for real."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from hairopt.errors import DataError, UnavailableError


class Disc:
    """A segmenter without a network: hair is a disc in the middle of the picture."""

    calls = 0

    def __call__(self, image):
        self.calls += 1
        self.misbehave(image)
        y, x = np.mgrid[-1:1:64j, -1:1:64j]
        return (np.hypot(y, x) < 0.5).astype(np.float32)

    def misbehave(self, image):
        pass

    def close(self):
        pass


class Exits(Disc):
    def misbehave(self, image):
        if self.calls == 6:
            os.write(2, b"the last thing it said\n")
            os._exit(3)


class Segfaults(Disc):
    def misbehave(self, image):
        if self.calls == 6:
            ctypes.string_at(0)


class Killed(Disc):
    def misbehave(self, image):
        os.kill(os.getpid(), signal.SIGKILL)


class Hangs(Disc):
    def misbehave(self, image):
        if self.calls == 2:
            time.sleep(1000)


class Raises(Disc):
    def misbehave(self, image):
        raise ValueError("no hair today")


class Chatty(Disc):
    """Prints where the answers go, from Python and from C."""

    def misbehave(self, image):
        sys.stdout.write("chatter" * 1000)
        sys.stdout.flush()
        os.write(1, b"more chatter")


class Picky(Disc):
    def misbehave(self, image):
        if image.shape[0] == 48:
            raise DataError("48 rows are not to my taste")


class Spawns(Disc):
    """Leaves a process behind, then hangs."""

    def misbehave(self, image):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
        Path(os.environ["HAIROPT_TEST_PIDS"]).write_text(f"{os.getpid()}\n{child.pid}\n")
        time.sleep(1000)


def connects(**_):
    socket.create_connection(("127.0.0.1", int(os.environ["HAIROPT_TEST_PORT"]))).close()
    return Disc()


def disc(**_):
    return Disc()


def exits(**_):
    return Exits()


def segfaults(**_):
    return Segfaults()


def killed(**_):
    return Killed()


def hangs(**_):
    return Hangs()


def raises(**_):
    return Raises()


def chatty(**_):
    return Chatty()


def picky(**_):
    return Picky()


def spawns(**_):
    return Spawns()


def _starts():
    """How often a process of the variant was measured; the rehearsal is the first."""
    file = Path(os.environ["HAIROPT_TEST_STARTS"])
    with file.open("a") as opened:
        opened.write("x")
    return len(file.read_text())


def exits_in_its_second_start(**_):
    return Exits() if _starts() == 3 else Disc()


def unavailable_later(**_):
    if _starts() == 3:
        raise UnavailableError("the chip was taken out", fix="put it in")
    return Disc()


def unavailable(**_):
    raise UnavailableError("there is no such chip in this machine", fix="buy one")


def dies_loading(**_):
    os._exit(7)


def reports_threads(**_):
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")
    raise ValueError(" ".join(os.environ[name] for name in names) + f" {'pandas' in sys.modules}")
