# ruff: noqa: E501 - a table of answers reads better with one a line
"""The kind ``http``: what is sent, what is understood, and every way to answer badly."""

from __future__ import annotations

import base64
import json
import os
import socket
import sys
import time
from email import message_from_bytes

import numpy as np
import psutil
import pytest

from hairopt.backends.errors import BackendError, BackendGoneError
from hairopt.backends.http import HttpClient
from hairopt.backends.request import Request
from hairopt.backends.schema import HttpBackend
from hairopt.backends.session import Session
from hairopt.errors import HairoptError
from hairopt.types import Shade
from tests.pictures import photo, png_chunk, saved

from .service_double import running

PLUM = Shade("#5b2a4d", "plum")
PHOTO = saved(photo(32), "JPEG")
ANSWER = saved(photo(32, seed=5), "PNG")
TEXT = base64.b64encode(ANSWER).decode()


@pytest.fixture
def service():
    with running() as one:
        one.answers["/ok"] = [(200, {"Content-Type": "image/png"}, ANSWER)]
        yield one


def spec_of(service, path: str = "/ok", **further) -> HttpBackend:
    further.setdefault("request", {"body": "{photo}"})
    return HttpBackend(kind="http", url=service.url + path, timeout_s=0.5, **further)


def asked(spec: HttpBackend, environment=None, intensity: float = 70.0):
    with Session(spec, environment or {}) as session:
        session.open()
        return session.ask(PHOTO, PLUM, intensity)


def refused(spec: HttpBackend, environment=None, kind: str = "") -> str:
    with pytest.raises(HairoptError) as failure:
        asked(spec, environment)
    if kind:
        assert isinstance(failure.value, BackendError)
        assert failure.value.kind == kind
    return str(failure.value)


def test_the_bytes_of_the_photo_are_the_body(service):
    answer = asked(
        spec_of(service, "/ok?a=1", request={"body": "{photo}", "query": {"b": "{shade_hex}"}})
    )
    method, path, headers, body = service.got[0]
    assert (method, path, body) == ("POST", "/ok?a=1&b=%235b2a4d", PHOTO)
    assert headers["Content-Type"] == "image/jpeg"
    assert answer.image == ANSWER
    assert 0 < answer.total_ms < 500
    assert answer.mask is None


def test_files_and_a_form_are_multipart(service):
    request = {
        "files": {"file": "{photo}"},
        "form": {'sha"de': "{shade_name} ü", "strength": "{intensity:share}"},
        "headers": {"X-Trace": "{uuid}"},
    }
    asked(spec_of(service, request=request, shades={"Pflaume": "#5b2a4d"}))
    _, _, headers, body = service.got[0]
    head = f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode()
    parts = {
        part.get_param("name", header="content-disposition"): part
        for part in message_from_bytes(head + body).get_payload()
    }
    assert parts["file"].get_payload(decode=True) == PHOTO
    assert parts["file"].get_filename() == "photo.jpg"
    assert parts["file"].get_content_type() == "image/jpeg"
    assert parts["sha%22de"].get_payload(decode=True).decode() == "Pflaume ü"
    assert parts["strength"].get_payload() == "0.7"
    assert len(headers["X-Trace"]) == 36


def test_json_is_sent_and_the_answer_is_found_in_json(service):
    mask = saved(np.array([[0, 255]], np.uint8), "PNG")
    found = {
        "result": {"items": [{"picture": f"data:image/png;base64,{TEXT}"}]},
        "mask": base64.b64encode(mask).decode(),
        "ms": {"segment": 12.5, "total": 20, "note": "fast", "bad": -1},
    }
    service.answers["/json"] = [
        (200, {"Content-Type": "application/json"}, json.dumps(found).encode())
    ]
    sent = {
        "picture": "{photo_base64}",
        "of": [{"tint": "{shade_hex}"}],
        "strength": "{intensity:int}",
    }
    answer = asked(
        spec_of(
            service,
            "/json",
            request={"json": sent},
            answer={
                "image": {"json": "result.items[0].picture"},
                "mask": {"json": "mask"},
                "stage_ms": {"json": "ms"},
            },
        )
    )
    told = json.loads(service.got[0][3])
    assert base64.b64decode(told.pop("picture")) == PHOTO
    assert told == {"of": [{"tint": "#5b2a4d"}], "strength": 70}
    assert answer.image == ANSWER
    np.testing.assert_array_equal(answer.mask, [[0, 1]])
    assert answer.stage_ms == {"segment": 12.5, "service": 20.0}


