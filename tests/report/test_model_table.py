import io

import pandas as pd
import pytest
from rich.console import Console

from hairopt.measure.run_model import (
    Latency,
    MetricSummary,
    ModelInfo,
    VariantResult,
)
from hairopt.report.answer import Answer
from hairopt.report.models.answer import models_answer
from hairopt.report.models.table import HEADINGS, as_markdown, model_rows
from hairopt.report.models.terminal import models_view
from tests.report.made_up_run import make_run
from tests.report.test_answer import fast


def result(model, ms, iou=0.8, **values):
    summary = MetricSummary(
        mean=iou, ci95=(iou - 0.01, iou + 0.01), median=iou, p10=iou - 0.2, n=9, n_undefined=0,
        higher_is_better=True,
    )  # fmt: skip
    defaults = {
        "status": "ok",
        "error": None,
        "spec": {"segment": {"model": model, "runtime": "litert"}},
        "model": ModelInfo(name=model, sha256="0" * 64, bytes=1_460_000, licence="Apache-2.0"),
        "quality": {"iou": summary},
        "latency_ms": dict.fromkeys(
            ("segment", "total"), Latency(p50=ms, p95=None, mean=ms, ci95=None, n=9)
        ),
    }
    return VariantResult(**{**defaults, **values})


@pytest.fixture
def run():
    variants = {
        "big": result("big", 40.0),
        "small": result("sm|all", 10.0, 0.9),
        "gone": result("gone", 1.0, status="unavailable", error="it is not here"),
    }
    return make_run({}).model_copy(update={"variants": variants})


TIMES = pd.DataFrame(
    [
        (name, start, 10 * start + index, ms)
        for start in range(6)
        for name, times in (("big", (40.0, 80.0, 60.0)), ("small", (10.0, 20.0)))
        for index, ms in enumerate(times)
    ],
    columns=["variant", "start", "round", "segment_ms"],
)
ANSWER = Answer("1 model is compared with big")
SLICES = [("hat a|b", "2", "big", "0.700", "", ""), ("", "", "sm|all", "0.800", "~", "")]


def test_times_are_paired_ratios_to_the_first_row_that_was_measured(run) -> None:
    ratios = [row.cells[HEADINGS.index("of first")] for row in model_rows(run, TIMES)]
    assert ratios == ["1", "0.25 ± 0.00", "-"]
    assert {row.cells[HEADINGS.index("of first")] for row in model_rows(run, None)} == {"-"}
    few = model_rows(run, TIMES[TIMES["start"] < 5])
    assert [row.cells[HEADINGS.index("of first")] for row in few] == ["1", "~ 0.25", "-"]


def test_a_row_shows_quality_size_and_licence(run) -> None:
    cells = dict(zip(HEADINGS, model_rows(run, TIMES)[0].cells, strict=True))
    assert cells["IoU"] == "0.800"
    assert cells["95 %"] == "0.790-0.810"
    assert cells["p10"] == "0.600"
    assert cells["MB"] == "1.46"
    assert cells["licence"] == "Apache-2.0"
    assert cells["edge"] == "-"


def test_a_model_without_figures_says_why(run) -> None:
    assert "gone in litert unavailable: it is not here" in as_markdown(run, TIMES, SLICES, ANSWER)


def test_markdown_is_two_tables_of_one_width_each(run) -> None:
    models, slices = as_markdown(run, TIMES, SLICES, ANSWER).split("\n| slice", 1)
    for text, columns in ((models, len(HEADINGS)), ("| slice" + slices, len(SLICES[0]))):
        lines = [line for line in text.splitlines() if line.startswith("|")]
        assert {line.replace("\\|", "").count("|") for line in lines} == {columns + 1}
    assert "| hat a\\|b | 2 | big | 0.700 |  |  |" in slices


@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_a_terminal_shows_many_models_under_each_other(run, width):
    variants = {f"network-{i}": result(f"network-{i}", 10.0 + i) for i in range(12)}
    run = run.model_copy(update={"variants": variants})
    interval = "-0.123 to -0.045"
    slices = [("hair_type wavy", "12", "network-0", "0.812", "", "")]
    slices += [("", "", name, "0.712", "-0.081", interval) for name in list(variants)[1:]]
    screen = Console(file=io.StringIO(), width=width)

    for part in models_view(run, None, slices, ANSWER):
        screen.print(part)

    text = screen.file.getvalue()
    assert max(map(len, text.splitlines())) <= width
    assert text.count("0.800") == 12
    assert text.count("-0.081") == 11
    assert text.count(interval) == (11 if width > 60 else 0)
    assert width <= 60 or all(text.count(f"{name} ") == 2 for name in variants)


def test_the_answer_names_the_models_that_are_proven_better_or_worse():
    run, _, matrix = fast()
    answer = models_answer(run, matrix)
    ship, win, lose, sure = answer.points

    assert answer.sentence == "1 model is compared with float32"
    assert ship.short == "Not judged here"
    assert win.short == "int8: latency -23 % (-25 to -21 %)"
    assert lose.short == "int8: edge -1.4 % (-1.4 to -1.4 %)"
    assert sure.short == "8 source photos"
