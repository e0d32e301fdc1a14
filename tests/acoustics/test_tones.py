"""Music and tones are found where they are; speech, noise and hum are neither."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.acoustics.tones import sound_events
from qa_pipeline.audio.ingest import IngestOptions, ingest
from qa_pipeline.core.span import total_s
from qa_pipeline.core.talk import SoundEvent, SoundKind
from qa_pipeline.resources import demo_dir
from tests import line_sounds as ls
from tests import voiced_signals as vs
from tests.audio_files import Samples, tone

STYLES = ("pad", "plucked", "piano", "melody", "band", "song", "solo")
RECORDINGS = sorted(p.name for p in (demo_dir() / "recordings").iterdir() if p.name != "D14.mp3")


def heard(*sounds: Samples) -> tuple[SoundEvent, ...]:
    """What is found in one channel that holds the sounds one after another."""
    return sound_events([np.concatenate(sounds)])


def only(events: tuple[SoundEvent, ...], kind: SoundKind) -> SoundEvent:
    assert [event.kind for event in events] == [kind]
    return events[0]


def music_s(events: tuple[SoundEvent, ...]) -> float:
    return total_s(event.span for event in events if event.kind is SoundKind.MUSIC)


@pytest.mark.parametrize("style", STYLES)
def test_music_of_all_kinds_is_music(style: str) -> None:
    assert music_s(heard(ls.music(style, 20))) > 17


@pytest.mark.parametrize("style", ["plucked", "band"])
@pytest.mark.parametrize("codec", ["pcm_alaw", "libopencore_amrnb"])
def test_music_through_a_telephone_codec(style: str, codec: str) -> None:
    assert music_s(heard(ls.coded(ls.line(ls.music(style, 20)), codec))) > 17


@pytest.mark.parametrize("db", [-35, -5])
def test_soft_and_loud_music(db: float) -> None:
    assert music_s(heard(ls.music("plucked", 16, db) + ls.noise(16, -62))) > 14


@settings(max_examples=5, deadline=None)
@given(st.floats(-20, 10))
def test_gain_changes_nothing(gain_db: float) -> None:
    sound = np.concatenate([ls.voice(6), ls.music("piano", 12), ls.voice(6, 1)])
    plain, louder = heard(sound), heard(sound * np.float32(10 ** (gain_db / 20)))
    assert [event.kind for event in plain] == [event.kind for event in louder]
    assert plain[0].span.start_s == pytest.approx(louder[0].span.start_s, abs=0.2)
    assert plain[0].span.end_s == pytest.approx(louder[0].span.end_s, abs=0.2)


@pytest.mark.parametrize("style", ["plucked", "band", "melody"])
def test_music_ends_where_speech_begins(style: str) -> None:
    event = only(heard(ls.voice(12), ls.music(style, 15, -22), ls.voice(12, 1)), SoundKind.MUSIC)
    assert event.span.start_s == pytest.approx(12, abs=1.5)
    assert event.span.end_s == pytest.approx(27, abs=1.5)


def test_a_jingle_of_two_seconds_is_too_short() -> None:
    assert heard(ls.voice(10), ls.music("piano", 2), ls.voice(10, 1)) == ()


@pytest.mark.parametrize("style", ["plucked", "band"])
def test_speech_over_music_counts_as_speech(style: str) -> None:
    talk = ls.voice(20, 3)
    assert sound_events([talk + ls.music(style, 20, -34)]) == ()


def test_music_under_speech_of_the_other_channel_is_music() -> None:
    events = sound_events([ls.voice(15), ls.music("piano", 15)])
    assert [event.channel for event in events] == [1]
    assert music_s(events) > 13


@pytest.mark.parametrize("sway", [0.0, 0.05, 0.15])
@pytest.mark.parametrize("pitch_hz", [95, 150, 230])
def test_a_voice_is_no_music_however_monotonous(pitch_hz: float, sway: float) -> None:
    assert heard(ls.voice(30, int(pitch_hz), pitch_hz, sway=sway)) == ()


def test_two_voices_at_once_are_no_music() -> None:
    assert heard(ls.voice(30, 1, 120) + ls.voice(30, 2, 210)) == ()


@pytest.mark.parametrize("pitch", [vs.steady(180, 3.0), vs.glide(150, 240, 3.0), vs.vibrato(200, 0.5, 3.0)])
def test_vowels_drawn_out_are_no_music(pitch: vs.Contour) -> None:
    long_vowels = [np.concatenate([vs.voiced(pitch, vowel), ls.silence(0.7)]) for vowel in "aiu"]
    assert heard(*long_vowels) == ()


def hum(duration_s: float) -> Samples:
    return np.sum([tone(50.0 * i, duration_s, amplitude=0.03 / i) for i in range(1, 12)], axis=0).astype(np.float32)


def fan(duration_s: float) -> Samples:
    rumble = np.cumsum(ls.noise(duration_s, -20, 5))
    return ls.at_level(rumble - np.convolve(rumble, np.ones(400) / 400, "same"), -30)


def keys_typed(duration_s: float) -> Samples:
    rng = np.random.default_rng(0)
    sound = np.zeros(round(duration_s * ls.RATE_HZ))
    for at in rng.integers(0, sound.size - 300, round(6 * duration_s)):
        sound[at : at + 300] += rng.standard_normal(300) * np.exp(-np.arange(300) / 60)
    return ls.at_level(sound, -35)


@pytest.mark.parametrize("noise", [hum(20), fan(20), keys_typed(20), ls.noise(20, -25), ls.silence(20)])
def test_noise_of_all_kinds_is_neither_music_nor_tone(noise: Samples) -> None:
    assert heard(noise) == ()
    assert sound_events([noise + ls.voice(20, 4)]) == ()


@pytest.mark.parametrize("name", RECORDINGS)
def test_the_demo_recordings_hold_speech_only(name: str) -> None:
    channels = ingest(demo_dir() / "recordings" / name, IngestOptions(settle_s=0.0))[1]
    assert sound_events(channels) == ()


@pytest.mark.parametrize(("country", "last_s"), [("cn", 11), ("us", 14), ("uk", 12), ("eu", 11)])
def test_ringing_is_one_stretch_from_first_to_last_tone(country: str, last_s: float) -> None:
    sound = ls.ringback(15, country)[: round(last_s * ls.RATE_HZ)]
    event = only(heard(ls.silence(1.3), sound, ls.silence(3)), SoundKind.RINGBACK)
    ends = np.flatnonzero(sound)[-1] / ls.RATE_HZ
    assert event.span.start_s == pytest.approx(1.3, abs=0.05)
    assert event.span.end_s == pytest.approx(1.3 + ends, abs=0.05)


@pytest.mark.parametrize("country", ["cn", "congestion", "us", "reorder", "uk", "eu"])
def test_busy_tones(country: str) -> None:
    event = only(heard(ls.silence(1), ls.busy(6, country), ls.silence(2)), SoundKind.RINGBACK)
    assert event.span.start_s == pytest.approx(1, abs=0.05)
    assert event.span.end_s == pytest.approx(7, abs=0.75)  # the pattern may end in a pause


@pytest.mark.parametrize("codec", ["pcm_alaw", "libopencore_amrnb"])
@pytest.mark.parametrize("db", [-10, -35])
def test_ringing_through_codecs_and_noise(codec: str, db: float) -> None:
    sound = np.concatenate([ls.ringback(11, "us", db), ls.silence(1)])
    event = only(heard(ls.coded(sound + ls.noise(12, -58), codec)), SoundKind.RINGBACK)
    assert event.span.duration_s == pytest.approx(8, abs=0.1)


@pytest.mark.parametrize("on_s", [0.07, 0.1, 0.2])
def test_keys_are_no_speech(on_s: float) -> None:
    event = only(heard(ls.voice(4), ls.silence(0.5), ls.dialled("13800", on_s), ls.silence(1)), SoundKind.RINGBACK)
    assert event.span.start_s == pytest.approx(4.5, abs=0.1)
    assert event.span.duration_s == pytest.approx(5 * on_s + 0.4, abs=0.1)


def test_a_beep_and_a_single_ring_are_found_between_words() -> None:
    events = heard(ls.voice(4), tone(1000, 0.6), ls.voice(4, 1), ls.silence(0.3), ls.ringback(1), ls.voice(4, 2))
    assert [event.kind for event in events] == [SoundKind.RINGBACK] * 2
    assert events[0].span.start_s == pytest.approx(4.0, abs=0.1)
    assert events[1].span.end_s == pytest.approx(9.9, abs=0.1)


def test_speech_between_two_rings_stays_speech() -> None:
    ring = ls.ringback(1, db=-18)
    events = heard(ring, ls.silence(0.5), ls.voice(3), ls.silence(0.5), ring, ls.silence(1))
    assert [round(event.span.duration_s) for event in events] == [1, 1]


def test_a_short_tone_alone_is_too_little() -> None:
    assert heard(ls.voice(3), tone(450, 0.2), ls.voice(3, 1)) == ()


def test_ringing_within_music_is_music() -> None:
    events = heard(ls.music("solo", 20, beat_s=0.8))
    assert {event.kind for event in events} == {SoundKind.MUSIC}


@pytest.mark.parametrize("samples", [0, 1, 1000, 2047, 2048, 3100])
def test_sounds_shorter_than_a_window_hold_nothing(samples: int) -> None:
    assert sound_events([tone(450, 1)[:samples]]) == ()


def test_channels_are_judged_apart_and_in_order() -> None:
    long = ls.silence(12)
    long[: 6 * ls.RATE_HZ] = ls.ringback(6)
    events = sound_events([ls.music("plucked", 12), np.zeros(0, np.float32), long])
    assert [(event.channel, event.kind) for event in events] == [(0, SoundKind.MUSIC), (2, SoundKind.RINGBACK)]


def test_blocks_of_a_minute_leave_no_seam() -> None:
    events = heard(ls.voice(55), ls.music("band", 20), ls.voice(10, 1))
    assert only(events, SoundKind.MUSIC).span.duration_s == pytest.approx(20, abs=2)
    ring = only(heard(ls.silence(58.5), ls.ringback(11), ls.silence(1)), SoundKind.RINGBACK)
    assert ring.span.start_s == pytest.approx(58.5, abs=0.05)
    assert ring.span.end_s == pytest.approx(69.5, abs=0.05)
