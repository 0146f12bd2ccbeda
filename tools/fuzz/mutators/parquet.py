"""Parquet: columns of other types, names and values, written by pyarrow itself."""

from __future__ import annotations

import io
from random import Random
from typing import Any

from tools.fuzz.mutators.picture import spoilt
from tools.fuzz.mutators.text import nasty


def parquet(data: bytes, rng: Random) -> bytes:
    """A changed Parquet file: another table, or other bytes in the description of one."""
    import pyarrow.parquet as pq

    if rng.random() < 0.3:
        return _other_footer(data, rng)
    table = pq.read_table(io.BytesIO(data))
    for _ in range(rng.choice((1, 1, 2, 4))):
        table = _changed(table, rng)
    sink = io.BytesIO()
    pq.write_table(
        table,
        sink,
        row_group_size=rng.choice((1, 2, 1000)),
        compression=rng.choice(("snappy", "none", "gzip", "zstd")),
        use_dictionary=rng.random() < 0.5,
    )
    return sink.getvalue()


def _other_footer(data: bytes, rng: Random) -> bytes:
    """The schema and the places of the columns stand at the end, before their own length."""
    length = int.from_bytes(data[-8:-4], "little")
    start = len(data) - 8 - length
    footer = spoilt(data[start:-8], rng)
    return data[:start] + footer + len(footer).to_bytes(4, "little") + b"PAR1"


def _changed(table: Any, rng: Random) -> Any:  # noqa: ANN401 - pyarrow has no types
    import pyarrow as pa

    if not table.num_columns:
        return table.append_column("variant", pa.array(["x"] * table.num_rows))
    place = rng.randrange(table.num_columns)
    name, column = table.column_names[place], table.column(place)
    action = rng.randrange(7)
    if action == 0:
        return table.remove_column(place)
    if action == 1:
        other = rng.choice((*table.column_names, "", "\x1b[31m", "tag.\n", "a" * 5000, "iou"))
        names = list(table.column_names)
        names[place] = other
        return table.rename_columns(names)
    if action == 2:
        return table.slice(rng.randrange(table.num_rows + 1), rng.choice((0, 1, 2)))
    if action == 3:
        return pa.concat_tables([table] * rng.choice((2, 3, 40)))
    if action == 4:
        return table.append_column(rng.choice((name, "tag.new", "boundary_iou")), column)
    return table.set_column(place, name, _other_values(column, rng))


def _other_values(column: Any, rng: Random) -> Any:  # noqa: ANN401 - pyarrow has no types
    """Other values for a column, of its own type where they fit, else of the one they have."""
    import pyarrow as pa

    values = column.to_pylist()
    if rng.random() < 0.6 and values:
        values[rng.randrange(len(values))] = nasty(rng)
        try:
            return pa.array(values, column.type)
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, TypeError):
            pass
    kinds = (
        pa.null(), pa.string(), pa.int8(), pa.uint64(), pa.float16(), pa.float64(), pa.bool_(),
        pa.binary(), pa.date32(), pa.timestamp("ns", "UTC"), pa.duration("s"), pa.time64("us"),
        pa.decimal128(38, 3), pa.list_(pa.int32()), pa.struct([("a", pa.int8())]),
        pa.map_(pa.string(), pa.int8()), pa.dictionary(pa.int8(), pa.string()), pa.large_string(),
    )  # fmt: skip
    return pa.nulls(len(values), rng.choice(kinds)) if rng.random() < 0.4 else _filled(values, rng)


def _filled(values: list[Any], rng: Random) -> Any:  # noqa: ANN401 - pyarrow has no types
    """As many values, all alike, of whatever type they have."""
    import datetime
    import decimal

    import pyarrow as pa

    value = rng.choice(
        (
            "x", b"\xff\xfe", 5, 2**63, -1, 1e308, float("inf"), float("nan"), True, [1, 2],
            {"a": 1}, datetime.date(1, 1, 1), datetime.datetime(9999, 12, 31),
            decimal.Decimal("1e9"),
            datetime.timedelta(days=9999), datetime.time(1, 2), "\x1b[31m\n", "",
        )
    )  # fmt: skip
    return pa.array([value] * len(values))
