"""Columns of the table ``calls``: its result by the rules, and with what inspectors changed."""

from __future__ import annotations

from typing import Any

from qa_pipeline.core.review import ReviewKind
from qa_pipeline.core.score import Decider, Scorecard
from qa_pipeline.export.columns import Column, Kind
from qa_pipeline.export.exported import ExportedCall
from qa_pipeline.report.call.score_view import card_state

_TEXT, _WHOLE, _DECIMAL = Kind.TEXT, Kind.WHOLE, Kind.DECIMAL
_STATES = "passed, failed, redline, open (no pass line), few (too little scored), none (nothing scored)"
_STATES_ZH = "passed 合格、failed 不合格、redline 触碰红线、open 未设合格线、few 可评项太少、none 无法评分"


def _points(card: Scorecard | None) -> float | None:
    return card.points if card and card.scored else None


def _machine(name: str) -> Any:
    return lambda x: getattr(x.machine, name) if x.machine else None


def _final(name: str) -> Any:
    return lambda x: getattr(x.final, name) if x.final else None


def _inspected(x: ExportedCall, *, changed: bool) -> int | None:
    """Verdicts that a person gave: those that differ from the rules', or those that agree with them."""
    if x.machine is None or x.final is None:
        return None
    pairs = zip(x.machine.outcomes, x.final.outcomes, strict=True)
    return sum(b.decided_by is Decider.REVIEWER and (a.verdict is not b.verdict) is changed for a, b in pairs)


def _red_lines(x: ExportedCall, *, confirmed: bool) -> int | None:
    if x.final is None:
        return None
    return sum(not confirmed or outcome.decided_by is Decider.REVIEWER for outcome in x.final.red_lines)


C = Column[ExportedCall]

RESULT: tuple[C, ...] = (
    C("rubric_id", _TEXT, "Rubric; empty: not scored under it.", "评分表；空：未按此表评分。", _machine("rubric_id")),
    C("rubric_version", _TEXT, "Version of the rubric.", "评分表版本。", _machine("rubric_version")),
    C(
        "machine_state",
        _TEXT,
        f"What the rules found: {_STATES}.",
        f"机器结论：{_STATES_ZH}。",
        lambda x: card_state(x.machine) if x.machine else "",
    ),
    C("machine_points", _DECIMAL, "Points by the rules.", "机器得分。", lambda x: _points(x.machine), "points"),
    C(
        "machine_percent",
        _DECIMAL,
        "Points of points possible, by the rules.",
        "机器得分率。",
        _machine("percent"),
        "%",
    ),
    C(
        "final_state",
        _TEXT,
        "The same with the verdicts that inspectors gave.",
        "最终结论（含质检改判）。",
        lambda x: card_state(x.final) if x.final else "",
    ),
    C(
        "final_points",
        _DECIMAL,
        "Points with what inspectors changed.",
        "最终得分。",
        lambda x: _points(x.final),
        "points",
    ),
    C("final_percent", _DECIMAL, "Percent with what inspectors changed.", "最终得分率。", _final("percent"), "%"),
    C(
        "points_possible",
        _DECIMAL,
        "Points of what could be scored, after inspection.",
        "满分（可评项，含改判）。",
        lambda x: x.final.points_possible if x.final and x.final.scored else None,
        "points",
    ),
    C(
        "criteria",
        _WHOLE,
        "Criteria of the rubric.",
        "评分项数。",
        lambda x: len(x.machine.outcomes) if x.machine else None,
    ),
    C("criteria_scored", _WHOLE, "Criteria with a final verdict that counts.", "已评的评分项数。", _final("scored")),
    C(
        "red_lines",
        _WHOLE,
        "Red lines crossed, as far as the final verdicts say.",
        "触碰红线数（按最终判定）。",
        lambda x: _red_lines(x, confirmed=False),
    ),
    C(
        "red_lines_confirmed",
        _WHOLE,
        "Those of them that a person gave or confirmed.",
        "其中经人工确认的。",
        lambda x: _red_lines(x, confirmed=True),
    ),
    C(
        "verdicts_changed",
        _WHOLE,
        "Verdicts that an inspector changed.",
        "质检改判数。",
        lambda x: _inspected(x, changed=True),
    ),
    C(
        "verdicts_confirmed",
        _WHOLE,
        "Verdicts that an inspector confirmed.",
        "质检确认数。",
        lambda x: _inspected(x, changed=False),
    ),
    C("comments", _WHOLE, "Comments on the call and its criteria.", "评语数。", lambda x: x.count(ReviewKind.COMMENT)),
    C("appeals", _WHOLE, "Appeals on the call and its criteria.", "申诉数。", lambda x: x.count(ReviewKind.APPEAL)),
    C("open_appeals", _WHOLE, "Appeals that nobody has answered.", "未答复的申诉数。", lambda x: x.open_appeals()),
    C(
        "unscorable_reason",
        _TEXT,
        "Why nothing of the call was scored, the most telling reason.",
        "整通无法评分的首要原因。",
        lambda x: next(iter(x.final.unscorable_codes), "") if x.final else "",
    ),
)
