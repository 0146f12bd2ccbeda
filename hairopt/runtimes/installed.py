"""Whether the package of a runtime is installed, and its version."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from hairopt.errors import UnavailableError


def require(module: str, runtime: str, command: str) -> None:
    """Check that a package is installed, without importing it.

    Raises:
        UnavailableError: absent; ``fix`` is the command given.
    """
    if find_spec(module) is None:
        raise UnavailableError(f"runtime {runtime} needs the package {module}", command)


def package_version(*distributions: str) -> str:
    """Version of the first installed distribution of these; empty if none is installed."""
    for name in distributions:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return ""
