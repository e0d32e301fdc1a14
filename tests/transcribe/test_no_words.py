"""Where nobody speaks nothing is written as if somebody had: a short version of benchmarks/no_words.py."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchmarks.no_words import KINDS, Sound, fax, heard, recordings, sounds
from qa_pipeline.audio.ingest import IngestOptions, ingest
from qa_pipeline.core.call import Doubt, Segment, Transcript, Word
from qa_pipeline.core.span import Span
from qa_pipeline.language.word_list import EMPTY
from qa_pipeline.listening import find_speech
from qa_pipeline.transcribe.finishing import finish
from qa_pipeline.transcribe.guards import CEILING, doubts
from tests.audio_files import peak_hz
from tests.factories import recording
from tests.line_sounds import RATE_HZ

SHORT_S = 8.0
#: What the bundled model wrote over such sounds when it was made to: text, mean probability, probability of no speech.
FORCED = (
    ("嗯嗯，", 0.8966, 0.9980),  # fax
    ("嗯嗯嗯嗯。", 0.8433, 0.2561),  # ringing, North America
    ("嗯嗯？", 0.7821, 0.2109),  # ringing, China
    ("嗯嗯嗯呐？", 0.7250, 0.8227),  # loud noise
    ("我。", 0.6976, 0.9367),  # music
    ("我妈儿了？", 0.6086, 0.8900),  # music
    ("嗯。嗯？", 0.6363, 0.0428),  # busy tone
)


@pytest.mark.parametrize(("name", "make"), [(name, make) for name, _, make in KINDS])
def test_no_voice_is_found_in(name: str, make: Callable[[float], Sound]) -> None:
    sound = make(SHORT_S)
    assert sound.dtype == np.float32 and sound.size == pytest.approx(SHORT_S * RATE_HZ, abs=RATE_HZ / 100)
    found = find_speech(recording(SHORT_S, channels=1), [sound])
    assert found.job.speech == [()], name


@pytest.mark.parametrize(("text", "probability", "no_speech"), FORCED)
def test_what_the_model_wrote_over_them_is_doubted(text: str, probability: float, no_speech: float) -> None:
    words = (Word(text, Span(0.0, 2.0), probability),)
    assert Doubt.UNSURE in doubts(text, words, 2.0, "zh", EMPTY, no_speech=no_speech)


def test_words_that_an_engine_places_outside_all_voice_are_doubted() -> None:
    """As an engine without this program's voice activity does, over the silence of a channel."""
    written = Segment(1, Span(1.0, 3.0), "您好，请问您是机主吗？", (), 0.95)
    made = finish(Transcript("zh", None, (written,), ((Span(0.0, 5.0),), ())), EMPTY)
    assert made.segments[0].doubts == (Doubt.NO_SPEECH,)
    assert made.segments[0].confidence == CEILING
    assert heard(made).kept == ()


def test_a_fax_calls_and_answers_at_its_frequencies() -> None:
    sound = fax(20.0)
    assert abs(peak_hz(sound[: RATE_HZ // 2]) - 1100) < 3
    assert abs(peak_hz(sound[round(6.5 * RATE_HZ) : round(8.0 * RATE_HZ)]) - 2100) < 3


def test_all_kinds_come_as_files_and_together_on_two_channels(tmp_path: Path) -> None:
    made = dict(list(sounds(0.5).items())[:3])
    files = dict(recordings(made, tmp_path))
    assert list(files) == [*made, "all on two channels"]
    whole, channels = ingest(files["all on two channels"], IngestOptions(settle_s=0.0))
    assert len(channels) == 2
    assert whole.duration_s == pytest.approx(sum(sound.size for sound in made.values()) / RATE_HZ, abs=0.01)
