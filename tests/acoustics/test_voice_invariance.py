"""What the line does to the sound must not move what is said about the voice: gain, sampling rate, A-law."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.acoustics.activity import exact_stretches
from qa_pipeline.acoustics.turn_voice import turn_voices
from qa_pipeline.audio.ingest import IngestOptions, ingest
from qa_pipeline.core.call import Role, Turn
from qa_pipeline.core.facts import TurnVoice
from qa_pipeline.core.span import Span
from qa_pipeline.resources import demo_dir
from qa_pipeline.transcribe.labelled import read_labelled
from tests.voiced_signals import (
    Samples,
    noise,
    padded,
    scaled,
    through,
    through_alaw,
    timeline,
    utterance,
)

#: The tolerances that the docstrings of turn_voice and activity state.
EDGE_S, LEVEL_DB, PITCH, RANGE_ST = 0.03, 0.5, 0.02, 0.5

LINES: dict[str, Callable[[Samples], Samples]] = {
    "20 dB louder": lambda sound: scaled(sound, 20),
    "20 dB softer": lambda sound: scaled(sound, -20),
    "8 kHz": lambda sound: through(sound, 8000),
    "44.1 kHz": lambda sound: through(sound, 44_100),
    "A-law": through_alaw,
    "A-law, 20 dB softer": lambda sound: through_alaw(scaled(sound, -20)),
    "A-law, 6 dB louder": lambda sound: through_alaw(scaled(sound, 6)),
}


Heard = tuple[tuple[Span, ...], tuple[TurnVoice, ...]]


def made_up(pitch_hz: float = 190.0, range_st: float = 7.0) -> tuple[Samples, tuple[Span, ...]]:
    """Five turns of a voice, some louder, over line noise."""
    plan = ((1.0, 12, 0.0), (4.5, 9, -6.0), (7.5, 20, 3.0), (12.5, 15, -3.0), (16.5, 10, 5.0))
    parts = [(at, scaled(utterance(pitch_hz, count, range_st), gain)) for at, count, gain in plan]
    sound = timeline(parts, 20.0) + noise(20.0, -48)
    spans = tuple(Span(at, round(at + 0.2 * count - 0.05, 2)) for at, count, _ in plan)
    return scaled(sound, -6), spans


def spoken(call_id: str) -> tuple[Samples, tuple[Span, ...]]:
    """The agent's channel of a bundled call, and its turns of two seconds and more."""
    call = next(c for c in read_labelled(demo_dir() / "reference.jsonl") if c.call_id == call_id)
    channels = ingest(demo_dir() / "recordings" / str(call.recording), IngestOptions(settle_s=0.0))[1]
    turns = [t.span for t in call.conversation.turns if t.channel == 0 and t.span and t.span.duration_s >= 2]
    return channels[0], tuple(turns)


def heard(samples: Samples, spans: tuple[Span, ...]) -> Heard:
    stretches = exact_stretches(samples, padded(spans, samples.size / 16_000))
    turns = [Turn(i, Role.UNKNOWN, "您好", span, 0, voice=0) for i, span in enumerate(spans)]
    return stretches, turn_voices((samples,), turns, (stretches,), "zh")


def assert_same(one: Heard, other: Heard) -> None:
    assert len(one[0]) == len(other[0])
    for before, after in zip(one[0], other[0], strict=True):
        assert after.start_s == pytest.approx(before.start_s, abs=EDGE_S + 1e-6)
        assert after.end_s == pytest.approx(before.end_s, abs=EDGE_S + 1e-6)
    for a, b in zip(one[1], other[1], strict=True):
        assert b.level_db == pytest.approx(a.level_db, abs=LEVEL_DB)
        assert (a.level_jump_db is None) == (b.level_jump_db is None)
        assert b.level_jump_db is None or b.level_jump_db == pytest.approx(a.level_jump_db, abs=LEVEL_DB)
        assert b.pitch_hz == pytest.approx(a.pitch_hz, rel=PITCH)
        assert b.pitch_range_st == pytest.approx(a.pitch_range_st, abs=RANGE_ST)
        assert b.pauses == a.pauses


@pytest.mark.parametrize("line", LINES)
def test_the_line_does_not_move_a_made_up_voice(line: str) -> None:
    samples, spans = made_up()
    assert_same(heard(samples, spans), heard(LINES[line](samples), spans))


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("call_id", ["D02", "D09"])
def test_the_line_does_not_move_the_voice_of_a_bundled_call(line: str, call_id: str) -> None:
    samples, spans = spoken(call_id)
    assert len(spans) >= 3
    assert_same(heard(samples, spans), heard(LINES[line](samples), spans))


RATES_HZ = (8000, 11_025, 22_050, 44_100)


@settings(max_examples=15, deadline=None)
@given(st.floats(80, 350), st.floats(1, 8), st.floats(-20, 3), st.sampled_from(RATES_HZ), st.booleans())
def test_no_voice_is_moved(pitch_hz: float, range_st: float, gain_db: float, rate_hz: int, companded: bool) -> None:
    samples, spans = made_up(pitch_hz, range_st)
    changed = through(scaled(samples, gain_db), rate_hz)
    assert_same(heard(samples, spans), heard(through_alaw(changed) if companded else changed, spans))


def test_time_moves_only_times() -> None:
    samples, spans = made_up()
    later = np.concatenate([noise(5.0, -66, seed=3), samples])
    moved = heard(later, tuple(span.shift(5.0) for span in spans))
    assert_same(heard(samples, spans), (tuple(s.shift(-5.0) for s in moved[0]), moved[1]))
