"""``hairopt compare`` and ``hairopt gate`` through the real command."""

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from hairopt.gate.stored import save_baseline
from tests.cli.conftest import ABSENT, COMMAND, QUICK, environment
from tests.gate.snapshots import scores, snapshot


@pytest.fixture
def stored(tmp_path):
    folder = tmp_path / "baselines"
    save_baseline(folder, "release", snapshot())
    save_baseline(folder, "good", snapshot("good", scores(drop=0.01)))
    save_baseline(folder, "bad", snapshot("bad", scores(drop=0.08)))
    save_baseline(folder, "noisy", snapshot("noisy", scores(noise=0.15, seed=5)))
    save_baseline(folder, "other", snapshot(dataset_fingerprint="ef" * 32, isa=["z80"]))
    return folder


LENIENT = ("--max-slice-drop", "100%")


@pytest.mark.parametrize(
    ("arguments", "code", "out", "err"),
    [
        (["release", "good"], 0, "PASS: good may replace float32", ""),
        (["release", "bad"], 1, "FAIL: bad must not replace float32", "regression: mask"),
        (["release", "bad", "--max-mask-drop", "10%", "--min-retention", "90%", *LENIENT], 0,
         "PASS", ""),
        (["release", "bad", "--without", "mask", "--without", "retention", *LENIENT], 0,
         "Not judged: mask (switched off), retention (switched off).", ""),
        (["release", "bad", "--without", "edge"], 2, "", "unknown rule 'edge'"),
        (["release", "flaot32"], 2, "", "did you mean float32"),
        (["release", "good", "--max-mask-drop", "much"], 2, "", "max_mask_drop"),
        (["release", "good", "--max-latency-increase", "5%", "--strict"], 3, "INCONCLUSIVE",
         "inconclusive: latency"),
        (["release", "good", "--max-latency-increase", "5%"], 0, "INCONCLUSIVE", ""),
        (["release", "other"], 4, "", "dataset"),
        (["relaese", "good"], 4, "", "the baseline is missing"),
        (["baselines/absent.json", "good"], 4, "", "absent.json"),
        (["v1:release", "good"], 4, "", "git knows no baseline"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_the_exit_code_is_the_verdict(hairopt, stored, arguments, code, out, err):
    done = hairopt("compare", *arguments)
    assert done.returncode == code, done.stderr
    assert out in " ".join(done.stdout.split())  # sentences are broken at the width
    assert err in done.stderr
    assert "Traceback" not in done.stderr
    assert code in (0, 1, 3) or done.stdout == ""


def test_a_folder_called_like_a_side_is_no_run(hairopt, stored, tmp_path):
    (tmp_path / "release").mkdir()
    (tmp_path / "good").mkdir()
    assert hairopt("compare", "release", "good").returncode == 0
    (tmp_path / "runs" / "empty").mkdir(parents=True)
    done = hairopt("compare", "runs/empty", "good")
    assert done.returncode == 4
    assert "run.json" in done.stderr


def test_a_nan_in_a_baseline_is_refused_and_never_passes(hairopt, stored):
    file = stored / "release.json"
    file.write_text(file.read_text().replace("0.7,", "NaN,", 1))
    for sides in (("release", "good"), ("good", "release")):
        done = hairopt("compare", *sides)
        assert done.returncode == 4
        assert "release.json" in done.stderr


def test_json_and_junit_are_all_that_is_printed(hairopt, stored):
    done = hairopt("compare", "release", "bad", "--format", "json")
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (1, "FAIL")
    done = hairopt("compare", "release", "bad", "--format", "junit")
    assert (done.returncode, ElementTree.fromstring(done.stdout).tag) == (1, "testsuites")


def test_gate_reads_its_configuration_and_fills_the_job_summary(hairopt, stored, tmp_path):
    (tmp_path / "hairopt.toml").write_text('[gate]\nbaseline = "release"\ncandidate = "bad"\n')
    summary = tmp_path / "summary.md"
    page = tmp_path / "page.html"
    done = hairopt("gate", "--format", "github", "--report", page, GITHUB_STEP_SUMMARY=str(summary))
    assert done.returncode == 1
    assert done.stdout.startswith("::error title=hairopt::FAIL")
    assert summary.read_text().startswith("## ")
    assert "must not replace" in page.read_text()
    assert hairopt("gate", "good").returncode == 0
    refused = hairopt("gate", "other", "--format", "github")
    assert refused.returncode == 4
    assert refused.stdout.startswith("::error title=hairopt::float32 and float32 cannot be")


def test_gate_without_configuration_says_where_to_write_it(hairopt):
    done = hairopt("gate")
    assert done.returncode == 2
    assert "[tool.hairopt.gate]" in done.stderr


@pytest.mark.parametrize("output", ["text", "json"])
def test_a_reader_that_leaves_is_not_a_verdict(tmp_path, stored, output):
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [COMMAND, "compare", "release", "good", "--format", output],
        stdout=write, stderr=subprocess.PIPE, cwd=tmp_path, env=environment(tmp_path), check=False,
    )  # fmt: skip
    os.close(write)
    assert done.returncode == 141
    assert done.stderr == b""


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is there on Linux only")
@pytest.mark.parametrize("where", ["stdout", "report"])
def test_a_full_disk_is_not_a_pass(tmp_path, stored, where):
    command = [COMMAND, "compare", "release", "good"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command + (["--report", "/dev/full"] if where == "report" else []),
            stdout=full if where == "stdout" else subprocess.PIPE,
            stderr=subprocess.PIPE, cwd=tmp_path, env=environment(tmp_path), check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert b"disk is full" in done.stderr
    assert b"Traceback" not in done.stderr


def test_variants_are_measured_and_their_run_can_be_compared_again(hairopt, dataset, tmp_path):
    done = hairopt(
        "compare", "float32", "float32", "--dataset", dataset, "--format", "json", *QUICK[:2],
        "--shade", "violet", "--max-latency-increase", "10000%",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [rule["verdict"] for rule in found["rules"]].count("FAIL") == 0
    assert found["candidate"]["variant"] == "float32@candidate"
    assert found["latency"]["noise_floor"] is None
    (latency,) = [rule for rule in found["rules"] if rule["rule"] == "latency"]
    assert latency["verdict"] == "INCONCLUSIVE"
    assert "1 process start of each side; a claim needs 6: --rounds auto" in latency["note"]
    assert "\x1b" not in done.stderr
    (run,) = (tmp_path / "reports").iterdir()
    assert (run / "compare.html").is_file()
    again = hairopt("compare", f"{run}:float32", f"{run}/run.json:float32@candidate")
    assert again.returncode == 0, again.stderr
    assert "INCONCLUSIVE: float32@candidate is neither" in again.stdout
    assert "Both sides are the same variant" in " ".join(again.stdout.split())
    strict = hairopt("compare", f"{run}:float32", f"{run}:float32@candidate", "--strict")
    assert strict.returncode == 3
    saved = hairopt("baseline", "save", "release", f"{run}:float32")
    assert saved.returncode == 0, saved.stderr
    one = hairopt(
        "compare", "release", "float32", "--dataset", dataset, "--case=first", "--rounds", "1"
    )
    assert one.returncode == 0, one.stderr
    assert "by 1 source photo" in one.stdout
    refused = hairopt("compare", "release", "float32", "--dataset", dataset, "--shade", "blue")
    assert refused.returncode == 4
    assert "shades" in refused.stderr
    assert len(list((tmp_path / "reports").iterdir())) == 2
    several = hairopt("compare", run, "float32")
    assert several.returncode == 4
    assert "choose one as" in several.stderr


def test_a_baseline_that_fails_is_no_regression_of_the_candidate(hairopt, dataset, tmp_path):
    (tmp_path / "absent.toml").write_text(ABSENT)
    done = hairopt("compare", "absent.toml", "float32", "--dataset", dataset, "--rounds", "1")
    assert done.returncode == 4
    assert "mediapipe-hair" in done.stderr
