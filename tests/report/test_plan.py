"""The words of a plan: order, honesty about what is missing, and text that stays text."""

from __future__ import annotations

import re

import pytest

from hairopt.optimize.screened import Screened
from hairopt.report.plan.answer import plan_answer, plan_sentence
from hairopt.report.plan.render import plan_sections, render_plan
from tests.report.html_page import Page
from tests.report.made_up_plan import numbers, option, outcome

ORDER = ["Current state", "Problem statement", "Options", "Recommendation", "Implementation",
         "Monitoring"]  # fmt: skip
EVIDENCE = ["Baseline", "Options in full", "How this was measured"]
HOSTILE = "<img src=x onerror=alert(1)> `x` [a](javascript:b) | <script>alert(2)</script>"


def texts(found, tmp_path):
    """The texts of ``plan.md``, ``plan.html`` and ``evidence.md``."""
    return tuple(file.read_text() for file in render_plan(found, tmp_path))


@pytest.mark.parametrize(
    "found",
    [
        outcome(),
        outcome(ending="nothing", baseline=None, options=[], recommended=None, confirmed_on=None),
        outcome(options=[], recommended=None),
        outcome(recommended=None, options=[option(retention=0.5, miss=0.4)]),
    ],
    ids=["whole", "nothing", "no option", "infeasible"],
)
def test_the_chapters_keep_their_order_whatever_was_found(found, tmp_path):
    assert [section.title for section in plan_sections(found)] == ORDER
    *plans, evidence = texts(found, tmp_path)
    for text, titles in [(plans[0], ORDER), (plans[1], ORDER), (evidence, EVIDENCE)]:
        places = [text.rindex(title) for title in titles]
        assert places == sorted(places)


@pytest.mark.parametrize("goal", ["cpu", "cost"])
def test_a_plan_has_at_most_1500_words(goal, tmp_path):
    many = ["encoder", "quality", "region", "feather place", "anti-bleed", "runtime", "model",
            "precision", "threads", "freed memory"]  # fmt: skip
    changes = dict.fromkeys(many, "value")
    kinds = [many, many[:3], many[:2], many[2:5], many[5:8]]
    plenty = [
        option(
            f"option-{i}", changes={name: changes[name] for name in names}, risk="high",
            summary=", ".join(f"{name} {changes[name]}" for name in names), effort_days=12.5,
            retention_verdict="inconclusive",
        )
        for i, names in enumerate(kinds, start=1)
    ]  # fmt: skip
    found = outcome(
        goal=goal, options=plenty, dataset_warnings=["A sentence about masks that look wrong."] * 3,
        warnings=["A sentence about a machine that was busy all the time."] * 3,
        causes=dict.fromkeys(("decode", "segment"), "a cause in a dozen words or so"),
        notes=["A note that the evidence has."] * 300,
    )  # fmt: skip
    markdown, _, evidence = texts(found, tmp_path)
    assert all(one.name in markdown for one in plenty)
    assert len(markdown.split()) <= 1500
    assert len(evidence.split()) > 1500


def test_of_options_of_one_kind_the_plan_has_the_first_and_the_evidence_all(tmp_path):
    kinds = [option("option-1"), option("option-2", changes={"encoder": "webp"}),
             option("option-3", changes={"region": "hair"}),
             option("option-4", changes={"runtime": "litert"})]  # fmt: skip
    markdown, _, evidence = texts(outcome(options=kinds, recommended="option-2"), tmp_path)
    assert "option-2 (recommended)" in markdown
    assert "option-1" not in markdown.split("## Recommendation")[0].split("## Options")[1]
    assert "Further options of the same kinds (1)" in markdown
    assert all(f"### {one.name}" in evidence for one in kinds)
    # Three are shown, of one kind or not.
    markdown, *_ = texts(outcome(options=kinds[:3], recommended="option-1"), tmp_path)
    assert all(one.name in markdown for one in kinds[:3])


def test_figures_of_the_recommendation_by_hand(tmp_path):
    found = outcome()
    assert "5.0 times faster" in plan_sentence(found)
    markdown, _, evidence = texts(found, tmp_path)
    assert "-80 % (-82 to -78)" in markdown
    assert "97.0 % (96.0 to 99.0)" in markdown
    # 20 ms of CPU over a floor of 10.
    assert "2.0 times the floor" in evidence
    # egress is 0.006 of 0.010.
    assert "egress is the largest part: 60 %" in markdown
    assert "so the encoder is the decision about money" in markdown
    # 80 % in a quarter of a day.
    assert "| 0.25 d | 320 % |" in markdown


