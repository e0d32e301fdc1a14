"""What the pages about periods are made of: what was stored when they were written is compared with what is now."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from qa_pipeline.insight.period import FIRST_YEAR, LAST_YEAR, Period, PeriodKind, day_of, period_of
from qa_pipeline.insight.plan import Plan
from qa_pipeline.made_from import fingerprint
from qa_pipeline.report.render import write_whole
from qa_pipeline.rubric.model import LoadedRubric
from qa_pipeline.store.database import Store
from qa_pipeline.summaries import failure_rows, refreshed_keys

#: The pages of all agents and teams, beside the reports, which go by the names of their periods.
PEOPLE = "people"

#: What belongs to each day, in order; what has no day belongs to the first that there is.
_ByDay = Mapping[date, list[str]]


def marks(store: Store, loaded: LoadedRubric, plan: Plan, usual: Period) -> dict[str, str]:
    """The fingerprint of each weekly or monthly report and of the pages of people, from nothing but what is stored."""
    calls, told = _calls(store, loaded), _told(store, loaded)
    days = {day: fingerprint(calls.get(day), told.get(day)) for day in sorted({*calls, *told})}
    dated = [day for day in calls if FIRST_YEAR <= day.year <= LAST_YEAR]
    periods = {period_of(day, kind) for day in dated for kind in (PeriodKind.WEEK, PeriodKind.MONTH)} | {usual}
    found = {each.name: fingerprint(plan, each == usual, _shown(each, days)) for each in periods}
    return found | {PEOPLE: fingerprint(plan, usual, store.actions(), sorted(calls.items()))}


def _shown(period: Period, days: Mapping[date, str]) -> list[str]:
    """A report shows its period beside the one before."""
    before = period.previous
    return [made for day, made in days.items() if period.has(day) or before.has(day)]


def _calls(store: Store, loaded: LoadedRubric) -> _ByDay:
    keys = refreshed_keys(store, loaded)
    days, found = store.summary_days(loaded.rubric.id), defaultdict(list)
    for call_id, key in keys.items():
        found[days.get(call_id) or date.min].append(f"{call_id} {key}")
    return found


def _told(store: Store, loaded: LoadedRubric) -> _ByDay:
    """Failures, and all that people said of a call on each of the days on which they did: one answers another."""
    found = defaultdict(list)
    for failure in failure_rows(store):
        found[day_of(failure.at) if failure.at else date.min].append(repr(failure))
    by_call = defaultdict(list)
    for review in store.reviews(loaded.rubric.id):
        by_call[review.call_id].append(review)
    for reviews in by_call.values():
        for day in {review.at.astimezone().date() for review in reviews}:
            found[day].append(repr(reviews))
    return found


class Marks:
    """The fingerprints of what lies in a folder, in a file of their own."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> dict[str, str]:
        """Empty where nothing is known: everything is written then."""
        try:
            found = json.loads(self._path.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def put(self, name: str, mark: str) -> None:
        """As soon as what goes by the name is written."""
        write_whole(self._path, json.dumps(self.load() | {name: mark}, indent=1))
