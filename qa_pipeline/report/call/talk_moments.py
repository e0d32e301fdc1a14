"""Moments of a call that can be played: who cut whom off, where nobody spoke, and waiting with music or ringing."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qa_pipeline.acoustics.floor import DEAD_AIR_S, dead_air
from qa_pipeline.core.call import Call, Role, Turn
from qa_pipeline.core.facts import Overlap
from qa_pipeline.core.span import Span, merge
from qa_pipeline.core.talk import Silence, SoundKind
from qa_pipeline.report.call.quotes import CallTexts, PlayView, play_view, turn_anchor
from qa_pipeline.report.call.talk_sides import interruptions
from qa_pipeline.report.wording import Wording, clock, clock_tenths, number

#: What is played before and after a silence, so that one hears who let it happen.
CONTEXT_S = 2.0

MAX_SHOWN = 6
MAX_SAID_CHARS = 24

#: A turn that begins so soon after a moment belongs to it: stretches of sound and turns of words end differently.
_BELONGS_S = 0.3


@dataclass(frozen=True)
class MomentView:
    role: str
    """Whose doing it is: agent, customer or unknown."""
    time: str
    text: str
    said: str
    """The first words of the turn that came in; empty where nobody speaks."""
    anchor: str
    """Id of the turn on the page; empty where there is none near."""
    play: PlayView


@dataclass(frozen=True)
class MomentsView:
    """One kind of moments: a headline, the gravest ones in order of the call, and the rest."""

    kind: str
    title: str
    note: str
    shown: tuple[MomentView, ...]
    rest: tuple[MomentView, ...]
    more: str


def waiting(call: Call) -> tuple[tuple[SoundKind, Span], ...]:
    """Music and ringing in order of time, whichever channel it came from."""
    events = call.talk.events if call.talk else ()
    found = [(kind, span) for kind in SoundKind for span in merge(e.span for e in events if e.kind is kind)]
    return tuple(sorted(found, key=lambda each: each[1]))


def interrupting_turns(call: Call) -> dict[int, Overlap]:
    """Per turn that cuts the other party off: the interruption; the turn of that party that begins nearest to it."""
    found: dict[int, Overlap] = {}
    cuts = interruptions(call)
    for role in (Role.AGENT, Role.CUSTOMER) if cuts else ():
        own = [turn for turn in call.turns if turn.role is role and turn.span]
        starts = [turn.span.start_s for turn in own if turn.span]
        for cut in cuts:
            if own and cut.by_agent is (role is Role.AGENT):
                found.setdefault(own[_nearest(starts, cut.span.start_s)].index, cut)
    return dict(sorted(found.items()))


def cuts_of(texts: CallTexts) -> dict[int, Overlap]:
    return texts.once("cuts", lambda: interrupting_turns(texts.call))


def _nearest(starts: Sequence[float], time_s: float) -> int:
    after = bisect_right(starts, time_s)
    near = [place for place in (after - 1, after) if 0 <= place < len(starts)]
    return min(near, key=lambda place: abs(starts[place] - time_s))


def moments(texts: CallTexts, wording: Wording) -> tuple[MomentsView, ...]:
    """Interruptions, dead air and waiting, as far as any is known; a kind without moments says so."""
    found = (_cuts(texts, wording), _silences(texts, wording), _waits(texts, wording))
    return tuple(view for view in found if view)


def _cuts(texts: CallTexts, wording: Wording) -> MomentsView | None:
    call = texts.call
    if call.overlaps is None or not call.conversation.roles_known:
        return None
    views = [(cut.span.duration_s, _cut(index, cut, texts, wording)) for index, cut in cuts_of(texts).items()]
    by_agent = sum(view.role == Role.AGENT for _, view in views)
    note = wording.text("talk.cuts.note", agent=by_agent, customer=len(views) - by_agent)
    return _moments("cuts", note if views else wording.text("talk.cuts.none"), views, wording)


def _cut(index: int, cut: Overlap, texts: CallTexts, wording: Wording) -> MomentView:
    role = Role.AGENT if cut.by_agent else Role.CUSTOMER
    shown = texts.shown[index]
    said = " ".join(shown.slice(0, len(shown.text)).split())
    turn = texts.call.turns[index]
    return MomentView(
        role=role.value,
        time=clock_tenths(cut.span.start_s),
        text=cut_text(cut, wording),
        said=said if len(said) <= MAX_SAID_CHARS else said[: MAX_SAID_CHARS - 1] + "…",
        anchor=turn_anchor(index),
        play=around(cut.span.cover(turn.span) if turn.span else cut.span),
    )


def cut_text(cut: Overlap, wording: Wording) -> str:
    """``坐席打断客户，客户停下``; what the other did is left out where nobody looked."""
    by, other = ("agent", "customer") if cut.by_agent else ("customer", "agent")
    ended = {True: "yielded", False: "went_on", None: "unknown"}[cut.yielded]
    names = {"by": wording.text(f"role.{by}"), "other": wording.text(f"role.{other}")}
    return wording.text(f"talk.cut.{ended}", **names)


def _silences(texts: CallTexts, wording: Wording) -> MomentsView | None:
    call = texts.call
    if call.talk is None or not call.turns:
        return None
    found = dead_air(call.talk)
    places = Places(call.turns)
    views = [(gap.span.duration_s, _silence(gap, places, wording)) for gap in found]
    late = sum(gap.after is Role.CUSTOMER and gap.before is Role.AGENT for gap in found)
    total = number(sum(gap.span.duration_s for gap in found), 0)
    limit = number(DEAD_AIR_S)
    note = wording.text("talk.dead.note", count=len(found), total=total, limit=limit)
    note += wording.text("talk.dead.late", late=late) if late else ""
    return _moments("dead", note if found else wording.text("talk.dead.none", limit=limit), views, wording)


def _silence(gap: Silence, places: Places, wording: Wording) -> MomentView:
    anchor, text = places.anchor(gap.span.end_s), gap_text(gap, wording)
    return MomentView(gap.before.value, clock_tenths(gap.span.start_s), text, "", anchor, around(gap.span))


def gap_text(gap: Silence, wording: Wording) -> str:
    """``客户说完后，坐席 5.4 秒没有接话``."""
    known = Role.UNKNOWN not in (gap.after, gap.before)
    key = f"talk.gap.{gap.after}_{gap.before}" if known else "talk.gap.unknown"
    return wording.text(key, seconds=number(gap.span.duration_s))


def _waits(texts: CallTexts, wording: Wording) -> MomentsView | None:
    found = waiting(texts.call)
    if not found:
        return None
    places = Places(texts.call.turns)
    views = [(span.duration_s, _wait(kind, span, places, wording)) for kind, span in found]
    totals = {kind: sum(span.duration_s for each, span in found if each is kind) for kind in SoundKind}
    parts = [wording.text(f"talk.wait.{kind}", time=clock(total)) for kind, total in totals.items() if total]
    return _moments("waits", wording.joined(parts), views, wording)


def _wait(kind: SoundKind, span: Span, places: Places, wording: Wording) -> MomentView:
    text = wording.text(f"talk.wait.{kind}", time=clock(span.duration_s))
    play = play_view(span) or PlayView(span.start_s, span.end_s)
    anchor = places.anchor(span.end_s)
    return MomentView(Role.UNKNOWN.value, clock_tenths(span.start_s), text, "", anchor, play)


class Places:
    """The turns of a call by the times at which they begin."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        timed = [(turn.span.start_s, turn.index) for turn in turns if turn.span]
        self._starts, self._indices = [start_s for start_s, _ in timed], [index for _, index in timed]

    def anchor(self, time_s: float) -> str:
        """The turn that goes on or begins at a time, the first one where none has begun; empty without times."""
        if not self._starts:
            return ""
        return turn_anchor(self._indices[max(0, bisect_right(self._starts, time_s + _BELONGS_S) - 1)])


def around(span: Span) -> PlayView:
    """The moment with what comes before and after it."""
    return PlayView(round(max(0.0, span.start_s - CONTEXT_S), 2), round(span.end_s + CONTEXT_S, 2))


def _moments(kind: str, note: str, views: Iterable[tuple[float, MomentView]], wording: Wording) -> MomentsView:
    """The longest MAX_SHOWN in order of the call; the rest is folded."""
    found = list(views)
    longest = {id(view) for _, view in sorted(found, key=lambda each: -each[0])[:MAX_SHOWN]}
    shown = tuple(view for _, view in found if id(view) in longest)
    rest = tuple(view for _, view in found if id(view) not in longest)
    more = wording.text("talk.more", count=len(rest)) if rest else ""
    return MomentsView(kind, wording.text(f"talk.{kind}"), note, shown, rest, more)
