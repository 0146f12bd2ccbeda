"""Commented variant files to start from, one per kind of back-end."""

from __future__ import annotations

from pathlib import Path

KINDS = ("http", "python", "command")

_FOLDER = Path(__file__).with_name("starters")


def starter(kind: str, name: str) -> str:
    """The text of a variant file.

    Args:
        kind: of ``KINDS``.
        name: the name of the variant.
    """
    text = (_FOLDER / f"{kind}.toml").read_text(encoding="utf-8")
    return text.replace('name = "NAME"', f'name = "{name}"')
