"""Masks phone, identity card and bank card numbers, written in digits or spoken, before text is shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa_pipeline.language.number_groups import (
    DIGIT,
    DIGIT_VALUES,
    Group,
    X,
    find_groups,
    groups_of_numbers,
    is_figure,
    is_whole,
)

#: Speakers pause and recognisers put commas between the groups of a number: up to three such characters
#: (`` - ``) join it.
_JOINT = r"[\s\-–—－,，、.。．·()（）]{0,3}"

#: Seven digits in a row are a local phone number; shorter runs are prices, dates, room numbers.
MIN_DIGITS = 7
_NUMBER = re.compile(f"{DIGIT}(?:{_JOINT}{DIGIT}){{{MIN_DIGITS - 1},}}(?:{_JOINT}[{X}])?")

_MOBILE_DIGITS = 11


@dataclass(frozen=True, slots=True)
class Mask:
    """The characters ``start..end`` of a text are shown as ``replacement``."""

    start: int
    end: int
    replacement: str


def _digits(run: str) -> str:
    return "".join(DIGIT_VALUES.get(c, c) for c in run if c in DIGIT_VALUES or c.isdigit() or c in X)


def _masked(run: str) -> str:
    """Mobile numbers keep 3 + 4 digits, as call centres show them; longer numbers the last 4; others the last 2."""
    digits = _digits(run)
    if len(digits) == _MOBILE_DIGITS:
        return f"{digits[:3]}****{digits[-4:]}"
    return "****" + digits[-4 if len(digits) > _MOBILE_DIGITS else -2 :]


#: Written dates and ranges of prices are no numbers of people: 2026-11-03, 1000-2000元.
_WRITTEN_DATE = re.compile(r"(?:19|20)\d\d([-./])(?:0?[1-9]|1[0-2])\1(?:[12]\d|3[01]|0?[1-9])")
_UNBROKEN = re.compile(f"{DIGIT}{{{MIN_DIGITS}}}")
_MONEY = ("元", "块", "圆", "万")


def find_masks(text: str) -> tuple[Mask, ...]:
    """The numbers in a text that must not be shown, in order."""
    return find_masks_by_turn([text], [""])[0]


def _runs(text: str) -> list[Mask]:
    return [Mask(m.start(), m.end(), _masked(m.group())) for m in _NUMBER.finditer(text) if not _is_plain(m, text)]


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
_GROUP = re.compile(f"{DIGIT}(?:{_JOINT}{DIGIT}){{2,}}")

#: Turns of others (嗯, a repetition) that may stand between two groups of one number.
MAX_TURNS_BETWEEN_GROUPS = 2


def find_masks_by_turn(texts: Sequence[str], speakers: Sequence[str]) -> list[tuple[Mask, ...]]:
    """The masks of each turn, also of numbers that are read out in groups, in one turn or over several."""
    groups = find_groups(texts)
    digits = _digits_by_turn(groups)
    # The last digit of a run may stand before a word and be in no group.
    masks = {turn: _runs(texts[turn]) for turn, count in digits.items() if count >= MIN_DIGITS - 1}
    for group in groups_of_numbers(texts, speakers, groups):
        found = [_hidden_part(one, group, texts[group.turn]) for one in masks.get(group.turn, ())]
        masks[group.turn] = _with(found, group.start, group.end)
    for chain in _group_chains(texts, speakers, [turn for turn, count in digits.items() if count >= 2]):
        if len(chain) > 1 and sum(len(_digits(group.group())) for _, group in chain) >= MIN_DIGITS:
            for turn, run in chain:
                masks[turn] = _with(masks.get(turn, []), run.start(), run.end())
    result: list[tuple[Mask, ...]] = [()] * len(texts)
    for turn, found in masks.items():
        result[turn] = tuple(sorted(found, key=lambda mask: mask.start))
    return result


def _digits_by_turn(groups: Sequence[Group]) -> dict[int, int]:
    counts: dict[int, int] = {}
    for group in groups:
        counts[group.turn] = counts.get(group.turn, 0) + len(group.digits)
    return counts


def _hidden_part(found: Mask, group: Group, text: str) -> Mask:
    """A mask that keeps no last digits where it holds but a part of a number that is read out in groups."""
    is_part = found.start <= group.start < found.end and not is_whole(text[found.start : found.end])
    return Mask(found.start, found.end, "****") if is_part else found


def _with(masks: list[Mask], start: int, end: int) -> list[Mask]:
    """With a mask for a group, too; what it shares with others becomes one mask with them."""
    if any(found.start <= start and end <= found.end for found in masks):
        return masks
    shared = [found for found in masks if found.start < end and start < found.end]
    start, end = min([start, *(m.start for m in shared)]), max([end, *(m.end for m in shared)])
    return [*(found for found in masks if found not in shared), Mask(start, end, "****")]


def _group_chains(
    texts: Sequence[str], speakers: Sequence[str], turns: Sequence[int]
) -> list[list[tuple[int, re.Match[str]]]]:
    """Turns that are little but a group of digits, chained as long as the same speaker goes on soon.

    They need not make a whole number: the recogniser may have lost a digit.
    """
    chains: list[list[tuple[int, re.Match[str]]]] = []
    open_chain: dict[str, list[tuple[int, re.Match[str]]]] = {}
    for turn in turns:
        text, speaker = texts[turn], speakers[turn]
        group = _GROUP.search(text)
        if group is None or _is_plain(group, text) or 2 * len(_digits(group.group())) < sum(map(str.isalnum, text)):
            continue
        if is_figure(Group(turn, group.start(), group.end(), group.group()), text):
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
