"""``regex``: does a pattern occur (or never occur) in a turn?

Patterns run on the text as written, or on a normal form of it, with a time limit, since rubrics come from outside.
"""

from __future__ import annotations

from functools import lru_cache

import regex
from pydantic import Field, field_validator

from qa_pipeline.checks.base import register
from qa_pipeline.checks.context import Context, quote_of
from qa_pipeline.checks.finding import Finding, unknown
from qa_pipeline.checks.scope import searchable
from qa_pipeline.checks.spoken import SpokenScope, unwanted, wanted
from qa_pipeline.core.call import Turn
from qa_pipeline.core.score import How, Quote, Reason
from qa_pipeline.language.normalise import Form, normalise

#: Seconds that one pattern may take on one turn before the criterion is reported as not scorable.
TIME_LIMIT_S = 0.2

#: Nested counts multiply, and the engine writes each repeat out: more than this would fill the memory.
MAX_REPEATS = 10_000

_PIECE = regex.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|[()]|\{(\d+)?(?:,(\d+)?)?\}", regex.DOTALL)


class RegexParams(SpokenScope):
    pattern: str = Field(min_length=1, description="regular expression, searched in every turn in scope")
    exclude: str | None = Field(None, min_length=1, description="turns in which this occurs do not count")
    forbid: bool = Field(False, description="the check holds when the pattern does not occur")
    form: Form | None = Field(
        None, strict=False, description="search a normal form (plain, numbers) instead of the text as written"
    )

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


@register("regex", RegexParams, of_words=True)
def check_regex(params: RegexParams, context: Context) -> Finding:
    """A regular expression matches, or never matches."""
    window = searchable(params, context)
    if isinstance(window, Finding):
        return window
    try:
        hits = window.only(quote for index in window.turns for quote in _find(params, context.call.turns[index]))
    except TimeoutError:
        return unknown("regex_too_slow")
    if params.forbid:
        return unwanted(window, hits, Reason("regex_none"))
    first = hits[0].matched if hits else ""
    return wanted(params, window, hits, Reason("regex_found", {"match": first}), Reason("regex_missing"))


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> regex.Pattern[str]:
    """Looked up for every turn: the library's own look-up takes as long as most searches."""
    return regex.compile(pattern, regex.IGNORECASE)


def _find(params: RegexParams, turn: Turn) -> list[Quote]:
    normal = normalise(turn.text, params.form) if params.form else None
    text = normal.text if normal else turn.text
    if params.exclude and _compiled(params.exclude).search(text, timeout=TIME_LIMIT_S):
        return []
    found = []
    for match in _compiled(params.pattern).finditer(text, timeout=TIME_LIMIT_S):
        if match.end() > match.start():
            start, end = normal.original_range(*match.span()) if normal else match.span()
            if params.counts(turn, start, end):
                found.append(quote_of(turn, start, end, turn.text[start:end], How.REGEX))
    return found
