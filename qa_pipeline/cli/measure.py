"""How fast this machine recognises speech: part of a bundled recording, again and again for some seconds."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qa_pipeline.config import Settings
    from qa_pipeline.transcribe.engine import Engine, SpeechJob

#: Sound of the demo that is recognised: enough for a batch, little enough for a large model on two cores.
AUDIO_S = 60.0
#: Time after which no further run is begun.
ENOUGH_S = 10.0
_RECORDING = "D01.mp3"
_BYTES_PER_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, slots=True)
class Speed:
    """``first_s`` holds the loading of the model, ``run_s`` is the mean of the runs after it."""

    audio_s: float
    speech_s: float
    runs: int
    first_s: float
    run_s: float
    peak_memory_mb: float | None
    """None: this system does not tell."""

    @property
    def real_time_factor(self) -> float:
        """Seconds of work for a second of a two-channel recording."""
        return self.run_s / self.audio_s

    @property
    def wording(self) -> str:
        per_hour = self.real_time_factor * 60
        memory = "" if self.peak_memory_mb is None else f"; {self.peak_memory_mb:.0f} MB of memory at most"
        return (
            f"real-time factor {self.real_time_factor:.3f} (an hour of two-channel calls in {per_hour:.1f} min), "
            f"measured on {self.audio_s:.0f} s with {self.speech_s:.0f} s of speech, {self.runs} runs; "
            f"first run with loading {self.first_s:.1f} s{memory}"
        )


def measured(settings: Settings) -> Speed:
    """Run the engine of the settings; UserError or StepFailure where it cannot run."""
    from qa_pipeline.assembly import make_engine
    from qa_pipeline.transcribe.voice_activity import SAMPLE_RATE_HZ

    job = demo_job()
    engine = make_engine(settings)
    first_s = _run_s(engine, job)
    times: list[float] = []
    while not times or sum(times) < ENOUGH_S:
        times.append(_run_s(engine, job))
    speech_s = sum(span.duration_s for spans in job.speech for span in spans)
    audio_s = max(samples.size for samples in job.channels) / SAMPLE_RATE_HZ
    return Speed(audio_s, speech_s, len(times), first_s, sum(times) / len(times), peak_memory_mb())


def demo_job() -> SpeechJob:
    """At most the first minute of a bundled call, its speech found as in every run."""
    from qa_pipeline.audio.ingest import IngestOptions, ingest
    from qa_pipeline.listening import find_speech
    from qa_pipeline.resources import demo_dir
    from qa_pipeline.transcribe.voice_activity import SAMPLE_RATE_HZ

    recording, channels = ingest(demo_dir() / "recordings" / _RECORDING, IngestOptions(settle_s=0.0))
    samples = [channel[: int(AUDIO_S * SAMPLE_RATE_HZ)] for channel in channels]
    return find_speech(recording, samples).job


def _run_s(engine: Engine, job: SpeechJob) -> float:
    from qa_pipeline.transcribe.engine import transcribed

    started = time.perf_counter()
    transcribed(engine, job)
    return time.perf_counter() - started


def peak_memory_mb() -> float | None:
    """The most memory that this process has had so far; None where the system does not tell (Windows)."""
    try:
        import resource
    except ImportError:
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _BYTES_PER_UNIT / 1e6
