"""Count the stage model from labelled calls: ``python -m training.calls.count_stages CALLS.jsonl MODEL.json``.

With ``--cross-validate``: figures by 5-fold cross-validation over whole calls.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from qa_pipeline.core.call import Stage
from qa_pipeline.stages.cue_matcher import cue_matcher
from qa_pipeline.stages.decode import tag_stages
from qa_pipeline.stages.evaluate import StageFigures, evaluate_stages
from qa_pipeline.stages.model import CountedTurn, fit
from qa_pipeline.transcribe.labelled import LabelledCall, read_labelled

FOLDS = 5


def counted(call: LabelledCall, language: str) -> list[CountedTurn]:
    matcher = cue_matcher(language)
    return [
        CountedTurn(turn.role.value, stage, matcher.cues(turn))
        for turn, stage in zip(call.conversation.turns, call.stages, strict=True)
    ]


def cross_validate(calls: Sequence[LabelledCall], language: str, folds: int = FOLDS) -> StageFigures:
    """Every call is tagged by a model that was counted without it."""
    pairs: list[tuple[Sequence[Stage], Sequence[Stage]]] = []
    for fold in range(folds):
        model = fit(language, [counted(c, language) for i, c in enumerate(calls) if i % folds != fold])
        held_out = [call for i, call in enumerate(calls) if i % folds == fold]
        pairs += [(call.stages, tag_stages(call.conversation, model)) for call in held_out]
    return evaluate_stages(pairs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("calls", type=Path)
    parser.add_argument("model", type=Path, nargs="?")
    parser.add_argument("--language", default="zh")
    parser.add_argument("--cross-validate", action="store_true")
    given = parser.parse_args()
    calls = [call for call in read_labelled(given.calls) if call.stages]
    if given.cross_validate:
        print(cross_validate(calls, given.language).to_json())
    if given.model:
        model = fit(given.language, [counted(call, given.language) for call in calls])
        given.model.parent.mkdir(parents=True, exist_ok=True)
        given.model.write_text(model.to_json() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
