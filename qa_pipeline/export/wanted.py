"""Which stored calls an export has to read, by what the database knows of them: reading a call costs milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import select

from qa_pipeline.insight.period import Period, PeriodKind
from qa_pipeline.store import tables
from qa_pipeline.store.database import Store

#: The database has times in UTC, a period means the days of the call's own clock: they are less than a day apart.
_CLOCKS = timedelta(days=1)


def ids_to_read(store: Store, wanted: Mapping[str, str], days: Period | None) -> list[str]:
    """Ids of the calls that fit a filter and may fall on the days, in order; the call itself says whether it does."""
    call_ids = store.call_ids(wanted)
    if days is None or days.kind is PeriodKind.ALL:
        return call_ids
    others = _on_other_days(store, days)
    return [call_id for call_id in call_ids if call_id not in others]


def _on_other_days(store: Store, days: Period) -> frozenset[str]:
    """Ids of the calls that certainly do not fall on the days; one without a row may."""
    calls = tables.calls.c
    begin = datetime.combine(days.first, time(), UTC) - _CLOCKS
    end = datetime.combine(days.last, time(), UTC) + timedelta(days=1) + _CLOCKS
    outside = calls.started_at.is_(None) | (calls.started_at < begin) | (calls.started_at >= end)
    return frozenset(store.scalars(select(calls.call_id).where(outside)))
