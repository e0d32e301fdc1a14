"""Servers of OpenAI's transcription protocol behind the engine protocol: recorded answers over 127.0.0.1.

Shapes: OpenAI's API reference (``CreateTranscriptionResponseVerboseJson``: words without marks, the language by name);
speaches, src/speaches/api_types.py (words with probabilities); vLLM, entrypoints/openai/speech_to_text/protocol.py
(``duration`` as a string, no words; json alone for many models).
"""

from __future__ import annotations

import json
import logging
import threading
from typing import Any

import pytest

from qa_pipeline.core.call import Doubt
from qa_pipeline.core.errors import StepFailure, UserError
from qa_pipeline.language.word_list import WordList
from qa_pipeline.transcribe.other_engines import server as server_module
from qa_pipeline.transcribe.other_engines.openai_api import OpenAiEngine, OpenAiOptions
from qa_pipeline.transcribe.other_engines.server import ServerOptions, check_address, key_in
from tests.local_server import Handler, closed_port, respond
from tests.transcribe.asr_server import AsrServer, Received, Reply, saying, sending
from tests.transcribe.engine_jobs import heard, job, recorded, times

WORDS = WordList(("星桥", "畅享卡"), "w1")
SECRET = "sk-very-secret"  # noqa: S105 - a stand-in
OPENAI, SPEACHES = recorded("openai_verbose"), recorded("speaches_verbose")
VLLM, PLAIN, REFUSAL = recorded("vllm_verbose"), recorded("vllm_json"), recorded("vllm_refuses_verbose")


def failing(engine: OpenAiEngine, *stretches: tuple[float, float]) -> StepFailure:
    (answer,) = engine.transcribe([job(list(stretches) or [(1.0, 4.0)])])
    assert isinstance(answer, StepFailure)
    return answer


def test_a_stretch_is_sent_as_sound_and_comes_back_as_words() -> None:
    with AsrServer(saying(OPENAI)) as server:
        (transcript,) = heard(server.engine(language="zh", words=WORDS, key=SECRET), job([(10.0, 13.0)]))
    (request,) = server.requests
    assert request.path == "/v1/audio/transcriptions" and request.sound_s == 3.0
    assert request["model"] == "whisper-1" and request["language"] == "zh" and request["prompt"] == "星桥，畅享卡"
    assert request["response_format"] == "verbose_json" and request["temperature"] == "0"
    assert request.fields["timestamp_granularities[]"] == ["word", "segment"]
    assert request.headers["authorization"] == f"Bearer {SECRET}"
    (segment,) = transcript.segments
    assert segment.text == "您好,我是小李。" and transcript.language == "zh"
    assert times(transcript)[:3] == [("您", 10.1, 10.34), ("好,", 10.4, 10.64), ("我", 10.7, 10.94)]
    assert segment.confidence is None


def test_auto_sends_no_language_and_reads_the_servers() -> None:
    with AsrServer(saying(OPENAI)) as server:
        (transcript,) = heard(server.engine(), job([(10.0, 13.0)]))
    (request,) = server.requests
    assert {"language", "prompt"}.isdisjoint(request.fields) and "authorization" not in request.headers
    assert transcript.language == "zh"


def test_probabilities_of_words_make_the_confidence() -> None:
    with AsrServer(saying(SPEACHES)) as server:
        (transcript,) = heard(server.engine(), job([(10.0, 13.0)]))
    (segment,) = transcript.segments
    assert [word.probability for word in segment.words] == [0.9, 0.8, 0.99, 0.95, 0.7, 0.6]
    assert segment.confidence == pytest.approx(4.94 / 6, abs=1e-4)


def test_words_inside_segments_are_found() -> None:
    with AsrServer(saying({**SPEACHES, "words": None})) as server:
        (transcript,) = heard(server.engine(), job([(10.0, 13.0)]))
    assert len(times(transcript)) == 6


@pytest.mark.parametrize(("words", "doubts"), [(WORDS, (Doubt.LISTED_WORDS,)), (WordList(), ())])
def test_only_words_that_were_sent_can_come_back_as_the_prompt(words: WordList, doubts: tuple[Doubt, ...]) -> None:
    with AsrServer(saying({"text": "星桥，畅享卡。"})) as server:
        (transcript,) = heard(server.engine(words=words), job([(10.0, 12.0)]))
    assert transcript.segments[0].doubts == doubts


