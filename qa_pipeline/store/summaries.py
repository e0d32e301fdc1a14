"""What lists and period reports need of calls, stored once per version of a call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date

from sqlalchemy import func, select

from qa_pipeline.core.summary import CallSummary
from qa_pipeline.store import tables
from qa_pipeline.store.codec import Unreadable, pack, unpack
from qa_pipeline.store.connection import ROWS_AT_ONCE, Database, put_rows


class Summaries(Database):
    """One summary per call and rubric, under the key of what it was made from."""

    def call_versions(self, rubric_id: str, rubric_sha256: str) -> dict[str, str]:
        """Per stored call what its summary under a rubric is made from: another text means another summary."""
        results, cards, reviews = tables.results, tables.scorecards, tables.reviews
        newest_card = select(cards.c.call_id, func.max(cards.c.id)).group_by(cards.c.call_id)
        newest_card = newest_card.where(cards.c.rubric_id == rubric_id, cards.c.rubric_sha256 == rubric_sha256)
        newest_review = select(reviews.c.call_id, func.max(reviews.c.id)).group_by(reviews.c.call_id)
        newest_review = newest_review.where(reviews.c.rubric_id == rubric_id)
        calls = select(results.c.call_id, results.c.key).where(results.c.step == "call").order_by(results.c.call_id)
        card, review = self.pairs(newest_card), self.pairs(newest_review)
        return {
            call_id: f"{key}:{card.get(call_id, 0)}:{review.get(call_id, 0)}"
            for call_id, key in self.pairs(calls).items()
        }

    def summaries(self, rubric_id: str, keys: Mapping[str, str]) -> Iterator[CallSummary]:
        """Stored summaries that were made from exactly these versions (call id → key), one at a time."""
        table = tables.summaries
        query = select(table.c.call_id, table.c.key, table.c.payload).where(table.c.rubric_id == rubric_id)
        with self.reading() as connection:
            found = connection.execution_options(yield_per=ROWS_AT_ONCE).execute(query.order_by(table.c.call_id))
            for call_id, key, payload in found:
                if keys.get(call_id) == key:
                    with suppress(Unreadable):  # written by a version with other values: made anew
                        yield unpack(CallSummary, payload)

    def missing_summaries(self, rubric_id: str, keys: Mapping[str, str]) -> list[str]:
        """Calls whose stored summary was made from something else than these versions, or that have none."""
        table = tables.summaries
        stored = self.pairs(select(table.c.call_id, table.c.key).where(table.c.rubric_id == rubric_id))
        return [call_id for call_id, key in keys.items() if stored.get(call_id) != key]

    def summary_days(self, rubric_id: str) -> dict[str, date | None]:
        """Per call that has a summary the day on which it was, None where that is not known."""
        table = tables.summaries
        return self.pairs(select(table.c.call_id, table.c.day).where(table.c.rubric_id == rubric_id))

    def newest_day(self, rubric_id: str, until: date | None = None) -> date | None:
        """The day of the newest call that has a summary and a time; ``until``: of those up to this day."""
        table = tables.summaries
        query = select(func.max(table.c.day)).where(table.c.rubric_id == rubric_id)
        if until is not None:
            query = query.where(table.c.day <= until)
        found: date | None = self.scalar(query)
        return found

    def put_summaries(self, made: Iterable[tuple[CallSummary, str]]) -> None:
        """Write summaries with the versions that they were made from, in one transaction."""
        rows = [
            {
                "call_id": summary.call_id,
                "rubric_id": summary.rubric_id,
                "key": key,
                "day": summary.started_at.date() if summary.started_at else None,
                "payload": pack(summary, brief=True),
            }
            for summary, key in made
        ]
        if rows:
            with self.writing() as connection:
                put_rows(connection, tables.summaries, rows)
