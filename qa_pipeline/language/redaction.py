"""Masks phone, identity card and bank card numbers, written in digits or spoken, before text is shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_DIGIT_VALUES = {c: str(i) for i, c in enumerate("零一二三四五六七八九")} | {
    "〇": "0",
    "幺": "1",
    "壹": "1",
    "两": "2",
}
_DIGIT = r"[0-9０-９" + "".join(_DIGIT_VALUES) + "]"

#: Speakers pause and recognisers put commas between the groups of a number: up to three such characters
#: (`` - ``) join it.
_JOINT = r"[\s\-–—－,，、.。．·()（）]{0,3}"

#: Seven digits in a row are a local phone number; shorter runs are prices, dates, room numbers.
MIN_DIGITS = 7
_NUMBER = re.compile(f"{_DIGIT}(?:{_JOINT}{_DIGIT}){{{MIN_DIGITS - 1},}}(?:{_JOINT}[xXｘＸ])?")

_MOBILE_DIGITS = 11


@dataclass(frozen=True, slots=True)
class Mask:
    """The characters ``start..end`` of a text are shown as ``replacement``."""

    start: int
    end: int
    replacement: str


def _digits(run: str) -> str:
    return "".join(_DIGIT_VALUES.get(c, c) for c in run if c in _DIGIT_VALUES or c.isdigit() or c in "xXｘＸ")


def _masked(run: str) -> str:
    """Mobile numbers keep 3 + 4 digits, as call centres show them; longer numbers the last 4; others the last 2."""
    digits = _digits(run)
    if len(digits) == _MOBILE_DIGITS:
        return f"{digits[:3]}****{digits[-4:]}"
    return "****" + digits[-4 if len(digits) > _MOBILE_DIGITS else -2 :]


#: Written dates and ranges of prices are no numbers of people: 2026-11-03, 1000-2000元.
_WRITTEN_DATE = re.compile(r"(?:19|20)\d\d([-./])(?:0?[1-9]|1[0-2])\1(?:[12]\d|3[01]|0?[1-9])")
_UNBROKEN = re.compile(f"{_DIGIT}{{{MIN_DIGITS}}}")
_MONEY = ("元", "块", "圆", "万")


def find_masks(text: str) -> tuple[Mask, ...]:
    """The numbers in a text that must not be shown, in order."""
    return tuple(Mask(m.start(), m.end(), _masked(m.group())) for m in _NUMBER.finditer(text) if not _is_plain(m, text))


def _is_plain(run: re.Match[str], text: str) -> bool:
    """True for dates and for prices too short to be a mobile, ID or card number."""
    if _WRITTEN_DATE.fullmatch(run.group()):
        return True
    is_money = text[run.end() : run.end() + 1].startswith(_MONEY) and len(_digits(run.group())) < _MOBILE_DIGITS
    return is_money and not _UNBROKEN.search(run.group())


def mask(text: str) -> str:
    """The text with its numbers masked."""
    for found in reversed(find_masks(text)):
        text = text[: found.start] + found.replacement + text[found.end :]
    return text


#: Part of a number that is read out in groups, one per turn: three digits or more.
_GROUP = re.compile(f"{_DIGIT}(?:{_JOINT}{_DIGIT}){{2,}}")

#: Turns of others (嗯, a repetition) that may stand between two groups of one number.
MAX_TURNS_BETWEEN_GROUPS = 2


def find_masks_by_turn(texts: Sequence[str], speakers: Sequence[str]) -> list[tuple[Mask, ...]]:
    """The masks of each turn, also of numbers that one speaker reads out in groups over several turns."""
    masks = [find_masks(text) for text in texts]
    for chain in _group_chains(texts, speakers):
        if sum(len(_digits(group.group())) for _, group in chain) >= MIN_DIGITS:
            for turn, group in chain:
                masks[turn] = masks[turn] or (Mask(group.start(), group.end(), "****"),)
    return masks


def _group_chains(texts: Sequence[str], speakers: Sequence[str]) -> list[list[tuple[int, re.Match[str]]]]:
    """Turns that are little but a group of digits, chained as long as the same speaker goes on soon."""
    chains: list[list[tuple[int, re.Match[str]]]] = []
    open_chain: dict[str, list[tuple[int, re.Match[str]]]] = {}
    for turn, (text, speaker) in enumerate(zip(texts, speakers, strict=True)):
        group = _GROUP.search(text)
        if group is None or 2 * len(_digits(group.group())) < sum(character.isalnum() for character in text):
            continue
        chain = open_chain.get(speaker)
        if chain is None or turn - chain[-1][0] > MAX_TURNS_BETWEEN_GROUPS + 1:
            chain = open_chain[speaker] = []
            chains.append(chain)
        chain.append((turn, group))
    return chains


#: A date, or date and time, as recorders put them into file names: 20261103, 20261103141500.
_DATE = re.compile(r"20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d[0-5]\d[0-5]\d|2[0-3][0-5]\d[0-5]\d)?")


def mask_identifier(text: str) -> str:
    """A customer id or file name with its long digit runs masked; dates stay readable."""
    return re.sub(rf"[0-9]{{{MIN_DIGITS},}}", _masked_unless_date, text)


def _masked_unless_date(run: re.Match[str]) -> str:
    return run.group() if _DATE.fullmatch(run.group()) else _masked(run.group())
