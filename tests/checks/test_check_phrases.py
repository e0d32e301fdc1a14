"""``phrases``: hits, misses, counts, the nearest candidate, and quotes that point at the words as written."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from qa_pipeline.checks.context import quote_of
from qa_pipeline.checks.finding import State
from qa_pipeline.core.call import Turn
from qa_pipeline.core.span import Span
from qa_pipeline.language.normalise import comparable
from tests.factories import A, C, ask, call, check, quoted, timed, turn, words


def hit_texts(text: str, **params: Any) -> list[str]:
    asked = call((A, text))
    return quoted(asked, ask(asked, phrases=params).hits)


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("喂，您好！", "您好"),
        ("您 好", "您 好"),
        ("<您>好", "您>好"),
    ],
)
def test_quote_is_the_phrase_as_it_was_written(text: str, quote: str) -> None:
    assert hit_texts(text, any=["您好"]) == [quote]


def test_phrase_is_not_found_across_turns() -> None:
    assert ask(call((A, "您"), (A, "好")), phrases={"any": ["您好"]}).state is State.FAILS


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("您需要升級嗎", "升级"),
        ("我們的５Ｇ套餐", "5g套餐"),
        ("Wi-Fi免费", "WIFI"),
        ("您好", "您好！"),
        ("ＡＢＣ", "abc"),
        ("說話", "说话"),
        ("说话", "說話"),
    ],
)
def test_width_case_script_and_punctuation_do_not_matter(text: str, phrase: str) -> None:
    assert len(hit_texts(text, any=[phrase])) == 1


@pytest.mark.parametrize(("min_hits", "state"), [(1, State.HOLDS), (3, State.HOLDS), (4, State.FAILS)])
def test_min_hits_counts_every_hit_of_every_phrase(min_hits: int, state: State) -> None:
    asked = call((A, "您好您好"), (C, "你好"))
    assert ask(asked, phrases={"any": ["您好", "你好"], "min_hits": min_hits}).state is state


def test_hits_stand_in_the_order_of_the_call() -> None:
    asked = call((A, "谢谢，您好"), (C, "您好"))
    assert quoted(asked, ask(asked, phrases={"any": ["您好", "谢谢"]}).hits) == ["谢谢", "您好", "您好"]


def test_phrase_inside_a_longer_hit_counts_once() -> None:
    assert hit_texts("打扰您了", any=["打扰", "打扰您", "您"]) == ["打扰您"]


def test_phrases_that_overlap_in_part_are_both_shown() -> None:
    assert hit_texts("不好意思", any=["不好意", "好意思"]) == ["不好意", "好意思"]


def test_same_phrase_twice_in_the_list_counts_once() -> None:
    assert ask(call((A, "您好")), phrases={"any": ["您好", "您,好"], "min_hits": 2}).state is State.FAILS


def test_hits_of_one_phrase_do_not_overlap_themselves() -> None:
    assert hit_texts("好好好好好", any=["好好"]) == ["好好", "好好"]


def test_all_needs_each_phrase_even_where_one_holds_another() -> None:
    assert ask(call((A, "打扰您了")), phrases={"all": ["打扰", "打扰您"]}).state is State.HOLDS
    failed = ask(call((A, "您好")), phrases={"all": ["您好", "谢谢", "再见"]})
    assert (failed.state, failed.reason.values) == (State.FAILS, {"wanted": "谢谢、再见"})


def test_all_may_be_spread_over_turns() -> None:
    assert ask(call((A, "您好"), (C, "嗯"), (A, "再见")), phrases={"all": ["再见", "您好"]}).state is State.HOLDS


def test_none_holds_with_the_window_as_evidence() -> None:
    finding = ask(call(*timed((A, "您好"), (C, "嗯"))), phrases={"role": "agent", "none": ["闭嘴", "滚"]})
    assert (finding.state, finding.hits, finding.reason.code) == (State.HOLDS, (), "phrases_none")
    assert (finding.evidence.searched, finding.evidence.searched_span) == ((0,), Span(0, 2))


def test_none_fails_with_the_forbidden_words() -> None:
    asked = call((A, "你，滚，闭嘴"))
    finding = ask(asked, phrases={"none": ["闭嘴", "滚"]})
    assert finding.state is State.FAILS
    assert finding.reason.values["count"] == 2
    assert quoted(asked, finding.hits) == ["滚", "闭嘴"]


def test_empty_turns_are_searched_in_vain() -> None:
    finding = ask(call((A, ""), (A, "，。")), phrases={"any": ["您好"]})
    assert (finding.state, finding.evidence.searched, finding.evidence.nearest) == (State.FAILS, (0, 1), None)


def test_time_comes_from_the_words_where_words_have_times() -> None:
    # Ten characters over 10 s, one second each: 谢谢 are the characters 6 and 7.
    asked = call((A, "您好，好的，谢谢再见", 0, 10), word_size=1)
    (hit,) = ask(asked, phrases={"any": ["谢谢"]}).hits
    assert hit.span == Span(6, 8)


def test_time_covers_every_word_that_the_phrase_touches() -> None:
    asked = call((A, "甲乙丙丁戊己", 10, 13), word_size=2)
    (hit,) = ask(asked, phrases={"any": ["乙丙"]}).hits
    assert hit.span == Span(10, 12)


def test_second_of_two_equal_words_has_its_own_time() -> None:
    asked = call((A, "好的好的", 0, 4), word_size=2)
    assert [hit.span for hit in ask(asked, phrases={"any": ["好的"]}).hits] == [Span(0, 2), Span(2, 4)]


def test_time_is_the_turns_without_word_times_and_none_without_any() -> None:
    assert ask(call((A, "您好", 1, 3)), phrases={"any": ["好"]}).hits[0].span == Span(1, 3)
    assert ask(call((A, "您好")), phrases={"any": ["好"]}).hits[0].span is None


def test_words_that_do_not_spell_the_text_give_the_time_of_the_turn() -> None:
    odd = Turn(0, A, "您好", Span(0, 9), None, words("你号", 0, 2))
    assert quote_of(odd, 0, 1).span == Span(0, 9)


def test_words_with_spaces_around_them_are_found() -> None:
    said = Turn(
        0,
        A,
        "how are you",
        Span(0, 3),
        None,
        (*words(" how", 0, 1, 4), *words(" are", 1, 2, 4), *words(" you", 2, 3, 4)),
    )
    assert quote_of(said, 4, 7).span == Span(1, 2)


def test_nearest_candidate_is_the_passage_that_comes_closest() -> None:
    asked = call((A, "你说什么"), (A, "嗯，我为您服物，好吧"), (A, "再见"))
    finding = ask(asked, phrases={"any": ["为您服务", "竭诚欢迎"]})
    assert finding.evidence.nearest is not None
    (near,) = quoted(asked, [finding.evidence.nearest])
    assert finding.evidence.nearest.turn == 1
    assert "为您服" in near


@pytest.mark.parametrize("text", ["完全无关的话", "短", ""])
def test_nothing_close_gives_no_candidate(text: str) -> None:
    assert ask(call((A, text)), phrases={"any": ["为您服务"]}).evidence.nearest is None


def test_nearest_stays_inside_the_scope() -> None:
    asked = call((C, "为您服物"), (A, "嗯"))
    assert ask(asked, phrases={"role": "agent", "any": ["为您服务"]}).evidence.nearest is None


def test_english_phrase_is_not_found_inside_a_word() -> None:
    assert ask(call((A, "this is it")), phrases={"any": ["hi"]}).state is State.FAILS


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({}, "exactly one of any, all, none"),
        ({"any": []}, "exactly one of any, all, none"),
        ({"any": ["a"], "none": ["b"]}, "exactly one of any, all, none"),
        ({"any": ["，。"]}, "at least one letter"),
        ({"any": ["好", ""]}, "at least one letter"),
        ({"all": ["a"], "min_hits": 2}, "min_hits goes with any"),
        ({"any": ["a"], "min_hits": 0}, "greater than or equal to 1"),
        ({"any": "您好"}, "tuple"),
        ({"any": [5]}, "string"),
        ({"any": [None]}, "string"),
    ],
)
def test_impossible_parameters_are_refused(params: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        check(phrases=params)


PHRASES = ["您好", "好的", "谢谢您", "5g"]
said = st.lists(st.text(st.sampled_from("您好的谢5gＧ，。 您"), max_size=10), min_size=1, max_size=4)


@given(said, st.integers(1, 3))
def test_every_hit_reads_as_one_of_the_phrases(texts: list[str], min_hits: int) -> None:
    asked = call(*[(A, text) for text in texts])
    finding = ask(asked, phrases={"any": PHRASES, "min_hits": min_hits})
    assert {comparable(quote) for quote in quoted(asked, finding.hits)} <= set(PHRASES)
    assert list(finding.hits) == sorted(finding.hits, key=lambda q: (q.turn, q.start))


@given(said)
def test_any_and_none_are_opposites(texts: list[str]) -> None:
    asked = call(*[(A, text) for text in texts])
    found, clean = ask(asked, phrases={"any": PHRASES}), ask(asked, phrases={"none": PHRASES})
    assert (found.state is State.HOLDS) == (clean.state is State.FAILS)
    assert found.hits == clean.hits


@given(said)
def test_full_width_text_gives_the_same_verdict(texts: list[str]) -> None:
    wide = [text.replace("5g", "５Ｇ") for text in texts]
    a, b = (ask(call(*[(A, text) for text in t]), phrases={"any": PHRASES}) for t in (texts, wide))
    assert (a.state, a.hits) == (b.state, b.hits)


def test_quote_of_a_turn_keeps_its_index() -> None:
    assert quote_of(turn(A, "您好", index=3), 0, 1).turn == 3
