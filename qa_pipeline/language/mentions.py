"""Passages that slot patterns can ask for by a label: sums of money, times, periods, people, phones, names, numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from qa_pipeline.language.english_numbers import find_english_numerals
from qa_pipeline.language.names import find_possible_names
from qa_pipeline.language.numerals import find_numerals
from qa_pipeline.language.patterns import Marked
from qa_pipeline.language.quantities import quantities

#: Labels; where the same characters could bear several, the first one holds. ``figure``: a number that is nothing else.
#: Longer runs of digits are no figures: phone numbers, ids, noise.
MAX_DIGITS = 15

LABELS = (
    "phone",
    "money",
    "when",
    "people",
    "percent",
    "discount",
    "period",
    "quantity",
    "own_name",
    "titled",
    "name",
    "figure",
)
#: Facts of ``quantities`` under the label that patterns know them by.
_LABEL_OF = {
    "phone": "phone",
    "price": "money",
    "amount": "money",
    "date": "when",
    "time_of_day": "when",
    "headcount": "people",
    "company_size": "people",
    "percentage": "percent",
    "discount": "discount",
    "duration": "period",
    "quantity": "quantity",
    "staff_number": "quantity",
    "own_name": "own_name",
}

_DAY_PART = "凌晨|早上|清早|上午|中午|下午|傍晚|晚上|夜里|半夜|晚|in the (?:morning|afternoon|evening)"
_WHICH = (
    "(?:(?:下个?|这个?)?(?:周|礼拜|星期)[一二三四五六日天末]|明年|后年|今年|去年|这个?月|本月|下个?月|这周|下周"
    "|大后天|后天|明天|今天|今儿个?|明儿个?|this|next)"
)
_BEFORE = re.compile(rf"(?:{_WHICH}的?|{_DAY_PART})+$")
#: Characters before a time that can belong to it.
_BEFORE_REACH = 8
#: What may stand between a day and a time of one appointment.
_LINK = re.compile(
    rf"(?:的|，|,|、|\s|到|至|那天|初[一二三四五六七八九十]|{_DAY_PART}|at|on|between|and|to|around|the|of){{0,4}}"
)
_BEHIND = re.compile(
    rf"(?:，?(?:{_DAY_PART}))?(?:初[一二三四五六七八九十])?(?:，?[1-9一二三四五六七八九]点)?"
    "(?:左右|之?前(?!三|两|几)|以前|前后|之后|以后|后(?![面来天]))?"
)

#: 二十来万, 四十几万: sums that are said about roughly.
_ROUGHLY_TEN_THOUSANDS = re.compile("[来几多]万(?!公里|人|个|次)")
_DIGITS = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_LEAST_SUM = 100
_UNITS = re.compile("[百千万]")
#: Behind a bare number: what is counted or measured, so that it is no sum of money.
_COUNTED = re.compile(
    "[次岁号层楼分度级厘成倍期寸码者回下趟遍句张米平方斤克瓦]|点[0-9一二三四五六七八九十半钟]|个?月|年|天|周|星期|礼拜"
)
_THINGS = re.compile(
    "(?:多|来|几)?(?:[个人家种名位台条只套件份本页字词题节课集天年月日号斤公吨克瓦毫升亩棵头辆间单票桶瓶箱包袋盒粒片]"
    "|[a-zA-Z%])"
)
#: 付二十, 方便, 周四: no names, though they begin with a surname.
_NO_NAME = re.compile("[十百千万几两的]|方便|白酒|电话|管热|周[一二三四五六日天末]")


@dataclass(frozen=True, slots=True)
class Mention(Marked):
    """A labelled passage: original characters ``start..end``, its value in digits, number and unit where it has any."""

    value: str
    number: float | None = None
    unit: str = ""


def mentions_in(text: str, language: str) -> tuple[Mention, ...]:
    """The passages of a turn, in order; they do not overlap."""
    known = [q for q in quantities(text) if q.name in _LABEL_OF]
    found = [Mention(_LABEL_OF[q.name], q.start, q.end, q.value, q.number, q.unit) for q in known]
    whens = _whens([mention for mention in found if mention.label == "when"], text)
    others = [mention for mention in found if mention.label != "when"]
    if language == "zh":
        others += [*_names(text), *_figures(text)]
    else:
        others += _english_figures(text)
    return _without_overlaps([*whens, *others])


def _names(text: str) -> Iterator[Mention]:
    for start, end, titled in find_possible_names(text):
        if not _NO_NAME.search(text, start, end):
            yield Mention("titled" if titled else "name", start, end, text[start:end])


def _figures(text: str) -> Iterator[Mention]:
    """Numbers that ``quantities`` does not know: sums by the way they are said, and bare ones."""
    for numeral in find_numerals(text):
        digits = _DIGITS.match(numeral.text)
        if digits and len(digits[0]) > MAX_DIGITS:
            continue
        number = float(digits[0]) if digits else 0.0
        roughly = _ROUGHLY_TEN_THOUSANDS.match(text, numeral.end)
        if not digits:
            continue
        if roughly:
            yield Mention("money", numeral.start, roughly.end(), numeral.text + roughly[0], 10_000 * number)
        elif _is_sum(text, numeral.start, numeral.end, number):
            yield Mention("money", numeral.start, numeral.end, numeral.text, number)
        elif not _COUNTED.match(text, numeral.end) and not text[: numeral.start].endswith("第"):
            yield Mention("figure", numeral.start, numeral.end, numeral.text, number)


def _is_sum(text: str, start: int, end: int, number: float) -> bool:
    """Whether a number is said as sums are: 三千八, 一百二 (not 3800, 三八零零), and nothing is counted behind it."""
    if number < _LEAST_SUM or not _UNITS.search(text, start, end) or _UNITS.match(text, end - 1):
        return False
    return not _COUNTED.match(text, end) and not _THINGS.match(text, end)


def _english_figures(text: str) -> Iterator[Mention]:
    for numeral in find_english_numerals(text):
        digits = _DIGITS.match(numeral.text)
        if digits and len(digits[0]) <= MAX_DIGITS:
            yield Mention("figure", numeral.start, numeral.end, numeral.text, float(digits[0]))
    for match in _DIGITS.finditer(text):
        if len(match[0]) <= MAX_DIGITS:
            yield Mention("figure", match.start(), match.end(), match[0], float(match[0]))


def _without_overlaps(found: Sequence[Mention]) -> tuple[Mention, ...]:
    kept: list[Mention] = []
    for mention in sorted(found, key=lambda m: (LABELS.index(m.label), m.start - m.end, m.start)):
        if not any(mention.start < other.end and other.start < mention.end for other in kept):
            kept.append(mention)
    return tuple(sorted(kept, key=lambda m: m.start))


def _whens(found: Sequence[Mention], text: str) -> list[Mention]:
    """Days and times that belong together as one: 下周二上午十点, 周日下午两点到四点."""
    joined: list[Mention] = []
    for mention in sorted(found, key=lambda m: (m.start, -m.end)):
        last = joined[-1] if joined else None
        if last and mention.start < last.end:
            continue
        if last and _LINK.fullmatch(text, last.end, mention.start):
            joined[-1] = replace(last, end=mention.end)
        else:
            joined.append(mention)
    return [_widened(mention, text) for mention in joined]


def _widened(mention: Mention, text: str) -> Mention:
    """With the words around it that say which day or which part of it: 明年三月, 三点左右."""
    before = _BEFORE.search(text, max(0, mention.start - _BEFORE_REACH), mention.start)
    behind = _BEHIND.match(text, mention.end)
    start = before.start() if before else mention.start
    end = behind.end() if behind else mention.end
    return Mention("when", start, end, text[start:end])
