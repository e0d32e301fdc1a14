"""Days as people type them into a workbook: ``2026-12-05``, ``2026/12/5``, ``12月5日``, or Excel's day numbers."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta

_FULL = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*(?:日|号)?(?:[ T]+\d{1,2}:\d{2}(?::\d{2})?)?"
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SHORT = re.compile(r"(\d{1,2})\s*月\s*(\d{1,2})\s*(?:日|号)?")
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")

#: Other years were meant as something else: in a cell for dates, Excel shows 12.5 as a day of 1900.
_FIRST_YEAR, _LAST_YEAR = 2000, 2099

#: A day without a year that lies further back than this belongs to the next year: a talk in December agrees on January.
_BACK = timedelta(days=183)


def read_day(value: object, near: date, epoch: datetime) -> date:
    """The day that a cell holds; ValueError where it holds none. ``near``: the day of the talk, for days without a
    year; ``epoch``: where the workbook begins to count days."""
    day = _day(value, near, epoch)
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise ValueError("no day of our time")
    return day


def _day(value: object, near: date, epoch: datetime) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _of_serial(float(value), epoch)
    return _of_text(unicodedata.normalize("NFKC", str(value)).strip(), near, epoch)


def _of_text(text: str, near: date, epoch: datetime) -> date:
    for pattern in (_FULL, _COMPACT):
        if found := pattern.fullmatch(text):
            return date(*(int(part) for part in found.groups()))
    if found := _SHORT.fullmatch(text):
        return _near(int(found[1]), int(found[2]), near)
    if _SERIAL.fullmatch(text):
        return _of_serial(float(text), epoch)
    raise ValueError("no date")


def _near(month: int, day: int, near: date) -> date:
    this = date(near.year, month, day)
    return date(near.year + 1, month, day) if near - this > _BACK else this


def _of_serial(number: float, epoch: datetime) -> date:
    try:
        return (epoch + timedelta(days=int(number))).date()
    except (OverflowError, ValueError):
        raise ValueError("no day number") from None
