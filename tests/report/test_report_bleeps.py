"""Where a page masks a number, its sound is a tone: on time, on all channels, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.core.call import Call, Conversation, Role, Turn, Word
from qa_pipeline.core.span import Span, total_s
from qa_pipeline.report.sound.bleeps import FADE_S, MARGIN_S, RATE_HZ, TONE_LEVEL, bleep, bleep_spans, covered
from tests.report.samples import PHONE, make_call, tone

A, C = Role.AGENT, Role.CUSTOMER


def spoken(text: str, start_s: float = 0.0, step_s: float = 0.25) -> tuple[Word, ...]:
    """One word per character."""
    times = [start_s + i * step_s for i in range(len(text) + 1)]
    return tuple(Word(text[i], Span(times[i], times[i + 1])) for i in range(len(text)))


def turn(index: int, text: str, start_s: float | None = 0.0, role: Role = C, words: bool = True) -> Turn:
    if start_s is None:
        return Turn(index, role, text)
    said = spoken(text, start_s)
    return Turn(index, role, text, Span(start_s, said[-1].span.end_s), 0 if role is A else 1, said if words else ())


def call(*turns: Turn) -> Call:
    return replace(make_call(), conversation=Conversation("zh", turns), turn_stages=(), stages=())


def near(span: Span, start_s: float, end_s: float) -> bool:
    """The same to the millisecond that spans are rounded to."""
    return abs(span.start_s - start_s) < 0.0011 and abs(span.end_s - end_s) < 0.0011


def test_a_call_without_numbers_has_no_bleep() -> None:
    assert bleep_spans(call(turn(0, "您好，一年两千八百八"))) == ()
    assert bleep_spans(call()) == ()


@pytest.mark.parametrize("number", [PHONE, "幺三八一二三四五六七八", "138 1234 5678"])
def test_a_number_is_bleeped_with_a_margin(number: str) -> None:
    text = f"我的电话是{number}，记住了"
    (found,) = bleep_spans(call(turn(0, text, 10.0)))
    assert near(found, 10 + 5 * 0.25 - MARGIN_S, 10 + (5 + len(number)) * 0.25 + MARGIN_S)


def test_two_numbers_are_two_bleeps_unless_they_touch() -> None:
    apart = call(turn(0, f"{PHONE}还有一个号码是{PHONE}"))
    assert len(bleep_spans(apart)) == 2
    joined = call(turn(0, f"{PHONE}和{PHONE}"))
    assert len(bleep_spans(joined)) == 1


def test_a_number_read_in_groups_is_bleeped_in_every_turn() -> None:
    turns = [turn(0, "138", 1.0), turn(1, "嗯", 4.0, A), turn(2, "1234", 8.0), turn(3, "5678", 12.0)]
    found = bleep_spans(call(*turns))
    assert [round(span.start_s, 1) for span in found] == [0.8, 7.8, 11.8]
    assert not any(span.overlap_s(Span(4.0, 4.25)) for span in found)


def test_without_word_times_the_whole_turn_is_bleeped() -> None:
    made = turn(0, f"我的电话是{PHONE}", 5.0, words=False)
    assert made.span
    (found,) = bleep_spans(call(made))
    assert found.start_s <= made.span.start_s - 0.14 and found.end_s >= made.span.end_s + 0.14


@pytest.mark.parametrize("drop", [slice(7, 8), slice(0, 1)])
def test_words_that_do_not_cover_the_text_are_not_relied_on(drop: slice) -> None:
    """A digit without a word of its own; a word at the start is none of the mask's business."""
    made = turn(0, f"我的电话是{PHONE}好", 5.0)
    words = list(made.words)
    del words[drop]
    (found,) = bleep_spans(call(replace(made, words=tuple(words))))
    assert found.start_s == pytest.approx(4.85 if drop.start == 7 else 6.1, abs=0.0011)


def test_a_word_that_is_not_in_the_text_makes_the_whole_turn_silent() -> None:
    made = turn(0, f"我的电话是{PHONE}好", 5.0)
    words = (*made.words[:3], replace(made.words[3], text="甲"), *made.words[4:])
    (found,) = bleep_spans(call(replace(made, words=words)))
    assert found.start_s == pytest.approx(4.85, abs=0.0011)


def test_a_turn_without_times_is_bleeped_between_its_neighbours() -> None:
    (found,) = bleep_spans(call(turn(0, "您好", 1.0, A), turn(1, PHONE, None), turn(2, "好的", 9.0, A)))
    assert near(found, 1.35, 9.15)
    (found,) = bleep_spans(call(turn(0, PHONE, None)))
    assert found.start_s == 0.0 and found.end_s >= 38.0


def test_bleeps_of_the_sample_call_hold_every_masked_word() -> None:
    made = make_call()
    spans = bleep_spans(made)
    masked = [word.span for word in made.turns[7].words if any(c.isdigit() for c in word.text)]
    assert covered(masked, spans) and total_s(spans) < 4.3


@given(st.lists(st.tuples(st.floats(0, 3), st.floats(0, 3)), max_size=4), st.integers(1, 5000))
def test_pieces_give_the_same_samples_as_the_whole(times: list[tuple[float, float]], size: int) -> None:
    sound = np.stack([tone(1.0, 440.0), tone(1.0, 300.0)])
    spans = [Span(min(pair), max(pair)) for pair in times]
    pieces = [bleep(sound[:, start : start + size], spans, start) for start in range(0, RATE_HZ, size)]
    assert np.array_equal(np.concatenate(pieces, axis=1), bleep(sound, spans))


def test_the_tone_replaces_the_sound_and_touches_nothing_else() -> None:
    sound = np.stack([tone(2.0, 440.0), tone(2.0, 300.0)])
    before = sound.copy()
    made = bleep(sound, (Span(0.5, 1.0),))
    assert np.array_equal(sound, before)
    assert np.array_equal(made[:, :8000], sound[:, :8000]) and np.array_equal(made[:, 16_000:], sound[:, 16_000:])
    fade = int(FADE_S * RATE_HZ)
    inner = made[:, 8000 + fade : 16_000 - fade]
    assert np.array_equal(inner[0], inner[1]) and np.abs(inner).max() == pytest.approx(TONE_LEVEL, rel=0.01)
    # No click: neighbouring samples differ by no more than the tones themselves do.
    assert np.abs(np.diff(made)).max() <= np.abs(np.diff(sound)).max() * 1.2


def test_without_spans_the_sound_is_handed_on() -> None:
    sound = np.stack([tone(0.1, 440.0)])
    assert bleep(sound, ()) is sound
    assert bleep(sound, (Span(5.0, 6.0),)) is sound
    assert bleep(sound[:, :0], (Span(0.0, 1.0),)).shape == (1, 0)


def test_spans_are_covered_only_as_a_whole() -> None:
    assert covered([], [])
    assert covered([Span(1, 2)], [Span(0, 1), Span(1, 3)])
    assert not covered([Span(1, 2)], [Span(0, 1.5), Span(1.5, 3)])
    assert not covered([Span(1, 2)], [])
