"""Which stretches are looked at again, and which of two tries counts."""

from __future__ import annotations

import pytest

from qa_pipeline.core.call import Doubt, Word
from qa_pipeline.core.span import Span
from qa_pipeline.transcribe.whisper.packing import Piece, pack
from qa_pipeline.transcribe.whisper.tries import Try, within, worst_first

RATE = 16_000


def attempt(text: str, speech_s: float = 2.0, probability: float = 0.95, first_s: float = 0.0, *doubts: Doubt) -> Try:
    first = int(first_s * RATE)
    words = tuple(Word(character, Span(0.0, 0.1), probability) for character in text)
    return Try(Piece(0, 0, first, first + int((speech_s + 0.4) * RATE)), words, doubts)


def again(*tries: Try, thin: bool = True) -> list[float]:
    return [piece.first / RATE for piece in worst_first(tries, thin=thin)]


SURE = [attempt("一二三四五六七八九十", first_s=10.0 * i) for i in range(1, 6)]


def test_what_is_sure_is_left_alone() -> None:
    assert again(*SURE) == []


def test_doubts_and_silence_come_first_then_the_least_sure() -> None:
    unsure = attempt("一二三四五六七八九十", 2.0, 0.5, 100.0)
    less_sure = attempt("一二三四五六七八九十", 2.0, 0.4, 110.0)
    silent = attempt("", 2.0, 0.9, 120.0)
    doubted = attempt("请订阅", 2.0, 0.9, 130.0, Doubt.SUBTITLE)
    assert again(*SURE, unsure, less_sure, silent, doubted) == [120.0, 130.0, 110.0, 100.0]


def test_a_stretch_with_far_fewer_words_than_usual_lost_some() -> None:
    assert again(*SURE, attempt("一二", 2.0, 0.95, 100.0)) == [100.0]
    assert again(*SURE, attempt("一二三四五六", 2.0, 0.95, 100.0)) == []


def test_short_sounds_are_left_alone() -> None:
    assert again(*SURE, attempt("", 0.5, 0.9, 100.0), attempt("嗯", 0.5, 0.3, 110.0)) == []


def test_alone_only_what_is_bad_is_looked_at_again() -> None:
    unsure, silent = attempt("一二", 2.0, 0.5, 100.0), attempt("", 2.0, 0.9, 120.0)
    assert again(*SURE, unsure, silent, thin=False) == [120.0]


@pytest.mark.parametrize(
    ("new", "old", "better"),
    [
        (attempt("好的"), attempt(""), True),
        (attempt("嗯", probability=0.55), attempt(""), False),
        (attempt(""), attempt("请订阅", 2.0, 0.9, 0.0, Doubt.SUBTITLE), False),
        (attempt("好的"), attempt("请订阅", 2.0, 0.9, 0.0, Doubt.SUBTITLE), True),
        (attempt("好的", 2.0, 0.9, 0.0, Doubt.LOOP), attempt("好"), False),
        (attempt("两百兆吧白天还行", probability=0.9), attempt("两百兆吧", probability=0.8), True),
        (attempt("两百兆吧", probability=0.9), attempt("两百兆吧白天还行", probability=0.8), False),
        (attempt("两百兆吧", probability=0.82), attempt("两百兆八", probability=0.8), False),
    ],
)
def test_another_try_counts_where_it_is_surely_better(new: Try, old: Try, better: bool) -> None:
    assert new.is_better_than(old) is better


def test_only_what_the_windows_hold_is_looked_at_again() -> None:
    pieces = [attempt("", 9.0, 0.9, 20.0 * i).piece for i in range(10)]
    arranged = within(1, pieces, pack)
    assert [slot.piece for window in arranged for slot in window.slots] == pieces[:3]
    assert within(0, pieces, pack) == within(2, [], pack) == []
    assert len(within(99, pieces, pack)) == len(pack(pieces))