@pytest.mark.parametrize(
    ("goal", "head", "shown"),
    [("memory", "memory", "200 MB"), ("cost", "1,000 requests", "0.01 USD"),
     ("cpu", "CPU", "-80 % (-82 to -78)"), ("quality", "latency", "-80 % (-82 to -78)")],
)  # fmt: skip
def test_the_table_shows_what_the_goal_minimises(goal, head, shown, tmp_path):
    markdown, *_ = texts(outcome(goal=goal), tmp_path)
    assert f"| option | {head} |" in markdown
    assert f"| option-1 (recommended) | {shown} |" in markdown


def test_where_no_part_is_half_of_the_bill_none_decides(tmp_path):
    parts = {"cpu": 0.004, "egress": 0.004, "memory": 0.002}
    base = numbers(100.0).model_copy(update={"cost_parts": parts})
    markdown, *_ = texts(outcome(baseline=base), tmp_path)
    assert "cpu is the largest part: 40 %" in markdown
    assert "decision" not in markdown


def test_every_figure_of_an_option_stands_under_its_own_name(tmp_path):
    one = option(latency=0.11, latency_ci95=(0.1, 0.12), cpu=0.22, cpu_ci95=(0.2, 0.24),
                 memory=0.33, cost=0.44, retention=0.955, retention_ci95=None)  # fmt: skip
    one = one.model_copy(update={"numbers": numbers(11).model_copy(update={"output_kb": 55.0})})
    found = outcome(options=[one], recommended=None, target="cost < 0.02", target_quantity="cost")
    markdown, _, evidence = texts(found, tmp_path)
    table = [line.split("|")[1:-1] for line in markdown.splitlines() if line.startswith("|")]
    head = next(row for row in table if "effort" in "".join(row))
    values = table[table.index(head) + 2]
    cells = {name.strip(): value.strip() for name, value in zip(head, values, strict=True)}
    assert cells["latency"] == "-89 % (-90 to -88)"
    assert cells["answer"] == "55 kB"
    assert cells["target: cost"] == "24 USD"
    assert cells["bill of a month"] == "3 USD"
    assert cells["quality kept"] == "95.5 %"
    assert "Memory: 200 MB at peak" in evidence
    assert "CPU: -78 % (-80 to -76), to 11.0 ms" in evidence
    assert "Cost: 0.01 USD for 1,000 requests" in evidence
    # One number per variant is no change.
    assert not re.search(r"-67 %|-56 %|-45 %", markdown + evidence)


@pytest.mark.parametrize(
    ("quantity", "where_it_stands"),
    [
        ("p50", "11.0 ms"), ("p95", "12.0 ms"), ("mean", "13.0 ms"), ("cpu", "14.0 ms"),
        ("memory", "15.0 MB"), ("output", "16.0 kB"), ("cost", "17 USD"),
    ],
)  # fmt: skip
def test_the_baseline_is_read_against_the_quantity_of_the_target(
    quantity, where_it_stands, tmp_path
):
    base = numbers(100).model_copy(
        update={"p50_ms": 11.0, "p95_ms": 12.0, "mean_ms": 13.0, "cpu_ms": 14.0, "peak_mb": 15.0,
                "output_kb": 16.0, "cost_per_1000": 17.0}
    )  # fmt: skip
    found = outcome(baseline=base, options=[], recommended=None, target_quantity=quantity,
                    target_limit=10.0, screened=[SCREENED], n_proposed=1, n_untried=0)  # fmt: skip
    markdown, *_ = texts(found, tmp_path)
    assert f"The baseline has {where_it_stands}, 1." in markdown
    assert f"baseline comes closest with {where_it_stands}, 1." in markdown


SCREENED = Screened(changes={"encoder": "jpeg"}, origin="alone", status="ok")


def test_a_target_out_of_reach_brings_its_arithmetic(tmp_path):
    missed = option(target_value=80.0, meets_target=False, miss=0.6, numbers=numbers(66.7))
    found = outcome(recommended=None, options=[missed], screened=[SCREENED], n_proposed=40,
                    n_untried=0)  # fmt: skip
    markdown, *_ = texts(found, tmp_path)
    assert "### The target cannot be met here" in markdown
    assert "All 40 changes and combinations" in markdown
    assert "1.60 times the limit" in markdown
    # Half of 80 ms is the network: 40 + 40 / 4 = 50.
    assert re.search(r"at least 4 per request.*40\.0 \+ 40\.0 / 4 = 50\.0", markdown)
    assert "1.60 times as fast" in markdown


