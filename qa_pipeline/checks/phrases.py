"""``phrases``: does somebody say (or never say) certain words?

Phrases are compared character by character in a normal form, so punctuation, width, case, script and the way numbers
are written do not matter, and no word segmentation can lose them.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from qa_pipeline.checks.base import Texts, register
from qa_pipeline.checks.context import Context, quote_of
from qa_pipeline.checks.finding import Finding, holds, in_order, too_few
from qa_pipeline.checks.places import MAX_EDITED_CHARACTERS, SearchedTurns, nearest_passage
from qa_pipeline.checks.scope import searchable
from qa_pipeline.checks.spoken import SpokenScope, unwanted, wanted
from qa_pipeline.core.score import How, Quote, Reason
from qa_pipeline.language.normalise import Form, comparable
from qa_pipeline.language.phonetic import Near

#: Missing phrases named in the reason before the rest is left out.
LISTED_PHRASES = 4

NearSounds = Annotated[tuple[Annotated[Near, Field(strict=False)], ...], Field(strict=False)]
FormName = Annotated[Form, Field(strict=False)]


#: Chinese marks that people type between phrases, where YAML wants a plain comma.
_JOINS = re.compile(r"[，、；]")


class PhrasesParams(SpokenScope):
    """Exactly one of ``any``, ``all`` and ``none``."""

    any: Texts = Field((), description="at least min_hits of these hits occur")
    all: Texts = Field((), description="each of these occurs")
    none: Texts = Field((), description="none of these occurs")
    fuzzy: Literal["none", "pinyin", "edit"] = Field(
        "none", description="pinyin: homophones count; edit: one wrong character in four counts"
    )
    near: NearSounds = Field((), description="with pinyin: also n_l, zh_z, f_h, in_ing sound alike")
    form: FormName = Field(Form.NUMBERS, description="normal form: numbers (三十九块 = 39元) or plain")

    @model_validator(mode="after")
    def _one_list(self) -> Self:
        if sum(bool(phrases) for phrases in (self.any, self.all, self.none)) != 1:
            raise ValueError("give exactly one of any, all, none with at least one phrase")
        if any(not comparable(phrase) for phrase in self.wanted):
            raise ValueError("a phrase needs at least one letter, digit or character")
        joined = next((phrase for phrase in self.wanted if _JOINS.search(phrase)), None)
        if joined is not None:
            raise ValueError(f"{joined} is one phrase: write , between phrases; marks inside a phrase mean nothing")
        repeated = {phrase for phrase in self.wanted if self.wanted.count(phrase) > 1}
        if repeated:
            raise ValueError(f"the phrase {min(repeated)} stands twice")
        if self.min_hits > 1 and not self.any:
            raise ValueError("min_hits goes with any")
        if self.every_turn and not self.any:
            raise ValueError("every_turn goes with any")
        if self.fuzzy == "edit" and any(_characters(phrase) > MAX_EDITED_CHARACTERS for phrase in self.wanted):
            raise ValueError(f"with fuzzy: edit a phrase has at most {MAX_EDITED_CHARACTERS} characters: use similar")
        if self.near and self.fuzzy != "pinyin":
            raise ValueError("near goes with fuzzy: pinyin")
        return self

    @property
    def wanted(self) -> tuple[str, ...]:
        return self.any or self.all or self.none


@register("phrases", PhrasesParams, of_words=True)
def check_phrases(params: PhrasesParams, context: Context) -> Finding:
    """Certain words are said, or never said."""
    window = searchable(params, context)
    if isinstance(window, Finding):
        return window
    turns = SearchedTurns(context, window)
    hits = {phrase: find_phrase(phrase, params, turns) for phrase in params.wanted}
    # Of two phrases found at the same place, the one that is written there is shown.
    quotes = in_order(sorted((q for found in hits.values() for q in found), key=lambda q: q.how is not How.EXACT))
    if params.none:
        return unwanted(window, quotes, Reason("phrases_none", {"count": len(params.none)}))
    found = Reason("phrases_found", {"phrase": quotes[0].matched if quotes else "", "count": len(quotes)})
    absent = [phrase for phrase in params.wanted if not hits[phrase]]
    missing = Reason("phrases_missing", {"wanted": _listing(absent)})
    if params.all:
        if not absent:
            return holds(found, window, quotes)
        # The phrases that are there do not show the miss.
        closest = nearest_passage(absent, params.form, turns)
        return too_few(missing, window, (closest,) if closest else quotes)
    if quotes:
        return wanted(params, window, quotes, found, Reason("phrases_too_few", _counts(params, quotes)))
    nearest = None if params.every_turn else nearest_passage(params.any, params.form, turns)
    return wanted(params, window, quotes, found, missing, nearest=nearest)


def find_phrase(phrase: str, params: PhrasesParams, turns: SearchedTurns) -> tuple[Quote, ...]:
    """Where a phrase stands in the turns, the way the parameters ask for."""
    places = turns.exact(phrase, params.form)
    if params.fuzzy == "pinyin":
        places += turns.by_sound(phrase, frozenset(params.near), places)
    elif params.fuzzy == "edit":
        places += turns.edited(phrase, params.form, places)
    return turns.window.only(
        quote_of(turn, place.start, place.end, phrase, place.how, place.similarity)
        for place in places
        if params.counts(turn := turns.turn(place.turn), place.start, place.end)
    )


def _characters(phrase: str) -> int:
    """Characters that are compared, in whichever form has more."""
    return max(len(comparable(phrase, form)) for form in Form)


def _counts(params: PhrasesParams, quotes: tuple[Quote, ...]) -> dict[str, int]:
    return {"count": len(quotes), "wanted": params.min_hits}


def _listing(phrases: list[str]) -> str:
    """A few phrases as words for people."""
    return "、".join(phrases[:LISTED_PHRASES]) + (" …" if len(phrases) > LISTED_PHRASES else "")
