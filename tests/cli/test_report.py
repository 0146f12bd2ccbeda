"""``hairopt report`` over several runs, through the real command."""

from pathlib import Path

import pytest

from tests.report.made_up_run import make_run, variant


@pytest.fixture
def runs(tmp_path):
    """Two run folders that hold no more than their ``run.json``."""
    folders = []
    for day, latency_ms in ((1, 100.0), (2, 80.0)):
        run = make_run(
            {"float32": variant("float32", latency_ms, 0.8)},
            id=f"run-{day}",
            created_utc=f"2026-01-0{day}T12:00:00Z",
        )
        folder = tmp_path / "reports" / run.id
        folder.mkdir(parents=True)
        (folder / "run.json").write_text(run.model_dump_json(by_alias=True))
        folders.append(folder)
    return folders


def test_several_runs_become_a_history_beside_them(hairopt, runs):
    done = hairopt("report", *runs)

    assert done.returncode == 0, done.stderr
    files = [Path(line) for line in done.stdout.splitlines()]
    assert [file.name for file in files] == ["history.html", "history.md", "history.csv"]
    assert {file.parent for file in files} == {runs[0].parent}
    assert "| 80.0 |" in files[1].read_text()


def test_a_history_among_the_runs_is_passed_over(hairopt, runs):
    assert hairopt("report", *runs).returncode == 0

    again = hairopt("report", *sorted(runs[0].parent.iterdir()), "--format", "csv")

    assert again.returncode == 0, again.stderr
    assert hairopt("report", runs[0].parent / "history.md").returncode == 2


def test_a_history_goes_where_it_is_asked_for(hairopt, runs, tmp_path):
    done = hairopt("report", *runs, "--format", "md", "--out", "elsewhere")

    assert done.stdout == "elsewhere/history.md\n"
    assert (tmp_path / "elsewhere" / "history.md").is_file()
    refused = hairopt("report", runs[0], "--out", "elsewhere")
    assert refused.returncode == 2
    assert "--out is for the history" in refused.stderr


def test_what_cannot_be_opened_is_refused_before_it_is_written(hairopt, runs):
    refused = hairopt("report", *runs, "--format", "csv", "--open")

    assert refused.returncode == 2
    assert "has no html" in refused.stderr
    assert not (runs[0].parent / "history.csv").exists()


def test_a_missing_run_is_named(hairopt, runs):
    refused = hairopt("report", runs[0], runs[0].parent / "nowhere")

    assert refused.returncode == 2
    assert "nowhere" in refused.stderr
