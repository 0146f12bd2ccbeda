"""Found first on the path of every traced process: none of them ends before it is old enough.

A library that reports usage wakes some seconds after it was loaded (onnxruntime 1.32 after nine);
most commands are done by then. So every Python process waits at its end until it and the last
process that it started are old enough. hairopt's workers, which end when they are no longer needed,
are left running until then.
"""

import atexit
import os
import sys
import time

AGE_S = float(os.environ["KEPT_ALIVE_S"])
_last_start_s = time.monotonic()
_closing = []


def _on_event(event, _arguments):
    global _last_start_s
    if event != "subprocess.Popen":
        return
    _last_start_s = time.monotonic()
    process = sys.modules.get("hairopt.measure.process")
    if process is not None and process.Worker.close is not _close_later:
        _closing.append(process.Worker.close)
        process.Worker.close = _close_later


def _close_later(worker, *, at_once=False):
    if worker not in _closing:
        _closing.append(worker)


def _grow_old():
    time.sleep(max(0.0, _last_start_s + AGE_S - time.monotonic()))
    for worker in _closing[1:]:
        _closing[0](worker)


sys.addaudithook(_on_event)
atexit.register(_grow_old)
