"""Words that may never have been said decide nothing, whatever is asked about them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.checks.base import KINDS
from qa_pipeline.checks.context import Context
from qa_pipeline.checks.doubt import BLOT, blotted
from qa_pipeline.checks.finding import Finding, State
from qa_pipeline.checks.model import judged_turns
from qa_pipeline.core.call import Call, Doubt, Stage
from qa_pipeline.core.facts import Act, Fact
from qa_pipeline.core.score import Verdict
from qa_pipeline.language.behaviour_model import find_behaviour_model
from qa_pipeline.language.normalise import Form, normalise
from qa_pipeline.rubric.model import Criterion
from qa_pipeline.scoring import score
from tests.factories import A, C, call, check, criterion, rubric

DOUBT = (Doubt.SUBTITLE,)
LINES = ((A, "您好，我是云桥宽带的小郭"), (C, "你好请讲"), (A, "这款包年稳赚不赔"), (C, "我考虑一下再说吧"))


def doubt(made: Call, *which: int, ranges: tuple[tuple[int, int], ...] = ()) -> Call:
    """The call with some turns in doubt, or those ranges of them."""
    turns = tuple(replace(t, doubts=DOUBT, doubted=ranges) if t.index in which else t for t in made.turns)
    return replace(made, conversation=replace(made.conversation, turns=turns))


def unsure(made: Call, *which: int, confidence: float = 0.3) -> Call:
    turns = tuple(replace(t, confidence=confidence if t.index in which else 0.9) for t in made.turns)
    return replace(made, conversation=replace(made.conversation, turns=turns))


def ask(made: Call, least: float = 0.6, **asked: Any) -> Finding:
    return Context(made, least_confidence=least).ask(check(**asked))


def answer(found: Finding) -> tuple[State, str]:
    return found.state, found.reason.code


DOUBTED = (State.UNKNOWN, "doubted_text")


def test_a_wanted_phrase_that_stands_in_doubted_words_alone_is_not_known() -> None:
    wanted = {"role": "agent", "any": ["稳赚"]}
    assert ask(call(*LINES), phrases=wanted).state is State.HOLDS
    found = ask(doubt(call(*LINES), 2), phrases=wanted)
    assert answer(found) == DOUBTED
    assert [(q.turn, q.start, q.end) for q in found.hits] == [(2, 4, 6)]  # a person can listen to it


def test_an_unwanted_phrase_that_stands_in_doubted_words_alone_is_not_known() -> None:
    assert ask(call(*LINES), phrases={"none": ["稳赚"]}).state is State.FAILS
    assert answer(ask(doubt(call(*LINES), 2), phrases={"none": ["稳赚"]})) == DOUBTED


def test_a_phrase_that_is_said_elsewhere_too_is_found_there_alone() -> None:
    said = call(*LINES, (A, "真的稳赚"))
    sure = ask(doubt(said, 2), phrases={"none": ["稳赚"]})
    assert (sure.state, sure.breaches, [q.turn for q in sure.hits]) == (State.FAILS, 1, [4])
    assert ask(said, phrases={"none": ["稳赚"]}).breaches == 2


def test_doubted_words_that_change_nothing_leave_the_answer() -> None:
    for wanted in ({"any": ["您好"]}, {"any": ["电话"]}, {"none": ["电话"]}):
        plain, doubtful = ask(call(*LINES), phrases=wanted), ask(doubt(call(*LINES), 2), phrases=wanted)
        assert answer(plain) == answer(doubtful)


def test_only_the_doubted_part_of_a_turn_is_left_out() -> None:
    part = doubt(call(*LINES), 0, ranges=((3, 12),))
    assert ask(part, phrases={"any": ["您好"]}).state is State.HOLDS
    assert answer(ask(part, phrases={"any": ["云桥"]})) == DOUBTED


def test_what_stands_before_and_behind_doubted_words_is_not_read_as_one() -> None:
    torn = doubt(call((A, "保证乱七八糟有效果的")), 0, ranges=((2, 6),))
    assert ask(torn, phrases={"any": ["保证有效"]}).state is State.FAILS


@pytest.mark.parametrize(
    "asked",
    [
        {"regex": {"pattern": "稳.不赔"}},
        {"similar": {"to": ["这款包年稳赚不赔的"]}},
        {"act": {"any": ["press"]}},
        {"fact": {"any": ["offer"]}},
        {"stage_present": {"any": ["recommendation"]}},
        {"repetition": {"of": "self", "count": {"max": 0}}},
    ],
    ids=lambda asked: next(iter(asked)),
)
def test_every_family_of_words_leaves_them_out(asked: dict[str, Any]) -> None:
    lines = (*LINES[:2], (A, "这款包年稳赚不赔"), (A, "包年稳赚不赔啊"), (C, "我考虑一下再说吧"), (C, "好的再见"))
    made = replace(
        call(*lines, stages="oorrcc"),
        turn_acts=((), (), (Act("press"),), (), (), ()),
        facts=(Fact("offer", "包年", 2, 2, 4),),
    )
    assert ask(made, **asked).state is not State.UNKNOWN
    assert answer(ask(doubt(made, 2, 3), **asked)) == DOUBTED


def test_checks_of_time_do_not_ask_for_words() -> None:
    timed = call(*((role, text, 4.0 * i, 4.0 * i + 3) for i, (role, text) in enumerate(LINES)))
    asked = {"turn_count": {"role": "agent", "count": {"min": 2}}}
    assert answer(ask(doubt(timed, 0, 2), **asked)) == answer(ask(timed, **asked))
    assert not any(KINDS[name].of_words for name in ("silence", "talk_ratio", "duration", "speech_rate", "metadata"))


def test_logic_goes_on_with_what_is_known() -> None:
    sure, gone = {"phrases": {"any": ["您好"]}}, {"phrases": {"any": ["稳赚"]}}
    made = doubt(call(*LINES), 2)
    assert ask(made, any=[gone, sure]).state is State.HOLDS
    assert answer(ask(made, all=[sure, gone])) == DOUBTED
    assert answer(ask(made, **{"not": gone})) == DOUBTED


def test_an_anchor_in_doubted_words_is_no_anchor() -> None:
    made, anchor = doubt(call(*LINES), 2), {"check": {"phrases": {"any": ["稳赚"]}}}
    assert answer(ask(made, phrases={"any": ["考虑"], "after": anchor})) == DOUBTED


# --- searched in vain -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", [{"any": ["电话"]}, {"none": ["电话"]}])
def test_nothing_follows_from_having_found_nothing_in_unsure_words(asked: dict[str, Any]) -> None:
    agent = asked | {"role": "agent"}
    mostly = unsure(call(*LINES), 0)  # 12 of the agent's 20 characters
    assert answer(ask(mostly, phrases=agent)) == (State.UNKNOWN, "unsure_text")
    assert ask(mostly, phrases=agent).reason.values == {"percent": 60}
    assert ask(unsure(call(*LINES), 2), phrases=agent).state is not State.UNKNOWN  # 8 of 20
    assert ask(mostly, least=0.0, phrases=agent).state is not State.UNKNOWN


def test_exactly_half_is_searched_enough() -> None:
    halves = call((A, "一二三四"), (A, "五六七八"))
    assert ask(doubt(halves, 0), phrases={"any": ["电话"]}).state is State.FAILS
    assert answer(ask(doubt(call((A, "一二三四五"), (A, "五六七八")), 0), phrases={"any": ["电话"]})) == (
        State.UNKNOWN,
        "unsure_text",
    )


def test_what_was_found_counts_however_unsure_the_rest_is() -> None:
    assert ask(unsure(call(*LINES), 1, 2, 3), phrases={"any": ["您好"]}).state is State.HOLDS


# --- verdicts ---------------------------------------------------------------------------------------------------


def fatal_lie() -> Criterion:
    return criterion("lie", check={"phrases": {"none": ["稳赚"]}}, fatal="call")


def test_a_red_line_in_doubted_words_is_left_to_a_person() -> None:
    crossed, open_ = score(call(*LINES), rubric(fatal_lie())), score(doubt(call(*LINES), 2), rubric(fatal_lie()))
    assert crossed.red_lines and not open_.red_lines
    outcome = open_.outcomes[0]
    assert (outcome.verdict, outcome.reason.code, outcome.points) == (Verdict.NOT_SCORABLE, "doubted_text", None)
    assert [q.turn for q in outcome.evidence.hits] == [2]


def test_a_doubted_condition_leaves_the_criterion_open() -> None:
    judged = criterion("c", when={"phrases": {"any": ["稳赚"]}}, check={"phrases": {"any": ["您好"]}})
    card = score(doubt(call(*LINES), 2), rubric(judged))
    assert (card.outcomes[0].verdict, card.outcomes[0].reason.code) == (Verdict.NOT_SCORABLE, "doubted_text")


# --- the call without its doubted words -------------------------------------------------------------------------


def test_a_language_model_is_asked_once_and_without_the_doubted_words() -> None:
    class Judge:
        model = "m"

        def __init__(self) -> None:
            self.asked: list[str] = []

        def answer(self, system: str, question: str, accept: Any) -> Any:
            self.asked.append(question)
            return accept('{"answer": "no", "turn": null, "quote": "", "reason": ""}')

    judge, llm = Judge(), check(llm={"question": "坐席是否承诺收益？是否夸大？"})
    assert Context(doubt(call(*LINES), 2), judge=judge).ask(llm).state is State.FAILS
    assert len(judge.asked) == 1
    assert "您好" in judge.asked[0] and "稳赚" not in judge.asked[0]


def test_turns_never_said_open_no_stage() -> None:
    made = doubt(call(*LINES, stages="onrc"), 0, 2)
    assert blotted(made).turn_stages == (Stage.NEEDS, Stage.NEEDS, Stage.NEEDS, Stage.CLOSE)
    whole = doubt(call(*LINES, stages="onrc"), 0, 1, 2, 3)
    assert blotted(whole).turn_stages == whole.turn_stages


def test_a_blot_is_a_letter_in_every_form() -> None:
    assert all(normalise(BLOT * 3, form).text == BLOT * 3 for form in Form)


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=3))
def test_places_stay_the_same(cuts: list[tuple[int, int]]) -> None:
    ranges = tuple(sorted((min(pair), max(pair)) for pair in cuts))
    made = call((A, LINES[0][1], 0.0, 4.0), word_size=2)
    left = blotted(doubt(made, 0, ranges=ranges)).turns[0]
    assert len(left.text) == len(made.turns[0].text)
    for place, (before, after) in enumerate(zip(made.turns[0].text, left.text, strict=True)):
        hidden = any(start <= place < end for start, end in ranges) or not ranges
        assert after == (BLOT if hidden else before)
    assert all(word.text in left.text for word in left.words)
    assert not left.doubts


@given(st.sets(st.integers(0, 3)), st.sampled_from(["您好", "稳赚", "考虑", "电话"]), st.booleans())
def test_more_doubt_never_turns_an_answer(which: set[int], phrase: str, unwanted: bool) -> None:
    """The answer stays, or there is none."""
    asked = {"none": [phrase]} if unwanted else {"any": [phrase]}
    before, after = ask(call(*LINES), phrases=asked), ask(doubt(call(*LINES), *which), phrases=asked)
    assert after.state in (before.state, State.UNKNOWN)


def test_the_call_without_doubted_words_is_judged_as_if_it_were_alone() -> None:
    """What is known of the whole call saves work and changes nothing."""
    model = find_behaviour_model("behaviours", "zh")
    assert model is not None
    made = doubt(call(*LINES), 2, ranges=((2, 6),))
    whole = Context(made)
    assert whole.whole is None
    judged_turns(whole, model)
    found = judged_turns(Context(blotted(made), whole=whole), model)
    assert np.array_equal(found, judged_turns(Context(blotted(made)), model))
    assert not np.array_equal(found, judged_turns(whole, model))
