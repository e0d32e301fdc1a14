"""``all``, ``any`` and ``not``: findings joined. An unknown part makes the whole unknown unless the rest decides it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qa_pipeline.checks.context import Context
from qa_pipeline.checks.finding import Finding, State
from qa_pipeline.core.score import Evidence, Reason
from qa_pipeline.core.span import cover_all

if TYPE_CHECKING:
    from qa_pipeline.checks.registry import Check


def check_all(parts: tuple[Check, ...], context: Context) -> Finding:
    return _first_decisive(State.FAILS, [context.ask(part) for part in parts])


def check_any(parts: tuple[Check, ...], context: Context) -> Finding:
    return _first_decisive(State.HOLDS, [context.ask(part) for part in parts])


def check_not(part: Check, context: Context) -> Finding:
    found = context.ask(part)
    if found.state is State.UNKNOWN:
        return found
    state = State.FAILS if found.state is State.HOLDS else State.HOLDS
    return replace(found, state=state, reason=Reason("not_found" if state is State.HOLDS else "unwanted_found"))


def _first_decisive(decisive: State, findings: list[Finding]) -> Finding:
    """The first finding that decides alone and can show it; else an unknown one; else one that had nothing to search;
    else all of them joined."""
    deciding = [finding for finding in findings if finding.state is decisive]
    shown = [finding for finding in deciding if finding.hits or finding.evidence.searched]
    unknowns = [finding for finding in findings if finding.state is State.UNKNOWN]
    return next(iter(shown + unknowns + deciding), None) or _joined(findings)


def _joined(findings: list[Finding]) -> Finding:
    if len(findings) == 1:
        return findings[0]
    evidence = [finding.evidence for finding in findings]
    hits = sorted({hit for e in evidence for hit in e.hits}, key=lambda q: (q.turn, q.start, q.end))
    searched = sorted({turn for e in evidence for turn in e.searched})
    span = cover_all(e.searched_span for e in evidence if e.searched_span)
    nearest = next((e.nearest for e in evidence if e.nearest), None)
    joined = Evidence(tuple(hits), tuple(searched), span, nearest)
    # What the first part missed says more than "none of these".
    held = findings[0].state is State.HOLDS
    reason = Reason("all_held", {"count": len(findings)}) if held else findings[0].reason
    return Finding(findings[0].state, reason, joined)
