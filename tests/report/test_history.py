"""Several runs as one history: what compares, what changed, and that names stay text."""

import csv
import io
import re

import pytest

from hairopt.models.contract import Contract, InputContract, OutputContract
from hairopt.report.history.answer import history_answer
from hairopt.report.history.data import make_history
from hairopt.report.history.html import history_html
from hairopt.report.history.text import history_csv, history_markdown
from hairopt.report.render import render_history
from tests.report.made_up_run import absent, make_run, variant

HOSTILE = "<img src=x onerror=alert(1)>"


def run_of(day, latency_ms=100.0, iou=0.8, **changes):
    changes = {"id": f"run-{day}", "created_utc": f"2026-01-0{day}T12:00:00Z", **changes}
    return make_run({"float32": variant("float32", latency_ms, iou)}, **changes)


def with_changed(run, part, **values):
    return run.model_copy(update={part: getattr(run, part).model_copy(update=values)})


def test_runs_are_ordered_by_time_and_count_once():
    history = make_history([run_of(3), run_of(1), run_of(2), run_of(1)])

    assert [run.id for run in history.runs] == ["run-1", "run-2", "run-3"]
    assert [entry.number for entry in history.variants[0].entries] == [1, 2, 3]


def test_changes_are_against_the_run_before():
    float32 = make_history([run_of(1), run_of(2, 80.0), run_of(3, 100.0, 0.6)]).variants[0]

    assert float32.change(0, "latency_p50_ms") is None
    assert float32.change(1, "latency_p50_ms") == pytest.approx(-20)
    assert float32.change(2, "latency_p50_ms") == pytest.approx(25)
    assert float32.change(2, "iou") == pytest.approx(-25)


@pytest.mark.parametrize(
    ("part", "values", "latency", "iou", "word"),
    [
        ("environment", {"cpu_model": "another"}, False, True, "CPU"),
        ("environment", {"threads": 2}, False, True, "number of threads"),
        ("environment", {"isa": ["avx2", "vnni"]}, False, False, "instruction set"),
        ("dataset", {"fingerprint": "ef" * 32}, False, False, "dataset"),
        ("protocol", {"intensities": [10.0]}, False, False, "set of shades or intensities"),
        ("protocol", {"seed": 7}, True, True, None),
    ],
)
def test_only_what_was_measured_alike_compares(part, values, latency, iou, word):
    history = make_history([run_of(1), with_changed(run_of(2), part, **values)])
    float32 = history.variants[0]

    assert (float32.change(1, "latency_p50_ms") is not None) is latency
    assert (float32.change(1, "iou") is not None) is iou
    assert float32.entries[1].differs == ((word,) if word else ())
    assert all(word in sentence for sentence in history.breaks)
    assert len(history.breaks) == (1 if word else 0)


def test_a_run_of_an_older_version_does_not_compare():
    newer = variant("float32", 100.0, 0.8)
    for summary in newer["quality"].values():
        summary["n_sources"] = 3
    newer = make_run({"float32": newer}, id="run-2", created_utc="2026-01-02T12:00:00Z")
    history = make_history([with_changed(run_of(1), "protocol", timing_s=None), newer])

    assert history.variants[0].change(1, "latency_p50_ms") is None
    assert history.variants[0].change(1, "iou") is None
    assert "another way of timing and unit of the means" in history.breaks[0]


def test_a_variant_skips_the_runs_that_lack_it():
    failed = run_of(2).model_copy(
        update={"variants": {"float32": make_run({"x": absent("failed")}).variants["x"]}}
    )
    float32 = make_history([run_of(1), failed, run_of(3, 50.0)]).variants[0]

    assert [entry.number for entry in float32.entries] == [1, 3]
    assert float32.change(1, "latency_p50_ms") == pytest.approx(-50)


def test_another_network_and_other_packages_are_named():
    other = run_of(2)
    result = other.variants["float32"]
    network = result.model.model_copy(update={"sha256": "ef" * 32})
    other.variants["float32"] = result.model_copy(update={"model": network})
    other = with_changed(other, "environment", packages={"numpy": "2.1"})

    assert make_history([run_of(1), other]).variants[0].entries[1].differs == (
        "network",
        "numpy 2.1",
    )


