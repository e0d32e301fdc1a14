"""What is usual in a team: medians of how its agents talk, over all stored calls.

One pass in memory that does not grow with the number of calls: each figure is counted in a histogram of fixed bins, so
that its median is exact to half a bin. Calls in different languages are never mixed: characters a minute are no words
a minute. A figure is given for MIN_CALLS calls and more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median

from qa_pipeline.core.call import Call
from qa_pipeline.core.norms import Norm, TeamNorm

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
        return self.by_team.get(_key(call, _team(call)))


def team_norms(calls: Iterable[Call]) -> TeamNorms:
    """The norms of all calls, in one pass."""
    found: dict[tuple[str, str], dict[str, Histogram]] = {}
    for call in calls:
        for name, value in _figures(call).items():
            for team in {_team(call), _ALL}:
                histograms = found.setdefault(_key(call, team), {})
                histograms.setdefault(name, Histogram(BINS[name])).add(value)
    made = {key: TeamNorm(key[0], _norms(histograms)) for key, histograms in found.items()}
    return TeamNorms({key: norm for key, norm in made.items() if norm.norms})


def _figures(call: Call) -> dict[str, float]:
    """What is known of how the agent of a call talks; nothing where only one party is heard."""
    talk = call.talk
    if talk is None or talk.agent is None or talk.agent_share is None:
        return {}
    agent = talk.agent
    found = {
        "speech_rate": agent.rate_cpm,
        "response_time": median(agent.responses_s) if agent.responses_s else None,
        # An estimate is shown beside exact shares, but does not move them.
        "talk_ratio": None if talk.estimated else 100.0 * talk.agent_share,
        "pitch_range": agent.pitch_range_st,
        "monologue": agent.longest_monologue_s or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _norms(histograms: Mapping[str, Histogram]) -> dict[str, Norm]:
    return {name: Norm(h.median, h.total) for name, h in histograms.items() if h.total >= MIN_CALLS}


def _key(call: Call, team: str) -> tuple[str, str]:
    return team, call.conversation.language.split("-")[0]


def _team(call: Call) -> str:
    return (call.metadata.team or "").strip()
