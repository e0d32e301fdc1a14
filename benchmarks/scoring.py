"""Scoring stored calls again: milliseconds per call, and whether memory stays flat.

``python -m benchmarks.scoring``: every labelled training call is scored several times over with the shipped rubric;
they hold more different turns than any cache of the program. The second half must not need more memory than the first.
The calls have 25 turns on average; the rate is given for 30 turns, in proportion.
"""

from __future__ import annotations

import resource
import time
from pathlib import Path

from qa_pipeline.core.call import Call
from qa_pipeline.rubric.loading import load_rubric
from qa_pipeline.scoring import score
from qa_pipeline.steps import build_imported_call
from qa_pipeline.store.codec import decode, encode
from qa_pipeline.transcribe.labelled import read_labelled

DATA = Path(__file__).parent.parent / "training" / "data"
FILES = ("train.jsonl", "train.more.jsonl")
ROUNDS = 4


def main() -> None:
    loaded = load_rubric("telesales-coaching")
    labelled = [call for name in FILES for call in read_labelled(DATA / name)]
    stored = [encode(build_imported_call(c)) for c in labelled]
    score(decode(Call, stored[0]), loaded)  # loads the model
    peaks = []
    start = time.process_time()
    for _ in range(ROUNDS):
        for text in stored:
            score(decode(Call, text), loaded)
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    scored = ROUNDS * len(stored)
    per_call_ms = (time.process_time() - start) / scored * 1000
    turns = sum(len(c.conversation.turns) for c in labelled) / len(labelled)
    criteria = len(loaded.rubric.criteria)
    print(f"scoring: {per_call_ms:.2f} ms CPU per call ({turns:.0f} turns, {criteria} criteria, n={scored})")
    print(f"calls of 30 turns per second and core: {1000 / per_call_ms * turns / 30:.0f}")
    print(f"peak memory: {peaks[ROUNDS // 2 - 1]:.0f} MiB after half, {peaks[-1]:.0f} MiB after all")


if __name__ == "__main__":
    main()
