"""Find the method of a stage by its name in a variant: registered, or in a file of the user."""

from __future__ import annotations

from typing import Any

from hairopt.stages import STAGES
from hairopt.stages.file_method import FileMethod


def find_method(stage: str, name: str) -> Any:  # noqa: ANN401
    """The object behind ``segment.method``, ``recolor.method``, ``encode.format`` and so on.

    Args:
        stage: ``decode``, ``segment``, ``recolor``, ``postprocess`` or ``encode``.
        name: a registered name such as ``hsv``, or ``file:PATH.py:NAME``; that file is executed.

    Raises:
        ConfigError: there is no such method, or it cannot be loaded.
    """
    in_file = FileMethod.parse(name)
    return in_file.load() if in_file is not None else STAGES.get(f"{stage}.{name}")
