"""Scorecards, the rubrics and models that made them, and answers of language models."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from qa_pipeline.core.call import MadeBy
from qa_pipeline.core.score import Scorecard
from qa_pipeline.store import rows, tables
from qa_pipeline.store.codec import Unreadable, pack, unpack
from qa_pipeline.store.connection import Database, now, put_rows


class Scorecards(Database):
    """Appended; the newest of a call and rubric is the one in force."""

    def put_scorecard(self, card: Scorecard, call_key: str) -> None:
        self.put_scorecards([(card, call_key)])

    def put_scorecards(self, cards: Sequence[tuple[Scorecard, str]]) -> None:
        """Scorecards, each with the key of its call, in one transaction."""
        made = [
            {**rows.scorecard_row(card), "call_key": call_key, "payload": pack(card), "stored_at": now()}
            for card, call_key in cards
        ]
        if not made:
            return
        with self.writing() as connection:
            for (card, _), row in zip(cards, made, strict=True):
                key = connection.execute(insert(tables.scorecards), row).inserted_primary_key
                several = list(rows.outcome_rows(card, key[0])) if key else []
                if several:
                    connection.execute(insert(tables.outcomes), several)

    def scorecard(
        self, call_id: str, rubric_id: str, rubric_sha256: str | None = None, call_key: str | None = None
    ) -> Scorecard | None:
        """The newest scorecard of a call under a rubric, or under exactly this file of it and this call key."""
        table = tables.scorecards
        query = select(table.c.payload).where(table.c.call_id == call_id, table.c.rubric_id == rubric_id)
        if rubric_sha256 is not None:
            query = query.where(table.c.rubric_sha256 == rubric_sha256)
        if call_key is not None:
            query = query.where(table.c.call_key == call_key)
        payload = self.scalar(query.order_by(table.c.id.desc()).limit(1))
        try:
            return None if payload is None else unpack(Scorecard, payload)
        except Unreadable:
            return None  # written by a version with other values: scored anew

    def published_sha256(self, rubric_id: str, version: str) -> str | None:
        """The hash of the file under which results of this rubric version are stored; None where there are none."""
        table = tables.scorecards
        query = select(table.c.rubric_sha256).where(table.c.rubric_id == rubric_id, table.c.rubric_version == version)
        found: str | None = self.scalar(query.order_by(table.c.id).limit(1))
        return found

    # -- what made them -------------------------------------------------------

    def note_rubric(self, rubric_id: str, sha256: str, version: str, title: str, source: str) -> None:
        """Keep the text of a rubric version that is used."""
        row = {"rubric_id": rubric_id, "sha256": sha256, "version": version, "title": title, "source": source}
        self._note(tables.rubrics, row)

    def note_model(self, made_by: MadeBy) -> None:
        """Keep which model is used."""
        row = {
            "step": made_by.step,
            "model": made_by.model[:200],
            "revision": made_by.revision[:200],
            "options": made_by.options,
            "version": made_by.version,
        }
        self._note(tables.models, row)

    def _note(self, table: Any, row: rows.Row) -> None:
        """Store a row unless its key is there; another process may be doing the same."""
        keys = list(table.primary_key.columns)
        known = select(keys[0]).where(*(column == row[column.name] for column in keys))
        if self.scalar(known) is None:
            with suppress(IntegrityError), self.writing() as connection:
                connection.execute(insert(table).values(**row, first_used_at=now()))

    # -- answers of language models -----------------------------------------

    def llm_answer(self, key: str) -> str | None:
        """What was answered to exactly this question; None when it was not asked yet."""
        table = tables.llm_answers
        found: str | None = self.scalar(select(table.c.answer).where(table.c.key == key))
        return found

    def put_llm_answer(self, key: str, answer: str, model: str) -> None:
        row = {"key": key, "answer": answer, "model": model[:200], "stored_at": now()}
        # Another process may have asked the same at the same time: either answer will do.
        with self.writing() as connection:
            put_rows(connection, tables.llm_answers, [row])
