"""Pitch of vowels whose pitch is known, through what a telephone line does to them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest

from qa_pipeline.acoustics import pitch
from qa_pipeline.acoustics.pitch import HOP_S, PitchTrack, pitch_track
from qa_pipeline.core.span import Span
from tests.voiced_signals import (
    RATE_HZ,
    Contour,
    Samples,
    faded,
    glide,
    noise,
    on_the_telephone,
    scaled,
    steady,
    through_alaw,
    timeline,
    utterance,
    vibrato,
    voiced,
    with_noise,
)

PITCHES_HZ = (70.0, 85.0, 100.0, 130.0, 170.0, 220.0, 280.0, 340.0, 400.0)
LINES: dict[str, Callable[[Samples, float], Samples]] = {
    "clean": lambda sound, slope_hz: sound,
    "telephone": on_the_telephone,
    "noise": lambda sound, slope_hz: with_noise(on_the_telephone(sound, slope_hz), 15),
    "alaw": lambda sound, slope_hz: through_alaw(on_the_telephone(sound, slope_hz)),
    "quiet, noise, alaw": lambda sound, slope_hz: through_alaw(
        scaled(with_noise(on_the_telephone(sound, slope_hz), 15), -20)
    ),
}
#: More than 20 % away is an octave or another gross error.
GROSS = 0.2


def all_of(samples: Samples) -> PitchTrack:
    return pitch_track(samples, (Span(0.0, samples.size / RATE_HZ),))


def errors(track: PitchTrack, true: Contour) -> Contour:
    """Relative errors of the voiced frames."""
    at = np.minimum(np.round(track.times_s * RATE_HZ).astype(int), true.size - 1)
    voiced_frames = track.hz > 0
    result: Contour = np.abs(track.hz[voiced_frames] / true[at][voiced_frames] - 1)
    return result


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("vowel", ["a", "i", "u"])
def test_median_is_within_two_percent(line: str, vowel: str) -> None:
    for pitch_hz in PITCHES_HZ:
        track = all_of(LINES[line](faded(voiced(steady(pitch_hz, 1.5), vowel)), 0.0))
        assert np.mean(track.hz > 0) > 0.9, pitch_hz
        assert np.median(track.hz[track.hz > 0]) == pytest.approx(pitch_hz, rel=0.02)


@pytest.mark.parametrize("line", LINES)
def test_octave_errors_are_rare_in_glides_and_vibrato(line: str) -> None:
    """Less than 1 % of all voiced frames of 108 moving vowels.

    The line has a slope: at a sharp edge a harmonic would go on or off at once in the middle of a glide.
    """
    wrong = frames = 0
    for pitch_hz, vowel in product(PITCHES_HZ, "aiu"):
        glides = (glide(pitch_hz * 0.85, pitch_hz * 1.18, 1.0), glide(pitch_hz * 1.2, pitch_hz * 0.84, 0.6))
        for contour in (*glides, vibrato(pitch_hz, 1.0, 1.5), vibrato(pitch_hz, 2.0, 1.5, rate_per_s=2.0)):
            off = errors(all_of(LINES[line](faded(voiced(contour, vowel)), 100.0)), contour)
            wrong, frames = wrong + int(np.sum(off > GROSS)), frames + off.size
    assert frames > 5000
    assert wrong / frames < 0.01


@pytest.mark.parametrize("pitch_hz", PITCHES_HZ)
def test_an_open_vowel_never_jumps(pitch_hz: float) -> None:
    for contour in (glide(pitch_hz * 0.85, pitch_hz * 1.18, 1.0), vibrato(pitch_hz, 1.5, 2.0)):
        off = errors(all_of(with_noise(on_the_telephone(faded(voiced(contour))), 15)), contour)
        assert off.max() < GROSS
        assert np.median(off) < 0.02


@pytest.mark.parametrize("level_db", [-20.0, -50.0])
def test_noise_has_no_pitch(level_db: float) -> None:
    assert np.mean(all_of(noise(5.0, level_db)).hz > 0) < 0.03


def test_silence_and_offset_have_no_pitch() -> None:
    assert not all_of(np.zeros(RATE_HZ, np.float32)).hz.any()
    assert not pitch_track(np.full(RATE_HZ, 0.25, np.float32), (Span(0.1, 0.9),)).hz.any()


@pytest.mark.parametrize("pitch_hz", [40.0, 900.0])
def test_what_no_voice_reaches_is_not_reported_as_such(pitch_hz: float) -> None:
    hz = all_of(voiced(steady(pitch_hz, 1.0))).hz
    assert np.all((hz == 0) | ((hz >= 0.97 * pitch.MIN_HZ) & (hz <= 1.03 * pitch.MAX_HZ)))


def test_hum_in_the_pauses_is_not_followed() -> None:
    said, hum = utterance(200.0, 8), 0.001 * np.sin(2 * np.pi * 100 * np.arange(4 * RATE_HZ) / RATE_HZ)
    track = all_of(timeline([(1.0, said)], 4.0) + hum.astype(np.float32))
    assert not track.hz[track.times_s < 0.9].any()
    assert np.median(track.hz[track.hz > 0]) == pytest.approx(200.0, rel=0.1)


def test_frames_lie_on_a_grid_inside_the_spans() -> None:
    track = pitch_track(voiced(steady(120.0, 4.0)), (Span(0.5, 1.0), Span(2.01, 3.03)))
    inside = [(0.5 <= time < 1.0) or (2.01 <= time < 3.03) for time in track.times_s.tolist()]
    assert all(inside) and len(inside) == 25 + 51
    assert np.allclose(track.times_s / HOP_S, np.round(track.times_s / HOP_S))


def test_each_frame_is_measured_where_it_says() -> None:
    """A step from 120 to 190 Hz is found at its time."""
    track = all_of(voiced(np.concatenate([steady(120.0, 1.0), steady(190.0, 1.0)])))
    inside = track.times_s > 0.1
    rise = track.times_s[inside][np.argmax(track.hz[inside] > 150)]
    assert rise == pytest.approx(1.0, abs=1.5 * HOP_S)


def test_the_same_frames_come_out_whatever_spans_they_were_asked_in() -> None:
    samples = with_noise(utterance(150.0, 20), 20)
    whole, part = all_of(samples), pitch_track(samples, (Span(1.0, 3.0),))
    same = np.isin(np.round(whole.times_s / HOP_S), np.round(part.times_s / HOP_S))
    assert np.mean(np.abs(whole.hz[same][5:-5] - part.hz[5:-5]) < 1) > 0.97


def test_blocks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    samples, spans = utterance(150.0, 40), (Span(0.0, 2.0), Span(2.5, 5.0), Span(5.1, 9.0))
    whole = pitch_track(samples, spans)
    monkeypatch.setattr(pitch, "_BLOCK", 64)
    small = pitch_track(samples, spans)
    assert whole.hz.size == small.hz.size
    assert np.mean(np.abs(whole.hz - small.hz) < 1) > 0.97


@pytest.mark.parametrize("size", [0, 1, 100])
def test_nothing_to_measure(size: int) -> None:
    samples = np.full(size, 0.1, np.float32)
    assert pitch_track(samples, ()).hz.size == 0
    assert not pitch_track(samples, (Span(0.0, 1.0),)).hz.any()


def test_voiced_hz_takes_only_voiced_frames_of_the_spans() -> None:
    track = PitchTrack(np.arange(6) * HOP_S, np.array([0, 100, 110, 0, 120, 130], np.float32))
    assert track.voiced_hz((Span(0.0, 0.05), Span(0.07, 0.1))).tolist() == [100, 110, 120]
    assert track.voiced_hz(()).size == 0
