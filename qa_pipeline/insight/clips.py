"""The passages worth playing: golden clips of a team, and an agent's own best and weakest ones."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field

from qa_pipeline.core.score import Verdict
from qa_pipeline.core.summary import CallSummary, Clip, CriterionSummary

#: Candidates kept per criterion: enough to offer another one where the best is the reader's own.
KEPT = 5

#: Shorter quotes ("好的") teach nothing.
MIN_CHARS = 8


@dataclass(frozen=True, slots=True)
class ClipOf:
    """A clip with the call and criterion that it comes from."""

    call_id: str
    agent: str
    agent_name: str
    team: str
    criterion_id: str
    verdict: Verdict
    percent: float
    """Score of the call."""
    lost: float
    clip: Clip
    has_sound: bool = True
    """Whether there is a recording; else the passage can only be read."""


@dataclass(slots=True)
class ClipBook:
    """The best and the weakest clips of a group by criterion; memory does not grow with the number of calls.

    One clip per agent, since five passages of the same person are one way to say it; in an agent's own book
    (``of_one``) one per call.
    """

    of_one: bool = False
    _good: dict[str, list[tuple[float, str, ClipOf]]] = field(default_factory=dict)
    _weak: dict[str, list[tuple[float, str, ClipOf]]] = field(default_factory=dict)

    def add(self, summary: CallSummary) -> None:
        for criterion in summary.criteria:
            if criterion.clip is None or summary.percent is None or summary.state == "few":
                continue
            if _is_exemplary(summary, criterion):
                self._keep(self._good, _clip_of(summary, criterion), _worth(summary, criterion))
            elif criterion.lost > 0:
                self._keep(self._weak, _clip_of(summary, criterion), _weakness(summary, criterion))

    def merge(self, other: ClipBook) -> None:
        """Take over the clips of another book."""
        for mine, its in ((self._good, other._good), (self._weak, other._weak)):
            for heap in its.values():
                for worth, _, clip in heap:
                    self._keep(mine, clip, worth)

    def _keep(self, book: dict[str, list[tuple[float, str, ClipOf]]], clip: ClipOf, worth: float) -> None:
        """A heap whose smallest item gives way; the call id decides among equals, whatever the order of the calls."""
        heap, item = book.setdefault(clip.criterion_id, []), (worth, clip.call_id, clip)
        same = (place for place, (_, _, other) in enumerate(heap) if self._of(other) == self._of(clip))
        own = next(same, None)
        if own is not None:
            if heap[own][:2] < item[:2]:
                heap[own] = item
                heapq.heapify(heap)
        elif len(heap) < KEPT:
            heapq.heappush(heap, item)
        elif heap[0][:2] < item[:2]:
            heapq.heapreplace(heap, item)

    def _of(self, clip: ClipOf) -> str:
        """What only one clip is kept of; calls of unknown agents stand for themselves."""
        return f"call {clip.call_id}" if self.of_one or not clip.agent else clip.agent

    def good(self, criterion_id: str, other_than: str | None = None) -> Iterator[ClipOf]:
        """The best first; ``other_than``: an agent whose own clips are left out."""
        return _ordered(self._good.get(criterion_id, []), other_than)

    def weak(self, criterion_id: str) -> Iterator[ClipOf]:
        """The weakest first."""
        return _ordered(self._weak.get(criterion_id, []), None)

    @property
    def good_criteria(self) -> tuple[str, ...]:
        return tuple(self._good)

    def fingerprint(self) -> tuple[tuple[str, str, int], ...]:
        """What the golden clips are; equal where pages that show them would be the same."""
        return tuple((c, clip.call_id, clip.clip.turn) for c in sorted(self._good) for clip in self.good(c))


def _is_exemplary(summary: CallSummary, criterion: CriterionSummary) -> bool:
    """Met, shown by real words, in a call that did not fail: a violation elsewhere makes no model.

    A verdict that a person changed is shown by what the rules had found for another one.
    """
    said = criterion.is_said and criterion.clip is not None and len(criterion.clip.text) >= MIN_CHARS
    met = criterion.verdict is Verdict.MET and criterion.machine_verdict is None
    return met and criterion.is_hit and said and summary.state in ("passed", "open")


def _worth(summary: CallSummary, criterion: CriterionSummary) -> float:
    """Score of the call first; among equal ones, the surer passage, then one that can be played."""
    clip = criterion.clip
    sure = 1.0 if clip is None or clip.similarity is None else clip.similarity
    played = clip is not None and clip.start_s is not None
    return (summary.percent or 0.0) + sure + 0.5 * played


def _weakness(summary: CallSummary, criterion: CriterionSummary) -> float:
    """Points lost first; among equal ones a passage with words, which shows more than a place that was searched."""
    said = bool(criterion.clip and criterion.clip.text)
    return 100.0 * bool(criterion.fatal) + criterion.lost + 0.5 * said - 0.001 * (summary.percent or 0.0)


def _clip_of(summary: CallSummary, criterion: CriterionSummary) -> ClipOf:
    assert criterion.clip is not None and summary.percent is not None  # noqa: S101 - asked by the caller
    return ClipOf(
        summary.call_id,
        summary.agent,
        summary.agent_name,
        summary.team,
        criterion.criterion_id,
        criterion.verdict,
        summary.percent,
        criterion.lost,
        criterion.clip,
        bool(summary.recording),
    )


def _ordered(heap: list[tuple[float, str, ClipOf]], other_than: str | None) -> Iterator[ClipOf]:
    ordered = sorted(heap, key=lambda item: item[:2], reverse=True)
    yield from (clip for _, _, clip in ordered if other_than is None or clip.agent != other_than)