def packed_answer(request: Received) -> Any:
    """Words over the three stretches of the test below: 1 s, 2 s and 1 s with 0.5 s between them."""
    said = [("您", 0.1), ("好", 0.4), ("我", 1.6), ("是", 2.0), ("小", 2.4), ("李", 2.8), ("嗯", 4.2)]
    words = [{"word": text, "start": start, "end": start + 0.2} for text, start in said]
    return respond(json.dumps({"text": "您好。我是小李，嗯", "language": "zh", "words": words}).encode())


def test_neighbours_of_a_channel_share_a_request() -> None:
    with AsrServer(packed_answer) as server:
        (transcript,) = heard(server.engine(), job([(2.0, 3.0), (8.0, 10.0), (20.0, 21.0)]))
    (request,) = server.requests
    assert request.sound_s == 5.0
    assert [segment.text for segment in transcript.segments] == ["您好。", "我是小李，", "嗯"]
    assert times(transcript)[:3] == [("您", 2.1, 2.3), ("好。", 2.4, 2.6), ("我", 8.1, 8.3)]
    assert times(transcript)[-1] == ("嗯", 20.2, 20.4)


def test_channels_and_more_than_25_s_share_none() -> None:
    with AsrServer(saying({"text": ""})) as server:
        heard(server.engine(), job([(0.0, 20.0), (21.0, 24.0), (25.0, 30.0)], [(1.0, 3.0)]))
    assert sorted(request.sound_s for request in server.requests) == [2.0, 5.0, 23.5]


def test_without_word_times_stretches_are_asked_for_alone_from_then_on() -> None:
    speech = job([(2.0, 3.0), (8.0, 10.0)])
    with AsrServer(saying(VLLM)) as server:
        engine = server.engine()
        first, second = heard(engine, speech, speech)
    assert [request.sound_s for request in server.requests[:1]] == [3.5]
    assert sorted(request.sound_s for request in server.requests[1:]) == [1.0, 1.0, 2.0, 2.0]
    assert first == second
    spans = [(s.span.start_s, s.span.end_s, s.words, s.confidence) for s in first.segments]
    assert spans == [(2.0, 3.0, (), None), (8.0, 10.0, (), None)]


def only(*forms: str) -> Reply:
    """A server that refuses every form but these."""

    def reply(request: Received) -> Any:
        form = request["response_format"]
        if form not in forms or (form != "verbose_json" and "timestamp_granularities[]" in request.fields):
            return respond(json.dumps(REFUSAL).encode(), 400)
        return (
            respond("您好，我是小李。".encode(), content_type="text/plain")
            if form == "text"
            else saying(PLAIN)(request)
        )

    return reply


@pytest.mark.parametrize("form", ["json", "text"])
def test_forms_that_a_server_does_not_know_are_asked_for_once(form: str) -> None:
    speech = job([(2.0, 3.0)])
    with AsrServer(only(form)) as server:
        first, second = heard(server.engine(), speech, speech)
    assert first == second and first.text == "您好，我是小李。" and first.language == "zh"
    asked = [request["response_format"] for request in server.requests]
    assert asked == (["verbose_json", "verbose_json", "json", *(["text"] if form == "text" else []), form])


def test_a_server_without_granularities_is_asked_without() -> None:
    def reply(request: Received) -> Any:
        refused = "timestamp_granularities[]" in request.fields
        return respond(json.dumps(REFUSAL).encode(), 400) if refused else saying(VLLM)(request)

    with AsrServer(reply) as server:
        (transcript,) = heard(server.engine(), job([(2.0, 3.0)]))
    assert transcript.text == "您好,我是小李。"


@pytest.mark.parametrize(
    ("answer", "text", "words"),
    [
        ({"text": ""}, "", 0),
        ({"text": " 。 ", "words": []}, "", 0),
        ({"text": "好的", "words": [{"word": "好", "start": 0.1, "end": 0.2}]}, "好的", 0),
        ({"text": "好", "words": [{"word": "好", "start": 0.5, "end": 99.0}]}, "好", 1),
        ({"text": "好", "words": [{"word": "好", "start": -3, "end": 0.2, "probability": 7}]}, "好", 1),
        ({"text": "好", "words": [{"word": "好", "start": 0.9, "end": 0.2}]}, "好", 0),
        ({"text": "好", "words": [{"word": 5, "start": 0.1, "end": 0.2}, "x", {"word": "好", "start": None}]}, "好", 0),
        ({"text": "好", "words": {"a": 1}, "segments": ["x", {"words": "y"}], "language": 7}, "好", 0),
        ({"text": "Hello world", "language": "martian"}, "Hello world", 0),
    ],
)
def test_odd_answers(answer: dict[str, Any], text: str, words: int) -> None:
    with AsrServer(saying(answer)) as server:
        (transcript,) = heard(server.engine(), job([(1.0, 2.0)]))
    assert transcript.text == text and len(times(transcript)) == words
    assert all(1.0 <= start <= end <= 2.0 for _, start, end in times(transcript))
    assert all(segment.confidence is None for segment in transcript.segments)


