"""What is usual in a team: medians of how its agents talk, over all stored calls.

One pass in memory that does not grow with the number of calls: each figure is counted in a histogram of fixed bins, so
that its median is exact to half a bin. Calls in different languages are never mixed: characters a minute are no words
a minute. A figure is given for MIN_CALLS calls and more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from qa_pipeline.core.call import Call
from qa_pipeline.core.norms import Norm, TeamNorm
from qa_pipeline.core.summary import CallSummary

#: Fewer calls say little about a team.
MIN_CALLS = 5

#: Where a call has no team, and for the calls of all teams together.
_ALL = ""


#: Width of the bins of each measure (named as in checks and reasons): per minute, seconds, percent, semitones.
BINS: Mapping[str, float] = {
    "speech_rate": 5.0,
    "response_time": 0.1,
    "talk_ratio": 1.0,
    "pitch_range": 0.1,
    "monologue": 1.0,
}


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many values lie nearest to each multiple of the bin width."""

    bin: float
    counts: Counter[int] = field(default_factory=Counter)

    def add(self, value: float) -> None:
        self.counts[round(value / self.bin)] += 1

    @property
    def total(self) -> int:
        return self.counts.total()

    @property
    def median(self) -> float:
        """Half a bin from the median of the values at most; ValueError where there are none."""
        if not self.counts:
            raise ValueError("no values, no median")
        lower, upper = (self._at(rank) for rank in ((self.total - 1) // 2, self.total // 2))
        return round(self.bin * (lower + upper) / 2, 6)

    def _at(self, rank: int) -> int:
        """The bin of the value that stands at this place (from 0) in order of size."""
        seen = 0
        for place in sorted(self.counts):
            seen += self.counts[place]
            if seen > rank:
                return place
        raise IndexError(rank)


@dataclass(frozen=True)
class TeamNorms:
    """The norms of every team and language; empty until calls are known."""

    by_team: Mapping[tuple[str, str], TeamNorm] = field(default_factory=dict)

    def of(self, call: Call) -> TeamNorm | None:
        """What a call is compared with: its team, or all calls where it has none; None where too few are known."""
        return self.by_team.get(_key(call))


class NormCollector:
    """Takes call after call; what it keeps does not grow with their number."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], dict[str, Histogram]] = {}

    def add(self, summary: CallSummary) -> None:
        for name, value in _figures(summary).items():
            for team in {summary.team, _ALL}:
                histograms = self._found.setdefault((team, summary.language), {})
                histograms.setdefault(name, Histogram(BINS[name])).add(value)

    def norms(self) -> TeamNorms:
        made = {key: TeamNorm(key[0], _norms(histograms)) for key, histograms in self._found.items()}
        return TeamNorms({key: norm for key, norm in made.items() if norm.norms})


def team_norms(summaries: Iterable[CallSummary]) -> TeamNorms:
    """The norms of all calls, in one pass."""
    collector = NormCollector()
    for summary in summaries:
        collector.add(summary)
    return collector.norms()


def _figures(summary: CallSummary) -> dict[str, float]:
    """What is known of how the agent of a call talks; nothing where only one party is heard, or where the recording
    is too bad or too short to be judged."""
    talk = summary.talk
    if talk is None or summary.unscorable or not talk.agent_speech_s or not talk.customer_speech_s:
        return {}
    share = talk.agent_speech_s / (talk.agent_speech_s + talk.customer_speech_s)
    found = {
        "speech_rate": 60.0 * talk.units / talk.units_s if talk.units is not None and talk.units_s else None,
        "response_time": talk.response_s,
        # An estimate is shown beside exact shares, but does not move them.
        "talk_ratio": None if talk.estimated else 100.0 * share,
        "pitch_range": talk.pitch_range_st,
        "monologue": talk.longest_monologue_s or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _norms(histograms: Mapping[str, Histogram]) -> dict[str, Norm]:
    return {name: Norm(h.median, h.total) for name, h in histograms.items() if h.total >= MIN_CALLS}


def _key(call: Call) -> tuple[str, str]:
    return (call.metadata.team or "").strip(), call.conversation.language.split("-")[0]
