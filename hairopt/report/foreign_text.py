"""Escape text of unknown origin for all output; one function per format.

Names of cases, tags, titles, licences, shades, variants and messages of decoders come from files of
unknown origin. They are always treated as text: they cannot control a terminal, become markup,
start a formula or a command of a CI server, or make an output file invalid.
"""

from __future__ import annotations

import re

_UNSEEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters but for tab and line feed
    "\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"  # bidi, separators, zero width
    "\ud800-\udfff\ufeff\ufff9-\uffff\U000e0000-\U000e007f"  # surrogates, marks, non-characters
)
_INVISIBLE = re.compile(f"[{_UNSEEN}]")
_COMMAND = re.compile(r"^(\s*):(?=:)|##(?=\[)", re.MULTILINE)
"""Start of a command in the log of a GitHub or Azure job: ``::`` at the start of a line, ``##[``
anywhere."""

_MARKUP = re.compile(r"[\\`*_{}\[\]()<>#|~$&@!]")
_LIST = re.compile(r"^([-+=]|\d+(?=[.)](\s|$)))")
_EMOJI = re.compile(r":(?=(?!\d\d[:+-])[\w+-]+:)")
"""The start of ``:smile:`` or ``:100:``, but no part of a time such as ``00:06:23+00:00``."""
_ADDRESS = re.compile(r"(https?|ftp|mailto|xmpp)(?=:)|(www)(?=\.)", re.IGNORECASE)

_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20|%]|[\t\r\n]")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")


TILDE = "\\~"
"""Escaped ``~`` ("no change proven"), because two of them in a line mean strikethrough."""


def printable(text: str) -> str:
    r"""Text for a terminal or a log: control characters are escaped, except line feeds and tabs.

    ``ESC [ 31 m`` becomes ``\x1b[31m``, an override of the writing direction ``\u202e``.
    """
    return _COMMAND.sub(_visible_command, _INVISIBLE.sub(_visible, text))


def one_line(text: str) -> str:
    """As ``printable``, but with tabs and line feeds escaped, too."""
    return printable(text).replace("\n", "\\n").replace("\t", "\\t")


def markdown(text: str) -> str:
    """Text escaped for every Markdown dialect, for a line of its own."""
    return _LIST.sub(_cut_list, markdown_cell(text))


def markdown_cell(text: str) -> str:
    """As ``markdown``, for a table cell or the middle of a line, where no list can begin."""
    plain = printable(" ".join(text.split()))
    plain = _MARKUP.sub(r"\\\g<0>", plain).replace("\\<", "&lt;").replace("\\>", "&gt;")
    return _ADDRESS.sub(_cut_address, _EMOJI.sub(r"\\:", plain))


def markdown_prose(text: str) -> str:
    """As ``markdown_cell``, for prose that is also read unrendered: round brackets unescaped."""
    return markdown_cell(text).replace("\\(", "(").replace("\\)", ")")


def code_span(text: str) -> str:
    """Text as inline code, also with backticks in it (CommonMark 0.31, section 6.1)."""
    plain = one_line(text)
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", plain)), default=0))
    pad = " " if plain.startswith("`") or plain.endswith("`") else ""
    return f"{fence}{pad}{plain}{pad}{fence}"


def code_block(text: str, language: str) -> list[str]:
    """Lines of text as a fenced block that the text cannot end."""
    longest = max((len(run) for run in re.findall("`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return [f"{fence}{language}", *map(printable, text.split("\n")), fence]


def csv_cell(text: str) -> str:
    """Text that no spreadsheet reads as a formula; numbers stay numbers.

    Line breaks are kept, because a quoted cell may have them.
    """
    shown = "\r".join(_INVISIBLE.sub(_visible, part) for part in text.split("\r"))
    return f"'{shown}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else shown


def svg_text(text: str) -> str:
    """An SVG document without the characters that XML forbids; line feeds are kept."""
    return _INVISIBLE.sub(_visible, text)


def github_text(text: str) -> str:
    """The message of a workflow command, escaped so that it cannot start another one."""
    return printable(text).replace("%", "%25").replace("\n", "%0A")


def github_property(text: str) -> str:
    """A property of a workflow command, such as its title."""
    return github_text(text).replace(":", "%3A").replace(",", "%2C")


def json_text(document: str) -> str:
    """An equal JSON document for a terminal, with invisible characters escaped."""
    return _INVISIBLE.sub(lambda found: _utf16_escapes(found.group()), document)


def toml_text(document: str) -> str:
    """As ``json_text``, for TOML with all texts in double quotes."""
    return _INVISIBLE.sub(lambda found: f"\\U{ord(found.group()):08x}", document)


def _visible(found: re.Match[str]) -> str:
    code = ord(found.group())
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def _visible_command(found: re.Match[str]) -> str:
    return "\\x23#" if found.group() == "##" else f"{found[1]}\\x3a"


def _cut_address(found: re.Match[str]) -> str:
    """A backslash before the character that would make the word an address."""
    return f"{found.group()}\\"


def _cut_list(found: re.Match[str]) -> str:
    """A backslash before the mark, or after a number, so that no list or heading begins."""
    return f"{found.group()}\\" if found.group().isdigit() else f"\\{found.group()}"


def _utf16_escapes(character: str) -> str:
    data = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{data[i]:02x}{data[i + 1]:02x}" for i in range(0, len(data), 2))
