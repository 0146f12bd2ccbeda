from __future__ import annotations

import contextlib
import io
import os
import pickle
import platform
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest

from hairopt.measure import process
from hairopt.measure.messages import First, Timing
from hairopt.measure.photo_spool import PhotoSpool
from hairopt.measure.process import RequestRefusedError, Worker, WorkerLostError
from hairopt.measure.worker import serve
from hairopt.pipeline import Given
from hairopt.types import Shade
from hairopt.variants.schema import ProcessSpec

pytestmark = pytest.mark.usefixtures("plugin")
VIOLET = Shade.parse("violet")
LIMIT_S = 60.0


def ask(worker, data, operation="time", kind=Timing, limit_s=LIMIT_S):
    worker.send(operation, data, VIOLET, 70.0)
    return worker.receive(kind, "trying", limit_s)


@pytest.fixture
def photo(small_dataset):
    return small_dataset.cases[0].read().data


def lose(variant, photo, limit_s=LIMIT_S):
    with Worker(variant) as worker:
        worker.load(LIMIT_S)
        try:
            for _ in range(10):
                ask(worker, photo, limit_s=limit_s)
        except WorkerLostError as error:
            return str(error)
    pytest.fail("the worker was not lost")


def test_times_come_from_a_process_of_its_own(strange, photo):
    with Worker(strange("disc")) as worker:
        loaded = worker.load(LIMIT_S)
        assert worker.pid != os.getpid()
        assert loaded.import_ms > 20
        assert 0 <= loaded.load_ms < loaded.import_ms
        assert loaded.after_load_mb > 20
        assert loaded.model is None
        first = ask(worker, photo, "first", First)
        assert first.first_ms > 0
        timing = ask(worker, photo)
        assert set(timing.stage_ms) == {"decode", "segment", "recolor", "postprocess", "encode"}
        assert sum(timing.stage_ms.values()) == pytest.approx(timing.total_ms, rel=0.2)
        assert timing.cpu_ms > 0
    assert not psutil.pid_exists(worker.pid)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs glibc")
def test_a_worker_that_keeps_freed_memory_takes_no_page_faults(strange, monkeypatch):
    # glibc raises this limit by itself, so that the usual process has faults or none by chance.
    monkeypatch.setenv("MALLOC_MMAP_THRESHOLD_", "131072")
    pixels = np.random.default_rng(0).integers(0, 256, (700, 700, 3), dtype=np.uint8)
    photo = cv2.imencode(".png", pixels)[1].tobytes()
    keeping = ProcessSpec(keep_freed_memory=True)
    usual, kept = (
        faults_per_request(variant, photo)
        for variant in (strange("disc"), strange("disc").model_copy(update={"process": keeping}))
    )
    assert usual > 500
    assert kept < 10


def faults_per_request(variant, photo):
    """Page faults of a warm worker that cost no access to a disk: proc_pid_stat(5), field 10."""

    def so_far():
        return int(Path(f"/proc/{worker.pid}/stat").read_text().rpartition(")")[2].split()[7])

    with Worker(variant) as worker:
        worker.load(LIMIT_S)
        for _ in range(4):
            ask(worker, photo)
        counts = [so_far()]
        for _ in range(3):
            ask(worker, photo)
            counts.append(so_far())
    return min(np.diff(counts))


def test_a_crash_is_told_with_its_status_and_last_words(strange, photo):
    message = lose(strange("exits"), photo)
    assert "'exits' ended with exit status 3 while trying" in message
    assert message.endswith("Its last output: the last thing it said")


def test_a_segmentation_fault_is_told_by_its_signal(strange, photo):
    assert "was ended by signal SIGSEGV while trying" in lose(strange("segfaults"), photo)


def test_a_kill_is_told_as_lack_of_memory(strange, photo):
    assert "was ended by signal SIGKILL, most likely for lack of memory" in lose(
        strange("killed"), photo
    )


def test_a_worker_that_dies_while_loading_is_lost(strange):
    with (
        Worker(strange("dies_loading")) as worker,
        pytest.raises(WorkerLostError, match="exit status 7 while loading"),
    ):
        worker.load(LIMIT_S)


def test_a_hang_ends_after_the_limit(strange, photo):
    start = time.monotonic()
    message = lose(strange("hangs"), photo, limit_s=0.5)
    assert "did not answer within 0.5 s while trying and was stopped" in message
    assert time.monotonic() - start < 20


