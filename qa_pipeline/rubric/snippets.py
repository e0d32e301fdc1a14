"""A rubric's examples as written: one utterance of the agent, or lines ``坐席：…`` / ``客户：…`` (``agent: …``).

In brackets before a line may stand its stage, its times, acts and voice values:
``[close 12.5-14 +thank rate_cpm=310] 坐席：…``; lines ``@ name: value`` set metadata of the call (columns as in
calls.csv), ``@ ended_by: customer`` who hung up.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from qa_pipeline.audio.calls_csv import metadata_of
from qa_pipeline.core.call import CallMetadata, Role, Stage
from qa_pipeline.core.facts import TurnVoice
from qa_pipeline.core.span import Span
from qa_pipeline.transcribe.imported import AGENT_NAMES, CUSTOMER_NAMES

#: The names of the parties are those that imported transcripts may use.
_ROLES = dict.fromkeys(AGENT_NAMES, Role.AGENT) | dict.fromkeys(CUSTOMER_NAMES, Role.CUSTOMER)
_LINE = re.compile(
    rf"^(?:[\[【](?P<marks>[^\]】]*)[\]】])?\s*(?:(?P<role>{'|'.join(_ROLES)})\s*[:：])?\s*(?P<text>.*)$", re.IGNORECASE
)
_TIMES = re.compile(r"^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$")
_ACT = re.compile(r"^\+[a-z][a-z_]*$")
_METADATA = re.compile(r"^@\s*(\w+)\s*[:：=]\s*(.+)$")

#: Columns that mean something to the program; others are kept as they are.
_COLUMNS = frozenset(CallMetadata.__dataclass_fields__) - {"extra"}


class SnippetError(ValueError):
    """An example that cannot be read as a dialogue."""


@dataclass(frozen=True, slots=True)
class SnippetLine:
    """One turn with what its brackets say; None and empty: not said."""

    role: Role
    text: str
    stage: Stage | None = None
    span: Span | None = None
    acts: tuple[str, ...] = ()
    voice: TurnVoice = field(default_factory=TurnVoice)


@dataclass(frozen=True, slots=True)
class Snippet:
    lines: tuple[SnippetLine, ...]
    metadata: CallMetadata = field(default_factory=CallMetadata)
    ended_by: Role | None = None


def parse_snippet(text: str) -> Snippet:
    """The dialogue of an example; SnippetError says which line cannot be read."""
    said: dict[str, str] = {}
    lines: list[SnippetLine] = []
    for number, raw in _lines(text):
        if raw.startswith("@"):
            name, value = _metadata_line(raw, number)
            said[name] = value
        else:
            lines.append(_line(raw, number))
            _refuse_disorder(lines, number)
    if not lines:
        raise SnippetError("holds no line of dialogue")
    return Snippet(tuple(lines), _metadata(said), _ended_by(said))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, raw in enumerate(text.splitlines(), start=1):
        if raw.strip():
            yield number, raw.strip()


def _metadata_line(raw: str, number: int) -> tuple[str, str]:
    match = _METADATA.match(raw)
    if match is None:
        raise SnippetError(f"line {number}: @ sets metadata, such as @ outcome: deal")
    return match[1], match[2].strip()


def _line(raw: str, number: int) -> SnippetLine:
    match = _LINE.match(raw)
    if match is None or not match["text"]:
        raise SnippetError(f"line {number}: nothing is said")
    stage, span = None, None
    acts: list[str] = []
    voice: dict[str, float] = {}
    for mark in (match["marks"] or "").split():
        times = _TIMES.match(mark)
        name, _, value = mark.partition("=")
        if times:
            span = _span(float(times[1]), float(times[2]), number)
        elif mark in {s.value for s in Stage}:
            stage = Stage(mark)
        elif _ACT.match(mark):
            acts.append(mark[1:])
        elif name in TurnVoice.__dataclass_fields__:
            voice[name] = _number(value, number)
        else:
            raise SnippetError(f"line {number}: {_unknown_mark(mark)}")
    role = _ROLES[match["role"].lower()] if match["role"] else Role.AGENT
    return SnippetLine(role, match["text"], stage, span, tuple(acts), TurnVoice(**voice))


def _unknown_mark(mark: str) -> str:
    known = [*(stage.value for stage in Stage), *(f"{name}=" for name in TurnVoice.__dataclass_fields__)]
    close = difflib.get_close_matches(mark, known, n=1)
    hint = f"; did you mean {close[0]}?" if close else ""
    return f"[{mark:.40}] is no stage, times (3.5-6), act (+greet) or voice value (rate_cpm=300){hint}"


def _number(text: str, line: int) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise SnippetError(f"line {line}: {text:.40} is no number")
    return number


def _span(start_s: float, end_s: float, number: int) -> Span:
    if end_s < start_s:
        raise SnippetError(f"line {number}: ends before it begins")
    return Span(start_s, end_s)


def _refuse_disorder(lines: list[SnippetLine], number: int) -> None:
    starts = [line.span.start_s for line in lines if line.span]
    if starts != sorted(starts):
        raise SnippetError(f"line {number}: begins before the line above it")


def _metadata(said: Mapping[str, str]) -> CallMetadata:
    try:
        known = metadata_of({name: value for name, value in said.items() if name in _COLUMNS})
    except ValueError as error:
        raise SnippetError(f"metadata: {error}") from None
    extra = {name: value for name, value in said.items() if name not in _COLUMNS and name != "ended_by"}
    return CallMetadata(**{name: getattr(known, name) for name in _COLUMNS}, extra=extra)


def _ended_by(said: Mapping[str, str]) -> Role | None:
    if "ended_by" not in said:
        return None
    try:
        return _ROLES[said["ended_by"].lower()]
    except KeyError:
        raise SnippetError(f"metadata: ended_by: {said['ended_by']:.40} is neither agent nor customer") from None
