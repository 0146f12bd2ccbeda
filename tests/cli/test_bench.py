"""``hairopt bench`` and ``hairopt report`` through the real command."""

import json
import os
import pty
import re
import select
import subprocess

import pytest

from tests.cli.conftest import ABSENT, COMMAND, QUICK, add_case, environment

HOSTILE = "<img src=x onerror=alert(1)> [red]$x$"


def run_folders(tmp_path):
    return sorted((tmp_path / "reports").glob("*"))


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """One run of two variants over hostile names, and what the terminal said."""
    root = tmp_path_factory.mktemp("measured")
    for name in (HOSTILE, "-rf", "mit Umlaut äöü 髪"):
        add_case(root / "data", name)
    (root / "data" / "cases.csv").write_text(
        f'name,hair_type\n"{HOSTILE}",<script>alert(2)</script>\n-rf,curly\n', encoding="utf-8"
    )
    (root / "absent.toml").write_text(ABSENT)
    names = ("float32", "conditional-post", "absent.toml")
    variants = [word for name in names for word in ("--variant", name)]
    done = subprocess.run(
        [COMMAND, "bench", "--dataset", "data", *QUICK, *variants],
        capture_output=True,
        text=True,
        cwd=root,
        env=environment(root),
        check=False,
    )
    return done, root


def test_an_unavailable_variant_costs_only_itself_and_names_its_fix(measured):
    done, _ = measured

    assert done.returncode == 0, done.stderr
    assert "absent unavailable" in done.stdout
    assert "fix: hairopt models pull mediapipe-hair" in done.stdout


def test_the_run_folder_is_complete_and_named_relative_to_here(measured):
    done, root = measured
    (folder,) = run_folders(root)

    assert {file.name for file in folder.iterdir()} == {
        "run.json", "cases.parquet", "timings.parquet", "report.html", "report.md", "matrix.csv",
        "images",
    }  # fmt: skip
    assert f"Report: reports/{folder.name}/report.html" in done.stdout


def test_without_a_terminal_it_is_plain_text_of_100_columns(measured):
    done, _ = measured

    assert "\x1b" not in done.stdout + done.stderr
    lines = [line for line in done.stdout.splitlines() if not line.startswith("Next: hairopt ")]
    assert max(map(len, lines)) <= 100  # a command to be copied is never broken
    assert "4/6 timing" in done.stderr


def test_hostile_names_stay_text_in_the_page(measured):
    _, root = measured
    page = (run_folders(root)[0] / "report.html").read_text(encoding="utf-8")

    assert "<img src=x" not in page
    assert page.count("<script") == 1  # the page's own
    assert "<script>alert" not in page
    assert "&lt;img src=x onerror=alert(1)&gt; [red]$x$" in page
    assert "&lt;script&gt;alert(2)&lt;/script&gt;" in page


def test_a_run_is_rendered_again_from_its_own_files(measured, tmp_path):
    _, root = measured
    (folder,) = run_folders(root)
    names = ("report.html", "report.md", "matrix.csv")
    before = {name: (folder / name).read_bytes() for name in names}
    for name in names:
        (folder / name).unlink()

    done = subprocess.run(
        [COMMAND, "report", folder], cwd=tmp_path, env=environment(tmp_path), check=True
    )

    assert done.returncode == 0
    assert {name: (folder / name).read_bytes() for name in names} == before


def test_only_the_format_asked_for_is_rendered(measured, hairopt):
    _, root = measured
    (folder,) = run_folders(root)

    assert hairopt("report", folder, "--format", "csv").stdout == f"{folder}/matrix.csv\n"
    refused = hairopt("report", folder, "--format", "pdf")
    assert refused.returncode == 2
    assert "allowed: html, md, csv" in refused.stderr


