"""Installed packages that bring parts of hairopt, as their authors would make them."""

from collections.abc import Iterable
from pathlib import Path


def install_plugin(site: Path, name: str, code: str, group: str, points: Iterable[str]) -> None:
    """Put a package of one module into a folder of the import path.

    Args:
        site: the folder; it need not exist.
        name: of the module, and with hyphens of the package.
        code: of the module.
        group: of the entry points, such as ``hairopt.stages``.
        points: lines such as ``segment.disc = strange_knobs:disc``.
    """
    info = site / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (site / f"{name}.py").write_text(code)
    package = name.replace("_", "-")
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("\n".join([f"[{group}]", *points, ""]))
