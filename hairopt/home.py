"""The folder for the user's models, the forms made from them, and caches."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """``HAIROPT_HOME``, or by default the system's folder for data of applications."""
    chosen = os.environ.get("HAIROPT_HOME")
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs

    return platformdirs.user_data_path("hairopt", appauthor=False)


def cache_dir(library: str) -> Path:
    """The cache folder of a library; it may be deleted at any time."""
    return home() / "cache" / library


def keep_caches_home() -> None:
    """Let libraries keep their caches here; only for processes that hairopt itself started."""
    os.environ.setdefault("MPLCONFIGDIR", str(cache_dir("matplotlib")))
