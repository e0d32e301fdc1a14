"""Character error rates counted by hand."""

from __future__ import annotations

import pytest

from qa_pipeline.core.call import Segment, Transcript, Turn, Word
from qa_pipeline.core.span import Span
from qa_pipeline.transcribe.evaluate import compare, summary
from tests.factories import A, turn


def said(text: str, channel: int = 0, start_s: float = 0.0) -> Segment:
    return Segment(channel, Span(start_s, start_s + 1), text)


def transcript(*segments: Segment) -> Transcript:
    return Transcript("zh", None, segments)


def reference(text: str, channel: int | None = 0, index: int = 0) -> Turn:
    return Turn(index, A, text, Span(index, index + 1), channel)


@pytest.mark.parametrize(
    ("expected", "found", "errors", "cer"),
    [
        ("今天天气好", "今天天气好", 0, 0.0),
        ("今天天气好", "今天天汽好", 1, 0.2),
        ("今天天气好", "今天天气", 1, 0.2),
        ("今天", "今天天气", 2, 1.0),
        ("今天，天气好！", "今天 天气好", 0, 0.0),
        ("這個電話費", "这个电话费", 0, 0.0),
        ("ＷｉＦｉ好", "wifi好", 0, 0.0),
        ("", "字幕", 2, None),
        ("", "", 0, None),
    ],
)
def test_error_rates_with_a_known_answer(expected: str, found: str, errors: int, cer: float | None) -> None:
    figures = compare("a.wav", [reference(expected)], transcript(said(found)))
    assert (figures.errors, figures.cer) == (errors, cer)


def test_channels_are_compared_apart_so_that_overlaps_cost_nothing() -> None:
    turns = [reference("您好", 0, 0), reference("喂", 1, 1), reference("再见", 0, 2)]
    found = transcript(said("您好", 0, 0), said("再见", 0, 1), said("喂", 1, 1.5))
    assert compare("a", turns, found).errors == 0
    swapped = transcript(said("您好", 1, 0), said("再见", 1, 1), said("喂", 0, 1.5))
    assert compare("a", turns, swapped).errors > 0


def test_words_on_a_channel_without_reference_are_errors() -> None:
    assert compare("a", [reference("您好", 0)], transcript(said("您好", 0), said("字幕", 1))).errors == 2


def test_a_reference_without_channels_is_compared_in_order_of_time() -> None:
    turns = [turn(A, "您好", index=0), turn(A, "喂", index=1)]
    assert compare("a", turns, transcript(said("您好", 0, 0), said("喂", 1, 1))).errors == 0


def test_start_errors_are_measured_at_the_first_character_of_matched_words() -> None:
    expected = Turn(0, A, "您好吗", Span(0, 3), 0, (Word("您好", Span(0.0, 1.0)), Word("吗", Span(1.0, 3.0))))
    words = (Word("您好", Span(0.25, 1.0)), Word("吗", Span(0.5, 2.0)))
    found = transcript(Segment(0, Span(0.25, 2.0), "您好吗", words))
    assert compare("a", [expected], found).start_errors_s == (0.25, 0.5)


def test_words_that_are_not_matched_have_no_start_error() -> None:
    expected = Turn(0, A, "您", Span(0, 1), 0, (Word("您", Span(0.0, 1.0)),))
    found = transcript(Segment(0, Span(0, 1), "他", (Word("他", Span(0.5, 1.0)),)))
    assert compare("a", [expected], found).start_errors_s == ()


def test_the_summary_adds_parts_before_it_divides() -> None:
    figures = [
        compare("a", [reference("今天天气好")], transcript(said("今天天汽好"))),
        compare("b", [reference("好")], transcript(said("号"))),
        compare("silent", [reference("")], transcript(said("字幕"))),
    ]
    totals = summary(figures)
    assert totals["cer"] == pytest.approx((1 + 1 + 2) / 6)
    assert totals["words_in_silence"] == 2
    assert [row["cer"] for row in totals["files"]] == [0.2, 1.0, None]
    assert totals["median_start_error_s"] is None


def test_a_summary_of_nothing_knows_nothing() -> None:
    assert summary([])["cer"] is None
