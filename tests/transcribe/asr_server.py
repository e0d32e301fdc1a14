"""A transcription server for tests: it speaks OpenAI's protocol on 127.0.0.1 and says what it is told.

::

    with AsrServer(saying(recorded("openai_verbose"))) as server:
        engine = server.engine(language="zh")
    server.requests[0].fields      # everything that was sent, the file as bytes
"""

from __future__ import annotations

import email
import email.policy
import io
import json
import threading
import wave
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from qa_pipeline.transcribe.other_engines.openai_api import OpenAiEngine, OpenAiOptions
from qa_pipeline.transcribe.other_engines.server import ServerOptions
from tests.checks.llm_server import Handler, respond

Reply = Callable[["Received"], Callable[[Handler], None]]


@dataclass(frozen=True)
class Received:
    """One request: path, headers, and the fields of the form, each with all its values."""

    path: str
    headers: dict[str, str]
    fields: dict[str, list[Any]]

    def __getitem__(self, name: str) -> Any:
        (value,) = self.fields[name]
        return value

    @property
    def sound_s(self) -> float:
        """Seconds of sound in the file that was sent."""
        with wave.open(io.BytesIO(self["file"])) as sound:
            assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, 16_000)
            return sound.getnframes() / 16_000


def saying(answer: Any, status: int = 200, **headers: str) -> Reply:
    """An answer in JSON."""
    return lambda _: respond(json.dumps(answer, ensure_ascii=False).encode(), status, **headers)


def sending(body: bytes, status: int = 200, **headers: str) -> Reply:
    """An answer of any kind."""
    return lambda _: respond(body, status, **headers)


def received(handler: Handler) -> Received:
    body = handler.rfile.read(int(handler.headers.get("content-length", 0)))
    head = f"Content-Type: {handler.headers['content-type']}\r\n\r\n".encode()
    fields: dict[str, list[Any]] = {}
    for part in email.message_from_bytes(head + body, policy=email.policy.HTTP).iter_parts():
        value = part.get_payload(decode=True)
        name = str(part.get_param("name", header="content-disposition"))
        fields.setdefault(name, []).append(value if part.get_filename() else value.decode())  # type: ignore[union-attr]
    headers = {name.lower(): value for name, value in handler.headers.items()}
    return Received(handler.path, headers, fields)


class AsrServer:
    """Gives one reply after the other; the last one again and again."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.requests: list[Received] = []
        self.closing = threading.Event()
        """Set at the end: replies that keep a client waiting stop then."""
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> AsrServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def engine(self, *, model: str = "whisper-1", key: str = "", server: Any = None, **options: Any) -> OpenAiEngine:
        """An engine that asks this server without pauses between its tries."""
        more = {"timeout_s": 10.0, "first_pause_s": 0.0, **(server or {})}
        return OpenAiEngine(ServerOptions(self.url, model, key, **more), OpenAiOptions(**options))

    def _handler(self) -> type[Handler]:
        owner = self

        class Answering(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                owner._receive(self)

            def log_message(self, format: str, *args: Any) -> None:
                """Silent."""

        return Answering

    def _receive(self, handler: Handler) -> None:
        request = received(handler)
        with self._lock:
            self.requests.append(request)
            reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        try:
            reply(request)(handler)
        except OSError:
            handler.close_connection = True  # the client has left
