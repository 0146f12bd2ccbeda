"""The GitHub Action: its own shell lines, run by bash with the real command, as a runner does."""

import os
import re
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from hairopt.gate.stored import load_baseline, save_baseline
from tests.gate.photos import add_photo
from tests.gate.snapshots import scores, snapshot

yaml = pytest.importorskip("yaml", reason="PyYAML reads action.yml")
ACTION = Path(__file__).resolve().parents[2] / "action.yml"
BIN = Path(sys.executable).parent
EXPRESSION = re.compile(r"\$\{\{\s*([\w.-]+)\s*\}\}")
HOSTILE = "$(touch pwned)`touch pwned`; touch pwned\n::set-output name=x::y"


@dataclass(frozen=True)
class Job:
    """What a job left behind."""

    code: int
    log: str
    summary: str
    outputs: dict[str, str]


@pytest.fixture(scope="module")
def action():
    return yaml.safe_load(ACTION.read_text())


@pytest.fixture
def runner(action, tmp_path):
    """Run the steps of the action that are shell, with inputs, in a repository of its own."""
    repository = tmp_path / "repository"
    repository.mkdir()
    (tmp_path / "temp").mkdir()

    def run(steps=("inputs", "gate"), **inputs):
        given = {name: one["default"] for name, one in action["inputs"].items()} | inputs
        known = {f"inputs.{name}": text for name, text in given.items()}
        known |= {"github.job": "judge", "strategy.job-index": "3"}
        files = {name: tmp_path / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for file in files.values():
            file.write_text("")
        log, code = "", 0
        for step in action["runs"]["steps"]:
            if "run" not in step or step.get("id", step["name"]) not in steps:
                continue
            done = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
                cwd=repository / filled(step.get("working-directory", "."), known),
                env={
                    **os.environ,
                    "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
                    "HAIROPT_HOME": str(tmp_path / "home"),
                    "RUNNER_TEMP": str(tmp_path / "temp"),
                    **{name: str(file) for name, file in files.items()},
                    **{name: filled(text, known) for name, text in step.get("env", {}).items()},
                },
                capture_output=True,
                text=True,
                check=False,
            )
            log, code = log + done.stdout + done.stderr, done.returncode
            if code:
                break
        lines = files["GITHUB_OUTPUT"].read_text().splitlines()
        outputs = dict(line.split("=", 1) for line in lines)
        assert not list(tmp_path.rglob("pwned"))
        return Job(code, log, files["GITHUB_STEP_SUMMARY"].read_text(), outputs)

    run.repository = repository
    return run


def filled(text, known):
    """A text of the action with the values of its expressions; an unknown one is an error."""
    return EXPRESSION.sub(lambda match: known[match[1]], text)


@pytest.fixture
def stored(runner):
    """A repository whose gate compares stored numbers, which takes no time."""
    folder = runner.repository / "baselines"
    save_baseline(folder, "release", snapshot())
    save_baseline(folder, "good", snapshot("good", scores(drop=0.01)))
    save_baseline(folder, "bad", snapshot("bad", scores(drop=0.08)))
    save_baseline(folder, "other", snapshot(dataset_fingerprint="ef" * 32))
    (runner.repository / "hairopt.toml").write_text(
        '[gate]\nbaseline = "release"\ncandidate = "good"\nmax_big_losers = "100%"\n'
        'max_latency_increase = "5%"\n'
    )
    return runner


