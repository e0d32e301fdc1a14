"""Near-homophones of listed words: what is put right, what is left alone, and that words and text stay together."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.core.call import Segment, Word
from qa_pipeline.core.span import Span
from qa_pipeline.language.listed_latin import WORDS_FILE, common_words
from qa_pipeline.language.listed_words import UNSURE, find_corrections
from qa_pipeline.language.word_list import EMPTY, WordList, read_word_list, word_list
from qa_pipeline.resources import demo_dir
from qa_pipeline.transcribe.corrections import corrected
from qa_pipeline.transcribe.labelled import read_labelled
from training.matching.common_words import as_text, texts, words_in

SURE = 0.9


def segment(*pieces: str, probability: float | None = SURE) -> Segment:
    """A word for each piece, one second each; the text is what they make up."""
    words = tuple(Word(piece, Span(at, at + 1), probability) for at, piece in enumerate(pieces))
    return Segment(0, Span(0, len(pieces)), "".join(pieces).strip(), words, 0.8)


def by_character(text: str, probability: float | None = SURE) -> Segment:
    return segment(*text, probability=probability)


def rewritten(text: str, *listed: str, language: str = "zh", probability: float | None = SURE) -> str:
    return corrected(by_character(text, probability), word_list(listed), language).text


def changes(made: Segment) -> list[tuple[str, str | None]]:
    return [(word.text, word.heard) for word in made.words if word.heard is not None]


@pytest.mark.parametrize(
    ("heard", "listed", "said"),
    [
        ("我是客服林家一，工号六零二八", "林佳怡", "我是客服林佳怡，工号六零二八"),
        ("这里是云乔通信", "云桥通信", "这里是云桥通信"),
        ("给您办融合套参吧", "融合套餐", "给您办融合套餐吧"),
        # One sound may be a near one: n for l, s for sh, in for ing, h for f.
        ("我叫宁佳怡", "林佳怡", "我叫林佳怡"),
        ("我是孙美林", "孙美玲", "我是孙美玲"),
        ("随新付给您开通了", "随心付", "随心付给您开通了"),
        # Letters and digits count as written, in any case.
        ("您开5g畅想包吗", "5G畅享包", "您开5G畅享包吗"),
        ("wifi放大七", "WiFi放大器", "WiFi放大器"),
        # Three of four are written right: no matter how well the fourth fits its neighbours.
        ("给您办融合套参加吧", "融合套餐", "给您办融合套餐加吧"),
        # A character is read as its words call for: 银行 is yin hang.
        ("禾川银航的客服", "禾川银行", "禾川银行的客服"),
    ],
)
def test_a_listed_word_is_put_right(heard: str, listed: str, said: str) -> None:
    assert rewritten(heard, listed) == said


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        # Right as it stands.
        ("我是林佳怡", "林佳怡"),
        # The characters as written make sense, alone and with their neighbours.
        ("方便上午光线好一点", "光仙"),
        ("我家现在用的就是宽带", "佳线"),
        ("那就翻一番", "方亦凡"),
        ("多少能放一放", "方亦凡"),
        # Too many near sounds.
        ("我叫宁佳应", "林佳怡"),
        # Another name with another sound.
        ("我是林佳慧", "林佳怡"),
        ("这里是汇邻通信", "汇江通信"),
        # Numbers are no names.
        ("一共三十一块", "三石怡"),
        # Both characters of a short word differ, or the tone does, and the engine is sure.
        ("我叫力那", "李娜"),
        ("我叫李拿", "李娜"),
        # No Latin word is cut.
        ("用hiwifi放大七", "WiFi放大器"),
        # A pause is no part of a name.
        ("我姓林，家一点事", "林佳怡"),
    ],
)
def test_what_was_said_stays(text: str, listed: str) -> None:
    made = by_character(text)
    assert corrected(made, word_list((listed,)), "zh") is made


def test_short_words_need_the_same_tone_or_an_engine_that_is_guessing() -> None:
    assert rewritten("我叫李纳", "李娜") == "我叫李娜"
    assert rewritten("我叫力那", "李娜", probability=UNSURE) == "我叫力那"
    assert rewritten("我叫力那", "李娜", probability=UNSURE - 0.01) == "我叫李娜"
    assert rewritten("我叫力那", "李娜", probability=None) == "我叫力那"


def test_a_word_of_the_dictionary_is_no_short_name() -> None:
    assert rewritten("去湖南那边", "胡南", probability=0.1) == "去湖南那边"


def test_words_of_characters_keep_times_and_probabilities_and_say_what_was_heard() -> None:
    before = by_character("我是林家一。")
    made = corrected(before, word_list(("林佳怡",)), "zh")
    assert changes(made) == [("佳", "家"), ("怡", "一")]
    assert [(w.span, w.probability) for w in made.words] == [(w.span, w.probability) for w in before.words]
    assert (made.span, made.confidence, made.channel) == (before.span, before.confidence, before.channel)
    assert "".join(word.text for word in made.words) == made.text == "我是林佳怡。"


def test_words_of_several_characters_are_changed_in_place() -> None:
    made = corrected(segment("我是", "云乔", "通信的", "林家一，", "您好"), word_list(("云桥通信", "林佳怡")), "zh")
    assert [word.text for word in made.words] == ["我是", "云桥", "通信的", "林佳怡，", "您好"]
    assert changes(made) == [("云桥", "云乔"), ("林佳怡，", "林家一，")]


def test_two_corrections_in_one_word_remember_what_was_heard_first() -> None:
    made = corrected(segment("云乔通信林家一"), word_list(("云桥通信", "林佳怡")), "zh")
    assert changes(made) == [("云桥通信林佳怡", "云乔通信林家一")]


def test_words_that_become_one_are_joined_with_the_least_probability() -> None:
    words = (Word(" the", Span(0, 1), 0.9), Word(" Kin", Span(1, 2), 0.8), Word(" dle,", Span(2, 3), 0.3))
    made = corrected(Segment(0, Span(0, 3), "the Kin dle,", words), word_list(("Kindle",)), "en")
    assert made.text == "the Kindle,"
    assert made.words == (words[0], Word(" Kindle,", Span(1, 3), 0.3, "Kin dle,"))


def test_places_hold_where_words_become_longer_or_shorter_before_others() -> None:
    listed = word_list(("Kindle", "林佳怡"))
    made = corrected(segment("用", " kin", " dle ", "的林", "家一", "和kin dle，"), listed, "zh")
    assert made.text == "用 Kindle 的林佳怡和Kindle，"
    assert [word.text for word in made.words] == ["用", " Kindle ", "的林", "佳怡", "和Kindle，"]


def test_words_without_the_marks_of_the_text_are_corrected_too() -> None:
    words = tuple(Word(c, Span(at, at + 1), SURE) for at, c in enumerate("我是林家一您好"))
    made = corrected(Segment(0, Span(0, 7), "我是林家一，您好。", words), word_list(("林佳怡",)), "zh")
    assert made.text == "我是林佳怡，您好。"
    assert "".join(word.text for word in made.words) == "我是林佳怡您好"


def test_words_that_are_not_in_the_text_are_corrected_on_their_own() -> None:
    words = tuple(Word(c, Span(at, at + 1), SURE) for at, c in enumerate("林家宜三十"))
    made = corrected(Segment(0, Span(0, 5), "林家宜30", words), word_list(("林佳怡",)), "zh")
    assert made.text == "林佳怡30"
    assert "".join(word.text for word in made.words) == "林佳怡三十"


def test_text_without_words_is_corrected() -> None:
    assert corrected(Segment(0, Span(0, 5), "我是林家一"), word_list(("林佳怡",)), "zh").text == "我是林佳怡"


def test_the_word_written_right_holds_its_place_and_long_words_come_first() -> None:
    assert rewritten("我是林佳一", "林佳怡", "林佳一") == "我是林佳一"
    assert rewritten("云乔通信", "云桥", "云桥通信") == "云桥通信"


def test_named_wrong_spellings_are_replaced_wherever_they_stand() -> None:
    words = word_list(("林佳怡", "Kindle"), (("凌家一", "林佳怡"), ("candle", "Kindle")))
    made = corrected(segment("我是", "凌家一", "，用", "Candle", "和candles"), words, "zh")
    assert made.text == "我是林佳怡，用Kindle和candles"
    assert changes(made) == [("林佳怡", "凌家一"), ("Kindle", "Candle")]


def test_sounds_are_those_of_mandarin_only() -> None:
    assert rewritten("林家一", "林佳怡", language="ja") == "林家一"
    assert rewritten("林家一", "林佳怡", language="zh-CN") == "林佳怡"


@pytest.mark.parametrize(
    ("text", "listed", "said"),
    [
        ("I read it on my Kindel.", "Kindle", "I read it on my Kindle."),
        ("it's Fern Hill Broad band here", "Fernhill", "it's Fernhill Broad band here"),
        ("from Fernhil Broadband, nothing", "Fernhill Broadband", "from Fernhill Broadband, nothing"),
        ("our wi-fi box", "WiFi", "our WiFi box"),
        ("your Cindle there", "Kindle", "your Kindle there"),
    ],
)
def test_latin_words_are_found_by_their_letters(text: str, listed: str, said: str) -> None:
    assert corrected(segment(text), word_list((listed,)), "en").text == said


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("is the wifi on", "WiFi"),  # case alone is no mistake
        ("I think so", "Thinx"),  # a common word
        ("the wife is in", "WiFi"),  # too short to guess
        ("Kindling wood", "Kindle"),
        ("the Max 20 plan", "Max 30"),
        ("a bundle, please", "Kindle"),
        ("is it on, line one", "Online"),
    ],
)
def test_other_latin_words_stay(text: str, listed: str) -> None:
    made = segment(text)
    assert corrected(made, word_list((listed,)), "en") is made


def test_without_a_list_nothing_is_looked_at() -> None:
    made = by_character("我是林家一")
    assert corrected(made, EMPTY, "zh") is made
    assert find_corrections("", word_list(("林佳怡",)), "zh") == []


DEMO = read_word_list(demo_dir() / "words.txt")
MIXED = word_list(
    ("林佳怡", "云桥通信", "5G畅享包", "李娜", "Kindle", "WiFi"), (("凌家一", "林佳怡"), ("kin doll", "Kindle"))
)


def test_nothing_is_corrected_in_the_reference_of_the_demo() -> None:
    calls = read_labelled(demo_dir() / "reference.jsonl")
    all_texts = [turn.text for call in calls for turn in call.conversation.turns]
    assert len(all_texts) > 200
    assert [text for text in all_texts if find_corrections(text, DEMO, "zh")] == []


PIECES = st.lists(
    st.text(
        st.sampled_from("林凌宁家佳一怡的云乔桥通信五5gG畅想享包李里那娜，。 kKindolewWfF-"), min_size=1, max_size=6
    ),
    max_size=12,
)


@given(PIECES, st.sampled_from([None, 0.2, 0.9]), st.sampled_from(["zh", "en"]))
def test_words_and_text_stay_together(pieces: list[str], probability: float | None, language: str) -> None:
    before = segment(*pieces, probability=probability)
    made = corrected(before, MIXED, language)
    assert "".join(word.text for word in made.words).strip() == made.text
    spans = [word.span for word in made.words]
    assert [s.start_s for s in spans] == sorted({s.start_s for s in spans})
    assert {s.start_s for s in spans} <= {w.span.start_s for w in before.words}
    assert sum(s.duration_s for s in spans) == sum(w.span.duration_s for w in before.words)
    assert all(word.text.strip() != word.heard for word in made.words)
    assert (made is before) == (made.text == before.text)


@given(PIECES)
def test_what_is_heard_can_be_put_together_again(pieces: list[str]) -> None:
    before = segment(*pieces)
    made = corrected(before, MIXED, "zh")
    heard = "".join(word.text if word.heard is None else word.heard for word in made.words)
    assert heard.replace(" ", "") == before.text.replace(" ", "")


@given(PIECES)
def test_places_do_not_overlap_and_are_listed_words(pieces: list[str]) -> None:
    text = "".join(pieces)
    found = find_corrections(text, MIXED, "zh")
    assert all(0 <= each.start < each.end <= len(text) and each.word in MIXED.words for each in found)
    assert all(one.end <= two.start for one, two in pairwise(found))


def test_the_common_words_are_what_the_training_calls_give() -> None:
    assert WORDS_FILE.read_text(encoding="utf-8") == as_text(words_in(texts()))
    assert {"the", "don't", "broadband"} <= common_words()


def test_words_of_one_call_are_not_common() -> None:
    assert words_in([["Alpha beta", "beta"], ["Beta’s gamma", "gamma"], ["GAMMA alpha"]]) == {"alpha", "gamma"}


def test_many_words_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("\n".join(["林佳怡", *(f"{a}{b}云桥" for a in "甲乙丙丁" for b in "天地玄黄")]), encoding="utf-8")
    listed: WordList = read_word_list(path)
    assert corrected(by_character("我是林家一"), listed, "zh").text == "我是林佳怡"