def test_numbers_that_are_none_are_left_out() -> None:
    body = b'{"text": "\xe5\xa5\xbd", "words": [{"word": "\xe5\xa5\xbd", "start": NaN, "end": Infinity}]}'
    with AsrServer(sending(body)) as server:
        (transcript,) = heard(server.engine(), job([(1.0, 2.0)]))
    assert transcript.text == "好" and times(transcript) == []


@pytest.mark.parametrize("status", [429, 500, 503])
def test_passing_failures_are_tried_again(status: int) -> None:
    with AsrServer(saying({}, status), saying({}, status, retry_after="0"), saying(OPENAI)) as server:
        (transcript,) = heard(server.engine(), job([(1.0, 4.0)]))
    assert len(server.requests) == 3 and transcript.text == "您好,我是小李。"


def test_a_server_that_stays_down_fails_the_recording_alone() -> None:
    with AsrServer(saying(OPENAI), saying({"error": "您好"}, 503)) as server:
        engine = server.engine(server={"max_retries": 2})
        answers = engine.transcribe([job([(1.0, 4.0)]), job([(1.0, 4.0)])])
    assert len(server.requests) == 1 + 3
    assert isinstance(answers[1], StepFailure) and not isinstance(answers[0], StepFailure)
    assert str(answers[1]) == "transcribe: the transcription server failed: HTTP 503"


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (sending(b"<html>", content_type="text/html; charset=utf-8"), "it sends a web page"),
        (sending(b'{"text": "\xe6\x82'), "its answer is no JSON"),
        (sending(b'{"text": "you'), "its answer is no JSON"),
        (saying({"texts": "x"}), "its answer holds no text"),
        (saying({"text": None}), "its answer holds no text"),
        (saying([1]), "its answer holds no text"),
        (saying({"text": "你," * 2_501}), "its answer is too long"),
        (sending(b'{"text": "\\ud800"}'), "its answer holds characters that are none"),
        (saying({}, 413), "HTTP 413"),
        (saying({}, 400), "HTTP 400"),
    ],
)
def test_answers_that_nobody_can_read_fail_the_recording(reply: Reply, why: str) -> None:
    with AsrServer(saying(OPENAI), reply) as server:
        engine = server.engine()
        heard(engine, job([(1.0, 4.0)]))
        assert failing(engine).reason == f"the transcription server failed: {why}"


def test_too_much_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "MAX_BODY_BYTES", 100)
    with AsrServer(saying({"text": "好"}), saying({"text": "好" * 200})) as server:
        engine = server.engine()
        heard(engine, job([(1.0, 4.0)]))
        assert "too long" in failing(engine).reason


@pytest.mark.parametrize("begins", [False, True])
def test_a_slow_server_is_given_up(begins: bool) -> None:
    """One that says nothing, and one that sends a byte now and then for ever."""

    def slow(_: Received) -> Any:
        def write(handler: Handler) -> None:
            if begins:
                handler.send_response(200)
                handler.end_headers()
            while not server.closing.wait(0.05):
                if begins:
                    handler.wfile.write(b" ")
                    handler.wfile.flush()

        return write

    server = AsrServer(slow)
    with server, pytest.raises(UserError, match=r"no answer within 0\.3 s|its answer takes too long"):
        server.engine(server={"timeout_s": 0.3}).transcribe([job([(1.0, 4.0)])])


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (saying({}, 401), "refuses access (HTTP 401); put a valid key into the variable that asr_key_env names"),
        (saying({}, 403), "refuses access (HTTP 403)"),
        (saying(recorded("openai_unknown_model"), 404), "the server has no model 'whisper-1'"),
        (saying({}, 405), "HTTP 405: nothing is at …/audio/transcriptions"),
        (sending(b"<html>", content_type="text/html"), "no transcription server answers there: it sends a web page"),
        (sending(b"", 307, location="http://127.0.0.1:1/"), "no transcription server answers there: HTTP 307"),
        (saying({"hello": 1}), "no transcription server answers there: its answer holds no text"),
    ],
)
def test_what_settings_can_mend_is_told_in_one_line(reply: Reply, message: str) -> None:
    with AsrServer(reply) as server, pytest.raises(UserError) as told:
        server.engine(key=SECRET).transcribe([job([(1.0, 4.0)])])
    assert message in str(told.value) and "\n" not in str(told.value)
    assert SECRET not in str(told.value) and server.url not in str(told.value)
    assert len(server.requests) == 1


