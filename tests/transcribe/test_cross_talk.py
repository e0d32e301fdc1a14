"""Leaked copies of the other party are silenced; what people say themselves is not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.transcribe.cross_talk import FRAME_SAMPLES, CrossTalk, cross_talk
from qa_pipeline.transcribe.leak import RATE_HZ, TAPS, Path, thinned
from tests import line_sounds as ls
from tests.audio_files import Samples, rms_db, speechlike

LEAK = 10 ** (-14 / 20)
VOICE, OTHER = speechlike(4, seed=1), speechlike(4, seed=2)


def test_a_leaked_copy_is_silenced_and_its_source_kept() -> None:
    left, right = cross_talk([VOICE, VOICE * np.float32(LEAK)]).channels
    assert np.array_equal(left, VOICE)
    assert not right.any()


def test_an_inverted_copy_is_a_copy() -> None:
    assert not cross_talk([VOICE, VOICE * np.float32(-LEAK)]).channels[1].any()


def test_two_people_at_once_are_both_kept() -> None:
    left, right = cross_talk([VOICE, OTHER * np.float32(LEAK)]).channels
    assert np.array_equal(left, VOICE)
    assert np.array_equal(right, OTHER * np.float32(LEAK))


def test_own_speech_on_a_channel_with_leaks_is_kept() -> None:
    own = np.zeros_like(VOICE)
    own[32_000:48_000] = OTHER[32_000:48_000]
    source = VOICE.copy()
    source[32_000:48_000] = 0
    right = cross_talk([source, own + source * np.float32(LEAK)]).channels[1]
    assert rms_db(right[32_000:48_000]) == pytest.approx(rms_db(own[32_000:48_000]), abs=0.1)
    assert not right[:32_000].any()


def test_equally_loud_copies_are_both_kept() -> None:
    assert all(part.any() for part in cross_talk([VOICE, VOICE]).channels)


@settings(max_examples=20, deadline=None)
@given(st.floats(1e-3, 3), st.booleans())
def test_gain_and_order_of_channels_change_nothing(gain: float, swapped: bool) -> None:
    pair = [VOICE * np.float32(gain), VOICE * np.float32(LEAK * gain)]
    kept = cross_talk(pair[::-1] if swapped else pair).channels
    assert [bool(part.any()) for part in kept] == ([False, True] if swapped else [True, False])


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 3 * FRAME_SAMPLES + 7), st.integers(0, 3 * FRAME_SAMPLES + 7))
def test_lengths_of_all_kinds_are_kept(a: int, b: int) -> None:
    kept = cross_talk([VOICE[:a], VOICE[:b] * np.float32(LEAK)]).channels
    assert [part.size for part in kept] == [a, b]


@pytest.mark.parametrize("channels", [0, 1, 3])
def test_other_numbers_of_channels_are_given_back(channels: int) -> None:
    given_channels = [VOICE * np.float32(LEAK**i) for i in range(channels)]
    kept = cross_talk(given_channels).channels
    assert all(a is b for a, b in zip(kept, given_channels, strict=True))


def test_the_sound_given_is_not_changed() -> None:
    leaked = VOICE * np.float32(LEAK)
    before = leaked.copy()
    cross_talk([VOICE, leaked])
    assert np.array_equal(leaked, before)


#: Agent and customer take turns: 8 s, 4 s, 8 s, 4 s, 8 s; each has the line's own noise.
TURNS_S = ((0, 8), (12, 20), (24, 32))
SOFT = 10 ** (-25 / 20)


def turns(voice: Samples, at_s: tuple[tuple[int, int], ...]) -> Samples:
    """The voice where its turns are, silence elsewhere."""
    sound = np.zeros_like(voice)
    for start_s, end_s in at_s:
        sound[start_s * ls.RATE_HZ : end_s * ls.RATE_HZ] = voice[start_s * ls.RATE_HZ : end_s * ls.RATE_HZ]
    return sound


AGENT = turns(ls.voice(32, 1, 120), TURNS_S)
CUSTOMER = turns(ls.voice(32, 2, 210), ((8, 12), (20, 24)))
QUIET_LINE = ls.noise(32, -70)
SPOKEN = AGENT.reshape(-1, FRAME_SAMPLES).any(axis=1)
ANSWERED = CUSTOMER.reshape(-1, FRAME_SAMPLES).any(axis=1)


def left_s(kept: Samples, of: Samples, floor_db: float = -58) -> float:
    """Seconds of a channel's frames that still sound (above ``floor_db``) while ``of`` does not."""
    frames = kept.reshape(-1, FRAME_SAMPLES)
    loud = np.einsum("ij,ij->i", frames, frames) > FRAME_SAMPLES * 10 ** (floor_db / 10)
    return float((loud & ~of).sum()) / 10


