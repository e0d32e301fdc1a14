"""Transcripts made elsewhere: every form that is read, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa_pipeline.core.call import Role
from qa_pipeline.core.errors import UserError
from qa_pipeline.core.span import Span
from qa_pipeline.transcribe.imported import ImportedCall, read_transcripts, role_of

SPOKEN = "机密原话"


def read(folder: Path, name: str, content: str | bytes | Any) -> ImportedCall:
    path = folder / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    (call,) = read_transcripts(path)
    return call


def rows(call: ImportedCall) -> list[tuple[str, str, Span | None]]:
    return [(turn.role.value, turn.text, turn.span) for turn in call.conversation.turns]


def test_faster_whisper_json_gives_times_words_and_language(tmp_path: Path) -> None:
    words = [{"word": "Hi", "start": 1.0, "end": 1.5, "probability": 0.8}]
    raw = {"language": "en", "segments": [{"text": " Hi ", "start": 1.0, "end": 2.0, "words": words}]}
    call = read(tmp_path, "call-7.json", raw)
    assert (call.call_id, call.conversation.language) == ("call-7", "en")
    assert rows(call) == [("unknown", "Hi", Span(1, 2))]
    assert call.conversation.turns[0].words[0].probability == 0.8


def test_openai_verbose_json_keeps_the_asked_language_where_it_names_one_in_words(tmp_path: Path) -> None:
    raw = {"task": "transcribe", "language": "chinese", "segments": [{"id": 0, "text": "您好", "start": 0, "end": 1}]}
    call = read(tmp_path, "a.json", raw)
    assert call.conversation.language == "zh"
    assert rows(call) == [("unknown", "您好", Span(0, 1))]


def test_whisperx_speakers_stay_unknown_and_words_without_times_are_left_out(tmp_path: Path) -> None:
    words = [{"word": "您", "start": 0.1, "end": 0.3, "score": 0.7}, {"word": "3"}, {"word": "x", "score": 5}]
    raw = {"segments": [{"text": "您3", "start": 0, "end": 1, "speaker": "SPEAKER_00", "words": words}]}
    (turn,) = read(tmp_path, "a.json", raw).conversation.turns
    assert turn.role is Role.UNKNOWN
    assert [(word.text, word.probability) for word in turn.words] == [("您", 0.7)]


def test_a_plain_list_of_segments_with_roles_is_put_in_order_of_time(tmp_path: Path) -> None:
    raw = [
        {"role": "customer", "text": "喂", "start": 5, "end": 6},
        {"role": "agent", "text": "您好", "start": 1, "end": 2},
    ]
    assert rows(read(tmp_path, "a.json", raw)) == [("agent", "您好", Span(1, 2)), ("customer", "喂", Span(5, 6))]


def test_one_segment_without_times_leaves_none_with_times_and_the_order_of_the_file(tmp_path: Path) -> None:
    raw = [{"text": "一", "start": 5, "end": 6}, {"text": "二"}, {"text": "三", "start": 1, "end": 2}]
    assert [(text, span) for _, text, span in rows(read(tmp_path, "a.json", raw))] == [
        ("一", None),
        ("二", None),
        ("三", None),
    ]


@pytest.mark.parametrize("end", ["1", "Infinity"])
def test_impossible_times_are_no_times(tmp_path: Path, end: str) -> None:
    call = read(tmp_path, "a.json", f'[{{"text": "一", "start": 5, "end": {end}}}]')
    assert rows(call) == [("unknown", "一", None)]


SRT = "1\n00:00:01,000 --> 00:00:02,500\n坐席：您好\n\n2\n00:00:03,000 --> 00:00:04,000\n客户: 喂\n"


@pytest.mark.parametrize(
    "content",
    [
        SRT.encode(),
        b"\xef\xbb\xbf" + SRT.encode(),
        SRT.replace("\n", "\r\n").encode(),
        SRT.replace("\n", "\r").encode(),
        SRT.replace(",", ".").encode(),
        SRT.encode("gb18030"),
        ("\n\n\n" + SRT.replace("\n\n", "\n\n \n\n")).encode(),
    ],
    ids=["plain", "BOM", "CRLF", "CR", "dots", "GB18030", "blank lines"],
)
def test_srt_in_every_dress(tmp_path: Path, content: bytes) -> None:
    assert rows(read(tmp_path, "a.srt", content)) == [
        ("agent", "您好", Span(1.0, 2.5)),
        ("customer", "喂", Span(3.0, 4.0)),
    ]


def test_webvtt_with_voices(tmp_path: Path) -> None:
    text = (
        "WEBVTT\n\nNOTE made by x\n\n00:01.000 --> 00:02.000 align:start\n<v 坐席>您好<c.loud>吗</c>\n\n"
        "01:00:03.500 --> 01:00:04.000\n<v.first 客户2>喂\n\n01:00:05.000 --> 01:00:06.000\n<v 王总>嗯\n"
    )
    assert rows(read(tmp_path, "a.vtt", text)) == [
        ("agent", "您好吗", Span(1, 2)),
        ("customer", "喂", Span(3603.5, 3604)),
        ("unknown", "嗯", Span(3605, 3606)),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_plain_dialogue_with_either_colon(tmp_path: Path, encoding: str) -> None:
    text = "坐席：您好\r\n客户: 喂\r\n\r\n【客服1】：在吗\r\n接着说\r\n"
    assert rows(read(tmp_path, "a.txt", text.encode(encoding))) == [
        ("agent", "您好", None),
        ("customer", "喂", None),
        ("agent", "在吗接着说", None),
    ]


def test_continued_english_lines_keep_a_space(tmp_path: Path) -> None:
    text = "Agent: Hello there\nhow are you\nCustomer: Fine\n"
    assert rows(read(tmp_path, "a.txt", text))[0] == ("agent", "Hello there how are you", None)


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("坐席", "agent"),
        ("客服 02", "agent"),
        ("Agent_1", "agent"),
        ("SALES", "agent"),
        ("客户", "customer"),
        ("caller-2", "customer"),
        ("SPEAKER_00", "unknown"),
        ("A", "unknown"),
        ("", "unknown"),
    ],
)
def test_names_of_the_parties(name: str, role: str) -> None:
    assert role_of(name) == role


def test_labelled_calls_are_imported_with_their_own_ids(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "x", "agent_id": "A1", "turns": [{"role": "agent", "text": "您好"}]}\n', encoding="utf-8")
    (call,) = read_transcripts(path)
    assert (call.call_id, call.metadata.agent_id) == ("x", "A1")


BAD = {
    "binary.txt": b"\x00\x01\x02\xff\xfe" * 9,
    "empty.txt": b"",
    "blank.srt": b" \n\n ",
    "essay.txt": f"这里没有对话{SPOKEN}".encode(),
    "list.json": json.dumps([SPOKEN]).encode(),
    "object.json": json.dumps({"text": SPOKEN}).encode(),
    "number.json": b"7",
    "broken.json": b'{"segments": [{"text": "' + SPOKEN.encode(),
    "negative.json": json.dumps([{"text": SPOKEN, "start": -1, "end": 2}]).encode(),
    "nan.json": b'[{"text": "x", "start": NaN, "end": 1}]',
    "type.json": json.dumps([{"text": [SPOKEN]}]).encode(),
    "no-text.json": json.dumps({"segments": [{"text": "  "}]}).encode(),
    "deep.json": b"[" * 100_000,
    "long-number.json": b"[" + b"9" * 5000 + b"]",
    "times.srt": f"1\n00:00:xx --> 00:00:02,000\n{SPOKEN}\n".encode(),
    "only-times.vtt": b"WEBVTT\n\n00:01.000 --> 00:02.000\n",
    " .txt": "坐席：您好".encode(),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_transcript_is_refused_in_one_line_without_its_words(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError) as error:
        read(tmp_path, name, BAD[name])
    message = str(error.value)
    assert message.startswith(str(tmp_path / name))
    assert "\n" not in message
    assert SPOKEN not in message


def test_a_bad_time_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"a\.srt:11: the time line"):
        read(tmp_path, "a.srt", SRT + "\n\n3\n00:99 --> x\n不对\n")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.sampled_from([".json", ".srt", ".txt", ".vtt", ".jsonl"]))
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"any{suffix}"
    path.write_bytes(content)
    try:
        assert read_transcripts(path)
    except UserError as error:
        assert str(error).startswith(str(path))


def test_a_name_that_is_too_long_for_a_call_id_is_told(tmp_path: Path) -> None:
    path = tmp_path / f"{'x' * 201}.txt"
    path.write_text("坐席：您好\n客户：你好\n", encoding="utf-8")
    with pytest.raises(UserError, match="more than 200 characters; shorten it"):
        read_transcripts(path, "zh")
