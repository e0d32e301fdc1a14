"""Character error rates counted by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.core.call import Doubt, Segment, Transcript, Turn, Word
from qa_pipeline.core.span import Span
from qa_pipeline.transcribe.evaluate import NORMALISERS, compare, summary
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


@pytest.mark.parametrize(
    ("said_text", "found", "counts"),
    [("天气好", "天汽好", (1, 0, 0)), ("天气好", "天好", (0, 1, 0)), ("天气好", "天气很好", (0, 0, 1))],
)
def test_kinds_of_errors_are_counted_apart(said_text: str, found: str, counts: tuple[int, int, int]) -> None:
    figures = compare("a", [reference(said_text)], transcript(said(found)))
    assert (figures.substitutions, figures.deletions, figures.insertions) == counts
    assert figures.errors == 1


def test_english_is_counted_by_word() -> None:
    figures = compare("a", [reference("Good morning, Ann.")], transcript(said("good mourning Ann")), language="en")
    assert (figures.errors, figures.characters, figures.by_word) == (1, 3, True)
    totals = summary([figures])
    assert (totals["cer"], totals["wer"], totals["unit"]) == (None, pytest.approx(1 / 3), "word")


def test_english_words_with_spaces_of_their_own_are_placed_in_the_text() -> None:
    expected = Turn(0, A, "good day", Span(0, 2), 0, (Word("good", Span(0.0, 1.0)), Word("day", Span(1.0, 2.0))))
    words = (Word(" Good", Span(0.1, 1.0)), Word(" day.", Span(1.3, 2.0)))
    found = transcript(Segment(0, Span(0.1, 2.0), "Good day.", words))
    assert compare("a", [expected], found, language="en").start_errors_s == pytest.approx((0.1, 0.3))


def test_words_that_do_not_make_up_the_text_are_what_is_compared() -> None:
    words = (Word("您", Span(0.0, 0.5)), Word("好", Span(0.5, 1.0)))
    found = transcript(Segment(0, Span(0.0, 1.0), "别的话", words))
    assert compare("a", [reference("您好")], found).errors == 0


def test_numbers_by_value_keep_the_start_of_the_number() -> None:
    spoken = tuple(Word(c, Span(i, i + 1)) for i, c in enumerate("交一百三十六元"))
    expected = Turn(0, A, "交一百三十六元", Span(0, 7), 0, spoken)
    words = (Word("交", Span(0.0, 1.0)), Word("136", Span(1.5, 6.0)), Word("元", Span(6.0, 7.0)))
    found = transcript(Segment(0, Span(0, 7), "交136元", words))
    figures = compare("a", [expected], found, NORMALISERS["numbers"])
    assert (figures.errors, figures.characters) == (0, 5)
    assert figures.start_errors_s == pytest.approx((0.0, 0.5, 0.0))


def test_words_away_from_all_speech_are_counted_with_those_that_are_not_doubted() -> None:
    doubtful = Segment(0, Span(10, 11), "请订阅", confidence=0.2, doubts=(Doubt.SUBTITLE,))
    found = transcript(said("您好", 0, 0), doubtful, said("再见", 0, 20))
    figures = compare("a", [reference("您好")], found)
    assert (figures.in_silence, figures.sure_in_silence) == (5, 2)


def test_words_in_silence_are_not_known_without_times_unless_nothing_is_said() -> None:
    untimed = [turn(A, "您好", index=0)]
    assert compare("a", untimed, transcript(said("您好", 0, 50))).in_silence is None
    assert compare("a", [], transcript(said("字幕"))).in_silence == 2


def test_turns_made_elsewhere_without_channels_are_joined() -> None:
    heard = [Turn(0, A, "您好"), Turn(1, A, "喂")]
    assert compare("a", [reference("您好", 0, 0), reference("喂", 1, 1)], heard).errors == 0


def sure(text: str, confidence: float, start_s: float, doubts: tuple[Doubt, ...] = ()) -> Segment:
    return Segment(0, Span(start_s, start_s + 1), text, confidence=confidence, doubts=doubts)


def test_confidence_that_is_low_where_words_are_wrong_ranks_them() -> None:
    found = transcript(sure("您好", 0.9, 0), sure("错错", 0.1, 1, (Doubt.UNSURE,)))
    known = summary([compare("a", [reference("您好"), reference("再见", 0, 1)], found)])["confidence"]
    assert known == {"doubted_share": 0.5, "wrong_doubted": 1.0, "wrong_normal": 0.0, "ranking": 1.0}


def test_confidence_that_is_the_same_everywhere_ranks_nothing() -> None:
    found = transcript(sure("您错", 0.6, 0))
    assert summary([compare("a", [reference("您好")], found)])["confidence"]["ranking"] == 0.5


def test_confidence_that_is_not_known_is_not_judged() -> None:
    known = summary([compare("a", [reference("您好")], transcript(said("您错")))])["confidence"]
    assert (known["doubted_share"], known["ranking"]) == (0.0, None)


def test_the_interval_needs_two_recordings() -> None:
    one = compare("a", [reference("天气")], transcript(said("天汽")))
    assert summary([one])["rate_low"] is None
    both = summary([one, one])
    assert (both["rate_low"], both["rate_high"], both["calls"]) == (0.5, 0.5, 2)


@given(st.text("您好天气再见 ，", max_size=12), st.text("您好天汽再见 ，", max_size=12))
def test_counts_fit_together(said_text: str, found: str) -> None:
    figures = compare("a", [reference(said_text)], transcript(said(found)))
    assert figures.errors == figures.substitutions + figures.deletions + figures.insertions
    assert figures.characters - figures.deletions == figures.recognised - figures.insertions
    assert len(figures.judged) == figures.recognised
    assert len(figures.confusions) == figures.errors
