"""Runs and comparisons from Python are those of the command line."""

import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import hairopt
from hairopt.errors import ConfigError, DataError, HairoptError, UsageError
from hairopt.measure.plan import BenchPlan
from hairopt.metrics.case import score_mask


def test_a_run_is_a_folder_that_opens_again(run):
    again = hairopt.open_run(run.folder)
    assert again.id == run.id == run.folder.name
    pd.testing.assert_frame_equal(again.matrix(), run.matrix())
    assert (run.folder / "report.html").is_file()


def test_the_matrix_is_matrix_csv(run):
    written = pd.read_csv(run.folder / "matrix.csv", index_col="variant")
    pd.testing.assert_frame_equal(run.matrix(), written)


def test_cases_cannot_be_changed_from_outside(run):
    cases = run.cases()
    cases["iou"] = 0.0
    assert (run.cases()["iou"] > 0).all()


def test_a_notebook_shows_the_matrix_as_a_table_and_a_name_as_text(run, monkeypatch):
    shown = run._repr_html_()
    assert shown.count("<tr>") == 3
    assert "float32 (reference)" in shown
    from hairopt.report.notebook import html_of_markdown

    assert "<b>" not in html_of_markdown("| <b>x</b> |\n|---|\n| y |")


def test_bench_twice_makes_two_runs(run):
    other = hairopt.bench(
        "float32", dataset=Path("my-photos"), rounds=1, shade=["violet"], intensity=[70, 40]
    )
    assert other.id != run.id
    assert other.matrix().index.tolist() == ["float32"]
    assert sorted(other.cases()["intensity"].unique()) == [40, 70]


def test_names_and_defaults_are_those_of_the_command():
    """Every option of the command is an argument of the function, in the same words."""
    import inspect

    import typer

    from hairopt.cli.app import app

    commands = typer.main.get_command(app).commands
    for name, only_command in (
        ("bench", {"as_json"}), ("compare", {"report", "strict", "output"}),
    ):  # fmt: skip
        options = {param.name for param in commands[name].params}
        arguments = set(inspect.signature(getattr(hairopt, name)).parameters)
        arguments = {"variant" if one == "variants" else one for one in arguments}
        assert options - only_command == arguments, name
    assert BenchPlan.__dataclass_fields__["rounds"].default is None


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: hairopt.bench("flaot32", dataset="my-photos"), ConfigError, "mean float32"),
        (lambda: hairopt.bench("float32", dataset="nowhere"), DataError, "nowhere"),
        (lambda: hairopt.bench("float32", dataset="my-photos", rounds=0), UsageError, "is 0"),
        (lambda: hairopt.bench("float32", dataset="my-photos", shade="viol"), UsageError, "viol"),
        (lambda: hairopt.open_run("nowhere"), DataError, "does not exist"),
        (lambda: hairopt.compare("float32", "int9", dataset="my-photos"), ConfigError, "int8"),
        (lambda: hairopt.Pipeline("flaot32"), ConfigError, "did you mean float32"),
    ],
)  # fmt: skip
def test_errors_are_those_of_the_command(call, kind, words):
    with pytest.raises(kind, match=words) as caught:
        call()
    assert isinstance(caught.value, HairoptError)


def test_a_variant_that_is_not_to_be_had_costs_only_itself(tmp_path):
    broken = tmp_path / "broken.toml"
    broken.write_text(
        'name = "broken"\nextends = "float32"\n[encode]\nformat = "png"\nquality = 1\n'
    )
    absent = tmp_path / "absent.toml"
    absent.write_text('name = "absent"\nextends = "float32"\n[segment]\nmodel = "mediapipe-hair"\n')
    run = hairopt.bench(["float32", absent], dataset="my-photos", rounds=1, shade="violet")
    assert run.matrix()["status"].to_dict() == {"float32": "ok", "absent": "unavailable"}
    with pytest.raises(HairoptError, match="no variant could be measured"):
        hairopt.bench(absent, dataset="my-photos", rounds=1)


def test_a_case_that_cannot_be_used_is_a_warning(tmp_path):
    shutil.copytree("my-photos", tmp_path / "data")
    (tmp_path / "data" / "images" / "head1.jpg").write_bytes(b"no photo")
    with pytest.warns(UserWarning, match=r"head1\.jpg"):
        run = hairopt.bench("float32", dataset=tmp_path / "data", rounds=1, shade="violet")
    assert run.cases()["case"].tolist() == ["head0"]


def test_a_comparison_says_what_the_command_says(run, tmp_path):
    sides = (f"{run.folder}:float32", f"{run.folder}:int8")
    verdict = hairopt.compare(*sides)
    done = subprocess.run(
        [sys.executable, "-m", "hairopt", "compare", *sides], capture_output=True, text=True
    )
    assert verdict.outcome.upper() in done.stdout
    assert verdict.passed is (verdict.outcome == "pass")
    assert {rule.rule for rule in verdict.rules} >= {"mask", "boundary"}
    assert verdict.metrics().index.is_unique
    page = verdict.to_html(tmp_path / "page.html")
    assert verdict.sentence.split(":")[0] in page.read_text()
    assert "<table>" in verdict._repr_html_()


def test_a_loss_fails_and_inconclusive_is_not_passed(run):
    same = hairopt.compare(f"{run.folder}:float32", f"{run.folder}:int8", min_retention="100.0%")
    assert same.outcome in ("fail", "inconclusive")
    assert not same.passed


def test_metrics_take_arrays_of_ones_own():
    case = hairopt.load_dataset("my-photos").case("head0").read()
    truth = hairopt.metrics.TruthCase.prepare(case.image, case.truth)
    scores = hairopt.metrics.score_mask(truth, case.truth, case.truth)
    assert hairopt.metrics.score_mask is score_mask
    hair = case.truth >= 0.5
    assert scores["iou"] == hairopt.metrics.iou(hair, hair) == 1
    assert scores["boundary_iou"] == hairopt.metrics.boundary_iou(hair, hair) == 1
    with pytest.raises(UsageError, match="bool"):
        hairopt.metrics.iou(case.truth, hair)


def test_what_is_wrong_with_a_dataset_is_a_warning(examples, tmp_path):
    shutil.copytree(examples / "my-photos", tmp_path / "photos")
    (tmp_path / "photos" / "images" / "men").mkdir()
    with pytest.warns(UserWarning, match="sub-folders"):
        run = hairopt.bench("float32", dataset=tmp_path / "photos", rounds=1, shade="violet")
    with pytest.warns(UserWarning, match="sub-folders"):
        hairopt.compare(run.folder, run.folder)