def test_an_error_is_told_with_its_place_and_the_worker_lives_on(strange, photo):
    with Worker(strange("raises")) as worker:
        worker.load(LIMIT_S)
        for _ in range(2):
            with pytest.raises(RequestRefusedError, match=r"ValueError: no hair today \(strange_"):
                ask(worker, photo)


def test_what_is_not_there_says_how_to_get_it(strange):
    with Worker(strange("unavailable")) as worker:
        with pytest.raises(RequestRefusedError) as caught:
            worker.load(LIMIT_S)
        assert caught.value.refused.unavailable
        assert caught.value.refused.fix == "buy one"


def test_chatter_does_not_disturb_the_answers(strange, photo):
    with Worker(strange("chatty")) as worker:
        worker.load(LIMIT_S)
        assert ask(worker, photo).total_ms > 0


def test_threads_are_set_before_anything_is_imported(strange):
    variant = strange("reports_threads")
    variant = variant.model_copy(
        update={"segment": variant.segment.model_copy(update={"threads": 2})}
    )
    with Worker(variant) as worker, pytest.raises(RequestRefusedError, match="2 2 2 False"):
        worker.load(LIMIT_S)


def test_an_interruption_leaves_no_process_behind(strange, photo, tmp_path, monkeypatch):
    pids = tmp_path / "pids"
    monkeypatch.setenv("HAIROPT_TEST_PIDS", str(pids))
    with contextlib.suppress(KeyboardInterrupt), Worker(strange("spawns")) as worker:
        worker.load(LIMIT_S)
        worker.send("time", photo, VIOLET, 70.0)
        wait_for(lambda: pids.exists() and len(pids.read_text().split()) == 2)
        raise KeyboardInterrupt
    left = [int(pid) for pid in pids.read_text().split()]
    wait_for(lambda: not any(is_running(pid) for pid in left))


def test_a_mask_survives_the_journey(strange, photo):
    with Worker(strange("disc")) as worker:
        worker.load(LIMIT_S)
        worker.send("segment", photo)
        mask = worker.receive(np.ndarray, "segmenting", LIMIT_S)
    assert mask.dtype == np.float32
    assert mask.shape == (64, 64)
    assert mask[32, 32] == 1


def wait_for(condition, limit_s=10.0):
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def is_running(pid):
    status = Path(f"/proc/{pid}/status")
    return status.exists() and "State:\tZ" not in status.read_text()


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="counts references")
def test_a_worker_holds_a_photo_no_longer_than_its_operation_does():
    """A photo may take hundreds of megabytes, and so may an answer."""
    held = []

    class Counting:
        def first(self, photo: Given) -> str:
            data = photo()
            held.append(sys.getrefcount(data) - sys.getrefcount(bytes(9)))
            return "answered"

        def fail(self) -> None:
            raise ValueError("by design")

    asked, answers = io.BytesIO(), io.BytesIO()
    for request in (("first", (bytes(1000),)), ("fail", ())):
        pickle.dump(request, asked, pickle.HIGHEST_PROTOCOL)
    asked.seek(0)
    serve(Counting(), asked, answers)
    answers.seek(0)
    assert pickle.load(answers) == "answered"
    assert "by design" in pickle.load(answers).reason
    assert held == [1]  # the variable of the operation


def test_a_turn_has_an_answer_for_each_request_and_a_refusal_costs_only_its_own(
    strange, photo, tmp_path
):
    spool = PhotoSpool(tmp_path / "photos")
    asked = [(spool.keep(data), VIOLET, 70.0) for data in (photo, b"no photo", photo)]
    with Worker(strange("disc")) as worker:
        worker.load(LIMIT_S)
        worker.send("turn", asked)
        assert worker.receive(Timing, "trying", LIMIT_S).total_ms > 0
        with pytest.raises(RequestRefusedError, match="trying"):
            worker.receive(Timing, "trying", LIMIT_S)
        assert worker.receive(Timing, "trying", LIMIT_S).total_ms > 0
        assert ask(worker, photo).total_ms > 0


def test_every_start_has_its_memory_in_other_places():
    lengths = {len(process._environment(1)["HAIROPT_PADDING"]) for _ in range(20)}
    assert len(lengths) > 10
