"""Signs that recognised words were never said. Nothing is dropped for them: doubted words keep a low confidence.

The bounds and what they were measured on: docs/guards.md.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from qa_pipeline.core.call import Doubt, Segment, Word
from qa_pipeline.language.normalise import comparable
from qa_pipeline.language.word_list import EMPTY, WordList
from qa_pipeline.transcribe.foreign import is_foreign
from qa_pipeline.transcribe.loops import is_loop
from qa_pipeline.transcribe.spoken_tokens import syllables, tokens
from qa_pipeline.transcribe.subtitles import never_said, only_farewells

#: The confidence of words that are doubted, at most.
CEILING = 0.2

#: Voice activity keeps no shorter sound: the shortest syllable lasts about this long (seconds).
_MIN_VOICE_S = 0.12
#: Syllables that fit into so many seconds of voice: Mandarin has 5.2 a second, English 6.2 (Pellegrino, Coupé and
#: Marsico 2011, read texts); nobody keeps up ten. A few more for short stretches, whose ends are cut.
_MAX_RATE, _SPARE = 10.0, 3
#: A stretch this long (seconds) with fewer syllables a second is no talk.
_LONG_S, _MIN_RATE = 6.0, 0.6
#: Belief is the mean probability of the words times the engine's probability that somebody speaks at all. Under
#: Whisper's own bound for the words alone (log_prob_threshold -1.0) none is believed; sounds without a word (嗯, uh),
#: which a model writes over every hum and tone, need more than scoring asks of a call (0.6).
_LEAST_BELIEF, _LEAST_BELIEF_SOUNDS = math.exp(-1.0), 0.75
_SOUNDS = frozenset(
    (*"嗯呃额诶欸哎啊哦喔噢唔哼呵", "uh", "um", "uhm", "er", "ah", "oh", "mm", "hm", "hmm", "mhm", "huh")
)
#: A single listed word is weak under this probability, or where the engine hears no speech (no_speech_threshold).
_WEAK, _SILENT = 0.6, 0.6
#: What may be said is believed from here on, spoken at an ordinary rate (syllables a second).
_SURE, _SURE_SILENCE, _USUAL_RATE = 0.9, 0.3, (1.0, 8.0)
#: So many listed words in the list's order and nothing else: the prompt read out.
_READ_OUT = 4
#: The same sentence in so many stretches is looked at; shorter ones (好的，谢谢您) come often in every call.
_TIMES, _MIN_SENTENCE = 3, 6
#: Repeats of less confidence were perhaps never said.
_REPEAT_SURE = 0.7


@dataclass(frozen=True, slots=True)
class _Stretch:
    """One stretch of speech as the guards see it."""

    text: str
    parts: tuple[str, ...]
    speech_s: float
    probability: float | None
    no_speech: float | None

    @property
    def rate(self) -> float:
        """Syllables a second."""
        return syllables(self.parts) / max(self.speech_s, 0.01)

    @property
    def sure(self) -> bool:
        """Whether everything that is known speaks for the words."""
        low, high = _USUAL_RATE
        known = self.probability is not None and self.probability >= _SURE
        return known and low <= self.rate <= high and (self.no_speech or 0.0) < _SURE_SILENCE


def doubts(
    text: str,
    words: Sequence[Word],
    speech_s: float,
    language: str,
    shown: WordList,
    *,
    own: WordList = EMPTY,
    no_speech: float | None = None,
) -> tuple[Doubt, ...]:
    """What speaks against the words of one stretch; empty where nothing does.

    Args:
        words: their probabilities, where the engine gives any.
        speech_s: seconds of voice in the stretch.
        language: of the call, ISO 639-1.
        shown: the words that the engine was shown: no others can be its prompt read out.
        own: words of the project that are not foreign; those shown are none either.
        no_speech: the engine's probability that nobody speaks, where it gives one.
    """
    parts = tokens(text)
    stretch = _Stretch(text, parts, speech_s, _probability(words), no_speech)
    return tuple(_found(stretch, language, shown, own)) if parts else ()


def is_read_out(text: str, words: Sequence[Word], speech_s: float, shown: WordList) -> bool:
    """Whether the words of one stretch are hardly more than the list that the engine was shown; else as ``doubts``."""
    parts = tokens(text)
    return bool(parts) and _is_prompt(_Stretch(text, parts, speech_s, _probability(words), None), shown)


def _found(stretch: _Stretch, language: str, shown: WordList, own: WordList) -> Iterator[Doubt]:
    if never_said(stretch.text) or (only_farewells(stretch.text) and not stretch.sure):
        yield Doubt.SUBTITLE
    if is_loop(stretch.parts):
        yield Doubt.LOOP
    if stretch.speech_s < _MIN_VOICE_S:
        yield Doubt.NO_SPEECH
    elif _impossible_rate(stretch):
        yield Doubt.RATE
    if _is_prompt(stretch, shown):
        yield Doubt.LISTED_WORDS
    if is_foreign(stretch.text, language, own.words or shown.words):
        yield Doubt.LANGUAGE
    if _engine_unsure(stretch):
        yield Doubt.UNSURE


def _probability(words: Sequence[Word]) -> float | None:
    known = [word.probability for word in words if word.probability is not None]
    return sum(known) / len(known) if known else None


def _impossible_rate(stretch: _Stretch) -> bool:
    spoken = syllables(stretch.parts)
    too_many = spoken > _SPARE + _MAX_RATE * stretch.speech_s
    return too_many or (stretch.speech_s >= _LONG_S and spoken < _MIN_RATE * stretch.speech_s)


def _engine_unsure(stretch: _Stretch) -> bool:
    if stretch.probability is None:
        return False
    belief = stretch.probability * (1.0 - (stretch.no_speech or 0.0))
    return belief < (_LEAST_BELIEF_SOUNDS if _SOUNDS.issuperset(stretch.parts) else _LEAST_BELIEF)


def _is_prompt(stretch: _Stretch, shown: WordList) -> bool:
    """Nothing but listed words: many in the list's order, or fewer that are not surely said."""
    said = _listed_only(comparable(stretch.text), shown.words)
    in_order = sum(1 for one, two in pairwise(said) if two == one + 1) + 1
    return bool(said) and (in_order >= _READ_OUT or (not stretch.sure and (len(said) > 1 or _weak(stretch))))


