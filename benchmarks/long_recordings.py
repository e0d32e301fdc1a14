"""How much memory a recording takes by its length: peak of the process above what it holds before, in MB, by step.

``python -m benchmarks.long_recordings [--minutes 10 60 120]``. The recordings are the bundled two-channel calls over
and over; the words come from their reference transcripts, so that no speech model runs, but its windows are cut. Each
length has a process of its own. Peaks are those of the kernel (VmHWM: all resident pages, mapped files too): Linux.
"""

from __future__ import annotations

import argparse
import gc
import math
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from benchmarks.non_speech import long_recording, warm_up
from qa_pipeline.audio.ingest import IngestOptions, ingest
from qa_pipeline.core.call import CallMetadata, MadeBy, Segment, Transcript
from qa_pipeline.listening import find_speech, hear
from qa_pipeline.report import CallResult, PageOptions, write_call_page, write_static
from qa_pipeline.report.sound.audio_copy import write_audio_copy
from qa_pipeline.rubric.loading import load_rubric
from qa_pipeline.scoring import score
from qa_pipeline.speakers.roles import load_role_model
from qa_pipeline.steps import build_call
from qa_pipeline.transcribe.whisper.packing import pack, pieces_of

RUBRIC = "telesales-coaching"
MINUTES = (10, 60, 120)
#: Two channels of 8 kHz, a byte each.
BYTES_PER_S = 16_000
STEPS = ("decode", "speech", "windows", "hear", "score", "page")


def repeated(folder: Path, minutes: float) -> tuple[Path, Transcript]:
    """The demo's calls one after another until the time is up, in one µ-law WAV, with their words."""
    path, words, once_s = long_recording(folder, 1.0)
    times = math.ceil(minutes * 60 / once_s)
    content = path.read_bytes()
    at = content.index(b"data")
    sound = content[at + 8 : at + 8 + struct.unpack_from("<I", content, at + 4)[0]]
    size = round(minutes * 60) * BYTES_PER_S
    with path.open("wb") as file:
        file.write(content[:4] + struct.pack("<I", at + size) + content[8 : at + 4] + struct.pack("<I", size))
        for number in range(times):
            file.write(sound[: size - number * len(sound)])
    said = (_shifted(segment, number * once_s) for number in range(times) for segment in words.segments)
    return path, replace(words, segments=tuple(each for each in said if each.span.end_s < minutes * 60))


def _shifted(segment: Segment, by_s: float) -> Segment:
    words = tuple(replace(word, span=word.span.shift(by_s)) for word in segment.words)
    return replace(segment, span=segment.span.shift(by_s), words=words)


class Meter:
    """The peak of this process in each step, in MB above what it held at first."""

    def __init__(self) -> None:
        self._base_mb = _memory_mb("VmRSS")
        self.peaks: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew (man 5 proc)
        yield
        self.peaks[name] = _memory_mb("VmHWM") - self._base_mb


def _memory_mb(name: str) -> float:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:"))


def measure(path: Path, words: Transcript, folder: Path) -> dict[str, float]:
    """Peak of each step over one recording, as the pipeline takes them."""
    loaded = load_rubric(RUBRIC)
    gc.collect()
    meter = Meter()
    with meter.step("decode"):
        recording, channels = ingest(path, IngestOptions(settle_s=0.0))
    with meter.step("speech"):
        found = find_speech(recording, channels)
    with meter.step("windows"):
        for window in pack(pieces_of(found.job.speech, [channel.size for channel in channels])):
            window.samples(found.job.channels)
    speech = tuple(map(tuple, found.job.speech))
    heard = replace(words, speech=speech, events=found.events, cross_talk_s=found.cross_talk_s)
    with meter.step("hear"):
        dialogue = hear(recording, heard, channels, load_role_model("zh"))
    with meter.step("score"):
        call = build_call("bench", recording, heard, dialogue, CallMetadata(), MadeBy("transcribe", "bench"))
        card = score(call, loaded)
    with meter.step("page"):
        write_static(folder)
        audio = write_audio_copy(channels, folder / "audio" / "bench.webm")
        write_call_page(CallResult(call, card, loaded.rubric, audio), folder, PageOptions())
    return meter.peaks


def one(minutes: float) -> str:
    """The line of one length, measured in this process."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path, words = repeated(folder, minutes)
        warm_up(RUBRIC)
        peaks = measure(path, words, folder)
    return f"{minutes:>8g}" + "".join(f"{peaks[step]:>9.0f}" for step in STEPS) + f"{max(peaks.values()):>9.0f}"


def main(show: Callable[[str], None] = print) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, nargs="+", default=MINUTES, help="lengths of the recordings")
    parser.add_argument("--one", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one is not None:
        show(one(options.one))
        return
    show("MB above the process's base, at the peak of each step")
    show(f"{'minutes':>8}" + "".join(f"{step:>9}" for step in (*STEPS, "most")))
    for minutes in options.minutes:
        command = [sys.executable, "-m", "benchmarks.long_recordings", "--one", str(minutes)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - this module
        show(done.stdout.rstrip())


if __name__ == "__main__":
    main()
