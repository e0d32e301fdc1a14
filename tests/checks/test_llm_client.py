"""A server that fails, lies, floods or drips costs one criterion its verdict, and nothing else."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from qa_pipeline.checks.context import LlmFailure
from qa_pipeline.checks.finding import State
from qa_pipeline.checks.llm_answer import ANSWER_SCHEMA
from qa_pipeline.checks.llm_client import GIVE_UP_AFTER, MAX_BODY_BYTES, REST_S, ChatClient, ChatOptions
from qa_pipeline.checks.llm_judge import CachedJudge, MemoryAnswers, answer_key, make_judge
from qa_pipeline.checks.registry import run_check
from qa_pipeline.config import Settings, load_settings
from qa_pipeline.core.errors import UserError
from tests.checks.llm_server import QUICK, LlmServer, Reply, completion, saying
from tests.factories import A, C, call, check
from tests.local_server import Handler, closed_port, respond

PRIVATE = "机密原话"
TALK = call((A, f"您好，{PRIVATE}"), (C, "喂"))
CHECK = check(llm={"question": "坐席有没有问候客户？"})
GOOD = saying("yes", 0, "您好")


def failure(reply: Reply, **options: Any) -> LlmFailure:
    """How asking a server that replies so fails."""
    with LlmServer(reply) as server, pytest.raises(LlmFailure) as raised:
        server.client(**options).complete("system", "question")
    return raised.value


# -- what is asked ------------------------------------------------------------


def test_a_question_is_a_chat_completion() -> None:
    with LlmServer(completion("yes")) as server:
        assert server.client(model="qwen", key="sk-1").complete("system", "question") == "yes"
    (request,) = server.requests
    assert request.path == "/v1/chat/completions"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["authorization"] == "Bearer sk-1"
    assert request.body == {
        "model": "qwen",
        "messages": [{"role": "system", "content": "system"}, {"role": "user", "content": "question"}],
        "temperature": 0,
        "stream": False,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": ANSWER_SCHEMA},
        },
    }


def test_the_key_stands_in_one_header_only() -> None:
    options = ChatOptions("http://127.0.0.1", "m", key="sk-geheim")
    assert "sk-geheim" not in repr(options)
    with LlmServer(GOOD) as server:
        server.client(key="sk-geheim").complete("s", "q")
    (request,) = server.requests
    assert "sk-geheim" not in request.text + request.path
    assert [name for name, value in request.headers.items() if "sk-geheim" in value] == ["authorization"]


def test_without_a_key_none_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port()}")
    with LlmServer(GOOD) as server:
        server.client().complete("s", "q")  # and no proxy of the environment is used
    assert "authorization" not in server.requests[0].headers


# -- what comes back ----------------------------------------------------------


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 429, 500, 502, 503])
def test_an_error_of_the_server_is_named_by_its_status(status: int) -> None:
    found = failure(respond(GOOD, status))
    assert (found.reason.code, found.reason.values) == ("llm_http_error", {"status": status})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with LlmServer(GOOD) as elsewhere:
        found = failure(respond(b"", status, location=f"{elsewhere.url}/chat/completions"))
    assert (found.reason.values, elsewhere.requests) == ({"status": status}, [])


def chunked(handler: Handler, parts: int, part: bytes = b"x" * 4096) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n")
    for _ in range(parts):
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
    handler.wfile.write(b"0\r\n\r\n")


BAD_BODIES: dict[str, Reply] = {
    "nothing": b"",
    "no json": b"<html>",
    "html": respond(GOOD, content_type="text/html"),
    "text": respond(GOOD, content_type="text/plain; charset=utf-8"),
    "event stream": respond(b"data: {}\n\n", content_type="text/event-stream"),
    "no type": respond(GOOD, content_type=""),
    "compressed": respond(GOOD, content_encoding="gzip"),
    "not utf-8": respond(GOOD.decode().replace("choices", "选").encode("gb18030")),
    "list": b"[]",
    "text as json": b'"yes"',
    "null": b"null",
    "error object": b'{"error": {"message": "no such model"}}',
    "no choices": b'{"choices": []}',
    "choices null": b'{"choices": null}',
    "no message": b'{"choices": [{}]}',
    "message text": b'{"choices": [{"message": "yes"}]}',
    "content null": completion(None),
    "content a list": completion([{"type": "text", "text": "yes"}]),
    "content an object": completion({"answer": "no"}),
    "NaN": b'{"x": NaN, "choices": [{"message": {"content": "yes"}}]}',
    "deep": b"[" * 200_000,
    "huge": completion("x" * MAX_BODY_BYTES),
}


@pytest.mark.parametrize("reply", BAD_BODIES.values(), ids=BAD_BODIES)
def test_a_body_of_the_wrong_kind_is_no_answer(reply: Reply) -> None:
    assert failure(reply).reason.code == "llm_bad_answer"


def test_an_endless_body_is_not_read_to_its_end() -> None:
    written: list[int] = []

    def flood(handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n")
        with suppress(OSError):
            while len(written) < 100_000:
                handler.wfile.write(b" " * 4096)
                written.append(4096)

    assert failure(flood).reason.code == "llm_bad_answer"
    assert sum(written) < 64 * MAX_BODY_BYTES  # what the sockets hold, not the 400 MB that were on offer


def test_a_body_in_chunks_is_read_up_to_the_limit() -> None:
    with LlmServer(lambda handler: chunked(handler, 1, completion("x" * (MAX_BODY_BYTES - 200)))) as server:
        assert len(server.client().complete("s", "q")) == MAX_BODY_BYTES - 200
    assert failure(lambda handler: chunked(handler, 65)).reason.code == "llm_bad_answer"


def hang(server: Callable[[], LlmServer]) -> Callable[[Handler], None]:
    def wait(handler: Handler) -> None:
        server().closing.wait(5)

    return wait


def drip(server: Callable[[], LlmServer], start: bytes, drop: bytes) -> Callable[[Handler], None]:
    """A bit now and then, each soon enough for a client that only measures pauses; at the end it breaks off."""

    def write(handler: Handler) -> None:
        handler.wfile.write(start)
        for _ in range(150):
            if server().closing.wait(0.03):
                return
            handler.wfile.write(drop)

    return write


HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


@pytest.mark.parametrize("kind", ["silent", "head drips", "body drips"])
def test_the_deadline_holds_whatever_the_server_does(kind: str) -> None:
    def owner() -> LlmServer:
        return server

    replies = {
        "silent": hang(owner),
        "head drips": drip(owner, HEAD, b"x-more: 1\r\n"),
        "body drips": drip(owner, HEAD + b"content-length: 100000\r\n\r\n", b" "),
    }
    # A client that waited for the server would say llm_unreachable, after seconds.
    with LlmServer(replies[kind]) as server, pytest.raises(LlmFailure, match="llm_timeout"):
        server.client(timeout_s=0.3, max_retries=5).complete("s", "q")
    assert len(server.requests) == 1


def test_nobody_there_is_unreachable() -> None:
    client = ChatClient(ChatOptions(f"http://127.0.0.1:{closed_port()}/v1", **QUICK))
    with pytest.raises(LlmFailure, match="llm_unreachable"):
        client.complete("s", "q")


@pytest.mark.parametrize("url", ["https://127.0.0.1:{}/v1", "http://127.0.0.1:{}/v1"])
def test_what_speaks_another_protocol_is_unreachable(url: str) -> None:
    def mail(handler: Handler) -> None:
        handler.wfile.write(b"220 mail ready\r\n")

    with LlmServer(mail) as server:
        port = server.url.split(":")[2].split("/")[0]
        with pytest.raises(LlmFailure, match="llm_unreachable"):
            ChatClient(ChatOptions(url.format(port), **QUICK)).complete("s", "q")


def test_a_name_that_cannot_be_one_is_unreachable() -> None:
    with pytest.raises(LlmFailure, match="llm_unreachable"):
        ChatClient(ChatOptions("http://" + "x" * 70 + ".invalid./v1", **QUICK)).complete("s", "q")


def test_a_body_that_breaks_off_is_unreachable() -> None:
    assert failure(respond(GOOD[:20], content_length="500")).reason.code == "llm_unreachable"


# -- trying again -------------------------------------------------------------


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_passing_error_is_tried_again(status: int) -> None:
    with LlmServer(respond(b"", status), respond(b"", status), completion("yes")) as server:
        assert server.client(max_retries=2).complete("s", "q") == "yes"
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("reply", "asked"),
    [(respond(b"", 503), 3), (respond(b"", 401), 1), (respond(b"", 404), 1), (b"no json", 1), (respond(b"", 307), 1)],
)
def test_only_passing_errors_are_tried_again_and_not_for_ever(reply: Reply, asked: int) -> None:
    with LlmServer(reply) as server, pytest.raises(LlmFailure):
        server.client(max_retries=2).complete("s", "q")
    assert len(server.requests) == asked


@pytest.mark.parametrize("asked_for", ["", "0", "-5", "1e9", "Wed, 21 Oct 2026 07:28:00 GMT", "²"])
def test_pauses_grow(monkeypatch: pytest.MonkeyPatch, asked_for: str) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("qa_pipeline.checks.llm_client.time.sleep", pauses.append)
    replies = [respond(b"", 503, retry_after=asked_for.encode().decode("latin-1"))] * 3
    with LlmServer(*replies, completion("yes")) as server:
        assert server.client(max_retries=3, first_pause_s=0.5).complete("s", "q") == "yes"
    assert pauses == [0.5, 1.0, 2.0]


def test_a_wait_that_the_server_asks_for_is_kept_or_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("qa_pipeline.checks.llm_client.time.sleep", pauses.append)
    with LlmServer(respond(b"", 429, retry_after="4"), completion("yes")) as server:
        assert server.client(max_retries=1).complete("s", "q") == "yes"
    with LlmServer(respond(b"", 429, retry_after="60"), completion("yes")) as server, pytest.raises(LlmFailure):
        server.client(max_retries=1).complete("s", "q")
    assert pauses == [4.0]


@pytest.mark.parametrize("status", [400, 422])
def test_a_server_that_refuses_the_schema_is_asked_without_it(status: int) -> None:
    with LlmServer(respond(b"", status), completion("yes")) as server:
        client = server.client()
        assert [client.complete("s", "q") for _ in range(2)] == ["yes", "yes"]
    assert ["response_format" in request.body for request in server.requests] == [True, False, False]


def test_a_server_that_refuses_for_another_reason_is_asked_with_the_schema_next_time() -> None:
    with LlmServer(respond(b"", 400), respond(b"", 400), completion("yes")) as server:
        client = server.client()
        with pytest.raises(LlmFailure):
            client.complete("s", "too long a question")
        client.complete("s", "q")
    assert ["response_format" in request.body for request in server.requests] == [True, False, True]


def test_a_server_that_keeps_failing_is_left_alone_for_a_while() -> None:
    now = [0.0]
    with LlmServer(respond(b"", 500)) as server:
        client = ChatClient(ChatOptions(**{**QUICK, "url": server.url}), clock=lambda: now[0])
        for _ in range(GIVE_UP_AFTER + 3):
            with pytest.raises(LlmFailure, match="llm_http_error"):
                client.complete("s", "q")
        assert len(server.requests) == GIVE_UP_AFTER
        now[0] = REST_S
        server.replies = [completion("yes")]
        assert client.complete("s", "q") == "yes"
        server.replies = [respond(b"", 500)]
        with pytest.raises(LlmFailure):
            client.complete("s", "q")
        assert len(server.requests) == GIVE_UP_AFTER + 2  # one success, and it is asked again


# -- nothing is said, nothing is thrown ----------------------------------------


FAILING = {**BAD_BODIES, "500": respond(PRIVATE.encode(), 500), "void": saying("yes", 0, f"{PRIVATE}？")}


@pytest.mark.parametrize("reply", FAILING.values(), ids=FAILING)
def test_a_check_never_throws_and_never_repeats_what_was_said(
    reply: Reply, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    with LlmServer(reply) as server:
        finding = run_check(CHECK, TALK, judge=server.judge(key="sk-geheim"))
    assert finding.state is State.UNKNOWN
    assert finding.reason.code.startswith("llm_")
    printed = capfd.readouterr()
    told = caplog.text + printed.out + printed.err + repr(finding)
    assert PRIVATE not in told and json.dumps(PRIVATE)[1:-1] not in told
    assert "sk-geheim" not in told


# -- the cache ----------------------------------------------------------------


def test_the_same_is_not_asked_twice() -> None:
    cache = MemoryAnswers()
    with LlmServer(GOOD) as server:
        first = run_check(CHECK, TALK, judge=server.judge(cache))
        again = run_check(CHECK, TALK, judge=server.judge(cache))
        assert first == again
        assert len(server.requests) == 1
        # Another address for the same model, and nobody there: the answer is known.
        moved = CachedJudge(ChatClient(ChatOptions("http://127.0.0.1:1/v1", **QUICK)), "test-model", cache)
        assert run_check(CHECK, TALK, judge=moved) == first
        run_check(CHECK, TALK, judge=server.judge(cache, model="another"))
        run_check(CHECK, call((A, "您好，别的话")), judge=server.judge(cache))
        run_check(check(llm={"question": "坐席有没有问候客户呢？"}), TALK, judge=server.judge(cache))
        assert len(server.requests) == 4


@pytest.mark.parametrize("reply", FAILING.values(), ids=FAILING)
def test_what_failed_or_does_not_hold_is_not_kept_but_asked_again(
    reply: Reply, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[str] = []
    cache = MemoryAnswers()
    monkeypatch.setattr(cache, "put_llm_answer", lambda key, answer, model: kept.append(answer))
    with LlmServer(reply) as server:
        assert run_check(CHECK, TALK, judge=server.judge(cache)).state is State.UNKNOWN
        assert kept == []
        server.replies = [GOOD]
        assert run_check(CHECK, TALK, judge=server.judge(cache)).state is State.HOLDS


@pytest.mark.parametrize("reply", [saying("no"), saying("unclear")])
def test_no_and_unclear_are_answers(reply: bytes) -> None:
    cache = MemoryAnswers()
    with LlmServer(reply) as server:
        for _ in range(2):
            run_check(CHECK, TALK, judge=server.judge(cache))
    assert len(server.requests) == 1


def test_a_damaged_answer_in_the_cache_is_asked_for_again() -> None:
    cache = MemoryAnswers()
    with LlmServer(GOOD) as server:
        run_check(CHECK, TALK, judge=server.judge(cache))
        system, question = (message["content"] for message in server.requests[0].body["messages"])
        cache.put_llm_answer(answer_key("test-model", system, question), "damaged", "test-model")
        for _ in range(2):
            assert run_check(CHECK, TALK, judge=server.judge(cache)).state is State.HOLDS
    assert len(server.requests) == 2


def test_a_simulation_reads_the_cache_and_leaves_it_alone() -> None:
    behind = MemoryAnswers()
    behind.put_llm_answer("a", "known", "m")
    front = MemoryAnswers(behind)
    front.put_llm_answer("b", "new", "m")
    assert [front.llm_answer(key) for key in "abc"] == ["known", "new", None]
    assert behind.llm_answer("b") is None


# -- settings -----------------------------------------------------------------


def test_without_an_address_there_is_no_judge() -> None:
    assert make_judge(Settings()) is None
    assert make_judge(Settings(llm_model="qwen", llm_key_env="NO_SUCH_KEY")) is None


def test_the_settings_make_a_judge_that_answers() -> None:
    with LlmServer(GOOD) as server:
        settings = Settings(llm_url=f"{server.url}/", llm_model="qwen", llm_key_env="MY_KEY", llm_timeout_s=5)
        judge = make_judge(settings, environment={"MY_KEY": " sk-1\n"})
        assert run_check(CHECK, TALK, judge=judge).state is State.HOLDS
    (request,) = server.requests
    assert judge is not None
    assert (judge.model, request.body["model"], request.path) == ("qwen", "qwen", "/v1/chat/completions")
    assert request.headers["authorization"] == "Bearer sk-1"


@pytest.mark.parametrize(
    ("given", "environment", "said"),
    [
        ({"llm_model": " "}, {}, "^llm_model: "),
        ({"llm_key_env": "MY_KEY"}, {}, "^llm_key_env: the environment holds no MY_KEY"),
        ({"llm_key_env": "MY_KEY"}, {"MY_KEY": "  "}, "^llm_key_env: "),
        ({"llm_key_env": "MY_KEY"}, {"MY_KEY": "sk-geheim\r\nX: 1"}, "^llm_key_env: MY_KEY holds characters"),
        ({"llm_key_env": "MY_KEY"}, {"MY_KEY": "sk-geheim密钥"}, "^llm_key_env: MY_KEY holds characters"),
    ],
)
def test_settings_that_do_not_fit_together_are_named(
    given: dict[str, str], environment: dict[str, str], said: str
) -> None:
    settings = Settings(**{"llm_url": "http://127.0.0.1/v1", "llm_model": "m", **given})  # type: ignore[arg-type]
    with pytest.raises(UserError, match=said) as error:
        make_judge(settings, environment=environment)
    assert "geheim" not in str(error.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/v1",
        "http://gpu01:11434/v1/",
        "https://api.example.com/v1",
        "http://[::1]:8000",
        "https://a",
    ],
)
def test_addresses_that_are_taken(url: str) -> None:
    assert Settings(llm_url=url).llm_url == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "127.0.0.1:8000/v1",
        "localhost:8000",
        "ftp://geheim.example/v1",
        "file:///etc/geheim",
        "http://",
        "http:///v1",
        "http://host:port/v1",
        "http://host:99999/v1",
        "http://host:0/v1",
        "http://[::1/v1",
        "http://me:geheim@host/v1",
        "http://host/v1?key=geheim",
        "http://host/v1#geheim",
        "http://host/v1/chat/completions",
        "http://ho st/v1",
        "http://host/v1\nX-Key: geheim",
        "javascript:alert(1)",
        " ",
    ],
)
def test_addresses_that_are_refused(url: str, folder: object) -> None:
    with pytest.raises(UserError, match=r"^command line: llm_url: ") as error:
        load_settings({"llm_url": url})
    assert "geheim" not in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "given",
    [{"llm_key_env": "sk-geheim"}, {"llm_timeout_s": 0}, {"llm_timeout_s": "nan"}, {"llm_max_retries": -1}],
    ids=str,
)
def test_other_mistakes_in_the_settings_are_named(given: dict[str, Any], folder: object) -> None:
    with pytest.raises(UserError, match=f"^command line: {next(iter(given))}: ") as error:
        load_settings(given)
    assert "geheim" not in str(error.value)


def test_the_http_library_is_loaded_by_the_first_question() -> None:
    program = (
        "import sys; import qa_pipeline.cli.main, qa_pipeline.scoring, qa_pipeline.checks.llm_judge as j;"
        "from qa_pipeline.config import Settings;"
        "j.make_judge(Settings(llm_url='http://127.0.0.1:1', llm_model='m'));"
        "sys.exit('httpx' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
