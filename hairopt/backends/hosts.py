"""Where the photos go: hosts of URLs."""

from __future__ import annotations

from urllib.parse import urlsplit

_LOCAL = ("localhost", "127.0.0.1", "::1")


def is_local(url: str) -> bool:
    """Whether the host of a URL is this machine."""
    host = urlsplit(url).hostname or ""
    return host in _LOCAL or host.startswith("127.")


def shown_url(url: str) -> str:
    """Scheme, host and port of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
