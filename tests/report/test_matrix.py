"""The matrix as data: reference, changes, best values."""

import pandas as pd
import pytest

from hairopt.metrics.catalog import METRICS
from hairopt.report.run.build_matrix import build_matrix
from hairopt.report.run.changes import case_means, change_of_means
from hairopt.report.run.csv import matrix_csv
from hairopt.report.text import delta_text
from tests.report.made_up_run import IOUS, absent, make_run, summary, variant


def test_the_reference_is_the_runs_baseline(run, cases):
    matrix = build_matrix(run, cases)

    assert matrix.reference == "float32"
    assert matrix.row("float32").is_reference
    assert [row.name for row in matrix.missing] == ["baseline"]


def test_an_unmeasured_baseline_is_replaced_by_the_first_measured_variant(cases):
    run = make_run({"float32": absent(), "int8": variant("int8", 50.0, 0.8)})

    assert build_matrix(run, cases).reference == "int8"


def test_no_measured_variant_gives_no_reference_and_no_columns(cases):
    matrix = build_matrix(make_run({"float32": absent("failed")}), cases)

    assert matrix.reference is None
    assert matrix.columns == ()


def test_latency_change_is_the_paired_ratio_not_that_of_the_medians(cases):
    run = make_run(
        {
            "float32": variant("float32", 100.0, 0.8),
            "int8": variant("int8", 90.0, 0.8, (0.5, 0.4, 0.6)),
        }
    )

    delta = build_matrix(run, cases).row("int8").cells["latency_p50_ms"].delta

    assert delta.percent == pytest.approx(-50)
    assert delta.proven
    assert delta.improves


def test_a_ratio_whose_interval_holds_one_is_not_proven(cases):
    run = make_run(
        {
            "float32": variant("float32", 100.0, 0.8),
            "int8": variant("int8", 90.0, 0.8, (0.9, 0.79, 1.01)),
        }
    )

    delta = build_matrix(run, cases).row("int8").cells["latency_p50_ms"].delta

    assert delta.proven is False
    assert delta_text(delta) == "~"


def test_quality_change_is_that_of_the_means_of_the_pairs(cases):
    delta = change_of_means(case_means(cases), "int8", "float32", "iou")

    before = sum(ious["float32"] for ious in IOUS.values())
    after = sum(ious["int8"] for ious in IOUS.values())
    assert delta.estimate == pytest.approx(after / before - 1)


def test_quality_change_uses_only_cases_that_both_answered(cases):
    lost = cases[~((cases["variant"] == "int8") & (cases["case"] == "a"))]

    delta = change_of_means(case_means(lost), "int8", "float32", "iou")

    assert delta.estimate == pytest.approx(1.48 / 1.50 - 1)


def test_derived_cases_of_one_photo_prove_nothing():
    names = [f"case{i}" for i in range(20)]
    rows = pd.DataFrame(
        [
            {"variant": v, "case": name, "source": "one photo", "iou": iou}
            for name in names
            for v, iou in (("float32", 0.9), ("int8", 0.5))
        ]
    )

    assert change_of_means(case_means(rows), "int8", "float32", "iou").is_proven is False


@pytest.mark.parametrize(("photos", "proven"), [(5, False), (6, True)])
def test_five_photos_that_all_fall_prove_no_change_and_six_do(photos, proven):
    rows = pd.DataFrame(
        [
            {"variant": v, "case": str(i), "source": str(i), "iou": iou - 0.01 * i}
            for i in range(photos)
            for v, iou in (("float32", 0.9), ("int8", 0.8))
        ]
    )

    assert change_of_means(case_means(rows), "int8", "float32", "iou").is_proven is proven


def test_a_change_in_all_pairs_alike_is_proven():
    rows = pd.DataFrame(
        [
            {"variant": v, "case": str(i), "source": str(i), "iou": iou}
            for i in range(20)
            for v, iou in (("float32", 0.9), ("int8", 0.8))
        ]
    )

    assert change_of_means(case_means(rows), "int8", "float32", "iou").is_proven is True


def test_undefined_everywhere_gives_no_change(cases):
    cases.loc[cases["variant"] == "int8", "iou"] = float("nan")

    assert change_of_means(case_means(cases), "int8", "float32", "iou") is None


def test_a_change_is_shown_with_its_interval_or_not_at_all(cases):
    run = make_run(
        {
            "float32": variant("float32", 100.0, 0.8),
            "int8": variant("int8", 90.0, 0.8, (0.5, 0.4, 0.6)),
        }
    )
    cells = build_matrix(run, cases).row("int8").cells
    shown = [c.delta for c in cells.values() if c.delta and delta_text(c.delta) not in ("~", "=")]
    assert shown
    assert all(delta.ci95_percent for delta in shown)
    assert cells["latency_p50_ms"].delta.ci95_percent == pytest.approx((-60, -40))
    # Peak memory is one number per variant, the CPU time of this run has no pairs.
    assert cells["peak_rss_mb"].delta is None
    assert cells["cpu_ms"].delta is None


