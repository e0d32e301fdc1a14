"""``regex``: hit, miss and edge."""

from __future__ import annotations

import time
from typing import Any

import pytest
from pydantic import ValidationError

from qa_pipeline.checks.finding import State
from qa_pipeline.checks.regex import TIME_LIMIT_S, repeats
from tests.factories import A, C, ask, call, check, quoted, timed

TALK = call(*timed((A, "您好，工号3052。"), (C, "你说"), (A, "工号是五二")), word_size=1)


def test_regex_quotes_every_match_with_its_time() -> None:
    finding = ask(TALK, regex={"pattern": "工号.?[0-9五]+"})
    assert (finding.state, finding.reason.code) == (State.HOLDS, "regex_found")
    assert finding.reason.values == {"match": "工号3052"}
    assert quoted(TALK, finding.hits) == ["工号3052", "工号是五"]
    # Ten characters in two seconds: the match is the characters 3 to 8 of the first turn.
    assert finding.hits[0].span is not None
    assert [finding.hits[0].span.start_s, finding.hits[0].span.end_s] == pytest.approx([0.6, 1.8])


def test_regex_miss_shows_what_was_searched() -> None:
    finding = ask(TALK, regex={"role": "agent", "pattern": "再见"})
    assert (finding.state, finding.reason.code, finding.evidence.searched) == (State.FAILS, "regex_missing", (0, 2))


def test_forbidden_pattern_turns_the_answer_round() -> None:
    assert ask(TALK, regex={"pattern": "滚", "forbid": True}).reason.code == "regex_none"
    crossed = ask(TALK, regex={"pattern": "五二|3052", "forbid": True})
    assert (crossed.state, crossed.reason.code) == (State.FAILS, "forbidden_found")
    assert crossed.reason.values == {"phrase": "3052", "count": 2}


def test_exclude_takes_out_the_whole_turn() -> None:
    finding = ask(TALK, regex={"pattern": "工号", "exclude": "您好"})
    assert [hit.turn for hit in finding.hits] == [2]
    assert ask(TALK, regex={"pattern": "工号", "exclude": "."}).state is State.FAILS


@pytest.mark.parametrize("pattern", ["x*", "(?=工)", "^", "$", r"\b"])
def test_match_of_no_characters_is_no_hit(pattern: str) -> None:
    assert ask(TALK, regex={"pattern": pattern}).state is State.FAILS


def test_case_does_not_matter() -> None:
    assert ask(call((A, "VIP客户")), regex={"pattern": "vip"}).state is State.HOLDS


@pytest.mark.parametrize("params", [{"pattern": "(a+)+$"}, {"pattern": "(a|aa)+$"}, {"pattern": "(?R)"}])
def test_catastrophic_pattern_is_bounded_and_unknown(params: dict[str, Any]) -> None:
    started = time.monotonic()
    finding = ask(call((A, "a" * 20_000 + "!")), regex=params)
    assert (finding.state, finding.reason.code) == (State.UNKNOWN, "regex_too_slow")
    # Generous: a machine under load may be slow, but without a limit this would take years.
    assert time.monotonic() - started < 20 * TIME_LIMIT_S


def test_catastrophic_exclusion_is_unknown_too() -> None:
    finding = ask(call((A, "a" * 20_000 + "!")), regex={"pattern": "a", "exclude": "(a+)+$"})
    assert finding.reason.code == "regex_too_slow"


@pytest.mark.parametrize(
    "pattern",
    ["(", "[a", "a{99999999999999999999}", r"\L<x>", "(?P<a>b)(?P=c)", "*", "(" * 3000 + "a" + ")" * 3000, ""],
)
def test_pattern_that_cannot_be_compiled_is_refused(pattern: str) -> None:
    with pytest.raises(ValidationError, match=r"regular expression|at least 1"):
        check(regex={"pattern": pattern})
    with pytest.raises(ValidationError, match=r"regular expression|at least 1"):
        check(regex={"pattern": "a", "exclude": pattern})


@pytest.mark.parametrize(
    ("text", "form", "quote"),
    [
        ("一共三十九块钱", "numbers", "三十九块钱"),
        ("一共39元", "numbers", "39元"),
        ("一共三十九块钱", None, None),
        ("一共三十九块钱", "plain", None),
        ("３９，元", "plain", "３９，元"),
        ("一百，三十九元", "numbers", "三十九元"),  # two numbers, not 10039
    ],
)
def test_normal_form_is_searched_and_the_words_as_said_are_quoted(
    text: str, form: str | None, quote: str | None
) -> None:
    asked = call((A, text))
    params = {"pattern": "(?<![0-9])39元"} | ({"form": form} if form else {})
    assert quoted(asked, ask(asked, regex=params).hits) == ([quote] if quote else [])


def test_exclusion_is_searched_in_the_same_form() -> None:
    params = {"pattern": "元", "exclude": "39元", "form": "numbers"}
    assert ask(call((A, "三十九块")), regex=params).state is State.FAILS
    assert ask(call((A, "四十九块")), regex=params).state is State.HOLDS


def test_traditional_text_needs_the_plain_form() -> None:
    asked = call((A, "您需要升級嗎"))
    assert ask(asked, regex={"pattern": "升级"}).state is State.FAILS
    assert quoted(asked, ask(asked, regex={"pattern": "升级", "form": "plain"}).hits) == ["升級"]


def test_denied_and_reported_matches_do_not_count() -> None:
    asked = call((A, "不需要您付钱"), (A, "他们说要付钱"), (A, "请您付钱"))
    assert [h.turn for h in ask(asked, regex={"pattern": "付.", "ignore_negated": True}).hits] == [1, 2]
    assert [h.turn for h in ask(asked, regex={"pattern": "付.", "ignore_reported": True}).hits] == [0, 2]


@pytest.mark.parametrize(("count", "state"), [(2, State.HOLDS), (3, State.FAILS)])
def test_matches_are_counted_over_the_scope(count: int, state: State) -> None:
    assert ask(call((A, "好"), (C, "好")), regex={"pattern": "好", "min_hits": count}).state is state


def test_every_turn_needs_a_match() -> None:
    params = {"pattern": "好", "every_turn": True}
    assert ask(call((A, "好"), (C, "好的")), regex=params).state is State.HOLDS
    failed = ask(call((A, "好"), (C, "嗯")), regex=params)
    assert (failed.state, failed.evidence.searched) == (State.FAILS, (1,))


@pytest.mark.parametrize("pattern", ["(a{100}){101}", "((a{50}){50}){5}", "a{20000}", "(?:x{9}|y{200}){60}"])
def test_pattern_that_would_fill_the_memory_is_refused(pattern: str) -> None:
    with pytest.raises(ValidationError, match="repeats things more than"):
        check(regex={"pattern": pattern})


@pytest.mark.parametrize(
    ("pattern", "times"), [("a", 1), ("a{3}", 3), ("(a{3}){4}", 12), (r"\{9\}", 1), ("[{9}]", 1), ("a{2}b{5}", 5)]
)
def test_nested_counts_multiply(pattern: str, times: int) -> None:
    assert repeats(pattern) == times
