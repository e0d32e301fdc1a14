"""A server that speaks the chat-completions protocol: one question, one text, within one deadline.

Servers are not trusted: whatever they send, too much, too slowly or of the wrong kind, ends as an LlmFailure.
"""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Thread
from typing import TYPE_CHECKING, Any

from qa_pipeline.checks.context import LlmFailure
from qa_pipeline.checks.llm_answer import ANSWER_SCHEMA, strict_json
from qa_pipeline.core.score import Reason

if TYPE_CHECKING:
    import httpx

#: Bytes of an answer that are read; an honest one has a few hundred.
MAX_BODY_BYTES = 256 * 1024

_PASSING = frozenset({408, 429, 500, 502, 503, 504})
_FORMAT_REFUSED = frozenset({400, 422})

#: After so many failures in a row the server is left alone for a while, so that a batch does not wait for each call.
GIVE_UP_AFTER = 5
REST_S = 600.0


@dataclass(frozen=True, slots=True)
class ChatOptions:
    """Where the model is, and how long it may take."""

    url: str
    """Up to, not including, /chat/completions."""
    model: str
    key: str = field(default="", repr=False)
    timeout_s: float = 60.0
    """For one question, all tries together."""
    max_retries: int = 2
    first_pause_s: float = 0.5
    """Before the first retry; doubled for each further one."""


class ServerFailure(LlmFailure):
    """The server did not answer, or refused; ``status`` is 0 where it said nothing."""

    def __init__(self, reason: Reason, status: int = 0, wait_s: float = 0.0) -> None:
        super().__init__(reason)
        self.status = status
        self.wait_s = wait_s

    @property
    def passing(self) -> bool:
        """Whether asking again soon may help."""
        return self.reason.code == "llm_unreachable" or self.status in _PASSING


class ChatClient:
    """Asks one server; may be used from several threads."""

    def __init__(self, options: ChatOptions, clock: Callable[[], float] = time.monotonic) -> None:
        self._options = options
        self._clock = clock
        self._with_schema = True
        self._tls = ssl.create_default_context()
        self._failures = 0
        self._last = Reason("llm_unreachable")
        self._resting_until = 0.0

    def complete(self, system: str, question: str) -> str:
        """The text of the model's answer; LlmFailure when there is none within the deadline."""
        if self._failures >= GIVE_UP_AFTER and self._clock() < self._resting_until:
            raise LlmFailure(self._last)
        try:
            content = self._with_retries(system, question)
        except ServerFailure as failure:
            self._failures, self._last = self._failures + 1, failure.reason
            self._resting_until = self._clock() + REST_S
            raise
        self._failures = 0
        return content

    def _with_retries(self, system: str, question: str) -> str:
        deadline = time.monotonic() + self._options.timeout_s
        for retry in range(self._options.max_retries):
            try:
                return self._try(system, question, deadline)
            except ServerFailure as failure:
                pause_s = max(failure.wait_s, self._options.first_pause_s * 2**retry)
                if not failure.passing or time.monotonic() + pause_s >= deadline:
                    raise
                time.sleep(pause_s)
        return self._try(system, question, deadline)

    def _try(self, system: str, question: str, deadline: float) -> str:
        """Some servers refuse the answer's schema instead of ignoring it: they are asked without it from then on."""
        with_schema = self._with_schema
        try:
            return self._send(self._payload(system, question, with_schema=with_schema), deadline)
        except ServerFailure as failure:
            if not with_schema or failure.status not in _FORMAT_REFUSED:
                raise
        content = self._send(self._payload(system, question, with_schema=False), deadline)
        self._with_schema = False
        return content

    def _payload(self, system: str, question: str, *, with_schema: bool) -> bytes:
        messages = [{"role": "system", "content": system}, {"role": "user", "content": question}]
        payload: dict[str, Any] = {"model": self._options.model, "messages": messages, "temperature": 0}
        payload["stream"] = False
        if with_schema:
            schema = {"name": "answer", "strict": True, "schema": ANSWER_SCHEMA}
            payload["response_format"] = {"type": "json_schema", "json_schema": schema}
        return json.dumps(payload, ensure_ascii=False).encode()

    def _send(self, payload: bytes, deadline: float) -> str:
        """One request in a thread of its own: a server that sends a byte now and then never runs into a timeout of
        httpx, which counts from byte to byte."""
        import httpx

        left_s = deadline - time.monotonic()
        if left_s <= 0:
            raise ServerFailure(Reason("llm_timeout"))
        answer: Future[str] = Future()
        # Neither proxies nor credentials of the environment: the text goes to the address given and nowhere else.
        with httpx.Client(verify=self._tls, timeout=left_s, follow_redirects=False, trust_env=False) as client:
            Thread(target=_settle, args=(answer, lambda: self._post(client, payload)), daemon=True).start()
            try:
                return answer.result(timeout=left_s)
            except TimeoutError:
                raise ServerFailure(Reason("llm_timeout")) from None

    def _post(self, client: httpx.Client, payload: bytes) -> str:
        import httpx

        headers = {"Content-Type": "application/json", "Accept": "application/json", "Accept-Encoding": "identity"}
        if self._options.key:
            headers["Authorization"] = f"Bearer {self._options.key}"
        address = f"{self._options.url.rstrip('/')}/chat/completions"
        try:
            with client.stream("POST", address, content=payload, headers=headers) as response:
                return _content(_body(response))
        except httpx.TimeoutException:
            raise ServerFailure(Reason("llm_timeout")) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError):  # the last: a host that no name can be
            raise ServerFailure(Reason("llm_unreachable")) from None


def _settle(answer: Future[str], work: Callable[[], str]) -> None:
    try:
        answer.set_result(work())
    except BaseException as error:  # noqa: BLE001 - handed on to the thread that waits
        answer.set_exception(error)


def _body(response: httpx.Response) -> bytes:
    """What the server sent, where it is what was asked for; nothing is read of anything else."""
    if not response.is_success:
        reason = Reason("llm_http_error", {"status": response.status_code})
        raise ServerFailure(reason, response.status_code, _wait_s(response.headers.get("retry-after", "")))
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" or response.headers.get("content-encoding", "identity") != "identity":
        raise LlmFailure(Reason("llm_bad_answer"))
    body = b""
    for part in response.iter_raw():
        body += part
        if len(body) > MAX_BODY_BYTES:
            raise LlmFailure(Reason("llm_bad_answer"))
    return body


def _wait_s(retry_after: str) -> float:
    """Seconds that a server asks to wait; 0 where it says nothing, or a date."""
    return float(retry_after) if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 6 else 0.0


def _content(body: bytes) -> str:
    """The message of the first choice."""
    try:
        content = strict_json(body.decode())["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError):
        raise LlmFailure(Reason("llm_bad_answer")) from None
    if not isinstance(content, str):
        raise LlmFailure(Reason("llm_bad_answer"))
    return content
