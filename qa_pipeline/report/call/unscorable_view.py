"""Why a call as a whole could not be scored: in words, in a word or two for lists, and what to do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from qa_pipeline.core.score import Scorecard
from qa_pipeline.report.wording import Wording

#: Stands for calls of which each criterion by itself could not be scored.
NOTHING = "nothing"


@dataclass(frozen=True)
class UnscorableView:
    code: str
    text: str
    short: str
    """A word or two for lists."""
    advice: str


def unscorable_views(card: Scorecard | None, wording: Wording) -> tuple[UnscorableView, ...]:
    """Every reason, the most telling first; none where something was scored after all, by a person."""
    if card is None or card.scored:
        return ()
    return tuple(
        UnscorableView(
            reason.code,
            wording.reason(reason),
            short_reason(reason.code, wording),
            wording.messages.get(f"unscorable_advice.{reason.code}", ""),
        )
        for reason in card.unscorable
    )


def short_reason(code: str, wording: Wording) -> str:
    """A word or two; a code that the catalogue does not know is shown as it is."""
    return wording.text("unscorable.nothing") if code == NOTHING else wording.word("unscorable_short", code)


def counted(first: Iterable[str], wording: Wording) -> tuple[str, ...]:
    """How many calls for which reason, the most frequent first: ``太短 2``, ``识别把握低 1``."""
    ordered = sorted(Counter(first).items(), key=lambda item: (-item[1], item[0]))
    return tuple(wording.text("total.reason", reason=short_reason(code, wording), count=n) for code, n in ordered)
