"""Download a known model: the only part of the store that uses the network."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import IO

from hairopt.errors import ModelError, UnavailableError, UsageError
from hairopt.models.contract import ModelRecord
from hairopt.models.file_summary import sha256_of
from hairopt.models.records import model_path
from hairopt.models.store import find_record, verify, write_atomically

TIMEOUT_S = 30.0
_CHUNK_BYTES = 64 * 1024

Progress = Callable[[int, int], None]
"""Called with the bytes so far and the bytes in total."""
Open = Callable[[str], IO[bytes]]
"""Opens an address for reading."""


def pull(name: str, progress: Progress | None = None) -> Path:
    """Download a known model from its public address, check it and store it.

    If the store has the file already and it is intact, nothing is downloaded.

    Args:
        name: a known model.
        progress: called after each chunk.

    Returns:
        The path of the file.

    Raises:
        ConfigError: unknown name.
        UsageError: an added model, which has no address, or a store that cannot be written.
        UnavailableError: the address cannot be reached; ``fix`` says what to do without a network.
        ModelError: the received file has another size or hash; nothing is kept.
    """
    record = find_record(name)
    path = model_path(record)
    if path.is_file():
        try:
            verify(record, path)
        except ModelError:
            if record.origin != "known":
                raise
        else:
            return path
    if record.origin != "known":
        raise UsageError(f"model {name} is {record.origin}: it has no address to pull it from")
    write_atomically(path, fetch(record, progress, open_https))
    return path


def fetch(record: ModelRecord, progress: Progress | None, open_address: Open) -> bytes:
    """The bytes of a model from its address, checked for size and hash.

    Raises:
        UnavailableError: the address cannot be reached, or the connection is lost.
        ModelError: another size or hash.
    """
    try:
        data = _read(record, progress, open_address)
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise UnavailableError(
            f"{record.source} cannot be reached ({reason}); on a machine without a network, add "
            "a copy of the file, which is recognised by its hash",
            "hairopt models add FILE",
        ) from error
    if len(data) != record.bytes or sha256_of(data) != record.sha256:
        size = f"more than {record.bytes}" if len(data) > record.bytes else str(len(data))
        raise ModelError(
            f"{record.source} sent another file ({size} bytes) than that of model "
            f"{record.name!r} ({record.bytes} bytes, SHA-256 {record.sha256}); nothing was kept"
        )
    return data


def open_https(address: str) -> IO[bytes]:
    """Open an https address; redirections must stay on https.

    Raises:
        ModelError: the address is not https.
        OSError: it cannot be reached.
    """
    _require_https(address)
    opener = urllib.request.build_opener(_HttpsOnly)
    request = urllib.request.Request(address, headers={"User-Agent": "hairopt"})
    response: IO[bytes] = opener.open(request, timeout=TIMEOUT_S)
    return response


class _HttpsOnly(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        _require_https(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _require_https(address: str) -> None:
    if not address.startswith("https://"):
        raise ModelError(f"{address} is refused: models are pulled over https only")


def _read(record: ModelRecord, progress: Progress | None, open_address: Open) -> bytes:
    """Read at most one byte more than the record says: a wrong file must not fill the memory."""
    data = bytearray()
    with open_address(record.source) as response:
        while len(data) <= record.bytes:
            chunk = response.read(min(_CHUNK_BYTES, record.bytes + 1 - len(data)))
            if not chunk:
                break
            data += chunk
            if progress is not None:
                progress(min(len(data), record.bytes), record.bytes)
    return bytes(data)
