"""The table ``turns``: what was said, masked as on pages. The only table that holds words of customers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from qa_pipeline.core.call import Turn
from qa_pipeline.core.facts import TurnVoice
from qa_pipeline.core.role import Role
from qa_pipeline.export.columns import Column, Kind, Table
from qa_pipeline.export.exported import ExportedCall
from qa_pipeline.report.text import ShownText

_TEXT, _WHOLE, _DECIMAL = Kind.TEXT, Kind.WHOLE, Kind.DECIMAL

#: Between several names in one cell.
BETWEEN = ";"


@dataclass(frozen=True, slots=True)
class ExportedTurn:
    """``text``: as pages show it."""

    whole: ExportedCall
    turn: Turn
    text: str

    @property
    def stage(self) -> str:
        stages = self.whole.call.turn_stages
        return stages[self.turn.index].value if stages else ""

    @property
    def stage_probability(self) -> float | None:
        sure = self.whole.call.stage_probabilities
        return sure[self.turn.index] if sure else None

    @property
    def acts(self) -> str:
        acts = self.whole.call.turn_acts
        return BETWEEN.join(act.name for act in acts[self.turn.index]) if acts else ""

    @property
    def voice(self) -> TurnVoice | None:
        voices = self.whole.call.turn_voices
        return voices[self.turn.index] if voices else None


def _items(call: ExportedCall) -> Iterator[ExportedTurn]:
    # A number may be read out in groups over several turns: all of a call are masked together.
    for turn, text in zip(call.call.turns, ShownText.of_turns(call.call.turns), strict=True):
        yield ExportedTurn(call, turn, text.slice(0, len(text.text)))


def _turn(name: str) -> Any:
    return lambda x: getattr(x.turn, name)


def _span(name: str) -> Any:
    return lambda x: getattr(x.turn.span, name, None)


def _voice(name: str) -> Any:
    return lambda x: getattr(x.voice, name, None)


def _role(x: ExportedTurn) -> str:
    return "" if x.turn.role is Role.UNKNOWN else x.turn.role.value


C = Column[ExportedTurn]

TURNS: Table[ExportedTurn] = Table(
    "turns",
    "A row per turn: who said what, when, in which stage, and how it sounds. Numbers of people are masked.",
    "每句一行：谁、什么时候、在哪个阶段、说了什么、听起来如何。电话、证件和卡号已遮盖。",
    (
        C("call_id", _TEXT, "The call, as in the table calls.", "通话编号，同 calls 表。", lambda x: x.whole.call_id),
        C("turn", _WHOLE, "Place of the turn in the call, from 0.", "第几句，从 0 起。", _turn("index")),
        C("role", _TEXT, "agent or customer.", "agent 坐席、customer 客户。", _role),
        C("start_s", _DECIMAL, "Where the turn begins in the recording.", "开始时间。", _span("start_s"), "s"),
        C("end_s", _DECIMAL, "Where it ends.", "结束时间。", _span("end_s"), "s"),
        C("text", _TEXT, "What was said, masked.", "说的话（号码已遮盖）。", lambda x: x.text),
        C(
            "stage",
            _TEXT,
            "opening, needs, recommendation, objection, close.",
            "opening 开场、needs 需求、recommendation 推荐、objection 异议处理、close 促成。",
            lambda x: x.stage,
        ),
        C(
            "stage_probability",
            _DECIMAL,
            "How sure the stage is.",
            "阶段的把握。",
            lambda x: x.stage_probability,
            "0–1",
        ),
        C(
            "acts",
            _TEXT,
            f"What the turn does (greet, quote_price …), joined by `{BETWEEN}`.",
            f"这句话做什么（greet、quote_price 等），用 `{BETWEEN}` 隔开。",
            lambda x: x.acts,
        ),
        C("confidence", _DECIMAL, "How sure the recognition is.", "识别置信度。", _turn("confidence"), "0–1"),
        C(
            "doubts",
            _TEXT,
            f"Why some of it may never have been said (subtitle, loop …), joined by `{BETWEEN}`.",
            f"为什么可能没说过（subtitle、loop 等），用 `{BETWEEN}` 隔开。",
            lambda x: BETWEEN.join(x.turn.doubts),
        ),
        C("backchannel", Kind.YES_NO, "A listener's sign (嗯, 对).", "是否只是应声（嗯、对）。", _turn("backchannel")),
        C("channel", _WHOLE, "Channel of the recording, from 0 (left).", "声道，从 0（左）起。", _turn("channel")),
        C("voice", _WHOLE, "Which of the voices heard, from 0.", "第几个声音，从 0 起。", _turn("voice")),
        C(
            "rate_cpm",
            _DECIMAL,
            "Speech rate; English: words a minute.",
            "语速；英语为每分钟词数。",
            _voice("rate_cpm"),
            "characters/min",
        ),
        C(
            "level_db",
            _DECIMAL,
            "Loudness against the party's own median.",
            "音量，相对本人中位数。",
            _voice("level_db"),
            "dB",
        ),
        C(
            "level_jump_db",
            _DECIMAL,
            "Loudness against the party's turn before.",
            "音量，相对本人上一句。",
            _voice("level_jump_db"),
            "dB",
        ),
        C("pitch_hz", _DECIMAL, "Median pitch.", "音高中位数。", _voice("pitch_hz"), "Hz"),
        C("pitch_range_st", _DECIMAL, "Range of the pitch.", "音高变化范围。", _voice("pitch_range_st"), "semitones"),
        C("speech_s", _DECIMAL, "Speech inside the turn.", "句内说话时长。", _voice("speech_s"), "s"),
        C("pause_s", _DECIMAL, "Pauses inside the turn.", "句内停顿时长。", _voice("pause_s"), "s"),
        C("pauses", _DECIMAL, "How many pauses.", "句内停顿次数。", _voice("pauses")),
    ),
    _items,
)
