"""How the agents of a group talk, as figures that pages show: one value per measure, and of how many calls it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from qa_pipeline.insight.figures import Figures, TalkParts


@dataclass(frozen=True, slots=True)
class TalkRate:
    """``value`` None: cannot be known in any of the calls. Shares are 0..1, times seconds, counts per call."""

    measure: str
    value: float | None
    n: int


def main_language(*groups: Figures) -> str:
    """The language with most calls in the first group that has any: others are not comparable. Empty: nobody talks."""
    for figures in groups:
        if figures.talk:
            return max(sorted(figures.talk), key=lambda lang: figures.talk[lang].calls)
    return ""


def talk_rates(talk: Mapping[str, TalkParts], language: str) -> tuple[TalkRate, ...]:
    """Always the same measures in the same order, so that rows of groups stand beside each other.

    Response time and monologue are medians of calls: one call with a long silence does not make an agent slow.
    """
    parts = talk.get(language) or TalkParts()
    return (
        TalkRate("speech_rate", parts.rate_cpm, parts.rated_calls),
        TalkRate("talk_ratio", parts.agent_share, parts.shared_calls),
        TalkRate("response_time", _median(parts.responses_s), len(parts.responses_s)),
        TalkRate("interruptions", _per(parts.interruptions, parts.interruption_calls), parts.interruption_calls),
        TalkRate("questions", _per(parts.questions, parts.question_calls), parts.question_calls),
        TalkRate("monologue", _median(parts.monologues_s), len(parts.monologues_s)),
        TalkRate("dead_air", _per(parts.dead_air_s, parts.calls), parts.calls),
    )


def _median(values: list[float]) -> float | None:
    return median(values) if values else None


def _per(total: float, calls: int) -> float | None:
    return total / calls if calls else None
