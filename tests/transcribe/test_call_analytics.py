"""Output of Amazon Transcribe Call Analytics: turns, words, interruptions and overlaps; what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa_pipeline.core.call import Role
from qa_pipeline.core.errors import UserError
from qa_pipeline.core.facts import Overlap, OverlapKind
from qa_pipeline.core.span import Span
from qa_pipeline.transcribe.imported import ImportedCall, read_transcripts

SPOKEN = "机密原话"


def word(text: str, begin: int, end: int, confidence: float | None = 0.9) -> dict[str, Any]:
    found = {"Type": "pronunciation", "Content": text, "BeginOffsetMillis": begin, "EndOffsetMillis": end}
    return found if confidence is None else {**found, "Confidence": confidence}


def turn(role: str, *items: dict[str, Any], text: str | None = None, **more: Any) -> dict[str, Any]:
    """A turn from its first to its last word; marks have no times."""
    timed = [item for item in items if "BeginOffsetMillis" in item]
    return {
        "ParticipantRole": role,
        "Content": text if text is not None else " ".join(item["Content"] for item in items),
        "BeginOffsetMillis": timed[0]["BeginOffsetMillis"] if timed else 0,
        "EndOffsetMillis": timed[-1]["EndOffsetMillis"] if timed else 1000,
        "Items": list(items),
        "LoudnessScores": [80.1],
        "Sentiment": "NEUTRAL",
        **more,
    }


def analysed(*turns: dict[str, Any], interruptions: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    by = {"Interruptions": {"TotalCount": 0, "InterruptionsByInterrupter": interruptions or {}}}
    return {"LanguageCode": "en-US", "Transcript": list(turns), "ConversationCharacteristics": by, **more}


def read(folder: Path, raw: Any, name: str = "call-7.json") -> ImportedCall:
    (folder / name).write_text(json.dumps(raw), encoding="utf-8")
    (call,) = read_transcripts(folder / name)
    return call


HELLO = turn("AGENT", word("Hello", 100, 500), word("there", 500, 900), {"Type": "punctuation", "Content": "."})
WELL = turn("CUSTOMER", word("Well", 1000, 1400, 0.5), word("[PII]", 1400, 2400, None), text="Well [PII]")


def test_turns_have_roles_times_words_and_confidence(tmp_path: Path) -> None:
    call = read(tmp_path, analysed(HELLO, WELL))
    agent, customer = call.conversation.turns
    assert (call.call_id, call.conversation.language) == ("call-7", "en")
    assert (agent.role, agent.span, agent.text) == (Role.AGENT, Span(0.1, 0.9), "Hello there .")
    assert [(w.text, w.span, w.probability) for w in agent.words] == [
        ("Hello", Span(0.1, 0.5), 0.9),
        ("there", Span(0.5, 0.9), 0.9),
    ]
    assert (customer.role, customer.confidence) == (Role.CUSTOMER, 0.5)
    assert customer.words[1].probability is None


def test_turns_are_put_in_order_and_silent_ones_left_out(tmp_path: Path) -> None:
    silent = turn("AGENT", text="  ")
    call = read(tmp_path, analysed(WELL, silent, HELLO))
    assert [t.role for t in call.conversation.turns] == [Role.AGENT, Role.CUSTOMER]


@pytest.mark.parametrize(("code", "language"), [("zh-CN", "zh"), ("en-US", "en"), ("", "zh"), ("Chinese", "zh")])
def test_the_language_is_the_file_s_own_where_it_names_one(tmp_path: Path, code: str, language: str) -> None:
    assert read(tmp_path, analysed(HELLO, LanguageCode=code)).conversation.language == language


def long_turn(role: str, begin: int, end: int, text: str = "word") -> dict[str, Any]:
    return turn(role, word(text, begin, end))


@pytest.mark.parametrize(("who", "by_agent"), [("AGENT", True), ("CUSTOMER", False)])
def test_interruptions_keep_who_came_in(tmp_path: Path, who: str, by_agent: bool) -> None:
    found = {who: [{"BeginOffsetMillis": 2000, "EndOffsetMillis": 3500, "DurationMillis": 1500}]}
    turns = long_turn("CUSTOMER", 0, 3500), long_turn("AGENT", 2000, 5000)
    call = read(tmp_path, analysed(*turns, interruptions=found))
    assert call.annotations.overlaps == (Overlap(Span(2.0, 3.5), by_agent, OverlapKind.INTERRUPTION),)


def test_overlaps_that_nobody_counted_follow_from_words(tmp_path: Path) -> None:
    customer = turn("CUSTOMER", word("one", 0, 1000), word("two", 2000, 3000), word("three", 3100, 4000))
    agent = turn("AGENT", word("Wait", 900, 2100), word("now", 6000, 6500))
    assert read(tmp_path, analysed(customer, agent)).annotations.overlaps == (
        Overlap(Span(0.9, 1.0), True, OverlapKind.TALK),
        Overlap(Span(2.0, 2.1), True, OverlapKind.TALK),
    )


def test_a_listener_s_sign_is_no_interruption_of_its_own(tmp_path: Path) -> None:
    call = read(tmp_path, analysed(long_turn("CUSTOMER", 0, 5000), long_turn("AGENT", 2000, 2400, "Mhm")))
    assert call.annotations.overlaps == (Overlap(Span(2.0, 2.4), True, OverlapKind.BACKCHANNEL),)


def test_both_at_the_same_moment_have_nobody_who_came_in(tmp_path: Path) -> None:
    call = read(tmp_path, analysed(long_turn("CUSTOMER", 0, 900), long_turn("AGENT", 0, 400, "Mhm")))
    assert call.annotations.overlaps == (Overlap(Span(0.0, 0.4), None, OverlapKind.TALK),)


@pytest.mark.parametrize("begin", [1000, 950, 910])
def test_turns_that_touch_do_not_overlap(tmp_path: Path, begin: int) -> None:
    call = read(tmp_path, analysed(long_turn("CUSTOMER", 0, 1000), long_turn("AGENT", begin, 3000)))
    assert call.annotations.overlaps == ()


def test_turns_without_words_are_heard_from_end_to_end(tmp_path: Path) -> None:
    silent = {"ParticipantRole": "AGENT", "Content": "Yes sir", "BeginOffsetMillis": 500, "EndOffsetMillis": 3000}
    call = read(tmp_path, analysed(long_turn("CUSTOMER", 0, 1000), silent))
    assert call.annotations.overlaps == (Overlap(Span(0.5, 1.0), True, OverlapKind.TALK),)


def test_a_file_without_characteristics_is_read(tmp_path: Path) -> None:
    call = read(tmp_path, {"Transcript": [HELLO]})
    assert (len(call.conversation.turns), call.annotations.overlaps) == (1, ())


TIMED = {"ParticipantRole": "AGENT", "Content": SPOKEN, "BeginOffsetMillis": 0, "EndOffsetMillis": 10}
BAD: dict[str, Any] = {
    "not a list": {"Transcript": SPOKEN},
    "nothing": {"Transcript": []},
    "null": {"Transcript": None, "ConversationCharacteristics": {}},
    "turn is text": {"Transcript": [SPOKEN]},
    "no role": {"Transcript": [{k: v for k, v in TIMED.items() if k != "ParticipantRole"}]},
    "other role": {"Transcript": [{**TIMED, "ParticipantRole": SPOKEN}]},
    "no times": {"Transcript": [{"ParticipantRole": "AGENT", "Content": SPOKEN}]},
    "negative": {"Transcript": [{**TIMED, "BeginOffsetMillis": -1}]},
    "backwards": {"Transcript": [{**TIMED, "BeginOffsetMillis": 11}]},
    "time is text": {"Transcript": [{**TIMED, "EndOffsetMillis": SPOKEN}]},
    "time without end": {"Transcript": [{**TIMED, "EndOffsetMillis": 10**400}]},
    "content is a list": {"Transcript": [{**TIMED, "Content": [SPOKEN]}]},
    "items are text": {"Transcript": [{**TIMED, "Items": SPOKEN}]},
    "word without text": {"Transcript": [{**TIMED, "Items": [{"Type": "pronunciation"}]}]},
    "word before zero": {"Transcript": [{**TIMED, "Items": [word(SPOKEN, -5, 5)]}]},
    "word backwards": {"Transcript": [{**TIMED, "Items": [word(SPOKEN, 5, 4)]}]},
    "confidence": {"Transcript": [{**TIMED, "Items": [word(SPOKEN, 0, 5, 7.0)]}]},
    "interruptions": analysed(TIMED, interruptions={"AGENT": SPOKEN}),
    "interruption": analysed(TIMED, interruptions={"CUSTOMER": [{"BeginOffsetMillis": 5, "EndOffsetMillis": 1}]}),
    "characteristics": {"Transcript": [TIMED], "ConversationCharacteristics": [SPOKEN]},
    "language": {"Transcript": [TIMED], "LanguageCode": {SPOKEN: 1}},
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_one_line_without_words_of_the_call(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError) as error:
        read(tmp_path, BAD[name])
    message = str(error.value)
    assert message.startswith(str(tmp_path / "call-7.json"))
    assert "\n" not in message
    assert SPOKEN not in message


def test_the_place_of_a_mistake_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"Transcript\.1\.BeginOffsetMillis: Input should be greater than or equal"):
        read(tmp_path, {"Transcript": [HELLO, {**TIMED, "BeginOffsetMillis": -1}]})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*TIMED, "Items", "AGENT"]), inner),
    max_leaves=12,
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(JSON, JSON)
def test_any_values_are_read_or_refused(tmp_path: Path, transcript: Any, characteristics: Any) -> None:
    raw = {"Transcript": transcript, "ConversationCharacteristics": characteristics}
    try:
        assert read(tmp_path, raw).conversation.turns
    except UserError as error:
        assert "\n" not in str(error)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9000), st.integers(1, 3000)), min_size=1, max_size=8))
def test_overlaps_lie_in_speech_of_both(tmp_path: Path, spoken: list[tuple[bool, int, int]]) -> None:
    turns = [long_turn("AGENT" if agent else "CUSTOMER", begin, begin + length) for agent, begin, length in spoken]
    call = read(tmp_path, analysed(*turns))
    heard = {role: [t.span for t in call.conversation.turns if t.span and t.role is role] for role in Role}
    for overlap in call.annotations.overlaps or ():
        for role in (Role.AGENT, Role.CUSTOMER):
            assert any(s.start_s <= overlap.span.start_s and overlap.span.end_s <= s.end_s for s in heard[role])
