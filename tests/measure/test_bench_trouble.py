"""What goes wrong in a bench costs what it must, and nothing else."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest

from hairopt.datasets import check_dataset, load_dataset
from hairopt.errors import DataError, UsageError
from hairopt.measure.bench import run_bench
from hairopt.measure.complete import require_complete
from hairopt.measure.plan import BenchPlan
from hairopt.measure.progress import Silent
from hairopt.measure.run_model import DatasetInfo
from hairopt.measure.run_store import read_run
from hairopt.measure.run_tables import read_cases, read_timings
from tests.measure.watching import FAST, Recorder, assert_equal_means


@pytest.mark.usefixtures("plugin")
def test_every_way_to_fail_costs_only_its_own_variant(small_dataset, strange, tmp_path):
    names = ["disc", "exits", "segfaults", "killed", "hangs", "raises", "unavailable"]
    plan = BenchPlan(
        tuple(strange(name) for name in (*names, "dies_loading")),
        small_dataset,
        tmp_path / "out",
        rounds=8,
        warmup=0,
        timeout_s=6.0,
    )
    run = run_bench(plan)
    status = {name: result.status for name, result in run.variants.items()}
    assert status.pop("disc") == "ok"
    assert status.pop("unavailable") == "unavailable"
    assert set(status.values()) == {"failed"}
    errors = {name: result.error or "" for name, result in run.variants.items()}
    assert "exit status 3 while" in errors["exits"]
    assert "SIGSEGV" in errors["segfaults"]
    assert "SIGKILL" in errors["killed"]
    assert "did not answer within 6 s" in errors["hangs"]
    assert "no hair today" in errors["raises"]
    assert "exit status 7 while loading" in errors["dies_loading"]
    assert errors["unavailable"] == "there is no such chip in this machine (fix: buy one)"
    assert run.variants["unavailable"].fix == "buy one"
    assert run.variants["disc"].latency_ms["total"].n == 8
    assert run.variants["disc"].quality["iou"].n == 3
    assert set(read_cases(plan.out / run.id)["variant"]) == {"disc"}
    assert not psutil.Process().children()


@pytest.mark.usefixtures("plugin")
@pytest.mark.parametrize("method", ["exits_in_its_second_start", "unavailable_later"])
def test_a_variant_that_fails_in_its_second_start_is_out_with_all_its_numbers(
    small_dataset, strange, tmp_path, monkeypatch, method
):
    monkeypatch.setenv("HAIROPT_TEST_STARTS", str(tmp_path / "starts"))
    plan = BenchPlan(
        (strange("disc"), strange(method)), small_dataset, tmp_path / "o", rounds=18, warmup=0
    )
    run = run_bench(plan)
    gone = run.variants[method]
    assert gone.status == ("unavailable" if method == "unavailable_later" else "failed")
    assert ("exit status 3 while" in gone.error) or ("the chip was taken out" in gone.error)
    assert (gone.latency_ms, gone.latency_ratio, gone.memory_ratio) == ({}, None, None)
    assert set(read_timings(tmp_path / "o" / run.id)["variant"]) == {"disc"}
    assert run.variants["disc"].latency_ms["total"].starts == 6
    assert not psutil.Process().children()


@pytest.mark.usefixtures("plugin")
@pytest.mark.parametrize("warmup", [0, 9])
def test_a_candidate_that_crashes_halfway_leaves_the_others_whole(
    small_dataset, strange, tmp_path, warmup
):
    plan = BenchPlan(
        (strange("disc"), strange("exits"), strange("again", "disc")),
        small_dataset, tmp_path / "o", rounds=18, warmup=warmup,
    )  # fmt: skip
    run = run_bench(plan)
    assert (run.variants["exits"].status, run.variants["exits"].latency_ratio) == ("failed", None)
    again = run.variants["again"]
    assert (again.latency_ratio.n, again.latency_ratio.starts) == (18, 6)
    assert again.latency_ratio.ci95 is not None


@pytest.mark.usefixtures("plugin")
def test_there_is_never_more_than_one_process_of_a_variant(small_dataset, strange, tmp_path):
    class Counter(Silent):
        def __init__(self):
            self.pids, self.most = set(), 0

        def update(self, phase, done, total):
            found = [child.pid for child in psutil.Process().children()]
            self.pids |= set(found) if phase in ("start", "time") else set()
            self.most = max(self.most, len(found))

    counter = Counter()
    variants = (strange("disc"), strange("other", "disc"))
    run_bench(BenchPlan(variants, small_dataset, tmp_path / "o", rounds=18, warmup=0), counter)
    assert counter.most == 2
    assert len(counter.pids) >= 2 * 6


@pytest.mark.usefixtures("plugin")
def test_automatic_rounds_end_and_say_why(small_dataset, strange, tmp_path):
    variants = (strange("disc"), strange("other", "disc"))
    plan = BenchPlan(variants, small_dataset, tmp_path / "o", timing_limit_s=8.0, warmup=0)
    run = run_bench(plan)
    protocol = run.protocol
    assert protocol.stopped in ("precise", "limit")
    assert protocol.timing_limit_s == 8.0
    assert 0 < protocol.timing_s < 12
    assert run.variants["disc"].latency_ms["total"].n == protocol.rounds
    assert run.variants["disc"].latency_ms["total"].starts == protocol.starts
    told = " ".join(run.environment.warnings)
    if protocol.stopped == "limit" and protocol.starts >= 6:
        assert "The timing ended at its limit of 8 s" in told
    assert ("a claim about time or memory needs 6" in told) == (protocol.starts < 6)


@pytest.mark.usefixtures("plugin")
def test_a_case_that_one_variant_cannot_answer_is_recorded_there(small_dataset, strange, tmp_path):
    plan = BenchPlan((strange("disc"), strange("picky")), small_dataset, tmp_path / "o", **FAST)
    run = run_bench(plan)
    disc, picky = run.variants["disc"], run.variants["picky"]
    assert (disc.status, disc.failed_cases) == ("ok", [])
    assert disc.quality["iou"].n == 3
    assert picky.status == "ok"
    assert [case.name for case in picky.failed_cases] == ["b"]
    assert "48 rows are not to my taste" in picky.failed_cases[0].reason
    assert picky.quality["iou"].n == 2
    assert run.dataset.bad_cases == []


@pytest.mark.usefixtures("plugin")
def test_bad_cases_are_listed_and_the_others_measured(small_dataset, strange, tmp_path):
    folder = small_dataset.path
    (folder / "masks" / "a.png").unlink()
    photo = folder / "images" / "c.png"
    photo.write_bytes(photo.read_bytes()[:200])
    run = run_bench(BenchPlan((strange("disc"),), small_dataset, tmp_path / "o", **FAST))
    assert [case.name for case in run.dataset.bad_cases] == ["a", "c"]
    assert "a.png does not exist" in run.dataset.bad_cases[0].reason
    assert "truncated" in run.dataset.bad_cases[1].reason
    assert run.dataset.n_cases == 1
    assert run.variants["disc"].quality["iou"].n == 1
    assert run.variants["disc"].quality["iou"].ci95 is None


@pytest.mark.usefixtures("plugin")
def test_nothing_to_measure_is_an_error_and_leaves_nothing(small_dataset, strange, tmp_path):
    for mask in (small_dataset.path / "masks").iterdir():
        mask.unlink()
    plan = BenchPlan((strange("disc"),), small_dataset, tmp_path / "out", **FAST)
    with pytest.raises(DataError, match=r"no case of .* can be used"):
        run_bench(plan)
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.usefixtures("plugin")
def test_an_unwritable_folder_is_refused_before_a_worker_starts(small_dataset, strange, tmp_path):
    recorder = Recorder()
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        run_bench(BenchPlan((strange("disc"),), small_dataset, tmp_path / "file"), recorder)
    assert recorder.seen == []


@pytest.mark.usefixtures("plugin")
def test_the_noise_floor_is_measured_between_twins(small_dataset, strange, tmp_path):
    plan = BenchPlan((strange("disc"),), small_dataset, tmp_path / "o", null=True, rounds=30)
    run = run_bench(plan)
    twin = run.variants["disc@null"]
    assert run.protocol.null
    assert twin.latency_ratio is not None
    assert twin.latency_ratio.n == 30
    assert_equal_means(twin, run.variants["disc"])
    assert run.noise_floor is not None
    assert run.noise_floor >= 0


@pytest.mark.usefixtures("plugin")
@pytest.mark.parametrize("phase", ["prepare", "start", "time", "quality", "write"])
def test_an_interruption_leaves_neither_folder_nor_process(small_dataset, strange, tmp_path, phase):
    class Interrupter(Silent):
        def update(self, name, done, total):
            if name == phase and (done > 0 or phase == "write"):
                raise KeyboardInterrupt

    plan = BenchPlan((strange("disc"),), small_dataset, tmp_path / "out", **FAST)
    with pytest.raises(KeyboardInterrupt):
        run_bench(plan, Interrupter())
    assert list((tmp_path / "out").iterdir()) == []
    assert not psutil.Process().children()


@pytest.mark.usefixtures("plugin")
def test_without_the_first_variant_the_next_one_is_what_others_are_compared_with(
    small_dataset, strange, tmp_path
):
    variants = (strange("unavailable"), strange("disc"), strange("other", "disc"))
    run = run_bench(BenchPlan(variants, small_dataset, tmp_path / "o", **FAST))
    other = run.variants["other"]
    assert run.protocol.baseline == "disc"
    assert other.retention is not None
    assert (other.retention.value, other.retention.baseline) == (pytest.approx(1.0), "disc")
    assert other.latency_ratio is not None
    assert run.variants["disc"].latency_ratio is None


@pytest.mark.usefixtures("plugin")
def test_tags_never_hide_a_column(small_dataset, strange, tmp_path):
    table = Path(small_dataset.path) / "cases.csv"
    table.write_text("name,iou,shade\na,x,y\n")
    from hairopt.datasets import load_dataset

    plan = BenchPlan((strange("disc"),), load_dataset(table.parent), tmp_path / "o", **FAST)
    cases = read_cases(plan.out / run_bench(plan).id)
    assert cases["iou"].dtype == np.float64
    assert set(cases["tag.iou"].dropna()) == {"x"}
    assert set(cases["tag.shade"].dropna()) == {"y"}


@pytest.mark.usefixtures("plugin")
def test_tiny_photos_and_empty_truths_are_measured(small_dataset, strange, tmp_path):
    folder = small_dataset.path
    cv2.imwrite(str(folder / "images" / "a.png"), np.full((1, 1, 3), 90, np.uint8))
    cv2.imwrite(str(folder / "masks" / "a.png"), np.zeros((1, 1), np.uint8))
    cv2.imwrite(str(folder / "masks" / "c.png"), np.zeros((64, 64), np.uint8))
    plan = BenchPlan((strange("disc"),), small_dataset, tmp_path / "o", **FAST)
    run = run_bench(plan)
    assert run.dataset.bad_cases == []
    assert run.variants["disc"].status == "ok"
    cases = read_cases(plan.out / run.id).drop_duplicates("case").set_index("case")
    assert cases.loc["c", "iou"] == 0
    assert cases.loc["b", "iou"] > 0.3


@pytest.mark.usefixtures("plugin")
def test_the_response_to_intensity_is_judged_where_it_was_asked_for(
    small_dataset, strange, tmp_path
):
    plan = BenchPlan(
        (strange("disc"),), small_dataset, tmp_path / "o", intensities=(0.0, 50.0, 100.0), **FAST
    )
    quality = run_bench(plan).variants["disc"].quality
    assert quality["response_monotone"].mean == pytest.approx(1.0)
    assert quality["response_nonlinearity"].mean < 0.5
    assert quality["shade_hit_de00"].n == 3


@pytest.mark.usefixtures("plugin")
def test_what_dataset_check_finds_is_told_first_and_stands_in_the_run(
    small_dataset, strange, tmp_path
):
    folder = small_dataset.path
    (folder / "images" / "men").mkdir()
    (folder / "masks" / "a.png").unlink()
    (folder / "cases.csv").write_text("name,hair_type\nb,Curly\nc,curly\n")
    dataset = load_dataset(folder)
    recorder = Recorder()
    run = run_bench(BenchPlan((strange("disc"),), dataset, tmp_path / "o", **FAST), recorder)
    expected = check_dataset(dataset)
    assert {"tiny", "subfolder", "tag_spelling", "licence"} == {
        one.rule for one in expected.warnings
    }
    assert [(one.rule, one.message, tuple(one.cases)) for one in run.dataset.warnings] == [
        (one.rule, one.message, one.cases) for one in expected.warnings
    ]
    assert recorder.doubts == list(expected.sentences)
    assert recorder.phases_at_doubt == {"check"}
    assert "1 of 3 cases cannot be used" in recorder.doubts[0]
    assert read_run(tmp_path / "o" / run.id).dataset == run.dataset


@pytest.mark.usefixtures("plugin")
def test_class_indices_are_bad_cases_with_their_fix(small_dataset, strange, tmp_path):
    mask = small_dataset.path / "masks" / "b.png"
    cv2.imwrite(str(mask), cv2.imread(str(mask), 0) // 255 * 2)
    run = run_bench(BenchPlan((strange("disc"),), small_dataset, tmp_path / "o", **FAST))
    (bad,) = run.dataset.bad_cases
    assert (bad.name, bad.file) == ("b", str(mask))
    assert "class indices (0, 2)" in bad.reason
    assert "v in (2, 255)" in bad.fix
    with pytest.raises(DataError, match="class indices") as caught:
        require_complete(run)
    assert bad.fix in str(caught.value)


def test_runs_of_versions_without_warnings_are_read():
    plain = {"name": "a", "path": "a", "fingerprint": "0", "n_cases": 1, "licence": ""}
    assert DatasetInfo.model_validate(plain).warnings == []
