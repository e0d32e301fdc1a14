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
import wave
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from qa_pipeline.transcribe.other_engines.openai_api import OpenAiEngine, OpenAiOptions
from qa_pipeline.transcribe.other_engines.server import ServerOptions
from tests.local_server import Handler, LocalServer, Write, respond

Reply = Callable[["Received"], Write]


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


class AsrServer(LocalServer[Reply, Received]):
    """Speaks OpenAI's transcription protocol."""

    def read(self, handler: Handler, body: bytes, headers: dict[str, str]) -> Received:
        head = f"Content-Type: {headers['content-type']}\r\n\r\n".encode()
        fields: dict[str, list[Any]] = {}
        for part in email.message_from_bytes(head + body, policy=email.policy.HTTP).iter_parts():
            value = part.get_payload(decode=True)
            name = str(part.get_param("name", header="content-disposition"))
            fields.setdefault(name, []).append(value if part.get_filename() else value.decode())  # type: ignore[union-attr]
        return Received(handler.path, headers, fields)

    def write(self, reply: Reply, request: Received) -> Write:
        return reply(request)

    def engine(self, *, model: str = "whisper-1", key: str = "", server: Any = None, **options: Any) -> OpenAiEngine:
        """An engine that asks this server without pauses between its tries."""
        more = {"timeout_s": 10.0, "first_pause_s": 0.0, **(server or {})}
        return OpenAiEngine(ServerOptions(self.url, model, key, **more), OpenAiOptions(**options))
