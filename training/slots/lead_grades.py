"""Which lead grades calls of each outcome get: ``python -m training.slots.lead_grades``.

On ``training/data/train.more.jsonl``, with the acts and stages of its labels and the slots that the rules find. The
outcome is withheld from the rules, so that the grade rests on what is said.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from qa_pipeline.core.call import Call, Conversation, Role, Stage, Turn
from qa_pipeline.core.facts import Act
from qa_pipeline.language.slots import slots_in
from qa_pipeline.leads.loading import default_rules
from qa_pipeline.leads.record import lead_record
from training.slots.evaluate import DATA, lines_of


def grades() -> dict[str, dict[str, int]]:
    """How often each grade, or the reason why there is none, is given; per outcome."""
    rules = default_rules()
    counted: dict[str, Counter[str]] = {}
    for labelled in lines_of(DATA / "train.more.jsonl"):
        record = lead_record(_call(labelled), rules)
        counted.setdefault(labelled["outcome"], Counter())[record.grade or record.reason] += 1
    return {outcome: dict(sorted(counts.items())) for outcome, counts in sorted(counted.items())}


def _call(labelled: dict[str, Any]) -> Call:
    said = labelled["turns"]
    turns = tuple(Turn(index, Role(turn["role"]), turn["text"]) for index, turn in enumerate(said))
    return Call(
        labelled["id"],
        Conversation("zh", turns),
        turn_stages=tuple(Stage(turn["stage"]) for turn in said),
        turn_acts=tuple(tuple(Act(name) for name in turn["acts"]) for turn in said),
        facts=slots_in(turns, "zh"),
    )


if __name__ == "__main__":
    print(json.dumps(grades(), indent=2))
