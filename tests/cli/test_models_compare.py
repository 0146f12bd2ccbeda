"""``hairopt models compare`` through the real command."""

import json


def test_one_row_per_model_and_runtime(hairopt, dataset):
    done = hairopt(
        "models", "compare", "hairnet", "--dataset", dataset, "--runtime", "litert",
        "--runtime", "onnxruntime", "--rounds", "2", "--markdown",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = [line for line in done.stdout.splitlines() if line.startswith("| hairnet")]
    assert [row.split("|")[2].strip() for row in rows] == ["litert", "onnxruntime"]
    assert len({row.split("|")[3] for row in rows}) == 1  # equal weights, equal masks


def test_slices_are_those_of_the_tag_asked_for(hairopt, dataset):
    (dataset / "cases.csv").write_text("name,mood\nfirst,calm\nsecond,none\n")
    models = ("models", "compare", "hairnet", "--dataset", dataset, "--rounds", "1")
    done = hairopt(*models, "--by", "mood")
    assert done.returncode == 0, done.stderr
    assert [line.split()[:3] for line in done.stdout.splitlines() if line.startswith("mood")] == [
        ["mood", "calm", "1"], ["mood", "none", "1"],
    ]  # fmt: skip
    refused = hairopt(*models, "--by", "moood")
    assert refused.returncode == 2
    assert "did you mean mood?" in refused.stderr


def test_a_model_that_is_not_here_is_told_with_its_fix(hairopt, dataset):
    done = hairopt(
        "models", "compare", "hairnet", "mediapipe-hair", "--dataset", dataset, "--rounds", "1",
        COLUMNS="200",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "mediapipe-hair in onnxruntime unavailable" in done.stdout
    assert "hairopt models pull mediapipe-hair" in done.stdout


def test_json_is_the_run(hairopt, dataset):
    done = hairopt("models", "compare", "hairnet", "--dataset", dataset, "--rounds", "1", "--json")
    run = json.loads(done.stdout)
    assert run["schema"] == "hairopt.run/1"
    assert list(run["variants"]) == ["hairnet"]


def test_an_unknown_model_is_refused(hairopt, dataset):
    done = hairopt("models", "compare", "hairnot", "--dataset", dataset)
    assert done.returncode == 2
    assert "did you mean hairnet?" in done.stderr