@pytest.mark.parametrize(
    ("inputs", "code", "words"),
    [
        ({}, 0, "::warning title=hairopt::INCONCLUSIVE: good"),
        ({"candidate": "bad"}, 1, "::error title=hairopt::FAIL: bad must not replace float32"),
        ({"candidate": "godo"}, 2, "did you mean good"),
        ({"candidate": HOSTILE}, 4, "title=hairopt::git knows no baseline y"),
        ({"candidate": "--help"}, 2, "title=hairopt::"),
        ({"strict": "true"}, 3, "inconclusive: latency"),
        ({"candidate": "other"}, 4, "::error title=hairopt::float32 and float32 cannot be"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_the_job_ends_with_the_code_of_the_gate_and_says_why(stored, inputs, code, words):
    job = stored(**inputs)
    assert (job.code, job.outputs["exit-code"]) == (code, str(code)), job.log
    assert words in job.log
    assert "\n::set-output" not in job.log
    assert "hairopt: " in job.summary
    assert Path(job.outputs["report"]).is_file()  # of a refusal, too


@pytest.mark.parametrize(
    "inputs",
    [{"strict": text} for text in ("", "yes", "True", "true ", "1", HOSTILE)]
    + [{"remeasure": text} for text in ("yes", "TRUE", HOSTILE)],
    ids=str,
)
def test_a_switch_that_is_neither_true_nor_false_is_refused(stored, inputs):
    job = stored(**inputs)
    (name,) = inputs
    assert (job.code, job.outputs) == (2, {"exit-code": "2"})
    assert job.log.startswith(f"::error title=hairopt::the input {name} is ")
    assert "allowed is true" in job.log
    assert len(job.log.splitlines()) == 1


def test_every_report_has_a_name_of_its_own(stored):
    jobs = [stored(), stored(), stored(artifact='a/b:c" <d>\n|e')]
    names = [job.outputs["artifact"] for job in jobs]
    assert re.fullmatch(r"hairopt-gate-judge-3-\w{8}", names[0])
    assert re.fullmatch(r"a-b-c---d---e-judge-3-\w{8}", names[2])  # others are refused by GitHub
    assert len(set(names)) == 3
    reports = {Path(job.outputs["report"]) for job in jobs}
    assert len(reports) == 3
    assert all("may replace" in report.read_text() or "neither" in report.read_text()
               for report in reports)  # fmt: skip
    assert "artifact" not in stored(artifact="").outputs


def test_no_input_is_pasted_into_a_script(action):
    scripts = [step["run"] for step in action["runs"]["steps"] if "run" in step]
    assert scripts
    assert not [script for script in scripts if "${{" in script]


def test_only_contexts_that_a_composite_action_has_are_used(action):
    text = ACTION.read_text()
    used = {
        name
        for inside in re.findall(r"\$\{\{(.*?)\}\}", text)
        for name in re.findall(r"(?<![.\w-])([a-z]+)\.", inside)
    }
    assert used == {"inputs", "github", "strategy", "steps"}
    named = set(re.findall(r"(?<!steps\.)\binputs\.([a-z-]+)", text))
    assert named == set(action["inputs"])


def test_the_version_is_one_word_for_pip(runner, tmp_path, monkeypatch):
    wheel = tmp_path / "a b" / "tiny_hair-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("tiny_hair.py", "")
        file.writestr("tiny_hair-1.0.dist-info/METADATA",
                      "Metadata-Version: 2.1\nName: tiny-hair\nVersion: 1.0\n")  # fmt: skip
        file.writestr("tiny_hair-1.0.dist-info/WHEEL",
                      "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")  # fmt: skip
        file.writestr("tiny_hair-1.0.dist-info/RECORD", "")
    for name, value in (("TARGET", tmp_path / "site"), ("NO_INDEX", 1), ("NO_DEPS", 1)):
        monkeypatch.setenv(f"PIP_{name}", str(value))
    job = runner(steps=["Install hairopt"], version=str(wheel))
    assert job.code == 0, job.log
    assert (tmp_path / "site" / "tiny_hair.py").is_file()
    for version in ("-rfile", HOSTILE):
        assert runner(steps=["Install hairopt"], version=version).code != 0


def test_a_baseline_of_another_cpu_is_measured_again_on_the_runner(runner, tmp_path):
    repository = runner.repository
    for number in range(4):
        add_photo(repository / "photos", f"p{number}", number)
    (repository / "variants").mkdir()
    (repository / "variants" / "next.toml").write_text(
        'name = "next"\nextends = "float32"\n[encode]\nquality = 95\n'
    )
    (repository / "hairopt.toml").write_text(
        '[gate]\nbaseline = "release"\ncandidate = "variants/next.toml"\n'
        'max_latency_increase = "10000%"\nrounds = 18\n'
    )
    save = [BIN / "hairopt", "baseline", "save", "release", "float32", "--dataset", "photos"]
    done = subprocess.run(
        [*save, "--shade", "violet", "--rounds", "1"],
        cwd=repository,
        env={**os.environ, "HAIROPT_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    there = load_baseline(repository / "baselines", "release")
    moved = there.model_copy(update={"isa": ["z80"]})
    save_baseline(repository / "baselines", "release", moved, replace=True)
    (repository / "inner").mkdir()

    job = runner()
    assert job.code == 4
    assert "remeasure = true" in job.log

    job = runner(remeasure="true", **{"working-directory": "inner"})
    assert job.code == 0, job.log
    assert "::notice title=hairopt::release (float32, stored" in job.log
    assert "its stored numbers were not used" in job.summary
    assert "median latency" in job.summary
    assert Path(job.outputs["report"]).is_file()
