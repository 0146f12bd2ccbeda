"""The smallest input that breaks the rule in the same way.

``python -m tools.fuzz.minimize READER FILE`` writes it beside FILE.
"""

from __future__ import annotations

import faulthandler
import os
import sys
from collections.abc import Callable
from pathlib import Path

from tools.fuzz.reader import Reader, prepared
from tools.fuzz.readers import READERS
from tools.fuzz.rule import check

_SIGNAL = "signal"


def kind_of(reader: Reader, data: bytes) -> str | None:
    """What an input does, in a forked process, so that a crash is an answer too."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        faulthandler.disable()
        os.close(read_end)
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 2)
        with prepared(reader) as folder:
            fault = check(reader, data, folder)
        os.write(write_end, (fault.where if fault else "").encode())
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as answer:
        told = answer.read().decode()
    status = os.waitpid(child, 0)[1]
    return f"{_SIGNAL} {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else told or None


def minimize(data: bytes, still_fails: Callable[[bytes], bool], tries: int = 3000) -> bytes:
    """Leave out ever smaller pieces as long as the fault stays (delta debugging)."""
    size = len(data) // 2
    while size and tries:
        place = 0
        while place < len(data) and tries:
            shorter = data[:place] + data[place + size :]
            tries -= 1
            if still_fails(shorter):
                data = shorter
            else:
                place += size
        size //= 2
    return data


def main() -> None:
    """Write FILE.min beside FILE."""
    reader, file = READERS[sys.argv[1]], Path(sys.argv[2])
    data = file.read_bytes()
    wanted = kind_of(reader, data)
    if wanted is None:
        sys.exit(f"{file} keeps the rule")
    small = minimize(data, lambda shorter: kind_of(reader, shorter) == wanted)
    file.with_name(file.name + ".min").write_bytes(small)
    sys.stdout.write(f"{wanted}\n{len(data)} -> {len(small)} bytes\n")


if __name__ == "__main__":
    main()
