"""Cues: which there are, and whose turns are asked for which."""

from __future__ import annotations

import pytest

from qa_pipeline.core.call import Role
from qa_pipeline.language.patterns import Hit
from qa_pipeline.stages.cue_matcher import cue_languages, cue_matcher
from qa_pipeline.stages.evidence import ACTS
from tests.factories import A, C, U, turn

LANGUAGES = ("en", "zh")
#: Says something for both parties in each language.
BOTH = {
    "zh": "您好，太贵了，我考虑一下，我们现在有优惠活动",
    "en": "good morning, it's too expensive, i'll think about it",
}


def cues(role: Role, text: str, language: str = "zh") -> frozenset[str]:
    return cue_matcher(language).cues(turn(role, text))


def test_there_are_cues_for_both_languages() -> None:
    assert cue_languages() == LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_act_has_a_group_of_cues(language: str) -> None:
    assert {f"{role.value}.{act}" for role, act in ACTS} <= set(cue_matcher(language).names)


@pytest.mark.parametrize("text", ["您好，请问是周先生吗？", "您 好 請問是周先生嗎", "　您好！！！"])
def test_an_agents_greeting_in_any_spelling(text: str) -> None:
    assert "agent.greet" in cues(A, text)


@pytest.mark.parametrize(
    ("role", "text", "cue"),
    [
        (C, "再便宜点吧，太贵了", "customer.object_price"),
        (C, "不要不要，别再打了", "customer.refuse"),
        (C, "别家才二十块，比你们便宜", "customer.object_competitor"),
        (A, "我的工号是三零五二", "agent.identify_self"),
        (A, "实在不好意思打扰您了", "agent.apologise"),
    ],
)
def test_what_is_really_said_has_its_cue(role: Role, text: str, cue: str) -> None:
    assert cue in cues(role, text)


def test_english_cues_are_whole_words_in_any_case() -> None:
    assert cues(A, "GOOD MORNING, this is Amy", "en") == cues(A, "good morning, this is amy", "en")
    assert "agent.greet" in cues(A, "good morning", "en")
    assert not cues(A, "goodmorningx", "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_party_is_asked_for_its_own_cues_and_an_unknown_one_for_both(language: str) -> None:
    text = BOTH[language]
    by_agent, by_customer = cues(A, text, language), cues(C, text, language)
    assert {cue.split(".")[0] for cue in by_agent} == {"agent"}
    assert {cue.split(".")[0] for cue in by_customer} == {"customer"}
    assert cues(U, text, language) == by_agent | by_customer


def test_hits_point_at_the_original_characters() -> None:
    text = "嗯……太 貴 了！"
    hits = [hit for hit in cue_matcher("zh").hits(turn(C, text)) if hit.name == "customer.object_price"]
    assert "太 貴 了" in {text[hit.start : hit.end] for hit in hits}
    assert all(isinstance(hit, Hit) and 0 <= hit.start < hit.end <= len(text) for hit in hits)


@pytest.mark.parametrize("text", ["", "？？？", "嘎嘎"])
def test_nothing_said_has_no_cue(text: str) -> None:
    assert cues(U, text) == frozenset()
