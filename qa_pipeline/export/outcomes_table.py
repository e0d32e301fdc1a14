"""The table ``outcomes``: a row per criterion of a scored call; what the rules, an inspector and both together say.

It holds no words of the call: evidence is named by its turn, whose masked text stands in the table ``turns``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from qa_pipeline.core.review import Review, ReviewKind
from qa_pipeline.core.score import Decider, Outcome, Quote, Verdict
from qa_pipeline.core.span import Span
from qa_pipeline.export.columns import Column, Kind, Table, code, free_text, moment_text
from qa_pipeline.export.exported import ExportedCall

_TEXT, _WHOLE, _DECIMAL, _YES_NO = Kind.TEXT, Kind.WHOLE, Kind.DECIMAL, Kind.YES_NO
_VERDICTS = "met, partly, missed, not_applicable, not_scorable"
_VERDICTS_ZH = "met 符合、partly 部分符合、missed 不符合、not_applicable 不适用、not_scorable 无法判定"


@dataclass(frozen=True)
class ExportedOutcome:
    """One criterion of a call, counted from 1 in the order of the form."""

    whole: ExportedCall
    position: int
    title: str
    machine: Outcome
    final: Outcome

    @cached_property
    def change(self) -> Review | None:
        """What an inspector gave, where it counts."""
        decided = self.final.decided_by is Decider.REVIEWER
        return self.whole.change(self.final.criterion_id) if decided else None

    @property
    def crossed(self) -> bool | None:
        """Whether the red line was crossed; None where the criterion is none, or could not be judged."""
        judged = self.final.fatal and self.final.verdict is not Verdict.NOT_SCORABLE
        return self.final.verdict is Verdict.MISSED if judged else None

    @cached_property
    def best(self) -> Quote | None:
        """The hit that shows the verdict of the rules best."""
        hits = [hit for hit in self.machine.evidence.hits if hit.turn < len(self.whole.call.turns)]
        return max(hits, key=lambda hit: 1.0 if hit.similarity is None else hit.similarity, default=None)

    @property
    def span(self) -> Span | None:
        """When the best hit is heard: its own time, else that of its turn."""
        best = self.best
        return (best.span or self.whole.call.turns[best.turn].span) if best else None


def _items(call: ExportedCall) -> Iterator[ExportedOutcome]:
    if call.machine is None or call.final is None:
        return
    titles = {criterion.id: criterion.title for criterion in call.rubric.criteria}
    pairs = zip(call.machine.outcomes, call.final.outcomes, strict=True)
    for position, (machine, final) in enumerate(pairs, 1):
        yield ExportedOutcome(call, position, titles.get(final.criterion_id, ""), machine, final)


def _best(name: str) -> Any:
    return lambda x: getattr(x.best, name, None)


def _span(name: str) -> Any:
    return lambda x: getattr(x.span, name, None)


def _nearest(name: str) -> Any:
    return lambda x: getattr(x.machine.evidence.nearest, name, None)


C = Column[ExportedOutcome]

_CRITERION: tuple[C, ...] = (
    C("call_id", _TEXT, "The call, as in the table calls.", "通话编号，同 calls 表。", lambda x: x.whole.call_id),
    C("rubric_id", _TEXT, "Rubric.", "评分表。", lambda x: code(x.whole.rubric.id)),
    C(
        "rubric_version",
        _TEXT,
        "Version of the rubric.",
        "评分表版本。",
        lambda x: code(x.whole.rubric.version),
    ),
    C(
        "position",
        _WHOLE,
        "Place of the criterion in the form, from 1.",
        "评分项在表中的顺序，从 1 起。",
        lambda x: x.position,
    ),
    C("section_id", _TEXT, "Section of the form.", "所属大项。", lambda x: code(x.final.section_id)),
    C("criterion_id", _TEXT, "Criterion.", "评分项编号。", lambda x: code(x.final.criterion_id)),
    C("criterion_title", _TEXT, "Title of the criterion.", "评分项名称。", lambda x: free_text(x.title)),
    C(
        "points_kind",
        _TEXT,
        "earned, deducted, or bonus (beyond the points possible).",
        "earned 得分、deducted 扣分、bonus 加分。",
        lambda x: x.final.kind,
    ),
    C(
        "points_limit",
        _DECIMAL,
        "The most that the criterion can change.",
        "该项最多影响的分数。",
        lambda x: x.final.points_limit,
        "points",
    ),
    C(
        "severity",
        _TEXT,
        "minor, major, critical.",
        "minor 轻微、major 严重、critical 关键。",
        lambda x: x.final.severity,
    ),
    C(
        "red_line",
        _TEXT,
        "What a miss brings to zero: section or call; empty: the criterion is no red line.",
        "触碰后清零的范围：section 大项、call 整通；空：不是红线。",
        lambda x: x.final.fatal,
    ),
)

_VERDICT: tuple[C, ...] = (
    C(
        "machine_verdict",
        _TEXT,
        f"Verdict of the rules: {_VERDICTS}.",
        f"机器判定：{_VERDICTS_ZH}。",
        lambda x: x.machine.verdict,
    ),
    C(
        "machine_points",
        _DECIMAL,
        "Points by the rules; empty: does not count.",
        "机器得分；空：不计分。",
        lambda x: x.machine.points,
        "points",
    ),
    C(
        "machine_reason",
        _TEXT,
        "Why, as a code of the program.",
        "机器判定原因（代码）。",
        lambda x: code(x.machine.reason.code),
    ),
    C(
        "inspector_verdict",
        _TEXT,
        "Verdict that an inspector gave or confirmed, the newest; empty: nobody did.",
        "质检判定（改判或确认，取最新）；空：未经人工。",
        lambda x: x.change.verdict if x.change else None,
    ),
    C("inspector", _TEXT, "Who gave it.", "质检员。", lambda x: free_text(x.change.author) if x.change else None),
    C(
        "inspected_at",
        _TEXT,
        "When, with the offset from UTC.",
        "质检时间，带时区。",
        lambda x: moment_text(x.change.at) if x.change else None,
        "ISO 8601",
    ),
    C(
        "final_verdict",
        _TEXT,
        "The verdict in force: the inspector's, else that of the rules.",
        "最终判定：有质检判定的以质检为准。",
        lambda x: x.final.verdict,
    ),
    C(
        "final_points",
        _DECIMAL,
        "Points in force; empty: does not count.",
        "最终得分；空：不计分。",
        lambda x: x.final.points,
        "points",
    ),
    C(
        "red_line_crossed",
        _YES_NO,
        "By the final verdict; empty: no red line, or not judged.",
        "是否触碰红线（按最终判定）；空：不是红线或无法判定。",
        lambda x: x.crossed,
    ),
)

_EVIDENCE: tuple[C, ...] = (
    C("hits", _WHOLE, "Passages that the rules found.", "机器找到的依据数。", lambda x: len(x.machine.evidence.hits)),
    C(
        "evidence_turn",
        _WHOLE,
        "Turn of the best of them: `turn` in the table turns.",
        "最佳依据所在句，即 turns 表的 turn。",
        _best("turn"),
    ),
    C("evidence_start_s", _DECIMAL, "Where it begins in the recording.", "依据开始时间。", _span("start_s"), "s"),
    C("evidence_end_s", _DECIMAL, "Where it ends.", "依据结束时间。", _span("end_s"), "s"),
    C(
        "evidence_how",
        _TEXT,
        "How it was found: exact, pinyin, model …",
        "如何找到：exact 原文、pinyin 同音、model 模型等。",
        _best("how"),
    ),
    C("evidence_similarity", _DECIMAL, "How close or sure it is.", "相似度或把握。", _best("similarity"), "0–1"),
    C(
        "nearest_turn",
        _WHOLE,
        "Turn of the nearest candidate that was not close enough.",
        "最接近但不够的候选所在句。",
        _nearest("turn"),
    ),
    C("nearest_similarity", _DECIMAL, "How close it comes.", "其相似度。", _nearest("similarity"), "0–1"),
    C(
        "comments",
        _WHOLE,
        "Comments on the criterion.",
        "该项评语数。",
        lambda x: x.whole.count(ReviewKind.COMMENT, x.final.criterion_id),
    ),
    C(
        "appeals",
        _WHOLE,
        "Appeals on the criterion.",
        "该项申诉数。",
        lambda x: x.whole.count(ReviewKind.APPEAL, x.final.criterion_id),
    ),
    C(
        "open_appeals",
        _WHOLE,
        "Appeals on it that nobody has answered.",
        "该项未答复的申诉数。",
        lambda x: x.whole.open_appeals(x.final.criterion_id),
    ),
)

OUTCOMES: Table[ExportedOutcome] = Table(
    "outcomes",
    "A row per criterion of each scored call: the verdict of the rules, of an inspector, and the one in force.",
    "已评分通话的每个评分项一行：机器判定、质检判定、最终判定。",
    (*_CRITERION, *_VERDICT, *_EVIDENCE),
    _items,
)
