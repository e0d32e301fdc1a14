"""The figures of voices told apart, on stretches whose answer is known."""

from __future__ import annotations

import pytest

from qa_pipeline.core.span import Span
from training.speakers.measure import compared

AGENT, CALLER = [Span(0, 6), Span(10, 14)], [Span(6, 9), Span(13, 16)]


def test_the_names_of_voices_do_not_matter() -> None:
    for found in ([AGENT, CALLER], [CALLER, AGENT]):
        figures = compared([AGENT, CALLER], found)
        assert figures["right_of_speech"] == 1.0
        assert figures["agent_share_true"] == figures["agent_share_found"] == pytest.approx(10 / 16)


def test_time_in_which_both_speak_counts_for_neither() -> None:
    """13-14 s is of both: 9 s of the agent and 5 s of the caller are left."""
    swapped_end = [[Span(0, 6), Span(10, 13)], [Span(6, 9), Span(13, 16)]]
    assert compared([AGENT, CALLER], swapped_end)["right_of_speech"] == 1.0
    wrong = [[Span(0, 6)], [Span(6, 9), Span(10, 16)]]
    assert compared([AGENT, CALLER], wrong)["right_of_speech"] == pytest.approx(11 / 14)


def test_one_voice_found_is_half_right_and_no_crash() -> None:
    figures = compared([AGENT, CALLER], [[Span(0, 9), Span(10, 16)]])
    assert figures["right_of_speech"] == pytest.approx(9 / 14)
    assert compared([[], []], [])["right_of_speech"] == 0.0


def test_a_third_voice_takes_its_time_away() -> None:
    figures = compared([AGENT, CALLER], [[Span(0, 6)], CALLER, [Span(10, 14)]])
    assert figures["right_of_speech"] == pytest.approx(11 / 14)
