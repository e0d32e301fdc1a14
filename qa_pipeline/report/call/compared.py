"""Which measured values may stand beside the team's: the agent's, over the whole call."""

from __future__ import annotations

from collections.abc import Iterable

from qa_pipeline.checks.base import Check, walk
from qa_pipeline.core.call import Role
from qa_pipeline.core.score import Reason
from qa_pipeline.report.wording import Wording

#: Keys that say how a figure is taken or bounded, not of which part of the call.
_NO_SCOPE = frozenset({"role", "bounds", "seconds", "min", "max", "measure", "every_turn", "interruption_s", "pause_s"})


def with_norm(text: str, reason: Reason, checks: Iterable[Check | None], wording: Wording) -> str:
    """A reason's text, with what is usual in the team where ``checks``, which may have given it, can be compared."""
    measure = str(reason.values.get("measure", ""))
    if wording.norm(measure) is None:
        return text
    asked = [found for check in checks if check for _, found in walk(check) if found.name == measure]
    return wording.beside_norm(text, reason) if asked and all(map(_is_compared, asked)) else text


def _is_compared(check: Check) -> bool:
    """Whether a check's figure is the agent's and of the whole call; the largest of all values is no median."""
    params = check.params
    # A talk ratio has no role: it is the agent's share.
    of_agent = check.name == "talk_ratio" or params.role is Role.AGENT
    return of_agent and params.model_fields_set <= _NO_SCOPE and getattr(params, "measure", "") != "max"
