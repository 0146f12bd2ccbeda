"""Errors as a plan tells them: by the names of files, not by the folders of this machine."""

from __future__ import annotations

import os
from pathlib import Path

import hairopt
from hairopt.home import home


def plain_error(text: str | None) -> str | None:
    """The text with the package's folder, the models' and the current one cut off its paths."""
    if text is None:
        return None
    package = Path(hairopt.__file__).parent.parent
    for folder in (home(), package, Path.cwd(), Path.home()):
        if folder != Path(folder.anchor):
            text = text.replace(f"{folder}{os.sep}", "")
    return text
