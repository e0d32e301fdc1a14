"""Calls of a period that need somebody: orders without proof, recordings that failed, red lines and complaints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qa_pipeline.insight.overview import ORDERS, CallLine, Overview, lacks_proof
from qa_pipeline.report.call.unscorable_view import short_reason
from qa_pipeline.report.clip_view import RubricTitles
from qa_pipeline.report.figure_tables import Cell, Column, FigureTable, table, text_cell
from qa_pipeline.report.group_words import GroupWords
from qa_pipeline.report.links import Links
from qa_pipeline.report.team.alarm_words import AlarmWords
from qa_pipeline.report.team.alerts_view import AlertMaker, AlertView
from qa_pipeline.report.text import shown, shown_identifier
from qa_pipeline.report.values import FailureRow

_KINDS = {"at": "time", "todo": "long", "reason": "long", "what": "long", "words": "long", "call": "id"}


class PeriodCalls:
    def __init__(
        self,
        overview: Overview,
        failures: Sequence[FailureRow],
        names: Mapping[str, str],
        titles: RubricTitles,
        links: Links,
        words: GroupWords,
        alarms: AlarmWords,
    ) -> None:
        self._links, self._words, self._text = links, words, words.wording.text
        self._maker = AlertMaker(titles, links, words.wording, names, alarms)
        self._now = overview.everybody.now
        calls = overview.everybody.calls
        # Transcripts of another system come without recordings: then nothing is known about any order.
        self._has_recordings = any(line.recording for line in calls)
        checked = calls if self._has_recordings else []
        self.without_proof = [(line, why) for line in checked if (why := lacks_proof(line))]
        self._failures = [row for row in failures if row.at is None or overview.period.has(row.at)]
        self.counts, self._alarms = alarms.counts(calls), alarms
        self._alerts = (*self._maker.red_lines(calls), *self._maker.complaints(calls))

    @property
    def orders(self) -> int:
        return sum(self._now.outcomes[outcome] for outcome in ORDERS)

    @property
    def is_proof_unknown(self) -> bool:
        """There are orders, and no call says whether there is a recording of it."""
        return bool(self.orders) and not self._has_recordings

    def no_proof_text(self) -> str:
        if not self.orders:
            return self._text("period.proof.no_orders")
        if not self._has_recordings:
            return self._text("period.proof.unknown", orders=self.orders)
        key = "period.proof.text" if self.without_proof else "period.proof.all"
        return self._text(key, orders=self.orders, count=len(self.without_proof))

    def no_proof(self) -> FigureTable:
        keys = ("call", "agent", "team", "at", "proof", "todo")
        rows = [self._proof_row(line, why) for line, why in self.without_proof]
        title, empty = self._text("period.proof.title"), self.no_proof_text()
        return table("no_proof", title, self._columns(*keys), rows, empty)

    def _proof_row(self, line: CallLine, why: str) -> tuple[Cell, ...]:
        missing = why == "no_recording"
        reason = self._text("period.proof.no_recording") if missing else short_reason(why, self._words.wording)
        advice = self._text("period.proof.find") if missing else self._advice(why)
        return (
            text_cell(shown_identifier(line.call_id), self._links.call(line.call_id)),
            text_cell(self._maker.agent(line)),
            text_cell(shown(line.team)),
            text_cell(self._words.wording.date_time(line.started_at)),
            text_cell(reason, mark="alarm"),
            text_cell(advice),
        )

    def _advice(self, code: str) -> str:
        return self._words.wording.messages.get(f"unscorable_advice.{code}", "")

    def failures_text(self) -> str:
        return self._text("period.failures.text", count=len(self._failures)) if self._failures else ""

    def failures(self) -> FigureTable:
        keys = ("recording", "step", "reason", "at")
        rows = [self._failure_row(row) for row in self._failures]
        empty = self._text("period.failures.empty")
        return table("failures", self._text("period.failures.title"), self._columns(*keys), rows, empty)

    def _failure_row(self, row: FailureRow) -> tuple[Cell, ...]:
        wording = self._words.wording
        return (
            text_cell(shown_identifier(row.recording)),
            text_cell(wording.word("step", row.step)),
            text_cell(shown(row.reason)),
            text_cell(wording.date_time(row.at)),
        )

    def alerts_text(self) -> str:
        return self._alarms.sentence(self.counts)

    def alerts(self) -> FigureTable:
        keys = ("alert", "call", "agent", "team", "at", "score", "what", "words", "place_in_call")
        rows = [_alert_row(item, self._text("group.read")) for item in self._alerts]
        empty = self._text("period.alerts.empty")
        return table("alerts", self._text("period.alerts.title"), self._columns(*keys), rows, empty)

    def _columns(self, *keys: str) -> list[Column]:
        return [Column(self._text(f"group.column.{key}"), _KINDS.get(key, "text")) for key in keys]


def _alert_row(item: AlertView, read: str) -> tuple[Cell, ...]:
    """``read``: what the link says where no times are known."""
    return (
        text_cell(item.kind_text, mark="" if item.kind == "said" else "alarm"),
        text_cell(item.call_id, item.call_href),
        text_cell(item.agent, item.agent_href),
        text_cell(item.team),
        text_cell(item.at),
        text_cell(item.score),
        text_cell(item.what),
        text_cell(item.text),
        text_cell(item.time or (read if item.play_href else ""), item.play_href),
    )
