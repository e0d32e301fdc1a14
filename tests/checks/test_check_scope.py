"""Which turns a check looks at, for every key of the scope, and what makes a scope unanswerable."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from qa_pipeline.checks.context import Context
from qa_pipeline.checks.finding import State, Window
from qa_pipeline.checks.scope import Scope, call_end_s, missing_facts, window_of
from qa_pipeline.core.call import Call
from qa_pipeline.core.span import Span
from tests.factories import A, C, U, ask, call, check, timed

SCOPED_CHECKS: list[dict[str, Any]] = [
    {"phrases": {"any": ["好"]}},
    {"regex": {"pattern": "好"}},
    {"question": {}},
    {"similar": {"to": ["您好，打扰您了"]}},
    {"repetition": {"of": "self"}},
]

#: agent 0-2, customer 2-4, agent 4-6, customer 6-8, agent 8-10
TALK = call(*timed((A, "一"), (C, "二"), (A, "三"), (C, "四"), (A, "五")), stages="onnrc")


def window(talk: Call, **scope: Any) -> Window:
    return window_of(Scope.model_validate(scope), Context(talk))


@pytest.mark.parametrize(
    ("scope", "turns"),
    [
        ({}, (0, 1, 2, 3, 4)),
        ({"role": "agent"}, (0, 2, 4)),
        ({"role": "customer"}, (1, 3)),
        ({"stage": ["needs"]}, (1, 2)),
        ({"stage": ["needs", "close"]}, (1, 2, 4)),
        ({"stage": ["objection"]}, ()),
        ({"first_turns": 2}, (0, 1)),
        ({"last_turns": 2}, (3, 4)),
        ({"first_turns": 99}, (0, 1, 2, 3, 4)),
        ({"last_turns": 99}, (0, 1, 2, 3, 4)),
        ({"role": "agent", "first_turns": 2}, (0, 2)),
        ({"role": "customer", "last_turns": 1}, (3,)),
        ({"first_seconds": 4}, (0, 1, 2)),
        ({"first_seconds": 3.9}, (0, 1)),
        ({"last_seconds": 4}, (2, 3, 4)),
        ({"last_seconds": 3.9}, (3, 4)),
        ({"role": "agent", "first_turns": 2, "stage": ["needs"]}, (2,)),
        ({"role": "agent", "last_seconds": 5}, (2, 4)),
        ({"first_percent": 40}, (0, 1, 2)),
        ({"first_percent": 39}, (0, 1)),
        ({"first_percent": 100}, (0, 1, 2, 3, 4)),
        ({"last_percent": 40}, (2, 3, 4)),
        ({"last_percent": 39}, (3, 4)),
        ({"role": "customer", "last_percent": 50}, (3,)),
        ({"first_seconds": 6, "first_percent": 25}, (0, 1)),  # the narrower one
        ({"last_seconds": 1, "last_percent": 90}, (4,)),
        ({"first_seconds": 6, "last_percent": 60}, (1, 2, 3)),  # both ends together
        ({"first_turns": 4, "last_seconds": 6}, (1, 2, 3)),
    ],
)
def test_window_of_every_key(scope: dict[str, Any], turns: tuple[int, ...]) -> None:
    assert window(TALK, **scope).turns == turns


def test_window_names_its_time() -> None:
    assert window(TALK, stage=["needs"]).span == Span(2, 6)
    assert window(call((A, "一"))).span is None


def test_last_seconds_count_from_the_end_of_the_recording() -> None:
    # Ten seconds of silence follow the last word: its last 5 s hold no speech.
    quiet_end = call(*timed((A, "一"), (C, "二")), recording_s=14.0)
    assert call_end_s(quiet_end) == 14.0
    assert window(quiet_end, last_seconds=5).turns == ()
    assert window(quiet_end, last_seconds=10).turns == (1,)
    assert window(quiet_end, last_percent=50).turns == ()
    assert window(quiet_end, last_percent=75).turns == (1,)


def test_end_is_the_last_word_where_the_recording_claims_less() -> None:
    assert call_end_s(call(*timed((A, "一"), (C, "二")), recording_s=1.0)) == 4.0
    assert call_end_s(call()) == 0.0


@pytest.mark.parametrize(
    ("scope", "lines", "code"),
    [
        ({}, [], "no_speech"),
        ({"role": "agent", "stage": ["close"], "first_seconds": 1}, [], "no_speech"),
        ({"role": "agent"}, [(U, "好"), (U, "好")], "roles_unknown"),
        ({"role": "agent"}, [(U, "好"), (C, "好")], "party_silent"),
        ({"role": "customer"}, [(A, "好")], "party_silent"),
        ({"first_seconds": 9}, [(A, "好", 0, 1), (C, "好")], "times_unknown"),
        ({"last_seconds": 9}, [(A, "好")], "times_unknown"),
        ({"first_percent": 9}, [(A, "好")], "times_unknown"),
        ({"last_percent": 9}, [(A, "好")], "times_unknown"),
        ({"after": {"check": {"regex": {"pattern": "好"}}, "seconds": 3}}, [(A, "好")], "times_unknown"),
        ({"after": {"check": {"regex": {"pattern": "贵"}}}}, [(A, "好")], "anchor_missing"),
        ({"before": {"check": {"regex": {"pattern": "贵", "role": "customer"}}}}, [(A, "好")], "party_silent"),
        ({"after": {"check": {"regex": {"pattern": "贵", "forbid": True}}}}, [(A, "好")], "nothing_to_locate"),
        ({"stage": ["opening"]}, [(A, "好")], "stages_unknown"),
    ],
)
@pytest.mark.parametrize("asked", SCOPED_CHECKS, ids=lambda asked: next(iter(asked)))
def test_what_is_not_known_makes_the_check_unknown(
    asked: dict[str, Any], scope: dict[str, Any], lines: list[Any], code: str
) -> None:
    name, params = next(iter(asked.items()))
    finding = ask(call(*lines), **{name: {**params, **scope}})
    assert (finding.state, finding.reason.code) == (State.UNKNOWN, code)
    assert not finding.hits


def test_turn_of_unknown_role_is_searched_only_without_a_role() -> None:
    mixed = call((U, "您好"), (A, "嗯"))
    assert ask(mixed, phrases={"any": ["您好"]}).state is State.HOLDS
    assert ask(mixed, phrases={"role": "agent", "any": ["您好"]}).state is State.UNKNOWN


def test_scope_that_can_be_answered_misses_nothing() -> None:
    assert missing_facts(Scope(role="agent", stage=("needs",), first_seconds=1), Context(TALK)) is None


@pytest.mark.parametrize(
    ("scope", "message"),
    [
        ({"role": "unknown"}, "role is agent or customer"),
        ({"role": "boss"}, "agent"),
        ({"stage": "opening"}, "tuple"),
        ({"stage": ["begin"]}, "opening"),
        ({"first_turns": 1, "last_turns": 1}, "first_turns or last_turns, not both"),
        ({"first_seconds": 6, "last_seconds": 6}, "first_seconds or last_seconds, not both"),
        ({"first_percent": 6, "last_percent": 6}, "first_percent or last_percent, not both"),
        ({"first_percent": 0}, "greater than 0"),
        ({"last_percent": 101}, "less than or equal to 100"),
        ({"stage": ["needs", "needs"]}, "a stage is named twice"),
        ({"around": {"check": {"regex": {"pattern": "贵"}}}}, "around needs turns or seconds"),
        ({"after": {"check": {"regex": {"pattern": "贵"}}, "turns": -1}}, "greater than or equal to 0"),
        ({"after": {"check": {"regex": {"pattern": "贵"}}, "hit": "second"}}, "first"),
        ({"after": {"check": {"phrase": {"any": ["贵"]}}}}, "did you mean phrases"),
        ({"after": {}}, "Field required"),
        ({"first_turns": 0}, "greater than or equal to 1"),
        ({"first_turns": 1.5}, "integer"),
        ({"first_turns": True}, "integer"),
        ({"last_turns": -1}, "greater than or equal to 1"),
        ({"first_seconds": 0}, "greater than 0"),
        ({"last_seconds": -3}, "greater than 0"),
        ({"first_seconds": "10"}, "number"),
        ({"first_seconds": True}, "number"),
        ({"firstturns": 1}, "Extra inputs"),
    ],
)
def test_impossible_scope_is_refused(scope: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        check(phrases={"any": ["好"], **scope})


def after(word: str, **more: Any) -> dict[str, Any]:
    return {"check": {"phrases": {"any": [word]}}, **more}


#: Anchors at turns 1 and 3 (贵, 2-4 s and 6-8 s); six turns of two seconds.
ANCHORED = call(*timed((A, "一"), (C, "贵"), (A, "三"), (C, "贵"), (A, "五"), (C, "六")))


@pytest.mark.parametrize(
    ("side", "anchor", "turns"),
    [
        ("after", {}, (1, 2, 3, 4, 5)),
        ("after", {"hit": "last"}, (3, 4, 5)),
        ("after", {"hit": "any"}, (1, 2, 3, 4, 5)),
        ("after", {"same_turn": False}, (2, 3, 4, 5)),
        ("after", {"turns": 1}, (1, 2)),
        ("after", {"turns": 0}, (1,)),
        ("after", {"turns": 0, "same_turn": False}, ()),
        ("after", {"turns": 1, "hit": "last", "same_turn": False}, (4,)),
        ("after", {"turns": 1, "hit": "any", "same_turn": False}, (2, 4)),
        ("after", {"seconds": 0}, (1, 2)),  # begins as the anchor ends
        ("after", {"seconds": 2}, (1, 2, 3)),
        ("after", {"seconds": 1.9}, (1, 2)),
        ("after", {"seconds": 2, "turns": 1}, (1, 2)),
        ("before", {}, (0, 1)),
        ("before", {"hit": "last"}, (0, 1, 2, 3)),
        ("before", {"hit": "any"}, (0, 1, 2, 3)),
        ("before", {"same_turn": False}, (0,)),
        ("before", {"hit": "last", "turns": 1}, (2, 3)),
        ("before", {"hit": "last", "seconds": 2}, (1, 2, 3)),
        ("before", {"hit": "last", "seconds": 1}, (2, 3)),
        ("before", {"hit": "any", "turns": 1, "same_turn": False}, (0, 2)),
        ("around", {"turns": 1}, (0, 1, 2)),
        ("around", {"turns": 1, "hit": "last"}, (2, 3, 4)),
        ("around", {"turns": 1, "hit": "any", "same_turn": False}, (0, 2, 4)),
        ("around", {"seconds": 2, "hit": "last"}, (1, 2, 3, 4, 5)),
        ("around", {"seconds": 1, "hit": "last", "same_turn": False}, (2, 4)),
    ],
)
def test_window_beside_an_anchor(side: str, anchor: dict[str, Any], turns: tuple[int, ...]) -> None:
    assert window(ANCHORED, **{side: after("贵", **anchor)}).turns == turns


def test_anchors_on_both_sides_enclose_a_window_of_one_party() -> None:
    between = {"after": after("贵", same_turn=False), "before": after("六", same_turn=False)}
    assert window(ANCHORED, **between).turns == (2, 3, 4)
    assert window(ANCHORED, role="agent", **between).turns == (2, 4)
    assert window(ANCHORED, role="agent", last_turns=1, **between).turns == (4,)


def test_seconds_are_counted_from_the_words_of_the_anchor() -> None:
    # 贵 is said at 0-1 s of a ten second turn; the answer begins at 10 s.
    asked = call((C, "贵一二三四五六七八九", 0, 10), (A, "理解", 10, 12), word_size=1)
    assert window(asked, after=after("贵", seconds=9)).turns == (0, 1)
    assert window(asked, after=after("贵", seconds=8.9)).turns == (0,)


def test_anchor_uses_its_own_scope() -> None:
    asked = call((A, "贵"), (C, "嗯"), (C, "贵"), (A, "理解"))
    customer = {"check": {"phrases": {"role": "customer", "any": ["贵"]}}}
    assert window(asked, after=customer).turns == (2, 3)
    assert window(asked, after=after("贵")).turns == (0, 1, 2, 3)


def test_anchor_that_is_a_named_condition_is_found() -> None:
    objection = check(phrases={"role": "customer", "any": ["贵"]})
    scope = Scope.model_validate({"after": {"check": {"use": "objection"}, "same_turn": False}})
    assert window_of(scope, Context(ANCHORED, {"objection": objection})).turns == (2, 3, 4, 5)


def test_every_turn_must_satisfy_the_check() -> None:
    asked = call((A, "您好"), (C, "嗯"), (A, "您好啊"), (A, "再见"))
    failed = ask(asked, phrases={"role": "agent", "any": ["您好"], "every_turn": True})
    assert (failed.state, failed.reason.code, failed.reason.values) == (
        State.FAILS,
        "turns_without",
        {"count": 1, "turns": 3},
    )
    assert failed.evidence.searched == (3,)
    held = ask(asked, phrases={"role": "agent", "first_turns": 2, "any": ["您好"], "every_turn": True})
    assert (held.state, [hit.turn for hit in held.hits]) == (State.HOLDS, [0, 2])


def test_every_turn_and_a_number_of_hits_are_both_needed() -> None:
    scope = {"any": ["您好"], "every_turn": True}
    assert ask(call((A, "您好"), (A, "您好")), phrases={**scope, "min_hits": 3}).state is State.FAILS
    assert ask(call((A, "您好您好"), (A, "您好")), phrases={**scope, "min_hits": 3}).state is State.HOLDS


def test_every_turn_of_an_empty_window_shows_nothing() -> None:
    finding = ask(TALK, phrases={"stage": ["objection"], "any": ["好"], "every_turn": True})
    assert (finding.hits, finding.evidence.searched) == ((), ())


roles = st.lists(st.sampled_from([A, C, U]), min_size=1, max_size=8)


@given(roles, st.integers(1, 9), st.sampled_from([None, "agent", "customer"]))
def test_first_and_last_turns_are_the_ends_of_the_whole_window(spoken: list[Any], n: int, role: str | None) -> None:
    talk = call(*timed(*[(who, "好") for who in spoken]))
    whole = window(talk, role=role).turns
    assert window(talk, role=role, first_turns=n).turns == whole[:n]
    assert window(talk, role=role, last_turns=n).turns == whole[-n:]


@given(roles, st.integers(1, 40))
def test_more_seconds_or_percent_never_search_less(spoken: list[Any], n: int) -> None:
    talk = call(*timed(*[(who, "好") for who in spoken]))
    for key in ("first_seconds", "last_seconds", "first_percent", "last_percent"):
        fewer, more = (set(window(talk, **{key: s / 2}).turns) for s in (n, n + 1))
        assert fewer <= more


@given(st.lists(st.sampled_from(["好", "贵"]), min_size=1, max_size=8), st.sampled_from(["first", "last", "any"]))
def test_before_and_after_an_anchor_cover_the_call_and_share_the_anchor(said: list[str], hit: str) -> None:
    talk = call(*[(A, text) for text in said])
    if "贵" not in said:
        return
    anchor = after("贵", hit=hit)
    sides = [set(window(talk, **{side: anchor}).turns) for side in ("before", "after")]
    assert sides[0] | sides[1] == set(range(len(said)))
    if hit != "any":
        assert len(sides[0] & sides[1]) == 1
        beyond = after("贵", hit=hit, same_turn=False)
        assert not set(window(talk, before=beyond).turns) & set(window(talk, after=beyond).turns)


@given(roles, st.integers(0, 6), st.integers(1, 1000))
def test_shifting_all_times_moves_no_turn_beside_an_anchor(spoken: list[Any], n: int, shift_s: int) -> None:
    lines = timed(*[(who, "贵" if i % 3 == 1 else "好") for i, who in enumerate(spoken)], pause_s=0.5)
    later = [(role, text, start + shift_s, end + shift_s) for role, text, start, end in lines]  # type: ignore[misc]
    if len(spoken) < 2:
        return
    scope = {"around": after("贵", hit="any", seconds=n / 2)}
    assert window(call(*lines), **scope).turns == window(call(*later), **scope).turns


def test_turns_of_unknown_role_leave_open_what_they_could_decide() -> None:
    insult = {"role": "agent", "none": ["傻瓜"]}
    goodbye = {"role": "agent", "any": ["再见"]}
    assert ask(call((A, "您好"), (U, "您就是个傻瓜"), (C, "嗯")), phrases=insult).reason.code == "roles_unknown"
    assert ask(call((A, "您好"), (U, "再见"), (C, "嗯")), phrases=goodbye).state is State.UNKNOWN
    # What was said, or cannot have been said, is decided all the same.
    assert ask(call((A, "再见"), (U, "嗯"), (C, "嗯")), phrases=goodbye).state is State.HOLDS
    assert ask(call((A, "傻瓜"), (U, "嗯"), (C, "嗯")), phrases=insult).state is State.FAILS
    assert ask(call((A, "您好"), (U, "嗯"), (C, "嗯")), phrases=goodbye).state is State.FAILS


ONE_TURN = call((A, "优惠一，贵，优惠二，优惠三", 0, 13), word_size=1)

PASSAGES: list[dict[str, Any]] = [
    {"phrases": {"any": ["优惠"]}},
    {"regex": {"pattern": "优惠"}},
]


@pytest.mark.parametrize("asked", PASSAGES, ids=lambda asked: next(iter(asked)))
@pytest.mark.parametrize(
    ("side", "anchor", "starts"),
    [
        ("after", {}, [6, 10]),
        ("before", {}, [0]),
        ("around", {"turns": 0}, [0, 6, 10]),
        ("after", {"seconds": 1}, [6]),
        ("after", {"seconds": 0.9}, []),
        ("before", {"seconds": 2}, [0]),
        ("before", {"seconds": 1.9}, []),
    ],
)
def test_what_stands_beside_the_anchor_in_its_own_turn(
    asked: dict[str, Any], side: str, anchor: dict[str, Any], starts: list[int]
) -> None:
    name, params = next(iter(asked.items()))
    finding = ask(ONE_TURN, **{name: {**params, side: after("贵", **anchor)}})
    assert [hit.start for hit in finding.hits] == starts
    assert finding.state is (State.HOLDS if starts else State.FAILS)


def test_nothing_comes_after_itself() -> None:
    assert ask(call((A, "贵")), phrases={"any": ["贵"], "after": after("贵")}).state is State.FAILS


@pytest.mark.parametrize(
    ("text", "asked", "state"),
    [
        ("您贵姓？好的。", {"question": {"after": after("好的")}}, State.FAILS),
        ("好的。您贵姓？", {"question": {"after": after("好的")}}, State.HOLDS),
        ("电话13800138000，好的", {"fact": {"any": ["phone"], "after": after("好的")}}, State.FAILS),
        ("好的，电话13800138000", {"fact": {"any": ["phone"], "after": after("好的")}}, State.HOLDS),
        ("您好打扰您了，好的", {"similar": {"to": ["您好打扰您了"], "after": after("好的")}}, State.FAILS),
        ("好的，您好打扰您了", {"similar": {"to": ["您好打扰您了"], "after": after("好的")}}, State.HOLDS),
    ],
)
def test_every_family_minds_the_side_of_the_anchor(text: str, asked: dict[str, Any], state: State) -> None:
    assert ask(call((A, text)), **asked).state is state


def test_forbidden_words_before_the_anchor_are_let_pass() -> None:
    assert ask(ONE_TURN, phrases={"none": ["优惠一"], "after": after("贵")}).state is State.HOLDS
    assert ask(ONE_TURN, phrases={"none": ["优惠二"], "after": after("贵")}).state is State.FAILS


def test_the_first_and_last_seconds_go_by_words_where_they_have_times() -> None:
    untimed = call((A, "优惠一，贵，优惠二，优惠三", 0, 13))
    for talk, late in ((ONE_TURN, State.FAILS), (untimed, State.HOLDS)):
        assert ask(talk, phrases={"any": ["优惠一"], "first_seconds": 3}).state is State.HOLDS
        assert ask(talk, phrases={"any": ["优惠三"], "first_seconds": 3}).state is late
        assert ask(talk, phrases={"any": ["优惠三"], "last_seconds": 3}).state is State.HOLDS
        assert ask(talk, phrases={"any": ["优惠一"], "last_seconds": 3}).state is late