def test_json_is_the_run_and_nothing_else(hairopt, dataset, tmp_path):
    done = hairopt("bench", "--dataset", dataset, "--variant", "float32", "--json", *QUICK)

    (folder,) = run_folders(tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == json.loads((folder / "run.json").read_text("utf-8"))


@pytest.mark.parametrize(
    "arguments",
    [
        ["variants", "list"], ["models", "list"], ["models", "inspect", "hairnet"],
        ["dataset", "check", "data"], ["dataset", "stats", "data"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_json_of_the_other_commands_is_pure(hairopt, dataset, arguments):
    done = hairopt(*arguments, "--json")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)


def test_why_there_is_no_noise_floor_is_said(hairopt, dataset):
    done = hairopt("bench", "--dataset", dataset, "--null", *QUICK)

    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "could not be measured: 1 process start of each side; a claim needs 6." in said


def test_the_users_own_variant_file_runs_with_another_model(hairopt, dataset, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('name = "mine"\nextends = "float32"\n[encode]\nformat = "png"\n')

    done = hairopt(
        "bench", "--dataset", dataset, "--variant", file, "--model", "hairnet", "--json", *QUICK
    )

    spec = json.loads(done.stdout)["variants"]["mine"]["spec"]
    assert (spec["encode"]["format"], spec["segment"]["model"]) == ("png", "hairnet")


BAD_FILES = {
    "empty": lambda data: b"",
    "truncated": lambda data: data[: len(data) // 2],
    "noise": lambda data: os.urandom(100),
    "text": lambda data: b"not a picture",
}


def test_bad_cases_are_named_and_all_others_measured(hairopt, dataset, tmp_path):
    good = (dataset / "images" / "first.jpg").read_bytes()
    for name, damage in BAD_FILES.items():
        add_case(dataset, name)
        (dataset / "images" / f"{name}.jpg").write_bytes(damage(good))
    add_case(dataset, "no mask")
    (dataset / "masks" / "no mask.png").unlink()
    add_case(dataset, "other size")
    add_case(tmp_path / "larger", "x", size=120)
    (tmp_path / "larger/masks/x.png").rename(dataset / "masks" / "other size.png")

    done = hairopt("bench", "--dataset", dataset, "--variant", "float32", *QUICK)

    (folder,) = run_folders(tmp_path)
    run = json.loads((folder / "run.json").read_text("utf-8"))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert all(name in done.stderr for name in (*BAD_FILES, "no mask", "other size"))
    assert {bad["name"] for bad in run["dataset"]["bad_cases"]} == {
        *BAD_FILES, "no mask", "other size"
    }  # fmt: skip
    assert run["dataset"]["n_cases"] == 2
    assert run["variants"]["float32"]["status"] == "ok"
    checked = hairopt("dataset", "check", dataset)
    assert checked.returncode == 2
    assert all(name in checked.stdout for name in (*BAD_FILES, "no mask", "other size"))


def test_nothing_usable_at_all_names_a_file(hairopt, dataset):
    for photo in (dataset / "images").iterdir():
        photo.write_bytes(b"no picture")

    done = hairopt("bench", "--dataset", dataset, "--variant", "float32", *QUICK)

    assert done.returncode == 2
    assert "first.jpg" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_out_folder_that_is_a_file_is_refused_before_measuring(hairopt, dataset, tmp_path):
    (tmp_path / "taken").write_text("")

    done = hairopt("bench", "--dataset", dataset, "--out", "taken", *QUICK)

    assert done.returncode == 2
    assert "taken" in done.stderr
    assert "timing" not in done.stderr


def test_no_measured_variant_is_no_success(hairopt, dataset, tmp_path):
    (tmp_path / "absent.toml").write_text(ABSENT)
    done = hairopt("bench", "--dataset", dataset, "--variant", "absent.toml", *QUICK)

    assert done.returncode == 2
    assert "no variant could be measured" in done.stderr


def in_terminal(arguments, tmp_path, **variables):
    """Everything that a terminal of 100 columns would be sent."""
    parent, child = pty.openpty()
    process = subprocess.Popen(
        [COMMAND, *map(str, arguments)],
        stdout=child,
        stderr=child,
        cwd=tmp_path,
        env=environment(tmp_path, TERM="xterm-256color", COLUMNS="100", **variables),
    )
    os.close(child)
    shown = b""
    while True:
        ready, _, _ = select.select([parent], [], [], 120)
        try:
            data = os.read(parent, 65536) if ready else b""
        except OSError:
            data = b""
        if not data:
            break
        shown += data
    os.close(parent)
    assert process.wait(timeout=60) == 0
    return shown.decode("utf-8", "replace")


COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-7]|9[0-7]|38;[\d;]+)m")


def test_a_terminal_gets_progress_with_time_left_and_colours(dataset, tmp_path):
    arguments = ["bench", "--dataset", dataset, "--variant", "float32", "--variant", "int8"]
    shown = in_terminal([*arguments, *QUICK], tmp_path)

    assert COLOUR.search(shown)
    for phase in ("preparing networks", "starting workers", "timing", "scoring"):
        assert phase in shown
    assert "left" in shown


def test_no_color_is_respected_in_a_terminal(dataset, tmp_path):
    arguments = ["bench", "--dataset", dataset, "--variant", "float32", "--variant", "int8"]
    shown = in_terminal([*arguments, *QUICK], tmp_path, NO_COLOR="1")

    assert "float32" in shown
    assert not COLOUR.search(shown)
