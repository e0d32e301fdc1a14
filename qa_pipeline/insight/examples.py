"""A rubric's own examples as tests: each snippet becomes a small call, and its criterion must get the named verdict.

How snippets are written stands in ``rubric/snippets.py``. Stages that are not written are found by the stage model, as
in any call. Where every line has times, lines that overlap are overlaps, as on two channels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from qa_pipeline.acoustics.floor import overlaps
from qa_pipeline.core.call import Call, Conversation, Role, Stage, Turn
from qa_pipeline.core.facts import Act, Overlap, TurnVoice
from qa_pipeline.core.score import Outcome, Verdict
from qa_pipeline.core.span import merge
from qa_pipeline.rubric.model import Criterion, LoadedRubric
from qa_pipeline.rubric.snippets import SnippetError, SnippetLine, parse_snippet
from qa_pipeline.scoring import score
from qa_pipeline.stages.tagging import stage_spans
from qa_pipeline.steps import build_imported_call
from qa_pipeline.transcribe.imported import ImportedCall

_VERDICTS = {
    "met": Verdict.MET,
    "partly": Verdict.PARTLY,
    "missed": Verdict.MISSED,
    "na": Verdict.NOT_APPLICABLE,
}


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """One example: where it stands, what it should get and what it got; ``problem`` when it could not be run."""

    criterion_id: str
    expected: str
    number: int
    outcome: Outcome | None
    problem: str = ""
    text: str = ""

    @property
    def unasked(self) -> bool:
        """Whether it needs a language model, which examples never ask."""
        return self.outcome is not None and self.outcome.reason.code == "llm_off"

    @property
    def passed(self) -> bool:
        return self.outcome is not None and self.outcome.verdict is _VERDICTS[self.expected]


def run_examples(loaded: LoadedRubric) -> Iterator[ExampleResult]:
    """Run every example of every criterion."""
    for criterion in loaded.rubric.criteria:
        for expected, number, text in _examples(criterion):
            try:
                call = example_call(text, loaded.rubric.language)
            except SnippetError as error:
                yield ExampleResult(criterion.id, expected, number, None, str(error), text)
                continue
            outcomes = score(call, loaded).outcomes
            outcome = next(outcome for outcome in outcomes if outcome.criterion_id == criterion.id)
            yield ExampleResult(criterion.id, expected, number, outcome, text=text)


def _examples(criterion: Criterion) -> Iterator[tuple[str, int, str]]:
    for expected in _VERDICTS:
        for number, text in enumerate(getattr(criterion.examples, expected), start=1):
            yield expected, number, text


def example_call(text: str, language: str = "zh") -> Call:
    """The call of a snippet; SnippetError says which line cannot be read."""
    snippet = parse_snippet(text)
    lines = snippet.lines
    turns = tuple(Turn(i, line.role, line.text, line.span) for i, line in enumerate(lines))
    conversation = Conversation(language, turns)
    call = build_imported_call(ImportedCall("example", conversation, snippet.metadata, ended_by=snippet.ended_by))
    call = _staged(call, lines)
    if any(line.acts for line in lines):
        call = replace(call, turn_acts=tuple(tuple(Act(name) for name in line.acts) for line in lines))
    if any(line.voice != TurnVoice() for line in lines):
        call = replace(call, turn_voices=tuple(line.voice for line in lines))
    if all(line.span for line in lines):
        call = replace(call, overlaps=_crossing(call.turns))
    return call


def _staged(call: Call, lines: Sequence[SnippetLine]) -> Call:
    """The call with the stages that the snippet writes down in place of those that were found."""
    found = call.turn_stages or (Stage.OPENING,) * len(lines)
    stages = tuple(line.stage or stage for line, stage in zip(lines, found, strict=True))
    if not call.turn_stages and not all(line.stage for line in lines):
        return call
    return replace(call, turn_stages=stages, stages=stage_spans(call.turns, stages))


def _crossing(turns: Sequence[Turn]) -> tuple[Overlap, ...]:
    """Where lines of both parties overlap, by the rules for two channels."""
    agent, customer = ([t.span for t in turns if t.span and t.role is role] for role in (Role.AGENT, Role.CUSTOMER))
    return overlaps(turns, merge(agent), merge(customer))
