"""What is taken for what, and how it sounds."""

from __future__ import annotations

import pytest

from qa_pipeline.core.call import Segment, Transcript, Turn
from qa_pipeline.core.span import Span
from qa_pipeline.transcribe.evaluate import compare
from qa_pipeline.transcribe.evaluate.confusions import alike, most_frequent
from tests.factories import A


def confusions(*pairs: tuple[str, str], language: str = "zh") -> dict[str, list[dict[str, object]]]:
    """The errors of turns that were said and recognised like this, one recording each."""
    found = []
    for said, recognised in pairs:
        transcript = Transcript(language, None, (Segment(0, Span(0, 1), recognised),))
        found += compare("a", [Turn(0, A, said, Span(0, 1), 0)], transcript).confusions
    return most_frequent(found, 10)


@pytest.mark.parametrize(
    ("said", "recognised", "sounds"),
    [
        ("天气很好", "天汽很好", "homophone"),
        ("我姓林", "我姓零", "near"),
        ("去湖南", "去湖兰", "near"),
        ("是这样", "四这样", "near"),
        ("您好", "您差", ""),
        ("我的卡", "我的5", ""),
    ],
)
def test_homophones_are_marked_whatever_the_tone(said: str, recognised: str, sounds: str) -> None:
    (error,) = confusions((said, recognised))["substituted"]
    assert error["alike"] == sounds


def test_characters_with_several_readings_are_read_in_context() -> None:
    (error,) = compare(
        "a", [Turn(0, A, "去银行吧", Span(0, 1), 0)], Transcript("zh", None, (Segment(0, Span(0, 1), "去银航吧"),))
    ).confusions
    assert error.pair == ("行", "航")
    assert alike(error) == "homophone"


def test_the_most_frequent_come_first_with_where_they_stood() -> None:
    found = confusions(("家庭宽带", "家停宽带"), ("好气", "好汽"), ("天气", "天汽"))
    assert [(error["said"], error["recognised"], error["count"]) for error in found["substituted"]] == [
        ("气", "汽", 2),
        ("庭", "停", 1),
    ]
    assert found["substituted"][1]["in"] == "家庭宽带"


def test_what_is_left_out_and_put_in_is_counted_apart() -> None:
    found = confusions(("好的呢", "好呢"), ("好的呢", "好呢"), ("可以", "可以嗯"))
    assert found["deleted"] == [{"text": "的", "count": 2, "in": "好的呢"}]
    assert found["inserted"] == [{"text": "嗯", "count": 1, "in": "可以嗯"}]
    assert found["substituted"] == []


def test_only_so_many_are_listed_as_asked_for() -> None:
    transcript = Transcript("zh", None, (Segment(0, Span(0, 1), "甲乙丙"),))
    errors = compare("a", [Turn(0, A, "天地人", Span(0, 1), 0)], transcript).confusions
    assert len(most_frequent(errors, 2)["substituted"]) == 2
    assert most_frequent(errors, 0) == {"substituted": [], "deleted": [], "inserted": []}


def test_words_of_other_languages_have_no_homophones() -> None:
    (error,) = confusions(("the plan starts", "the plane starts"), language="en")["substituted"]
    assert (error["said"], error["recognised"], error["alike"]) == ("plan", "plane", "")
    assert error["in"] == "the plan starts"
