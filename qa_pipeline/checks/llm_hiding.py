"""What a language model is shown of a turn: numbers of people masked, the agent's name, id and team left out.

Every character that is sent remembers the original characters behind it, so that a quote leads back to its place.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from qa_pipeline.core.call import Call, CallMetadata, Role
from qa_pipeline.language.names import find_names
from qa_pipeline.language.normalise import Form, comparable, normalise
from qa_pipeline.language.phonetic import find_by_sound
from qa_pipeline.language.redaction import Mask, find_masks_by_turn

#: Stands where a name or an id was said.
HIDDEN = "○○"

#: Digits alone must be so many to be taken for an id of the metadata: shorter ones are prices and speeds as well.
_MIN_ID_DIGITS = 4

_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]+")
_FAMILIAR = ("小", "老", "阿")
_TITLES = ("经理", "主管", "老师", "顾问", "专员", "客服", "先生", "女士", "小姐")

#: A staff number, also where the metadata names none: 工号3052, 工号是三零五二.
_STAFF_NUMBER = re.compile(
    r"工号[是为:：,，\s]{0,3}([0-9A-Za-z０-９零一二三四五六七八九〇幺两](?:[-\s]?[0-9A-Za-z０-９零一二三四五六七八九〇幺两]){1,11})"
)


@dataclass(frozen=True, slots=True)
class SentText:
    """``text[i]`` stands for the original characters ``starts[i]`` up to ``ends[i]``."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def find(self, quote: str) -> tuple[int, int] | None:
        """The original range of the first place where the quote stands; None where it does not."""
        at = self.text.find(quote)
        return None if at < 0 else (self.starts[at], self.ends[at + len(quote) - 1])


def sent_texts(call: Call) -> tuple[SentText, ...]:
    """Each turn of the call as it may be sent."""
    cleaned = [list(_clean(turn.text)) for turn in call.turns]
    texts = ["".join(character for character, _ in pieces) for pieces in cleaned]
    masks = find_masks_by_turn(texts, [turn.role for turn in call.turns])
    own = [
        [] if turn.role is Role.CUSTOMER else list(_own_names(text))
        for turn, text in zip(call.turns, texts, strict=True)
    ]
    said = {text[mask.start : mask.end] for text, found in zip(texts, own, strict=True) for mask in found}
    # A surname alone is hidden where it is given, and as 小林 or 林经理 elsewhere: by itself it is part of other words.
    given = {form for name in said for form in _forms(name) if len(form) > 1}
    names, ids = sorted({*names_of(call.metadata), *given}), _ids_of(call)
    hidden = [
        _merged([*masks[i], *own[i], *_staff_numbers(text), *_identities(text, names, ids)])
        for i, text in enumerate(texts)
    ]
    return tuple(_replaced(pieces, hidden[i]) for i, pieces in enumerate(cleaned))


def _clean(text: str) -> Iterator[tuple[str, int]]:
    """Characters with their position: marks that could hide a number are dropped, line ends become spaces."""
    for index, character in enumerate(text):
        category = unicodedata.category(character)
        if category == "Cs":
            yield "\ufffd", index
        elif category != "Cf":
            yield " " if category in ("Cc", "Zl", "Zp") else character, index


def names_of(metadata: CallMetadata) -> tuple[str, ...]:
    """The agent's name as it may be said, in the form in which texts are compared: 林晓雨, 晓雨, 小林, 林经理."""
    return tuple(sorted(_forms((metadata.agent_name or "").strip())))


def _forms(name: str) -> set[str]:
    found = {comparable(name)}
    if _HAN.fullmatch(name) and len(name) <= 4 and name[0] not in _FAMILIAR:
        surname, given = (name[:2], name[2:]) if len(name) == 4 else (name[:1], name[1:])
        found |= {comparable(given)} if len(given) > 1 else set()
        found |= {comparable(before + surname) for before in _FAMILIAR}
        found |= {comparable(surname + title) for title in _TITLES}
    elif name.isascii():
        found |= {comparable(part) for part in name.split() if len(part) > 2}
    return found - {""}


def _ids_of(call: Call) -> tuple[str, ...]:
    """Ids and the team of the metadata, where they would be known again in the text."""
    said = (call.metadata.agent_id, call.metadata.team, call.metadata.customer_id, call.call_id)
    plain = {comparable(value) for value in said if value}
    return tuple(sorted(v for v in plain if len(v) >= (_MIN_ID_DIGITS if v.isdigit() else 2)))


def _own_names(text: str) -> Iterator[Mask]:
    """Where speakers say their own name: 我叫李明, 云桥通信的陈雨桐."""
    return (Mask(start, end, HIDDEN) for fact, start, end, _ in find_names(text) if fact == "own_name")


def _staff_numbers(text: str) -> Iterator[Mask]:
    return (Mask(*found.span(1), HIDDEN) for found in _STAFF_NUMBER.finditer(text))


def _identities(text: str, names: Iterable[str], ids: Iterable[str]) -> Iterator[Mask]:
    for name in names:
        yield from _places(text, name, Form.PLAIN)
    for identity in ids:
        # In both forms: digits that were spoken (三零五二), and ids that hold a numeral of their own (一组3号).
        yield from _places(text, identity, Form.NUMBERS)
        yield from _places(text, identity, Form.PLAIN)


def _places(text: str, term: str, form: Form) -> Iterator[Mask]:
    """Where a term is said; Chinese ones also by their sound, since recognisers guess how names are written."""
    normal = normalise(text, form)
    exact = [(m.start(), m.end()) for m in re.finditer(re.escape(term), normal.text)]
    alike = find_by_sound(term, normal.text, sensible_too=True) if len(term) > 1 and _HAN.fullmatch(term) else []
    for at, end_at in (*exact, *alike):
        start, end = normal.original_range(at, end_at)
        if not (_joined(text, start) or _joined(text, end)):
            yield Mask(start, end, HIDDEN)


def _joined(text: str, border: int) -> bool:
    """Whether the border cuts a word of Latin letters or a number in two."""
    around = text[max(0, border - 1) : border + 1]
    return 0 < border < len(text) and around.isascii() and around.isalnum()


def _merged(masks: Iterable[Mask]) -> list[Mask]:
    """In order, overlapping ones made one."""
    kept: list[Mask] = []
    for mask in sorted(masks, key=lambda m: (m.start, -m.end)):
        if kept and mask.start < kept[-1].end:
            kept[-1] = Mask(kept[-1].start, max(kept[-1].end, mask.end), kept[-1].replacement)
        else:
            kept.append(mask)
    return kept


def _replaced(pieces: list[tuple[str, int]], masks: list[Mask]) -> SentText:
    """The cleaned characters with masks (ranges of cleaned characters) put over them."""
    shown: list[tuple[str, int, int]] = []
    position = 0
    for mask in masks:
        shown += [(character, index, index + 1) for character, index in pieces[position : mask.start]]
        start, end = pieces[mask.start][1], pieces[mask.end - 1][1] + 1
        shown += [(character, start, end) for character in mask.replacement]
        position = mask.end
    shown += [(character, index, index + 1) for character, index in pieces[position:]]
    return SentText("".join(c for c, _, _ in shown), tuple(a for _, a, _ in shown), tuple(b for _, _, b in shown))
