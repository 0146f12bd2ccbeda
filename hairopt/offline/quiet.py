"""Switch off the usage reports of libraries, in every process that imports hairopt.

``import hairopt`` calls this first, so it has to be fast. It applies to the command, its workers,
and any program that uses hairopt as a library; processes that they start inherit the environment.
To switch off another library, add one line here.
"""

from __future__ import annotations

import os
import sys

ENVIRONMENT = {
    # onnxruntime from 1.29 on, except on Windows. Its disable_telemetry_events() would be too late:
    # the import already starts the reports. Source: docs/Privacy.md of onnxruntime.
    "ORT_DISABLE_TELEMETRY": "1",
    # A convention of many libraries, which plug-in stages may load (consoledonottrack).
    "DO_NOT_TRACK": "1",
}
"""Variables that switch reports off, each with the value that does it."""

BARRED = ("openvino_telemetry",)
"""Modules that only report usage; their import is blocked. OpenVINO then uses its own stub and
sends no event when it is imported."""

_REPORTS_FROM = (1, 29)
_QUIET = ("1", "true", "yes", "on")


def keep_libraries_quiet() -> None:
    """Switch off the usage reports of libraries; a second call has no effect.

    Existing values are overridden. Warns if onnxruntime was imported first and already reports.
    """
    late = "onnxruntime" in sys.modules and _reports(os.environ.get("ORT_DISABLE_TELEMETRY", ""))
    os.environ.update(ENVIRONMENT)
    for name in BARRED:
        sys.modules[name] = None  # type: ignore[assignment]  # how Python bars an import
    if late:
        import warnings

        warnings.warn(
            "onnxruntime was imported before hairopt and reports its use to its maker until this "
            "process ends; import hairopt first, or set ORT_DISABLE_TELEMETRY=1",
            RuntimeWarning,
            stacklevel=3,
        )


def _reports(variable: str) -> bool:
    """Whether the loaded onnxruntime reports usage, with this value of its variable."""
    if sys.platform == "win32" or variable.lower() in _QUIET:
        return False
    version = str(getattr(sys.modules["onnxruntime"], "__version__", ""))
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    return not numbers or numbers >= _REPORTS_FROM
