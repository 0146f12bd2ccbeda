"""Find out what is not installed: Python packages, and system libraries that they link to."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, requires

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
"""Library that OpenCV, MediaPipe or LiteRT link to -> its package in Debian and Ubuntu."""

_LIBRARY = re.compile(r"\b(lib[\w.+-]+\.so[.\d]*): cannot open shared object file")

_DISTRIBUTIONS = {
    "PIL": "pillow",
    "ai_edge_litert": "ai-edge-litert",
    "cv2": "opencv-contrib-python",
    "skimage": "scikit-image",
}
"""Module -> distribution, where the two have different names."""


def absent_part(error: BaseException) -> UnavailableError | None:
    """The missing part, if an error comes from something that is not installed; otherwise None.

    The result names the command that installs it, if known: for a package that hairopt depends on,
    and for a shared library in Debian.
    """
    if isinstance(error, ModuleNotFoundError):
        return _absent_package(error)
    found = _LIBRARY.search(str(error))
    if found is None or not isinstance(error, (ImportError, OSError)):
        return None
    package = DEBIAN_PACKAGES.get(found[1])
    return UnavailableError(
        f"the system library {found[1]} is not installed",
        f"apt-get install {package}" if package else None,
    )


def _absent_package(error: ModuleNotFoundError) -> UnavailableError | None:
    module = (error.name or "").partition(".")[0]
    package = _DISTRIBUTIONS.get(module, module)
    if package not in _asked_for():
        return None
    return UnavailableError(
        f"the Python package {package} is not installed", f"pip install {package}"
    )


def _asked_for() -> set[str]:
    """Names of the distributions that hairopt depends on, extras included."""
    try:
        lines = requires("hairopt") or []
    except PackageNotFoundError:
        return set()
    return {re.split(r"[^\w.-]", line, maxsplit=1)[0].lower() for line in lines}