def kept_share(kept: Samples, own: Samples) -> float:
    """Which share of the frames with own speech is untouched."""
    speaks = own.reshape(-1, FRAME_SAMPLES).any(axis=1)
    return float(kept.reshape(-1, FRAME_SAMPLES)[speaks].any(axis=1).mean())


def heard(leak: Samples, own: Samples = CUSTOMER) -> CrossTalk:
    return cross_talk([AGENT, own + leak + QUIET_LINE])


def test_an_offset_on_both_channels_is_no_leak() -> None:
    """In a pause nothing but the offsets is left, which are alike in every frame."""
    pause = ls.noise(1.0, -75.0)
    left, right = np.concatenate([VOICE, pause]), np.concatenate([OTHER[: VOICE.size], pause[::-1]])
    assert cross_talk((left + np.float32(0.02), right + np.float32(0.005))).seconds == (0.0, 0.0)


@pytest.mark.parametrize("delay_s", [0.02, 0.15, 0.6])
@pytest.mark.parametrize("db", [-12, -25])
def test_a_late_echo_is_silenced(delay_s: float, db: float) -> None:
    leak = ls.echo(AGENT, delay_s, db)
    found = heard(leak)
    assert found.delay_s == (None, pytest.approx(delay_s, abs=0.002))
    assert left_s(found.channels[1], ANSWERED) < 0.25 * left_s(CUSTOMER + leak, ANSWERED)
    assert kept_share(found.channels[1], CUSTOMER) > 0.95
    assert np.array_equal(found.channels[0], AGENT)


@pytest.mark.parametrize(
    "leak",
    [
        ls.echo(AGENT, 0.1, -15, band=True),
        ls.echo(AGENT, 0.05, -15, reverb_s=0.3),
        ls.echo(AGENT, 0.2, -20, reverb_s=0.2, band=True) + ls.noise(32, -60, 3),
        ls.coded(ls.echo(AGENT, 0.1, -15, reverb_s=0.2), "libopencore_amrnb"),
        ls.coded(ls.echo(AGENT, 0.3, -20, band=True), "pcm_alaw"),
    ],
    ids=["filtered", "room", "loudspeaker with noise", "coded again", "a-law"],
)
def test_a_filtered_echo_is_silenced(leak: Samples) -> None:
    found = heard(leak)
    before = left_s(CUSTOMER + leak, ANSWERED)
    assert left_s(found.channels[1], ANSWERED) < 0.25 * before
    assert kept_share(found.channels[1], CUSTOMER) > 0.95
    assert found.seconds[0] == 0.0


def test_seconds_say_how_long_the_other_party_was_heard() -> None:
    seconds = heard(ls.echo(AGENT, 0.15, -15)).seconds
    assert seconds[0] == 0.0
    assert seconds[1] == pytest.approx(SPOKEN.sum() / 10, abs=3)


