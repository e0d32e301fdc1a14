"""Utterances of all voices to turns: who takes the floor, who only shows that he listens."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.core.call import Role, Turn
from qa_pipeline.core.span import Span
from qa_pipeline.speakers.turns import TurnOptions, build_turns, mark_backchannels
from qa_pipeline.speakers.utterances import Piece, Utterance
from tests.factories import A, C, U, turns


def said(
    voice: int, start_s: float, end_s: float, text: str = "我们这个套餐", confidence: float | None = None
) -> Utterance:
    span = Span(start_s, end_s)
    return Utterance(voice, voice, span, (Piece(text, span, confidence),))


def shape(*utterances: Utterance, options: TurnOptions = TurnOptions()) -> list[tuple[int | None, float, float]]:
    """Voice and times of the turns that take the floor."""
    found = build_turns(utterances, "zh", options)
    return [(t.voice, t.span.start_s, t.span.end_s) for t in found if t.span and not t.backchannel]


def signs(*utterances: Utterance, language: str = "zh") -> list[str]:
    return [turn.text for turn in build_turns(utterances, language) if turn.backchannel]


def test_stretches_of_one_voice_join_until_the_other_speaks() -> None:
    found = shape(said(0, 0, 1), said(0, 1.5, 2), said(1, 2.2, 3), said(0, 3.1, 4))
    assert found == [(0, 0, 2), (1, 2.2, 3), (0, 3.1, 4)]


@pytest.mark.parametrize(("pause_s", "n"), [(1.5, 1), (1.51, 2)])
def test_a_long_pause_ends_a_turn(pause_s: float, n: int) -> None:
    assert len(shape(said(0, 0, 1), said(0, 1 + pause_s, 4))) == n


def test_the_pause_can_be_set() -> None:
    assert len(shape(said(0, 0, 1), said(0, 4, 5), options=TurnOptions(3.0))) == 1


def test_who_speaks_over_the_other_has_a_turn_and_the_other_keeps_his() -> None:
    assert shape(said(0, 0, 10), said(1, 3, 5), said(0, 10.5, 11)) == [(0, 0, 11), (1, 3, 5)]


def test_who_is_still_heard_in_the_pause_ends_the_turn() -> None:
    assert shape(said(0, 0, 10), said(1, 9, 10.4), said(0, 10.5, 11)) == [(0, 0, 10), (1, 9, 10.4), (0, 10.5, 11)]


def test_a_listeners_sign_does_not_break_a_turn() -> None:
    found = (said(0, 0, 4), said(1, 4.1, 4.5, "嗯嗯"), said(0, 4.6, 8))
    assert shape(*found) == [(0, 0, 8)]
    assert signs(*found) == ["嗯嗯"]


def test_a_sign_over_the_others_speech_is_one() -> None:
    assert signs(said(0, 0, 8), said(1, 4, 4.5, "对")) == ["对"]


@pytest.mark.parametrize(
    ("why", "utterances"),
    [
        ("it answers a question", [said(0, 0, 4, "您现在方便吗？"), said(1, 4.2, 4.6, "嗯"), said(0, 4.8, 8)]),
        ("it is too long", [said(0, 0, 4), said(1, 4.1, 5.2, "好的好的"), said(0, 5.3, 8)]),
        ("it says more", [said(0, 0, 4), said(1, 4.1, 4.9, "嗯我不要"), said(0, 5.0, 8)]),
        ("the other does not go on", [said(0, 0, 4), said(1, 4.1, 4.5, "嗯"), said(0, 5.6, 8)]),
        ("its own party goes on", [said(0, 0, 4), said(1, 4.1, 4.5, "好"), said(1, 4.9, 6), said(0, 5.2, 8)]),
        ("nobody spoke before", [said(1, 0, 0.4, "嗯"), said(0, 0.6, 3)]),
        ("its own party spoke before", [said(1, 0, 2), said(1, 3.6, 4, "嗯"), said(0, 4.1, 6)]),
        ("the other stopped long ago", [said(0, 0, 2), said(1, 3.6, 4, "嗯"), said(0, 4.2, 6)]),
    ],
)
def test_what_is_no_listeners_sign(why: str, utterances: list[Utterance]) -> None:
    assert signs(*utterances) == [], why


def test_a_sign_in_the_middle_of_a_question_answers_nothing() -> None:
    parts = (("我们这个套餐", 0.0, 2.0), ("您看怎么样？", 2.0, 4.0))
    asked = Utterance(0, 0, Span(0, 4), tuple(Piece(text, Span(s, e), None) for text, s, e in parts))
    assert signs(asked, said(1, 1.5, 1.9, "嗯")) == ["嗯"]
    assert signs(asked, said(1, 3.8, 4.2, "嗯"), said(0, 4.4, 6)) == []


def test_english_signs() -> None:
    found = (said(0, 0, 4, "so the plan is thirty dollars"), said(1, 3, 3.5, "Mm-hm."), said(0, 4.3, 6, "a month"))
    assert signs(*found, language="en") == ["Mm-hm."]


def test_three_voices_keep_their_turns() -> None:
    assert [voice for voice, _, _ in shape(said(0, 0, 1), said(1, 1, 2), said(2, 2, 3), said(0, 3, 4))] == [0, 1, 2, 0]


def test_confidence_counts_by_characters() -> None:
    (turn,) = build_turns([said(0, 0, 1, "一二三", 0.9), said(0, 1.2, 2, "四", 0.5)], "zh")
    assert turn.confidence == pytest.approx((3 * 0.9 + 0.5) / 4)


def test_unknown_confidence_is_left_out_and_not_guessed() -> None:
    (turn,) = build_turns([said(0, 0, 1, "一二三", 0.8), said(0, 1.2, 2, "四")], "zh")
    assert turn.confidence == 0.8
    (turn,) = build_turns([said(0, 0, 1, "一", 0.2), said(0, 1.2, 2, "二三四")], "zh")
    assert turn.confidence is None
    assert build_turns([said(0, 0, 1)], "zh")[0].confidence is None


def test_silence_has_no_turns() -> None:
    assert build_turns([], "zh") == ()


timed = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 300), st.integers(1, 40), st.sampled_from(["嗯", "我说一下"])),
    max_size=14,
)


@given(timed)
def test_every_utterance_is_in_exactly_one_turn(raw: list[tuple[int, int, int, str]]) -> None:
    lines = _apart(raw)
    found = build_turns(lines, "zh")
    for voice in (0, 1):
        own = "".join(sorted("".join(t.text for t in found if t.voice == voice)))
        assert own == "".join(sorted("".join(u.text for u in lines if u.voice == voice)))
    assert [turn.index for turn in found] == list(range(len(found)))
    starts = [turn.span.start_s for turn in found if turn.span]
    assert starts == sorted(starts)


@given(timed)
def test_swapping_the_voices_swaps_the_turns_and_nothing_else(raw: list[tuple[int, int, int, str]]) -> None:
    lines = _apart(raw)
    swapped = [Utterance(1 - u.voice, 1 - u.channel, u.span, u.pieces) for u in lines]
    plain = {(t.voice, t.span, t.text, t.backchannel) for t in build_turns(lines, "zh")}
    assert {(1 - (v or 0), s, t, b) for v, s, t, b in plain} == {
        (t.voice, t.span, t.text, t.backchannel) for t in build_turns(swapped, "zh")
    }


def _apart(raw: list[tuple[int, int, int, str]]) -> list[Utterance]:
    """Stretches of one voice never touch, and no two voices begin at once."""
    lines: list[Utterance] = []
    free_s = {0: 0.0, 1: 0.0}
    for voice, start, length, text in sorted(raw):
        start_s = max(start / 8 + voice / 100, free_s[voice])
        lines.append(said(voice, start_s, start_s + length / 8, text))
        free_s[voice] = start_s + length / 8 + 0.25
    return lines


def test_signs_of_a_transcript_made_elsewhere_are_marked_and_nothing_else_changes() -> None:
    before = turns([(A, "我们这个套餐是", 0, 4), (C, "嗯", 4.1, 4.5), (A, "每月七十九", 4.6, 8), (C, "好的", 8.2, 8.6)])
    after = mark_backchannels(before, "zh")
    assert [turn.backchannel for turn in after] == [False, True, False, False]
    assert tuple(replace(turn, backchannel=False) for turn in after) == before


@pytest.mark.parametrize(
    "untimed", [turns([(A, "我们这个套餐"), (C, "嗯"), (A, "每月七十九")]), (Turn(0, Role.UNKNOWN, "嗯", Span(0, 1)),)]
)
def test_without_times_or_roles_nobody_is_marked(untimed: tuple[Turn, ...]) -> None:
    assert mark_backchannels(untimed, "zh") == untimed
    assert mark_backchannels(turns([(U, "嗯", 0, 1)]), "zh")[0].backchannel is False
