"""Stretches of speech in windows of 30 s: nothing lost, nothing twice, hardly a window more than needed."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.core.span import Span
from qa_pipeline.transcribe.whisper.packing import (
    FRAME,
    NARROWEST_GAP,
    WIDEST_GAP,
    WINDOW,
    Piece,
    alone,
    pack,
    pieces_of,
)

RATE = 16_000
LENGTHS_S = st.lists(st.floats(0.15, 28.0), min_size=1, max_size=80)


def pieces(lengths_s: list[float]) -> list[Piece]:
    """One after the other, in turn on two channels."""
    found, at = [], 0
    for number, length_s in enumerate(lengths_s):
        found.append(Piece(0, number % 2, at, at + int(length_s * RATE)))
        at = found[-1].last + RATE
    return found


@given(LENGTHS_S)
def test_every_stretch_lies_in_one_window(lengths_s: list[float]) -> None:
    given_pieces = pieces(lengths_s)
    windows = pack(given_pieces)
    assert sorted((slot.piece for w in windows for slot in w.slots), key=lambda p: p.first) == given_pieces
    for window in windows:
        assert window.slots[0].at == 0
        assert window.length <= WINDOW
        for before, after in pairwise(window.slots):
            assert after.at - before.end >= NARROWEST_GAP
            assert after.at - before.end < WIDEST_GAP + FRAME
            assert after.at % FRAME == 0


@given(st.lists(st.floats(0.5, 6.0), min_size=30, max_size=120))
def test_turns_of_a_call_need_hardly_a_window_more_than_their_speech(lengths_s: list[float]) -> None:
    needed = math.ceil(sum(lengths_s) / 30)
    assert len(pack(pieces(lengths_s))) <= math.ceil(1.1 * needed)


@given(LENGTHS_S)
def test_the_order_of_the_stretches_does_not_matter(lengths_s: list[float]) -> None:
    given_pieces = pieces(lengths_s)
    assert pack(given_pieces) == pack(given_pieces[::-1])


def test_windows_are_about_equally_full() -> None:
    lengths = [window.length / RATE for window in pack(pieces([5.0] * 8))]
    assert lengths == [pytest.approx(20.0 + 3 * 0.4)] * 2


def test_stretches_of_a_channel_lie_side_by_side() -> None:
    (window,) = pack(pieces([2.0, 3.0, 4.0, 1.0]))
    assert [slot.piece.channel for slot in window.slots] == [0, 0, 1, 1]
    assert [slot.piece.first for slot in window.slots[:2]] == sorted(s.piece.first for s in window.slots[:2])


def test_no_speech_needs_no_window() -> None:
    assert pack([]) == []
    assert pieces_of([[], []], [RATE, RATE]) == []


def test_the_sound_of_a_window_is_that_of_its_stretches() -> None:
    channels = [np.arange(4 * RATE, dtype=np.float32), -np.arange(4 * RATE, dtype=np.float32)]
    (window,) = pack(pieces_of([[Span(0.5, 1.0)], [Span(2.0, 3.0)]], [4 * RATE] * 2))
    sound = window.samples(channels)
    first, second = window.slots
    np.testing.assert_array_equal(sound[: first.end], channels[0][RATE // 2 : RATE])
    assert not sound[first.end : second.at].any()
    np.testing.assert_array_equal(sound[second.at :], channels[1][2 * RATE : 3 * RATE])


def test_a_stretch_longer_than_a_window_is_cut_and_nothing_lies_behind_the_sound() -> None:
    found = pieces_of([[Span(0.0, 70.0), Span(80.0, 90.0)]], [85 * RATE])
    assert [(p.first, p.last) for p in found[1:3]] == [(found[0].last, found[2].first), (found[1].last, 70 * RATE)]
    assert found[-1] == Piece(0, 0, 80 * RATE, 85 * RATE)
    assert max(p.length for p in found) <= WINDOW


def test_alone_means_a_window_each() -> None:
    assert [w.slots[0].piece for w in alone(pieces([1.0, 2.0]))] == pieces([1.0, 2.0])
