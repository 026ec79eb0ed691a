"""A server of a few files in memory, for browsers on this machine alone."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from linnet.apps.desk.refusal import Refusal

LOOPBACK = "127.0.0.1"
TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "mjs": "text/javascript; charset=utf-8",
    "json": "application/json",
    "svg": "image/svg+xml",
    "wasm": "application/wasm",
    "wav": "audio/wav",
}
HEADERS = {
    # The page has a policy of its own (index.html); this adds what a page cannot ask for itself.
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def server_of(files: Mapping[str, bytes], port: int) -> ThreadingHTTPServer:
    """Return a server of these files that listens already; port 0 is a free one.

    Raises:
        Refusal: the port cannot be had.
    """
    if not 0 <= port <= 65535:
        raise Refusal(
            f"port {port} does not exist, so nothing can listen there; give 0 (a free one) to 65535."
        )
    try:
        return ThreadingHTTPServer((LOOPBACK, port), partial(Answer, files))
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        why = "is taken by another program" if error.errno == errno.EADDRINUSE else "is the system's"
        raise Refusal(
            f"port {port} {why}, so the page cannot be served there; --port 0 takes a free one."
        ) from error


class Answer(BaseHTTPRequestHandler):
    """The answer to one request."""

    def __init__(self, files: Mapping[str, bytes], *request: Any) -> None:
        """Answer out of `files`."""
        self.files = files
        super().__init__(*request)

    def do_GET(self) -> None:
        """Send a file."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Send what is said of a file."""
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        """Send a file that is asked for by a name of this machine, so that no other site can ask for it."""
        if self.headers.get("Host", "").partition(":")[0] not in ("localhost", LOOPBACK):
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
            return
        name = unquote(urlsplit(self.path).path).removeprefix("/") or "index.html"
        content = self.files.get(name)
        if content is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", TYPES.get(name.rpartition(".")[2], "application/octet-stream"))
        self.send_header("Content-Length", str(len(content)))
        for key, value in HEADERS.items():
            self.send_header(key, value)
        self.end_headers()
        if with_body:
            with suppress(ConnectionError):  # a page that was closed meanwhile
                self.wfile.write(content)

    def log_message(self, format: str, *values: Any) -> None:
        """Say nothing of single requests."""