def test_the_same_file_under_another_contract_is_named():
    runs = []
    for day, hair in ((1, 0), (2, 1), (3, None)):
        run = run_of(day)
        result = run.variants["float32"]
        fed = InputContract(name="x", layout="NCHW", height=8, width=8)
        read = {"name": "y", "layout": "NCHW", "kind": "softmax", "channels": 2}
        known = Contract(input=fed, output=OutputContract(**read, hair=hair or 0))
        told = {"contract": None if hair is None else known}
        run.variants["float32"] = result.model_copy(
            update={"model": result.model.model_copy(update=told)}
        )
        runs.append(run)
    entries = make_history(runs).variants[0].entries
    assert [entry.differs for entry in entries] == [(), ("contract of the network",), ()]


def test_csv_reads_back():
    history = make_history([run_of(1), run_of(2, 80.0)])

    rows = list(csv.DictReader(io.StringIO(history_csv(history))))

    assert [float(row["latency_p50_ms"]) for row in rows] == [100.0, 80.0]
    assert rows[0]["latency_p50_ms_change_percent"] == ""
    assert float(rows[1]["latency_p50_ms_change_percent"]) == pytest.approx(-20)
    assert float(rows[0]["iou_ci95_low"]) == pytest.approx(0.76)


def test_pages_show_numbers_with_intervals_and_no_change_that_nobody_proved():
    history = make_history([run_of(1), run_of(2, 80.0)])
    text = history_markdown(history)

    assert "| 1 | 2026-01-01 12:00 | 100.0 | 0.800 (0.760 to 0.824) | 100.0 |" in text
    assert re.search(r"\| 2 \| 2026-01-02 12:00 \| 100.0 \| .* \| 80.0 \|", text)
    for page in (text, history_html(history)):
        assert "-20" not in page.replace("2026", "").replace("stroke", "")


def test_the_first_screen_says_where_it_stands_and_what_judges_it():
    answer = history_answer(make_history([run_of(1), run_of(2, 80.0)]))
    ship, now, sure = answer.points

    assert (ship.short, ship.tone) == ("Not judged here", "doubt")
    assert now.details == ("float32: kept 100.0 %, latency 80.0 ms p50",)
    assert sure.short == "2 runs"
    assert answer.command == "hairopt compare run-1:float32 run-2:float32"
    assert answer.warnings == ("Run 2: The machine was busy.",)


def test_hostile_names_stay_text():
    runs = [
        make_run({HOSTILE: variant(HOSTILE, 10.0, 0.8)}, id=f"{HOSTILE}-{day}",
                 created_utc=f"2026-01-0{day}T12:00:00Z")
        for day in (1, 2)
    ]  # fmt: skip
    history = make_history(runs)

    page = history_html(history)
    assert "<img" not in page
    assert page.count("<script") == 1
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "<img" not in re.sub("`[^`]*`", "", history_markdown(history))


def test_lines_break_where_runs_do_not_compare():
    alike = make_history([run_of(1), run_of(2), run_of(3)])
    broken = make_history(
        [run_of(1), with_changed(run_of(2), "dataset", fingerprint="0"), run_of(3)]
    )

    def lines(history):
        chart = re.search(
            r"<svg(?:(?!</svg>).)*history-iou-title.*?</svg>", history_html(history), re.S
        )
        return len(re.findall(r"stroke: var\(--series-1\); stroke-width: 1.8", chart[0]))

    assert lines(alike) == 1
    assert lines(broken) == 3


def test_files_are_written_where_they_are_asked_for(tmp_path):
    for day in (1, 2):
        folder = tmp_path / f"run-{day}"
        folder.mkdir()
        (folder / "run.json").write_text(run_of(day).model_dump_json(by_alias=True))

    files = render_history([tmp_path / "run-1", tmp_path / "run-2"], tmp_path / "new" / "folder")

    assert [file.name for file in files] == ["history.html", "history.md", "history.csv"]
    assert all(file.read_text() for file in files)
