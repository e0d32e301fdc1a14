"""Questions in a text, and whether a text ends in one."""

from __future__ import annotations

import opencc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.language.questions import Question, asks, expects_answer, questions_in

ENDS_ASKING_ZH = [
    "您现在方便吗",
    "您好。您方便吗？",
    "您用的是什么套餐",
    "您是要一百兆，还是两百兆",
    "您是王先生吧。",
    "我给您登记一下，您看行不行",
    "一年一千三，是吧",
    "不转还只是账面上的，对不对。",
    "啊？",
]
ENDS_ASKING_EN = [
    "What's your name?",
    "do you have a minute",
    "You are Mr Lee, right",
    "You like it, don't you.",
    "It is 3.5 euros. What do you pay?",
]
ENDS_SAYING_ZH = [
    "您方便吗？那我先介绍一下我们的套餐",
    "您什么时候方便，我再打给您",
    "那我看看，是这样，他就问我哪天有空。",
    "好吧",
    "嗯，行吧。",
    "算了吧",
    "我们明天给您送过去",
    "好的",
    "",
    "。。。",
]
ENDS_SAYING_EN = ["Is it you? I thought so.", "Turn right", "We will be right there, yes we will", "Okay."]


@pytest.mark.parametrize("text", ENDS_ASKING_ZH)
def test_what_ends_in_a_question_expects_an_answer(text: str) -> None:
    assert expects_answer(text, "zh")


@pytest.mark.parametrize("text", ENDS_SAYING_ZH)
def test_what_goes_on_after_a_question_expects_none(text: str) -> None:
    assert not expects_answer(text, "zh")


@pytest.mark.parametrize("text", ENDS_ASKING_EN)
def test_english_that_ends_in_a_question(text: str) -> None:
    assert expects_answer(text, "en")


@pytest.mark.parametrize("text", ENDS_SAYING_EN)
def test_english_that_ends_in_a_statement(text: str) -> None:
    assert not expects_answer(text, "en")


def test_in_other_languages_only_marks_tell() -> None:
    assert expects_answer("Wie heißen Sie?", "de")
    assert not expects_answer("您方便吗", "de")
    assert asks("誰かが来た。何ですか？", "ja") == 1


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 0), ("您好。", 0), ("您好，您方便吗？您用什么套餐", 2), ("What is it? Okay. Is it you?", 2)],
)
def test_questions_are_counted(text: str, count: int) -> None:
    assert asks(text, "zh") == count


def test_questions_have_places_and_kinds() -> None:
    text = "您好。您方便吗？您用什么套餐"
    assert list(questions_in(text)) == [Question(3, 8, False), Question(8, 14, True)]
    assert list(questions_in(text, by_form=False)) == [Question(3, 8, False)]


SPOKEN = st.sampled_from([*ENDS_ASKING_ZH, *ENDS_SAYING_ZH])


@given(SPOKEN, st.sampled_from(ENDS_ASKING_ZH))
def test_a_question_at_the_end_is_seen_whatever_came_before(before: str, question: str) -> None:
    assert expects_answer(f"{before}。{question}", "zh")
    assert not expects_answer(f"{question}。{before}。我们明天送过去。", "zh")


@given(SPOKEN)
def test_the_script_does_not_matter(text: str) -> None:
    traditional = opencc.OpenCC("s2t").convert(text)
    assert expects_answer(traditional, "zh") == expects_answer(text, "zh")
    assert asks(traditional, "zh") == asks(text, "zh")


@given(SPOKEN, SPOKEN)
def test_questions_of_sentences_add_up(one: str, two: str) -> None:
    assert asks(f"{one}\n{two}", "zh") == asks(one, "zh") + asks(two, "zh")
