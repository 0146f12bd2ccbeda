"""A run, a history and a plan in which there is one of everything: no report says "1 cases"."""

import io
import re

import pandas as pd
import pytest
from rich.console import Console

from hairopt.optimize.outcome import Sampled
from hairopt.optimize.screened import Screened
from hairopt.report.history.data import make_history
from hairopt.report.history.html import history_html
from hairopt.report.history.text import history_markdown
from hairopt.report.models.table import notes
from hairopt.report.plan.answer import plan_answer
from hairopt.report.plan.render import plan_markdown, plan_sections
from hairopt.report.run.build_matrix import build_matrix
from hairopt.report.run.html import render_html
from hairopt.report.run.markdown import render_markdown
from hairopt.report.run.summary import closing_sentence, further_sentences
from hairopt.report.run.terminal import matrix_view
from hairopt.types import STAGES
from tests.report.made_up_plan import numbers, option, outcome
from tests.report.made_up_run import make_run, rows, variant

PLURAL = re.compile(r"(?<![\w.,-])1 (?:[a-z-]+ )?(?!is\b|has\b|was\b|this\b|gas\b)[a-z]+s\b")


def texts_of_a_run(folder):
    cases = rows()[lambda frame: (frame["case"] == "a") & (frame["variant"] == "float32")]
    only = variant("float32", 100, 0.8)
    for summary in only["quality"].values():
        summary["n"] = 1
    only["latency_ms"] = {stage: {**one, "n": 1} for stage, one in only["latency_ms"].items()}
    run = make_run({"float32": only})
    bad = {"name": "b", "file": "images/b.jpg", "reason": "it is empty"}
    dataset = run.dataset.model_validate(
        {**run.dataset.model_dump(), "n_cases": 1, "bad_cases": [bad]}
    )
    protocol = run.protocol.model_copy(update={"rounds": 1, "warmup": 1})
    run = run.model_copy(update={"dataset": dataset, "protocol": protocol})
    matrix = build_matrix(run, cases)
    screen = Console(file=io.StringIO(), width=200)
    for part in matrix_view(matrix):
        screen.print(part)
    yield "terminal", screen.file.getvalue()
    yield "sentences", " ".join([closing_sentence(run, matrix), *further_sentences(run)])
    yield "models", " ".join(notes(run, []))
    yield "report.md", render_markdown(run, matrix)
    times = dict.fromkeys(("total_ms", *(f"{stage}_ms" for stage in STAGES)), 20.0)
    timings = pd.DataFrame([{"variant": "float32", "round": 0, **times}])
    yield "report.html", render_html(run, cases, matrix, folder, timings)
    yield "history.md", history_markdown(make_history([run]))
    yield "history.html", history_html(make_history([run]))


def texts_of_a_plan():
    few = Sampled(n_cases=1, n_cases_all=1, rounds=1)
    baseline = numbers(100.0).model_copy(update={"n_requests": 1})
    alone = Screened(changes={"encoder": "jpeg"}, origin="alone", status="failed", error="no")
    plan = outcome(
        options=[option(effort_days=1.0)], logical_cores=1, confirmed_on=few, screened_on=few,
        baseline=baseline, screened=[alone], dataset_cases=1,
    )  # fmt: skip
    unmet = plan.model_copy(update={"options": [], "recommended": None, "confirmed_on": None})
    for name, one in (("plan", plan), ("unmet plan", unmet)):
        yield name, plan_markdown(one, plan_answer(one), plan_sections(one))


@pytest.mark.parametrize("texts", [texts_of_a_run, lambda _: texts_of_a_plan()])
def test_one_is_never_many(texts, tmp_path):
    assert not {(name, found) for name, text in texts(tmp_path) for found in PLURAL.findall(text)}
