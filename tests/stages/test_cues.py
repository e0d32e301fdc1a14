"""Cues in turns."""

from __future__ import annotations

import pytest

from qa_pipeline.core.call import Role
from qa_pipeline.stages.cue_matcher import cue_languages, cue_matcher
from tests.factories import A, C, U, turn


def prefixes(role: Role, text: str, language: str = "zh") -> set[str]:
    return {cue.split(".")[0] for cue in cue_matcher(language).cues(turn(role, text))}


def test_there_are_cues_for_both_languages() -> None:
    assert cue_languages() == ("en", "zh")


@pytest.mark.parametrize("text", ["您好，请问是周先生吗？", "您 好 請問是周先生嗎", "　您好！！！"])
def test_an_agents_greeting_in_any_spelling(text: str) -> None:
    assert "agent.greeting" in cue_matcher("zh").cues(turn(A, text))


def test_english_cues_are_whole_words_in_any_case() -> None:
    matcher = cue_matcher("en")
    assert matcher.cues(turn(A, "GOOD MORNING, this is Amy")) == matcher.cues(turn(A, "good morning, this is amy"))
    assert matcher.cues(turn(A, "good morning"))
    assert not matcher.cues(turn(A, "goodmorningx"))


def test_each_party_is_asked_for_its_own_cues_and_an_unknown_one_for_both() -> None:
    text = "您好，太贵了，我考虑一下，我们现在有优惠活动"
    assert prefixes(A, text) == {"agent"}
    assert prefixes(C, text) == {"customer"}
    matcher = cue_matcher("zh")
    assert matcher.cues(turn(U, text)) == matcher.cues(turn(A, text)) | matcher.cues(turn(C, text))


@pytest.mark.parametrize("text", ["", "？？？", "嘎嘎"])
def test_nothing_said_has_no_cue(text: str) -> None:
    assert cue_matcher("zh").cues(turn(U, text)) == frozenset()
