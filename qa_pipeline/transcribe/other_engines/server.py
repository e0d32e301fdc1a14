"""A server that speaks OpenAI's transcription protocol: one clip, one answer, within one deadline.

Servers are not trusted: what they send too slowly, too much of or in the wrong form ends as a failure. Nothing of the
words, the sound or the key stands in errors.
"""

from __future__ import annotations

import ipaddress
import json
import random
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from qa_pipeline.core.errors import StepFailure, UserError

if TYPE_CHECKING:
    import httpx

#: Bytes of an answer that are read: 30 s of speech with word times take some 20 kB.
MAX_BODY_BYTES = 4 * 1024 * 1024
#: Characters of text: Whisper's longest loop in 30 s has some 2,000; what follows is slow with millions.
MAX_CHARACTERS = 5_000
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_FORM_REFUSED = frozenset({400, 415, 422, 501})
#: How answers are asked for, best first. OpenAI wants granularities with verbose_json alone; some servers know none.
FORMS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("verbose_json", ("word", "segment")),
    ("verbose_json", ()),
    ("json", ()),
    ("text", ()),
)
_PATH = "/audio/transcriptions"
_LONGEST_WAIT_S = 60.0


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """Where the server is, and how long it may take."""

    url: str
    """Up to, not including, /audio/transcriptions."""
    model: str
    key: str = field(default="", repr=False)
    timeout_s: float = 120.0
    """For one try."""
    max_retries: int = 4
    first_pause_s: float = 1.0
    """Before the first retry; doubled for each further one, and up to half as long again by chance."""


class Failure(Exception):
    """One request without a result. ``status`` is 0 where the server said nothing, 200 where nobody can read it."""

    def __init__(self, why: str, status: int = 0, wait_s: float = 0.0) -> None:
        super().__init__(why)
        self.why = why
        self.status = status
        self.wait_s = wait_s

    @property
    def passing(self) -> bool:
        """Whether asking again may help."""
        return self.status == 0 or self.status in _PASSING