@pytest.mark.parametrize("n_untried", [1, None])
def test_what_was_not_tried_is_not_said_to_be_out_of_reach(n_untried, tmp_path):
    missed = option(target_value=80.0, meets_target=False, miss=0.6, numbers=numbers(66.7))
    found = outcome(recommended=None, options=[missed], screened=[SCREENED], n_proposed=40,
                    n_untried=n_untried)  # fmt: skip
    markdown, *_ = texts(found, tmp_path)
    assert "cannot be met" not in markdown
    assert "### Whether the target can be met is not established" in markdown
    assert ("1 of 40 changes and combinations are untried" in markdown) is (n_untried == 1)
    assert "option-1 comes closest with 80.0 ms" in markdown


def test_already_good_is_a_result():
    nothing = {"options": [], "recommended": None, "confirmed_on": None, "screened": [SCREENED]}
    found = outcome(**nothing, n_proposed=1, n_untried=0, ending="complete")
    assert found.is_already_good
    assert plan_sentence(found).startswith("baseline is already good: none of 1 changes")
    assert not outcome(**nothing, n_proposed=2, n_untried=1, ending="complete").is_already_good
    assert not outcome(**nothing, n_proposed=1, n_untried=0, ending="budget").is_already_good


def test_spaces_beside_code_are_kept(tmp_path):
    markdown, *_ = texts(outcome(), tmp_path)
    assert "`plan/hairopt.toml` is the gate" in markdown
    assert re.search(r"The stage `\w+` takes \d+ % of a request", markdown)
    assert "  " not in markdown.replace("```", "").split("## Implementation")[0]


def test_text_from_outside_stays_text(tmp_path):
    failed = Screened(
        changes={"encoder": HOSTILE}, origin="alone", status="failed",
        error=f"{HOSTILE} in /home/somebody/secret/file.bin",
    )  # fmt: skip
    found = outcome(
        dataset=HOSTILE, cpu_model=HOSTILE, command=HOSTILE, warnings=[HOSTILE], notes=[HOSTILE],
        left_out=[HOSTILE], screened=[failed], marginal=[HOSTILE], causes={"segment": HOSTILE},
    )  # fmt: skip
    markdown, html, evidence = texts(found, tmp_path)
    page = Page(html)
    assert not {*page.tags} & {"script", "img", "iframe", "link", "object"}
    assert all(address.startswith("#") for address in page.addresses)
    assert not page.handlers
    outside_code = re.sub(r"```.*?```", "", markdown + evidence, flags=re.S)
    assert "<img" not in outside_code
    assert "<script" not in outside_code
    assert not re.search(r"(?<!\\)\]\(", outside_code)
    assert "/home/somebody" not in markdown + html + evidence
    assert "file.bin" in evidence


def test_doubts_about_the_dataset_come_first(tmp_path):
    found = outcome(dataset_warnings=[f"The mask looks inverted: {HOSTILE}"])
    for text in texts(found, tmp_path)[:2]:
        assert text.index("The mask looks inverted") < text.index("Example CPU, 2 logical cores")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"latency": 0.9, "latency_ci95": (0.8, 1.01)}, "not proven (~) faster or slower than"),
        ({"latency": 0.5, "latency_ci95": None}, "not proven (~) faster or slower than"),
        ({"cpu": 1.25, "cpu_ci95": (1.2, 1.3)}, "takes 1.2 times more CPU"),
    ],
)
def test_the_sentence_of_a_plan_says_only_what_is_proven(changes, said):
    assert said in plan_sentence(outcome(options=[option(**changes)]))


@pytest.mark.parametrize(
    ("verdict", "short"),
    [
        ("pass", "Yes, on these photos"),
        ("inconclusive", "Confirm its quality first"),
        ("fail", "No"),
    ],
)
def test_may_i_ship_it_is_the_verdict_on_the_quality(verdict, short):
    answer = plan_answer(outcome(options=[option(retention_verdict=verdict)]))
    ship, win, lose, _, look = answer.points
    assert ship.short == short
    assert win.short == "latency -80 % (-82 to -78)"
    assert lose.short == "Some quality is lost"
    assert lose.details[0] == "kept 97.0 % (96.0 to 99.0), limited by color_de00"
    proven = verdict == "pass"
    assert look.short == ("Whoever releases" if proven else "The product team, before the rollout")


def test_a_person_looks_at_what_can_be_seen_and_operations_at_the_cpu():
    def looks(changes):
        return plan_answer(outcome(options=[option(changes=changes)])).points[-1]

    assert looks({"anti-bleed": False}).short == "The product team, before the rollout"
    assert looks({"anti-bleed": False}).details[0] == "what can be seen: anti-bleed"
    assert looks({"precision": "int8"}).short == "Whoever releases"
    assert looks({"precision": "int8"}).details[0] == "operations, at precision"


def test_without_an_option_nothing_is_recommended():
    answer = plan_answer(outcome(options=[], recommended=None))
    assert [point.short for point in answer.points] == ["Nothing is recommended", "20 of 20 cases"]
    assert answer.command == ""
