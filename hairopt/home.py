"""The folder of what the user has: models, what was made from them, and caches."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """The folder for what the user pulls and adds: ``HAIROPT_HOME``, else the system's own."""
    chosen = os.environ.get("HAIROPT_HOME")
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs

    return platformdirs.user_data_path("hairopt", appauthor=False)


def cache_dir(library: str) -> Path:
    """The folder for what a library keeps between two runs; it may be deleted at any time."""
    return home() / "cache" / library


def keep_caches_home() -> None:
    """Have libraries keep their caches here too; only for a process that is hairopt's own."""
    os.environ.setdefault("MPLCONFIGDIR", str(cache_dir("matplotlib")))
