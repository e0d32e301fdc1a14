"""Where somebody speaks. Real (synthetic-voice) speech is cut from a bundled recording and put at known times."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from qa_pipeline.audio.decode import decode
from qa_pipeline.core.span import Span
from qa_pipeline.resources import demo_dir
from qa_pipeline.transcribe.cross_talk import cross_talk
from qa_pipeline.transcribe.engine import Samples
from qa_pipeline.transcribe.voice_activity import SAMPLE_RATE_HZ, VoiceActivityOptions, speech_spans
from tests.audio_files import tone

OPTIONS = VoiceActivityOptions()
RNG = np.random.default_rng(7)


@lru_cache(maxsize=1)
def voice() -> Samples:
    """2.0 s of one sentence, from its first to its last sound (D01.mp3, left channel)."""
    channel = decode(demo_dir() / "recordings" / "D01.mp3").channels[0]
    cut: Samples = channel[round(0.70 * SAMPLE_RATE_HZ) : round(2.70 * SAMPLE_RATE_HZ)]
    return cut


def placed(*starts_s: float, total_s: float = 12.0) -> Samples:
    """Silence of ``total_s`` with the sentence at each start."""
    samples = np.zeros(round(total_s * SAMPLE_RATE_HZ), np.float32)
    for start_s in starts_s:
        at = round(start_s * SAMPLE_RATE_HZ)
        samples[at : at + voice().size] = voice()
    return samples


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(0, np.float32),
        np.zeros(100, np.float32),
        np.zeros(5 * SAMPLE_RATE_HZ, np.float32),
        (0.05 * RNG.standard_normal(5 * SAMPLE_RATE_HZ)).astype(np.float32),
        tone(440, 5),
        tone(450, 5, amplitude=0.01),
        tone(1000, 5, amplitude=0.9),
    ],
    ids=["empty", "short", "digital silence", "noise", "440 Hz", "soft 450 Hz", "loud 1 kHz"],
)
def test_no_voice_is_found_where_nobody_speaks(samples: Samples) -> None:
    assert speech_spans(samples, OPTIONS) == ()


def test_a_sentence_is_found_where_it_was_put() -> None:
    (span,) = speech_spans(placed(5.0), OPTIONS)
    pad_s = OPTIONS.pad_ms / 1000
    assert span.start_s + pad_s == pytest.approx(5.0, abs=0.3)
    assert span.end_s - pad_s == pytest.approx(5.0 + voice().size / SAMPLE_RATE_HZ, abs=0.3)


def test_two_sentences_with_a_pause_are_two_stretches() -> None:
    first, second = speech_spans(placed(1.0, 7.0), OPTIONS)
    assert second.start_s - first.start_s == pytest.approx(6.0, abs=0.1)


@pytest.mark.parametrize("gain", [0.1, 0.5, 3.0])
def test_gain_moves_no_stretch(gain: float) -> None:
    samples = placed(2.0, 7.0)
    plain, changed = speech_spans(samples, OPTIONS), speech_spans(samples * np.float32(gain), OPTIONS)
    assert len(plain) == len(changed) == 2
    for a, b in zip(plain, changed, strict=True):
        assert (a.start_s, a.end_s) == pytest.approx((b.start_s, b.end_s), abs=0.1)


def test_a_channel_below_the_least_peak_is_not_listened_to() -> None:
    faint = placed(2.0) / np.abs(voice()).max() * np.float32(OPTIONS.min_peak * 0.9)
    assert speech_spans(faint, OPTIONS) == ()


def test_long_speech_is_cut_at_the_longest_stretch() -> None:
    samples = np.tile(voice(), 8)
    spans = speech_spans(samples, VoiceActivityOptions(max_stretch_s=5.0))
    assert len(spans) >= 3
    assert max(span.duration_s for span in spans) <= 5.0 + 2 * OPTIONS.pad_ms / 1000


def test_stretches_are_ordered_apart_and_inside_the_recording() -> None:
    samples = placed(0.0, 4.0, 9.8)
    spans = speech_spans(samples, OPTIONS)
    edges = [time for span in spans for time in (span.start_s, span.end_s)]
    assert edges == sorted(edges)
    assert Span(0, samples.size / SAMPLE_RATE_HZ).cover(spans[-1]) == Span(0, samples.size / SAMPLE_RATE_HZ)


def test_swapped_channels_swap_the_stretches() -> None:
    def heard(*channels: Samples) -> list[tuple[Span, ...]]:
        return [speech_spans(samples, OPTIONS) for samples in cross_talk(channels).channels]

    left, right = placed(1.0), placed(7.0)
    assert heard(left, right) == heard(right, left)[::-1]
    assert heard(left, right)[0] != heard(left, right)[1]
