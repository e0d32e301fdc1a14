"""Facts that their form gives away: prices, percentages, phone numbers, dates, times, durations, counts, names.

What needs understanding (provider, decision maker …) is found by later steps and stored with the call.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache

from qa_pipeline.core.facts import Fact
from qa_pipeline.language.english_numbers import find_english_numerals
from qa_pipeline.language.names import NAME_FACTS, find_names
from qa_pipeline.language.normalise import NormalText, simplify_character
from qa_pipeline.language.numerals import find_numerals
from qa_pipeline.language.quantity_patterns import BORDER, ORDINAL_BEHIND, PATTERNS

#: Every fact that is found here.
FACT_NAMES = frozenset(name for name, _ in PATTERNS) | NAME_FACTS

_DIGIT = re.compile("[0-9]")
_NEEDS_DIGIT = {"number", "digits", "hour"}
#: Most turns hold no number: these are all that can be found in them.
_WITHOUT_DIGITS = tuple((name, pattern) for name, pattern in PATTERNS if not _NEEDS_DIGIT & set(pattern.groupindex))

#: What counts only where the same words say nothing more exact: 三个月, 五个人, 尾号三零七二.
_WEAK = {"quantity", "duration", "amount"}

#: 一块 alone is "together" or "a part" more often than one yuan; so are 两块, 三块 behind 这 and 分.
_BARE_PIECE = re.compile(r"[一1]块$|[这那哪几分][二三两几2-9]块$")

#: A bare number is money where it is said with its units: 一万二千八, not 128 or 幺二八.
_SAID_IN_UNITS = re.compile("[百千万]")
_MIN_AMOUNT = 100
_MIN_PRICE = 10

#: 快一点, 便宜一点: a bit.
_A_BIT = {"一点", "1点", "一点多", "1点多"}

#: 零三年, 九八年: read digit by digit, a year and not a number of years.
_SHORT_YEAR = re.compile("[零〇一二三四五六七八九]{2}年")
_LAST_DAY = 31
_MIN_COMPANY = 2

_WEEKDAY = re.compile("(?<=[周拜期])[一二三四五六](?=十[一二]?点)")

_PERCENT_OF = {"千分之": 0.1, "万分之": 0.01}
_HALF_PRICE = 50.0

#: Characters that may stand between a price and what it is paid for: 一个月才一百二.
_NEAR = 2


@dataclass(frozen=True, slots=True)
class Quantity:
    """A fact in a text: the characters ``start..end``, its value in digits, and its number and unit where it has them.

    Numbers are in the unit said, but: percentages in percent, discounts in percent of the price that is still paid,
    times of day in hours.
    """

    name: str
    start: int
    end: int
    value: str
    number: float | None = None
    unit: str = ""


def facts_in(text: str, turn: int) -> tuple[Fact, ...]:
    """The facts of one turn."""
    return tuple(Fact(q.name, q.value, turn, q.start, q.end, q.number, q.unit) for q in quantities(text))


@lru_cache(maxsize=4096)
def quantities(text: str) -> tuple[Quantity, ...]:
    """Every quantity and name of a text, in order."""
    line = _line(text)
    patterns = PATTERNS if _DIGIT.search(line.text) else _WITHOUT_DIGITS
    found = [_read(name, match, line) for name, pattern in patterns for match in pattern.finditer(line.text)]
    longest = _longest([quantity for quantity in found if _is_one(quantity, text)])
    kept = [quantity for quantity in longest if not _says_less(quantity, longest)]
    money = [replace(quantity, name="amount") for quantity in kept if quantity.name == "price"]
    names = [Quantity(name, start, end, value) for name, start, end, value in find_names(text)]
    return tuple(sorted(kept + money + names, key=lambda q: (q.start, q.end, q.name)))


def _line(text: str) -> NormalText:
    """The text with spoken numerals as digits; punctuation and spaces are kept, for they end what belongs together."""
    folded = [_folded(character) for character in text]
    line = "".join(folded)
    even = len(line) == len(text)
    origin = list(range(len(text))) if even else [index for index, piece in enumerate(folded) for _ in piece]
    pieces: list[str] = []
    first: list[int] = []
    last: list[int] = []
    position = 0
    for start, end, digits in [*_numerals(line), (len(line), len(line), "")]:
        pieces.append(line[position:start])
        first += origin[position:start]
        last += origin[position:start]
        if digits and position == start > 0:
            pieces.append(BORDER)
            first.append(origin[start])
            last.append(origin[start])
        if digits:
            pieces.append(digits)
            first += [origin[start]] * len(digits)
            last += [origin[end - 1]] * len(digits)
        position = end
    return NormalText("".join(pieces), tuple(first), tuple(last))


def _numerals(line: str) -> list[tuple[int, int, str]]:
    """(start, end, digits) of every spoken number. What is said about roughly stays in words."""
    # 周二十点 is Tuesday at ten, not 20 o'clock.
    spoken = find_numerals(_WEEKDAY.sub("\x1e", line))
    both = [*spoken, *(n for n in find_english_numerals(line) if not ORDINAL_BEHIND.match(line, n.end))]
    return sorted((n.start, n.end, n.text) for n in both)


@lru_cache(maxsize=16384)
def _folded(character: str) -> str:
    # The full-width comma stays one: 99，129 are two prices, 1,280 is one.
    if character == "，":
        return character
    folded = unicodedata.normalize("NFKC", character).casefold()
    return "".join(simplify_character(c) if ord(c) > 0x2E7F else c for c in folded)


def _read(name: str, match: re.Match[str], line: NormalText) -> Quantity:
    groups = match.groupdict()
    span = match.span("digits") if groups.get("digits") else _without_cue(name, match)
    start, end = line.original_range(*span)
    value = line.text[slice(*span)].replace(BORDER, "")
    if name == "phone":
        value = re.sub("[^0-9]", "", value)
    return Quantity(name, start, end, value, _number(name, match), groups.get("unit") or "")


def _without_cue(name: str, match: re.Match[str]) -> tuple[int, int]:
    """Prices and sizes begin with their number or currency, not with the word that led to it."""
    if name not in ("price", "company_size"):
        return match.span()
    parts = [match.start(group) for group in ("before", "number", "unit") if match.groupdict().get(group)]
    return min(parts), match.end()


def _number(name: str, match: re.Match[str]) -> float | None:
    groups = {key: text for key, text in match.groupdict().items() if text is not None}
    if name == "time_of_day":
        return _hour(groups)
    if name == "discount":
        return _share_paid(groups)
    amount = float(groups["number"]) if "number" in groups and "before" not in groups else None
    if name == "duration":
        return (amount or 0.0) + (0.5 if "half" in groups or "halves" in groups else 0.0)
    if amount is None:
        return None
    return round(amount * _PERCENT_OF.get(groups.get("unit", ""), 1.0) + int(groups.get("cents", 0)) / 100, 6)


def _hour(groups: dict[str, str]) -> float:
    """Hours of the day; from noon on where the part of the day says so."""
    minutes = 30 if "half" in groups else 15 * int(groups["quarter"]) if "quarter" in groups else 0
    minutes = int(groups.get("minute") or groups.get("tens") or minutes)
    hour, part = int(groups["hour"]), groups.get("part") or groups.get("pm", "")
    late = part.startswith(("下午", "傍晚", "晚", "今晚", "明晚", "夜", "p")) or (part == "中午" and hour < 3)
    return (hour + 12 if late and hour < 12 else hour) + minutes / 60


def _share_paid(groups: dict[str, str]) -> float:
    """Percent of the price: 八折 80, 8.5折 85, 20% off 80."""
    if "number" not in groups:
        return _HALF_PRICE
    number = float(groups["number"])
    if groups["unit"] != "折":
        return 100.0 - number
    return round(10 * number if number < 10 else number, 6)


def _is_one(quantity: Quantity, text: str) -> bool:
    """Whether the words around a number leave it what its form says."""
    said, number = text[quantity.start : quantity.end], quantity.number or 0.0
    match quantity.name:
        case "amount":
            return number >= _MIN_AMOUNT and _SAID_IN_UNITS.search(said) is not None
        case "price" if quantity.unit:
            return _BARE_PIECE.search(text[max(0, quantity.start - 1) : quantity.end]) is None
        case "price":
            # 每年五一, 每年十一: the holidays.
            if quantity.number is None:
                return True
            return number >= _MIN_PRICE and not (text[: quantity.start].endswith("每年") and number in (11, 51))
        case "time_of_day":
            return said not in _A_BIT
        case "headcount" | "company_size":
            return quantity.number is None or _counts_people(quantity, said)
        case "date":
            return _SHORT_YEAR.fullmatch(said) is not None or re.fullmatch("[0-9]{2}年", quantity.value) is None
        case "duration":
            return _SHORT_YEAR.fullmatch(said) is None
        case "quantity":
            return not (number == 1 and quantity.unit == "个")
    return True


def _counts_people(quantity: Quantity, said: str) -> bool:
    """Not so: 一人五百 (each), 一口气, and 二十七号人少, which speaks of a day."""
    number = quantity.number or 0.0
    if quantity.name == "company_size" and number < _MIN_COMPANY:
        return False
    day = quantity.unit == "号人" and number <= _LAST_DAY and not ("多" in said or "来" in said)
    return not day and (number > 1 or quantity.unit not in ("人", "口"))


def _longest(found: list[Quantity]) -> list[Quantity]:
    """Of the same kind, what does not lie inside a longer one."""
    kept: list[Quantity] = []
    for quantity in sorted(found, key=lambda q: (q.name, q.start, -q.end, -(q.number or 0))):
        last = kept[-1] if kept else None
        if not (last and last.name == quantity.name and quantity.start < last.end):
            kept.append(quantity)
    return kept


def _says_less(quantity: Quantity, found: list[Quantity]) -> bool:
    """Things counted that are dates, times or people; and "one month" that only says what a price is paid for."""
    if quantity.name not in _WEAK:
        return False
    others = [q for q in found if q.name not in _WEAK]
    if any(q.start < quantity.end and quantity.start < q.end for q in others):
        return True
    return quantity.name == "duration" and quantity.number == 1 and any(_is_paid_per(quantity, q) for q in others)


def _is_paid_per(period: Quantity, price: Quantity) -> bool:
    gap = price.start - period.end if price.start >= period.end else period.start - price.end
    return price.name == "price" and gap <= _NEAR
