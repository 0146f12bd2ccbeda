"""The floors of the package as a picture: ``python -m tools.architecture.floors``.

Order and names are those of the import contract in ``pyproject.toml``, the sentences are the first
ones of the packages' docstrings. A file imports only from its own floor and from floors below.
"""

from __future__ import annotations

import ast
import re
import sys
from html import escape
from pathlib import Path
from typing import NamedTuple

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]
PICTURE = ROOT / "docs" / "images" / "floors.svg"

_WIDTH_PX = 860
_ROW_PX = 26
_NAME_PX = 150
_STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .name { font-weight: 600; }
  .row { fill: #f6f8fa; stroke: #d0d7de; }
  .file { fill: #ffffff; stroke: #d0d7de; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .row { fill: #161b22; stroke: #30363d; }
    .file { fill: #0d1117; stroke: #30363d; }
  }
"""


class Floor(NamedTuple):
    """One floor: a package, or a file of its own.

    Attributes:
        name: as it is imported from ``hairopt``.
        sentence: what it is for.
        is_package: whether it is a folder.
    """

    name: str
    sentence: str
    is_package: bool


def read_floors(root: Path = ROOT) -> list[Floor]:
    """The floors, highest first."""
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    (layers,) = (
        contract["layers"]
        for contract in settings["tool"]["importlinter"]["contracts"]
        if contract["type"] == "layers"
    )
    return [_floor(root / "hairopt", name) for name in layers]


def floors_svg(floors: list[Floor]) -> str:
    """The picture, readable on light and dark pages."""
    rows = []
    for number, floor in enumerate(floors):
        top = number * (_ROW_PX + 2) + 1
        kind = "row" if floor.is_package else "file"
        rows.append(
            f'<rect class="{kind}" x="1" y="{top}" width="{_WIDTH_PX - 2}" height="{_ROW_PX}" '
            f'rx="4"/><text class="name" x="12" y="{top + 17}">{escape(floor.name)}</text>'
            f'<text x="{_NAME_PX}" y="{top + 17}">{escape(floor.sentence)}</text>'
        )
    height = len(floors) * (_ROW_PX + 2)
    title = "Floors of hairopt; each imports only from its own floor and from floors below"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH_PX} {height}" role="img">'
        f"<title>{title}</title><style>{_STYLE}</style>\n" + "\n".join(rows) + "\n</svg>\n"
    )


def _floor(package: Path, name: str) -> Floor:
    folder = package / name
    is_package = folder.is_dir()
    file = folder / "__init__.py" if is_package else folder.with_suffix(".py")
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    sentence = " ".join(text.split("\n\n")[0].split()).replace("``", "")
    return Floor(name, re.sub(r"\.$", "", sentence), is_package)


if __name__ == "__main__":
    PICTURE.write_text(floors_svg(read_floors()), encoding="utf-8")
