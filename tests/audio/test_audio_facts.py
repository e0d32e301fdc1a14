"""Facts about sound whose answer is known beforehand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.audio.clipping import ClipMeter, clipped_share
from qa_pipeline.audio.copies import identical_channels
from qa_pipeline.audio.facts import FLOOR_DB, Samples, channel_quality, frame_power
from tests import line_sounds as ls
from tests.audio_files import speechlike, tone

RATE_HZ = 16_000


def noise(seconds: float, db: float, seed: int = 0) -> Samples:
    values = np.random.default_rng(seed).standard_normal(round(seconds * RATE_HZ))
    return (values * 10 ** (db / 20)).astype(np.float32)


def test_level_and_peak_of_a_tone() -> None:
    quality = channel_quality(tone(400, 2, amplitude=0.5), 1)
    assert quality.channel == 1
    assert quality.level_db == pytest.approx(-9.03, abs=0.01)  # 20 log10(0.5 / √2)
    assert quality.peak_db == pytest.approx(-6.02, abs=0.01)  # 20 log10(0.5)
    assert (quality.silence_share, quality.clipped_share, quality.dead) == (0.0, 0.0, False)


def test_level_leaves_silence_out() -> None:
    sound = np.concatenate([tone(400, 1), np.zeros(3 * RATE_HZ, np.float32)])
    quality = channel_quality(sound, 0)
    assert quality.level_db == pytest.approx(-9.03, abs=0.02)
    assert quality.silence_share == pytest.approx(0.75, abs=0.01)


@given(st.floats(-20, 12))
@settings(max_examples=20, deadline=None)
def test_gain_moves_level_and_peak_alike_and_nothing_else(gain_db: float) -> None:
    plain, louder = (channel_quality(tone(400, 1, amplitude=0.1 * g), 0) for g in (1, 10 ** (gain_db / 20)))
    assert louder.level_db - plain.level_db == pytest.approx(gain_db, abs=0.01)
    assert louder.peak_db - plain.peak_db == pytest.approx(gain_db, abs=0.01)
    assert louder.silence_share == plain.silence_share


def test_the_order_of_frames_changes_nothing() -> None:
    voice = speechlike(3, seed=4)
    backwards = np.ascontiguousarray(voice.reshape(-1, 320)[::-1].reshape(-1))
    plain, turned = channel_quality(voice, 0), channel_quality(backwards, 0)
    assert turned.level_db == pytest.approx(plain.level_db, abs=1e-4)
    assert turned.silence_share == plain.silence_share


@pytest.mark.parametrize("samples", [np.zeros(RATE_HZ), np.full(RATE_HZ, 0.3), np.full(RATE_HZ, -1.0), np.zeros(0)])
def test_silence_and_constant_offset_are_dead(samples: Samples) -> None:
    quality = channel_quality(samples.astype(np.float32), 0)
    assert quality.dead
    assert quality.silence_share == 1.0
    assert quality.level_db == FLOOR_DB


def test_an_idle_line_is_dead_and_a_whisper_is_not() -> None:
    idle = np.tile(np.array([8, -8], dtype=np.float32) / 32768, RATE_HZ)  # the smallest step of A-law
    assert channel_quality(idle, 0).dead
    assert channel_quality(idle, 0).level_db == pytest.approx(-72.2, abs=0.1)
    assert not channel_quality(noise(2, -48), 0).dead
    quiet = channel_quality(noise(2, -55), 0)
    assert quiet.silence_share == 1.0 and not quiet.dead
    assert quiet.level_db == pytest.approx(-55, abs=0.2)


def test_an_offset_is_no_sound() -> None:
    quality = channel_quality(tone(400, 2, amplitude=0.1) + np.float32(0.3), 0)
    assert quality.level_db == pytest.approx(-23.01, abs=0.05)  # 20 log10(0.1 / √2)


@pytest.mark.parametrize("size", [1, 5, 319, 320, 321, 1000])
def test_short_sounds(size: int) -> None:
    quality = channel_quality(tone(400, 1)[:size], 0)
    assert 0 <= quality.silence_share <= 1
    assert frame_power(tone(400, 1)[:size]).size == max(1, size // 320)


def test_power_is_the_same_in_pieces_of_a_minute() -> None:
    long = noise(61, -20)
    expected = np.square(long - long.mean(), dtype=np.float64).reshape(-1, 320).mean(axis=1)
    assert np.allclose(frame_power(long), expected, rtol=1e-4)


def test_clipping_at_full_scale() -> None:
    # A sine of amplitude √2 cut at 1: |sin| > 1/√2 for half of the time.
    cut = np.clip(tone(437, 1, amplitude=2**0.5), -1, 1)
    assert clipped_share(cut) == pytest.approx(0.5, abs=0.02)
    assert channel_quality(cut, 0).clipped_share == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("ceiling", [0.9, 0.5, 0.1])
def test_clipping_below_full_scale(ceiling: float) -> None:
    cut = np.clip(tone(150, 1, amplitude=ceiling * 2**0.5), -ceiling, ceiling)
    assert clipped_share(cut) == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("amplitude", [0.05, 0.5, 0.97])
@pytest.mark.parametrize("pitch_hz", [50, 100, 400, 3000])
def test_a_clean_tone_is_not_clipped(pitch_hz: float, amplitude: float) -> None:
    in_16_bits = np.round(tone(pitch_hz, 2, amplitude=amplitude) * 32767).astype(np.float32) / 32768
    assert clipped_share(in_16_bits) < 0.02


def test_clean_noise_silence_and_one_peak_are_not_clipped() -> None:
    assert clipped_share(speechlike(2, 1)) < 0.001
    assert clipped_share(np.zeros(1000, np.float32)) == 0.0
    assert clipped_share(np.zeros(0, np.float32)) == 0.0
    one = np.zeros(1000, np.float32)
    one[500] = 1.0
    assert clipped_share(one) == 0.0


def test_clipping_is_counted_alike_in_blocks() -> None:
    cut = np.clip(tone(400, 4, amplitude=1.5), -1, 1)
    meter = ClipMeter()
    for start in range(0, cut.size, 8000):
        meter.add(cut[start : start + 8000])
    meter.add(cut[:0])
    assert meter.share == pytest.approx(clipped_share(cut), abs=0.001)


def test_a_flat_stretch_below_the_maximum_is_no_ceiling() -> None:
    meter = ClipMeter()
    meter.add(np.full(100, 0.3, np.float32))
    meter.add(tone(400, 0.1, amplitude=0.8))
    assert meter.share < 0.02


VOICE, OTHER = speechlike(5, seed=1), speechlike(5, seed=2)


@pytest.mark.parametrize("gain", [1.0, 0.1, 2.5, -1.0, -0.3])
def test_copies_are_identical_whatever_gain_and_polarity(gain: float) -> None:
    copy = (VOICE * np.float32(gain)).astype(np.float32)
    assert identical_channels((VOICE, copy))
    assert identical_channels((copy, VOICE))


def test_copies_with_a_little_noise_or_offset_are_identical() -> None:
    level = 10 * np.log10(np.mean(VOICE**2))
    assert identical_channels((VOICE, VOICE + noise(5, level - 36)))
    assert identical_channels((VOICE, VOICE + np.float32(0.05)))
    assert not identical_channels((VOICE, VOICE + noise(5, level - 10)))


def test_two_voices_are_not_identical() -> None:
    assert not identical_channels((VOICE, OTHER))


def test_crosstalk_is_not_identity() -> None:
    echo = np.float32(0.1)  # -20 dB
    assert not identical_channels((VOICE + echo * OTHER, OTHER + echo * VOICE))


def test_a_second_voice_30_db_down_on_one_channel_is_seen() -> None:
    alone = OTHER * (VOICE == 0)
    faint = alone * np.float32(10 ** (-30 / 20))
    assert not identical_channels((VOICE, VOICE + faint))


def test_silence_is_identical_to_nothing() -> None:
    silent = np.zeros_like(VOICE)
    assert not identical_channels((silent, silent))
    assert not identical_channels((VOICE, silent))
    assert not identical_channels((noise(2, -70), noise(2, -70)))


def test_one_channel_and_none() -> None:
    assert not identical_channels((VOICE,))
    assert not identical_channels(())
    assert not identical_channels((VOICE[:10], VOICE[:10]))


def test_all_channels_must_agree() -> None:
    assert identical_channels((VOICE, VOICE * np.float32(0.5), -VOICE))
    assert not identical_channels((VOICE, VOICE, OTHER))


PAUSES = ls.voice(12, 1, 120) == 0
TALK, REPLY = ls.line(ls.voice(12, 1, 120)), ls.line(ls.voice(12, 2, 220))


def delayed(sound: Samples, by: float) -> Samples:
    """The sound so many samples later (parts of a sample too), silence before it."""
    padded = np.pad(sound, (2048, 4096))
    turn = np.exp(-2j * np.pi * np.fft.rfftfreq(padded.size) * by)
    return np.fft.irfft(np.fft.rfft(padded) * turn, padded.size)[2048 : 2048 + sound.size].astype(np.float32)


@pytest.mark.parametrize("by", [0.5, 1, 37, 160.25, 800, 1590])
@pytest.mark.parametrize("gain", [1.0, 0.3, -0.7])
def test_a_late_copy_is_a_copy(by: float, gain: float) -> None:
    late = delayed(TALK, by) * np.float32(gain)
    assert identical_channels((TALK, late))
    assert identical_channels((late, TALK))


@pytest.mark.parametrize("by", [0, 160, 1000])
def test_late_copies_may_have_noise_of_their_own_and_be_coded(by: int) -> None:
    late = delayed(TALK, by)
    assert identical_channels((TALK + noise(12, -58, 1), late + noise(12, -58, 2)))
    assert identical_channels((TALK, ls.coded(late, "pcm_alaw")))
    assert not identical_channels((TALK, late + noise(12, -30)))


def test_a_copy_that_comes_later_than_a_tenth_of_a_second_is_none() -> None:
    assert not identical_channels((TALK, delayed(TALK, 2000)))


@pytest.mark.parametrize("delay_s", [0.0, 0.01, 0.05])
@pytest.mark.parametrize("db", [-3, -12])
def test_two_parties_with_strong_echo_are_not_identical(delay_s: float, db: float) -> None:
    both = (TALK + ls.echo(REPLY, delay_s, db), REPLY + ls.echo(TALK, delay_s, db))
    assert not identical_channels(both)
    soft = REPLY * np.float32(0.1)
    assert not identical_channels((TALK + ls.echo(soft, delay_s, db), soft + ls.echo(TALK, delay_s, db)))


@pytest.mark.parametrize("by", [0, 400])
def test_one_short_answer_on_one_channel_shows(by: int) -> None:
    answer = np.zeros_like(TALK)
    pause = int(np.flatnonzero(PAUSES.reshape(-1, 1600).all(axis=1))[0]) * 1600
    answer[pause : pause + 4800] = ls.voice(2, 9, 220, db=-35)[1000:5800]
    assert identical_channels((TALK, delayed(TALK, by)))
    assert not identical_channels((TALK, delayed(TALK + answer, by)))
    assert not identical_channels((TALK + answer, delayed(TALK, by)))


def test_a_party_heard_at_another_level_on_each_channel_is_not_a_copy() -> None:
    # No noise and no delay: each frame correlates, and the second party, 20 dB down, hardly moves the total.
    soft = np.where(PAUSES, REPLY * np.float32(0.1), np.float32(0))
    assert not identical_channels((TALK + soft * np.float32(0.25), TALK * np.float32(0.9) + soft))


@pytest.mark.parametrize("size", [0, 1, 100, 1601, 4000])
def test_short_copies_do_not_fail(size: int) -> None:
    assert not identical_channels((TALK[:size], np.zeros(size, np.float32)))
