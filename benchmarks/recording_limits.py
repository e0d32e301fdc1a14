"""What quiet and distorted recordings cost in words: the demo's calls turned down and turned up, then recognised.

``python -m benchmarks.recording_limits [--calls D01,D02,D05,D06,D09]``, some minutes. Every call is written as a WAV of
8 kHz (16 bits, or A-law) at another level; what exceeds full scale is cut off. The defaults of a rubric's ``recording``
limits come from this table.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.audio.stream import AudioStream
from numpy.typing import NDArray

from qa_pipeline.audio.ingest import IngestOptions, ingest
from qa_pipeline.core.call import Recording, Transcript
from qa_pipeline.listening import transcribe
from qa_pipeline.resources import demo_dir
from qa_pipeline.transcribe.evaluate import TranscriptFigures, compare
from qa_pipeline.transcribe.labelled import read_labelled
from qa_pipeline.transcribe.models import find_model
from qa_pipeline.transcribe.whisper import WhisperEngine, WhisperOptions

CALLS = "D01,D02,D05,D06,D09"
#: By codec: turned down until most words are lost, and (16 bits) turned up until most of the wave is cut off.
GAINS_DB = {
    "pcm_s16le": (0, -15, -20, -25, -30, -35, -40, 10, 12, 15, 20, 25, 30, 40),
    "pcm_alaw": (-15, -20, -25, -30, -35),
}
RATE_HZ = 8000
HEAD = f"{'call':5}{'codec':10}{'gain':>6}  {'quieter dB':>10}{'clipped %':>11}{'CER':>7}{'lost':>12}{'sureness':>10}"


def changed(call_id: str, codec: str, gain_db: float, folder: Path) -> Path:
    """The call at another level, as a WAV file of 8 kHz."""
    source = next((demo_dir() / "recordings").glob(f"{call_id}.*"))
    _, channels = ingest(source, IngestOptions(settle_s=0.0))
    # Every second sample of 16 kHz: the demo's recordings hold nothing above 4 kHz.
    louder = [np.clip(samples[::2] * 10 ** (gain_db / 20), -1.0, 1.0) for samples in channels]
    path = folder / f"{call_id}.wav"
    _write(path, np.stack(louder), codec)
    return path


def _write(path: Path, channels: NDArray[np.float32], codec: str) -> None:
    values = np.round(channels * 32767).astype(np.int16)
    with av.open(str(path), "w") as output:
        stream = cast(AudioStream, output.add_stream(codec, rate=RATE_HZ, layout="stereo"))
        frame = av.AudioFrame.from_ndarray(values.T.reshape(1, -1).copy(), format="s16", layout="stereo")
        frame.sample_rate = RATE_HZ
        for packet in (*stream.encode(frame), *stream.encode(None)):
            output.mux(packet)


def row(call_id: str, codec: str, gain_db: float, recording: Recording, figures: TranscriptFigures, sure: float) -> str:
    quieter_db = min(quality.level_db for quality in recording.quality)
    clipped = 100 * max(quality.clipped_share for quality in recording.quality)
    lost = 100 * (1 - figures.recognised / figures.characters)
    return (
        f"{call_id:5}{codec:10}{gain_db:+6.0f}  {quieter_db:10.1f}{clipped:11.2f}"
        f"{figures.cer or 0:7.2f}{lost:11.0f}%{sure:10.2f}"
    )


def sureness(transcript: Transcript) -> float:
    """The mean confidence of the segments by their characters."""
    known = [(s.confidence, len(s.text)) for s in transcript.segments if s.confidence is not None and s.text]
    return sum(c * n for c, n in known) / sum(n for _, n in known) if known else 0.0


def rows(call_ids: Sequence[str]) -> Iterator[str]:
    engine = WhisperEngine(find_model("demo-zh"), WhisperOptions(language="zh", cpu_threads=1))
    references = {call.call_id: call for call in read_labelled(demo_dir() / "reference.jsonl")}
    levels = [(codec, gain_db) for codec, gains_db in GAINS_DB.items() for gain_db in gains_db]
    with tempfile.TemporaryDirectory() as folder:
        for call_id in call_ids:
            for codec, gain_db in levels:
                path = changed(call_id, codec, gain_db, Path(folder))
                recording, channels = ingest(path, IngestOptions(settle_s=0.0))
                transcript = transcribe(engine, recording, channels)
                figures = compare(call_id, references[call_id].conversation.turns, transcript)
                yield row(call_id, codec, gain_db, recording, figures, sureness(transcript))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", default=CALLS, help="ids of demo calls with two channels, comma-separated")
    print(HEAD)
    for line in rows(parser.parse_args().calls.split(",")):
        print(line, flush=True)


if __name__ == "__main__":
    main()