def test_a_url_of_the_same_host_is_fetched_and_another_host_is_not(service):
    place = {"image": {"json": "href", "fetch": True}}
    service.answers["/link"] = [(200, {}, b'{"href": "/ok"}')]
    assert asked(spec_of(service, "/link", answer=place)).image == ANSWER
    assert [one[0] for one in service.got] == ["POST", "GET"]
    other = f"http://localhost:{service.server_port}/ok"
    service.answers["/link"] = [(200, {}, json.dumps({"href": other}).encode())]
    message = refused(spec_of(service, "/link", answer=place), kind="answer")
    assert f"on another host, localhost:{service.server_port}, than backend.url" in message
    assert 'add hosts = ["localhost"]' in message
    allowed = {"image": {"json": "href", "fetch": True, "hosts": ["localhost"]}}
    assert asked(spec_of(service, "/link", answer=allowed)).image == ANSWER
    service.answers["/link"] = [(200, {}, b'{"href": "file:///etc/passwd"}')]
    assert "is no URL of HTTP" in refused(spec_of(service, "/link", answer=place))
    service.answers["/gone"] = [(404, {}, b"expired")]
    service.answers["/link"] = [(200, {}, b'{"href": "/gone"}')]
    assert "/gone: HTTP 404 Not Found: expired" in refused(spec_of(service, "/link", answer=place))


def test_server_timing_is_read(service):
    header = 'cache;desc="a, b;dur=9", segment;dur=12.5, total;desc=x;dur="20", miss, bad;dur=x'
    service.answers["/ok"] = [(200, {"Server-Timing": header}, ANSWER)]
    answer = asked(spec_of(service, answer={"stage_ms": {"header": "server-timing"}}))
    assert answer.stage_ms == {"segment": 12.5, "service": 20.0}


@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        ((404, {}, b"\n {\"detail\": \"Not Found\"}\nmore"), "status", 'HTTP 404 Not Found: {"detail": "Not Found"}'),
        ((401, {}, b"no"), "status", 'Authorization = "Bearer {env:NAME}"'),
        ((307, {"Location": "/try-on/"}, b""), "redirect", "it redirects to '/try-on/', which is not followed"),
        ((301, {"Location": "http://elsewhere.example/"}, b""), "redirect", "http://elsewhere.example/"),
        ((200, {"Content-Type": "text/html"}, b"<!doctype html>\n<p>Sign in"), "picture", "it is no picture; JPEG, PNG and WebP are read; it is HTML: '<!doctype html>'"),
        ((200, {}, b""), "picture", "it is empty"),
        ((200, {}, saved(photo(31), "PNG")), "size", "the answer has 31 x 31 pixels, the photo 32 x 32; if it always scales down"),
        ((200, {}, saved(photo(40)[:33], "PNG")), "size", "the answer has 40 x 33 pixels"),
    ],
)  # fmt: skip
def test_a_bad_answer_has_a_kind_and_a_sentence(service, answer, kind, message):
    service.answers["/bad"] = [answer]
    assert message in refused(spec_of(service, "/bad"), kind=kind)
    assert len(service.got) == 1


