"""A history as Markdown and as CSV."""

from __future__ import annotations

from hairopt.files.csv import csv_text
from hairopt.quantities import number_of
from hairopt.report.answer import answer_markdown
from hairopt.report.foreign_text import csv_cell, markdown_cell
from hairopt.report.history.answer import history_answer
from hairopt.report.history.data import HISTORY_COLUMNS, History, VariantHistory, date_text
from hairopt.report.matrix import Cell, Column
from hairopt.report.text import interval_text, value_text


def history_markdown(history: History) -> str:
    """The whole of ``history.md``."""
    lines = [
        f"# {number_of(len(history.runs), 'hairopt run')}",
        "",
        *answer_markdown(history_answer(history)),
        "| run | date | CPU | id |",
        "|---:|---|---|---|",
    ]
    for number, run in enumerate(history.runs, start=1):
        cpu = markdown_cell(run.environment.cpu_model)
        lines.append(f"| {number} | {date_text(run)} | {cpu} | {markdown_cell(run.id)} |")
    lines.append("")
    for variant in history.variants:
        lines += [f"## {markdown_cell(variant.name)}", "", *_table(variant), ""]
    return "\n".join(lines) + "\n"


def history_csv(history: History) -> str:
    """The whole of ``history.csv``: one line per variant and run, full precision."""
    numbers = [
        column.key + suffix
        for column in HISTORY_COLUMNS
        for suffix in ("", "_ci95_low", "_ci95_high", "_change_percent")
    ]
    words = ["variant", "run", "id", "created_utc", "hairopt_version", "git_commit", "cpu_model"]
    rows: list[list[object]] = [[*words, "network_sha256", *numbers, "differs"]]
    for variant in history.variants:
        for index, entry in enumerate(variant.entries):
            run, model = entry.run, entry.result.model
            rows.append(
                [
                    csv_cell(variant.name), entry.number, csv_cell(run.id),
                    csv_cell(run.created_utc), csv_cell(run.hairopt_version),
                    csv_cell(run.git_commit or ""),
                    csv_cell(run.environment.cpu_model), csv_cell(model.sha256) if model else "",
                    *_numbers(variant, index), csv_cell("; ".join(entry.differs)),
                ]
            )  # fmt: skip
    return csv_text(rows)


def _table(variant: VariantHistory) -> list[str]:
    titles = [f"{c.title} ({c.unit})" if c.unit else c.title for c in HISTORY_COLUMNS]
    lines = [
        "| run | date | " + " | ".join(titles) + " | what differs |",
        "|---:|---|" + "---:|" * len(titles) + "---|",
    ]
    for entry in variant.entries:
        cells = (_cell(entry.cells[column.key], column) for column in HISTORY_COLUMNS)
        words = markdown_cell(", ".join(entry.differs))
        lines.append(f"| {entry.number} | {entry.date} | {' | '.join(cells)} | {words} |")
    return lines


def _cell(cell: Cell, column: Column) -> str:
    interval = interval_text(cell, column)
    return value_text(cell, column) + (f" ({interval})" if interval else "")


def _numbers(variant: VariantHistory, index: int) -> list[object]:
    values: list[object] = []
    for column in HISTORY_COLUMNS:
        cell = variant.entries[index].cells[column.key]
        change = variant.change(index, column.key)
        low, high = cell.ci95 or ("", "")
        value = "" if cell.value is None else cell.value
        values += [value, low, high, "" if change is None else change]
    return values
