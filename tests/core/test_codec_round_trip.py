"""Core values to JSON and back: what comes out equals what went in, and wrong JSON is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from qa_pipeline.core.call import (
    Call,
    CallMetadata,
    CallOutcome,
    ChannelQuality,
    Conversation,
    Direction,
    MadeBy,
    Recording,
    Role,
    RoleDecision,
    Segment,
    Stage,
    StageSpan,
    TalkFacts,
    Transcript,
    Turn,
    Word,
)
from qa_pipeline.core.facts import Act, Fact, Overlap, TurnVoice
from qa_pipeline.core.score import (
    Decider,
    Evidence,
    Fatal,
    Frame,
    How,
    Outcome,
    PointKind,
    Quote,
    Reason,
    Scorecard,
    Severity,
    Verdict,
)
from qa_pipeline.core.span import Span
from qa_pipeline.store.codec import decode, encode
from tests.factories import A, C, call, outcome, recording, scorecard, timed

HOSTILE = ["<script>alert(1)</script>", "'; DROP TABLE calls;--", '"\\\x00\x1f\u2028', "=1+1", "好\U0001f600 ﷽", "null"]

texts = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=12))
names = st.text(min_size=1, max_size=8)
seconds = st.floats(0, 1e6, allow_nan=False)
shares = st.floats(0, 1)
maybe_share = st.none() | shares
maybe_text = st.none() | texts
maybe_bool = st.none() | st.booleans()
levels = st.floats(-200, 10)
zones = st.none() | st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
spans = st.tuples(seconds, seconds).map(lambda pair: Span(min(pair), max(pair)))
word_values = st.builds(Word, texts, spans, maybe_share)
made_by = st.builds(MadeBy, names, names, texts, texts, texts)
quality = st.builds(ChannelQuality, st.integers(0, 1), levels, levels, shares, shares, st.booleans())
recordings = st.builds(
    Recording,
    path=texts,
    sha256=texts,
    size_bytes=st.integers(0, 2**53),
    container=texts,
    codec=texts,
    sample_rate_hz=st.integers(1, 192_000),
    channels=st.integers(1, 8),
    duration_s=seconds,
    header_duration_s=st.none() | seconds,
    quality=st.lists(quality, max_size=2).map(tuple),
    identical_channels=st.booleans(),
    truncated=st.booleans(),
)
metadata = st.builds(
    CallMetadata,
    agent_id=maybe_text,
    agent_name=maybe_text,
    team=maybe_text,
    started_at=st.none() | st.datetimes(timezones=zones),
    direction=st.none() | st.sampled_from(Direction),
    customer_id=maybe_text,
    connected=maybe_bool,
    outcome=st.none() | st.sampled_from(CallOutcome),
    amount=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    refunded=maybe_bool,
    wrap_up_s=st.none() | seconds,
    agent_channel=st.none() | st.integers(0, 1),
    extra=st.dictionaries(texts, texts, max_size=3),
)


@st.composite
def transcripts(draw: st.DrawFn) -> Transcript:
    segments = draw(st.lists(st.builds(Segment, st.integers(0, 1), spans, texts, st.just(()), maybe_share), max_size=4))
    ordered = tuple(sorted(segments, key=lambda s: s.span.start_s))
    speech = draw(st.lists(st.lists(spans, max_size=2).map(tuple), max_size=2))
    return Transcript(draw(names), draw(maybe_share), ordered, tuple(speech))


@st.composite
def conversations(draw: st.DrawFn) -> Conversation:
    times = sorted(draw(st.lists(spans, max_size=4)))
    roles = draw(st.lists(st.builds(RoleDecision, st.integers(0, 1), st.sampled_from(Role), texts, maybe_share)))
    turns = []
    for index, span in enumerate(times):
        timed_words = tuple(draw(st.lists(word_values, max_size=2)))
        said = draw(st.sampled_from([span, None])) if not timed_words else span
        role, channel = draw(st.sampled_from(Role)), draw(st.none() | st.integers(0, 1))
        turns.append(Turn(index, role, draw(texts), said, channel, timed_words, draw(maybe_share)))
    return Conversation(draw(names), tuple(turns), tuple(roles))


acts = st.builds(Act, names, maybe_share, texts)
voices = st.builds(TurnVoice, *[st.none() | st.floats(allow_nan=False, allow_infinity=False)] * 5)


def per_turn(size: int, values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    """One value per turn, or nothing."""
    return st.just(()) | st.tuples(*[values] * size)


def facts(size: int) -> st.SearchStrategy[Fact]:
    return st.builds(
        lambda name, value, turn, a, b, number, unit: Fact(name, value, turn, min(a, b), max(a, b), number, unit),
        *[names, texts, st.integers(0, size - 1), st.integers(0, 9), st.integers(0, 9), st.none() | levels, texts],
    )


@st.composite
def calls(draw: st.DrawFn) -> Call:
    conversation = draw(conversations())
    size = len(conversation.turns)
    return Call(
        call_id=draw(names.filter(str.strip)),
        conversation=conversation,
        turn_stages=tuple(draw(st.sampled_from(Stage)) for _ in range(size if draw(st.booleans()) else 0)),
        stages=(StageSpan(Stage.CLOSE, 0, size, draw(st.none() | spans)),),
        metadata=draw(metadata),
        recording=draw(st.none() | recordings),
        talk=draw(
            st.none() | st.builds(TalkFacts, st.none() | seconds, st.none() | seconds, st.none(), seconds, seconds)
        ),
        confidence=draw(maybe_share),
        made_by=tuple(draw(st.lists(made_by, max_size=2))),
        turn_acts=draw(per_turn(size, st.lists(acts, max_size=2).map(tuple))),
        turn_voices=draw(per_turn(size, voices)),
        facts=draw(st.none() | st.lists(facts(size), max_size=2).map(tuple)) if size else None,
        overlaps=draw(st.none() | st.lists(st.builds(Overlap, spans, maybe_bool), max_size=2).map(tuple)),
        ended_by=draw(st.none() | st.sampled_from(Role)),
    )


quotes = st.builds(
    lambda turn, a, b, *more: Quote(turn, min(a, b), max(a, b), *more),
    *[st.integers(0, 99)] * 3,
    st.none() | spans,
    texts,
    st.none() | st.sampled_from(How),
    maybe_share,
)
values = texts | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
reasons = st.builds(Reason, names, st.dictionaries(texts, values, max_size=3))


frames = st.builds(Frame, st.floats(0, 100), st.none() | st.floats(-50, 0), st.none() | st.floats(1, 200))


@st.composite
def scorecards(draw: st.DrawFn) -> Scorecard:
    outcomes = []
    for index in range(draw(st.integers(0, 3))):
        verdict = draw(st.sampled_from(Verdict))
        hits, nearest = tuple(draw(st.lists(quotes, max_size=2))), draw(st.none() | quotes)
        evidence = Evidence(hits, (0, 3) if verdict.counts else (), draw(st.none() | spans), nearest)
        kind = draw(st.sampled_from(PointKind))
        points = draw(st.floats(0, 10)) * (-1 if kind is PointKind.DEDUCTED else 1) if verdict.counts else None
        more = [draw(st.sampled_from([None, *Fatal])), draw(st.sampled_from(Severity)), draw(st.sampled_from(Decider))]
        section = draw(st.sampled_from(["s", "t"]))
        outcomes.append(Outcome(f"c{index}", section, verdict, draw(reasons), evidence, points, 10.0, kind, *more))
    lines = [draw(st.none() | st.floats(0, 100)), draw(st.floats(0, 100)), draw(st.none() | st.floats(-10, 100))]
    sections = draw(st.dictionaries(st.sampled_from(["s", "t"]), frames))
    return Scorecard(
        draw(texts), draw(texts), "1.0", "ab", tuple(outcomes), draw(made_by), *lines, draw(frames), sections
    )


def round_trip(value: Any) -> Any:
    return decode(type(value), encode(value))


@given(st.one_of(spans, word_values, recordings, transcripts(), metadata, reasons))
def test_small_values_come_back_equal(value: object) -> None:
    assert round_trip(value) == value


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(calls())
def test_calls_come_back_equal(value: Call) -> None:
    again = round_trip(value)
    assert again == value
    assert round_trip(value.conversation) == value.conversation
    assert [round_trip(turn) for turn in value.turns] == list(value.turns)
    assert encode(again) == encode(value)


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(scorecards())
def test_scorecards_come_back_equal_with_their_figures(value: Scorecard) -> None:
    again = round_trip(value)
    assert again == value
    assert (again.points, again.percent, again.passed) == (value.points, value.percent, value.passed)


@pytest.mark.parametrize("zone", [None, UTC, timezone(timedelta(hours=8))])
def test_started_at_keeps_its_zone_and_gets_none_of_its_own(zone: timezone | None) -> None:
    started = datetime(2026, 11, 3, 14, 5, tzinfo=zone)
    again = round_trip(CallMetadata(started_at=started)).started_at
    assert again == started
    assert again.utcoffset() == started.utcoffset()


def test_absent_stays_absent_and_false_stays_false() -> None:
    again = round_trip(CallMetadata(connected=False, amount=0.0))
    assert (again.connected, again.amount, again.refunded, again.agent_id) == (False, 0.0, None, None)


@pytest.mark.parametrize("values", [{"n": 1}, {"n": 1.0}, {"n": "1"}, {"n": "true"}])
def test_reason_values_keep_their_type(values: dict[str, str | int | float]) -> None:
    again = round_trip(Reason("x", values)).values
    assert type(again["n"]) is type(values["n"])


def test_tuples_and_enums_come_back_as_such() -> None:
    again = round_trip(call(*timed((A, "您好"), (C, "好")), stages="oc", word_size=1, recording_s=9.0))
    assert isinstance(again.turns, tuple)
    assert again.turns[0].role is Role.AGENT
    assert again.turn_stages[1] is Stage.CLOSE
    assert again.turns[0].words[1] == Word("好", Span(1.0, 2.0), 0.9)


WRONG: list[tuple[type[Any], str]] = [
    (Span, ""),
    (Span, "not json"),
    (Span, "null"),
    (Span, "[]"),
    (Span, '{"start_s": 1}'),
    (Span, '{"start_s": 2, "end_s": 1}'),
    (Span, '{"start_s": "soon", "end_s": 1}'),
    (Span, '{"start_s": NaN, "end_s": 1}'),
    (Span, '{"start_s": 0, "end_s": 1'),
    (Turn, '{"index": 0, "role": "boss", "text": ""}'),
    (Turn, '{"index": -1, "role": "agent", "text": ""}'),
    (Turn, '{"index": 0, "role": "agent", "text": 5}'),
    (CallMetadata, '{"started_at": "soon"}'),
    (CallMetadata, '{"outcome": "maybe"}'),
    (Conversation, '{"language": "zh", "turns": [{"index": 1, "role": "agent", "text": ""}]}'),
    (Call, '{"call_id": "", "conversation": {"language": "zh", "turns": []}}'),
    (Quote, '{"turn": 0, "start": 3, "end": 1}'),
    (Quote, '{"turn": 0, "start": 0, "end": 1, "how": "guess"}'),
    (Fact, '{"name": "price", "value": "1", "turn": -1, "start": 0, "end": 1}'),
    (Act, '{"name": "greet", "probability": 2}'),
    (Frame, '{"start": 0, "floor": 2, "ceiling": 1}'),
    (Outcome, '{"criterion_id": "a", "section_id": "s", "verdict": "perhaps"}'),
]


@pytest.mark.parametrize(("kind", "text"), WRONG)
def test_wrong_json_is_refused(kind: type[Any], text: str) -> None:
    with pytest.raises(ValidationError):
        decode(kind, text)


def test_stored_verdict_without_evidence_is_refused_when_read() -> None:
    stored = encode(scorecard(outcome())).replace('"searched":[0]', '"searched":[]')
    with pytest.raises(ValidationError, match="a verdict without evidence"):
        decode(Scorecard, stored)


def test_one_kind_of_value_is_not_read_as_another() -> None:
    with pytest.raises(ValidationError):
        decode(Call, encode(recording()))
