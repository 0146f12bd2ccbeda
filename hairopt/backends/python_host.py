"""Calls a user's callable in the user's own interpreter; hairopt need not be installed there.

This file uses only the standard library and the syntax of Python 3.8. It is started with
``-c``, so that nothing of hairopt is on the module search path. Requests come on what was standard
input, answers go to what was standard output; whatever the callable prints goes to standard error.

A frame is the length of its head (8 bytes, big endian), the head (JSON), and the parts whose sizes
the head lists.
"""

from __future__ import annotations

import json
import os
import struct
import sys
import time
import traceback
from typing import Any, BinaryIO

_CHUNK = 1 << 20


def read_frame(source: BinaryIO) -> tuple[dict[str, Any], list[bytes]]:
    """The head and the parts of the next frame; EOFError if there is none."""
    size = struct.unpack(">Q", _exactly(source, 8))[0]
    head = json.loads(_exactly(source, size).decode("utf-8"))
    return head, [_exactly(source, length) for length in head.get("sizes", [])]


def write_frame(target: int, head: dict[str, Any], parts: Any = ()) -> None:
    """Write a frame; ``target`` is the number of a file."""
    head = dict(head, sizes=[len(part) for part in parts])
    data = json.dumps(head).encode("utf-8")
    for part in (struct.pack(">Q", len(data)) + data, *parts):
        rest = memoryview(part)
        while rest:
            rest = rest[os.write(target, rest[:_CHUNK]) :]


def _exactly(source: Any, length: int) -> bytes:
    data = bytearray(length)
    view, done = memoryview(data), 0
    while done < length:
        n = source.readinto(view[done:])
        if not n:
            raise EOFError
        done += n
    return bytes(data)


def _named(text: str) -> Any:
    """The object MODULE:NAME; a file of this name elsewhere on the path may hide it."""
    import importlib

    module, _, name = text.partition(":")
    found = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found


def _cpu_ns() -> int:
    """CPU time of this process and of its children that have ended."""
    try:
        import resource
    except ImportError:
        return time.process_time_ns()
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time_ns() + int(1e9 * (ended.ru_utime + ended.ru_stime))


def _result(call: Any, photo: bytes, shade: str, intensity: float) -> Any:
    found = call(photo, shade, intensity)
    if hasattr(found, "__await__"):
        import asyncio

        async def wait() -> Any:
            return await found

        found = asyncio.new_event_loop().run_until_complete(wait())
    return found


def _as_part(value: Any, what: str) -> tuple[dict[str, Any], bytes]:
    """Bytes, or an array of NumPy (or of what looks like one), as a description and bytes."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"kind": "bytes"}, bytes(value)
    if hasattr(value, "dtype") and hasattr(value, "shape") and hasattr(value, "tobytes"):
        shape = [int(side) for side in value.shape]
        return {"kind": "array", "dtype": str(value.dtype), "shape": shape}, value.tobytes()
    found = type(value).__name__
    raise TypeError(
        f"{what} is of type {found}; needed are the bytes of a picture file, or an array"
    )


def _answer(found: Any) -> tuple[dict[str, Any], list[bytes]]:
    """The head and the parts of an answer."""
    table = found if isinstance(found, dict) else {"image": found}
    if "image" not in table:
        raise TypeError(f"the dict has no key 'image', but {sorted(map(str, table))}")
    parts: list[bytes] = []
    head: dict[str, Any] = {"ok": True}
    for name in ("image", "mask"):
        if name == "image" or table.get(name) is not None:
            head[name], part = _as_part(table[name], f"{name!r} of the answer")
            parts.append(part)
    times = table.get("stage_ms") or {}
    head["stage_ms"] = {str(name): float(value) for name, value in dict(times).items()}
    return head, parts


def _failure(error: BaseException) -> dict[str, Any]:
    """What went wrong: the kind of error, its text, and the line of the user's code."""
    if isinstance(error, SystemExit):
        text = f"it called sys.exit({error.code!r})"
    else:
        text = ": ".join(part for part in (type(error).__name__, str(error)) if part)
    frames = traceback.extract_tb(error.__traceback__)
    own = [one for one in frames if one.filename != __file__ and "<frozen" not in one.filename]
    where = f"{os.path.basename(own[-1].filename)}:{own[-1].lineno}" if own else ""
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    return {"ok": False, "error": text, "where": where, "missing": missing}


def _end_with_parent() -> None:
    """Have the kernel end this process with its parent, even while the callable hangs."""
    if sys.platform.startswith("linux"):
        try:
            import ctypes

            ctypes.CDLL(None).prctl(1, 9, 0, 0, 0)
        except Exception:
            pass


def main() -> None:
    """Load the callable that the first frame names, then call it for every further frame."""
    began = time.perf_counter()
    _end_with_parent()
    source, target = os.fdopen(os.dup(0), "rb", 1 << 16), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    me = os.getpid()
    asked, _ = read_frame(source)
    sys.argv = [asked["call"]]
    sys.path[:0] = asked["path"]
    try:
        call = _named(asked["call"])
        imported = time.perf_counter()
        if asked["setup"]:
            _named(asked["setup"])()
    except BaseException as error:
        write_frame(target, _failure(error))
        return
    loaded = time.perf_counter()
    versions = {"python": sys.version.split()[0], "executable": sys.executable}
    times = {"import_ms": (imported - began) * 1000, "load_ms": (loaded - imported) * 1000}
    write_frame(target, dict(versions, ok=True, **times))
    while True:
        try:
            asked, parts = read_frame(source)
        except EOFError:
            return
        cpu, start = _cpu_ns(), time.perf_counter()
        try:
            found = _result(call, parts[0], asked["shade"], asked["intensity"])
            inside = {"inside_ms": (time.perf_counter() - start) * 1000}
            head, parts = _answer(found)
        except BaseException as error:
            inside, head, parts = {}, _failure(error), []
        if os.getpid() != me:
            os._exit(0)  # a child that the callable forked and let return
        inside["cpu_ms"] = (_cpu_ns() - cpu) / 1e6
        write_frame(target, dict(head, **inside), parts)
        del parts
        found = None


if __name__ == "__main__":
    main()
