"""Photos without masks: agreement and what is expected, never under a name of quality."""

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from hairopt.metrics.catalog import METRICS, UNLABELLED
from tests.cli.conftest import QUICK

ROOT = Path(__file__).resolve().parent.parent.parent
CRUDE = """
name = "crude"
extends = "float32"
[postprocess]
feather_px = 30.0
anti_bleed = false
"""


@pytest.fixture
def photos(tmp_path):
    """Two rendered heads and a wall, without masks."""
    folder = tmp_path / "photos"
    folder.mkdir()
    shipped = sorted((ROOT / "datasets" / "rendered" / "images").iterdir())
    for photo in shipped[:2]:
        shutil.copy(photo, folder)
    from PIL import Image

    Image.new("RGB", (96, 96), (170, 170, 175)).save(folder / "wall.png")
    (tmp_path / "crude.toml").write_text(CRUDE)
    return folder


def test_a_comparison_judges_agreement_and_names_it_everywhere(hairopt, photos, tmp_path):
    done = hairopt(
        "compare", "float32", "crude.toml", "--dataset", "photos", *QUICK[:2], "--shade", "violet",
        "--format", "json", COLUMNS="100",
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    told = json.loads(done.stdout)
    assert {rule["rule"] for rule in told["rules"]} >= {"mask", "boundary", "retention"}
    assert all(rule["subject"].startswith("agreement") for rule in told["rules"])
    assert {row["metric"] for row in told["metrics"]} == set(UNLABELLED)
    assert any("not quality" in note for note in told["notes"])
    by_name = {row["metric"]: row for row in told["metrics"]}
    assert by_name["agreement_alpha_iou"]["baseline"] == 1.0
    assert 0.3 < by_name["agreement_alpha_iou"]["candidate"] < 0.99
    assert by_name["agreement_outside_de00"]["baseline"] == 0.0
    assert by_name["agreement_outside_de00"]["candidate"] > 0.1
    for one in told["offenders"]:
        assert "baseline_agreement_iou" in one
        assert "baseline_iou" not in one

    run = next((tmp_path / "reports").iterdir())
    content = json.loads((run / "run.json").read_text())
    assert content["dataset"]["is_labelled"] is False
    for result in content["variants"].values():
        assert result["quality"] == {}
        assert result["retention"] is None
        assert result["expected"]["n_empty"] == 1
        assert result["expected"]["expected_iou"]["n"] == 2
    rows = pd.read_parquet(run / "cases.parquet")
    assert not set(rows) & set(METRICS)
    assert set(rows.loc[rows["case"] == "wall", "doubt"]) == {"empty"}
    assert rows["expected_iou"].between(rows["expected_low"], rows["expected_high"]).sum() == 4

    quality = re.compile(rf"(?<![a-z_])({'|'.join(METRICS.keys() - {'precision'})})(?![a-z_])")
    for page in ("report.html", "report.md", "matrix.csv", "compare.html", "run.json"):
        text = re.sub(r"data:image/[^\"')]+|<style.*?</style>|<script.*?</script>", "",
                      (run / page).read_text(), flags=re.S)  # fmt: skip
        assert not quality.findall(text), page
        words = "" if page == "run.json" else text  # which has the quality of the encoder, too
        for said in re.findall(r"[^.;<>]*[Qq]uality[^.;<>]*", words):
            assert re.search(r"(no|not) quality", said), (page, said)
    heads = (run / "matrix.csv").read_text().splitlines()[0]
    assert "agreement_alpha_iou_change_percent" in heads
    page = (run / "report.html").read_text()
    assert "Most doubtful cases" in page
    assert "mask agreement" in page
    assert "Worst cases" not in page


def test_a_stored_baseline_is_compared_only_when_it_is_measured_again(hairopt, photos):
    options = ("--dataset", "photos", *QUICK[:2], "--shade", "violet")
    saved = hairopt("baseline", "save", "release", "float32", *options)
    assert saved.returncode == 0, saved.stderr
    alone = hairopt("compare", "release", "crude.toml", "--dataset", "photos", COLUMNS="200")
    assert alone.returncode == 4
    assert "--remeasure" in alone.stderr
    again = hairopt("compare", "release", "float32", *options, "--remeasure", COLUMNS="200")
    assert again.returncode == 0, again.stderr
    assert "agreement: mean alpha IoU" in again.stdout


def test_a_folder_without_photos_is_refused(hairopt, tmp_path):
    (tmp_path / "none").mkdir()
    done = hairopt("bench", "--dataset", "none", "--variant", "float32", COLUMNS="200")
    assert done.returncode == 2
    assert "no photo" in done.stderr
