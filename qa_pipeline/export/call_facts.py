"""Columns of the table ``calls``: what is known about a call."""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from qa_pipeline.core.call import Call
from qa_pipeline.core.role import Role
from qa_pipeline.export.columns import Column, Kind, code, free_text, identifier, moment_text
from qa_pipeline.export.exported import ExportedCall
from qa_pipeline.report.call.transcript_view import call_duration_s

_TEXT, _WHOLE, _DECIMAL, _YES_NO = Kind.TEXT, Kind.WHOLE, Kind.DECIMAL, Kind.YES_NO


def _known(name: str) -> Any:
    """A fact of ``calls.csv`` as it was given."""
    return lambda x: getattr(x.call.metadata, name)


def _recording(x: ExportedCall) -> str:
    path = x.call.recording.path if x.call.recording else ""
    return identifier(PureWindowsPath(PurePosixPath(path).name).name)


def _ended_by(call: Call) -> str:
    return call.ended_by.value if call.ended_by and call.ended_by is not Role.UNKNOWN else ""


C = Column[ExportedCall]

FACTS: tuple[C, ...] = (
    C(
        "call_id",
        _TEXT,
        "The call; the same in all tables. An id that could hold a phone number is masked and ends in a hash.",
        "通话编号，各表通用。可能含有电话号码的编号会被遮盖，末尾加校验码。",
        lambda x: x.call_id,
    ),
    C(
        "started_at",
        _TEXT,
        "When the call began, with its offset from UTC where it is known.",
        "通话开始时间，知道时区的带时区。",
        lambda x: moment_text(x.call.metadata.started_at),
        "ISO 8601",
    ),
    C(
        "started_local",
        Kind.MOMENT,
        "The same by the clock of the call, to the second, without offset.",
        "同上，按通话当地的钟，精确到秒，不带时区。",
        _known("started_at"),
        "ISO 8601",
    ),
    C("direction", _TEXT, "inbound or outbound.", "inbound 呼入、outbound 呼出。", _known("direction")),
    C("connected", _YES_NO, "Whether the customer was reached.", "是否接通。", _known("connected")),
    C(
        "call_outcome",
        _TEXT,
        "How the call ended for the business: deal, followup, refusal, hangup, wrong_number, complaint.",
        "业务结果：deal 成交、followup 跟进、refusal 拒绝、hangup 挂断、wrong_number 打错、complaint 投诉。",
        _known("outcome"),
    ),
    C("amount", _DECIMAL, "What was sold.", "成交金额。", _known("amount"), "as in calls.csv"),
    C("refunded", _YES_NO, "Whether it was paid back.", "是否退款。", _known("refunded")),
    C("wrap_up_s", _DECIMAL, "Work after the call.", "话后处理时长。", _known("wrap_up_s"), "s"),
    C(
        "agent_id",
        _TEXT,
        "Id of the agent, masked.",
        "坐席工号（遮盖号码）。",
        lambda x: identifier(x.call.metadata.agent_id),
    ),
    C("agent_name", _TEXT, "Name of the agent.", "坐席姓名。", lambda x: free_text(x.call.metadata.agent_name)),
    C("team", _TEXT, "Team of the agent.", "班组。", lambda x: free_text(x.call.metadata.team)),
    C(
        "customer_id",
        _TEXT,
        "Id of the customer, masked.",
        "客户编号（遮盖号码）。",
        lambda x: identifier(x.call.metadata.customer_id),
    ),
    C("recording", _TEXT, "Name of the file, masked.", "录音文件名（遮盖号码）。", _recording),
    C(
        "channels",
        _WHOLE,
        "Channels of the recording.",
        "录音声道数。",
        lambda x: x.call.recording.channels if x.call.recording else None,
    ),
    C(
        "duration_s",
        _DECIMAL,
        "Length of the recording; without one, the end of the last turn.",
        "录音时长；没有录音时为最后一句的结束时间。",
        lambda x: call_duration_s(x.call),
        "s",
    ),
    C(
        "language",
        _TEXT,
        "Language spoken: zh, en …",
        "语言：zh、en 等。",
        lambda x: code(x.call.conversation.language),
    ),
    C(
        "confidence",
        _DECIMAL,
        "How sure the recognition is, over the whole call.",
        "整通识别置信度。",
        lambda x: x.call.confidence,
        "0–1",
    ),
    C(
        "turns",
        _WHOLE,
        "Turns of the call; rows in the table turns.",
        "句数，即 turns 表中的行数。",
        lambda x: len(x.call.turns),
    ),
    C(
        "ended_by",
        _TEXT,
        "Who hung up: agent or customer.",
        "谁先挂断：agent 坐席、customer 客户。",
        lambda x: _ended_by(x.call),
    ),
)