def test_an_echo_goes_both_ways() -> None:
    channels = [AGENT + ls.echo(CUSTOMER, 0.2, -18), CUSTOMER + ls.echo(AGENT, 0.1, -18)]
    found = cross_talk([channel + QUIET_LINE for channel in channels])
    assert found.delay_s == (pytest.approx(0.2, abs=0.002), pytest.approx(0.1, abs=0.002))
    assert left_s(found.channels[0], SPOKEN) < 1.5
    assert left_s(found.channels[1], ANSWERED) < 2.5


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.floats(90, 260), st.sampled_from([None, -20.0, -30.0]))
def test_a_quiet_independent_speaker_is_kept(seed: int, pitch_hz: float, echo_db: float | None) -> None:
    own = (ls.voice(32, seed, pitch_hz) * np.float32(SOFT)).astype(np.float32)
    leak = ls.silence(32) if echo_db is None else ls.echo(AGENT, 0.1, echo_db - 25, reverb_s=0.2)
    found = heard(leak, own)
    frames = own.reshape(-1, FRAME_SAMPLES)
    speaks = np.einsum("ij,ij->i", frames, frames) > FRAME_SAMPLES * 10 ** (-60 / 10)
    assert found.channels[1].reshape(-1, FRAME_SAMPLES)[speaks].any(axis=1).mean() > 0.99


def test_a_backchannel_during_the_others_speech_is_kept() -> None:
    own = np.zeros_like(AGENT)
    start = int(14.3 * ls.RATE_HZ)
    own[start : start + 6400] = ls.voice(1, 5, 230, db=-32)[2000:8400]
    found = heard(ls.echo(AGENT, 0.15, -20, reverb_s=0.2), own)
    said = slice(start // FRAME_SAMPLES, (start + 6400) // FRAME_SAMPLES)
    assert found.channels[1].reshape(-1, FRAME_SAMPLES)[said].any(axis=1).all()


def test_two_people_without_an_echo_lose_nothing() -> None:
    for own in (CUSTOMER, ls.voice(32, 8, 120), (CUSTOMER * np.float32(SOFT)).astype(np.float32)):
        found = heard(ls.silence(32), own)
        assert found.seconds == (0.0, 0.0)
        assert found.delay_s == (None, None)
        assert found.channels[0] is AGENT


def test_the_delay_may_change_in_the_course_of_a_call() -> None:
    source = np.tile(AGENT, 19)  # ten minutes: two parts
    half = source.size // 2
    leak = np.concatenate([ls.echo(source[:half], 0.1, -18), ls.echo(source[half:], 0.4, -18)])
    found = cross_talk([source, leak + np.tile(QUIET_LINE, 19)])
    halves = [found.channels[1][part].reshape(-1, FRAME_SAMPLES) for part in (slice(half), slice(half, None))]
    for frames in halves:
        loud = np.einsum("ij,ij->i", frames, frames) > FRAME_SAMPLES * 10 ** (-58 / 10)
        assert loud.mean() < 0.1


def test_other_numbers_of_channels_have_no_cross_talk() -> None:
    assert cross_talk([VOICE]) == CrossTalk((VOICE,), (0.0,), (None,))
    assert cross_talk([]).seconds == ()


@pytest.mark.parametrize("start", [-64, 0, 500])
def test_a_path_filters_as_convolution_does(start: int) -> None:
    source = ls.noise(20, -20)
    taps = np.random.default_rng(0).standard_normal(TAPS)
    got = Path(start + 64, start, taps).heard(source, 5000, 90_000)
    whole = np.convolve(source, taps)
    late = np.concatenate([np.zeros(1000), whole, np.zeros(1000)])[1000 - start :]
    assert np.allclose(got, late[5000:90_000], atol=1e-3)


def test_a_thinned_tone_keeps_its_shape() -> None:
    times = np.arange(2 * ls.RATE_HZ) / ls.RATE_HZ
    thin = thinned(np.sin(2 * np.pi * 400 * times).astype(np.float32))
    assert thin.size == 2 * RATE_HZ
    assert np.abs(thin[100:-100]).max() == pytest.approx(
        0.91, abs=0.02
    )  # cos(π / 10) x the mean of four: 0.951 x 0.962
