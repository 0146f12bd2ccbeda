"""Libraries that report their use are told not to, in every process that imports hairopt.

``import hairopt`` calls this before anything else, so it costs next to nothing: the command, its
workers, and a program that uses hairopt as a library are covered alike. Processes started from
there inherit the environment. A library that begins to report is silenced here, in one line.
"""

from __future__ import annotations

import os
import sys

ENVIRONMENT = {
    # onnxruntime from 1.29 on, outside Windows. Its own disable_telemetry_events() comes too late:
    # the import has begun to report by then. Source: docs/Privacy.md of onnxruntime.
    "ORT_DISABLE_TELEMETRY": "1",
    # A convention that many libraries follow which stages of your own may load (consoledonottrack).
    "DO_NOT_TRACK": "1",
}
"""Variables that switch reports off, with the only value that does."""

BARRED = ("openvino_telemetry",)
"""Modules that only report. OpenVINO, which would send an event when it is imported, then uses its
own stub in place of this one."""

_REPORTS_FROM = (1, 29)
_QUIET = ("1", "true", "yes", "on")


def keep_libraries_quiet() -> None:
    """Switch off what libraries would report; calling it again is harmless.

    An existing value is overruled. Warns where onnxruntime came first and reports already.
    """
    late = "onnxruntime" in sys.modules and _reports(os.environ.get("ORT_DISABLE_TELEMETRY", ""))
    os.environ.update(ENVIRONMENT)
    for name in BARRED:
        sys.modules[name] = None  # type: ignore[assignment]  # how Python bars an import
    if late:
        import warnings

        warnings.warn(
            "onnxruntime was imported before hairopt and reports its use to its maker until this "
            "process ends; import hairopt first, or set ORT_DISABLE_TELEMETRY=1 before",
            RuntimeWarning,
            stacklevel=3,
        )


def _reports(variable: str) -> bool:
    """Whether the onnxruntime that is loaded reports, with this value of its variable."""
    if sys.platform == "win32" or variable.lower() in _QUIET:
        return False
    version = str(getattr(sys.modules["onnxruntime"], "__version__", ""))
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    return not numbers or numbers >= _REPORTS_FROM
