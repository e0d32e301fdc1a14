"""Voices of one channel told apart, with made-up voices whose stretches are known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.core.call import Word
from qa_pipeline.core.span import Span, merge, shared_s, total_s
from qa_pipeline.speakers.voices import VoiceMap, separate_voices
from tests import voiced_signals as vs

#: Pitch in Hz, vowels of the voice's throat, level: a man, a woman, a child on another line.
MAN, WOMAN, CHILD = (110.0, "aua", -20.0), (215.0, "iai", -22.0), (330.0, "uiu", -18.0)
Voice = tuple[float, str, float]


def spoken(voice: Voice, duration_s: float, seed: int) -> vs.Samples:
    """Syllables of 0.2 s that move by some semitones."""
    pitch, vowels, level_db = voice
    chance = np.random.default_rng(seed)
    parts = []
    for number in range(round(duration_s / 0.2)):
        first, last = pitch * 2 ** (chance.uniform(-2, 2, 2) / 12)
        vowel = vowels[int(chance.integers(len(vowels)))]
        parts.append(vs.faded(vs.voiced(vs.glide(first, last, 0.2), vowel, band_hz=vs.TELEPHONE_HZ)))
        if number % 12 == 11:
            parts[-1] = parts[-1] * 0.3
    return vs.scaled_to(np.concatenate(parts), level_db)


def call(
    *turns: tuple[Voice, float], gap_s: float = 0.4, answers_at_once: int = 0
) -> tuple[vs.Samples, list[tuple[Span, Voice]]]:
    """The sound of turns one after another, and who speaks when; every ``answers_at_once``-th follows without a gap."""
    at_s, sounds, said = 0.5, [], []
    for seed, (voice, length_s) in enumerate(turns):
        if answers_at_once and seed % answers_at_once == 1:
            at_s -= gap_s
        sounds.append((at_s, spoken(voice, length_s, seed)))
        said.append((Span(at_s, at_s + round(length_s / 0.2) * 0.2), voice))
        at_s = said[-1][0].end_s + gap_s
    return vs.timeline(sounds, at_s) + vs.noise(at_s, -55.0), said


def right(found: VoiceMap, said: Sequence[tuple[Span, Voice]]) -> float:
    """Share of speech that the best naming of the voices gives to its speaker."""
    speakers = list(dict.fromkeys(voice for _, voice in said))
    best = 0.0
    for voice in speakers:
        own = [span for span, of in said if of == voice]
        best += max(shared_s(own, spans) for spans in found.spans)
    return best / total_s(span for span, _ in said)


TWO = [(MAN, 4.0), (WOMAN, 3.0), (MAN, 2.4), (WOMAN, 1.6), (MAN, 5.0), (WOMAN, 4.0), (MAN, 1.4), (WOMAN, 2.0)]


def test_two_voices_are_told_apart() -> None:
    sound, said = call(*TWO)
    found = separate_voices(sound, [span for span, _ in said], [])
    assert len(found.spans) == 2
    assert right(found, said) > 0.95
    assert found.spans[0][0].start_s == said[0][0].start_s, "the first voice heard is voice 0"


@pytest.mark.parametrize("voice", [MAN, WOMAN])
def test_one_voice_is_not_made_two(voice: Voice) -> None:
    sound, said = call(*[(voice, length_s) for _, length_s in TWO])
    found = separate_voices(sound, [span for span, _ in said], [Word("好", Span(1, 1.2))])
    assert found == VoiceMap((merge(span for span, _ in said),), (0,))


def test_a_third_voice_does_not_mix_up_the_first_two() -> None:
    sound, said = call(*TWO, (CHILD, 4.0), (MAN, 2.0), (CHILD, 5.0), (WOMAN, 2.0), (CHILD, 3.0))
    found = separate_voices(sound, [span for span, _ in said], [])
    assert len(found.spans) in (2, 3)
    man = [span for span, voice in said if voice == MAN]
    woman = [span for span, voice in said if voice == WOMAN]
    homes = [max(range(len(found.spans)), key=lambda v: shared_s(own, found.spans[v])) for own in (man, woman)]
    assert homes[0] != homes[1]


def test_words_inside_one_stretch_go_to_their_speakers() -> None:
    """Some answers come without a pause: a stretch holds both."""
    sound, said = call(*TWO, *TWO, answers_at_once=4)
    stretches = merge((span for span, _ in said), 0.01)
    assert len(stretches) < len(said)
    words, voice_of = [], []
    for span, voice in said:
        for at_s in np.arange(span.start_s, span.end_s - 0.1, 0.2):
            words.append(Word("好", Span(float(at_s), float(at_s) + 0.2)))
            voice_of.append(voice)
    found = separate_voices(sound, stretches, words)
    assert len(found.spans) == 2
    hits = sum((of == 0) == (voice == MAN) for of, voice in zip(found.word_voices, voice_of, strict=True))
    assert hits > 0.95 * len(words)


def test_what_is_said_helps_and_never_takes_over() -> None:
    sound, said = call(*TWO)
    words = [Word(voice[1], span) for span, voice in said]

    def by_text(some: Sequence[Word]) -> float:
        return sum(5.0 if word.text == MAN[1] else -5.0 for word in some)

    spans = [span for span, _ in said]
    for evidence in (by_text, lambda some: -by_text(some), lambda some: 50.0):
        assert right(separate_voices(sound, spans, words, evidence), said) > 0.95


@pytest.mark.parametrize("gain_db", [-25.0, 12.0])
def test_gain_changes_nothing(gain_db: float) -> None:
    sound, said = call(*TWO)
    spans = [span for span, _ in said]
    plain, changed = separate_voices(sound, spans, []), separate_voices(vs.scaled(sound, gain_db), spans, [])
    assert len(plain.spans) == len(changed.spans) == 2
    assert shared_s(plain.spans[0], changed.spans[0]) > 0.98 * total_s(plain.spans[0])


def test_the_same_sound_gives_the_same_voices() -> None:
    sound, said = call(*TWO[:4])
    spans = [span for span, _ in said]
    assert separate_voices(sound, spans, []) == separate_voices(sound.copy(), spans, [])


@pytest.mark.parametrize(
    ("sound", "speech"),
    [
        (np.zeros(16_000, np.float32), []),
        (np.zeros(16_000, np.float32), [Span(0.2, 0.8)]),
        (np.zeros(100, np.float32), [Span(0.0, 0.005)]),
        (vs.noise(3.0, -30.0), [Span(0.0, 0.01), Span(1.0, 1.001), Span(2.0, 3.0)]),
        (np.ones(32_000, np.float32), [Span(0.0, 2.0)]),
        (vs.voiced(vs.steady(200.0, 1.0)), [Span(0.0, 5.0)]),
    ],
    ids=["nothing", "silence", "five milliseconds", "noise", "offset", "speech beyond the end"],
)
def test_whatever_it_is_given_it_answers(sound: vs.Samples, speech: list[Span]) -> None:
    words = [Word("好", Span(0.1, 0.1)), Word("的", Span(0.5, 0.9))]
    found = separate_voices(sound, speech, words)
    assert len(found.word_voices) == 2
    assert total_s(span for part in found.spans for span in part) == pytest.approx(total_s(speech))


SOUND, SAID = call(*TWO)
times = st.lists(st.tuples(st.integers(0, 270), st.integers(1, 60)), min_size=1, max_size=6)


@given(times, st.lists(st.integers(0, 280), max_size=8))
@settings(max_examples=15, deadline=None)
def test_the_voices_share_all_speech_between_them(raw: list[tuple[int, int]], said: list[int]) -> None:
    speech = merge(Span(start / 10, (start + length) / 10) for start, length in raw)
    words = [Word("好", Span(start / 10, start / 10 + 0.15)) for start in sorted(said)]
    found = separate_voices(SOUND, speech, words)
    assert merge(span for part in found.spans for span in part) == pytest.approx(merge(speech))
    parts = sum(total_s(part) for part in found.spans)
    assert parts == pytest.approx(total_s(speech), abs=1e-4)
    assert all(0 <= voice < len(found.spans) for voice in found.word_voices)
