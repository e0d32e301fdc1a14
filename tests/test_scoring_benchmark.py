"""The benchmark of scoring puts about one turn in ten in doubt, and leaves the words as they are."""

from __future__ import annotations

import random

from benchmarks.scoring import DOUBTED, doubted
from qa_pipeline.resources import demo_dir
from qa_pipeline.transcribe.labelled import read_labelled


def test_some_turns_are_in_doubt_as_a_whole_and_some_in_part() -> None:
    calls = read_labelled(demo_dir() / "reference.jsonl")
    chance = random.Random(1)
    turns = [turn for _ in range(10) for call in calls for turn in doubted(call, chance).conversation.turns]
    in_doubt = [turn for turn in turns if turn.doubts]
    assert abs(len(in_doubt) / len(turns) - DOUBTED) < 0.03
    assert 0.3 < sum(1 for turn in in_doubt if turn.doubted) / len(in_doubt) < 0.7
    assert {turn.text for turn in turns} == {turn.text for call in calls for turn in call.conversation.turns}