def _weak(stretch: _Stretch) -> bool:
    """Whether something speaks against a single listed word: a customer may well answer with one."""
    unsure = stretch.probability is not None and stretch.probability < _WEAK
    return unsure or (stretch.no_speech or 0.0) > _SILENT or not _USUAL_RATE[0] <= stretch.rate <= _MAX_RATE


@lru_cache(maxsize=4096)
def _listed_only(plain: str, words: tuple[str, ...]) -> tuple[int, ...]:
    """The places in the list of the words that a text in normal form is made of; empty where it holds anything else."""
    places = _places(words)
    found: list[int] = []
    at = 0
    while at < len(plain):
        word = next((word for word in places if plain.startswith(word, at)), None)
        if word is None:
            return ()
        found.append(places[word])
        at += len(word)
    return tuple(found)


@lru_cache(maxsize=8)
def _places(words: tuple[str, ...]) -> dict[str, int]:
    """Normal forms, the longest first, and their places in the list."""
    forms = {comparable(word): place for place, word in enumerate(words)}
    return {form: forms[form] for form in sorted(forms, key=len, reverse=True) if form}


def repeated(segments: Sequence[Segment]) -> set[int]:
    """Indices of segments that say what many others say too and of which the engine is not sure.

    Agents do repeat sentences: what is surely recognised and took its time is believed.
    """
    same: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for index, segment in enumerate(segments):
        parts = tokens(segment.text)
        if len(parts) >= _MIN_SENTENCE:
            same[parts].append(index)
    return {
        index
        for indices in same.values()
        if len(indices) >= _TIMES
        for index in indices
        if _hardly_said(segments[index])
    }


def _hardly_said(segment: Segment) -> bool:
    too_short = syllables(tokens(segment.text)) > _MAX_RATE * segment.span.duration_s
    return too_short or (segment.confidence is not None and segment.confidence < _REPEAT_SURE)


def doubted(segment: Segment, found: Sequence[Doubt]) -> Segment:
    """The segment with its doubts and a confidence of at most ``CEILING``."""
    confidence = CEILING if segment.confidence is None else min(CEILING, segment.confidence)
    return replace(segment, doubts=tuple(dict.fromkeys((*segment.doubts, *found))), confidence=confidence)
