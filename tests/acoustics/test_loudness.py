"""Levels of speech: known changes come back within half a decibel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.acoustics.frames import SILENT_DB, decibels, frame_mask, frame_power, frame_range, runs, within
from qa_pipeline.acoustics.loudness import noise_power, speech_level_db
from qa_pipeline.core.span import Span
from tests.audio_files import tone
from tests.voiced_signals import Samples, level_db, noise, scaled, timeline, utterance

FIRST, SECOND = Span(1.0, 2.95), Span(5.0, 6.95)
SAID = utterance(180.0, 10)


def change_db(samples: Samples, noise_known: bool = True) -> float:
    """How much louder the second stretch is than the first, as measured."""
    power = frame_power(samples)
    line = noise_power(power, (FIRST, SECOND)) if noise_known else 0.0
    levels = [speech_level_db(power, (span,), line) for span in (FIRST, SECOND)]
    assert levels[0] is not None and levels[1] is not None
    return levels[1] - levels[0]


def two(gain_db: float, snr_db: float, first_gain_db: float = 0.0) -> Samples:
    """The same words twice, the second time ``gain_db`` louder, over line noise ``snr_db`` below the first time."""
    sound = timeline([(1.0, SAID), (5.0, scaled(SAID, gain_db))], 8.0)
    return scaled(sound + noise(8.0, level_db(SAID) - snr_db), first_gain_db)


@pytest.mark.parametrize("snr_db", [15, 25, 60])
@pytest.mark.parametrize("gain_db", [-10, -6, -3, 3, 6, 10, 15])
def test_changes_are_recovered(gain_db: float, snr_db: float) -> None:
    assert change_db(two(gain_db, snr_db)) == pytest.approx(gain_db, abs=0.5)


def test_noise_would_hide_a_change_if_it_were_not_taken_off() -> None:
    assert change_db(two(-10, 15), noise_known=False) > -9.5


@settings(max_examples=20, deadline=None)
@given(st.floats(-12, 12), st.floats(-20, 20))
def test_gain_of_the_line_says_nothing(change: float, gain_db: float) -> None:
    assert change_db(two(change, 30, gain_db)) == pytest.approx(change, abs=0.5)


def test_the_level_of_a_sine_is_known() -> None:
    assert speech_level_db(frame_power(tone(500, 2.0, amplitude=0.5)), (Span(0.5, 1.5),)) == pytest.approx(
        -9.03, abs=0.05
    )


def test_music_outside_speech_is_no_noise() -> None:
    """Music over a third of the rest of the channel leaves the measured noise at that of the line."""
    line, music = noise(9.0, -50.0), timeline([(3.5, tone(440, 1.0))], 9.0)
    power = frame_power(line + music + timeline([(1.0, SAID)], 9.0))
    assert 10 * np.log10(noise_power(power, (FIRST,))) == pytest.approx(-50, abs=1.0)


def test_what_is_all_noise_loses_at_most_six_decibels() -> None:
    power = frame_power(noise(3.0, -30.0))
    level = speech_level_db(power, (Span(0.0, 3.0),), noise=1.0)
    assert level == pytest.approx(-36.0, abs=0.2)


@pytest.mark.parametrize("spans", [(), (Span(0.5, 0.502),), (Span(7.0, 9.0),)])
def test_no_frames_no_level(spans: tuple[Span, ...]) -> None:
    assert speech_level_db(frame_power(tone(500, 1.0)), spans) is None


def test_silence_has_no_level_and_no_noise() -> None:
    power = frame_power(np.zeros(16_000, np.float32))
    assert speech_level_db(power, (Span(0.0, 1.0),)) is None
    assert noise_power(power, ()) == 0.0
    assert noise_power(power, (Span(0.0, 1.0),)) == 0.0
    assert set(decibels(power)) == {SILENT_DB}


def test_an_offset_has_no_power() -> None:
    assert decibels(frame_power(np.full(1600, 0.3, np.float32))).max() == SILENT_DB


def test_blocks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = noise(2.005, -20.0)
    whole = frame_power(samples)
    monkeypatch.setattr("qa_pipeline.acoustics.frames.BLOCK_FRAMES", 7)
    assert np.array_equal(frame_power(samples), whole) and whole.size == 200


def test_frames_belong_to_spans_by_their_middle() -> None:
    assert frame_range(Span(0.004, 0.016), 100) == (0, 2)
    assert frame_range(Span(0.99, 7.0), 100) == (99, 100)
    assert np.flatnonzero(frame_mask((Span(0.0, 0.02), Span(0.05, 0.06)), 8)).tolist() == [0, 1, 5]
    assert list(runs(np.array([True, True, False, True]))) == [(0, 2), (3, 4)]
    assert list(runs(np.zeros(3, np.bool_))) == []


def test_within_cuts_spans_at_the_limits() -> None:
    spans = (Span(0.0, 1.0), Span(2.0, 3.0), Span(4.0, 5.0))
    assert within(spans, Span(0.5, 2.5)) == (Span(0.5, 1.0), Span(2.0, 2.5))
    assert within(spans, Span(1.0, 2.0)) == ()