def test_a_column_without_any_value_is_left_out(run, cases):
    for result in run.variants.values():
        if "total" in result.latency_ms:
            total = result.latency_ms["total"].model_copy(update={"p95": None})
            result.latency_ms["total"] = total

    keys = [column.key for column in build_matrix(run, cases).columns]

    assert "latency_p95_ms" not in keys
    assert "bleed_de00" not in keys


def test_the_fix_is_not_said_twice(cases):
    fix = "hairopt models pull mediapipe-hair"
    run = make_run({"baseline": absent(error=f"not here (fix: {fix})", fix=fix)})

    row = build_matrix(run, cases).row("baseline")

    assert (row.reason, row.fix) == ("not here", fix)


def with_retention(name, **retention):
    one = variant(name, 100.0, 0.8)
    return one | {"retention": {"worst_metric": "iou", "baseline": "float32", **retention}}


def test_what_is_kept_has_its_interval_but_for_the_baseline_itself(cases):
    run = make_run(
        {
            "float32": with_retention("float32", value=1.0, ci95=(1.0, 1.0)),
            "int8": with_retention("int8", value=0.95, ci95=(0.93, 0.97)),
        }
    )

    matrix = build_matrix(run, cases)

    assert matrix.row("float32").cells["kept_percent"].ci95 is None
    assert matrix.row("int8").cells["kept_percent"].ci95 == pytest.approx((93, 97))


def test_the_time_after_a_pause_is_a_column_of_its_own_and_absent_in_older_runs(run, cases):
    column = "latency_after_pause_p50_ms"
    assert column not in [c.key for c in build_matrix(run, cases).columns]
    paused = variant("int8", 77.0, 0.79)
    paused["latency_after_pause_ms"] = {"total": paused["latency_ms"]["total"] | {"p50": 99.0}}
    ratio = {"median": 1.2, "ci95": [1.1, 1.3], "n": 60, "starts": 6, "p": 0.001}
    paused["latency_after_pause_ratio"] = ratio
    both = make_run({"float32": variant("float32", 100.0, 0.8), "int8": paused})

    cell = build_matrix(both, cases).row("int8").cells[column]

    assert cell.value == 99.0
    assert cell.delta.percent == pytest.approx(20)
    assert cell.delta.proven
    assert not cell.delta.improves


GUARDED = [name for name, metric in METRICS.items() if metric.guarded_by_default]


def measured(name, quality):
    one = variant(name, 100.0, 0.8)
    return one | {"quality": {key: summary(0.8, better) for key, better in quality.items()}}


def test_the_matrix_has_every_guarded_metric_and_the_others_are_kept_beside_it(cases):
    quality = {name: metric.higher_is_better for name, metric in METRICS.items()}
    run = make_run({"float32": measured("float32", quality)})

    matrix = build_matrix(run, cases)

    shown = [column.key for column in matrix.columns if column.side == "quality"]
    assert shown == ["kept_percent", *GUARDED]
    assert {column.key for column in matrix.others} == set(METRICS) - set(GUARDED)
    assert all(len(column.title) <= 9 for column in matrix.columns)


def test_a_metric_that_a_plug_in_guards_is_in_the_matrix_and_another_beside_it(cases):
    info = {
        "unit": "dE00",
        "kind": "bleed",
        "summary": "light around it",
        "higher_is_better": False,
    }
    metrics = {"aura": {**info, "guarded": True}, "glow": info}
    run = make_run({"float32": measured("float32", dict.fromkeys(metrics, False))}, metrics=metrics)

    matrix = build_matrix(run, cases)

    (aura,) = (column for column in matrix.columns if column.key == "aura")
    assert (aura.unit, aura.higher_is_better, aura.meaning) == ("ΔE00", False, "Light around it.")
    assert [column.key for column in matrix.others] == ["glow"]
    head = matrix_csv(matrix).splitlines()[0].split(",")
    assert {"aura", "glow", "glow_change_proven"} <= set(head)


def test_a_run_of_an_older_version_shows_the_metrics_of_the_network(run, cases):
    columns = {column.title: column.key for column in build_matrix(run, cases).columns}

    assert (columns["mask"], columns["edge"]) == ("iou", "boundary_iou")


def test_a_metric_with_its_best_value_between_has_no_relative_change(cases):
    quality = {"edge_sharpness_ratio": None}
    run = make_run({name: measured(name, quality) for name in ("float32", "int8")})
    cases["edge_sharpness_ratio"] = [0.8 + 0.1 * (v == "int8") for v in cases["variant"]]

    matrix = build_matrix(run, cases)

    (column,) = matrix.others
    assert column.higher_is_better is None
    assert matrix.row("int8").cells[column.key].delta is None
