"""What people add: remarks, changed verdicts, appeals, agreed actions. Appended, never overwritten."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import insert, select

from qa_pipeline.core.review import AgreedAction, Review
from qa_pipeline.store import tables
from qa_pipeline.store.codec import decode, encode
from qa_pipeline.store.connection import Database, now


class People(Database):
    """Plain JSON text, so that what is stored already can be told by its text."""

    def put_reviews(self, made: Iterable[Review]) -> int:
        """Append what is not stored yet; how many were new, so that a sheet can be read twice without harm."""
        table, added = tables.reviews, 0
        for review in made:
            payload = encode(review)
            known = select(table.c.id).where(table.c.call_id == review.call_id, table.c.payload == payload)
            if self.scalar(known) is None:
                row = {"call_id": review.call_id, "rubric_id": review.rubric_id, "payload": payload}
                with self.writing() as connection:
                    connection.execute(insert(table).values(**row, stored_at=now()))
                added += 1
        return added

    def reviews(self, rubric_id: str, call_id: str | None = None) -> list[Review]:
        """All remarks under a rubric, or those on one call, in the order in which they were stored."""
        table = tables.reviews
        query = select(table.c.payload).where(table.c.rubric_id == rubric_id)
        if call_id is not None:
            query = query.where(table.c.call_id == call_id)
        return [decode(Review, payload) for payload in self.scalars(query.order_by(table.c.id))]

    def put_actions(self, made: Iterable[AgreedAction]) -> int:
        """Append what is not stored yet; how many were new."""
        table, added = tables.actions, 0
        for action in made:
            payload = encode(action)
            if self.scalar(select(table.c.id).where(table.c.agent == action.agent, table.c.payload == payload)):
                continue
            row = {"agent": action.agent, "agreed_on": action.agreed_on, "payload": payload, "stored_at": now()}
            with self.writing() as connection:
                connection.execute(insert(table).values(row))
            added += 1
        return added

    def actions(self) -> list[AgreedAction]:
        """All agreed actions, the oldest first."""
        table = tables.actions
        query = select(table.c.payload).order_by(table.c.agreed_on, table.c.id)
        return [decode(AgreedAction, payload) for payload in self.scalars(query)]
