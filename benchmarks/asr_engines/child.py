"""The process of one engine: loads, warms up, then runs and reports each time it is told to.

``python -m benchmarks.asr_engines.child NAME WEIGHTS SOUND THREADS RANDOM``: it answers ``true`` when it is ready; then
every line on standard input starts a run, whose figures come as one JSON line.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

#: Seconds of sound that each engine hears before the clock runs.
WARM_UP_S = 8


def main() -> None:
    name, weights, sound, threads, random = sys.argv[1:]
    answers = _own_output()
    _keep_to(int(threads))

    from benchmarks.asr_engines.engines import CONTENDERS, Setting
    from benchmarks.asr_engines.weights import Formats
    from qa_pipeline.audio.ingest import IngestOptions, ingest

    _, channels = ingest(Path(sound), IngestOptions(settle_s=0.0))
    runner = CONTENDERS[name].make(Setting(Formats(Path(weights)), int(threads), random == "1", Path(sound)))
    runner.run([channel[: WARM_UP_S * 16_000] for channel in channels])
    print("true", file=answers, flush=True)
    for _ in sys.stdin:
        print(json.dumps(_measured(runner, channels), ensure_ascii=False), file=answers, flush=True)


def _own_output() -> Any:
    """Standard output for answers alone: what libraries print goes to standard error."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def _keep_to(cores: int) -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])


def _measured(runner: Any, channels: Any) -> dict[str, Any]:
    windows, cpu_s, start = runner.windows, _cpu_s(), time.perf_counter()
    heard = runner.run(channels)
    wall_s = time.perf_counter() - start
    return {
        "wall_s": wall_s,
        "cpu_s": _cpu_s() - cpu_s,
        "windows": None if windows is None else runner.windows - windows,
        "texts": heard.texts,
        "timed_words": heard.timed_words,
        "speech_s": heard.speech_s,
        "peak_mib": peak_mib(),
    }


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak_mib() -> float:
    """Of this program alone: ru_maxrss would count the parent that started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


if __name__ == "__main__":
    main()
