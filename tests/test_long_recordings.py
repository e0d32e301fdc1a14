"""A long recording goes through all steps without a copy of its whole length in memory, and with the same results."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from qa_pipeline import sound
from qa_pipeline.acoustics.activity import exact_stretches
from qa_pipeline.acoustics.pitch import pitch_track
from qa_pipeline.acoustics.tones import sound_events
from qa_pipeline.audio.copies import identical_channels
from qa_pipeline.audio.decode import decode
from qa_pipeline.audio.facts import channel_quality
from qa_pipeline.audio.ingest import IngestOptions, ingest
from qa_pipeline.core.call import Transcript
from qa_pipeline.core.span import Span
from qa_pipeline.core.talk import SoundEvent, SoundKind
from qa_pipeline.listening import _muted, find_speech, hear
from qa_pipeline.report.sound.audio_copy import PageSound
from qa_pipeline.resources import demo_dir
from qa_pipeline.sound import Growing, Samples, lies_in_file
from qa_pipeline.speakers.voice_features import frames_of
from qa_pipeline.transcribe.cross_talk import cross_talk
from qa_pipeline.transcribe.labelled import read_labelled
from qa_pipeline.transcribe.voice_activity import VoiceActivityOptions, speech_spans
from qa_pipeline.transcribe.whisper.packing import pack, pieces_of
from tests.audio_files import speechlike, write_audio, write_wav

RATE_HZ = 16_000
SECONDS = 900
#: One channel of it as an array: 58 MB.
CHANNEL_BYTES = SECONDS * RATE_HZ * 4
#: Seconds with a sound in them, far apart: what each step keeps per second of speech is not what is measured here.
SPEECH = tuple(Span(float(at), at + 1.0) for at in range(10, SECONDS - 10, 60))


def moved_to_file(samples: Samples) -> Samples:
    growing = Growing(0)
    growing.add(samples)
    return growing.array()


@lru_cache(maxsize=1)
def long_call() -> tuple[Samples, Samples]:
    """Bursts on one channel, and a faint copy of each on the other: both lie in files."""
    loud = np.zeros(SECONDS * RATE_HZ, np.float32)
    for span in SPEECH:
        loud[int(span.start_s) * RATE_HZ : int(span.end_s) * RATE_HZ] = speechlike(1.0, 3)
    return moved_to_file(loud), moved_to_file(loud * np.float32(0.1))


def peak_bytes(step: Callable[[], object]) -> int:
    """What the step allocates at most, beside what is there before. Files and their views do not count."""
    tracemalloc.start()
    try:
        step()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def music(channel: int) -> list[SoundEvent]:
    return [SoundEvent(SoundKind.MUSIC, span, channel) for span in SPEECH]


STEPS: dict[str, Callable[[Samples, Samples], object]] = {
    "quality": lambda one, two: channel_quality(one, 0, 0.0),
    "copies": lambda one, two: identical_channels((one, one[5000:])),
    "sound_events": lambda one, two: sound_events((one, two)),
    "cross_talk": lambda one, two: cross_talk((one, two)),
    "speech_spans": lambda one, two: speech_spans(one, VoiceActivityOptions()),
    "windows": lambda one, two: [w.samples((one,)) for w in pack(pieces_of([SPEECH], [one.size]))],
    "muted": lambda one, two: _muted(one, music(0), 0),
    "exact_stretches": lambda one, two: exact_stretches(one, SPEECH),
    "pitch": lambda one, two: pitch_track(one, SPEECH),
    "voice_features": lambda one, two: frames_of(one, SPEECH),
    "page_sound": lambda one, two: PageSound((one, two)).peaks(400),
}


@pytest.mark.parametrize("name", STEPS)
def test_no_step_makes_a_copy_of_the_whole_length(name: str) -> None:
    STEPS[name](*(channel[: 30 * RATE_HZ] for channel in long_call()))  # what is loaded or made once
    assert peak_bytes(lambda: STEPS[name](*long_call())) < 0.75 * CHANNEL_BYTES


def test_the_bound_is_one_that_a_whole_copy_would_break() -> None:
    assert peak_bytes(lambda: np.abs(long_call()[0]).max()) > 0.75 * CHANNEL_BYTES


def test_decoding_keeps_a_long_recording_out_of_memory(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "long.wav", [channel[::2] for channel in long_call()])
    decode(demo_dir() / "recordings" / "D09.wav")
    assert peak_bytes(lambda: decode(path)) < 2 * sound.IN_MEMORY + 0.2 * CHANNEL_BYTES
    assert all(lies_in_file(channel) for channel in decode(path).channels)


@pytest.mark.parametrize(
    ("suffix", "codec", "rate_hz", "channels"),
    [
        (".wav", "pcm_alaw", 8000, 2),
        (".wav", "pcm_s16le", 16_000, 1),
        (".wav", "pcm_s16le", 44_100, 3),
        (".mp3", "libmp3lame", 44_100, 2),
        (".ogg", "libopus", 48_000, 2),
    ],
)
def test_in_a_file_or_in_memory_a_recording_sounds_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, codec: str, rate_hz: int, channels: int
) -> None:
    sounds = [speechlike(4.3, seed, rate_hz) for seed in range(channels)]
    path = write_audio(tmp_path / f"call{suffix}", sounds, rate_hz, codec)
    plain = decode(path)
    monkeypatch.setattr(sound, "IN_MEMORY", 100_000)
    filed = decode(path)
    assert all(map(lies_in_file, filed.channels)) and not any(map(lies_in_file, plain.channels))
    assert [c.tobytes() for c in filed.channels] == [c.tobytes() for c in plain.channels]
    assert filed.clipped_shares == plain.clipped_shares and filed.duration_s == plain.duration_s


@pytest.mark.parametrize("name", ["D09", "D12"])
def test_results_do_not_depend_on_where_the_sound_lies(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = heard(name)
    monkeypatch.setattr(sound, "IN_MEMORY", 0)
    assert heard(name) == plain


def heard(name: str) -> tuple[object, ...]:
    """What the steps before the words, and those after them, find in a recording of the demo."""
    (labelled,) = (call for call in read_labelled(demo_dir() / "reference.jsonl") if call.call_id == name)
    recording, channels = ingest(demo_dir() / "recordings" / str(labelled.recording), IngestOptions(settle_s=0.0))
    found = find_speech(recording, channels)
    words = Transcript("zh", None, (), tuple(map(tuple, found.job.speech)), (*found.events, *music(0)[:1]), (1.0, 0.0))
    dialogue = hear(recording, words, channels, None)
    return recording, found.events, found.cross_talk_s, found.job.speech, dialogue, PageSound(channels).peaks(40)
