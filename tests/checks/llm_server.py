"""A language model's server for tests: it speaks the chat-completions protocol on 127.0.0.1 and says what it is told.

::

    with LlmServer(saying("yes", 0, "您好")) as server:
        run_check(..., judge=server.judge())
    server.requests[0].text      # everything that was sent

A reply is bytes for the whole body of a good response, or a function that writes to the handler what it likes.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from qa_pipeline.checks.llm_client import ChatClient, ChatOptions
from qa_pipeline.checks.llm_judge import AnswerCache, CachedJudge, MemoryAnswers

Handler = BaseHTTPRequestHandler
Reply = bytes | Callable[[BaseHTTPRequestHandler], None]

JSON = "application/json"


def completion(content: Any) -> bytes:
    """The body of a response whose message is ``content``."""
    message = {"role": "assistant", "content": content}
    return json.dumps({"object": "chat.completion", "choices": [{"index": 0, "message": message}]}).encode()


def saying(answer: Any, turn: Any = None, quote: Any = "", reason: Any = "因为", **more: Any) -> bytes:
    """The body of a response that holds a well-formed answer (or one that is wrong in the values given)."""
    return completion(
        json.dumps({"answer": answer, "turn": turn, "quote": quote, "reason": reason, **more}, ensure_ascii=False)
    )


def respond(body: bytes, status: int = 200, **headers: str) -> Callable[[Handler], None]:
    """A whole response with other headers: ``respond(b"", 307, Location="…")``."""

    def write(handler: Handler) -> None:
        handler.send_response(status)
        names = {name.replace("_", "-").lower(): value for name, value in headers.items()}
        for name, value in {"content-type": JSON, "content-length": str(len(body)), **names}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return write


@dataclass(frozen=True)
class Received:
    """One request as it came over the wire."""

    path: str
    headers: dict[str, str]
    text: str

    @property
    def body(self) -> dict[str, Any]:
        sent: dict[str, Any] = json.loads(self.text)
        return sent

    @property
    def question(self) -> str:
        """The message with the rubric's question and the passage."""
        content: str = self.body["messages"][1]["content"]
        return content


class LlmServer:
    """Gives one reply after the other; the last one again and again."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.requests: list[Received] = []
        self.closing = threading.Event()
        """Set at the end: replies that keep a client waiting stop then."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> LlmServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def client(self, **options: Any) -> ChatClient:
        """A client of this server that does not pause between its tries, and does not try again unless told to."""
        return ChatClient(ChatOptions(**{**QUICK, "url": self.url, **options}))

    def judge(self, cache: AnswerCache | None = None, model: str = "test-model", **options: Any) -> CachedJudge:
        return CachedJudge(self.client(model=model, **options), model, MemoryAnswers() if cache is None else cache)

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
        text = handler.rfile.read(int(handler.headers.get("content-length", 0))).decode()
        headers = {name.lower(): value for name, value in handler.headers.items()}
        self.requests.append(Received(handler.path, headers, text))
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        try:
            (respond(reply) if isinstance(reply, bytes) else reply)(handler)
        except OSError:
            handler.close_connection = True  # the client has left


QUICK: dict[str, Any] = {"model": "test-model", "timeout_s": 5.0, "max_retries": 0, "first_pause_s": 0.0}


def closed_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
