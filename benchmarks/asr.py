"""Speech recognition side by side: this project and other Whisper engines on the same calls, weights and cores.

``python -m benchmarks.asr`` (packages: benchmarks/requirements-asr.txt). Every engine runs in a process of its own with
its model loaded and warm; they take turns, and the middle one of the repeats counts. Two sets of weights: the bundled
demo model, and random weights of the shape of Whisper ``small`` (benchmarks/asr_engines/random_weights.py says what
they can show). benchmarks/README.md explains the rows.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, cast

from rapidfuzz.distance import Levenshtein

from benchmarks.asr_engines.audio import Sample, demo_sample, write_wav
from benchmarks.asr_engines.engines import CONTENDERS
from benchmarks.asr_engines.weights import Formats, demo_weights
from qa_pipeline.language.normalise import normalise

WINDOW_S = 30
#: What runs when nothing is named. Random weights tell nothing of words and take far longer: fewer rows.
ROWS = {
    "demo": "ours ours-unpacked fw fw-words fw-vad-words fw-tuned fw-two batched batched-words openai transformers "
    "cpp cpp-q8 cpp-words",
    "small": "ours fw fw-vad batched batched-words openai transformers cpp-q8",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One engine: the medians over its repeats."""

    name: str
    title: str
    numbers: str
    wall_s: float
    cpu_s: float
    windows: int | None
    cer: float | None
    characters: int
    timed_words: int
    peak_mib: float


def main() -> None:
    options = _options()
    results = {}
    with _folder(options.keep) as folder:
        for weights in options.weights:
            sample = demo_sample(options.seconds if weights == "demo" else options.small_seconds)
            formats = _formats(weights, folder, sample)
            names = options.engines or ROWS[weights].split()
            repeats = options.repeats if weights == "demo" else min(options.repeats, options.small_repeats)
            runs = measured(names, formats, sample, folder, repeats, options.cores, weights != "demo")
            result = summed_up(runs, sample, with_cer=weights == "demo")
            results[weights] = result
            print(report(weights, result, options.cores, repeats), flush=True)
    if options.json:
        options.json.write_text(json.dumps(results, ensure_ascii=False, indent=1), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=120, help="sound for the demo weights")
    parser.add_argument("--small-seconds", type=float, default=60, help="sound for the random weights")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--small-repeats", type=int, default=1, help="repeats with the random weights, at most")
    parser.add_argument("--cores", type=int, default=2, help="cores and threads of every engine")
    parser.add_argument("--weights", nargs="+", choices=list(ROWS), default=list(ROWS))
    parser.add_argument("--engines", nargs="+", choices=list(CONTENDERS), help="rows; a usual choice when absent")
    parser.add_argument("--keep", type=Path, help="folder for the converted weights, used again when it is there")
    parser.add_argument("--json", type=Path, help="file for the figures")
    return parser.parse_args()


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept
        return
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def _formats(weights: str, folder: Path, sample: Sample) -> Formats:
    if weights == "demo":
        return demo_weights(folder / "demo")
    from benchmarks.asr_engines.random_weights import random_weights

    return random_weights(folder / "small", sample.sound)


class EngineFailed(Exception):
    """The process of an engine ended; the message holds the end of what it said."""


class Child:
    """An engine in a process of its own."""

    def __init__(self, name: str, formats: Formats, sound: Path, cores: int, random: bool) -> None:
        module = [sys.executable, "-m", "benchmarks.asr_engines.child"]
        given = [name, str(formats.folder), str(sound), str(cores), str(int(random))]
        self.name = name
        self._log = sound.with_name(f"{name}.log").open("w", encoding="utf-8")
        self._process: subprocess.Popen[str] = subprocess.Popen(  # noqa: S603 - our own interpreter
            module + given,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env=os.environ | {"OMP_NUM_THREADS": str(cores), "HF_HUB_OFFLINE": "1"},
        )
        self._stdin, self._stdout = cast(IO[str], self._process.stdin), cast(IO[str], self._process.stdout)

    def ready(self) -> None:
        """Waits until the model is loaded and warm, so that nobody loads while another is measured."""
        self._answer()

    def run(self) -> dict[str, Any]:
        self._stdin.write("run\n")
        self._stdin.flush()
        found: dict[str, Any] = self._answer()
        return found

    def _answer(self) -> Any:
        line = self._stdout.readline()
        if not line:
            said = Path(self._log.name).read_text(encoding="utf-8")[-1500:]
            raise EngineFailed(f"{self.name} failed:\n{said}")
        return json.loads(line)

    def end(self) -> None:
        with suppress(BrokenPipeError):
            self._stdin.close()
        self._process.wait()
        self._log.close()