def test_nobody_at_the_address_is_told() -> None:
    where = ServerOptions(f"http://127.0.0.1:{closed_port()}/v1", "m", first_pause_s=0.0)
    with pytest.raises(UserError, match="no transcription server answers there: it cannot be reached"):
        OpenAiEngine(where, OpenAiOptions()).transcribe([job([(1.0, 4.0)])])


def test_few_requests_at_once_and_results_in_order() -> None:
    most, now, lock = 0, 0, threading.Lock()
    together = threading.Barrier(4)

    def reply(request: Received) -> Any:
        nonlocal most, now
        with lock:
            now += 1
            most = max(most, now)
        if len(server.requests) > 1:
            together.wait(10)  # passes only while four are being answered
        with lock:
            now -= 1
        return saying({"text": f"{round(request.sound_s)}", "language": "zh"})(request)

    server = AsrServer(reply)
    channel = [(0.0, 14.0), (15.0, 28.0), (29.0, 41.0), (42.0, 60.0), (61.0, 80.0), (81.0, 101.0), (102.0, 123.0)]
    channel += [(124.0, 146.0), (147.0, 170.0)]
    with server:
        (transcript,) = heard(server.engine(), job(channel, seconds=171.0))
    assert [segment.text for segment in transcript.segments] == ["14", "13", "12", "18", "19", "20", "21", "22", "23"]
    assert most == 4


def test_nothing_of_words_or_key_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with AsrServer(saying(OPENAI), saying({"error": "您好"}, 400)) as server:
        engine = server.engine(key=SECRET, words=WORDS)
        heard(engine, job([(1.0, 4.0)]))
        failure = failing(engine)
    written = f"{caplog.text} {failure} {engine!r} {ServerOptions('http://127.0.0.1/v1', 'm', SECRET)!r}"
    assert SECRET not in written and "您好" not in written and "星桥" not in written


def test_silence_asks_nothing() -> None:
    with AsrServer(saying(OPENAI)) as server:
        (transcript,) = heard(server.engine(), job([], []))
    assert transcript.segments == () and server.requests == []


def test_made_by_names_what_changes_the_words() -> None:
    def made(url: str = "https://asr.example/v1", model: str = "m", **options: Any) -> Any:
        return OpenAiEngine(ServerOptions(url, model, SECRET), OpenAiOptions(**options)).made_by

    assert made() == made("https://asr.example/v1/") and "example" not in str(made()) and SECRET not in str(made())
    others = [made("https://other.example/v1"), made(model="n"), made(language="zh"), made(words=WORDS)]
    assert len({made(), *others}) == 5


def test_addresses_that_recordings_may_not_go_to(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {"asr.lan.example": "10.1.2.3", "asr.example": "93.184.216.34"}

    def resolve(host: str, port: object) -> list[Any]:
        if host not in names:
            raise OSError("unknown")
        return [(2, 1, 6, "", (names[host], 0))]

    monkeypatch.setattr(server_module.socket, "getaddrinfo", resolve)
    for url in ("http://127.0.0.1:8000/v1", "http://[::1]/v1", "http://192.168.1.5/v1", "https://asr.example/v1"):
        check_address(url)
    check_address("http://asr.lan.example:8000/v1")
    refused = {
        "": "set asr_url",
        "http://asr.example/v1": "would leave unencrypted",
        "http://93.184.216.34/v1": "would leave unencrypted",
        "http://nowhere.example/v1": "no machine of that name",
        "https://asr.example/v1/audio/transcriptions": "leave out /audio/transcriptions",
    }
    for url, why in refused.items():
        with pytest.raises(UserError, match=why):
            check_address(url)


def test_keys_come_from_the_environment_alone() -> None:
    assert key_in("", {"K": SECRET}) == "" and key_in("K", {"K": f" {SECRET}\n"}) == SECRET
    for environment in ({}, {"K": " "}, {"K": "a b"}, {"K": "钥匙"}):
        with pytest.raises(UserError, match="asr_key_env"):
            key_in("K", environment)
