"""A language model's server for tests: it speaks the chat-completions protocol on 127.0.0.1 and says what it is told.

::

    with LlmServer(saying("yes", 0, "您好")) as server:
        run_check(..., judge=server.judge())
    server.requests[0].text      # everything that was sent

A reply is bytes for the whole body of a good response, or a function that writes to the handler what it likes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from qa_pipeline.checks.llm_client import ChatClient, ChatOptions
from qa_pipeline.checks.llm_judge import AnswerCache, CachedJudge, MemoryAnswers
from tests.local_server import Handler, LocalServer, Write, respond

Reply = bytes | Write


def completion(content: Any) -> bytes:
    """The body of a response whose message is ``content``."""
    message = {"role": "assistant", "content": content}
    return json.dumps({"object": "chat.completion", "choices": [{"index": 0, "message": message}]}).encode()


def saying(answer: Any, turn: Any = None, quote: Any = "", reason: Any = "因为", **more: Any) -> bytes:
    """The body of a response that holds a well-formed answer (or one that is wrong in the values given)."""
    return completion(
        json.dumps({"answer": answer, "turn": turn, "quote": quote, "reason": reason, **more}, ensure_ascii=False)
    )


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


class LlmServer(LocalServer[Reply, Received]):
    """Speaks the chat-completions protocol."""

    def read(self, handler: Handler, body: bytes, headers: dict[str, str]) -> Received:
        return Received(handler.path, headers, body.decode())

    def write(self, reply: Reply, request: Received) -> Write:
        return respond(reply) if isinstance(reply, bytes) else reply

    def client(self, **options: Any) -> ChatClient:
        """A client of this server that does not pause between its tries, and does not try again unless told to."""
        return ChatClient(ChatOptions(**{**QUICK, "url": self.url, **options}))

    def judge(self, cache: AnswerCache | None = None, model: str = "test-model", **options: Any) -> CachedJudge:
        return CachedJudge(self.client(model=model, **options), model, MemoryAnswers() if cache is None else cache)


QUICK: dict[str, Any] = {"model": "test-model", "timeout_s": 5.0, "max_retries": 0, "first_pause_s": 0.0}
