"""Leaked copies of the other party are silenced; what people say themselves is not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.transcribe.cross_talk import FRAME_SAMPLES, without_cross_talk
from tests.audio_files import rms_db, speechlike

LEAK = 10 ** (-14 / 20)
VOICE, OTHER = speechlike(4, seed=1), speechlike(4, seed=2)


def test_a_leaked_copy_is_silenced_and_its_source_kept() -> None:
    left, right = without_cross_talk([VOICE, VOICE * np.float32(LEAK)])
    assert np.array_equal(left, VOICE)
    assert not right.any()


def test_an_inverted_copy_is_a_copy() -> None:
    assert not without_cross_talk([VOICE, VOICE * np.float32(-LEAK)])[1].any()


def test_two_people_at_once_are_both_kept() -> None:
    left, right = without_cross_talk([VOICE, OTHER * np.float32(LEAK)])
    assert np.array_equal(left, VOICE)
    assert np.array_equal(right, OTHER * np.float32(LEAK))


def test_own_speech_on_a_channel_with_leaks_is_kept() -> None:
    own = np.zeros_like(VOICE)
    own[32_000:48_000] = OTHER[32_000:48_000]
    source = VOICE.copy()
    source[32_000:48_000] = 0
    right = without_cross_talk([source, own + source * np.float32(LEAK)])[1]
    assert rms_db(right[32_000:48_000]) == pytest.approx(rms_db(own[32_000:48_000]), abs=0.1)
    assert not right[:32_000].any()


def test_equally_loud_copies_are_both_kept() -> None:
    assert all(part.any() for part in without_cross_talk([VOICE, VOICE]))


@settings(max_examples=20, deadline=None)
@given(st.floats(1e-3, 3), st.booleans())
def test_gain_and_order_of_channels_change_nothing(gain: float, swapped: bool) -> None:
    pair = [VOICE * np.float32(gain), VOICE * np.float32(LEAK * gain)]
    kept = without_cross_talk(pair[::-1] if swapped else pair)
    assert [bool(part.any()) for part in kept] == ([False, True] if swapped else [True, False])


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 3 * FRAME_SAMPLES + 7), st.integers(0, 3 * FRAME_SAMPLES + 7))
def test_lengths_of_all_kinds_are_kept(a: int, b: int) -> None:
    kept = without_cross_talk([VOICE[:a], VOICE[:b] * np.float32(LEAK)])
    assert [part.size for part in kept] == [a, b]


@pytest.mark.parametrize("channels", [0, 1, 3])
def test_other_numbers_of_channels_are_given_back(channels: int) -> None:
    given_channels = [VOICE * np.float32(LEAK**i) for i in range(channels)]
    kept = without_cross_talk(given_channels)
    assert all(a is b for a, b in zip(kept, given_channels, strict=True))


def test_the_sound_given_is_not_changed() -> None:
    leaked = VOICE * np.float32(LEAK)
    before = leaked.copy()
    without_cross_talk([VOICE, leaked])
    assert np.array_equal(leaked, before)
