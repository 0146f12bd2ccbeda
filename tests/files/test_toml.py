from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hairopt.errors import ConfigError, DataError
from hairopt.files.toml import parse_toml, read_toml

_EXPECTED = "Expected is a variant in TOML: one key = value per line, texts in quotes."


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("name = blue", ", line 1, column 8: invalid value: 'name = blue'. "),
        ("a = 1\n\n  a = 2\n", ", line 3, column 8: cannot overwrite a value: 'a = 2'. "),
        ("= 1", ", line 1, column 1: invalid statement: '= 1'. "),
        ("a = 1\r\nb = 1 c = 2\r\n", ", line 2, column 7: expected newline or end of document "),
        ("a = '\u2028'\nb = blue", ", line 2, column 5: invalid value: 'b = blue'. "),
        ("a = [1,\n", ", line 1, the last: invalid value: 'a = [1,'. "),
        ('a = """\nb', ", line 2, the last: unterminated string: 'b'. "),
    ],
)
def test_says_file_line_and_column_and_shows_the_line(text: str, found: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_toml(text, "own.toml", "a variant")
    assert str(caught.value).startswith(f"own.toml{found}")
    assert str(caught.value).endswith(_EXPECTED)


def test_a_long_line_is_cut() -> None:
    with pytest.raises(ConfigError, match=r"'a = x{56}\.\.\.'\."):
        parse_toml("a = " + "x" * 1000, "own.toml", "a variant")


def test_a_text_nested_without_end_is_refused() -> None:
    with pytest.raises(ConfigError, match="nested more than 100 deep"):
        parse_toml("a = " + "[" * 100_000, "own.toml", "a variant")


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_reads_a_file_with_and_without_a_byte_order_mark(tmp_path: Path, mark: bytes) -> None:
    file = tmp_path / "own.toml"
    file.write_bytes(mark + "name = 'ä'\r\n[segment]\nthreads = 2\n".encode())
    assert read_toml(file, "a variant") == {"name": "ä", "segment": {"threads": 2}}


def test_names_the_file_that_cannot_be_read_and_raises_the_error_asked_for(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.toml cannot be read: No such file"):
        read_toml(tmp_path / "none.toml", "a variant", DataError)
    (tmp_path / "own.toml").write_bytes(b"name = '\xff'")
    with pytest.raises(DataError, match=r"own\.toml is no UTF-8 text: byte 0xff in line 1"):
        read_toml(tmp_path / "own.toml", "a variant", DataError)


@given(st.text())
def test_any_text_is_read_or_refused_with_its_origin(text: str) -> None:
    try:
        parse_toml(text, "own.toml", "a variant")
    except ConfigError as error:
        message = str(error)
    else:
        return
    assert message.startswith("own.toml")
    assert message.endswith(_EXPECTED)
