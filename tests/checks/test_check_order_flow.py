"""``flow``, and the sides and anchors of ``within``; more of ``order`` and ``within`` in ``test_check_logic_order``."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from qa_pipeline.checks.finding import State
from tests.factories import A, C, ask, call, check, quoted, timed


def says(word: str, **scope: Any) -> dict[str, Any]:
    return {"phrases": {"any": [word], **scope}}


def flow(*words: str, **more: Any) -> dict[str, Any]:
    return {"flow": {"steps": [says(word) for word in words], **more}}


TALK = call(*timed((A, "您好，我是小李"), (C, "贵"), (A, "理解，有优惠"), (C, "那行"), (A, "再见，您好走")))
WHO_KNOWS: dict[str, Any] = {"phrases": {"stage": ["close"], "any": ["您好"]}}
NOWHERE: dict[str, Any] = {"phrases": {"none": ["闭嘴"]}}


@pytest.mark.parametrize(
    ("asked", "state", "code"),
    [
        (flow("您好", "理解", "再见"), State.HOLDS, "flow_held"),
        (flow("您好", "我是", "理解", "优惠"), State.HOLDS, "flow_held"),
        (flow("再见", "您好"), State.HOLDS, "flow_held"),  # 您好走 comes after 再见
        (flow("再见", "理解"), State.FAILS, "flow_missed"),
        (flow("您好", "谢谢", "再见"), State.FAILS, "flow_missed"),
        (flow("您好", "谢谢", "再见", min_steps=2), State.HOLDS, "flow_held"),
        (flow("再见", "理解", min_steps=1), State.HOLDS, "flow_held"),
        (flow("再见", "理解", min_steps=1, strict=True), State.FAILS, "flow_out_of_order"),
        (flow("您好", "谢谢", "再见", min_steps=2, strict=True), State.HOLDS, "flow_held"),
    ],
)
def test_flow(asked: dict[str, Any], state: State, code: str) -> None:
    finding = ask(TALK, **asked)
    assert (finding.state, finding.reason.code) == (state, code)
    assert finding.evidence.searched == (0, 1, 2, 3, 4)


def test_flow_shows_each_step_and_counts_them() -> None:
    finding = ask(TALK, **flow("您好", "谢谢", "理解", "再见", min_steps=3))
    assert quoted(TALK, finding.hits) == ["您好", "理解", "再见"]
    assert finding.reason.values == {"count": 3, "wanted": 3, "total": 4}


def test_missed_flow_names_the_first_step_that_is_not_done() -> None:
    assert ask(TALK, **flow("您好", "谢谢", "再见")).reason.values["step"] == 2


@pytest.mark.parametrize(
    ("steps", "more", "state"),
    [
        ([says("您好"), WHO_KNOWS, says("再见")], {}, State.UNKNOWN),
        ([says("您好"), WHO_KNOWS, says("再见")], {"min_steps": 2}, State.HOLDS),
        ([says("您好"), WHO_KNOWS, says("再见")], {"min_steps": 2, "strict": True}, State.UNKNOWN),
        ([says("谢谢"), WHO_KNOWS, says("再见")], {}, State.FAILS),
        ([says("再见"), says("理解"), WHO_KNOWS], {"min_steps": 1, "strict": True}, State.FAILS),
    ],
)
def test_a_step_that_nobody_can_judge_matters_only_where_it_decides(
    steps: list[dict[str, Any]], more: dict[str, Any], state: State
) -> None:
    finding = ask(TALK, flow={"steps": steps, **more})
    assert finding.state is state
    assert state is not State.UNKNOWN or finding.reason.code == "stages_unknown"


def test_a_step_without_a_place_is_unknown_rather_than_missed() -> None:
    finding = ask(TALK, flow={"steps": [says("您好"), NOWHERE]})
    assert (finding.state, finding.reason.code) == (State.UNKNOWN, "nothing_to_locate")


@pytest.mark.parametrize("more", [{"min_steps": 0}, {"min_steps": 4}, {"steps": [says("您好")]}, {"order": True}])
def test_impossible_flow_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        check(flow={"steps": [says("您好"), says("理解"), says("再见")], **more})


LETTERS = "甲乙丙丁"


@given(st.lists(st.sampled_from([*LETTERS, "无"]), min_size=1, max_size=7), st.permutations(LETTERS))
def test_flow_finds_as_many_steps_as_trying_all_of_them(said: list[str], steps: list[str]) -> None:
    asked = call(*((A, letter) for letter in said))
    longest = max(n for n in range(5) if any(_in_order(part, said) for part in combinations(steps, n)))
    finding = ask(asked, **flow(*steps, min_steps=1))
    assert (finding.state is State.HOLDS) == (longest >= 1)
    assert finding.reason.values["count"] == longest


def _in_order(part: tuple[str, ...], said: list[str]) -> bool:
    rest = iter(said)
    return all(letter in rest for letter in part)


#: 贵 at turns 1 and 4 (2-4 s, 8-10 s); 理解 at turn 2, 优惠 at turn 6.
PRICES = call(*timed((A, "您好"), (C, "贵"), (A, "理解"), (C, "嗯"), (C, "贵，还是"), (A, "这样"), (A, "有优惠")))


@pytest.mark.parametrize(
    ("params", "state"),
    [
        ({"check": says("理解"), "after": says("贵"), "turns": 1}, State.HOLDS),
        ({"check": says("理解"), "after": says("贵"), "turns": 1, "hit": "first"}, State.HOLDS),
        ({"check": says("理解"), "after": says("贵"), "turns": 9, "hit": "last"}, State.FAILS),
        ({"check": says("优惠"), "after": says("贵"), "turns": 2, "hit": "last"}, State.HOLDS),
        ({"check": says("理解"), "after": says("贵"), "turns": 9, "hit": "each"}, State.FAILS),
        (
            {"check": {"phrases": {"any": ["理解", "优惠"]}}, "after": says("贵"), "turns": 2, "hit": "each"},
            State.HOLDS,
        ),
        ({"check": says("您好"), "before": says("贵"), "turns": 1}, State.HOLDS),
        ({"check": says("您好"), "before": says("贵"), "turns": 3, "hit": "last"}, State.FAILS),
        ({"check": says("理解"), "before": says("贵"), "turns": 1, "hit": "first"}, State.FAILS),
        ({"check": says("理解"), "before": says("贵"), "seconds": 2, "hit": "last"}, State.HOLDS),
        ({"check": says("理解"), "before": says("贵"), "seconds": 1.9, "hit": "last"}, State.FAILS),
        ({"check": says("理解"), "around": says("贵"), "turns": 2, "hit": "each"}, State.HOLDS),
        ({"check": says("优惠"), "around": says("您好"), "turns": 5}, State.FAILS),
        ({"check": says("优惠"), "around": says("您好"), "turns": 6}, State.HOLDS),
    ],
)
def test_within_sides_and_hits(params: dict[str, Any], state: State) -> None:
    finding = ask(PRICES, within=params)
    assert finding.state is state
    assert finding.evidence.searched


def test_each_anchor_without_its_check_is_shown_with_the_closest_candidate() -> None:
    finding = ask(PRICES, within={"check": says("理解"), "after": says("贵"), "turns": 1, "hit": "each"})
    assert [hit.turn for hit in finding.hits] == [4]
    assert finding.evidence.nearest is not None
    assert finding.evidence.nearest.turn == 2


@pytest.mark.parametrize(
    "params",
    [
        {"check": says("理解"), "turns": 1},
        {"check": says("理解"), "after": says("贵"), "before": says("贵"), "turns": 1},
        {"check": says("理解"), "after": says("贵"), "hit": "second", "turns": 1},
        {"check": says("理解"), "after": says("贵"), "seconds": float("inf")},
    ],
)
def test_impossible_anchor_is_refused(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        check(within=params)


def test_seconds_inside_one_long_turn_need_the_times_of_words() -> None:
    text = "给您推荐彩铃业务" + "嗯" * 40 + "一个月五块钱"
    pitch = {"check": {"phrases": {"any": ["五块钱"]}}, "after": {"phrases": {"any": ["推荐"]}}, "seconds": 15}
    untimed, timed_words = call((A, text, 0, 40)), call((A, text, 0, 40), word_size=1)
    assert (ask(untimed, within=pitch).state, ask(untimed, within=pitch).reason.code) == (
        State.UNKNOWN,
        "word_times_unknown",
    )
    assert ask(timed_words, within=pitch).state is State.FAILS
    assert ask(call((A, text, 0, 12)), within=pitch).state is State.HOLDS


def near(check_word: str, anchor_word: str, seconds: float, **more: Any) -> dict[str, Any]:
    return {"within": {"check": says(check_word), "after": says(anchor_word), "seconds": seconds, **more}}


@pytest.mark.parametrize(
    ("seconds", "state"),
    [
        (20, State.HOLDS),  # 0 s to 20 s at the most
        (19.9, State.UNKNOWN),
        (2, State.UNKNOWN),
        (1.9, State.FAILS),  # 10 s to 12 s at the least
    ],
)
def test_seconds_between_turns_without_times_of_words_are_not_guessed(seconds: float, state: State) -> None:
    asked = call((C, "还是贵了点", 0, 10), (A, "那我理解您", 12, 20))
    finding = ask(asked, **near("理解", "贵", seconds))
    assert finding.state is state
    assert state is not State.UNKNOWN or finding.reason.code == "word_times_unknown"


def test_seconds_between_turns_are_known_where_words_have_times() -> None:
    asked = call((C, "还是贵了点", 0, 10), (A, "那我理解您", 10, 20), word_size=1)
    assert ask(asked, **near("理解", "贵", 8)).state is State.HOLDS
    assert ask(asked, **near("理解", "贵", 7.9)).state is State.FAILS


def test_the_first_and_last_words_of_a_turn_have_its_times() -> None:
    asked = call((C, "还是贵。", 0, 10), (A, "理解您", 12, 20))
    assert ask(asked, **near("理解", "贵", 2)).state is State.HOLDS
    assert ask(asked, **near("理解", "贵", 1.9)).state is State.FAILS


def test_another_pair_decides_where_one_is_open() -> None:
    asked = call((C, "还是贵了点", 0, 10), (A, "那我理解您", 12, 20), (C, "贵", 30, 31), (A, "理解", 31, 32))
    assert ask(asked, **near("理解", "贵", 5)).state is State.HOLDS
    assert ask(asked, **near("理解", "贵", 5, hit="each")).state is State.UNKNOWN
    lonely = call((C, "还是贵了点", 0, 10), (A, "那我理解您", 12, 20), (C, "贵", 30, 31))
    assert ask(lonely, **near("理解", "贵", 5, hit="each")).state is State.FAILS


def test_the_anchor_itself_is_near_the_anchor_without_times_of_words() -> None:
    asked = call((A, "给您推荐彩铃业务吧", 0, 40))
    assert ask(asked, **near("彩铃业务", "彩铃", 15)).state is State.HOLDS
