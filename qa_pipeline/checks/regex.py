"""``regex``: does a pattern occur (or never occur) in a turn?

Patterns run on the text as written, with a time limit, since rubrics come from outside.
"""

from __future__ import annotations

import regex
from pydantic import Field, field_validator

from qa_pipeline.checks.context import Context, quote_of
from qa_pipeline.checks.finding import Finding, fails, holds, unknown
from qa_pipeline.checks.scope import Scope, missing_facts, window_of
from qa_pipeline.core.call import Turn
from qa_pipeline.core.score import Quote, Reason

#: Seconds that one pattern may take on one turn before the criterion is reported as not scorable.
TIME_LIMIT_S = 0.2

#: Nested counts multiply, and the engine writes each repeat out: more than this would fill the memory.
MAX_REPEATS = 10_000

_PIECE = regex.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|[()]|\{(\d+)?(?:,(\d+)?)?\}", regex.DOTALL)


class RegexParams(Scope):
    pattern: str = Field(min_length=1, description="regular expression, searched in every turn in scope")
    exclude: str | None = Field(None, min_length=1, description="turns in which this occurs do not count")
    forbid: bool = Field(False, description="the check holds when the pattern does not occur")

    @field_validator("pattern", "exclude")
    @classmethod
    def _compiles(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if repeats(value) > MAX_REPEATS:
            raise ValueError(f"not a usable regular expression: repeats things more than {MAX_REPEATS} times")
        try:
            regex.compile(value)
        except regex.error as error:
            raise ValueError(f"not a regular expression: {error}") from None
        except RecursionError:
            raise ValueError("not a usable regular expression: nested too deeply") from None
        return value


def repeats(pattern: str) -> int:
    """The largest product of nested counts ``{n,m}`` in a pattern."""
    inside = [1]  # per open group, the largest product seen in it
    closed = 1  # the product of the group that has just been closed, which a count would multiply
    for piece in _PIECE.finditer(pattern):
        if piece.group() == "(":
            inside.append(1)
        elif piece.group() == ")" and len(inside) > 1:
            closed = inside.pop()
            inside[-1] = max(inside[-1], closed)
        elif piece.group().startswith("{"):
            follows_group = pattern[piece.start() - 1 : piece.start()] == ")"
            count = max((int(number) for number in piece.groups() if number), default=1)
            inside[-1] = max(inside[-1], count * (closed if follows_group else 1))
    return max(inside)


def check_regex(params: RegexParams, context: Context) -> Finding:
    blocked = missing_facts(params, context.call)
    if blocked:
        return blocked
    window = window_of(params, context.call)
    try:
        hits = tuple(q for index in window.turns for q in _find(params, context.call.turns[index]))
    except TimeoutError:
        return unknown("regex_too_slow")
    if not hits:
        reason = Reason("regex_none" if params.forbid else "regex_missing")
        return holds(reason, window) if params.forbid else fails(reason, window)
    text = context.call.turns[hits[0].turn].text[hits[0].start : hits[0].end]
    if params.forbid:
        return fails(Reason("forbidden_found", {"phrase": text, "count": len(hits)}), window, hits)
    return holds(Reason("regex_found", {"match": text}), window, hits)


def _find(params: RegexParams, turn: Turn) -> list[Quote]:
    flags = regex.IGNORECASE
    if params.exclude and regex.search(params.exclude, turn.text, flags=flags, timeout=TIME_LIMIT_S):
        return []
    matches = regex.finditer(params.pattern, turn.text, flags=flags, timeout=TIME_LIMIT_S)
    return [quote_of(turn, m.start(), m.end()) for m in matches if m.end() > m.start()]
