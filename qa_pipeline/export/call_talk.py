"""Columns of the table ``calls``: how the parties talk. docs/talk-metrics.md defines the figures."""

from __future__ import annotations

from statistics import median
from typing import Any

from qa_pipeline.acoustics.floor import dead_air
from qa_pipeline.core.call import Stage
from qa_pipeline.core.role import Role
from qa_pipeline.core.talk import PartyTalk, TalkFacts
from qa_pipeline.export.columns import Column, Kind
from qa_pipeline.export.exported import ExportedCall
from qa_pipeline.report.call.signals_view import unresolved

_WHOLE, _DECIMAL, _YES_NO = Kind.WHOLE, Kind.DECIMAL, Kind.YES_NO


def _talk(name: str) -> Any:
    """A figure of the whole call; None where nobody measured it."""
    return lambda x: getattr(x.call.talk, name) if x.call.talk else None


def _party(role: Role, name: str) -> Any:
    """A figure of one party; None where it is not known."""
    return lambda x: getattr(_side(x.call.talk, role), name, None)


def _side(talk: TalkFacts | None, role: Role) -> PartyTalk | None:
    return None if talk is None else talk.agent if role is Role.AGENT else talk.customer


def _response_s(x: ExportedCall) -> float | None:
    side = _side(x.call.talk, Role.AGENT)
    return median(side.responses_s) if side and side.responses_s else None


def _agent_share(x: ExportedCall) -> float | None:
    share = x.call.talk.agent_share if x.call.talk else None
    return None if share is None else 100.0 * share


def _dead_air_s(x: ExportedCall) -> float | None:
    return sum((gap.span.duration_s for gap in dead_air(x.call.talk)), 0.0) if x.call.talk else None


def _signals(name: str) -> Any:
    return lambda x: len(getattr(x.call.signals, name)) if x.call.signals else None


def _stage_s(stage: Stage) -> Any:
    """Seconds spoken in a stage: 0 where it does not occur, None where stages or times are not known."""
    return lambda x: x.stage_s.get(stage)


C = Column[ExportedCall]

TALK: tuple[C, ...] = (
    C(
        "talk_estimated",
        _YES_NO,
        "The parties were told apart by their voices in one channel: the figures below are estimates.",
        "单声道，靠声音区分双方：以下数字为估计值。",
        _talk("estimated"),
    ),
    C("agent_speech_s", _DECIMAL, "Seconds in which the agent speaks.", "坐席说话时长。", _talk("agent_speech_s"), "s"),
    C(
        "customer_speech_s",
        _DECIMAL,
        "Seconds in which the customer speaks.",
        "客户说话时长。",
        _talk("customer_speech_s"),
        "s",
    ),
    C("agent_share_percent", _DECIMAL, "The agent's part of all speech.", "坐席说话占比。", _agent_share, "%"),
    C("overlap_s", _DECIMAL, "Seconds in which both speak.", "双方同时说话时长。", _talk("overlap_s"), "s"),
    C("silence_s", _DECIMAL, "Seconds in which nobody speaks.", "无人说话时长。", _talk("silence_s"), "s"),
    C(
        "dead_air_s",
        _DECIMAL,
        "Long silences without music or ringing.",
        "冷场时长（不含音乐和回铃）。",
        _dead_air_s,
        "s",
    ),
    C("floor_changes", _WHOLE, "How often the floor changes hands.", "话轮转换次数。", _talk("switches")),
    C(
        "agent_rate_cpm",
        _DECIMAL,
        "Speech rate of the agent; English: words a minute.",
        "坐席语速；英语为每分钟词数。",
        _party(Role.AGENT, "rate_cpm"),
        "characters/min",
    ),
    C("agent_response_s", _DECIMAL, "Median time of the agent's answers.", "坐席应答时间中位数。", _response_s, "s"),
    C(
        "agent_longest_monologue_s",
        _DECIMAL,
        "Longest monologue of the agent.",
        "坐席最长独白。",
        _party(Role.AGENT, "longest_monologue_s"),
        "s",
    ),
    C("agent_questions", _WHOLE, "Questions of the agent.", "坐席提问次数。", _party(Role.AGENT, "questions")),
    C(
        "agent_interruptions",
        _WHOLE,
        "How often the agent interrupts; empty for mono recordings.",
        "坐席打断客户次数；单声道为空。",
        _party(Role.AGENT, "interruptions"),
    ),
    C(
        "customer_interruptions",
        _WHOLE,
        "How often the customer interrupts; empty for mono recordings.",
        "客户打断坐席次数；单声道为空。",
        _party(Role.CUSTOMER, "interruptions"),
    ),
    C("objections", _WHOLE, "Objections of the customer.", "客户异议数。", _signals("objections")),
    C(
        "unresolved_objections",
        _WHOLE,
        "Objections that the customer kept.",
        "未化解的异议数。",
        lambda x: unresolved(x.call.signals),
    ),
    C("buying_signals", _WHOLE, "Turns that show interest in buying.", "购买意向句数。", _signals("buying_signals")),
    C("refusals", _WHOLE, "Turns that clearly refuse.", "明确拒绝句数。", _signals("refusals")),
    *(
        C(
            f"{stage.value}_s",
            _DECIMAL,
            f"Seconds spoken in the stage {stage.value}; 0: it does not occur.",
            f"{zh}阶段的说话时长；0 表示没有这个阶段。",
            _stage_s(stage),
            "s",
        )
        for stage, zh in zip(Stage, ("开场", "需求", "推荐", "异议处理", "促成"), strict=True)
    ),
)
