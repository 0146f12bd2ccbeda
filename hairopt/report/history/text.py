"""A history as Markdown and as CSV."""

from __future__ import annotations

from hairopt.files.csv import csv_text
from hairopt.quantities import number_of
from hairopt.report.foreign_text import csv_cell, markdown, markdown_cell
from hairopt.report.history.data import HISTORY_COLUMNS, Entry, History, VariantHistory, date_text
from hairopt.report.text import percent_text, value_text

NOT_PROVEN = (
    "Changes are against the run before, and no proof: every run has its own noise. "
    "`hairopt compare` says which are proven."
)


def history_markdown(history: History) -> str:
    """The whole of ``history.md``."""
    lines = [
        f"# {number_of(len(history.runs), 'hairopt run')}",
        "",
        "| run | date | CPU | id |",
        "|---:|---|---|---|",
    ]
    for number, run in enumerate(history.runs, start=1):
        cpu = markdown_cell(run.environment.cpu_model)
        lines.append(f"| {number} | {date_text(run)} | {cpu} | {markdown_cell(run.id)} |")
    lines += ["", *(f"> {markdown(sentence)}\n" for sentence in history.breaks)]
    for variant in history.variants:
        lines += [f"## {markdown_cell(variant.name)}", "", *_table(variant), ""]
    return "\n".join([*lines, NOT_PROVEN]) + "\n"


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


def change_text(variant: VariantHistory, index: int, key: str) -> str:
    """``-3.2 %`` since the entry before; empty if not comparable."""
    change = variant.change(index, key)
    return "" if change is None else percent_text(change)


def _table(variant: VariantHistory) -> list[str]:
    titles = [f"{c.title} ({c.unit})" if c.unit else c.title for c in HISTORY_COLUMNS]
    lines = [
        "| run | date | " + " | ".join(titles) + " | what differs |",
        "|---:|---|" + "---:|" * len(titles) + "---|",
    ]
    for index, entry in enumerate(variant.entries):
        cells = (_cell(variant, index, entry, column.key) for column in HISTORY_COLUMNS)
        words = markdown_cell(", ".join(entry.differs))
        lines.append(f"| {entry.number} | {entry.date} | {' | '.join(cells)} | {words} |")
    return lines


def _cell(variant: VariantHistory, index: int, entry: Entry, key: str) -> str:
    column = next(column for column in HISTORY_COLUMNS if column.key == key)
    value, change = value_text(entry.cells[key], column), change_text(variant, index, key)
    return f"{value} ({change})" if change else value


def _numbers(variant: VariantHistory, index: int) -> list[object]:
    values: list[object] = []
    for column in HISTORY_COLUMNS:
        cell = variant.entries[index].cells[column.key]
        change = variant.change(index, column.key)
        low, high = cell.ci95 or ("", "")
        value = "" if cell.value is None else cell.value
        values += [value, low, high, "" if change is None else change]
    return values
