"""The table ``calls``: a row per call, with what is known about it, how the parties talk, and its result."""

from __future__ import annotations

from qa_pipeline.export.call_facts import FACTS
from qa_pipeline.export.call_result import RESULT
from qa_pipeline.export.call_talk import TALK
from qa_pipeline.export.columns import Table
from qa_pipeline.export.exported import ExportedCall

CALLS: Table[ExportedCall] = Table(
    "calls",
    "A row per call: what is known about it, how the parties talk, and its result.",
    "每通一行：基本信息、双方怎么说、结果。",
    (*FACTS, *TALK, *RESULT),
    lambda call: (call,),
)
