"""Logic over three states, and the order and distance of two findings."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from qa_pipeline.checks.base import Check
from qa_pipeline.checks.finding import State
from qa_pipeline.checks.registry import run_check
from qa_pipeline.core.span import Span
from tests.factories import A, C, ask, call, check, quoted, timed

TALK = call(*timed((A, "您好"), (C, "贵"), (A, "理解，再见")))

#: One check for each state on TALK: it has words, lacks others, and has no stages.
YES: dict[str, Any] = {"phrases": {"any": ["您好"]}}
NO: dict[str, Any] = {"phrases": {"any": ["谢谢"]}}
WHO_KNOWS: dict[str, Any] = {"phrases": {"stage": ["close"], "any": ["您好"]}}
T, F, N = State.HOLDS, State.FAILS, State.UNKNOWN
OF = {T: YES, F: NO, N: WHO_KNOWS}


def says(word: str, **scope: Any) -> dict[str, Any]:
    return {"phrases": {"any": [word], **scope}}


@pytest.mark.parametrize(
    ("a", "b", "both", "either"),
    [
        (T, T, T, T),
        (T, F, F, T),
        (T, N, N, T),
        (F, T, F, T),
        (F, F, F, F),
        (F, N, F, N),
        (N, T, N, T),
        (N, F, F, N),
        (N, N, N, N),
    ],
)
def test_truth_table(a: State, b: State, both: State, either: State) -> None:
    parts = [OF[a], OF[b]]
    assert ask(TALK, all=parts).state is both
    assert ask(TALK, any=parts).state is either


@pytest.mark.parametrize(("a", "negated"), [(T, F), (F, T), (N, N)])
def test_not_turns_the_answer_and_leaves_unknown(a: State, negated: State) -> None:
    assert ask(TALK, not_=OF[a]).state is negated
    assert ask(TALK, not_={"not": OF[a]}).state is a


def test_not_keeps_the_evidence_and_says_what_it_means() -> None:
    unwanted = ask(TALK, not_=YES)
    assert (unwanted.reason.code, quoted(TALK, unwanted.hits)) == ("unwanted_found", ["您好"])
    clean = ask(TALK, not_=NO)
    assert (clean.reason.code, clean.evidence.searched) == ("not_found", (0, 1, 2))


def test_unknown_part_gives_its_reason() -> None:
    assert ask(TALK, all=[YES, WHO_KNOWS]).reason.code == "stages_unknown"


def test_all_joins_hits_in_order_and_the_windows() -> None:
    finding = ask(TALK, all=[says("再见", last_turns=1), says("您好", first_turns=1), says("您好")])
    assert quoted(TALK, finding.hits) == ["您好", "再见"]
    assert finding.evidence.searched == (0, 1, 2)
    assert (finding.evidence.searched_span, finding.reason.code) == (Span(0, 6), "all_held")


def test_any_that_fails_shows_the_whole_search_and_the_nearest() -> None:
    finding = ask(TALK, any=[says("谢谢", role="agent"), says("您好呀您", role="agent")])
    assert (finding.state, finding.hits) == (State.FAILS, ())
    assert finding.evidence.searched == (0, 2)


def test_single_part_is_the_part_itself() -> None:
    assert ask(TALK, all=[YES]) == ask(TALK, any=[YES]) == ask(TALK, **YES)


states = st.lists(st.sampled_from([T, F, N]), min_size=1, max_size=5)


@given(states)
def test_all_and_any_are_dual_and_do_not_depend_on_order(parts: list[State]) -> None:
    checks = [OF[part] for part in parts]
    every = ask(TALK, all=checks).state
    assert every is ask(TALK, all=checks[::-1]).state
    assert every is ask(TALK, not_={"any": [{"not": c} for c in checks]}).state


@pytest.mark.parametrize(
    ("n", "parts", "state"),
    [
        (1, [T], T),
        (1, [F], F),
        (1, [N], N),
        (1, [F, T, F], T),
        (2, [T, F, F], F),
        (2, [T, T, F], T),
        (2, [T, N, F], N),  # the unknown one could make it two
        (2, [F, N, F], F),  # even with it there would be one
        (2, [T, T, N], T),
        (3, [T, N, N], N),
        (3, [N, F, N], F),
    ],
)
def test_at_least(n: int, parts: list[State], state: State) -> None:
    assert ask(TALK, at_least={"n": n, "of": [OF[part] for part in parts]}).state is state


def test_at_least_says_how_many_and_shows_what_held_or_what_failed() -> None:
    held = ask(TALK, at_least={"n": 2, "of": [says("再见"), says("您好"), NO]})
    assert (held.reason.code, held.reason.values) == ("enough_held", {"count": 2, "wanted": 2, "total": 3})
    assert quoted(TALK, held.hits) == ["您好", "再见"]
    failed = ask(TALK, at_least={"n": 2, "of": [says("再见"), says("谢谢", role="customer"), NO]})
    assert (failed.reason.code, failed.reason.values["count"]) == ("too_few_held", 1)
    assert failed.hits == ()
    assert failed.evidence.searched == (0, 1, 2)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"n": 0, "of": [YES]}, "greater than or equal to 1"),
        ({"n": 2, "of": [YES]}, "can never hold"),
        ({"n": 1, "of": []}, "at least 1 item"),
    ],
)
def test_impossible_number_of_checks_is_refused(params: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        check(at_least=params)


@given(states, st.integers(1, 5))
def test_at_least_one_is_any_and_at_least_all_is_all(parts: list[State], n: int) -> None:
    checks = [OF[part] for part in parts]
    assert ask(TALK, at_least={"n": 1, "of": checks}).state is ask(TALK, any=checks).state
    assert ask(TALK, at_least={"n": len(checks), "of": checks}).state is ask(TALK, all=checks).state


def test_a_named_condition_is_answered_like_the_check_itself() -> None:
    named = {"greeted": check(**YES), "thanked": check(**NO)}
    assert run_check(check(use="greeted"), TALK, named) == ask(TALK, **YES)
    assert run_check(check(not_={"use": "thanked"}), TALK, named).state is T


def test_any_that_fails_shows_the_closest_candidate_of_all_parts() -> None:
    asked = call((A, "为您服吧"), (A, "祝您生活愉快在见"))
    finding = ask(asked, any=[says("为您服务"), says("祝您生活愉快再见")])
    assert finding.evidence.nearest is not None
    assert finding.evidence.nearest.matched == "祝您生活愉快再见"


@pytest.mark.parametrize(
    ("first", "then", "state", "code"),
    [
        ("您好", "再见", T, "order_held"),
        ("再见", "您好", F, "order_broken"),
        ("理解", "再见", T, "order_held"),  # the same turn, earlier characters
        ("您好", "您好", F, "order_broken"),
        ("谢谢", "您好", F, "phrases_missing"),
        ("您好", "谢谢", F, "phrases_missing"),
    ],
)
def test_order(first: str, then: str, state: State, code: str) -> None:
    finding = ask(TALK, order={"first": says(first), "then": says(then)})
    assert (finding.state, finding.reason.code) == (state, code)


def test_order_compares_the_first_hits_and_shows_both() -> None:
    asked = call((A, "再见"), (A, "您好"), (A, "再见"))
    finding = ask(asked, order={"first": says("您好"), "then": says("再见")})
    assert finding.state is State.FAILS
    assert [hit.turn for hit in finding.hits] == [1, 0]


def test_order_of_what_has_no_place_is_unknown() -> None:
    nowhere = {"phrases": {"none": ["闭嘴"]}}
    for first, then in ((nowhere, YES), (YES, nowhere)):
        finding = ask(TALK, order={"first": first, "then": then})
        assert (finding.state, finding.reason.code) == (State.UNKNOWN, "nothing_to_locate")


def test_order_with_an_unknown_part_is_unknown() -> None:
    assert ask(TALK, order={"first": YES, "then": WHO_KNOWS}).state is State.UNKNOWN
    assert ask(TALK, order={"first": WHO_KNOWS, "then": YES}).state is State.UNKNOWN


def test_order_fails_where_one_part_fails_whatever_the_other_is() -> None:
    for first, then in ((WHO_KNOWS, NO), (NO, WHO_KNOWS)):
        finding = ask(TALK, order={"first": first, "then": then})
        assert (finding.state, finding.reason.code) == (State.FAILS, "phrases_missing")


def test_order_fails_where_its_first_part_fails() -> None:
    assert ask(TALK, order={"first": {"not": says("您好")}, "then": says("再见")}).state is State.FAILS


#: 贵 at 2-4 s in turn 1; 理解 in turn 2 (4-6 s), 再见 in turn 4 (8-10 s).
LONG = call(*timed((A, "您好"), (C, "贵"), (A, "理解"), (C, "嗯"), (A, "再见")))


@pytest.mark.parametrize(
    ("word", "limit", "state"),
    [
        ("理解", {"turns": 1}, T),
        ("理解", {"turns": 0}, F),
        ("贵", {"turns": 0}, T),
        ("再见", {"turns": 2}, F),
        ("再见", {"turns": 3}, T),
        ("您好", {"turns": 9}, F),  # before the anchor
        ("理解", {"seconds": 0}, T),  # begins as the anchor ends
        ("再见", {"seconds": 4}, T),
        ("再见", {"seconds": 3.5}, F),
        ("您好", {"seconds": 99}, F),
        ("谢谢", {"seconds": 99}, F),
    ],
)
def test_within(word: str, limit: dict[str, Any], state: State) -> None:
    finding = ask(LONG, within={"check": says(word), "after": says("贵"), **limit})
    unit = next(iter(limit))
    assert (finding.state, finding.reason.code) == (state, f"within_{unit}_{'held' if state is T else 'missed'}")
    assert finding.reason.values == limit
    assert finding.evidence.searched == (0, 1, 2, 3, 4)


def test_within_shows_anchor_and_hit() -> None:
    finding = ask(LONG, within={"check": says("理解"), "after": says("贵"), "turns": 2})
    assert quoted(LONG, finding.hits) == ["贵", "理解"]


def test_any_anchor_will_do() -> None:
    asked = call((C, "贵"), (A, "嗯"), (C, "嗯"), (C, "贵"), (A, "理解"))
    assert ask(asked, within={"check": says("理解"), "after": says("贵"), "turns": 1}).state is State.HOLDS


def test_seconds_are_counted_between_words_where_words_have_times() -> None:
    # 贵 is said at 0-1 s of a ten second turn, 理解 right at its end: eight seconds lie between.
    asked = call((A, "贵一二三四五六七八解", 0, 10), word_size=1)
    assert ask(asked, within={"check": says("解"), "after": says("贵"), "seconds": 8}).state is State.HOLDS
    assert ask(asked, within={"check": says("解"), "after": says("贵"), "seconds": 7.5}).state is State.FAILS


@pytest.mark.parametrize(
    ("lines", "limit", "code"),
    [
        ([(A, "您好"), (A, "理解")], {"turns": 1}, "anchor_missing"),
        ([(C, "贵"), (A, "理解")], {"seconds": 1}, "times_unknown"),
        ([(C, "贵", 0, 1), (A, "理解")], {"seconds": 1}, "times_unknown"),
        ([], {"turns": 1}, "no_speech"),
    ],
)
def test_within_is_unknown_without_anchor_or_times(lines: list[Any], limit: dict[str, Any], code: str) -> None:
    finding = ask(call(*lines), within={"check": says("理解"), "after": says("贵"), **limit})
    assert (finding.state, finding.reason.code) == (State.UNKNOWN, code)


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ({}, "exactly one of turns, seconds"),
        ({"turns": 1, "seconds": 1}, "exactly one of turns, seconds"),
        ({"turns": -1}, "greater than or equal to 0"),
        ({"seconds": -1}, "greater than or equal to 0"),
        ({"seconds": "5"}, "number"),
        ({"turns": 1, "minutes": 2}, "Extra inputs"),
    ],
)
def test_impossible_distance_is_refused(limit: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        check(within={"check": YES, "after": NO, **limit})


WORDS = ["您好", "贵", "理解", "再见"]
dialogues = st.lists(
    st.tuples(st.sampled_from([A, C]), st.sampled_from([*WORDS, "嗯", "贵，理解"])), min_size=1, max_size=6
)


@given(dialogues, st.sampled_from(WORDS), st.sampled_from(WORDS), st.integers(0, 20), st.integers(1, 4000))
def test_shifting_all_times_changes_no_verdict_of_order_and_within(
    lines: list[Any], a: str, b: str, quarter_seconds: int, shift: int
) -> None:
    here = timed(*lines, turn_s=1.0, pause_s=0.5)
    later = [(role, text, start + shift / 4, end + shift / 4) for role, text, start, end in here]  # type: ignore[misc]
    for asked in (
        {"order": {"first": says(a), "then": says(b)}},
        {"within": {"check": says(b), "after": says(a), "seconds": quarter_seconds / 4}},
        {"within": {"check": says(b), "after": says(a), "turns": quarter_seconds}},
    ):
        now, then = ask(call(*here), **asked), ask(call(*later), **asked)
        assert (now.state, now.reason) == (then.state, then.reason)
        assert [(h.turn, h.start) for h in now.hits] == [(h.turn, h.start) for h in then.hits]


@given(dialogues, st.sampled_from(WORDS), st.sampled_from(WORDS), st.integers(0, 5))
def test_a_wider_limit_never_turns_held_into_missed(lines: list[Any], a: str, b: str, turns: int) -> None:
    near, wide = (
        ask(call(*lines), within={"check": says(b), "after": says(a), "turns": n}).state for n in (turns, turns + 1)
    )
    assert not (near is State.HOLDS and wide is not State.HOLDS)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"phrases": None},
        {"phrases": {"any": ["a"]}, "regex": {"pattern": "a"}},
        {"all": []},
        {"any": None},
        {"not_": {"phrases": {"any": ["a"]}}},
        {"phrase": {"any": ["a"]}},
        {"not": [{"phrases": {"any": ["a"]}}]},
    ],
)
def test_a_check_is_exactly_one_known_check(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Check.parse(wrong)


@pytest.mark.parametrize("depth", [50, 120])
def test_deeply_nested_logic_is_answered(depth: int) -> None:
    nested: dict[str, Any] = YES
    for _ in range(depth):
        nested = {"not": nested}
    assert ask(TALK, not_=nested).state is State.FAILS
