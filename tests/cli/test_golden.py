"""``hairopt golden`` through the real command."""

import json

from PIL import Image


def test_record_check_and_find_a_change(hairopt, dataset, tmp_path):
    recorded = hairopt("golden", "record", "gold", "--variant", "float32", "--dataset", dataset)
    assert recorded.returncode == 0, recorded.stderr
    assert "2 cases" in recorded.stdout
    same = hairopt("golden", "check", "gold", "--dataset", dataset)
    assert same.returncode == 0, same.stderr
    assert "2 cases are equal" in same.stdout
    (tmp_path / "other.toml").write_text(
        'name = "other"\nextends = "float32"\n[encode]\nquality = 40\n'
    )
    asked = ("golden", "check", "gold", "--dataset", dataset, "--variant", "other.toml")
    changed = hairopt(*asked, "--out", "diff", "--json")
    assert changed.returncode == 1
    assert "2 of 2 cases differ" in changed.stderr
    cases = json.loads(changed.stdout)["cases"]
    assert [case["case"] for case in cases] == ["first", "second"]
    assert all(case["changed_px"] > 0 and case["probability_change"] == 0 for case in cases)
    assert all(Image.open(tmp_path / case["picture"]).size[0] > 1000 for case in cases)
    assert hairopt(*asked, "--max-de00", "100").returncode == 0


def test_a_missing_set_is_not_a_pass(hairopt):
    done = hairopt("golden", "check", "absent")
    assert done.returncode == 4
    assert "manifest.json" in done.stderr


def test_doubts_about_the_dataset_are_said(hairopt, dataset):
    (dataset / "images" / "men").mkdir()
    recorded = hairopt("golden", "record", "gold", "--variant", "float32", "--dataset", dataset)
    assert recorded.returncode == 0, recorded.stderr
    assert "sub-folders: " in recorded.stderr
    assert "sub-folders: " in hairopt("golden", "check", "gold", "--dataset", dataset).stderr
