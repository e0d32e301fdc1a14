"""The stage model: counted log probabilities of cues, positions and transitions."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from qa_pipeline.core.call import Stage
from qa_pipeline.resources import models_dir

STAGES = tuple(Stage)

#: Parts of the call for which the share of each stage is counted.
POSITION_BINS = 10

#: Added to every count, so that what was never seen stays possible.
SMOOTHING = 1.0


@dataclass(frozen=True, slots=True)
class StageModel:
    """All values are natural logarithms; stages are written by name, cues as ``role.cue``.

    ``present[cue][stage]`` and ``absent[cue][stage]``: log P(cue occurs / does not occur in a turn of the stage and
    role); ``position[bin][stage]``; ``start[stage]``; ``transition[from][to]``.
    """

    language: str
    present: Mapping[str, Mapping[str, float]]
    absent: Mapping[str, Mapping[str, float]]
    position: Sequence[Mapping[str, float]]
    start: Mapping[str, float]
    transition: Mapping[str, Mapping[str, float]]
    revision: str = ""

    def to_json(self) -> str:
        raw = {key: value for key, value in asdict(self).items() if key != "revision"}
        return json.dumps(raw, ensure_ascii=False, indent=1, sort_keys=True)


@dataclass(frozen=True, slots=True)
class CountedTurn:
    """What is counted of one labelled turn."""

    role: str
    stage: Stage
    cues: frozenset[str]


def position_bin(index: int, turns: int) -> int:
    return min(POSITION_BINS - 1, index * POSITION_BINS // max(1, turns))


def fit(language: str, calls: Iterable[Sequence[CountedTurn]]) -> StageModel:
    """Count a model from labelled calls (sequences of turns)."""
    kept = [call for call in calls if call]
    turns = [turn for call in kept for turn in call]
    cues = sorted({cue for turn in turns for cue in turn.cues})
    present: dict[str, dict[str, float]] = {}
    absent: dict[str, dict[str, float]] = {}
    for cue in cues:
        share = {s: _cue_share(cue, s, turns) for s in STAGES}
        present[cue] = {s.value: _rounded(math.log(p)) for s, p in share.items()}
        absent[cue] = {s.value: _rounded(math.log(1 - p)) for s, p in share.items()}
    binned = [
        [t.stage for c in kept for i, t in enumerate(c) if position_bin(i, len(c)) == b] for b in range(POSITION_BINS)
    ]
    pairs = [(a.stage, b.stage) for call in kept for a, b in pairwise(call)]
    return StageModel(
        language,
        present,
        absent,
        [_log_shares(stages) for stages in binned],
        _log_shares([call[0].stage for call in kept]),
        {s.value: _log_shares([to for start, to in pairs if start is s]) for s in STAGES},
    )


def _cue_share(cue: str, stage: Stage, turns: Sequence[CountedTurn]) -> float:
    role = cue.split(".", 1)[0]
    of_stage = [turn for turn in turns if turn.stage is stage and turn.role == role]
    hits = sum(cue in turn.cues for turn in of_stage)
    return (hits + SMOOTHING) / (len(of_stage) + 2 * SMOOTHING)


def _log_shares(stages: Sequence[Stage]) -> dict[str, float]:
    total = len(stages) + SMOOTHING * len(STAGES)
    return {s.value: _rounded(math.log((stages.count(s) + SMOOTHING) / total)) for s in STAGES}


def _rounded(value: float) -> float:
    return round(value, 4)


@lru_cache(maxsize=4)
def load_stage_model(language: str) -> StageModel | None:
    """The shipped model of a language; None where there is none."""
    path = models_dir() / f"stages-{language}" / "model.json"
    return read_stage_model(path) if path.is_file() else None


def read_stage_model(path: Path) -> StageModel:
    import hashlib

    content = path.read_bytes()
    return StageModel(**json.loads(content), revision=hashlib.sha256(content).hexdigest()[:12])
