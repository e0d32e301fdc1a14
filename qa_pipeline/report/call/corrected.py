"""Words that the project's word list corrected, with what was recognised instead, fit to be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa_pipeline.core.call import Turn, Word
from qa_pipeline.language.redaction import Mask, find_masks_by_turn
from qa_pipeline.report.text import Corrected, Range, ShownText, align_words, clean

#: Shown for what holds a part of a number that must not be shown.
_MASKED = "****"


@dataclass(frozen=True)
class _AsHeard:
    """A turn's clean text as it was recognised; ``places`` are the corrected ranges of both texts."""

    text: str
    places: tuple[tuple[Range, Range], ...]


def corrected_words(turns: Sequence[Turn], shown: Sequence[ShownText]) -> dict[int, tuple[Corrected, ...]]:
    """The corrected words by turn. A number is looked for in all that was recognised: its groups may be apart."""
    heard = {t.index: _as_heard(t, shown[t.index].text) for t in turns if any(word.heard for word in t.words)}
    if not heard:
        return {}
    texts = [heard[t.index].text if t.index in heard else shown[t.index].text for t in turns]
    masks = find_masks_by_turn(texts, [turn.role for turn in turns])
    return {index: _fit(told, masks[index], shown[index].masks) for index, told in heard.items()}


def _as_heard(turn: Turn, text: str) -> _AsHeard:
    parts, places = list[str](), list[tuple[Range, Range]]()
    position = length = 0
    for (start, end), words in _together(align_words(text, turn.words)):
        before = text[position:start]
        said = "".join(clean(word.heard or word.text).strip() for word in words)
        length += len(before)
        places.append(((start, end), (length, length + len(said))))
        parts += [before, said]
        length, position = length + len(said), end
    return _AsHeard("".join([*parts, text[position:]]), tuple(places))


def _together(placed: Sequence[tuple[Range, Word]]) -> list[tuple[Range, list[Word]]]:
    """The corrected words; those that touch are one name."""
    found: list[tuple[Range, list[Word]]] = []
    for (start, end), word in placed:
        if not word.heard:
            continue
        if found and found[-1][0][1] == start:
            found[-1] = (found[-1][0][0], end), [*found[-1][1], word]
        else:
            found.append(((start, end), [word]))
    return found


def _fit(told: _AsHeard, heard_masks: Sequence[Mask], shown_masks: Sequence[Mask]) -> tuple[Corrected, ...]:
    return tuple(
        Corrected(
            *place, _MASKED if _hidden(heard, heard_masks) or _hidden(place, shown_masks) else told.text[slice(*heard)]
        )
        for place, heard in told.places
    )


def _hidden(place: Range, masks: Sequence[Mask]) -> bool:
    return any(mask.start < place[1] and mask.end > place[0] for mask in masks)
