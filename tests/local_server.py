"""A server on 127.0.0.1 that gives tests one reply after the other, the last one again and again."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Generic, Self, TypeVar

Handler = BaseHTTPRequestHandler
Write = Callable[[Handler], None]
Reply = TypeVar("Reply")
Received = TypeVar("Received")


def respond(body: bytes, status: int = 200, **headers: str) -> Write:
    """A whole response with other headers: ``respond(b"", 307, Location="…")``."""

    def write(handler: Handler) -> None:
        handler.send_response(status)
        names = {name.replace("_", "-").lower(): value for name, value in headers.items()}
        for name, value in {"content-type": "application/json", "content-length": str(len(body)), **names}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return write


class LocalServer(Generic[Reply, Received]):
    """What comes in is kept in ``requests``; ``closing`` is set at the end: replies that keep a client waiting stop."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.requests: list[Received] = []
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def read(self, handler: Handler, body: bytes, headers: dict[str, str]) -> Received:
        """What a test wants to know of a request."""
        raise NotImplementedError

    def write(self, reply: Reply, request: Received) -> Write:
        """What a reply sends."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def _handler(self) -> type[Handler]:
        owner = self

        class Answering(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                owner._receive(self)

            do_GET = do_POST  # noqa: N815

            def log_message(self, format: str, *args: Any) -> None:
                """Silent."""

        return Answering

    def _receive(self, handler: Handler) -> None:
        body = handler.rfile.read(int(handler.headers.get("content-length", 0)))
        request = self.read(handler, body, {name.lower(): value for name, value in handler.headers.items()})
        with self._lock:
            self.requests.append(request)
            reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        try:
            self.write(reply, request)(handler)
        except OSError:
            handler.close_connection = True  # the client has left


def closed_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
