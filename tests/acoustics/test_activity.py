"""Exact stretches of speech: the edges of known sounds come back, whatever the line does to them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.acoustics.activity import ActivityOptions, exact_stretches
from qa_pipeline.audio.ingest import IngestOptions, ingest
from qa_pipeline.core.span import Span, shared_s, total_s
from qa_pipeline.resources import demo_dir
from qa_pipeline.transcribe.labelled import read_labelled
from tests.voiced_signals import (
    Samples,
    bursts,
    faded,
    noise,
    padded,
    scaled,
    scaled_to,
    steady,
    through_alaw,
    timeline,
    utterance,
    voiced,
    with_noise,
)

EDGE_S = 0.03
SPANS = (Span(1.0, 2.1), Span(3.4, 3.7), Span(5.0, 8.0))
LENGTH_S = 9.5


def off_s(found: tuple[Span, ...], true: tuple[Span, ...] = SPANS) -> float:
    """The worst edge, in seconds; a missing or extra stretch is infinitely wrong."""
    if len(found) != len(true):
        return float("inf")
    pairs = zip(found, true, strict=True)
    return max(max(abs(f.start_s - t.start_s), abs(f.end_s - t.end_s)) for f, t in pairs)


def found_in(samples: Samples, spans: tuple[Span, ...] = SPANS) -> tuple[Span, ...]:
    return exact_stretches(samples, padded(spans, samples.size / 16_000))


def test_padding_is_cut_off() -> None:
    assert off_s(found_in(bursts(SPANS, LENGTH_S))) <= 0.011


@pytest.mark.parametrize("snr_db", [15, 20, 30, 45])
@pytest.mark.parametrize("pitch_hz", [70.0, 150.0, 400.0])
def test_edges_hold_above_line_noise(snr_db: float, pitch_hz: float) -> None:
    assert off_s(found_in(with_noise(bursts(SPANS, LENGTH_S, pitch_hz), snr_db))) <= EDGE_S


@pytest.mark.parametrize("gain_db", [-30, -20, -6, 0, 10])
def test_gain_changes_nothing(gain_db: float) -> None:
    quiet = with_noise(bursts(SPANS, LENGTH_S), 20)
    assert found_in(scaled(quiet, gain_db)) == found_in(quiet)


@pytest.mark.parametrize("gain_db", [-30, -10, 5])
def test_edges_hold_in_alaw(gain_db: float) -> None:
    assert off_s(found_in(through_alaw(scaled(with_noise(bursts(SPANS, LENGTH_S), 25), gain_db)))) <= EDGE_S


def test_edges_hold_with_an_offset() -> None:
    assert off_s(found_in(with_noise(bursts(SPANS, LENGTH_S), 20) + np.float32(0.1))) <= EDGE_S


def test_loud_and_soft_speech_on_one_channel() -> None:
    soft = scaled(bursts(SPANS[1:2], LENGTH_S), -20)
    assert off_s(found_in(bursts(SPANS[::2], LENGTH_S) + soft + noise(LENGTH_S, -60))) <= EDGE_S


@pytest.mark.parametrize(("gap_s", "pauses"), [(0.1, 0), (0.2, 0), (0.3, 1), (0.5, 1)])
def test_a_quarter_second_makes_a_pause(gap_s: float, pauses: int) -> None:
    true = (Span(1.0, 2.0), Span(2.0 + gap_s, 3.0 + gap_s))
    samples = with_noise(bursts(true, 5.0), 25)
    found = exact_stretches(samples, padded((Span(1.0, 3.0 + gap_s),), 5.0))
    assert len(found) == 1 + pauses
    assert found[-1].end_s == pytest.approx(3.0 + gap_s, abs=EDGE_S)


def test_closures_between_syllables_are_speech() -> None:
    said = utterance(180.0, 12)
    samples = with_noise(timeline([(1.0, said)], 6.0), 20)
    assert off_s(found_in(samples, (Span(1.0, 1.0 + said.size / 16_000),)), (Span(1.0, 3.35),)) <= EDGE_S


def test_clicks_in_the_padding_are_left_out() -> None:
    samples = with_noise(bursts(SPANS, LENGTH_S), 25)
    samples[round(0.85 * 16_000) :][:128] += 0.5
    assert off_s(found_in(samples)) <= EDGE_S


def test_a_short_sound_between_pauses_is_dropped() -> None:
    true = (Span(1.0, 2.0), Span(2.5, 2.55), Span(3.0, 4.0))
    found = exact_stretches(with_noise(bursts(true, 5.0), 25), (Span(0.8, 4.2),))
    assert off_s(found, (true[0], true[2])) <= EDGE_S


def test_speech_that_runs_over_the_edge_of_a_span_is_followed() -> None:
    """The detector comes late to a drawn-out 嗯."""
    samples = with_noise(bursts((Span(2.0, 4.0),), 6.0), 25)
    assert off_s(exact_stretches(samples, (Span(2.5, 3.7),)), (Span(2.0, 4.0),)) <= EDGE_S


def test_a_loud_syllable_just_before_a_span_belongs_to_it_but_breath_does_not() -> None:
    true = (Span(2.0, 2.2), Span(2.3, 4.0))
    sound, late = bursts(true, 6.0), (Span(2.3, 4.2),)
    assert exact_stretches(with_noise(sound, 30), late)[0].start_s == pytest.approx(2.0, abs=EDGE_S)
    breath = bursts(true[1:], 6.0) + timeline([(2.0, scaled_to(noise(0.2, -20.0), -40.0))], 6.0)
    assert exact_stretches(with_noise(breath, 35), late)[0].start_s == pytest.approx(2.3, abs=EDGE_S)


def test_music_before_the_speech_is_no_noise_floor() -> None:
    music = voiced(steady(440.0, 3.0), "i", amplitude=0.3)
    samples = timeline([(0.0, music), (4.0, faded(voiced(steady(150.0, 2.0))))], 7.0) + noise(7.0, -55)
    assert off_s(exact_stretches(samples, (Span(3.8, 6.2),)), (Span(4.0, 6.0),)) <= EDGE_S


def test_a_span_that_does_not_stand_out_stays_as_it_is() -> None:
    spans = (Span(1.0, 2.0), Span(4.0, 5.5))
    assert exact_stretches(noise(8.0, -40), spans) == spans


def test_digital_silence_holds_no_speech() -> None:
    assert exact_stretches(np.zeros(5 * 16_000, np.float32), (Span(1.0, 2.0),)) == ()


@pytest.mark.parametrize("size", [0, 100, 16_000])
def test_no_spans_no_stretches_and_spans_behind_the_end_do_no_harm(size: int) -> None:
    samples = noise(1.0, -20)[:size]
    assert exact_stretches(samples, ()) == ()
    assert total_s(exact_stretches(samples, (Span(0.0, 3.0),))) <= 3.0


def test_options_move_the_line_between_closure_and_pause() -> None:
    samples = with_noise(bursts((Span(1.0, 2.0), Span(2.4, 3.4)), 5.0), 25)
    assert len(exact_stretches(samples, (Span(0.8, 3.6),), ActivityOptions(min_pause_s=0.5))) == 1


@pytest.mark.parametrize("call_id", ["D02", "D05", "D09", "D11"])
def test_edges_of_bundled_calls(call_id: str) -> None:
    """Against the synthesiser's word times; a soft h or j at the start drowns in the line noise of these calls."""
    call = next(c for c in read_labelled(demo_dir() / "reference.jsonl") if c.call_id == call_id)
    sounds = ingest(demo_dir() / "recordings" / str(call.recording), IngestOptions(settle_s=0.0))[1]
    errors = []
    for channel, samples in enumerate(sounds):
        turns = [t for t in call.conversation.turns if t.channel == channel and t.words]
        true = [Span(t.words[0].span.start_s, t.words[-1].span.end_s) for t in turns]
        found = exact_stretches(samples, padded(true, samples.size / 16_000))
        for span in true:
            inside = [s for s in found if s.overlap_s(span) > 0]
            errors += [inside[0].start_s - span.start_s, inside[-1].end_s - span.end_s]
    assert np.mean(np.abs(errors) <= EDGE_S) >= 0.7
    assert np.mean(np.abs(errors) <= 0.08) >= 0.95
    assert abs(np.median(errors)) <= 0.01


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.floats(0.3, 1.5), st.floats(0.15, 2.0)), min_size=1, max_size=5), st.integers(0, 99))
def test_any_bursts_come_back(parts: list[tuple[float, float]], seed: int) -> None:
    """Silences of 0.3 to 1.5 s before bursts of 0.15 to 2 s."""
    at, spans = 0.5, []
    for gap_s, length_s in parts:
        spans.append(Span(at + gap_s, at + gap_s + length_s))
        at += gap_s + length_s
    true, length_s = tuple(spans), at + 1.0
    found = found_in(with_noise(bursts(true, length_s), 25, seed), true)
    assert off_s(found, true) <= EDGE_S
    assert shared_s(found, true) >= 0.9 * total_s(true)
