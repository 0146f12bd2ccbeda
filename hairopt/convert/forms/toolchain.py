"""What makes derived files: a part of every cache key, so that no old file outlives its maker."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

import hairopt
from hairopt.runtimes.installed import package_version

_PACKAGE = Path(hairopt.__file__).parent
_MAKERS = ("convert", "models")
"""Folders of the package whose code decides the bytes of a form, or how a photo is fed."""


@lru_cache(maxsize=1)
def toolchain() -> dict[str, str]:
    """The code of hairopt, by its hash, and the packages that do the work, by their version.

    The code is hashed rather than numbered: a number has to be raised by hand with every change.
    """
    code = hashlib.sha256(hairopt.__version__.encode())
    for folder in _MAKERS:
        for path in sorted((_PACKAGE / folder).rglob("*.py")):
            code.update(path.relative_to(_PACKAGE).as_posix().encode() + path.read_bytes())
    return {
        "hairopt": code.hexdigest(),
        "numpy": package_version("numpy"),
        "onnx": package_version("onnx"),
        "onnxruntime": package_version("onnxruntime", "onnxruntime-gpu", "onnxruntime-openvino"),
    }
