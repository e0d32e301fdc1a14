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


class RegexParams(Scope):
    pattern: str = Field(min_length=1, description="regular expression, searched in every turn in scope")
    exclude: str | None = Field(None, min_length=1, description="turns in which this occurs do not count")
    forbid: bool = Field(False, description="the check holds when the pattern does not occur")

    @field_validator("pattern", "exclude")
    @classmethod
    def _compiles(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            regex.compile(value)
        except regex.error as error:
            raise ValueError(f"not a regular expression: {error}") from None
        except RecursionError:
            raise ValueError("not a usable regular expression: nested too deeply") from None
        return value


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