def measured(
    names: Sequence[str], formats: Formats, sample: Sample, folder: Path, repeats: int, cores: int, random: bool
) -> dict[str, list[dict[str, Any]]]:
    """The runs of every engine; they take turns, each round in another order."""
    sound = folder / "sound.wav"
    write_wav(sample.sound, sound)
    children: list[Child] = []
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    try:
        for name in names:
            _tell(f"loading {name}")
            children.append(Child(name, formats, sound, cores, random))
            _or_told(children[-1].ready)
        for number in range(repeats):
            for child in children if number % 2 == 0 else reversed(children):
                _or_told(partial(_run, child, runs))
    finally:
        for child in children:
            child.end()
    return {name: found for name, found in runs.items() if found}


def _run(child: Child, runs: dict[str, list[dict[str, Any]]]) -> None:
    found = child.run()
    runs[child.name].append(found)
    _tell(f"{child.name}: {found['wall_s']:.1f} s")


def _or_told(step: Callable[[], None]) -> None:
    """An engine that fails is left out; the others go on."""
    try:
        step()
    except (EngineFailed, BrokenPipeError) as failure:
        _tell(str(failure))


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def summed_up(runs: dict[str, list[dict[str, Any]]], sample: Sample, with_cer: bool) -> dict[str, Any]:
    rows = [_row(name, found, sample, with_cer) for name, found in runs.items()]
    speech_s = next((run["speech_s"] for found in runs.values() for run in found if run["speech_s"]), None)
    return {
        "recorded_s": sample.duration_s,
        "speech_s": speech_s,
        "fewest_windows": math.ceil(speech_s / WINDOW_S) if speech_s else None,
        "rows": [asdict(row) for row in rows],
    }


def _row(name: str, runs: Sequence[dict[str, Any]], sample: Sample, with_cer: bool) -> Row:
    last = runs[-1]
    return Row(
        name=name,
        title=CONTENDERS[name].title,
        numbers=CONTENDERS[name].numbers,
        wall_s=statistics.median(run["wall_s"] for run in runs),
        cpu_s=statistics.median(run["cpu_s"] for run in runs),
        windows=last["windows"],
        cer=error_rate(sample.said, last["texts"]) if with_cer else None,
        characters=sum(len(normalise(text).text) for text in last["texts"]),
        timed_words=last["timed_words"],
        peak_mib=max(run["peak_mib"] for run in runs),
    )


def error_rate(said: Sequence[str], heard: Sequence[str]) -> float:
    """Wrong, missing and added characters per character said, channel by channel; punctuation and script ignored."""
    pairs = [(normalise(true).text, normalise(found).text) for true, found in zip(said, heard, strict=True)]
    return sum(Levenshtein.distance(*pair) for pair in pairs) / max(1, sum(len(true) for true, _ in pairs))


def report(weights: str, result: dict[str, Any], cores: int, repeats: int) -> str:
    """A Markdown table; times of the first row, ours, are the measure of the others."""
    rows = result["rows"]
    recorded_s, base = result["recorded_s"], rows[0]["wall_s"]
    lines = [
        f"{weights} weights, {recorded_s:.0f} s of two-channel calls, {cores} cores, median of {repeats}",
        "",
        f"| engine | weights | wall s | CPU s | × real time | time ÷ {rows[0]['title']} | windows | CER | characters "
        "| word times | peak MiB |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
        *(_line(row, recorded_s, base) for row in rows),
    ]
    if result["speech_s"]:
        lines += ["", _windows_line(result)]
    return "\n".join(lines) + "\n"


def _line(row: dict[str, Any], recorded_s: float, base_s: float) -> str:
    cells = [
        row["title"],
        row["numbers"],
        f"{row['wall_s']:.2f}",
        f"{row['cpu_s']:.2f}",
        f"{recorded_s / row['wall_s']:.1f}",
        f"{row['wall_s'] / base_s:.2f}",
        "–" if row["windows"] is None else str(row["windows"]),
        "–" if row["cer"] is None else f"{100 * row['cer']:.1f} %",
        str(row["characters"]),
        str(row["timed_words"] or "–"),
        f"{row['peak_mib']:.0f}",
    ]
    return f"| {' | '.join(cells)} |"


def _windows_line(result: dict[str, Any]) -> str:
    ours = [row for row in result["rows"] if row["name"] == "ours"]
    told = f"{result['speech_s']:.1f} s of speech on both channels: at least {result['fewest_windows']} windows of 30 s"
    if not ours or ours[0]["windows"] is None:
        return told
    return f"{told}; ours decoded {ours[0]['windows']} ({ours[0]['windows'] / result['fewest_windows']:.2f} ×)"


if __name__ == "__main__":
    main()
