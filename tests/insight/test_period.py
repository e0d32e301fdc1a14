"""Weeks, months and ranges: their days, names, what came before, and how people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.core.errors import UserError
from qa_pipeline.insight.period import ALWAYS, Period, PeriodKind, parse_period, period_of, week_of

DAYS = st.dates(date(2000, 1, 3), date(2099, 12, 31))


def test_a_week_runs_from_monday_to_sunday() -> None:
    week = period_of(date(2026, 11, 4), PeriodKind.WEEK)
    assert (week.first, week.last, week.name, week.days) == (date(2026, 11, 2), date(2026, 11, 8), "2026-W45", 7)


def test_the_first_days_of_a_year_may_belong_to_the_last_week_of_the_old_one() -> None:
    assert period_of(date(2027, 1, 1), PeriodKind.WEEK).name == "2026-W53"


@pytest.mark.parametrize(
    ("day", "last"), [("2026-02-10", 28), ("2028-02-10", 29), ("2026-11-30", 30), ("2026-12-01", 31)]
)
def test_a_month_has_all_of_its_days(day: str, last: int) -> None:
    month = period_of(date.fromisoformat(day), PeriodKind.MONTH)
    assert (month.first.day, month.last.day, month.name) == (1, last, day[:7])


def test_january_comes_after_december() -> None:
    assert period_of(date(2026, 1, 9), PeriodKind.MONTH).previous.name == "2025-12"


def test_before_a_range_there_are_as_many_days() -> None:
    before = Period(date(2026, 11, 2), date(2026, 11, 15)).previous
    assert (before.first, before.last) == (date(2026, 10, 19), date(2026, 11, 1))


@given(DAYS, st.sampled_from([PeriodKind.WEEK, PeriodKind.MONTH]))
def test_periods_of_a_kind_cover_every_day_once(day: date, kind: PeriodKind) -> None:
    period = period_of(day, kind)
    assert period.has(day)
    assert period.previous.last + timedelta(days=1) == period.first
    assert parse_period(period.name) == period


@given(DAYS, st.integers(0, 400))
def test_a_range_is_read_back_from_its_name(first: date, days: int) -> None:
    period = Period(first, first + timedelta(days=days))
    assert parse_period(period.name) == period and period.days == days + 1


def test_the_day_is_the_one_that_the_calls_clock_showed() -> None:
    november = period_of(date(2026, 11, 4), PeriodKind.MONTH)
    past_midnight = datetime(2026, 11, 1, 0, 30, tzinfo=timezone(timedelta(hours=8)))
    assert past_midnight.astimezone(UTC).month == 10 and november.has(past_midnight)


def test_only_all_calls_hold_those_without_a_time() -> None:
    assert ALWAYS.has(None) and ALWAYS.has(date(1999, 1, 1)) and ALWAYS.name == "all"
    assert not period_of(date(2026, 11, 4), PeriodKind.MONTH).has(None)
    assert not ALWAYS.previous.has(date(2026, 11, 4)) and not ALWAYS.previous.has(None)


def test_week_and_month_are_those_of_the_newest_call() -> None:
    newest = date(2026, 11, 17)
    assert parse_period("week", newest).name == "2026-W47"
    assert parse_period("month", newest).name == "2026-11"
    assert parse_period(" all ") == ALWAYS


@pytest.mark.parametrize(
    ("text", "name"),
    [("2026w45", "2026-W45"), ("2026-1", "2026-01"), ("2026-11-02/2026-11-03", "2026-11-02..2026-11-03")],
)
def test_other_ways_to_write_them(text: str, name: str) -> None:
    assert parse_period(text).name == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-W54",
        "2026-13",
        "2026-11-31..2026-12-02",
        "2026-11-03..2026-11-02",
        "11月",
        "0001-01",
        "9999-W52",
        "0001-01-01..2026-11-01",
    ],
)
def test_what_is_no_period_is_refused_by_name(text: str) -> None:
    with pytest.raises(UserError, match="--period"):
        parse_period(text)


def test_without_times_there_is_no_newest_week() -> None:
    with pytest.raises(UserError, match="started_at"):
        parse_period("week", None)


@given(DAYS)
def test_the_monday_of_a_week(day: date) -> None:
    assert week_of(day).weekday() == 0 and 0 <= (day - week_of(day)).days < 7