def test_a_picture_bomb_is_refused_without_being_decoded(service):
    size = (60_000).to_bytes(4, "big")
    header = png_chunk(b"IHDR", size + size + bytes([8, 2, 0, 0, 0]))
    bomb = b"\x89PNG\r\n\x1a\n" + header + png_chunk(b"IDAT", b"x" * 100) + png_chunk(b"IEND", b"")
    service.answers["/bad"] = [(200, {}, bomb)]
    before = psutil.Process().memory_info().rss
    assert "60000 x 60000 pixels, more than 64 megapixels" in refused(spec_of(service, "/bad"))
    assert psutil.Process().memory_info().rss - before < 50e6


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<html>oops", "JSON was expected, as [backend.answer] says, but the answer is HTML: '<html>oops'"),
        (b"", "but the answer is empty"),
        (b'{"out": 1}', "the answer has no image: it has the keys 'out'"),
        (b'{"image": 5}', "image of the answer is no text, but a number"),
        (b'{"image": "http://x/y"}', "image of the answer is a URL; fetch = true"),
        (b'{"image": "not base64!"}', "image of the answer is no base64: 'not base64!'"),
        (b"[" * 100_000, "JSON was expected"),
    ],
)  # fmt: skip
def test_json_that_is_not_as_the_table_says(service, body, message):
    service.answers["/bad"] = [(200, {}, body)]
    spec = spec_of(service, "/bad", answer={"image": {"json": "image"}})
    assert message in refused(spec, kind="answer")


def test_a_smaller_picture_is_an_answer_where_the_table_says_so(service):
    service.answers["/ok"] = [(200, {}, saved(photo(16), "PNG"))]
    assert asked(spec_of(service, answer={"size": "smaller"})).image
    service.answers["/ok"] = [(200, {}, saved(photo(16)[:12], "PNG"))]
    assert "16 x 12" in refused(spec_of(service, answer={"size": "smaller"}), kind="size")


def test_a_service_that_is_busy_now_and_then_is_asked_again(service):
    good = service.answers["/ok"][0]
    service.answers["/busy"] = [(429, {"Retry-After": "0"}, b"slow"), (500, {}, b"oops"), good]
    with Session(spec_of(service, "/busy"), {}) as session:
        session.open()
        answer = session.ask(PHOTO, PLUM, 70.0)
        assert answer.image == ANSWER
        assert answer.total_ms < 400, "the waits are none of its time"
        assert dict(session.repeats) == {
            "HTTP 429 Too Many Requests: slow": 1,
            "HTTP 500 Internal Server Error: oops": 1,
        }


def test_a_service_that_is_always_broken_is_asked_three_times(service):
    service.answers["/bad"] = [(500, {}, b"Traceback: KeyError")]
    assert "HTTP 500 Internal Server Error: Traceback: KeyError" in refused(
        spec_of(service, "/bad"), kind="status"
    )
    assert len(service.got) == 3


def test_a_service_that_asks_for_a_long_wait_is_not_waited_for(service):
    service.answers["/bad"] = [(429, {"Retry-After": "3600"}, b"tomorrow")]
    assert "HTTP 429" in refused(spec_of(service, "/bad"))
    assert len(service.got) == 1


@pytest.mark.parametrize("path", ["/silent", "/drip"])
def test_a_service_that_hangs_is_left_in_time(service, path):
    began = time.monotonic()
    message = refused(spec_of(service, path), kind="timeout")
    assert f"{service.url} did not answer within 0.5 s" in message
    assert time.monotonic() - began < 1.3


def test_a_connection_that_breaks_off_is_told(service):
    assert "closed the connection without an answer" in refused(
        spec_of(service, "/broken"), kind="ended"
    )


def test_a_service_that_is_down_is_told_and_given_up(service):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/x"
    spec = HttpBackend(kind="http", url=url)
    assert "connection refused; is the service running?" in refused(spec, kind="no contact")
    with Session(spec, {}) as session:
        for _ in range(2):
            with pytest.raises(BackendError):
                session.ask(PHOTO, PLUM, 70.0)
        with pytest.raises(BackendGoneError):
            session.ask(PHOTO, PLUM, 70.0)


