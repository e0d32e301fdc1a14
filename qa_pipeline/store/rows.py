"""Calls and scorecards as rows of their columns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete

from qa_pipeline.core.call import Call
from qa_pipeline.core.score import Scorecard
from qa_pipeline.store import tables
from qa_pipeline.store.connection import put_rows

Row = dict[str, Any]


def call_row(call: Call) -> Row:
    """The row of the table ``calls``."""
    known, recording, talk = call.metadata, call.recording, call.talk
    duration_s = recording.duration_s if recording else talk.duration_s if talk else None
    return {
        "call_id": call.call_id,
        "agent_id": known.agent_id,
        "agent_name": known.agent_name,
        "team": known.team,
        "customer_id": known.customer_id,
        "started_at": _utc(known.started_at),
        "direction": known.direction,
        "connected": known.connected,
        "outcome": known.outcome,
        "amount": known.amount,
        "refunded": known.refunded,
        "wrap_up_s": known.wrap_up_s,
        "language": call.conversation.language,
        "duration_s": duration_s,
        "turns": len(call.turns),
        "doubted_turns": sum(bool(turn.doubts) for turn in call.turns),
        "confidence": call.confidence,
        "agent_speech_s": talk.agent_speech_s if talk else None,
        "customer_speech_s": talk.customer_speech_s if talk else None,
        "overlap_s": talk.overlap_s if talk else None,
        "silence_s": talk.silence_s if talk else None,
        "ended_by": call.ended_by,
        "recording_sha256": recording.sha256 if recording else None,
    }


def _utc(moment: datetime | None) -> datetime | None:
    """Times without a zone are the machine's own."""
    return moment.astimezone(UTC) if moment else None


def turn_rows(call: Call) -> Iterator[Row]:
    for turn in call.turns:
        yield {
            "call_id": call.call_id,
            "number": turn.index,
            "role": turn.role,
            "stage": call.turn_stages[turn.index] if call.turn_stages else None,
            "start_s": turn.span.start_s if turn.span else None,
            "end_s": turn.span.end_s if turn.span else None,
            "characters": len(turn.text),
            "confidence": turn.confidence,
            "doubted": bool(turn.doubts),
        }


def stage_rows(call: Call) -> Iterator[Row]:
    for number, part in enumerate(call.stages):
        yield {
            "call_id": call.call_id,
            "number": number,
            "stage": part.stage,
            "first_turn": part.first_turn,
            "last_turn": part.last_turn,
            "start_s": part.span.start_s if part.span else None,
            "end_s": part.span.end_s if part.span else None,
        }


def scorecard_row(card: Scorecard) -> Row:
    """The row of the table ``scorecards`` without its payload, key and time."""
    return {
        "call_id": card.call_id,
        "rubric_id": card.rubric_id,
        "rubric_version": card.rubric_version,
        "rubric_sha256": card.rubric_sha256,
        "percent": card.percent,
        "points": card.points if card.scored else None,
        "points_possible": card.points_possible,
        "passed": card.passed,
    }


def outcome_rows(card: Scorecard, scorecard_id: int) -> Iterator[Row]:
    for outcome in card.outcomes:
        yield {
            "scorecard_id": scorecard_id,
            "criterion_id": outcome.criterion_id,
            "section_id": outcome.section_id,
            "verdict": outcome.verdict,
            "reason": outcome.reason.code,
            "points": outcome.points,
            "points_limit": outcome.points_limit,
            "kind": outcome.kind,
            "severity": outcome.severity,
            "fatal": outcome.fatal,
        }


def put_call_rows(connection: Connection, call: Call) -> None:
    """The rows of a call in place of older ones."""
    # First the row that all others belong to: another process with the same call waits here for its turn.
    put_rows(connection, tables.calls, [call_row(call)])
    for table, several in ((tables.turns, list(turn_rows(call))), (tables.stages, list(stage_rows(call)))):
        connection.execute(delete(table).where(table.c.call_id == call.call_id))
        put_rows(connection, table, several)