class TranscriptionServer:
    """Asks one server; may be used from several threads. Opened for a recording, closed after it."""

    def __init__(self, options: ServerOptions) -> None:
        self._options = options
        self._form = 0
        self._has_answered = False
        self._tls = ssl.create_default_context()
        self._client: httpx.Client | None = None

    def __enter__(self) -> TranscriptionServer:
        import httpx

        # Neither proxies nor credentials of the environment: the sound goes to the address given and nowhere else.
        self._client = httpx.Client(
            verify=self._tls, timeout=self._options.timeout_s, follow_redirects=False, trust_env=False
        )
        return self

    def __exit__(self, *_: object) -> None:
        if self._client:
            self._client.close()
            self._client = None

    def ask(self, sound: bytes, told: Mapping[str, str]) -> dict[str, Any]:
        """The answer to one WAV file, ``text`` at least. ``told``: language, prompt.

        UserError where the settings are wrong: no server there, key refused, model not known. StepFailure otherwise.
        """
        try:
            answer = self._in_some_form(sound, told)
        except Failure as failure:
            raise self._told(failure) from None
        self._has_answered = True
        return answer

    def _in_some_form(self, sound: bytes, told: Mapping[str, str]) -> dict[str, Any]:
        """Servers refuse forms that they do not know: the next is tried, and what worked is asked for from then on."""
        for form in range(self._form, len(FORMS)):
            try:
                answer = self._with_retries(sound, told, form)
            except Failure as failure:
                if failure.status not in _FORM_REFUSED or form + 1 == len(FORMS):
                    raise
            else:
                self._form = max(self._form, form)
                return answer
        raise AssertionError("the last form returns or raises")

    def _with_retries(self, sound: bytes, told: Mapping[str, str], form: int) -> dict[str, Any]:
        for retry in range(self._options.max_retries):
            try:
                return self._try(sound, told, form)
            except Failure as failure:
                if not failure.passing or (failure.status == 0 and not self._has_answered and retry):
                    raise
                pause_s = self._options.first_pause_s * 2**retry * (1 + random.random() / 2)
                time.sleep(min(max(failure.wait_s, pause_s), _LONGEST_WAIT_S))
        return self._try(sound, told, form)

    def _try(self, sound: bytes, told: Mapping[str, str], form: int) -> dict[str, Any]:
        import httpx

        if self._client is None:
            raise RuntimeError("open the server before asking it")
        name, times = FORMS[form]
        fields: dict[str, Any] = {"model": self._options.model, "response_format": name, "temperature": "0", **told}
        if times:
            fields["timestamp_granularities[]"] = list(times)
        headers = {"Accept-Encoding": "identity"}
        if self._options.key:
            headers["Authorization"] = f"Bearer {self._options.key}"
        deadline = time.monotonic() + self._options.timeout_s
        address = self._options.url.rstrip("/") + _PATH
        files = {"file": ("speech.wav", sound, "audio/wav")}
        try:
            with self._client.stream("POST", address, data=fields, files=files, headers=headers) as response:
                return _answer(response, name, deadline)
        except httpx.TimeoutException:
            raise Failure(f"no answer within {self._options.timeout_s:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            raise Failure(f"it cannot be reached ({type(error).__name__})") from None

    def _told(self, failure: Failure) -> UserError | StepFailure:
        """What settings can mend is for the user; the rest is this recording's failure."""
        if failure.status in (401, 403):
            where = "put a valid key into the variable that asr_key_env names"
            return UserError(f"asr_url: the server refuses access (HTTP {failure.status}); {where}")
        if failure.status in (404, 405):
            return UserError(
                f"asr_url: HTTP {failure.status}: nothing is at …{_PATH}, or the server has no model "
                f"{self._options.model!r}; asr_url mostly ends in /v1"
            )
        if not self._has_answered and (failure.status in (0, 200) or 300 <= failure.status < 400):
            return UserError(f"asr_url: no transcription server answers there: {failure.why}")
        return StepFailure("transcribe", "server_failed", f"the transcription server failed: {failure.why}")


def _answer(response: httpx.Response, form: str, deadline: float) -> dict[str, Any]:
    """What the server sent, where it is a transcription."""
    if not response.is_success:
        raise Failure(
            f"HTTP {response.status_code}", response.status_code, _wait_s(response.headers.get("retry-after", ""))
        )
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in ("text/html", "application/xhtml+xml"):
        raise Failure("it sends a web page", 200)
    body = b""
    for part in response.iter_bytes():
        body += part
        if len(body) > MAX_BODY_BYTES:
            raise Failure("its answer is too long", 200)
        if time.monotonic() > deadline:
            raise Failure("its answer takes too long")
    return _read(body, form)


def _read(body: bytes, form: str) -> dict[str, Any]:
    """The answer as an object with ``text``. In the form text, servers send it bare or as a JSON string."""
    try:
        written = body.decode("utf-8")
        if form == "text" and not written.lstrip().startswith(("{", '"')):
            return {"text": written}
        read = json.loads(written)
    except (ValueError, RecursionError):
        raise Failure("its answer is no JSON", 200) from None
    answer = {"text": read} if isinstance(read, str) else read
    if not _is_text(answer):
        raise Failure("its answer holds characters that are none", 200)
    if not isinstance(answer, dict) or not isinstance(answer.get("text"), str):
        raise Failure("its answer holds no text", 200)
    if len(answer["text"]) > MAX_CHARACTERS:
        raise Failure("its answer is too long", 200)
    return answer


def _is_text(answer: object) -> bool:
    """False where strings hold half characters (\\ud800), which JSON can write and no file can."""
    try:
        json.dumps(answer, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError):
        return False
    return True


def _wait_s(retry_after: str) -> float:
    """Seconds that a server asks to wait; 0 where it says nothing, or a date."""
    return float(retry_after) if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 6 else 0.0


def key_in(variable: str, environment: Mapping[str, str]) -> str:
    """The key that the environment holds; empty where no variable is named. UserError where it holds none."""
    if not variable:
        return ""
    key = environment.get(variable, "").strip()
    if not key:
        raise UserError(f"asr_key_env: the environment holds no {variable}; set it, or leave asr_key_env empty")
    if not (key.isascii() and key.isprintable() and " " not in key):
        raise UserError(f"asr_key_env: {variable} holds characters that no key has; copy the key again")
    return key


def check_address(url: str) -> None:
    """UserError where there is no address, or recordings would cross a public network unencrypted."""
    if not url:
        raise UserError("engine openai: set asr_url, the address that recordings may be sent to, up to /v1")
    parts = urlsplit(url)
    if parts.path.rstrip("/").endswith(_PATH):
        raise UserError(f"asr_url: leave out {_PATH}: it is added")
    if parts.scheme != "https" and not _is_private(parts.hostname or ""):
        raise UserError(
            "asr_url: recordings would leave unencrypted; use https://, or a server on this machine or in its network"
        )


def _is_private(host: str) -> bool:
    """Whether a host is this machine or in a private network, whatever its name."""
    try:
        found = {ipaddress.ip_address(host)}
    except ValueError:
        try:
            found = {ipaddress.ip_address(str(each[4][0]).partition("%")[0]) for each in socket.getaddrinfo(host, None)}
        except (OSError, ValueError):
            raise UserError("asr_url: no machine of that name is known here; check the address") from None
    return all(address.is_private for address in found)
