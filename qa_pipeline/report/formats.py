"""Dates, numbers and lists as the reader's country writes them, by the tables of Unicode (CLDR) that Babel carries.

Days are formatted once and kept: a list of ten thousand calls has a few hundred of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache, lru_cache

from babel import Locale
from babel.dates import format_date, format_interval, format_skeleton
from babel.lists import format_list
from babel.numbers import format_decimal

MINUS = "\N{MINUS SIGN}"
_LOCALES = {"zh": "zh_Hans_CN", "en": "en_GB"}
#: Between a day and the time of day.
BEFORE_TIME = {"zh": " ", "en": ", "}
_KEPT_DAYS = 4096


@cache
def _locale(lang: str) -> Locale:
    return Locale.parse(_LOCALES[lang])


def plain_date(moment: date) -> date:
    """The day of a moment in the zone that it was given in: Babel would turn it to UTC."""
    return moment.date() if isinstance(moment, datetime) else moment


def day(moment: date, lang: str) -> str:
    """``2026年11月3日`` or ``3 Nov 2026``."""
    return _day(plain_date(moment), lang)


@lru_cache(_KEPT_DAYS)
def _day(moment: date, lang: str) -> str:
    return format_date(moment, "medium", locale=_locale(lang))


def date_time(moment: datetime, lang: str) -> str:
    """``2026年11月3日 14:05`` or ``3 Nov 2026, 14:05``."""
    return f"{day(moment, lang)}{BEFORE_TIME[lang]}{moment.hour}:{moment.minute:02d}"


def weekday_day(moment: date, lang: str) -> str:
    """``11月3日周二`` or ``Tue 3 Nov``."""
    return format_skeleton("MMMEd", plain_date(moment), locale=_locale(lang))


def month(moment: date, lang: str) -> str:
    """``2026年11月`` or ``November 2026``."""
    return format_skeleton("yMMMM", plain_date(moment), locale=_locale(lang))


def day_range(first: date, last: date, lang: str, year: bool = True) -> str:
    """``2026年11月2日–8日`` or ``2–8 Nov 2026``; both days belong to it. ``year``: False leaves the year out where
    both days are of the same one."""
    first, last = plain_date(first), plain_date(last)
    skeleton = "yMMMd" if year or first.year != last.year else "MMMd"
    text = format_interval(first, last, skeleton, locale=_locale(lang))
    # Thin spaces break lines, and without a year Chinese has another sign (至) than with one.
    text = text.replace("\N{THIN SPACE}", " ").replace("至", "–")
    start, dash, end = text.partition(" – ")
    return f"{start}–{end}" if dash and (lang == "zh" or start.isdigit()) else text


def listed(parts: Sequence[str], lang: str) -> str:
    """``甲、乙和丙`` or ``a, b and c``."""
    return format_list(list(parts), locale=_locale(lang))


def grouped(value: float, lang: str = "zh") -> str:
    """A large number with its thousands apart and at most two decimals: ``39,000``, ``7.5``, ``−1,234``."""
    text = format_decimal(value, "#,##0.##", locale=_locale(lang))
    return "0" if text == "-0" else text.replace("-", MINUS)
