"""Words to the stretch of speech in which they are said; the text keeps its punctuation and its order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.core.call import Segment, Word
from qa_pipeline.core.span import Span
from qa_pipeline.speakers.utterances import Piece, joined, pieces_of, utterances


def segment(text: str, *words: tuple[str, float, float], confidence: float | None = None) -> Segment:
    timed = tuple(Word(word, Span(start_s, end_s)) for word, start_s, end_s in words)
    return Segment(
        0, Span(timed[0].span.start_s, timed[-1].span.end_s) if timed else Span(0, 1), text, timed, confidence
    )


def spoken(segments: list[Segment], *stretches: tuple[float, float]) -> list[tuple[str, float, float]]:
    pieces = [piece for one in segments for piece in pieces_of(one)]
    found = utterances(0, 0, pieces, [Span(*times) for times in stretches])
    return [(u.text, u.span.start_s, u.span.end_s) for u in found]


def test_a_segment_is_cut_where_its_words_lie_in_other_stretches() -> None:
    one = segment("您好，请问，是吗？", ("您好", 0.1, 0.5), ("请问", 1.2, 1.6), ("是吗", 1.7, 2.0))
    assert spoken([one], (0, 0.6), (1.1, 2.1)) == [("您好，", 0, 0.6), ("请问，是吗？", 1.1, 2.1)]


def test_a_segment_without_words_stays_whole() -> None:
    assert spoken([segment("您好，请问")], (0, 1.1)) == [("您好，请问", 0, 1.1)]


@pytest.mark.parametrize("words", [[("你", 0, 0.5)], [("您好", 0, 0.5), ("", 0.5, 0.6)]])
def test_words_that_are_not_those_of_the_text_do_not_cut_it(words: list[tuple[str, float, float]]) -> None:
    assert [piece.text for piece in pieces_of(segment("您好，请问", *words))] == ["您好，请问"]


def test_a_word_near_a_stretch_belongs_to_it() -> None:
    assert spoken([segment("好", ("好", 1.3, 1.4))], (0, 1), (3, 4)) == [("好", 0, 1)]


def test_words_far_from_every_stretch_keep_their_own_times() -> None:
    far = segment("好的", ("好", 10.0, 10.2), ("的", 10.2, 10.4))
    assert spoken([far], (0, 1)) == [("好的", 10.0, 10.4)]
    assert spoken([far]) == [("好的", 10.0, 10.4)]


def test_words_never_go_back_to_an_earlier_stretch() -> None:
    wobbling = segment("一二三", ("一", 0.0, 0.4), ("二", 2.0, 2.4), ("三", 1.0, 1.2))
    assert [text for text, _, _ in spoken([wobbling], (0, 1.1), (2, 3))] == ["一", "二三"]


@pytest.mark.parametrize(
    ("first", "second", "whole"),
    [
        ("您好，", "我是", "您好，我是"),
        ("hello", "world", "hello world"),
        ("我用", "wifi", "我用wifi"),
        ("wifi", "很慢", "wifi很慢"),
        (" hi ", " there ", "hi there"),
    ],
)
def test_clips_are_joined_as_their_script_asks(first: str, second: str, whole: str) -> None:
    assert joined([Piece(text, Span(0, 1), None) for text in (first, second)]) == whole


def test_words_of_one_clip_keep_their_spaces() -> None:
    english = segment("it is 30 a month", *((w, i, i + 0.5) for i, w in enumerate(("it", "is", "30", "a", "month"))))
    assert joined(pieces_of(english)) == "it is 30 a month"
    digits = segment("138", ("1", 0, 0.2), ("3", 0.2, 0.4), ("8", 0.4, 0.6))
    assert joined(pieces_of(digits)) == "138"


@given(st.lists(st.sampled_from(["好", "的", "，", " ", "a", "9", "。"]), min_size=1, max_size=12), st.data())
def test_the_pieces_are_the_text(letters: list[str], data: st.DataObject) -> None:
    text = "".join(letters)
    words = [(c, float(i), i + 0.5) for i, c in enumerate(text) if c.strip() and c not in "，。"]
    chosen = [word for word in words if data.draw(st.booleans())]
    assert "".join(piece.text for piece in pieces_of(segment(text, *chosen))) == text
