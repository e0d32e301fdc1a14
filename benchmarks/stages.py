"""Cost of acts and stages: turns per second on one core, seconds to load the model, size of its files.

``python -m benchmarks.stages``; calls are those of training/data, each tagged once (nothing is remembered from before).
"""

from __future__ import annotations

import json
import subprocess
import sys
import time

from benchmarks.scoring import DATA
from qa_pipeline.resources import models_dir
from qa_pipeline.stages.model import SHIPPED, find_stage_model
from qa_pipeline.stages.signals import find_signals
from qa_pipeline.stages.tagging import tag
from qa_pipeline.transcribe.labelled import read_labelled

FILES = {"zh": "train.more.jsonl", "en": "train.more.en.jsonl"}

#: A process of its own: loading is then not helped by what was loaded before.
_LOAD = """
import time
import numpy
from qa_pipeline.stages.model import find_stage_model
started = time.perf_counter()
find_stage_model("stages", {language!r})
print(time.perf_counter() - started)
"""


def measured(language: str) -> dict[str, float]:
    model = find_stage_model(SHIPPED, language)
    calls = read_labelled(DATA / FILES[language])
    tag(calls[0].conversation, model)  # libraries are loaded now
    turns = sum(len(call.conversation.turns) for call in calls[1:])
    started = time.process_time()
    for call in calls[1:]:
        found = tag(call.conversation, model)
        find_signals(call.conversation.turns, found.acts, found.reasons, found.compared)
    spent = time.process_time() - started
    loading = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", _LOAD.format(language=language)], capture_output=True, text=True, check=True
    )
    folder = models_dir() / f"{SHIPPED}-{language}"
    size = sum(path.stat().st_size for path in folder.iterdir())
    return {
        "turns": turns,
        "turns_per_second_and_core": round(turns / spent),
        "load_s": round(float(loading.stdout), 3),
        "files_mb": round(size / 1e6, 2),
    }


def main() -> None:
    print(json.dumps({language: measured(language) for language in FILES}, indent=1))


if __name__ == "__main__":
    main()
