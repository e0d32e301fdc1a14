"""What is doubted and, as important, what is not: ordinary talk stays free of doubts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.core.call import Doubt, Segment, Word
from qa_pipeline.core.span import Span
from qa_pipeline.language.word_list import EMPTY, WordList
from qa_pipeline.transcribe.guards import CEILING, doubted, doubts, is_read_out, repeated
from qa_pipeline.transcribe.loops import is_loop
from qa_pipeline.transcribe.spoken_tokens import syllables, tokens
from qa_pipeline.transcribe.subtitles import never_said, only_farewells, phrases

DATA = Path(__file__).parent.parent.parent / "training" / "data"
LISTED = WordList(("畅享套餐", "尊享套餐", "至尊套餐", "全家福宽带", "陈雨桐", "千兆包"), "test")


def found(
    text: str,
    *,
    speech_s: float | None = None,
    probability: float | None = 0.95,
    language: str = "zh",
    listed: WordList = EMPTY,
    no_speech: float | None = None,
) -> set[Doubt]:
    """Doubts of a text, by default spoken at four syllables a second and surely recognised."""
    words = (Word(text, Span(0.0, 1.0), probability),)
    length_s = syllables(tokens(text)) / 4 if speech_s is None else speech_s
    return set(doubts(text, words, length_s, language, listed, no_speech=no_speech))


def labelled_turns() -> Iterator[tuple[str, str]]:
    """Language and text of every turn that people labelled."""
    for path in sorted(DATA.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            call = json.loads(line)
            language = call.get("language", "en" if ".en." in path.name else "zh")
            yield from ((language, turn["text"]) for turn in call.get("turns", ()))


def test_no_turn_of_a_labelled_call_is_doubted() -> None:
    turns = list(dict.fromkeys(labelled_turns()))
    wrong = [text for language, text in turns if found(text, language=language, probability=0.75)]
    assert wrong == []
    assert {language for language, _ in turns} == {"zh", "en"} and len(turns) > 20_000


@pytest.mark.parametrize(
    "text",
    [
        "字幕由Amara.org社区提供",
        "字幕由 Amara.org 社群提供",
        "請不吝點贊 訂閱 轉發 打賞支持明鏡與點點欄目",
        "请不吝点赞，订阅，转发，打赏支持《明镜与点点》栏目！",
        "明镜需要您的支持 欢迎订阅明镜",
        "中文字幕志愿者 杨茜茜",
        "優優獨播劇場——YoYo Television Series Exclusive",
        "MING PAO CANADA // MING PAO TORONTO",
        "词曲 李宗盛",
        "好的，那我等你。字幕由某某某提供",
        "多謝您收睇時局新聞，再會！",
    ],
)
def test_credits_of_videos_are_never_said(text: str) -> None:
    assert Doubt.SUBTITLE in found(text)


@pytest.mark.parametrize("text", ["Subtitles by the Amara.org community", "Don't forget to subscribe to my channel!"])
def test_english_credits_are_never_said(text: str) -> None:
    assert found(text, language="en") == {Doubt.SUBTITLE}


@pytest.mark.parametrize("text", ["谢谢观看", "謝謝大家收看，我們下期再見！", "感谢观看，请订阅", "字幕 by 索兰"])
def test_farewells_alone_are_doubted_unless_everything_speaks_for_them(text: str) -> None:
    assert found(text, probability=0.8) == {Doubt.SUBTITLE}
    assert Doubt.SUBTITLE in found(text, no_speech=0.5)
    assert Doubt.SUBTITLE in found(text, speech_s=0.3)
    assert Doubt.SUBTITLE in found(text, probability=None)


@pytest.mark.parametrize(
    "text",
    [
        "谢谢您的观看体验反馈，这个盒子您再看两天。",
        "谢谢您的观看，那我给您把年费续上。",
        "这个片子有中文字幕的，爸妈看着不累。",
        "您订阅以后每个月都能取消。",
        "谢谢。",
        "好的，感谢您的支持，再见。",
        "您收看的时候卡不卡？",
    ],
)
def test_talk_of_a_seller_of_television_is_not_doubted(text: str) -> None:
    assert found(text, probability=0.6) == set()


def test_a_farewell_that_was_surely_said_is_believed() -> None:
    assert found("谢谢您的观看") == set()
    assert found("Thanks for watching.", language="en") == set()


def test_every_phrase_of_the_list_is_found_by_itself() -> None:
    assert all(never_said(phrase) for phrase in phrases()["anywhere"])
    assert all(only_farewells(phrase) for phrase in phrases()["alone"])
    assert all(len(lines) == len(set(lines)) for lines in phrases().values())


def test_a_long_text_of_farewells_ends_the_search() -> None:
    assert not only_farewells("字幕by" + "谢谢观看" * 5000 + "好")
    assert not only_farewells("编曲" * 19 + "我们今天讲的是这个产品的价格以及它的优惠呢好")
    assert only_farewells("编曲王小明编曲谢谢观看") and not only_farewells("编曲谢谢观看" + "好" * 21)


@pytest.mark.parametrize(
    "text",
    [
        "对对对对对对",
        "好好好，嗯嗯嗯，是是是",
        "嗯嗯嗯嗯嗯嗯嗯嗯",
        "好的好的好的好的",
        "喂，能听到吗？喂，能听到吗？喂，能听到吗？",
    ],
)
def test_people_repeat_themselves(text: str) -> None:
    assert found(text) == set()


@pytest.mark.parametrize("number", ["136 1366 6666", "1000000000", "四个八，八八八八", "一三六六六六六六六六六"])
def test_numbers_repeat_digits(number: str) -> None:
    assert found(number) == set()


@pytest.mark.parametrize(
    "text",
    [
        "嗯" * 12,
        "我们的" * 10,
        "这个套餐很划算，" * 5,
        "我帮您看一下这个地址，" * 3,
        "呃哎哎呃搁啊哎哎呃呃哎啊哎哎哎搁啊哎啊哎哎啊哎啊",
        "90" * 20,
    ],
)
def test_loops_are_doubted(text: str) -> None:
    assert Doubt.LOOP in found(text)


def test_english_loops_count_words() -> None:
    assert found("no no no no no", language="en") == set()
    assert found("I'm going to go. " * 5, language="en") == {Doubt.LOOP}


def test_the_bound_of_a_loop_is_its_number_of_repeats() -> None:
    assert not is_loop(tuple("这个套餐" * 4)) and is_loop(tuple("这个套餐" * 5))
    assert not is_loop(tuple("好" * 11)) and is_loop(tuple("好" * 12))


def test_words_without_voice_are_doubted() -> None:
    assert found("您好", speech_s=0.0) == {Doubt.NO_SPEECH}
    assert found("喂", speech_s=0.13) == set()


def test_more_words_than_fit_are_doubted() -> None:
    sentence = "我们这边是汇江通信的客户经理想跟您核对一下套餐"
    assert found(sentence, speech_s=1.0) == {Doubt.RATE}
    assert found(sentence, speech_s=2.5) == set()


def test_next_to_nothing_in_a_long_stretch_is_doubted() -> None:
    assert found("你好", speech_s=10.0) == {Doubt.RATE}
    assert found("你好", speech_s=5.0) == set()
    assert found("那我就先考虑一下", speech_s=10.0) == set()


def test_the_list_read_out_is_doubted_however_sure() -> None:
    assert found("畅享套餐，尊享套餐，至尊套餐，全家福宽带", listed=LISTED) == {Doubt.LISTED_WORDS}


def test_a_few_listed_words_are_doubted_when_not_surely_said() -> None:
    two = "畅享套餐，尊享套餐"
    assert found(two, listed=LISTED) == set()
    assert found(two, listed=LISTED, probability=0.8) == {Doubt.LISTED_WORDS}
    assert found(two, listed=LISTED, no_speech=0.5) == {Doubt.LISTED_WORDS}
    assert found(two, listed=LISTED, speech_s=0.6) == {Doubt.LISTED_WORDS}


def test_one_listed_word_is_an_answer() -> None:
    assert found("陈雨桐。", listed=LISTED, probability=0.7) == set()
    assert found("陈雨桐。", listed=LISTED, probability=0.55) == {Doubt.LISTED_WORDS}
    assert found("陈雨桐。", listed=LISTED, speech_s=0.2) == {Doubt.LISTED_WORDS}


def test_words_that_the_engine_was_not_shown_are_not_its_prompt() -> None:
    read_out = "畅享套餐，尊享套餐，至尊套餐，全家福宽带"
    assert doubts(read_out, (), 5.0, "zh", EMPTY, own=LISTED) == ()
    assert doubts(read_out, (), 5.0, "zh", LISTED) == (Doubt.LISTED_WORDS,)
    assert is_read_out(read_out, (), 5.0, LISTED) and not is_read_out(read_out, (), 5.0, EMPTY)
    assert not is_read_out("", (), 5.0, LISTED)


def test_listed_words_within_a_sentence_are_not_doubted() -> None:
    text = "我们有畅享套餐、尊享套餐、至尊套餐、全家福宽带这几种。"
    assert found(text, listed=LISTED, probability=0.6) == set()


@pytest.mark.parametrize(
    "text",
    [
        "ご視聴ありがとうございました",
        "시청해 주셔서 감사합니다",
        "Субтитры сделал",
        "I think you should come here today",
    ],
)
def test_other_scripts_in_a_chinese_call_are_doubted(text: str) -> None:
    assert Doubt.LANGUAGE in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "OK，OK。",
        "hello，hello，能听到吗",
        "VIP",
        "WiFi密码是 A B C 1 2 3",
        "bye bye",
        "iPhone 15 Pro Max",
        "zhangwei@example.com",
        "鲜の每日那个牌子",
        "Okay, thank you, bye bye.",
    ],
)
def test_loan_words_and_codes_in_a_chinese_call_are_not(text: str) -> None:
    assert found(text) == set()


def test_listed_names_are_of_the_language() -> None:
    name = "Harbour Bright Smile"
    assert found(name) == {Doubt.LANGUAGE}
    assert found(name, listed=WordList((name,), "test")) == set()


def test_chinese_in_an_english_call_is_doubted() -> None:
    assert found("谢谢你们的帮助", language="en") == {Doubt.LANGUAGE}
    assert found("Hello, is that Mrs Wang?", language="en") == set()
    assert found("谢谢你们的帮助", language="xx") == set()


def test_words_of_an_unsure_engine_are_doubted() -> None:
    assert found("我们银行的那个", probability=0.3) == {Doubt.UNSURE}
    assert found("我们银行的那个", probability=0.5) == set()
    assert found("我们银行的那个", probability=0.5, no_speech=0.4) == {Doubt.UNSURE}


def test_sounds_need_more_than_words() -> None:
    assert found("嗯，嗯嗯。", probability=0.65) == {Doubt.UNSURE}
    assert found("嗯，对。", probability=0.65) == set()
    assert found("嗯，嗯嗯。", probability=0.8) == set()


def test_no_words_no_doubts() -> None:
    assert found("……，", speech_s=0.0) == set()


@given(st.text(max_size=40), st.floats(0, 30), st.sampled_from(["zh", "en", "ja", "und", ""]))
def test_any_text_is_judged(text: str, speech_s: float, language: str) -> None:
    assert doubts(text, (), speech_s, language, LISTED) == doubts(text, (), speech_s, language, LISTED)


@given(st.sampled_from(["请不吝点赞", "字幕志愿者", "明镜与点点"]), st.text("好的嗯您看", max_size=10))
def test_a_credit_is_found_wherever_it_stands(credit: str, talk: str) -> None:
    assert Doubt.SUBTITLE in found(talk + credit + talk)


def said(text: str, at_s: float, confidence: float | None, length_s: float = 3.0) -> Segment:
    return Segment(0, Span(at_s, at_s + length_s), text, (), confidence)


def test_the_same_unsure_sentence_again_and_again_is_found() -> None:
    sentence = "我是一名优秀的学生。"
    segments = [said(sentence, at_s, 0.5) for at_s in (0, 10, 20)] + [said("那这个多少钱一个月？", 30, 0.5)]
    assert repeated(segments) == {0, 1, 2}
    assert repeated(segments[1:]) == set()


def test_sentences_that_an_agent_surely_repeats_are_believed() -> None:
    segments = [said("您好，请问能听到吗？", at_s, 0.9) for at_s in range(0, 50, 10)]
    assert repeated(segments) == set()
    assert repeated([*segments, said("您好，请问能听到吗？", 60, 0.9, length_s=0.3)]) == {5}


def test_short_answers_come_often() -> None:
    assert repeated([said("好的，谢谢", at_s, 0.4) for at_s in range(9)]) == set()


def test_doubted_words_keep_their_text_and_lose_their_confidence() -> None:
    segment = doubted(said("谢谢观看", 0, 0.9), (Doubt.SUBTITLE, Doubt.RATE))
    assert (segment.text, segment.confidence, segment.doubts) == ("谢谢观看", CEILING, (Doubt.SUBTITLE, Doubt.RATE))
    again = doubted(segment, (Doubt.RATE, Doubt.LOOP))
    assert again.doubts == (Doubt.SUBTITLE, Doubt.RATE, Doubt.LOOP)
    assert doubted(said("谢谢观看", 0, 0.1), (Doubt.UNSURE,)).confidence == 0.1
    assert doubted(said("谢谢观看", 0, None), (Doubt.UNSURE,)).confidence == CEILING
