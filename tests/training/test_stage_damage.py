"""Damage to labelled calls: what changes, how much, and what never does."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import opencc
import pytest
from rapidfuzz.distance import Levenshtein

from qa_pipeline.core.call import Role
from qa_pipeline.resources import demo_dir
from qa_pipeline.transcribe.labelled import LabelledCall, read_labelled
from tests.factories import A, C, U, turns
from tests.stage_models import labelled_calls
from training.stages.damage import (
    ERRORS,
    MERGED,
    MIN_SPLIT_CHARACTERS,
    SPLIT,
    CharacterErrors,
    damages,
    merged_or_split,
    roles_unknown,
    traditional,
    without_punctuation,
)

#: A converter takes a while to be made; here it is made once.
opencc_once = cache(opencc.OpenCC)

CALLS = [call for call in read_labelled(demo_dir() / "reference.jsonl") if call.stages]
KINDS = ("clean", "no_punctuation", "traditional", "character_errors", "turns_merged_or_split", "roles_unknown")


@pytest.fixture(autouse=True)
def one_converter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opencc, "OpenCC", opencc_once)


def said(call: LabelledCall) -> str:
    return "".join(turn.text for turn in call.conversation.turns)


@pytest.mark.parametrize("kind", KINDS)
def test_every_damage_is_the_same_in_every_run_and_leaves_one_stage_per_turn(kind: str) -> None:
    first, second = damages(CALLS)[kind], damages(CALLS)[kind]
    for call in CALLS:
        spoken, stages = first(call)
        assert (spoken, stages) == second(call)
        assert len(spoken.turns) == len(stages) > 0
        assert spoken.language == call.conversation.language
        if kind != "turns_merged_or_split":
            assert stages == call.stages
            assert [turn.role for turn in spoken.turns if kind != "roles_unknown"] == [
                turn.role for turn in call.conversation.turns if kind != "roles_unknown"
            ]


def test_there_are_six_kinds_and_clean_is_the_call_itself() -> None:
    assert tuple(damages(CALLS)) == KINDS
    assert damages(CALLS)["clean"](CALLS[0]) == (CALLS[0].conversation, CALLS[0].stages)


def test_marks_and_script_by_hand() -> None:
    assert without_punctuation("您好，请问……是3.5折吗？（嗯）") == "您好请问是35折吗嗯"
    assert traditional("您好，请问电话") == "您好，請問電話"


def test_about_the_named_share_of_characters_is_heard_wrong() -> None:
    errors = CharacterErrors(turn.text for call in CALLS for turn in call.conversation.turns)
    heard = [(said(call), "".join(turn.text for turn in errors(call)[0].turns)) for call in CALLS]
    changes = sum(Levenshtein.distance(before, after) for before, after in heard)
    characters = sum(1 for before, _ in heard for c in before if "\u4e00" <= c <= "\u9fff")
    # Some characters have no homophone in the calls and stay as they are.
    assert characters > 2000
    assert ERRORS * 0.7 < changes / characters < ERRORS * 1.1


def test_characters_are_replaced_dropped_and_doubled_but_no_turn_falls_silent() -> None:
    errors = CharacterErrors(["是事市试"])
    call = labelled_calls(1)[0]
    spoken = replace(call.conversation, turns=turns([(C, "是" * 400), (A, "abc，12。"), *[(C, "是")] * 100]))
    heard, _ = errors(replace(call, conversation=spoken))
    long, other, *short = (turn.text for turn in heard.turns)
    assert other == "abc，12。"
    assert set(long) == set("是事市试")
    assert len(long) != 400
    assert all(short)


def test_calls_are_damaged_each_in_its_own_way() -> None:
    errors = CharacterErrors(["是事市试"])
    call = labelled_calls(1)[0]
    spoken = replace(call.conversation, turns=turns([(C, "是" * 50)]))
    first, second = (errors(replace(call, call_id=name, conversation=spoken))[0] for name in ("a", "b"))
    assert first != second


def test_merged_and_cut_turns_keep_all_that_was_said_in_its_order() -> None:
    merges = splits = count = 0
    for call in CALLS:
        spoken, _ = merged_or_split(call)
        assert "".join(turn.text for turn in spoken.turns) == said(call)
        starts, new_starts = boundaries(call.conversation.turns), boundaries(spoken.turns)
        # The count of turns is explained: each merge takes a boundary away, each cut adds one inside a turn.
        merges += len(starts - new_starts)
        splits += len(new_starts - starts)
        assert len(spoken.turns) == len(call.conversation.turns) - len(starts - new_starts) + len(new_starts - starts)
        count += len(call.conversation.turns)
    assert MERGED / 2 < merges / count < MERGED * 2
    assert SPLIT / 3 < splits / count < SPLIT * 2


def boundaries(said_turns: object) -> set[int]:
    """Characters at which turns begin, the first left out."""
    found, at = set[int](), 0
    for turn in said_turns:  # type: ignore[attr-defined]
        found.add(at)
        at += len(turn.text)
    return found - {0}


def test_a_merged_turn_is_of_its_longer_half_and_short_turns_are_never_cut() -> None:
    seen = 0
    for call in CALLS:
        spoken, stages = merged_or_split(call)
        whole = {
            turn.text: (turn.role, stage) for turn, stage in zip(call.conversation.turns, call.stages, strict=True)
        }
        for turn, stage in zip(spoken.turns, stages, strict=True):
            for text, owner in whole.items():
                other = turn.text.removeprefix(text)
                if other != turn.text and other in whole and len(text) != len(other):
                    longer = owner if len(text) > len(other) else whole[other]
                    assert (turn.role, stage) == longer
                    seen += 1
    assert seen > 5
    call = labelled_calls(1)[0]
    short = replace(call.conversation, turns=turns([(A, "一二三四五六七"[: MIN_SPLIT_CHARACTERS - 1])] * 200))
    spoken, _ = merged_or_split(replace(call, conversation=short, stages=(call.stages[0],) * 200))
    assert all(len(turn.text) % (MIN_SPLIT_CHARACTERS - 1) == 0 for turn in spoken.turns)


def test_unknown_roles_change_nothing_else() -> None:
    spoken, stages = roles_unknown(CALLS[0])
    assert {turn.role for turn in spoken.turns} == {Role.UNKNOWN}
    assert (said(replace(CALLS[0], conversation=spoken)), stages) == (said(CALLS[0]), CALLS[0].stages)
    assert all(turn.role is U and turn.span == before.span for turn, before in zip(
        spoken.turns, CALLS[0].conversation.turns, strict=True
    ))  # fmt: skip