def test_a_connection_that_was_closed_meanwhile_is_opened_again(service):
    service.answers["/ok"][0][1]["Connection"] = "close"
    with Session(spec_of(service), {}) as session:
        session.open()
        for _ in range(3):
            assert session.ask(PHOTO, PLUM, 70.0).image == ANSWER


def test_a_token_is_sent_and_is_in_no_message(service):
    headers = {"Authorization": "Bearer {env:OUR_TOKEN}"}
    request = {"headers": headers, "body": "{photo}"}
    secret = {"OUR_TOKEN": "abc-123-secret"}
    asked(spec_of(service, request=request), secret)
    assert service.got[0][2]["Authorization"] == "Bearer abc-123-secret"
    service.answers["/bad"] = [(403, {}, b"bad token: Bearer abc-123-secret")]
    message = refused(spec_of(service, "/bad", request=request), secret)
    assert "bad token: Bearer {env:OUR_TOKEN}" in message
    assert "abc-123-secret" not in message
    assert "OUR_TOKEN, which [backend] names as {env:OUR_TOKEN}, is not set" in refused(
        spec_of(service, request=request)
    )
    for bad in ("two\nlines", "two\r\nX-Evil: 1"):
        message = refused(spec_of(service, request=request), {"OUR_TOKEN": bad})
        assert "Authorization has more than one line" in message
        assert "Evil" not in message


SLOW_START = """
import http.server, sys, time
time.sleep(0.3)
class H(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    kept = []
    def do_GET(self): self.do_POST()
    def do_POST(self):
        data = self.rfile.read(int(self.headers.get("content-length") or 0))
        H.kept.append(bytearray(b"x" * 4_000_000))
        sum(range(200_000))
        self.send_response(200)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), H).serve_forever()
"""


def started(tmp_path, owner: str = "", port: str = "{port}") -> HttpClient:
    (tmp_path / "service.py").write_text(SLOW_START)
    spec = HttpBackend(
        kind="http",
        url=f"http://127.0.0.1:{port}/x",
        start=[sys.executable, "service.py", port],
        cwd=str(tmp_path),
        request={"body": "{photo}"},
    )
    return HttpClient(spec, dict(os.environ), owner)


def send(client: HttpClient):
    return client.ask(Request(PHOTO, PLUM, 1.0), time.monotonic() + 5)


def test_a_service_is_started_measured_and_ended(tmp_path):
    client = started(tmp_path)
    try:
        opened = client.open()
        assert opened.is_cold
        assert opened.load_ms > 300
        pid, before = client.tree.pid, client.tree.resident_mb()
        cpu_ms = client.tree.cpu_ms()
        for _ in range(3):
            assert send(client).image == PHOTO
        assert client.tree.resident_mb() - before > 8
        assert client.tree.cpu_ms() > cpu_ms + 3
    finally:
        client.close()
    assert not psutil.pid_exists(pid)


def test_workers_of_one_run_share_a_service_of_one_port_and_others_are_refused(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    first, second, stranger = (started(tmp_path, owner, port) for owner in ("1", "1", "2"))
    try:
        first.open()
        opened = second.open()
        assert not opened.is_cold
        assert f"shared with process {first.tree.pid}" in opened.note
        assert send(second).image == PHOTO
        with pytest.raises(BackendError, match=f"port {port} is taken by process"):
            stranger.open()
        second.close()
        assert send(first).image == PHOTO
    finally:
        for one in (first, second, stranger):
            one.close()


def test_a_service_that_does_not_start_is_told_with_its_last_words(tmp_path):
    client = started(tmp_path)
    (tmp_path / "service.py").write_text("raise SystemExit('no model file')")
    with pytest.raises(BackendError) as failure:
        client.open()
    assert "ended with exit status 1 before it was ready. Its last output: no model file" in str(
        failure.value
    )
