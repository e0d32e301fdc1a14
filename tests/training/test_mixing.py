"""Turns are placed, levelled and laid on their channels."""

import random
from dataclasses import replace

import numpy as np
import pytest

from training.demo_calls import mixing
from training.demo_calls.dialogue import Dialogue, Line, read_all
from training.demo_calls.timed_speech import PHONEME, WORD, Mark, Spoken, Word, words_of

RATE_HZ = 22_050
BASE = read_all()[0]


def tone(seconds: float, lead_s: float = 0.0) -> Spoken:
    """A 440 Hz tone after some silence, said to be one hanzi."""
    times = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    wave = np.concatenate([np.zeros(int(lead_s * RATE_HZ)), 0.5 * np.sin(2 * np.pi * 440 * times)])
    samples = (wave * 32767).astype(np.int16)
    return Spoken(samples, RATE_HZ, (Word("好", lead_s, lead_s + seconds),))


def call(*lines: Line, layout: str = "two_channel") -> Dialogue:
    return replace(BASE, lines=lines, layout=layout, agent_side="left", snr_db=40.0)


def turn(role: str, gap_s: float | None = None, over: float | None = None) -> Line:
    return Line(role, "opening", "好。", (), gap_s, over)


def test_silence_before_a_turn_is_cut_and_word_times_move_along() -> None:
    wave, words = mixing.on_the_line(tone(1.0, lead_s=0.5))
    assert len(wave) / mixing.RATE_HZ == pytest.approx(1.0, abs=0.03)
    assert words[0].start_s == pytest.approx(0.0, abs=0.02)


def test_turns_follow_each_other_with_a_pause() -> None:
    dialogue = call(turn("agent"), turn("customer"))
    first, second = mixing.place(dialogue, [tone(1), tone(1)], random.Random(0))
    low, high = mixing.GAP_S
    assert low - 0.001 <= second.start_s - first.end_s <= high + 0.001


def test_mono_calls_pause_longer() -> None:
    dialogue = call(turn("agent"), turn("customer"), layout="mono")
    first, second = mixing.place(dialogue, [tone(1), tone(1)], random.Random(0))
    assert second.start_s - first.end_s >= 0.75


def test_a_backchannel_does_not_take_the_floor() -> None:
    dialogue = call(turn("agent"), turn("customer", over=0.5), turn("customer", gap_s=0.2))
    first, inside, after = mixing.place(dialogue, [tone(2), tone(0.2), tone(1)], random.Random(0))
    assert inside.start_s == pytest.approx((first.start_s + first.end_s) / 2, abs=0.001)
    assert after.start_s == pytest.approx(first.end_s + 0.2, abs=0.001)


def test_a_negative_gap_barges_in() -> None:
    dialogue = call(turn("agent"), turn("customer", gap_s=-0.4))
    first, second = mixing.place(dialogue, [tone(1), tone(1)], random.Random(0))
    assert second.start_s == pytest.approx(first.end_s - 0.4, abs=0.001)


def mixed(dialogue: Dialogue) -> mixing.Wave:
    turns = mixing.place(dialogue, [tone(1), tone(1)], random.Random(1))
    return mixing.mix(dialogue, turns, random.Random(2), np.random.default_rng(3))


def test_swapping_the_side_swaps_the_channels_and_nothing_else() -> None:
    dialogue = call(turn("agent"), turn("customer"))
    straight = mixed(dialogue)
    swapped = mixed(replace(dialogue, agent_side="right"))
    np.testing.assert_array_equal(straight, swapped[::-1])


def test_a_gain_changes_the_level_by_that_much() -> None:
    dialogue = call(turn("agent"), turn("customer"))
    loud, quiet = mixed(dialogue), mixed(replace(dialogue, gain_db=-6.0))
    ratio_db = 20 * np.log10(np.sqrt(np.mean(quiet**2) / np.mean(loud**2)))
    assert ratio_db == pytest.approx(-6.0, abs=0.01)


def test_the_mono_mix_has_one_channel() -> None:
    assert mixed(call(turn("agent"), turn("customer"), layout="mono")).shape[0] == 1


def test_a_call_without_turns_is_faint_noise_of_its_length() -> None:
    dialogue = replace(BASE, lines=(), silent_s=3.0)
    wave = mixing.mix(dialogue, [], random.Random(0), np.random.default_rng(0))
    assert wave.shape == (2, 3 * mixing.RATE_HZ)
    assert 0 < np.abs(wave).max() < 0.02


def test_word_events_become_words_that_end_at_the_next_boundary() -> None:
    marks: list[Mark] = [
        (WORD, 1, 0, ""),
        (PHONEME, 1, 0, "n"),
        (PHONEME, 1, 100, "_|"),
        (WORD, 2, 110, ""),
        (PHONEME, 2, 200, "_:"),
        (WORD, 3, 300, ""),
    ]
    words = words_of("您好。", marks, 1000)
    assert words == (Word("您", 0.0, 0.1), Word("好", 0.11, 0.2))
