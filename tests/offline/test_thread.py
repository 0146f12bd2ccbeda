"""That MediaPipe, which reports to its maker, cannot do so from within hairopt.

MediaPipe's reporting client honours ``https_proxy``. So a listener on this machine plays the
proxy: whatever MediaPipe wants to send knocks there first, and nothing reaches a network in the
test. Without hairopt's guard it does knock, or the test would prove nothing.
"""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from hairopt.errors import UnavailableError
from hairopt.offline import guard
from hairopt.offline.thread import OfflineThread

WAIT_S = 20.0
FAMILIES = [socket.AF_INET, socket.AF_INET6, socket.AF_UNIX]

SEGMENT = """
import sys, time
from pathlib import Path
import numpy as np
path = sys.argv[1]
picture = np.zeros((512, 512, 3), np.uint8)
if sys.argv[2] == "unguarded":
    import mediapipe
    from mediapipe.tasks.python.core.base_options import BaseOptions
    from mediapipe.tasks.python.vision import ImageSegmenter
    segmenter = ImageSegmenter.create_from_model_path(path)
    image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=picture)
    segment = lambda: segmenter.segment(image)
else:
    from hairopt.models.contract import ModelFile
    from hairopt.models.records import shipped_records
    from hairopt.runtimes.mediapipe_runtime import RUNTIME
    from hairopt.runtimes.protocol import RuntimeSettings
    record = shipped_records()["mediapipe-hair"]
    file = ModelFile(
        record=record, path=Path(path), format="tflite", precision="float32",
        sha256=record.sha256, contract=record.contract,
    )
    segmenter = RUNTIME.load(file, RuntimeSettings())
    segment = lambda: segmenter(picture)
segment(); segment()
print("segmented", flush=True)
time.sleep(float(sys.argv[3]))
segmenter.close()
"""


@pytest.fixture
def run_behind_proxy(shared_dir: Path) -> Callable[[str, float], list[bytes]]:
    """Segment in a process of its own; returns what knocked at the proxy."""

    def run(mode: str, stay_s: float) -> list[bytes]:
        knocks: list[bytes] = []
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(WAIT_S)
            listener = threading.Thread(target=_listen, args=(server, knocks), daemon=True)
            listener.start()
            proxy = f"http://127.0.0.1:{server.getsockname()[1]}"
            environment = {key: value for key, value in os.environ.items() if "proxy" not in key}
            environment |= {"https_proxy": proxy, "http_proxy": proxy, "all_proxy": proxy}
            ran = subprocess.run(
                [sys.executable, "-c", SEGMENT,
                 str(shared_dir / "models" / "hair_segmenter.tflite"), mode, str(stay_s)],
                env=environment, capture_output=True, text=True, timeout=90, check=False,
            )  # fmt: skip
        assert "segmented" in ran.stdout, ran.stderr
        return knocks

    return run


def _listen(server: socket.socket, knocks: list[bytes]) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            connection.settimeout(1)
            knocks.append(connection.recv(200))


@pytest.mark.skipif(sys.platform != "linux", reason="the guard is seccomp's")
def test_mediapipe_sends_nothing_from_within_hairopt(run_behind_proxy) -> None:
    if not run_behind_proxy("unguarded", 3.0):
        pytest.skip("this MediaPipe reports nothing by itself, so there is nothing to hold back")
    assert run_behind_proxy("guarded", 4.0) == []


class TestOfflineThread:
    @pytest.fixture
    def thread(self):
        thread = OfflineThread()
        yield thread
        thread.close()

    @pytest.mark.parametrize("family", FAMILIES)
    def test_no_socket_of_any_family(self, thread, family) -> None:
        with pytest.raises(PermissionError):
            thread.run(socket.socket, family)

    def test_nor_a_connection_through_a_socket_opened_elsewhere(self, thread) -> None:
        with (
            socket.create_server(("127.0.0.1", 0)) as server,
            socket.socket() as client,
            pytest.raises(PermissionError),
        ):
            thread.run(client.connect, server.getsockname())

    def test_nor_in_what_the_thread_starts(self, thread) -> None:
        caught: list[BaseException] = []

        def open_socket() -> None:
            try:
                socket.socket()
            except PermissionError as error:
                caught.append(error)

        def start() -> None:
            child = threading.Thread(target=open_socket)
            child.start()
            child.join()

        thread.run(start)
        assert len(caught) == 1
        command = [sys.executable, "-c", "import socket; socket.socket()"]
        ran = thread.run(subprocess.run, command, capture_output=True, text=True, check=False)
        assert "PermissionError" in ran.stderr

    def test_the_rest_of_the_process_keeps_its_network(self, thread) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            socket.create_connection(server.getsockname()).close()

    def test_other_work_goes_on(self, thread, tmp_path: Path) -> None:
        path = tmp_path / "file"
        thread.run(path.write_text, "text")
        assert thread.run(path.read_text) == "text"
        with pytest.raises(FileNotFoundError):
            thread.run(path.with_name("absent").read_text)


@pytest.mark.parametrize(("system", "machine"), [("darwin", "arm64"), ("linux", "riscv64")])
def test_elsewhere_it_is_unavailable_rather_than_online(monkeypatch, system, machine) -> None:
    monkeypatch.setattr(guard.sys, "platform", system)
    monkeypatch.setattr(guard.os, "uname", lambda: SimpleNamespace(machine=machine))
    with pytest.raises(UnavailableError, match="cannot block network access"):
        OfflineThread()
