"""Calls as long as real ones, with everything that is known of a call, and what people added."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from qa_pipeline.core.call import Conversation, Role, Stage, StageSpan, Turn
from qa_pipeline.core.facts import Act, Overlap, OverlapKind, TurnVoice
from qa_pipeline.core.review import Review, ReviewKind
from qa_pipeline.core.score import Decider, Reason, Verdict
from qa_pipeline.core.span import Span
from qa_pipeline.core.talk import Silence
from qa_pipeline.report import write_call_page
from qa_pipeline.report.values import CallResult, ModelWording
from tests.report.samples import (
    _LINES,
    _STEP_S,
    _TURN_S,
    MADE,
    PHONE,
    beep,
    make_card,
    make_dealings,
    make_outcomes,
    make_rubric,
    make_talking,
    words_of,
)


def write_long(out: Path) -> None:
    """The page of the long call that people reviewed, with its sound, into a report."""
    write_call_page(replace(make_reviewed(), audio=beep(out, 235.0, "long")), out, MADE)


def make_long(turns: int = 55, call_id: str = "") -> CallResult:
    """A call of so many turns with everything that is known of it: 21 criteria, acts, voices, overlaps, silences."""
    said_lines = [_LINES[i % len(_LINES)] for i in range(turns)]
    spans = [Span(i * _STEP_S - (1.4 if i % 9 == 5 else 0.0), i * _STEP_S + _TURN_S) for i in range(turns)]
    made = tuple(
        Turn(i, role, text, span, int(role is Role.CUSTOMER), words_of(text, span), 0.9, backchannel=i % 9 == 1)
        for i, ((role, text, _), span) in enumerate(zip(said_lines, spans, strict=True))
    )
    stages = tuple(Stage(list(Stage)[min(4, 5 * i // turns)]) for i in range(turns))
    bounds = [(stage, [i for i in range(turns) if stages[i] is stage]) for stage in Stage if stage in stages]
    voices = tuple(
        TurnVoice() if i % 9 == 1 else
        TurnVoice(220.0 + 13 * (i % 11), (i % 7) - 3.0, (i % 5) - 2.0, 180.0 + 7 * (i % 8), 4.0 + i % 5, 3.6, 0.4, 1)
        for i in range(turns)
    )  # fmt: skip
    overlaps = tuple(
        Overlap(Span(spans[i].start_s, spans[i].start_s + 1.2), False, OverlapKind.INTERRUPTION, True)
        for i in range(5, turns, 9)
    )
    base, end_s = make_talking(call_id or f"long-{turns}"), turns * _STEP_S + 4.0
    assert base.call.recording and base.call.talk
    silences = tuple(Silence(Span(s.end_s, s.end_s + 5.2), Role.AGENT, Role.CUSTOMER) for s in spans[7:-1:20])
    acts = tuple((Act("greet", 0.9, ""), Act("state_purpose", 0.7)) if i % 3 == 0 else () for i in range(turns))
    call = replace(
        base.call, conversation=Conversation("zh", made, base.call.conversation.roles), turn_stages=stages,
        stages=tuple(StageSpan(s, i[0], i[-1], Span(spans[i[0]].start_s, spans[i[-1]].end_s)) for s, i in bounds),
        turn_voices=voices, overlaps=overlaps, turn_acts=acts, stage_probabilities=(0.9,) * turns,
        talk=replace(base.call.talk, duration_s=end_s, silences=silences, events=()),
        recording=replace(base.call.recording, duration_s=end_s),
    )  # fmt: skip
    rubric, outcomes = make_rubric(), make_outcomes()
    names = [(f"_{i}", 9 * i % max(9, turns - 8)) for i in range(3)]
    sections = tuple(
        s.model_copy(
            update={"criteria": tuple(c.model_copy(update={"id": c.id + n}) for c in s.criteria for n, _ in names)}
        )
        for s in rubric.sections
    )
    moved = tuple(
        replace(o, criterion_id=o.criterion_id + name, evidence=replace(
            o.evidence, hits=tuple(replace(hit, turn=min(turns - 1, hit.turn + shift)) for hit in o.evidence.hits)))
        for o in outcomes for name, shift in names
    )  # fmt: skip
    return replace(
        base, call=call, scorecard=make_card(outcomes=moved), rubric=rubric.model_copy(update={"sections": sections})
    )


def make_reviewed(call_id: str = "long-55") -> CallResult:
    """A long call with all that people added: a comment, an answered and an open appeal, a changed verdict."""
    result = make_long(55, call_id)
    assert result.scorecard
    changed = {"before": "partly"}
    outcomes = tuple(
        replace(o, verdict=Verdict.MET, points=15.0, reason=Reason("reviewed", changed), decided_by=Decider.REVIEWER)
        if o.criterion_id == "soothe_0" else o
        for o in result.scorecard.outcomes
    )  # fmt: skip
    said_by = (
        (ReviewKind.COMMENT, "王组长", 10, "开场很自然，可以给新人听。", None, None),
        (ReviewKind.APPEAL, "张三", 11, "客户讲完以后我马上就共情了。", "soothe_0", None),
        (ReviewKind.CHANGE, "李质检", 15, "听录音：已经补了同类客户的例子。", "soothe_0", Verdict.MET),
        (ReviewKind.APPEAL, "张三", 16, f"客户先问的价格，我的电话{PHONE}。", "price_0", None),
    )
    reviews = tuple(
        Review(call_id, "telesales", kind, author, datetime(2026, 11, 4, hour), text, criterion, verdict)
        for kind, author, hour, text, criterion, verdict in said_by
    )
    model = ModelWording("我先帮您算笔账：一年能省下两个人工。", "林佳怡", "call-001", 12.6, 3)
    return replace(
        result, scorecard=make_card(outcomes=outcomes), reviews=reviews, wordings={"price_0": model},
        agent_page="../agents/A07.html", lead=make_dealings().lead,
    )  # fmt: skip
