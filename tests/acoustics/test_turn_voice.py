"""How turns sound: every value against a call whose pitch, loudness, pauses and words are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from qa_pipeline.acoustics.pitch import pitch_track
from qa_pipeline.acoustics.turn_voice import turn_voices
from qa_pipeline.core.call import Role, Turn
from qa_pipeline.core.facts import TurnVoice
from qa_pipeline.core.span import Span
from tests.voiced_signals import Samples, melody, noise, scaled, timeline, utterance

#: An utterance of n syllables lasts 0.2 n - 0.05 s.
SYLLABLES = 15
SAID_S = 0.2 * SYLLABLES - 0.05
#: Start, voice and gain of each turn: two voices on two channels, one by one.
PLAN = ((1.0, 0, 0.0), (5.0, 1, -10.0), (9.0, 0, 6.0), (13.0, 1, -4.0), (17.0, 0, -3.0))
PITCH_HZ = (120.0, 230.0)
LENGTH_S = 21.0
TEXT = "您好这里是云桥通信的客服小林"


def channels(noise_db: float = -60.0) -> tuple[Samples, Samples]:
    said = [utterance(hz, SYLLABLES) for hz in PITCH_HZ]
    parts = [[(start, scaled(said[voice], gain)) for start, v, gain in PLAN if v == voice] for voice in (0, 1)]
    left, right = (timeline(each, LENGTH_S) + noise(LENGTH_S, noise_db, seed) for seed, each in enumerate(parts))
    return left, right


def plan_turns(channel: int | None = None) -> tuple[Turn, ...]:
    spans = [(Span(start, round(start + SAID_S, 3)), voice) for start, voice, _ in PLAN]
    return tuple(
        Turn(i, Role.UNKNOWN, TEXT, span, voice if channel is None else channel, voice=voice)
        for i, (span, voice) in enumerate(spans)
    )


SPEECH = tuple(tuple(t.span for t in plan_turns() if t.voice == voice and t.span) for voice in (0, 1))


@pytest.fixture(scope="module")
def measured() -> tuple[TurnVoice, ...]:
    return turn_voices(channels(), plan_turns(), SPEECH, "zh")


def test_one_entry_per_turn(measured: tuple[TurnVoice, ...]) -> None:
    assert len(measured) == len(PLAN)
    assert turn_voices(channels(), (), SPEECH, "zh") == ()


def test_levels_are_against_the_median_of_the_voice(measured: tuple[TurnVoice, ...]) -> None:
    """Gains 0, 6, -3: median 0; gains -10, -4: median -7."""
    assert [v.level_db for v in measured] == pytest.approx([0, -3, 6, 3, -3], abs=0.5)


def test_jumps_are_against_the_turn_before_of_the_voice(measured: tuple[TurnVoice, ...]) -> None:
    jumps = [v.level_jump_db for v in measured]
    assert jumps[:2] == [None, None]
    assert jumps[2:] == pytest.approx([6, 6, -9], abs=0.5)


def test_pitch_of_each_voice(measured: tuple[TurnVoice, ...]) -> None:
    """The syllables move within 6 semitones."""
    assert [v.pitch_hz for v in measured] == pytest.approx([120, 230, 120, 230, 120], rel=0.05)
    assert all(4.5 < (v.pitch_range_st or 0) < 6.0 for v in measured)


@pytest.mark.parametrize("range_st", [1.0, 3.0, 6.0, 10.0])
def test_range_follows_the_melody(range_st: float) -> None:
    low, high = np.percentile(np.concatenate(melody(180.0, SYLLABLES, range_st)), (10, 90))
    samples = timeline([(1.0, utterance(180.0, SYLLABLES, range_st))], 5.0)
    turn = Turn(0, Role.UNKNOWN, TEXT, Span(1.0, 3.95), 0, voice=0)
    (voice,) = turn_voices((samples,), (turn,), ((Span(1.0, 3.95),),), "zh")
    assert voice.pitch_range_st == pytest.approx(12 * np.log2(high / low), abs=0.5)


def test_rate_counts_characters_per_minute_of_the_turn(measured: tuple[TurnVoice, ...]) -> None:
    assert measured[0].rate_cpm == pytest.approx(60 * len(TEXT) / SAID_S)


def test_rate_counts_words_in_english_and_nothing_in_short_turns() -> None:
    turns = tuple(
        Turn(i, Role.UNKNOWN, "how are you today", span, 0, voice=0)
        for i, span in enumerate((Span(0.0, 2.0), Span(3.0, 3.99), Span(5.0, 6.0)))
    )
    voices = turn_voices((noise(8.0, -60),), turns, ((),), "en")
    assert [v.rate_cpm for v in voices] == [120.0, None, 240.0]


def test_pauses_inside_the_turn() -> None:
    speech = (Span(1.0, 2.0), Span(2.3, 3.0), Span(3.8, 5.0), Span(6.0, 7.0))
    turns = (
        Turn(0, Role.UNKNOWN, TEXT, Span(1.0, 5.0), 0, voice=0),
        Turn(1, Role.UNKNOWN, TEXT, Span(6.0, 7.0), 0, voice=0),
    )
    first, second = turn_voices((noise(8.0, -30),), turns, (speech,), "zh")
    assert (first.speech_s, first.pauses) == (pytest.approx(2.9), 2)
    assert first.pause_s == pytest.approx(1.1)
    assert (second.speech_s, second.pauses, second.pause_s) == (pytest.approx(1.0), 0, 0)


def test_the_end_of_a_neighbour_makes_no_pause() -> None:
    """Turns are cut at words: a hundredth of a second of the stretch before may stick out into the next turn."""
    turn = Turn(0, Role.UNKNOWN, TEXT, Span(1.98, 4.0), 0, voice=0)
    (voice,) = turn_voices((noise(5.0, -30),), (turn,), ((Span(1.0, 2.0), Span(2.5, 4.0)),), "zh")
    assert (voice.speech_s, voice.pauses) == (pytest.approx(1.5), 0)


def test_short_turns_have_seconds_but_no_voice() -> None:
    """0.5 s are two syllables."""
    spans = (Span(1.0, 1.5), Span(5.0, 5.5), Span(9.0, 11.95))
    turns = tuple(Turn(i, Role.UNKNOWN, "好的", span, 0, voice=0) for i, span in enumerate(spans))
    short, _, long = turn_voices(channels(), turns, (spans,), "zh")
    assert short == TurnVoice(speech_s=0.5, pause_s=0, pauses=0)
    assert long.pitch_hz is not None
    assert (long.level_db, long.level_jump_db) == (None, None), "nothing to compare with"


def test_backchannels_have_only_seconds_and_change_no_reference() -> None:
    turns = [replace(turn, backchannel=turn.index == 2) for turn in plan_turns()]
    voices = turn_voices(channels(), turns, SPEECH, "zh")
    assert voices[2] == TurnVoice(speech_s=voices[2].speech_s)
    assert voices[2].speech_s == pytest.approx(SAID_S)
    assert voices[4].level_jump_db == pytest.approx(-3, abs=0.5)
    assert voices[0].level_db == pytest.approx(1.5, abs=0.5)


def test_a_whispered_turn_has_a_level_but_no_pitch() -> None:
    whisper = timeline([(1.0, noise(2.0, -25.0)), (5.0, utterance(150.0, 10))], 8.0) + noise(8.0, -60, seed=1)
    spans = (Span(1.0, 3.0), Span(5.0, 6.95))
    turns = tuple(Turn(i, Role.UNKNOWN, TEXT, span, 0, voice=0) for i, span in enumerate(spans))
    first, second = turn_voices((whisper,), turns, (spans,), "zh")
    assert (first.pitch_hz, first.pitch_range_st) == (None, None)
    assert first.level_db is not None and second.pitch_hz is not None


def test_mono_voices_are_told_apart_by_their_own_stretches() -> None:
    left, right = channels(noise_db=-70)
    apart = turn_voices((left, right), plan_turns(), SPEECH, "zh")
    mixed = turn_voices((left + right,), plan_turns(channel=0), SPEECH, "zh")
    for one, other in zip(apart, mixed, strict=True):
        assert other.level_db == pytest.approx(one.level_db, abs=0.5)
        assert other.pitch_hz == pytest.approx(one.pitch_hz, rel=0.02)
        assert other.speech_s == one.speech_s


@pytest.mark.parametrize(
    ("change", "known"),
    [
        ({"span": None}, set()),
        ({"voice": None}, {"rate_cpm"}),
        ({"voice": 7}, {"rate_cpm"}),
        ({"channel": None}, {"rate_cpm", "speech_s", "pause_s", "pauses"}),
        ({"channel": 5}, {"rate_cpm", "speech_s", "pause_s", "pauses"}),
    ],
)
def test_what_is_missing_stays_unknown(change: dict[str, int | None], known: set[str]) -> None:
    first, *rest = plan_turns()
    voice = turn_voices(channels(), (replace(first, **change), *rest), SPEECH, "zh")[0]  # type: ignore[arg-type]
    assert {name for name in voice.__dataclass_fields__ if getattr(voice, name) is not None} == known


def test_a_turn_without_sound_has_no_voice() -> None:
    voices = turn_voices((np.zeros(16_000, np.float32),) * 2, plan_turns(), SPEECH, "zh")
    assert {(v.level_db, v.pitch_hz) for v in voices} == {(None, None)}


def test_pitch_that_is_known_already_is_used() -> None:
    tracks = [pitch_track(samples, SPEECH[voice]) for voice, samples in enumerate(channels())]
    doubled = [replace(track, hz=track.hz * 2) for track in tracks]
    assert turn_voices(channels(), plan_turns(), SPEECH, "zh", tracks) == turn_voices(
        channels(), plan_turns(), SPEECH, "zh"
    )
    voices = turn_voices(channels(), plan_turns(), SPEECH, "zh", doubled)
    assert voices[0].pitch_hz == pytest.approx(240, rel=0.05)
