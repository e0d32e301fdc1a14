"""``similar``: how close is close, what is quoted, and what a miss shows."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from qa_pipeline.checks.finding import State
from qa_pipeline.checks.similar import STRETCH, closest_stretch
from qa_pipeline.core.score import How
from qa_pipeline.language.normalise import comparable
from tests.factories import A, C, ask, call, check, quoted

WELCOME = "很高兴为您服务"


def similar(text: str, *sentences: str, **more: Any) -> Any:
    return ask(call((A, text)), similar={"to": list(sentences or (WELCOME,)), **more})


@pytest.mark.parametrize(
    ("text", "similarity"),
    [
        ("很高兴为您服务", 1.0),
        ("喂，很高兴，为您服务！", 1.0),
        ("很高兴能为您服务", 5 / 6),  # of six pairs 兴为 is missing
        ("为您服务很高兴", 5 / 6),
        ("高兴为您服", 4 / 6),
        ("为您服务", 3 / 6),
        ("请为您的家人服务一下", 2 / 6),
    ],
)
def test_similarity_is_the_share_of_the_pairs_of_the_sentence(text: str, similarity: float) -> None:
    assert closest_stretch(WELCOME, comparable(text))[0] == pytest.approx(similarity)
    state = similar(text, threshold=similarity - 0.01).state
    assert state is State.HOLDS
    if similarity < 1:
        assert similar(text, threshold=similarity + 0.01).state is State.FAILS


def test_script_and_marks_do_not_matter() -> None:
    assert similar("很，高興，為您服務", threshold=1.0).state is State.HOLDS


@pytest.mark.parametrize("text", ["", "，。", "好", "再见，祝您愉快"])
def test_nothing_in_common_has_no_candidate(text: str) -> None:
    finding = similar(text)
    assert (finding.state, finding.evidence.nearest, finding.reason.values) == (State.FAILS, None, {"percent": 0})


def test_hit_is_quoted_from_its_first_to_its_last_common_pair() -> None:
    text = "嗯嗯您好，很高兴呢，为您服务的，那个"
    finding = similar(text)
    assert quoted(call((A, text)), finding.hits) == ["很高兴呢，为您服务"]
    (hit,) = finding.hits
    assert (hit.how, hit.matched, hit.similarity) == (How.SIMILAR, WELCOME, pytest.approx(5 / 6))


def test_pairs_scattered_over_a_long_turn_are_not_close() -> None:
    text = "很高，这件事情说起来话就长了，高兴，我跟您说以后有的是时间，为您，慢慢讲清楚，服务"
    assert similar(text).state is State.FAILS
    assert similar(text).evidence.nearest is not None


def test_words_before_and_after_do_not_lower_the_similarity() -> None:
    around = "喂喂喂听得见吗" + WELCOME + "请问有什么可以帮到您"
    assert similar(around, threshold=1.0).state is State.HOLDS


def test_closest_of_several_sentences_is_named() -> None:
    finding = similar("祝您生活愉快", WELCOME, "祝您生活愉快再见")
    assert finding.hits[0].matched == "祝您生活愉快再见"


def test_miss_shows_the_closest_turn_in_scope() -> None:
    asked = call((A, "为您服务"), (C, WELCOME), (A, "高兴为您服"))
    finding = ask(asked, similar={"role": "agent", "to": [WELCOME], "threshold": 0.9})
    assert (finding.state, finding.reason.code, finding.reason.values) == (
        State.FAILS,
        "similar_missing",
        {"percent": 66},
    )
    assert finding.evidence.nearest is not None
    assert finding.evidence.nearest.turn == 2


def test_forbidden_sentence() -> None:
    assert similar("您好", forbid=True).reason.code == "similar_none"
    crossed = similar("很高兴能为您服务", forbid=True)
    assert (crossed.state, crossed.reason.code) == (State.FAILS, "forbidden_found")


def test_numbers_are_compared_by_value() -> None:
    assert similar("每个月只要39块钱", "每个月只要三十九元", threshold=1.0).state is State.HOLDS


def test_sounds_are_compared_with_pinyin_alone() -> None:
    heard = "恨高兴为您服勿"
    assert similar(heard, threshold=0.9).state is State.FAILS
    assert similar(heard, threshold=0.9, fuzzy="pinyin").state is State.HOLDS


@pytest.mark.parametrize("text", ["我们不收取任何手续费", "不是我们收取任何手续费", "我們不收取任何手續費"])
def test_denied_passage_does_not_count(text: str) -> None:
    fee = "我们收取任何手续费"
    assert similar(text, fee).state is State.HOLDS
    assert similar(text, fee, ignore_negated=True).state is State.FAILS
    assert similar(text, "我们不收取任何手续费", ignore_negated=True).state is (
        State.FAILS if text.startswith("不是") else State.HOLDS
    )


def test_reported_passage_does_not_count() -> None:
    assert similar("他们说很高兴为您服务", ignore_reported=True).state is State.FAILS


def test_hits_are_counted_and_every_turn_can_be_asked() -> None:
    asked = call((A, WELCOME), (A, "嗯"), (A, WELCOME))
    assert ask(asked, similar={"to": [WELCOME], "min_hits": 2}).state is State.HOLDS
    assert ask(asked, similar={"to": [WELCOME], "min_hits": 3}).state is State.FAILS
    assert ask(asked, similar={"to": [WELCOME], "every_turn": True}).evidence.searched == (1,)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({}, "Field required"),
        ({"to": []}, "at least 1 item"),
        ({"to": ["您好，啊"]}, "too short to be compared"),
        ({"to": [WELCOME], "threshold": 0}, "greater than 0"),
        ({"to": [WELCOME], "threshold": 1.1}, "less than or equal to 1"),
        ({"to": [WELCOME], "fuzzy": "edit"}, "pinyin"),
    ],
)
def test_impossible_parameters_are_refused(params: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        check(similar=params)


few = st.text("甲乙丙丁", max_size=14)


@settings(deadline=None)
@given(st.text("甲乙丙丁", min_size=4, max_size=8), few)
def test_closest_stretch_is_that_of_a_full_search(sentence: str, text: str) -> None:
    similarity, start, end = closest_stretch(sentence, text)
    target = Counter(pairwise(sentence))
    size = max(len(sentence), round(len(sentence) * STRETCH))

    def share(stretch: str) -> float:
        return (Counter(pairwise(stretch)) & target).total() / target.total()

    assert similarity == max((share(text[at : at + size]) for at in range(len(text) + 1)), default=0.0)
    assert similarity == share(text[start:end])
    assert end - start <= size


@given(few, few, few)
def test_more_words_around_never_lower_the_similarity(before: str, text: str, behind: str) -> None:
    assert closest_stretch("甲乙丙丁甲", before + text + behind)[0] >= closest_stretch("甲乙丙丁甲", text)[0]
