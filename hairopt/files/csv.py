"""Rows as the text of a CSV file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

_END = "\r\n"


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """RFC 4180, but that each line ends with a line feed alone.

    A cell with a comma, a quotation mark, a line feed or a carriage return stands in quotation
    marks. Python before 3.13 quotes a carriage return only where it is part of the end of a line.
    """
    return "".join(_line(row).removesuffix(_END) + "\n" for row in rows)


def _line(row: Sequence[object]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator=_END).writerow(row)
    return out.getvalue()
