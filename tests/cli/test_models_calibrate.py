"""``hairopt models calibrate-quality`` as a user runs it."""

import json

from tests.cli.conftest import add_case


def test_it_states_its_error_and_is_used_from_then_on(hairopt, tmp_path):
    for place in range(40):
        add_case(tmp_path / "heads", f"{place:02}", size=64 + 4 * place)
    arguments = ("models", "calibrate-quality", "hairnet", "--dataset", "heads")
    done = hairopt(*arguments, COLUMNS="100")
    assert done.returncode == 0, done.stderr
    assert "40 cases of 40 source photos" in done.stdout
    assert "mean absolute error" in done.stdout
    assert "the 95 % interval holds for" in done.stdout
    files = list((tmp_path / "store" / "expectations").glob("*/float32-288x288.json"))
    assert len(files) == 1
    told = json.loads(hairopt(*arguments, "--json").stdout)
    assert told["dataset"]["name"] == "heads"
    assert told["held_out"]["n_sources"] == 40
    assert told == json.loads(files[0].read_text())


def test_three_photos_and_a_wrong_precision_are_refused(hairopt, dataset, tmp_path):
    add_case(dataset, "third")
    few = hairopt("models", "calibrate-quality", "hairnet", "--dataset", dataset, COLUMNS="200")
    assert few.returncode == 2
    assert "3 source photos with hair are too few" in few.stderr
    assert "at least 40" in few.stderr
    wrong = hairopt(
        "models", "calibrate-quality", "hairnet", "--dataset", dataset, "--precision", "int4"
    )
    assert wrong.returncode == 2
    assert "precision" in wrong.stderr
    assert not (tmp_path / "store" / "expectations").exists()
