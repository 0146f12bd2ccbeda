"""Write run folders, completely or not at all, and read them."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timezone
from pathlib import Path

from hairopt.errors import DataError, UsageError
from hairopt.files.plain_values import shown
from hairopt.files.validated import Document
from hairopt.files.whole_folder import Tell, keep, scratch_folder, whole_folder
from hairopt.measure.run_model import SCHEMA, Run
from hairopt.measure.run_tables import CASES_FILE, TIMINGS_FILE

Cell = str | float | int | None
CaseRow = Mapping[str, Cell]
"""One line of ``cases.parquet``: a variant, a case, a shade and an intensity."""

TimingRow = Mapping[str, Cell]
"""One line of ``timings.parquet``: a variant and a round."""

FIXED_COLUMNS = ("variant", "case", "source", "shade", "shade_name", "intensity", "images")
"""Columns of ``cases.parquet`` before the tags, the metrics and ``output_bytes``.

``shade`` is the hex code; ``images`` is the folder with the case's pictures, relative to the run
folder, or null."""

RUN_FILE = "run.json"
IMAGES_FOLDER = "images"

MIN_FREE_MB = 256
"""Least free space, in MB, to begin a measurement."""


def new_run_id(now: datetime) -> str:
    """A name that sorts by time and is unique, such as ``20260131T235959Z-1f2e3d``."""
    return f"{now.astimezone(timezone.utc):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def require_free_name(out: Path, name: str | None) -> None:
    """Refuse the name of a run that there is already, before anything is measured.

    Raises:
        UsageError: ``out`` has something of this name.
    """
    if name is not None and _is_taken(out, name):
        raise UsageError(
            f"{out / name} exists, and a run is never changed; choose another --name, or delete it"
        )


def free_run_id(out: Path, name: str | None, now: datetime) -> str:
    """The id of a run: its name, or one of its own if there is none.

    If another process has taken the name in the meantime, a few letters are added to it, because
    everything has been measured.
    """
    if name is None:
        return new_run_id(now)
    return f"{name}-{secrets.token_hex(3)}" if _is_taken(out, name) else name


def _is_taken(out: Path, name: str) -> bool:
    return (out / name).exists() or (out / name).is_symlink()


@contextmanager
def scratch(out: Path, tell: Tell = lambda _: None) -> Iterator[Path]:
    """A temporary folder inside ``out``, which is created if it is missing.

    Remains of killed processes are removed first; completely measured runs are put in place.

    Args:
        out: folder in which run folders are made.
        tell: called with every run that was put in place.

    Raises:
        UsageError: nothing can be written there, or the disk is nearly full; so this is known
            before anything is measured.
    """
    with ExitStack() as stack:
        with _explained(out):
            folder = stack.enter_context(scratch_folder(out, tell))
        free_mb = shutil.disk_usage(out).free // 10**6
        if free_mb < MIN_FREE_MB:
            raise UsageError(
                f"Only {free_mb} MB are free in {out}, but a run needs {MIN_FREE_MB} MB; free "
                "some space, or choose another folder with --out."
            )
        yield folder


def write_run(
    run: Run,
    rows: Sequence[CaseRow],
    out: Path,
    render: Callable[[Path], object] | None = None,
    images: Path | None = None,
    timings: Sequence[TimingRow] = (),
) -> Path:
    """Write a run folder, completely or not at all.

    Once everything except the reports is written, the folder is kept: after an error or an
    interruption it is put in place, then the error is raised; if the process is killed, a later
    ``scratch`` puts it in place.

    Args:
        run: the content of ``run.json``; its id is the name of the folder.
        rows: the rows of ``cases.parquet``.
        out: folder in which the run folder is made.
        render: writes the reports into the given folder, which has all other files.
        images: a folder on the same disk that becomes ``images``; it is moved.
        timings: the rows of ``timings.parquet``; without rows there is no such file.

    Returns:
        The run folder.

    Raises:
        UsageError: it cannot be written; then there is no folder.
    """
    failure: Exception | None = None
    with _explained(out), whole_folder(out / run.id) as folder:
        _fill(folder, run, rows, timings, images)
        keep(folder)
        if render is not None:
            try:
                render(folder)
            except Exception as error:
                failure = error
    if failure is not None:
        raise failure
    return out / run.id


def read_run(path: Path) -> Run:
    """Read a run folder or a ``run.json``.

    Raises:
        DataError: there is none, or it has another schema than ``hairopt.run/1``; the message
            names file, line and key.
    """
    file = path / RUN_FILE if path.is_dir() else path
    document = Document.read_json(file, f"a run ({SCHEMA})")
    content = document.values
    schema = content.get("schema") if isinstance(content, dict) else None
    if schema != SCHEMA:
        raise DataError(f"{file} has the schema {shown(schema)}, but {shown(SCHEMA)} is expected.")
    return document.validated(Run)


def _fill(
    folder: Path,
    run: Run,
    rows: Sequence[CaseRow],
    timings: Sequence[TimingRow],
    images: Path | None,
) -> None:
    text = json.dumps(run.plain(), indent=1, ensure_ascii=False, allow_nan=False)
    (folder / RUN_FILE).write_text(text + "\n", encoding="utf-8")
    _write_table(rows, folder / CASES_FILE)
    if timings:
        _write_table(timings, folder / TIMINGS_FILE)
    if images is not None and images.is_dir():
        images.rename(folder / IMAGES_FOLDER)
    (folder / IMAGES_FOLDER).mkdir(exist_ok=True)


def _write_table(rows: Sequence[CaseRow], file: Path) -> None:
    import pandas as pd

    frame = pd.DataFrame(list(rows), columns=None if rows else ["variant", "case"])
    frame.to_parquet(file, index=False)


@contextmanager
def _explained(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"The run cannot be written to {out}: {error.strerror or error}. Choose another "
            "folder with --out, or make this one writable."
        ) from error
