import hashlib
import threading
import urllib.request
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

import pytest

from hairopt.errors import ModelError, UnavailableError, UsageError
from hairopt.home import home
from hairopt.models import download
from hairopt.models.contract import ModelRecord
from hairopt.models.download import fetch, open_https, pull
from hairopt.models.records import shipped_records
from hairopt.models.store import find_model

DATA = bytes(range(256)) * 1000


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A server on this machine that gives DATA."""
    (tmp_path / "net").write_bytes(DATA)
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    handler.func.log_message = lambda *_: None
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/net"
    server.shutdown()
    server.server_close()


def open_plainly(address: str):
    """Stands in for open_https, which has no certificate on this machine."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(address, timeout=5)


def record(address: str, data: bytes = DATA) -> ModelRecord:
    known = shipped_records()["mediapipe-hair"]
    update = {"source": address, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    return known.model_copy(update=update)


def test_the_pinned_file_arrives_with_progress(address: str) -> None:
    steps: list[tuple[int, int]] = []
    data = fetch(record(address), lambda done, of: steps.append((done, of)), open_plainly)
    assert data == DATA
    assert steps == sorted(steps)
    assert steps[-1] == (len(DATA), len(DATA))


@pytest.mark.parametrize(
    ("pinned", "words"),
    [
        (DATA[:-1] + b"x", r"another file \(256000 bytes\)"),
        (DATA + b"more", r"another file \(256000 bytes\)"),
        (DATA[:-1], "more than 255999 bytes"),
    ],
    ids=["other", "shorter", "longer"],
)
def test_another_file_is_refused(address: str, pinned: bytes, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        fetch(record(address, pinned), None, open_plainly)


def test_what_cannot_be_reached_names_the_way_without_a_network(address: str) -> None:
    with pytest.raises(UnavailableError, match=r"cannot be reached \(File not found\)") as caught:
        fetch(record(address + "-not-there"), None, open_plainly)
    assert caught.value.fix == "hairopt models add FILE"


def test_a_closed_port_is_not_a_traceback() -> None:
    with pytest.raises(UnavailableError, match="cannot be reached"):
        fetch(record("http://127.0.0.1:9/net"), None, open_plainly)


def test_plain_http_is_refused_before_anything_is_sent(address: str) -> None:
    with pytest.raises(ModelError, match="https only"):
        open_https(address)


def test_a_redirection_away_from_https_is_refused() -> None:
    request = urllib.request.Request("https://example.invalid/net")
    with pytest.raises(ModelError, match="https only"):
        download._HttpsOnly().redirect_request(
            request, BytesIO(), 302, "Found", None, "http://example.invalid/net"
        )


def test_pulling_keeps_what_the_hash_allows(shared_dir: Path, monkeypatch) -> None:
    data = (shared_dir / "models" / "hair_segmenter.tflite").read_bytes()
    opened: list[str] = []
    monkeypatch.setattr(download, "open_https", lambda url: opened.append(url) or BytesIO(data))
    path = pull("mediapipe-hair")
    assert find_model("mediapipe-hair")[1] == path
    assert opened == [shipped_records()["mediapipe-hair"].source]
    assert "/1/" in opened[0]
    pull("mediapipe-hair")
    assert len(opened) == 1, "an intact file is not downloaded again"
    path.write_bytes(b"damaged")
    pull("mediapipe-hair")
    assert path.read_bytes() == data


def test_a_refused_download_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "open_https", lambda _: BytesIO(b"<html>Sign in to the wifi"))
    with pytest.raises(ModelError, match="nothing was kept"):
        pull("mediapipe-hair")
    assert not (home() / "models").exists()


def test_what_has_no_address_cannot_be_pulled(tiny_onnx) -> None:
    from hairopt.models.add import add

    added = add(tiny_onnx(), licence="MIT", output_values={"kind": "logits", "hair": 1}).record
    assert pull(added.name) == find_model(added.name)[1]
    find_model(added.name)[1].unlink()
    with pytest.raises(UsageError, match="no address"):
        pull(added.name)
