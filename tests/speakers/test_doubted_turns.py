"""Doubts of segments are kept by the turns that are made of them, with the characters they are about."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.core.call import Doubt, Segment, Turn, Word
from qa_pipeline.core.span import Span
from qa_pipeline.speakers.turns import build_turns
from qa_pipeline.speakers.utterances import doubted_in, doubts_of, joined, pieces_of, utterances
from qa_pipeline.store.codec import decode, encode

LOOP, SUBTITLE = (Doubt.LOOP,), (Doubt.SUBTITLE,)


def segment(text: str, start_s: float, confidence: float, doubts: tuple[Doubt, ...] = (), size: int = 2) -> Segment:
    pieces = [text[i : i + size] for i in range(0, len(text), size)] if size else []
    words = tuple(Word(p, Span(start_s + i / 5, start_s + i / 5 + 0.2), 0.9) for i, p in enumerate(pieces))
    return Segment(0, Span(start_s, start_s + 2.0), text, words, confidence, doubts)


def turns_of(*segments: Segment) -> tuple[Turn, ...]:
    said = utterances(0, 0, [piece for one in segments for piece in pieces_of(one)], [one.span for one in segments])
    return build_turns(list(said), "zh")


def test_a_turn_of_doubted_segments_has_their_doubts_and_their_confidence() -> None:
    (turn,) = turns_of(segment("谢谢观看", 0.0, 0.2, SUBTITLE), segment("谢谢谢谢", 2.5, 0.2, LOOP))
    assert (turn.doubts, turn.confidence) == ((Doubt.SUBTITLE, Doubt.LOOP), 0.2)
    assert turn.doubted == ()
    assert turn.doubted_ranges == ((0, 8),)


def test_a_turn_of_sound_and_doubted_segments_says_which_part_is_doubted() -> None:
    (turn,) = turns_of(segment("您好请问", 0.0, 0.9), segment("谢谢观看", 2.5, 0.2, SUBTITLE), segment("对", 5.0, 0.9))
    assert turn.text == "您好请问谢谢观看对"
    assert (turn.doubts, turn.doubted_ranges) == (SUBTITLE, ((4, 8),))
    assert turn.confidence == round((0.9 * 5 + 0.2 * 4) / 9, 4)  # mean over characters


def test_a_pause_keeps_doubts_to_the_turn_they_are_about() -> None:
    sound, doubted = turns_of(segment("您好请问", 0.0, 0.9), segment("谢谢观看", 9.0, 0.2, SUBTITLE))
    assert (sound.doubts, sound.doubted_ranges) == ((), ())
    assert (doubted.doubts, doubted.doubted_ranges) == (SUBTITLE, ((0, 4),))


def test_a_segment_without_words_is_doubted_as_a_whole() -> None:
    (piece,) = pieces_of(segment("谢谢观看", 0.0, 0.2, SUBTITLE, size=0))
    assert piece.doubts == SUBTITLE


def test_words_keep_what_was_recognised() -> None:
    one = Segment(0, Span(0, 1), "林佳怡", (Word("林佳怡", Span(0, 1), 0.9, "林家宜"),), 0.9)
    assert turns_of(one)[0].words[0].heard == "林家宜"


def test_latin_text_is_joined_with_spaces_and_ranges_follow() -> None:
    (turn,) = turns_of(segment("hello", 0.0, 0.9, size=0), segment(" thanks for watching ", 2.5, 0.2, SUBTITLE, size=0))
    assert [turn.text[a:b].strip() for a, b in turn.doubted_ranges] == ["thanks for watching"]


@given(st.lists(st.tuples(st.text("ab 好，", min_size=1, max_size=4), st.booleans()), min_size=1, max_size=6))
def test_ranges_lie_in_the_text_in_order_and_hold_every_doubted_word(parts: list[tuple[str, bool]]) -> None:
    pieces = [
        piece
        for index, (text, doubted) in enumerate(parts)
        for piece in pieces_of(segment(text, 3.0 * index, 0.5, LOOP if doubted else (), size=0))
    ]
    text, ranges = joined(pieces), doubted_in(pieces)
    assert all(0 <= start <= end <= len(text) for start, end in ranges)
    assert all(a[1] < b[0] for a, b in pairwise(ranges))
    if ranges:
        said = "".join(text[start:end] for start, end in ranges).replace(" ", "")
        assert said == "".join(part for part, doubted in parts if doubted).replace(" ", "")
    assert bool(doubts_of(pieces)) is any(doubted and part.strip() for part, doubted in parts)


def test_turns_stored_before_there_were_doubts_are_read() -> None:
    (turn,) = turns_of(segment("您好请问", 0.0, 0.9))
    old = encode(turn).replace(',"doubts":[],"doubted":[]', "").replace(',"heard":null', "")
    assert "doubt" not in old and "heard" not in old
    assert decode(Turn, old) == turn
    (doubted,) = turns_of(segment("您好请问", 0.0, 0.9), segment("谢谢观看", 2.5, 0.2, SUBTITLE))
    assert decode(Turn, encode(doubted)) == doubted
