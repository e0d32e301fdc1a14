"""Days that a report is about: a week (Monday to Sunday), a month, or any range; both ends included."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from qa_pipeline.core.errors import UserError

_WEEK = re.compile(r"(\d{4})-?W(\d{1,2})", re.IGNORECASE)
_MONTH = re.compile(r"(\d{4})-(\d{1,2})")
_RANGE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\.\.|/|~)(\d{4}-\d{2}-\d{2})")


#: Other years are slips of the keyboard.
FIRST_YEAR, LAST_YEAR = 1970, 2999


class PeriodKind(StrEnum):
    WEEK = "week"
    MONTH = "month"
    RANGE = "range"
    ALL = "all"
    """Every call, also those without a time."""


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """From the first to the last day, as the calls' own clocks name them."""

    first: date
    last: date
    kind: PeriodKind = PeriodKind.RANGE

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"a period cannot end ({self.last}) before it begins ({self.first})")

    @property
    def name(self) -> str:
        """``2026-W45``, ``2026-11``, ``2026-11-02..2026-11-15``: fit for file names and for ``--period``."""
        if self.kind is PeriodKind.WEEK:
            year, week, _ = self.first.isocalendar()
            return f"{year}-W{week:02d}"
        if self.kind is PeriodKind.ALL:
            return self.kind.value
        return f"{self.first:%Y-%m}" if self.kind is PeriodKind.MONTH else f"{self.first}..{self.last}"

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def previous(self) -> Period:
        """The period of the same kind before this one; for a range, as many days before it. Before all there is
        nothing: a day that has no calls."""
        if self.kind is PeriodKind.ALL:
            return Period(date.min, date.min)
        day = self.first - timedelta(days=1)
        if self.kind is PeriodKind.RANGE:
            return Period(self.first - timedelta(days=self.days), day)
        return period_of(day, self.kind)

    def has(self, moment: datetime | date | None) -> bool:
        """Whether a moment falls on one of the days; one that is not known falls on none, but is
        one of all."""
        if moment is None:
            return self.kind is PeriodKind.ALL
        return self.first <= day_of(moment) <= self.last


#: Every call.
ALWAYS = Period(date.min, date.max, PeriodKind.ALL)


def day_of(moment: datetime | date) -> date:
    """The day that the clock of the call showed: a call at 00:30 belongs to the new day where it was made."""
    return moment.date() if isinstance(moment, datetime) else moment


def week_of(day: date) -> date:
    """The Monday of the day's week."""
    return day - timedelta(days=day.weekday())


def period_of(day: date, kind: PeriodKind) -> Period:
    """The week or month that holds a day."""
    if kind is PeriodKind.WEEK:
        return Period(week_of(day), week_of(day) + timedelta(days=6), kind)
    last = calendar.monthrange(day.year, day.month)[1]
    return Period(day.replace(day=1), day.replace(day=last), PeriodKind.MONTH)


def parse_period(text: str, newest: date | None = None) -> Period:
    """``2026-W45``, ``2026-11``, ``2026-11-02..2026-11-15``, ``all``, or ``week`` and ``month``: those of
    the newest call.

    UserError for anything else, and where ``week`` or ``month`` are asked for but no call has a time.
    """
    wanted = text.strip()
    if wanted == PeriodKind.ALL:
        return ALWAYS
    if wanted in (PeriodKind.WEEK, PeriodKind.MONTH):
        if newest is None:
            raise UserError(f"--period {wanted}: no call says when it was (started_at); give days or calls.csv")
        return period_of(newest, PeriodKind(wanted))
    try:
        return _parsed(wanted)
    except (ValueError, OverflowError) as error:
        raise UserError(f"--period {wanted}: {error}") from None


def _parsed(wanted: str) -> Period:
    """ValueError or OverflowError for what is no period of our time."""
    found = _read(wanted)
    if not FIRST_YEAR <= found.first.year <= found.last.year <= LAST_YEAR:
        raise ValueError(f"expected years between {FIRST_YEAR} and {LAST_YEAR}")
    return found


def _read(wanted: str) -> Period:
    if found := _WEEK.fullmatch(wanted):
        return period_of(date.fromisocalendar(int(found[1]), int(found[2]), 1), PeriodKind.WEEK)
    if found := _MONTH.fullmatch(wanted):
        return period_of(date(int(found[1]), int(found[2]), 1), PeriodKind.MONTH)
    if found := _RANGE.fullmatch(wanted):
        return Period(date.fromisoformat(found[1]), date.fromisoformat(found[2]))
    raise ValueError("expected week, month, all, 2026-W45, 2026-11 or 2026-11-02..2026-11-15")
