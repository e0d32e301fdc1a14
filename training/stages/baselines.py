"""Stage figures of three simple ways, beside which the stage model is judged, by the same cross-validation.

``python -m training.stages.baselines CALLS.jsonl --also MORE.jsonl …``: place only (the likeliest stage of each tenth
of the call), cue rules only (each cue votes for the stage that it mostly stands in, the last vote holds on), and a
chain (conditional random field) on runs of characters, role and place. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pycrfsuite

from qa_pipeline.core.call import Stage, Turn
from qa_pipeline.language.normalise import comparable
from qa_pipeline.language.turn_features import own_grams
from qa_pipeline.stages.cue_matcher import cue_matcher
from qa_pipeline.stages.evaluate import evaluate_stages
from qa_pipeline.stages.training import TaughtCall
from qa_pipeline.stages.validation import FOLDS, parts_of, taught_calls
from qa_pipeline.transcribe.labelled import read_labelled
from training.stages.measure import others_of, training_files

Tagger = Callable[[Sequence[Turn]], list[Stage]]
TENTHS = 10

#: A cue votes where at least this share of its turns are of one stage.
MIN_SHARE = 0.5


def by_place(calls: Sequence[TaughtCall]) -> Tagger:
    counts: dict[int, Counter[Stage]] = defaultdict(Counter)
    for call in calls:
        for index, stage in enumerate(call.stages):
            counts[index * TENTHS // len(call.stages)][stage] += 1
    likeliest = {tenth: counted.most_common(1)[0][0] for tenth, counted in counts.items()}
    usual = Counter(stage for call in calls for stage in call.stages).most_common(1)[0][0]
    return lambda turns: [likeliest.get(index * TENTHS // len(turns), usual) for index in range(len(turns))]


def by_cues(calls: Sequence[TaughtCall]) -> Tagger:
    matcher = cue_matcher("zh")
    counts: dict[str, Counter[Stage]] = defaultdict(Counter)
    for call in calls:
        for turn, stage in zip(call.turns, call.stages, strict=True):
            for cue in matcher.cues(turn):
                counts[cue][stage] += 1
    shares = {
        cue: (stage, n / counted.total()) for cue, counted in counts.items() for stage, n in counted.most_common(1)
    }

    def tagged(turns: Sequence[Turn]) -> list[Stage]:
        found, current = [], Stage.OPENING
        for turn in turns:
            votes: Counter[Stage] = Counter()
            for cue in matcher.cues(turn):
                stage, share = shares.get(cue, (current, 0.0))
                if share >= MIN_SHARE:
                    votes[stage] += share  # type: ignore[assignment]
            current = votes.most_common(1)[0][0] if votes else current
            found.append(current)
        return found

    return tagged


def by_plain_chain(calls: Sequence[TaughtCall]) -> Tagger:
    trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
    trainer.set_params({"c1": 0.0, "c2": 1.0, "max_iterations": 80, "feature.possible_transitions": True})
    for call in calls:
        trainer.append(_items(call.turns), [stage.value for stage in call.stages])
    tagger = pycrfsuite.Tagger()
    with TemporaryDirectory() as folder:
        trainer.train(str(Path(folder) / "chain"))
        tagger.open(str(Path(folder) / "chain"))  # reads it whole
    return lambda turns: [Stage(label) for label in tagger.tag(_items(turns))]


def _items(turns: Sequence[Turn]) -> list[list[str]]:
    return [
        [turn.role.value, f"{turn.role.value} {turn.index * TENTHS // len(turns)}", *own_grams(comparable(turn.text))]
        for turn in turns
    ]


BASELINES: dict[str, Callable[[Sequence[TaughtCall]], Tagger]] = {
    "place": by_place,
    "cues": by_cues,
    "plain_chain": by_plain_chain,
}


def measured(calls: Sequence[TaughtCall], others: Sequence[TaughtCall], seed: int) -> dict[str, Any]:
    """Figures by baseline."""
    pairs: dict[str, list[tuple[Sequence[Stage], Sequence[Stage]]]] = defaultdict(list)
    part_of = parts_of(len(calls), seed)
    for part in range(FOLDS):
        learnt = [call for call, p in zip(calls, part_of, strict=True) if p != part] + list(others)
        for name, fit in BASELINES.items():
            tagger = fit(learnt)
            held_out = [call for call, p in zip(calls, part_of, strict=True) if p == part]
            pairs[name] += [(call.stages, tagger(call.turns)) for call in held_out]
    return {name: evaluate_stages(found).as_dict() for name, found in pairs.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    training_files(parser)
    given = parser.parse_args()
    calls = taught_calls(read_labelled(given.calls))
    print(json.dumps(measured(calls, others_of(given), given.seed), ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
