"""Small builders for tests: a call from lines of dialogue, a check or rubric from plain values, a scorecard.

A line is ``(role, text)`` or ``(role, text, start_s, end_s)``; the role may be written ``"agent"``, ``"customer"``,
``"unknown"`` or ``A``, ``C``, ``U``::

    call((A, "您好", 0, 2), (C, "你是谁", 2, 3), stages="oo")
    ask(call((A, "您好")), phrases={"any": ["您好"]}).state
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from qa_pipeline.checks.base import Check
from qa_pipeline.checks.finding import Finding
from qa_pipeline.checks.registry import run_check
from qa_pipeline.core.call import (
    Call,
    CallMetadata,
    Conversation,
    MadeBy,
    Recording,
    Role,
    Stage,
    StageSpan,
    Turn,
    Word,
)
from qa_pipeline.core.score import Evidence, Fatal, Outcome, Quote, Reason, Scorecard, Verdict
from qa_pipeline.core.span import Span, cover_all
from qa_pipeline.rubric.model import Criterion, LoadedRubric, Rubric

A, C, U = Role.AGENT, Role.CUSTOMER, Role.UNKNOWN

Line = tuple[Role | str, str] | tuple[Role | str, str, float, float]

#: Stages by their first letter, as in ``call(..., stages="oonrc")``; the objection is ``b`` (but).
STAGE_LETTERS = {
    "o": Stage.OPENING,
    "n": Stage.NEEDS,
    "r": Stage.RECOMMENDATION,
    "b": Stage.OBJECTION,
    "c": Stage.CLOSE,
}


def words(text: str, start_s: float, end_s: float, size: int = 1) -> tuple[Word, ...]:
    """The text cut into words of ``size`` characters, evenly spread over the time."""
    pieces = [text[i : i + size] for i in range(0, len(text), size)]
    step_s = (end_s - start_s) / len(pieces)
    # The end is counted from the start of the turn, so that neighbours meet exactly.
    return tuple(
        Word(piece, Span(start_s + i * step_s, start_s + (i + 1) * step_s), 0.9) for i, piece in enumerate(pieces)
    )


def turn(
    role: Role | str,
    text: str,
    start_s: float | None = None,
    end_s: float | None = None,
    *,
    index: int = 0,
    word_size: int = 0,
    confidence: float | None = None,
) -> Turn:
    """One turn; with times when both are given, with timed words when ``word_size`` is given too."""
    span = None if start_s is None or end_s is None else Span(start_s, end_s)
    timed = words(text, span.start_s, span.end_s, word_size) if span and word_size else ()
    return Turn(index, Role(role), text, span, None, timed, confidence)


def turns(lines: Iterable[Line], *, word_size: int = 0) -> tuple[Turn, ...]:
    """Turns numbered 0, 1, 2 …"""
    return tuple(turn(*line, index=index, word_size=word_size) for index, line in enumerate(lines))


def timed(*lines: tuple[Role | str, str], turn_s: float = 2.0, pause_s: float = 0.0) -> tuple[Line, ...]:
    """The same lines one after the other, each ``turn_s`` long with ``pause_s`` between them."""
    step_s = turn_s + pause_s
    return tuple((role, text, i * step_s, i * step_s + turn_s) for i, (role, text) in enumerate(lines))


def recording(duration_s: float = 60.0, *, channels: int = 2, **more: Any) -> Recording:
    """A plain WAV recording."""
    fields = {"path": "call.wav", "sha256": "ab" * 32, "size_bytes": 1000, "container": "wav", "codec": "pcm_s16le"}
    return Recording(**{**fields, "sample_rate_hz": 8000, "channels": channels, "duration_s": duration_s, **more})


def call(
    *lines: Line,
    stages: str | Sequence[Stage] = (),
    recording_s: float | None = None,
    confidence: float | None = None,
    metadata: CallMetadata | None = None,
    word_size: int = 0,
    call_id: str = "call-1",
    language: str = "zh",
) -> Call:
    """A call with one turn per line; ``stages`` one per turn, as letters of STAGE_LETTERS or as Stage values."""
    numbered = turns(lines, word_size=word_size)
    tags = tuple(STAGE_LETTERS[s] if isinstance(stages, str) else Stage(s) for s in stages)
    return Call(
        call_id=call_id,
        conversation=Conversation(language, numbered),
        turn_stages=tags,
        stages=_stage_spans(tags, numbered),
        metadata=metadata or CallMetadata(),
        recording=None if recording_s is None else recording(recording_s),
        confidence=confidence,
    )


def _stage_spans(tags: Sequence[Stage], numbered: Sequence[Turn]) -> tuple[StageSpan, ...]:
    firsts = [i for i, tag in enumerate(tags) if i == 0 or tags[i - 1] is not tag]
    return tuple(
        StageSpan(tags[a], a, b - 1, cover_all(t.span for t in numbered[a:b] if t.span))
        for a, b in zip(firsts, [*firsts, len(tags)][1:], strict=True)
    )


def check(**named: Any) -> Check:
    """One check as a rubric writes it: ``check(phrases={"any": ["您好"]})``; ``not`` is written ``not_``."""
    return Check.parse({name.rstrip("_"): value for name, value in named.items()})


def ask(asked: Call, **named: Any) -> Finding:
    """The finding of one check on a call: ``ask(call(...), regex={"pattern": "您好"})``."""
    return run_check(check(**named), asked)


def quoted(asked: Call, quotes: Iterable[Quote]) -> list[str]:
    """The characters that quotes point at."""
    return [asked.turns[q.turn].text[q.start : q.end] for q in quotes]


def criterion(id: str = "greet", points: float = 10, **more: Any) -> Criterion:
    """A criterion that asks for 您好 unless another ``check`` is given."""
    fields = {"id": id, "title": id, "points": points, "check": {"phrases": {"any": ["您好"]}}}
    return Criterion.model_validate({**fields, **more})


def rubric(*criteria: Criterion, **more: Any) -> LoadedRubric:
    """A rubric of one section, as if it had been read from a file."""
    sections = ({"id": "main", "title": "main", "criteria": criteria or (criterion(),)},)
    fields = {"id": "test", "version": "1.0", "title": "test", "sections": sections}
    return LoadedRubric(Rubric.model_validate({**fields, **more}), Path("test.yaml"), "cd" * 32)


def outcome(
    id: str = "greet",
    verdict: Verdict = Verdict.MET,
    points: float | None = None,
    possible: float = 10.0,
    *,
    fatal: bool = False,
    evidence: Evidence | None = None,
) -> Outcome:
    """One outcome with evidence where its verdict needs some; full points when met, half when partly met."""
    shares = {Verdict.MET: 1.0, Verdict.PARTLY: 0.5, Verdict.MISSED: 0.0}
    if points is None and verdict.counts:
        points = shares[verdict] * possible
    shown = evidence if evidence is not None else Evidence(searched=(0,) if verdict.counts else ())
    return Outcome(
        id, "main", verdict, Reason("phrases_found"), shown, points, possible, fatal=Fatal.CALL if fatal else None
    )


def scorecard(*outcomes: Outcome, pass_percent: float | None = None) -> Scorecard:
    """A scorecard of call-1 under the rubric ``test``."""
    return Scorecard("call-1", "test", "1.0", "cd" * 32, outcomes, MadeBy("scoring", "0.1.0"), pass_percent)


def line(id: str, **fields: Any) -> Criterion:
    """A criterion with ``points``, ``bonus`` or ``deduct`` as given; it asks for 您好 unless there is a ``check``."""
    return Criterion.model_validate({"id": id, "title": id, "check": {"phrases": {"any": ["您好"]}}, **fields})


def form(*sections: dict[str, Any], **more: Any) -> LoadedRubric:
    """A rubric of several sections, each with ``id`` and ``criteria``."""
    fields = {"id": "test", "version": "1.0", "title": "test", "sections": [{"title": s["id"], **s} for s in sections]}
    return LoadedRubric(Rubric.model_validate({**fields, **more}), Path("test.yaml"), "cd" * 32)


#: Limits that every recording keeps to: those of tests may last a second.
ANY_RECORDING: dict[str, Any] = {
    "min_duration_s": 0,
    "min_speech_s": 0,
    "min_level_db": -120,
    "max_clipped_percent": 100,
    "allow_truncated": True,
    "both_parties": False,
}
