"""``similar``: does somebody say something close to one of these sentences?

Closeness is the share of the sentence's pairs of neighbouring characters that the best stretch of the turn holds too
(recall of bigrams, as in ROUGE-2, Lin 2004); with ``fuzzy: pinyin`` pairs of sounds are compared instead. A stretch is
at most a quarter longer than the sentence, so that pairs scattered over a long turn are not close to anything.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from itertools import pairwise
from typing import Literal, Self

from pydantic import Field, model_validator

from qa_pipeline.checks.base import Texts, register
from qa_pipeline.checks.context import Context, quote_of
from qa_pipeline.checks.finding import Finding
from qa_pipeline.checks.scope import searchable
from qa_pipeline.checks.spoken import SpokenScope, unwanted, wanted
from qa_pipeline.core.score import How, Quote, Reason
from qa_pipeline.language.normalise import Form, comparable
from qa_pipeline.language.phonetic import sound_of
from qa_pipeline.language.polarity import denials

#: A stretch may be this much longer than the sentence, for fillers and repairs.
STRETCH = 1.25

#: Shorter sentences have too few pairs to be compared.
MIN_CHARACTERS = 4


class SimilarParams(SpokenScope):
    """Sentences, and how close a passage must come to one of them."""

    to: Texts = Field(min_length=1, description="sentences; close to any of them counts")
    threshold: float = Field(0.6, gt=0, le=1, description="share of common pairs of characters that is needed")
    fuzzy: Literal["none", "pinyin"] = Field("none", description="pinyin: compare sounds instead of characters")
    forbid: bool = Field(False, description="the check holds when nothing comes so close")

    @model_validator(mode="after")
    def _long_enough(self) -> Self:
        short = [sentence for sentence in self.to if len(comparable(sentence)) < MIN_CHARACTERS]
        if short:
            raise ValueError(f"{short[0]!r} is too short to be compared: use phrases")
        return self


@register("similar", SimilarParams, of_words=True)
def check_similar(params: SimilarParams, context: Context) -> Finding:
    """Something close to one of the given sentences is said."""
    window = searchable(params, context)
    if isinstance(window, Finding):
        return window
    close = [quote for index in window.turns if (quote := _best(params, index, context))]
    hits = window.only(quote for quote in close if (quote.similarity or 0.0) >= params.threshold)
    if params.forbid:
        return unwanted(window, hits, Reason("similar_none"))
    nearest = max(close, key=lambda quote: quote.similarity or 0.0, default=None)
    # Rounded down, so that a near miss never shows the threshold itself.
    missing = Reason("similar_missing", {"percent": int(100 * (nearest.similarity or 0.0)) if nearest else 0})
    found = Reason("similar_found", {"phrase": hits[0].matched if hits else ""})
    return wanted(params, window, hits, found, missing, nearest=None if hits else nearest)


def _best(params: SimilarParams, index: int, context: Context) -> Quote | None:
    """The stretch of a turn that comes closest to one of the sentences; None where nothing counts."""
    turn, normal = context.call.turns[index], context.normal(index, Form.NUMBERS)
    best: Quote | None = None
    for sentence in params.to:
        similarity, at, end_at = closest_stretch(comparable(sentence, Form.NUMBERS), normal.text, params.fuzzy)
        if similarity <= ((best.similarity or 0.0) if best else 0.0):
            continue
        start, end = normal.original_range(at, end_at)
        if params.counts(turn, start, end) and not (
            params.ignore_negated and denials(sentence) % 2 != denials(turn.text[start:end]) % 2
        ):
            best = quote_of(turn, start, end, sentence, How.SIMILAR, similarity)
    return best


@lru_cache(maxsize=16384)
def closest_stretch(sentence: str, text: str, fuzzy: str = "none") -> tuple[float, int, int]:
    """(similarity 0..1, start, end) of the stretch of ``text`` that is most like ``sentence``, from its first to its
    last common pair; the first of several."""
    if fuzzy == "pinyin":
        sentence, heard = sound_of(sentence), sound_of(text)
    else:
        heard = text
    target = Counter(pairwise(sentence))
    pairs = list(pairwise(heard))
    if not target or target.keys().isdisjoint(pairs):
        return 0.0, 0, 0
    best, start, end = _fullest(pairs, target, max(len(target), round(len(sentence) * STRETCH) - 1))
    return best / target.total(), start, end + 1


def _fullest(pairs: list[tuple[str, str]], target: Counter[tuple[str, str]], size: int) -> tuple[int, int, int]:
    """(common pairs, first, last + 1) of the run of at most ``size`` pairs that has most in common with ``target``."""
    inside: Counter[tuple[str, str]] = Counter()
    common, best = 0, (0, 0, 0)
    for at, pair in enumerate(pairs):
        inside[pair] += 1
        common += inside[pair] <= target[pair]
        if at >= size:
            left = pairs[at - size]
            common -= inside[left] <= target[left]
            inside[left] -= 1
        if common > best[0]:
            first = next(i for i in range(max(0, at - size + 1), at + 1) if pairs[i] in target)
            best = (common, first, at + 1)
    return best
