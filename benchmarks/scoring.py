"""Scoring stored calls again: milliseconds per call, and whether memory stays flat.

``python -m benchmarks.scoring``: every labelled training call is scored many times over with the shipped rubric; the
second half must not need more memory than the first.
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

CALLS = Path(__file__).parent.parent / "training" / "data" / "train.jsonl"
ROUNDS = 10


def main() -> None:
    loaded = load_rubric("telesales-basic")
    labelled = read_labelled(CALLS)
    stored = [encode(build_imported_call(c.call_id, c.conversation, c.metadata)) for c in labelled]
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
    print(f"peak memory: {peaks[ROUNDS // 2 - 1]:.0f} MiB after half, {peaks[-1]:.0f} MiB after all")


if __name__ == "__main__":
    main()
