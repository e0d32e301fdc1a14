"""``all``, ``any``, ``not``, ``at_least`` and ``use``: findings joined. An unknown part makes the whole unknown unless
the rest decides it."""

from __future__ import annotations

from dataclasses import replace
from typing import Self

from pydantic import Field, model_validator

from qa_pipeline.checks.base import Check, CheckParams, Checks, register
from qa_pipeline.checks.context import Context
from qa_pipeline.checks.finding import Finding, State
from qa_pipeline.core.score import Evidence, Reason
from qa_pipeline.core.span import cover_all


class AtLeastParams(CheckParams):
    """So many of the checks hold."""

    n: int = Field(ge=1, description="how many must hold")
    of: Checks = Field(description="the checks")

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.n > len(self.of):
            raise ValueError(f"{self.n} of {len(self.of)} checks can never hold")
        return self


@register("all", Checks)
def check_all(parts: tuple[Check, ...], context: Context) -> Finding:
    """Each check of a list holds."""
    return _decided(State.FAILS, [context.ask(part) for part in parts])


@register("any", Checks)
def check_any(parts: tuple[Check, ...], context: Context) -> Finding:
    """At least one check of a list holds."""
    return _decided(State.HOLDS, [context.ask(part) for part in parts])


@register("not", Check)
def check_not(part: Check, context: Context) -> Finding:
    """A check does not hold."""
    # What holds says how much is wrong where it should not: its hits, less those that min_hits lets pass.
    found = context.ask(part)
    if found.state is State.UNKNOWN:
        return found
    state = State.FAILS if found.state is State.HOLDS else State.HOLDS
    return replace(found, state=state, reason=Reason("not_found" if state is State.HOLDS else "unwanted_found"))


@register("at_least", AtLeastParams)
def check_at_least(params: AtLeastParams, context: Context) -> Finding:
    """At least n checks of a list hold."""
    findings = [context.ask(part) for part in params.of]
    held = [finding for finding in findings if finding.state is State.HOLDS]
    unknowns = [finding for finding in findings if finding.state is State.UNKNOWN]
    values = {"count": len(held), "wanted": params.n, "total": len(findings)}
    if len(held) >= params.n:
        return replace(joined(held), reason=Reason("enough_held", values), breaches=len(held) - params.n + 1)
    if len(held) + len(unknowns) >= params.n:
        return unknowns[0]
    failed = [finding for finding in findings if finding.state is State.FAILS]
    return replace(joined(failed), state=State.FAILS, reason=Reason("too_few_held", values), breaches=1)


@register("use", str)
def check_use(name: str, context: Context) -> Finding:
    """A named condition of the rubric holds."""
    return context.ask(context.conditions[name])


def _decided(decisive: State, findings: list[Finding]) -> Finding:
    """All findings that decide alone and can show it, with the first one's reason; else an unknown one; else one that
    had nothing to search; else all of them.

    Each part of a failing ``all`` is a thing of its own that is wrong, so that their breaches add up; where no part of
    ``any`` holds, that is one.
    """
    deciding = [finding for finding in findings if finding.state is decisive]
    shown = [finding for finding in deciding if finding.hits or finding.evidence.searched]
    if shown:
        return replace(joined(shown), reason=shown[0].reason, breaches=sum(finding.breaches for finding in shown))
    unknowns = [finding for finding in findings if finding.state is State.UNKNOWN]
    return next(iter(unknowns + deciding), None) or joined(findings)


def joined(findings: list[Finding]) -> Finding:
    """One finding with the evidence of all; the first one's state and reason. More than one are one fact together."""
    if len(findings) == 1:
        return findings[0]
    evidence = [finding.evidence for finding in findings]
    # Not a set: its order changes from process to process, and hits of two checks may lie at the same place.
    each = dict.fromkeys(hit for e in evidence for hit in e.hits)
    hits = sorted(each, key=lambda q: (q.turn, q.start, q.end))
    searched = sorted({turn for e in evidence for turn in e.searched})
    span = cover_all(e.searched_span for e in evidence if e.searched_span)
    nearest = max((e.nearest for e in evidence if e.nearest), key=lambda q: q.similarity or 0.0, default=None)
    # What the first part missed says more than "none of these".
    held = findings[0].state is State.HOLDS
    reason = Reason("all_held", {"count": len(findings)}) if held else findings[0].reason
    return Finding(findings[0].state, reason, Evidence(tuple(hits), tuple(searched), span, nearest))
