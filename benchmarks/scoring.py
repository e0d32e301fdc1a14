"""Scoring stored calls again: milliseconds per call, and whether memory stays flat.

``python -m benchmarks.scoring``: every labelled training call is scored several times over with the shipped rubric;
they hold more different turns than any cache of the program. The second half must not need more memory than the first.
The same again with one turn in ten in doubt, drawn with a fixed seed: all of it, or its second half.
The calls have 25 turns on average; the rate is given for 30 turns, in proportion.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from qa_pipeline.cli.measure import peak_memory_mb
from qa_pipeline.core.call import Call, Doubt, Turn
from qa_pipeline.rubric.loading import load_rubric
from qa_pipeline.rubric.model import LoadedRubric
from qa_pipeline.scoring import score
from qa_pipeline.steps import build_imported_call
from qa_pipeline.store.codec import decode, encode
from qa_pipeline.transcribe.labelled import LabelledCall, read_labelled

DATA = Path(__file__).parent.parent / "training" / "data"
FILES = ("train.jsonl", "train.more.jsonl")
ROUNDS = 4
DOUBTED = 0.1
SEED = 20_260_101


def main() -> None:
    loaded = load_rubric("telesales-coaching")
    labelled = [call for name in FILES for call in read_labelled(DATA / name)]
    chance = random.Random(SEED)
    print_scoring("scoring", labelled, loaded)
    print_scoring(f"with {DOUBTED:.0%} of the turns in doubt", [doubted(call, chance) for call in labelled], loaded)


def doubted(call: LabelledCall, chance: random.Random) -> LabelledCall:
    """The call with some of its turns in doubt, half of these from their middle on."""
    turns = tuple(_doubted(t, chance) if chance.random() < DOUBTED else t for t in call.conversation.turns)
    return replace(call, conversation=replace(call.conversation, turns=turns))


def _doubted(turn: Turn, chance: random.Random) -> Turn:
    half = ((len(turn.text) // 2, len(turn.text)),)
    return replace(turn, doubts=(Doubt.UNSURE,), doubted=half if chance.random() < 0.5 else ())


def print_scoring(title: str, labelled: Sequence[LabelledCall], loaded: LoadedRubric) -> None:
    stored = [encode(build_imported_call(c)) for c in labelled]
    score(decode(Call, stored[0]), loaded)  # loads the model
    peaks = []
    start = time.process_time()
    for _ in range(ROUNDS):
        for text in stored:
            score(decode(Call, text), loaded)
        peaks.append(peak_memory_mb() or 0.0)
    scored = ROUNDS * len(stored)
    per_call_ms = (time.process_time() - start) / scored * 1000
    turns = sum(len(c.conversation.turns) for c in labelled) / len(labelled)
    criteria = len(loaded.rubric.criteria)
    print(f"{title}: {per_call_ms:.2f} ms CPU per call ({turns:.0f} turns, {criteria} criteria, n={scored})")
    print(f"calls of 30 turns per second and core: {1000 / per_call_ms * turns / 30:.0f}")
    print(f"peak memory: {peaks[ROUNDS // 2 - 1]:.0f} MB after half, {peaks[-1]:.0f} MB after all")


if __name__ == "__main__":
    main()
