"""What each turn does, as small chips: the surest first, no more than a reader takes in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa_pipeline.core.call import Turn
from qa_pipeline.core.facts import Act
from qa_pipeline.report.call.quotes import CallTexts
from qa_pipeline.report.text import shown_fragment
from qa_pipeline.report.wording import Wording, percent

MAX_CHIPS = 3


@dataclass(frozen=True)
class ActChip:
    kind: str
    """resist (objections, refusals, complaints, pressing), interest or plain."""
    text: str
    title: str
    """How sure it is and the words that showed it; for the last chip of a full row, the acts that it stands for."""


_RESIST = frozenset({"refuse", "complain", "stall", "press"})
_INTEREST = frozenset({"buying_signal", "agree"})


def act_chips(turn: Turn, texts: CallTexts, wording: Wording) -> tuple[ActChip, ...]:
    """At most MAX_CHIPS acts of a turn, then how many more there are."""
    if not texts.call.turn_acts:
        return ()
    acts = _shown(texts.call.turn_acts[turn.index])
    chips = [ActChip(_kind(act), _name(act, wording), _title(act, turn, texts, wording)) for act in acts[:MAX_CHIPS]]
    rest = acts[MAX_CHIPS:]
    if rest:
        names = wording.joined([_name(act, wording) for act in rest])
        chips.append(ActChip("rest", f"+{len(rest)}", names))
    return tuple(chips)


def _shown(acts: Sequence[Act]) -> list[Act]:
    """Those that are claimed, each once, the surest first; an act without a probability was labelled by a person."""
    claimed = sorted(acts, key=lambda act: act.sureness, reverse=True)
    found: dict[str, Act] = {}
    for act in claimed:
        found.setdefault(act.name, act)
    return list(found.values())


def _kind(act: Act) -> str:
    if act.name in _RESIST or act.name.startswith("object_"):
        return "resist"
    return "interest" if act.name in _INTEREST else "plain"


def _name(act: Act, wording: Wording) -> str:
    return wording.named(("act",), act.name)


def _title(act: Act, turn: Turn, texts: CallTexts, wording: Wording) -> str:
    sure = "" if act.probability is None else wording.text("act_chip.sure", percent=percent(act.probability))
    cue = wording.text("evidence.cue", cue=_cue(act.cue, turn, texts)) if act.cue else ""
    return " · ".join(part for part in (sure, cue) if part)


def _cue(cue: str, turn: Turn, texts: CallTexts) -> str:
    """The words as the transcript shows them, numbers masked."""
    start = turn.text.find(cue)
    if start < 0:
        return shown_fragment(cue)
    shown = texts.shown[turn.index]
    return shown.slice(*shown.range(start, start + len(cue)))
