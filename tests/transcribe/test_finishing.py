"""What is stored: one script, marks of one kind, words still under their times, doubts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.core.call import Doubt, Segment, Transcript, Word
from qa_pipeline.core.span import Span
from qa_pipeline.language.word_list import EMPTY, WordList
from qa_pipeline.transcribe.finishing import finish
from qa_pipeline.transcribe.guards import CEILING
from qa_pipeline.transcribe.script import chinese, full_width, simplified


def segment(*texts: str, at_s: float = 0.0, channel: int = 0, probability: float = 0.9, word_s: float = 0.3) -> Segment:
    """Words one after another; the text is what they say together."""
    words = tuple(
        Word(text, Span(at_s + word_s * i, at_s + word_s * (i + 1)), probability) for i, text in enumerate(texts)
    )
    span = Span(at_s, at_s + word_s * len(texts))
    return Segment(channel, span, "".join(texts).strip(), words, probability)


def finished(
    *segments: Segment, language: str = "zh", speech: tuple[tuple[Span, ...], ...] | None = None
) -> Transcript:
    heard = ((Span(0.0, 100.0),),) if speech is None else speech
    return finish(Transcript(language, 0.9, segments, heard), EMPTY)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("您這邊考慮辦寬帶嗎", "您这边考虑办宽带吗"),
        ("看著乾隆的乾淨頭髮", "看着乾隆的干净头发"),
        ("著名的皇后在後面", "著名的皇后在后面"),
        ("变速箱一坏就是三万起", "变速箱一坏就是三万起"),
        ("嗰个女先两千六喎", "嗰个女先两千六喎"),
        ("WiFi 5G 100M", "WiFi 5G 100M"),
        ("\ud83d台", "\ud83d台"),
    ],
)
def test_script_becomes_simplified(written: str, plain: str) -> None:
    assert simplified(written) == plain


@pytest.mark.parametrize(
    ("written", "marked"),
    [
        ("您好,请问方便吗?", "您好，请问方便吗？"),
        ("好的.谢谢.", "好的。谢谢。"),
        ("每月99.8元,10:30开始", "每月99.8元，10:30开始"),
        ("OK,没问题!", "OK，没问题！"),
        ("京东.com的,1,200元", "京东.com的，1,200元"),
        ("It's fine, thanks.", "It's fine, thanks."),
        ("好的 谢谢", "好的 谢谢"),
    ],
)
def test_marks_beside_chinese_are_full_width(written: str, marked: str) -> None:
    assert full_width(written) == marked


def test_text_and_words_stay_together() -> None:
    made = chinese(segment(" 您這", "邊", "考慮,", "辦"))
    assert [word.text for word in made.words] == [" 您这", "边", "考虑，", "办"]
    assert made.text == "您这边考虑，办"
    assert [word.span for word in made.words] == [word.span for word in segment("a", "b", "c", "d").words]


def test_words_that_say_something_else_than_the_text_are_written_each_by_itself() -> None:
    made = chinese(Segment(0, Span(0, 1), "這個,好", (Word("這個", Span(0, 1), 0.9),), 0.9))
    assert (made.text, made.words[0].text) == ("这个，好", "这个")


@given(st.lists(st.text("這个乾著,.?! a1嗯", min_size=1, max_size=4), min_size=1, max_size=6))
def test_nothing_changes_its_length_or_place(texts: list[str]) -> None:
    before = segment(*texts)
    after = chinese(before)
    assert [len(word.text) for word in after.words] == [len(text) for text in texts]
    assert "".join(word.text for word in after.words).strip() == after.text
    assert chinese(after) == after


def test_fillers_and_marks_are_kept() -> None:
    (made,) = finished(segment("嗯，", "那个……", "呃，", "就是", "贵。")).segments
    assert made.text == "嗯，那个……呃，就是贵。"


def test_other_languages_keep_their_script() -> None:
    (made,) = finished(segment("Hello,", " Mr", " Wang?"), language="en").segments
    assert made.text == "Hello, Mr Wang?"
    assert finished(segment("這個"), language="ja").segments[0].text == "這個"


def test_the_word_list_corrects_what_sounds_like_it() -> None:
    made = finish(Transcript("zh", None, (segment(*"请问是陈宇同吗"),), ()), WordList(("陈雨桐",), "test"))
    assert made.segments[0].text == "请问是陈雨桐吗"
    assert any(word.heard for word in made.segments[0].words)


def test_doubted_segments_are_kept_with_a_low_confidence() -> None:
    plain, credit = segment(*"您好请问方便吗"), segment(*"字幕由某某提供", at_s=10)
    made = finished(plain, credit, speech=((Span(0, 3), Span(9.8, 12.5)),)).segments
    assert made[0] == plain
    assert (made[1].text, made[1].doubts, made[1].confidence) == ("字幕由某某提供", (Doubt.SUBTITLE,), CEILING)
    assert [word.text for word in made[1].words] == list("字幕由某某提供")


def test_doubts_of_the_engine_stay() -> None:
    unsure = Segment(0, Span(0, 2), "您好请问方便吗", (), 0.7, (Doubt.UNSURE,))
    assert finished(unsure, speech=((Span(0, 2),),)).segments[0].doubts == (Doubt.UNSURE,)
    assert finished(unsure, speech=((Span(0, 2),),)).segments[0].confidence == CEILING


def test_the_engines_sureness_counts_where_words_have_none() -> None:
    whole = Segment(0, Span(0, 2), "您好请问方便吗", (), 0.3)
    assert finished(whole, speech=((Span(0, 2),),)).segments[0].doubts == (Doubt.UNSURE,)


def test_voice_is_looked_for_on_the_own_channel() -> None:
    heard = ((Span(0, 3),), (Span(20, 22),))
    made = finished(segment(*"您好请问方便吗"), segment(*"喂你好", at_s=5, channel=1), speech=heard).segments
    assert [each.doubts for each in made] == [(), (Doubt.NO_SPEECH,)]


def test_without_voice_activity_the_own_times_count() -> None:
    assert finished(segment(*"您好请问方便吗"), speech=()).segments[0].doubts == ()


def test_a_segment_alone_in_its_stretch_answers_for_all_of_it() -> None:
    few = segment("嗯好", at_s=3)
    assert finished(few, speech=((Span(0, 12),),)).segments[0].doubts == (Doubt.RATE,)
    more = segment(*"那您稍等我看一下", at_s=6)
    assert [each.doubts for each in finished(few, more, speech=((Span(0, 12),),)).segments] == [(), ()]


def test_words_squeezed_into_a_moment_are_measured_by_their_stretch() -> None:
    squeezed = segment(*"您好请问方便吗", at_s=1, word_s=0.0)
    assert finished(squeezed, speech=((Span(0, 3),),)).segments[0].doubts == ()


def test_the_same_unsure_sentence_in_many_stretches_is_doubted() -> None:
    segments = [segment(*"我是一名优秀的学生", at_s=at_s, probability=0.5) for at_s in (0, 10, 20)]
    speech = (tuple(Span(at_s, at_s + 3) for at_s in (0, 10, 20)),)
    assert [each.doubts for each in finished(*segments, speech=speech).segments] == [(Doubt.LOOP,)] * 3


def test_what_is_known_beside_the_words_stays() -> None:
    transcript = Transcript("zh", 0.8, (), ((Span(0, 1),),), cross_talk_s=(0.5,))
    assert finish(transcript, EMPTY) == transcript


def test_finishing_twice_changes_nothing() -> None:
    made = finished(segment(*"您這邊,考慮嗎?"), segment(*"謝謝觀看", at_s=20, probability=0.6))
    assert finish(made, EMPTY) == made


@pytest.mark.parametrize("said", ["林家一", "林佳怡"])
def test_the_list_was_perhaps_never_shown_so_that_it_is_no_sign_here(said: str) -> None:
    words = WordList(("林佳怡",), "r1", (("林家一", "林佳怡"),))
    unsure = segment(*said, probability=0.55)
    (kept,) = finish(Transcript("zh", None, (unsure,), ((Span(0.0, 1.0),),)), words).segments
    assert (kept.text, kept.doubts) == ("林佳怡", ())


def test_listed_names_are_not_foreign_whoever_was_shown_them() -> None:
    said = segment("Cloud ", "Bridge ", "Family ", "Plan")
    heard = Transcript("zh", None, (said,), ((Span(0.0, 2.0),),))
    assert finish(heard, EMPTY).segments[0].doubts == (Doubt.LANGUAGE,)
    assert finish(heard, WordList(("Cloud Bridge Family Plan",), "r1")).segments[0].doubts == ()


def test_the_confidence_that_a_doubt_has_lowered_is_not_how_sure_the_engine_was() -> None:
    read_out = Segment(0, Span(0, 2), "畅享套餐尊享套餐", (), CEILING, (Doubt.LISTED_WORDS,))
    assert finished(read_out, speech=((Span(0, 2),),)).segments[0].doubts == (Doubt.LISTED_WORDS,)
