"""``hairopt optimize`` and ``hairopt profile`` through the real command."""

import json

import pytest

from tests.cli.conftest import ABSENT


def test_a_dry_run_shows_the_space_and_measures_nothing(hairopt, dataset, tmp_path):
    done = hairopt("optimize", "--baseline", "float32", "--dataset", dataset, "--dry-run")
    assert done.returncode == 0, done.stderr
    for word in ("encoder", "segment.runtime", "combinations", "short runs"):
        assert word in done.stdout
    assert not (tmp_path / "optimize").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--target", "p95>5"), "allowed is"),
        (("--budget", "soon"), "no time"),
        (("--min-retention", "1.5"), "write 1.5% or 0.015"),
        (("--knob", "encodr"), "did you mean"),
        (("--guard", "iuo"), "did you mean"),
        (("--requests-per-day", "-1"), "negative"),
        (("--prices", "none.toml"), "none.toml"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_measured(
    hairopt, dataset, tmp_path, arguments, message
):
    done = hairopt("optimize", "--baseline", "float32", "--dataset", dataset, *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert not (tmp_path / "optimize").exists()


def test_a_budget_of_one_second_writes_an_honest_plan_and_exits_with_3(hairopt, dataset, tmp_path):
    done = hairopt("optimize", "--baseline", "float32", "--dataset", dataset, "--budget", "1s")
    assert done.returncode == 3
    assert "Nothing can be recommended yet" in done.stdout
    plan = json.loads((tmp_path / "optimize" / "plan.json").read_text())
    assert plan["ending"] == "nothing"
    assert "1 s ended" in (tmp_path / "optimize" / "plan.md").read_text()


def test_a_baseline_that_is_not_here_is_an_error_with_its_fix(hairopt, dataset, tmp_path):
    (tmp_path / "absent.toml").write_text(ABSENT)
    asked = ("--baseline", "absent.toml", "--knob", "encoder", "--budget", "60s")
    done = hairopt("optimize", "--dataset", dataset, *asked)
    assert done.returncode == 2
    assert "hairopt models pull mediapipe-hair" in done.stderr


def test_profile_prints_stages_operators_and_why(hairopt, dataset, tmp_path):
    photo = dataset / "images" / "first.jpg"
    done = hairopt(
        "profile", "--variant", "float32", "--photo", photo, "--requests", "3", "--out", "p",
        COLUMNS="200",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for word in ("decode", "postprocess", "Conv", "Cause:", "flame graph"):
        assert word in done.stdout
    assert json.loads((tmp_path / "p" / "profile.json").read_text())["variant"] == "float32"


def test_profile_of_a_broken_photo_names_the_file(hairopt, tmp_path):
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    done = hairopt("profile", "--variant", "float32", "--photo", "broken.jpg")
    assert done.returncode == 2
    assert "broken.jpg" in done.stderr
