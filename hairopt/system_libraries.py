"""Shared libraries of the system that Python packages link to and pip does not install."""

from __future__ import annotations

import re

from hairopt.errors import UnavailableError

DEBIAN_PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libGLESv2.so.2": "libgles2",
    "libICE.so.6": "libice6",
    "libSM.so.6": "libsm6",
    "libX11.so.6": "libx11-6",
    "libXext.so.6": "libxext6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgomp.so.1": "libgomp1",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libxcb.so.1": "libxcb1",
}
"""Debian's and Ubuntu's package of each library that OpenCV, MediaPipe and LiteRT link to."""

_ABSENT = re.compile(r"\b(lib[\w.+-]+\.so[.\d]*): cannot open shared object file")


def absent_library(error: BaseException) -> UnavailableError | None:
    """What is missing, where the error is the dynamic linker's about a shared library; else None.

    The answer names Debian's package as the fix, where it is known.
    """
    found = _ABSENT.search(str(error))
    if found is None or not isinstance(error, (ImportError, OSError)):
        return None
    package = DEBIAN_PACKAGES.get(found[1])
    return UnavailableError(
        f"the system library {found[1]} is not installed",
        f"apt-get install {package}" if package else None,
    )
