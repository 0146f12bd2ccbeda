"""The first screen of every page: the result, what a reader asks first, what is doubtful."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from hairopt.report.foreign_text import code_span, markdown_prose, one_line, printable

if TYPE_CHECKING:
    from rich.console import RenderableType

SHIP = "May I ship it?"
WIN = "What do I win?"
LOSE = "What do I lose?"
SURE = "How sure is it?"
LOOK = "Who has to look?"

Tone = Literal["good", "bad", "doubt", "plain"]

_STYLES: dict[Tone, str] = {"good": "green", "bad": "red", "doubt": "yellow", "plain": ""}


@dataclass(frozen=True)
class Point:
    """The answer to one question.

    Attributes:
        question: what a reader asks.
        short: the answer in a few words.
        details: what it rests on, one sentence or figure each.
        tone: colour of the answer, which repeats what its words say.
    """

    question: str
    short: str
    details: tuple[str, ...] = ()
    tone: Tone = "plain"


@dataclass(frozen=True)
class Answer:
    """The first screen of a page, and the end of a command's output.

    Attributes:
        sentence: the result in one sentence.
        points: the questions with their answers; none where nothing was compared.
        warnings: whatever touches the sentence: doubts about the photos, a busy machine, few
            rounds, variants without numbers.
        command: the command that a reader types next; may be empty.
    """

    sentence: str
    points: tuple[Point, ...] = ()
    warnings: tuple[str, ...] = ()
    command: str = ""


def answer_markdown(answer: Answer) -> list[str]:
    """The lines of the first screen in Markdown."""
    lines = [f"**{markdown_prose(answer.sentence)}**", ""]
    lines += [f"> **Warning:** {markdown_prose(text)}\n" for text in answer.warnings]
    for point in answer.points:
        details = "; ".join(map(markdown_prose, point.details))
        lines.append(
            f"- **{point.question}** {markdown_prose(point.short)}{': ' * bool(details)}{details}"
        )
    if answer.command:
        lines += ["", f"Next: {code_span(answer.command)}"]
    return [*lines, ""]


def answer_view(answer: Answer) -> list[RenderableType]:
    """The end of a command in the terminal: warnings, sentence, questions, the next command.

    The command is marked ``no_wrap``: it must not be broken into lines.
    """
    from rich.table import Table
    from rich.text import Text

    parts: list[RenderableType] = [Text()]
    parts += [Text(f"warning: {printable(text)}", style="yellow") for text in answer.warnings]
    parts.append(Text(one_line(answer.sentence), style="bold"))
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for point in answer.points:
        text = Text(printable(point.short), style=_STYLES[point.tone])
        details = "; ".join(map(printable, point.details))
        table.add_row(point.question, text.append(f": {details}" if details else "", style=""))
    if answer.points:
        parts.append(table)
    if answer.command:
        parts.append(Text(f"Next: {one_line(answer.command)}", no_wrap=True))
    return parts
