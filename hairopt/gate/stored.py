"""Stored baselines: small files, to be committed."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from hairopt.errors import DataError, UsageError
from hairopt.files.whole_file import write_whole
from hairopt.gate.snapshot import Snapshot, parse_snapshot, read_snapshot
from hairopt.registry import unknown_name
from hairopt.variants.methods import relative

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+@-]{0,79}")


def baseline_file(folder: Path, name: str) -> Path:
    """The file of a baseline with this name.

    Raises:
        UsageError: the name cannot be a file name.
    """
    if _NAME.fullmatch(name) is None:
        raise UsageError(
            f"baseline name {name!r}: letters, digits and . _ + @ - only, beginning with a letter "
            "or digit"
        )
    return folder / f"{name}.json"


def require_free(folder: Path, name: str, *, replace: bool = False) -> Path:
    """The file of a baseline that may be written.

    Raises:
        UsageError: the name is no file name, or taken and ``replace`` is False.
    """
    file = baseline_file(folder, name)
    if file.exists() and not replace:
        raise UsageError(f"{file} exists; --replace overwrites it, or choose another name")
    return file


def save_baseline(folder: Path, name: str, content: Snapshot, *, replace: bool = False) -> Path:
    """Store a snapshot under a name, completely or not at all.

    Raises:
        UsageError: the name is taken and ``replace`` is False, or the folder is not writable.
    """
    file = require_free(folder, name, replace=replace)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        portable = content.model_copy(update={"spec": relative(content.spec, folder)})
        write_whole(file, portable.to_json().encode(), replace=replace)
    except OSError as error:
        require_free(folder, name, replace=replace)  # another process may have been quicker
        raise UsageError(f"{file} cannot be written: {error.strerror}.") from error
    return file


def promote_baseline(folder: Path, source: str, target: str) -> Path:
    """Store a baseline under a second name, such as ``next`` as ``release``."""
    return save_baseline(folder, target, load_baseline(folder, source), replace=True)


def list_baselines(folder: Path) -> list[str]:
    """Names of the stored baselines, sorted."""
    return sorted(file.stem for file in folder.glob("*.json")) if folder.is_dir() else []


def load_baseline(folder: Path, name: str) -> Snapshot:
    """Read a stored baseline.

    Raises:
        DataError: no baseline has this name, or its file is damaged.
    """
    file = baseline_file(folder, name)
    if not file.is_file():
        raise DataError(unknown_name("baseline", name, list_baselines(folder)))
    return read_snapshot(file)


def load_baseline_of_revision(folder: Path, revision: str, name: str) -> Snapshot:
    """Read a baseline as it was committed in a git revision.

    Args:
        folder: the folder of stored baselines in the working tree.
        revision: anything that git resolves: a branch, a tag, a commit.
        name: name of the baseline.

    Raises:
        DataError: no repository, no such revision, or no such file in it.
    """
    file = baseline_file(folder, name)
    where = folder if folder.is_dir() else Path.cwd()
    try:
        top = _git(where, "rev-parse", "--show-toplevel").strip()
        inside = file.resolve().relative_to(Path(top).resolve()).as_posix()
        # --end-of-options: a revision may begin with a dash.
        text = _git(where, "show", "--end-of-options", f"{revision}:{inside}")
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        reason = str(getattr(error, "stderr", "") or error).strip()
        raise DataError(f"git knows no baseline {name} in revision {revision}: {reason}") from error
    return parse_snapshot(text, f"{revision}:{inside}", folder)


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
        timeout=30,
        env={**os.environ, "GIT_NO_LAZY_FETCH": "1"},  # of a partial clone, from its remote
    )
    return done.stdout
