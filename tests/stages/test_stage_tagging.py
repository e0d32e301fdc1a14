"""Acts and stages of a call: what always holds, and that spelling does not matter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import opencc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.core.call import Conversation, Role, Stage, Turn
from qa_pipeline.core.facts import AGENT_ACTS, CUSTOMER_ACTS, OBJECTIONS
from qa_pipeline.core.span import Span
from qa_pipeline.stages.cue_matcher import cue_matcher
from qa_pipeline.stages.model import StageModel
from qa_pipeline.stages.tagging import Tagged, roles_told, stage_spans, tag
from tests.factories import A, C, Line, U, turns
from tests.stage_models import PIECES, TOLD_APART, labelled_calls, small_stage_model

ALLOWED = {A: frozenset(AGENT_ACTS), C: frozenset(CUSTOMER_ACTS), U: frozenset[str]()}
SAYINGS = [(role, text) for pieces in PIECES.values() for piece in pieces for role, text, _ in piece]
PUNCTUATION = "，。！？、"
TRADITIONAL = opencc.OpenCC("s2t")


def conversation(lines: Sequence[Line], language: str = "zh") -> Conversation:
    return Conversation(language, turns(lines))


def changed(spoken: Conversation, change: Callable[[Turn], Turn]) -> Conversation:
    return replace(spoken, turns=tuple(map(change, spoken.turns)))


def names(tagged: Tagged) -> list[list[str]]:
    return [[act.name for act in of_turn] for of_turn in tagged.acts]


#: Calls of any lines in any order, by whomever.
calls = st.lists(
    st.one_of(st.sampled_from(SAYINGS), st.tuples(st.sampled_from(list(Role)), st.text(max_size=15))),
    min_size=1,
    max_size=10,
).map(conversation)
invented = st.sampled_from([call.conversation for call in labelled_calls()])


def test_without_a_model_or_turns_nothing_is_found(stage_model: StageModel) -> None:
    assert tag(conversation([(A, "您好")], "xx"), None) == Tagged()
    assert tag(conversation([]), stage_model) == Tagged()


@given(calls)
def test_every_turn_has_one_entry_and_every_probability_is_one(spoken: Conversation) -> None:
    found = tag(spoken, small_stage_model())
    count = len(spoken.turns)
    assert len(found.stages) == len(found.sureness) == len(found.reasons) == count
    assert len(found.acts) == (count if roles_told(spoken.turns) else 0)
    assert all(0 <= sure <= 1 for sure in found.sureness)
    assert set(found.reasons) <= set(OBJECTIONS)
    for turn, acts in zip(spoken.turns, found.acts, strict=False):
        assert {act.name for act in acts} <= ALLOWED[turn.role]
        assert all(act.probability is not None and 0 <= act.probability <= 1 for act in acts)
        assert all(act.cue in turn.text for act in acts)


def test_what_was_taught_is_found_again(stage_model: StageModel) -> None:
    told = right = turns_right = count = 0
    for call in labelled_calls():
        found = tag(call.conversation, stage_model)
        turns_right += sum(a is b for a, b in zip(found.stages, call.stages, strict=True))
        count += len(call.stages)
        for given_acts, found_acts in zip(call.annotations.turn_acts, names(found), strict=True):
            wanted = {act.name for act in given_acts} & TOLD_APART
            told += len(wanted)
            right += len(wanted & set(found_acts))
    assert turns_right / count > 0.9
    assert right / told > 0.9


def test_an_act_shows_the_longest_of_its_cues_or_none(stage_model: StageModel) -> None:
    several = 0
    for call in labelled_calls():
        for turn, acts in zip(call.conversation.turns, tag(call.conversation, stage_model).acts, strict=True):
            for act in acts:
                own = [hit for hit in cue_matcher("zh").hits(turn) if hit.name == f"{turn.role.value}.{act.name}"]
                assert len(act.cue) == max((hit.end - hit.start for hit in own), default=0)
                several += len({hit.end - hit.start for hit in own}) > 1
    assert several
    greeting = tag(labelled_calls()[0].conversation, stage_model).acts[0][0]
    assert (greeting.name, greeting.cue) == ("greet", "您好")


def test_unknown_roles_give_stages_but_no_acts(stage_model: StageModel) -> None:
    right = count = 0
    for call in labelled_calls():
        found = tag(changed(call.conversation, lambda turn: replace(turn, role=U)), stage_model)
        assert (found.acts, len(found.stages)) == ((), len(call.stages))
        right += sum(a is b for a, b in zip(found.stages, call.stages, strict=True))
        count += len(call.stages)
    assert right / count > 0.8


def test_a_few_turns_of_unknown_role_have_no_acts_of_their_own(stage_model: StageModel) -> None:
    spoken = labelled_calls()[0].conversation
    first = tag(changed(spoken, lambda turn: replace(turn, role=U) if turn.index == 0 else turn), stage_model)
    assert first.acts[0] == ()
    assert first.acts[1] or first.acts[2]


@pytest.mark.parametrize(
    ("roles", "told"), [("A", True), ("U", False), ("AU", False), ("AUC", True), ("AUUC", False), ("UUUAC", False)]
)
def test_roles_are_told_where_most_turns_have_one(roles: str, told: bool) -> None:
    by_letter = {"A": A, "C": C, "U": U}
    assert roles_told(turns((by_letter[letter], "嗯") for letter in roles)) is told


def test_the_same_call_gives_the_same_answer(stage_model: StageModel) -> None:
    for call in labelled_calls(4):
        assert tag(call.conversation, stage_model) == tag(call.conversation, stage_model)


def bare(turn: Turn) -> Turn:
    return replace(turn, text="".join(c for c in turn.text if c not in PUNCTUATION))


def dressed(turn: Turn) -> Turn:
    return replace(turn, text=f"“{turn.text}”……")


@given(invented, st.sampled_from([bare, dressed]))
def test_punctuation_changes_no_stage_and_no_act(spoken: Conversation, change: Callable[[Turn], Turn]) -> None:
    before, after = (tag(said, small_stage_model()) for said in (spoken, changed(spoken, change)))
    assert (before.stages, names(before), before.reasons) == (after.stages, names(after), after.reasons)


def traditional(turn: Turn) -> Turn:
    return replace(turn, text=TRADITIONAL.convert(turn.text))


def full_width(turn: Turn) -> Turn:
    wide = {code: code + 0xFEE0 for code in range(ord("!"), ord("~") + 1)}
    return replace(turn, text=turn.text.translate(wide))


@given(invented, st.sampled_from([traditional, full_width]))
def test_script_and_width_change_nothing(spoken: Conversation, change: Callable[[Turn], Turn]) -> None:
    # Figures in the text, so that there is something to widen.
    figured = changed(spoken, lambda turn: replace(turn, text=turn.text.replace("三十九", "39")))
    before, after = (tag(said, small_stage_model()) for said in (figured, changed(figured, change)))
    assert (before.stages, before.sureness, before.reasons) == (after.stages, after.sureness, after.reasons)
    assert [[(act.name, act.probability) for act in acts] for acts in before.acts] == [
        [(act.name, act.probability) for act in acts] for acts in after.acts
    ]


def test_times_change_nothing(stage_model: StageModel) -> None:
    spoken = labelled_calls()[0].conversation
    timed = changed(spoken, lambda turn: replace(turn, span=Span(turn.index, turn.index + 0.5)))
    assert tag(timed, stage_model) == tag(spoken, stage_model)


def test_spans_are_runs_of_one_stage_with_their_times() -> None:
    lines = turns([(A, "一", 0, 1), (C, "二", 1, 2), (A, "三", 3, 4), (C, "四")])
    first, second, third = stage_spans(lines, (Stage.OPENING, Stage.OPENING, Stage.NEEDS, Stage.OPENING))
    assert (first.stage, first.first_turn, first.last_turn, first.span) == (Stage.OPENING, 0, 1, Span(0, 2))
    assert (second.stage, second.span) == (Stage.NEEDS, Span(3, 4))
    assert (third.first_turn, third.span) == (3, None)
