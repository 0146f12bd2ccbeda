"""Text that somebody else wrote, in everything hairopt prints and writes: one place per format.

Names of cases, tags, titles, licences, shades, variants and messages of decoders come from files
that may have been sent by anybody. They stay text: nothing in them steers a terminal, becomes
markup, starts a formula or a command of a CI server, or makes a file that cannot be read.
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
"""What starts a command in the log of a GitHub or Azure job: ``::`` at the start of a line, ``##[``
anywhere."""

_MARKUP = re.compile(r"[\\`*_{}\[\]()<>#|~$&@!]")
_LIST = re.compile(r"^([-+=]|\d+(?=[.)](\s|$)))")
_EMOJI = re.compile(r":(?=[\w+-]+:)")
_ADDRESS = re.compile(r"(https?|ftp|mailto|xmpp)(?=:)|(www)(?=\.)", re.IGNORECASE)

_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20|%]|[\t\r\n]")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")


def printable(text: str) -> str:
    r"""For a terminal or a log: control characters become visible, line feeds and tabs stay.

    ``ESC [ 31 m`` becomes ``\x1b[31m``, an override of the writing direction ``\u202e``.
    """
    return _COMMAND.sub(_visible_command, _INVISIBLE.sub(_visible, text))


def one_line(text: str) -> str:
    """As ``printable``, with tabs and line feeds visible too."""
    return printable(text).replace("\n", "\\n").replace("\t", "\\t")


def markdown(text: str) -> str:
    """Text that stays text in every Markdown dialect, on one line of its own."""
    return _LIST.sub(_cut_list, markdown_cell(text))


def markdown_cell(text: str) -> str:
    """As ``markdown``, for the cell of a table or the midst of a line, where no list can begin."""
    plain = printable(" ".join(text.split()))
    plain = _MARKUP.sub(r"\\\g<0>", plain).replace("\\<", "&lt;").replace("\\>", "&gt;")
    return _ADDRESS.sub(_cut_address, _EMOJI.sub(r"\\:", plain))


def markdown_prose(text: str) -> str:
    """As ``markdown_cell`` for what people read as it is stored: round brackets stay bare."""
    return markdown_cell(text).replace("\\(", "(").replace("\\)", ")")


def code_span(text: str) -> str:
    """Text as inline code, whatever backticks it holds (CommonMark 0.31, section 6.1)."""
    plain = one_line(text)
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", plain)), default=0))
    pad = " " if plain.startswith("`") or plain.endswith("`") else ""
    return f"{fence}{pad}{plain}{pad}{fence}"


def code_block(text: str, language: str) -> list[str]:
    """Lines of text as a fenced block that nothing in them can end."""
    longest = max((len(run) for run in re.findall("`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return [f"{fence}{language}", *map(printable, text.split("\n")), fence]


def csv_cell(text: str) -> str:
    """Text that no spreadsheet takes for a formula; what is a number stays one.

    Line breaks stay, because a cell in quotes may hold them.
    """
    shown = "\r".join(_INVISIBLE.sub(_visible, part) for part in text.split("\r"))
    return f"'{shown}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else shown


def svg_text(text: str) -> str:
    """An SVG document without the characters that XML forbids; its own line feeds stay."""
    return _INVISIBLE.sub(_visible, text)


def github_text(text: str) -> str:
    """The message of a workflow command: no name in it can start another one."""
    return printable(text).replace("%", "%25").replace("\n", "%0A")


def github_property(text: str) -> str:
    """A property of a workflow command, such as its title."""
    return github_text(text).replace(":", "%3A").replace(",", "%2C")


def json_text(document: str) -> str:
    """A JSON document that can be shown in a terminal: equal, but for escapes of what is unseen."""
    return _INVISIBLE.sub(lambda found: _utf16_escapes(found.group()), document)


def toml_text(document: str) -> str:
    """As ``json_text``, for TOML whose texts all stand in double quotes."""
    return _INVISIBLE.sub(lambda found: f"\\U{ord(found.group()):08x}", document)


def _visible(found: re.Match[str]) -> str:
    code = ord(found.group())
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def _visible_command(found: re.Match[str]) -> str:
    return "\\x23#" if found.group() == "##" else f"{found[1]}\\x3a"


def _cut_address(found: re.Match[str]) -> str:
    """A backslash before the mark that makes an address of the word."""
    return f"{found.group()}\\"


def _cut_list(found: re.Match[str]) -> str:
    """A backslash before, or behind a number, so that no list or heading begins."""
    return f"{found.group()}\\" if found.group().isdigit() else f"\\{found.group()}"


def _utf16_escapes(character: str) -> str:
    data = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{data[i]:02x}{data[i + 1]:02x}" for i in range(0, len(data), 2))
