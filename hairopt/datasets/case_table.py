"""CSV files with one row per case: ``cases.csv`` with its tags, ``noise.csv`` with its noise."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from hairopt.errors import DataError
from hairopt.files.text import read_text
from hairopt.registry import unknown_name

NAME_COLUMN = "name"
CLUSTER_COLUMN = "source"
"""The column for cases that belong together, such as two photos of one person."""

_OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_MAX_MB = 64


def same_form(name: str) -> str:
    """A name in Unicode form NFC, so that files copied from another system match, too."""
    return unicodedata.normalize("NFC", name)


def read_case_table(
    path: Path, known: Iterable[str], required: str = NAME_COLUMN
) -> tuple[dict[str, dict[str, str]], list[str]]:
    """Read a CSV file with one row per case; an absent file is an empty one.

    Args:
        path: UTF-8, comma separated, a header with the column ``name``.
        known: the names of the dataset's cases.
        required: a second column that the header must have.

    Returns:
        Case name -> column -> value without empty values, and one sentence for every fault.

    Raises:
        DataError: the file is no text that can be read.
    """
    if not (path.exists() or path.is_symlink()):
        return {}, []
    text = read_text(path, _MAX_MB, "It has to be comma separated (CSV).", DataError)
    separator = _other_separator(text)
    if separator:
        return {}, [f"{path}: its cells are separated by {separator}; separate them by commas"]
    try:
        lines = csv.reader(io.StringIO(text, newline=""), strict=True)
        rows = [row for row in lines if any(map(str.strip, row))]
    except csv.Error as error:
        raise DataError(f"{path} is no CSV file that can be read: {error}") from error
    header = [cell.strip() for cell in rows[0]] if rows else []
    wanted = list(dict.fromkeys((NAME_COLUMN, required)))
    if not {*wanted} <= {*header} or len(set(header)) < len(header) or "" in header:
        return {}, [
            f"{path}: the first line must name every column once, among them "
            f"{' and '.join(map(repr, wanted))} (found: {', '.join(header) or 'nothing'})"
        ]
    return _collect(path, header, rows[1:], set(known))


def _other_separator(text: str) -> str:
    """The separator in a header without commas, from a spreadsheet's export; empty for none."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    cells = {mark: [cell.strip(' "') for cell in header.split(mark)] for mark in _OTHER_SEPARATORS}
    commas = [cell.strip(' "') for cell in header.split(",")]
    if NAME_COLUMN in commas:
        return ""
    found = (name for mark, name in _OTHER_SEPARATORS.items() if NAME_COLUMN in cells[mark])
    return next(found, "")


def _collect(
    path: Path, header: Sequence[str], rows: Sequence[Sequence[str]], known: set[str]
) -> tuple[dict[str, dict[str, str]], list[str]]:
    found: dict[str, dict[str, str]] = {}
    faults: list[str] = []
    for row in rows:
        if len(row) != len(header):
            faults.append(f"{path}: {row[0]!r} has {len(row)} cells, the header {len(header)}")
            continue
        cells = {key: cell.strip() for key, cell in zip(header, row, strict=True) if cell.strip()}
        name = same_form(cells.pop(NAME_COLUMN, ""))
        if name not in known:
            faults.append(f"{path}: {_unknown(name, known)}")
        elif name in found:
            faults.append(f"{path}: case {name!r} is listed twice")
        else:
            found[name] = cells
    return found, faults


def _unknown(name: str, known: set[str]) -> str:
    if Path(name).stem in known:
        return f"names are written without an extension: {name!r} -> {Path(name).stem!r}"
    sentence = unknown_name("case", name, sorted(known))
    return sentence if len(known) <= 20 else sentence.partition(" (known")[0]
