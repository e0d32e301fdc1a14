"""Words of a packed window back to the stretch that they were heard in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.core.span import Span
from qa_pipeline.transcribe.whisper.decoding import HeardWord
from qa_pipeline.transcribe.whisper.packing import Piece, Slot
from qa_pipeline.transcribe.whisper.placing import in_recording, placed

RATE = 16_000


def slot(at_s: float, length_s: float, first_s: float = 0.0, channel: int = 0) -> Slot:
    first = int(first_s * RATE)
    return Slot(Piece(0, channel, first, first + int(length_s * RATE)), int(at_s * RATE))


def word(text: str, start_s: float, end_s: float | None = None) -> HeardWord:
    return HeardWord(text, start_s, start_s + 0.2 if end_s is None else end_s, 0.9)


def texts(words: list[HeardWord], *slots: Slot) -> list[str]:
    return ["".join(w.text for w in each) for each in placed(words, slots)]


def test_words_go_to_the_slot_they_lie_in() -> None:
    words = [word("您", 0.2), word("好。", 0.5), word("喂", 2.6), word("哪", 2.8)]
    assert texts(words, slot(0, 1), slot(2.4, 1)) == ["您好。", "喂哪"]


def test_a_word_between_two_slots_goes_to_the_nearer_one() -> None:
    words = [word("您", 0.2), word("好", 1.05), word("喂", 2.2), word("哪", 2.6)]
    assert texts(words, slot(0, 1), slot(2.4, 1)) == ["您好", "喂哪"]


def test_a_mark_decides_where_times_do_not() -> None:
    """The last word before the gap has its time a little into the next slot."""
    words = [word("再", 0.5), word("见。", 1.0, 1.2), word("喂", 1.36, 1.5)]
    assert texts(words, slot(0, 1.0), slot(1.1, 1)) == ["再见。", "喂"]


def test_a_slot_in_which_nothing_was_written_stays_empty() -> None:
    words = [word("您", 0.2), word("好", 0.5), word("喂", 4.6)]
    assert texts(words, slot(0, 1), slot(2, 1), slot(4.4, 1)) == ["您好", "", "喂"]
    assert texts([], slot(0, 1), slot(2, 1)) == ["", ""]


@given(
    st.lists(st.floats(0, 30), min_size=1, max_size=60),
    st.lists(st.tuples(st.floats(0.2, 4), st.floats(0.04, 1)), min_size=1, max_size=12),
)
def test_order_is_kept_and_no_word_is_lost(starts_s: list[float], laid: list[tuple[float, float]]) -> None:
    slots, at_s = [], 0.0
    for length_s, gap_s in laid:
        slots.append(slot(at_s, length_s))
        at_s += length_s + gap_s
    words = [word(str(number), start_s) for number, start_s in enumerate(sorted(starts_s))]
    assert [w for each in placed(words, slots) for w in each] == words


def test_no_other_cut_lies_nearer() -> None:
    """The search against all cuts of a small text into three slots."""
    slots = [slot(0, 1), slot(1.2, 1), slot(2.4, 1)]
    words = [word(str(i), s) for i, s in enumerate((0.1, 0.9, 1.15, 1.3, 2.0, 2.3, 2.35, 3.0))]
    assert texts(words, *slots) == ["01", "234", "567"]


def test_times_are_those_of_the_recording() -> None:
    at = slot(10.0, 2.0, first_s=100.0)
    found = in_recording([word("您", 10.5), word("好", 11.0, 11.2)], at)
    assert [(w.text, w.span, w.probability) for w in found] == [
        ("您", Span(100.5, 100.7), 0.9),
        ("好", Span(101.0, 101.2), 0.9),
    ]


@pytest.mark.parametrize(
    ("start_s", "end_s", "span"),
    [(9.5, 10.5, Span(100.0, 100.5)), (11.9, 14.0, Span(101.9, 102.0)), (13.0, 14.0, Span(102.0, 102.0))],
)
def test_words_are_held_inside_their_stretch(start_s: float, end_s: float, span: Span) -> None:
    (found,) = in_recording([word("您", start_s, end_s)], slot(10.0, 2.0, first_s=100.0))
    assert found.span == span


def test_starts_never_go_back() -> None:
    first, second = in_recording([word("您", 11.0), word("好", 10.6)], slot(10.0, 2.0))
    assert second.span.start_s == first.span.start_s
