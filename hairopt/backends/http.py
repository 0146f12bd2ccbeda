"""The kind ``http``: a service, asked over one connection that stays open.

The client is that of the standard library: it follows no redirect, uses no proxy, opens no other
connection than it is told to, and its time is that of the bytes on the wire. A larger client would
add time of its own to every request, and a dependency to every installation.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import select
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Mapping
from functools import partial
from urllib.parse import SplitResult, quote, urlencode, urljoin, urlsplit

import psutil

from hairopt.backends import child
from hairopt.backends.answer import Answer, decoded_mask, parse_json, picture_in, told_times
from hairopt.backends.client import Opened
from hairopt.backends.errors import BackendError, first_line
from hairopt.backends.hosts import is_local
from hairopt.backends.process_tree import ProcessTree, end, listener_on
from hairopt.backends.request import Hidden, Request, Secrets
from hairopt.backends.schema import (
    IN_JSON,
    IN_START,
    IN_URL,
    HttpBackend,
    InJson,
    JsonTimes,
)
from hairopt.backends.template import ASKED, Placeholder, Template, Values, fill_tree

_MOST_BYTES = 400_000_000
_AGAIN = {429: 0.5, 500: 0.1, 502: 0.2, 503: 0.5, 504: 0.2}
"""Statuses that a service answers now and then -> seconds after which it is asked again."""

_LONGEST_WAIT_S = 5.0
_LOOK_S = 0.01
_STARTED_BY = "HAIROPT_STARTED_BY"
_OWN_LINES = "\r\n"


class HttpClient:
    """One connection to a service, which is started first if the table says so."""

    def __init__(self, spec: HttpBackend, environment: Mapping[str, str], owner: str = "") -> None:
        """Take the table and the variables that ``{env:NAME}`` stands for.

        Args:
            spec: the table.
            environment: of the user.
            owner: who starts the service; a running one of the same owner and table is shared.
        """
        self._spec = spec
        self._environment = environment
        self._secrets = Secrets(spec.model_dump(mode="json"), environment)
        self._port = str(_free_port()) if "{port}" in spec.url else ""
        self._owner = f"{owner} {spec.model_dump_json()}" if owner else ""
        self._url = urlsplit(spec.url.replace("{port}", self._port))
        self._service: subprocess.Popen[bytes] | None = None
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed in close()
        self._connections: dict[tuple[str, str], http.client.HTTPConnection] = {}
        self.tree: ProcessTree | None = None

    def open(self) -> Opened:
        """Start the service and wait until it is ready, or find the running one."""
        running = self._listener()
        if self._spec.start is None:
            self.tree = ProcessTree(running.pid) if running else None
            return Opened(note=_whose(running, self._is_local))
        if running is not None:
            return self._shared(running)
        began = time.monotonic()
        values = Values({"port": self._port}, self._environment)
        command = [Template.parse(word, IN_START).fill(values) for word in self._spec.start]
        self._service = child.start(
            command,
            self._spec.cwd,
            {**self._environment, _STARTED_BY: _digest(self._owner)},
            stdin=subprocess.DEVNULL,
            stdout=self._stderr.fileno(),
            stderr=self._stderr,
            ends_with_parent=True,
        )
        try:
            self._wait_until_ready(began + self._spec.start_timeout_s, command[0])
        except BackendError:
            self.close()
            raise
        load_ms = (time.monotonic() - began) * 1000
        self.tree = ProcessTree(self._service.pid)
        return Opened(load_ms=load_ms, is_cold=True, note=f"started: {' '.join(self._spec.start)}")

    def ask(self, request: Request, deadline_s: float) -> Answer:
        """Send one photo and read the answer."""
        values = request.values(self._environment, {"port": self._port})
        target = self._target(values)
        body, content_type = self._body(request, values)
        headers = {
            name: Template.parse(text, ASKED).fill(values)
            for name, text in self._spec.request.headers.items()
        }
        if content_type and not any(name.lower() == "content-type" for name in headers):
            headers["Content-Type"] = content_type
        response = self._exchange(
            self._url, target, self._spec.request.method, headers, body, deadline_s
        )
        if not 200 <= response.status < 300:
            raise self._refused(response)
        return self._understood(response, len(body or b""), deadline_s)

    def describe(self, request: Request) -> tuple[str, ...]:
        """Method and URL, headers, and the body with short texts."""
        size = f"<{len(request.photo):,} bytes>"
        values = request.values(Hidden(), {"port": self._port, "photo_base64": f"{size} in base64"})
        spec = self._spec.request
        where = f"{self._url.scheme}://{self._url.netloc}{self._target(values)}"
        headers = [
            f"{name}: {Template.parse(text, ASKED).fill(values)}"
            for name, text in spec.headers.items()
        ]
        form = [
            f"form {name} = {Template.parse(text, IN_JSON).fill(values)}"
            for name, text in spec.form.items()
        ]
        files = [f"file {name} = {request.name}, {request.mime}, {size}" for name in spec.files]
        body = [f"body {request.mime}, {size}"] if spec.body else []
        if spec.json is not None:
            body = [f"json {json.dumps(fill_tree(spec.json, IN_JSON, values), ensure_ascii=False)}"]
        return (f"{spec.method} {where}", *headers, *form, *files, *body)

    def close(self) -> None:
        """Close the connections and end the service, if it was started here."""
        for connection in self._connections.values():
            connection.close()
        self._connections = {}
        if self._service is not None:
            with contextlib.suppress(psutil.Error):
                end(psutil.Process(self._service.pid))
            self._service.wait()
            self._service = None
        self._stderr.close()

    @property
    def _is_local(self) -> bool:
        return is_local(self._url.geturl())

    def _listener(self) -> psutil.Process | None:
        return listener_on(_port_of(self._url)) if self._is_local else None

    def _shared(self, running: psutil.Process) -> Opened:
        """Use the service that another worker of the same run has started for the same variant.

        Raises:
            BackendError: it is another one.
        """
        started_by = ""
        with contextlib.suppress(psutil.Error):
            started_by = running.environ().get(_STARTED_BY, "")
        if not self._owner or started_by != _digest(self._owner):
            raise BackendError(
                "no contact",
                f"port {_port_of(self._url)} is taken by process {running.pid} ({_name(running)}), "
                "so the service cannot be started. End it; or measure it as it runs, without "
                "start; or write {port} in url and start, for a free port in every process",
            )
        self.tree = ProcessTree(running.pid)
        self._wait_until_ready(time.monotonic() + self._spec.start_timeout_s, self._spec.url)
        return Opened(note=f"shared with process {running.pid}, started by the same run")

    def _wait_until_ready(self, deadline_s: float, program: str) -> None:
        ready = self._spec.ready and urlsplit(self._spec.ready.replace("{port}", self._port))
        while True:
            if self._service is not None and self._service.poll() is not None:
                words = child.last_words(self._stderr)
                ended = child.how_it_ended(self._service.returncode)
                raise BackendError("ended", f"{program} {ended} before it was ready.{words}")
            if time.monotonic() > deadline_s:
                words = child.last_words(self._stderr)
                raise BackendError(
                    "timeout",
                    f"{program} was not ready within {self._spec.start_timeout_s:g} s "
                    f"({self._spec.ready or self._spec.url}).{words}",
                )
            if self._is_ready(ready or None, deadline_s):
                return
            time.sleep(_LOOK_S)

    def _is_ready(self, ready: SplitResult | None, deadline_s: float) -> bool:
        if ready is None:
            address = self._url.hostname or "", _port_of(self._url)
            with contextlib.suppress(OSError), socket.create_connection(address, 1.0):
                return True
            return False
        try:
            limit_s = min(deadline_s, time.monotonic() + 5.0)
            response = self._exchange(ready, _path(ready), "GET", {}, None, limit_s)
        except BackendError:
            return False
        return 200 <= response.status < 400

    def _target(self, values: Values) -> str:
        """Path and query of the request."""
        path = _path(self._url)
        parts = Template.parse(path, IN_URL).parts
        text = "".join(
            part if isinstance(part, str) else _quoted(part, values, self._port) for part in parts
        )
        query = {
            name: Template.parse(value, ASKED).fill(values)
            for name, value in self._spec.request.query.items()
        }
        joint = "&" if "?" in text else "?"
        return text + (joint + urlencode(query) if query else "")

    def _body(self, request: Request, values: Values) -> tuple[bytes | None, str]:
        spec = self._spec.request
        if spec.json is not None:
            filled = fill_tree(spec.json, IN_JSON, values)
            return json.dumps(filled, ensure_ascii=False).encode(), "application/json"
        form = {
            name: Template.parse(text, IN_JSON).fill(values) for name, text in spec.form.items()
        }
        if spec.files:
            return _multipart(form, list(spec.files), request)
        if form:
            return urlencode(form).encode(), "application/x-www-form-urlencoded"
        return (request.photo, request.mime) if spec.body else (None, "")

    def _understood(self, response: _Response, sent: int, deadline_s: float) -> Answer:
        table = self._spec.answer
        wants_json = any(
            isinstance(place, (InJson, JsonTimes))
            for place in (table.image, table.mask, table.stage_ms)
        )
        notes = [
            f"{response.status} {response.reason}, {response.headers.get('content-type', '-')}, "
            f"{len(response.body)} bytes, for {sent} bytes sent"
        ]

        def fetch(place: InJson, url: str) -> bytes:
            found = self._fetched(place, url, deadline_s)
            notes.append(f"fetched {len(found)} bytes from {urlsplit(url).netloc or 'there, too'}")
            return found

        try:
            content = parse_json(response.body) if wants_json else None
            image, mask = response.body, None
            if isinstance(table.image, InJson):
                image = picture_in(content, table.image, partial(fetch, table.image))
            if table.mask is not None:
                data = picture_in(content, table.mask, partial(fetch, table.mask))
                mask = decoded_mask(data, "the answer's mask")
            times = told_times(table, content, response.headers)
        except BackendError as error:
            raise BackendError(error.kind, self._secrets.hidden(str(error))) from error
        return Answer(image, mask, times, notes=tuple(notes))

    def _fetched(self, place: InJson, url: str, deadline_s: float) -> bytes:
        """What is at a URL of the answer.

        Raises:
            BackendError: its host was not typed, or it does not answer with success.
        """
        whole = urlsplit(urljoin(self._url.geturl(), url))
        typed = [self._url.netloc, *place.hosts]
        if whole.scheme not in ("http", "https"):
            raise BackendError("answer", f"{place.json} of the answer is no URL of HTTP: {url!r}")
        if whole.netloc not in typed and whole.hostname not in place.hosts:
            raise BackendError(
                "answer",
                f"the answer names a picture on another host, {whole.netloc}, than backend.url; to "
                f"fetch it there, add hosts = [{json.dumps(whole.hostname)}] beside fetch",
            )
        response = self._exchange(whole, _path(whole), "GET", {}, None, deadline_s)
        if response.status != 200:
            raise self._refused(response, f"the picture at {whole.netloc}{whole.path}: ")
        return response.body

    def _refused(self, response: _Response, what: str = "") -> BackendError:
        status = f"{what}HTTP {response.status} {response.reason}".rstrip()
        if 300 <= response.status < 400:
            place = response.headers.get("location", "nowhere")
            return BackendError(
                "redirect",
                self._secrets.hidden(
                    f"{status}: it redirects to {place!r}, which is not followed; if that is the "
                    "right place, write it as backend.url"
                ),
            )
        line = first_line(response.body)
        token = ""
        if response.status in (401, 403):
            token = '; a token is sent with headers = { Authorization = "Bearer {env:NAME}" }'
        again_s = _AGAIN.get(response.status)
        if again_s is not None:
            with contextlib.suppress(ValueError):
                again_s = max(again_s, float(response.headers.get("retry-after", "0")))
        text = self._secrets.hidden(f"{status}{': ' if line else ''}{line}{token}")
        return BackendError("status", text, again_s if (again_s or 0) <= _LONGEST_WAIT_S else None)

    def _exchange(
        self,
        url: SplitResult,
        target: str,
        method: str,
        headers: Mapping[str, str],
        body: bytes | None,
        deadline_s: float,
    ) -> _Response:
        """One request and its whole response.

        Raises:
            BackendError: no connection, none that lasts, or too late.
        """
        where = f"{url.scheme}://{url.netloc}"
        key = url.scheme, url.netloc
        connection = self._connections.get(key)
        if connection is None or connection.sock is None or _is_dropped(connection.sock):
            connection = self._connected(url, where, deadline_s)
        try:
            sock = connection.sock
            assert sock is not None
            sock.settimeout(_left(deadline_s))
            connection.putrequest(method, target, skip_accept_encoding=True)
            connection.putheader("Accept-Encoding", "identity")
            for name, text in headers.items():
                _put_header(connection, name, text)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            found = connection.getresponse()
            data = _whole(found, sock, deadline_s)
            found.close()  # read1 leaves a response open whose length was told
            if found.will_close:
                connection.close()
            told = {name.lower(): value for name, value in found.getheaders()}
            return _Response(found.status, found.reason, told, data)
        except TimeoutError as error:
            connection.close()
            raise BackendError(
                "timeout", f"{where} did not answer within {self._spec.timeout_s:g} s"
            ) from error
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise BackendError(
                "ended", f"{where} broke off: {_why(error)}{self._service_words()}", 0.2
            ) from error

    def _connected(
        self, url: SplitResult, where: str, deadline_s: float
    ) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        connection = kind(url.hostname or "", _port_of(url), timeout=_left(deadline_s))
        try:
            connection.connect()
        except OSError as error:
            raise BackendError(
                "no contact", f"no connection to {where}: {_why(error)}{self._service_words()}"
            ) from error
        self._connections[url.scheme, url.netloc] = connection
        return connection

    def _service_words(self) -> str:
        """What became of the service, if it was started here."""
        if self._service is None or self._service.poll() is None:
            return ""
        ended = child.how_it_ended(self._service.returncode)
        return f"; the service {ended}.{child.last_words(self._stderr)}"


class _Response:
    """A whole response; the names of its headers are in lower case."""

    def __init__(self, status: int, reason: str, headers: Mapping[str, str], body: bytes) -> None:
        self.status, self.reason, self.headers, self.body = status, reason, headers, body


def _whole(found: http.client.HTTPResponse, sock: socket.socket, deadline_s: float) -> bytes:
    data = bytearray()
    while part := found.read1(1 << 18):
        data += part
        if len(data) > _MOST_BYTES:
            raise http.client.HTTPException(f"more than {_MOST_BYTES // 1_000_000} MB")
        # A closed socket stays open below the response until that is read.
        with contextlib.suppress(OSError):
            sock.settimeout(_left(deadline_s))
    return bytes(data)


def _left(deadline_s: float) -> float:
    left = deadline_s - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _put_header(connection: http.client.HTTPConnection, name: str, text: str) -> None:
    """Add a header; its value is in no message."""
    if any(one in text for one in _OWN_LINES):
        raise BackendError("answer", f"the value of the header {name} has more than one line")
    connection.putheader(name, text.encode())


def _is_dropped(sock: socket.socket) -> bool:
    """Whether the other end has closed a connection on which nothing is expected."""
    return bool(select.select([sock], [], [], 0)[0])


def _multipart(form: Mapping[str, str], files: list[str], request: Request) -> tuple[bytes, str]:
    """A body of the type multipart/form-data.

    Source: RFC 7578; names are escaped as in the HTML standard.
    """
    boundary = uuid.uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{_escaped(name)}"\r\n\r\n{text}\r\n'
        for name, text in form.items()
    ]
    data = "".join(parts).encode()
    for name in files:
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="{_escaped(name)}"; '
            f'filename="{request.name}"\r\nContent-Type: {request.mime}\r\n\r\n'
        )
        data += head.encode() + request.photo + b"\r\n"
    return data + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def _escaped(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _quoted(part: Placeholder, values: Values, port: str) -> str:
    return port if part.name == "port" else quote(values.text(part), safe="")


def _path(url: SplitResult) -> str:
    return (url.path or "/") + (f"?{url.query}" if url.query else "")


def _port_of(url: SplitResult) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _digest(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _name(process: psutil.Process) -> str:
    with contextlib.suppress(psutil.Error):
        return str(process.name())
    return "unknown"


def _whose(running: psutil.Process | None, is_on_this_machine: bool) -> str:
    if running is not None:
        return f"process {running.pid} ({_name(running)}) of this machine"
    return "a process of this machine, unknown which" if is_on_this_machine else "another machine"


def _why(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "connection refused; is the service running?"
    if isinstance(error, http.client.RemoteDisconnected):
        return "it closed the connection without an answer"
    if isinstance(error, socket.gaierror):
        return f"its name is unknown ({error.strerror})"
    return str(getattr(error, "strerror", None) or error) or type(error).__name__
