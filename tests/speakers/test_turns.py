"""Segments of all channels to turns."""

from __future__ import annotations

import pytest

from qa_pipeline.core.call import CallMetadata, Conversation, Recording, Role, Segment, Transcript, Word
from qa_pipeline.core.span import Span
from qa_pipeline.speakers.turns import TurnOptions, build_conversation
from tests.factories import A, C, U, recording

KNOWN = CallMetadata(agent_channel=0)


def segment(channel: int, start_s: float, end_s: float, text: str = "好", confidence: float | None = None) -> Segment:
    return Segment(channel, Span(start_s, end_s), text, (Word(text, Span(start_s, end_s)),), confidence)


def conversation(*segments: Segment, source: Recording | None = None) -> Conversation:
    ordered = sorted(segments, key=lambda s: s.span.start_s)
    return build_conversation(source or recording(), Transcript("zh", None, tuple(ordered)), KNOWN, None)


def shape(found: Conversation) -> list[tuple[Role, float, float]]:
    return [(turn.role, turn.span.start_s, turn.span.end_s) for turn in found.turns if turn.span]


def test_segments_of_one_party_join_until_the_other_speaks() -> None:
    found = conversation(segment(0, 0, 1), segment(0, 1.5, 2), segment(1, 2, 3), segment(0, 3, 4))
    assert shape(found) == [(A, 0, 2), (C, 2, 3), (A, 3, 4)]
    assert [len(turn.words) for turn in found.turns] == [2, 1, 1]


@pytest.mark.parametrize(("pause_s", "turns"), [(1.5, 1), (1.51, 2)])
def test_a_long_pause_ends_a_turn(pause_s: float, turns: int) -> None:
    assert len(conversation(segment(0, 0, 1), segment(0, 1 + pause_s, 4)).turns) == turns


def test_the_pause_can_be_set() -> None:
    transcript = Transcript("zh", None, (segment(0, 0, 1), segment(0, 4, 5)))
    assert len(build_conversation(recording(), transcript, KNOWN, None, TurnOptions(3.0)).turns) == 1


def test_overlaps_keep_their_times() -> None:
    found = conversation(segment(0, 0, 10), segment(1, 3, 4), segment(0, 10.5, 11))
    assert shape(found) == [(A, 0, 10), (C, 3, 4), (A, 10.5, 11)]


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        ("您好，", "我是", "您好，我是"),
        ("hello", "world", "hello world"),
        ("我用", "wifi", "我用wifi"),
        ("wifi", "很慢", "wifi很慢"),
        (" hi ", " there ", "hi there"),
    ],
)
def test_text_is_joined_as_its_script_asks(first: str, second: str, joined: str) -> None:
    (turn,) = conversation(segment(0, 0, 1, first), segment(0, 1, 2, second)).turns
    assert turn.text == joined


def test_confidence_counts_by_characters() -> None:
    (turn,) = conversation(segment(0, 0, 1, "一二三", 0.9), segment(0, 1, 2, "四", 0.5)).turns
    assert turn.confidence == pytest.approx((3 * 0.9 + 0.5) / 4)


def test_unknown_confidence_is_left_out_and_not_guessed() -> None:
    (turn,) = conversation(segment(0, 0, 1, "一", 0.8), segment(0, 1, 2, "二三四")).turns
    assert turn.confidence == 0.8
    assert conversation(segment(0, 0, 1)).turns[0].confidence is None


def test_mono_keeps_segments_apart_and_roles_unknown() -> None:
    found = conversation(segment(0, 0, 1), segment(0, 1, 2), source=recording(channels=1))
    assert shape(found) == [(U, 0, 1), (U, 1, 2)]
    assert not found.roles_known


def test_identical_channels_are_heard_once() -> None:
    twice = recording(channels=2, identical_channels=True)
    found = conversation(segment(0, 0, 1), segment(1, 0, 1), segment(0, 2, 3), segment(1, 2, 3), source=twice)
    assert shape(found) == [(U, 0, 1), (U, 2, 3)]


def test_a_third_channel_has_turns_of_unknown_role() -> None:
    found = conversation(segment(0, 0, 1), segment(1, 1, 2), segment(2, 2, 3), source=recording(channels=3))
    assert [turn.role for turn in found.turns] == [A, U, U]


def test_silence_is_a_conversation_without_turns() -> None:
    assert conversation().turns == ()
