"""Marks of what happens between the parties: who cut in on whom, both at once, and dead air. Each can be played."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa_pipeline.acoustics.floor import dead_air
from qa_pipeline.core.call import Call, Role
from qa_pipeline.core.span import Span, merge
from qa_pipeline.core.talk import Silence
from qa_pipeline.report.call.quotes import CallTexts, PlayView, turn_anchor
from qa_pipeline.report.call.talk_moments import Places, around, cut_text, cuts_of, gap_text
from qa_pipeline.report.call.transcript_view import overlaps_of
from qa_pipeline.report.wording import Wording, clock_tenths, number

#: Beyond so many the marks of a two-hour call lie on each other; the longest stay, all are in the transcript.
MAX_BOTH = 60

#: Told apart by shape, so that nobody needs the colours: filled is the agent, hollow the customer, as in the charts.
ICONS = {"cut-agent": "◆", "cut-customer": "◇", "both": "＝", "dead": "…"}


@dataclass(frozen=True)
class EventView:
    style_id: str
    kind: str
    """cut-agent, cut-customer (who cut in), both (at once, nobody cut off) or dead (dead air)."""
    icon: str
    title: str
    anchor: str
    """Id of the turn on the page; empty where there is none near."""
    play: PlayView
    span: Span


@dataclass(frozen=True)
class _Found:
    kind: str
    span: Span
    text: str
    anchor: str
    play: Span


def event_views(texts: CallTexts, wording: Wording) -> tuple[EventView, ...]:
    """In order of the call."""
    kinds = (_cuts(texts, wording), _both(texts, wording), _silences(texts.call, wording))
    found = sorted((each for kind in kinds for each in kind), key=lambda each: each.span)
    return tuple(_view(position, each) for position, each in enumerate(found))


def _view(position: int, each: _Found) -> EventView:
    title = f"{clock_tenths(each.span.start_s)} {each.text}"
    return EventView(f"e{position}", each.kind, ICONS[each.kind], title, each.anchor, around(each.play), each.span)


def _cuts(texts: CallTexts, wording: Wording) -> Iterator[_Found]:
    for index, cut in cuts_of(texts).items():
        span = texts.call.turns[index].span
        kind = "cut-agent" if cut.by_agent else "cut-customer"
        yield _Found(kind, cut.span, cut_text(cut, wording), turn_anchor(index), cut.span.cover(span or cut.span))


def _both(texts: CallTexts, wording: Wording) -> list[_Found]:
    """Both at once as the transcript marks it, where that is no interruption; the longest of them."""
    call = texts.call
    cuts = merge(cut.span for cut in cuts_of(texts).values())
    shared = {
        index: span
        for index, span in overlaps_of(texts).items()
        # Both turns know of it: it belongs to the one that came in.
        if _start(call, index) == span.start_s and not _meets(span, cuts)
    }
    longest = sorted(shared.items(), key=lambda each: -each[1].duration_s)[:MAX_BOTH]
    return [_Found("both", span, _both_text(call, i, span, wording), turn_anchor(i), span) for i, span in longest]


def _meets(span: Span, others: Sequence[Span]) -> bool:
    """``others``: in order of time, apart from each other."""
    after = bisect_left(others, span.end_s, key=lambda other: other.start_s)
    return after > 0 and others[after - 1].overlap_s(span) > 0


def _start(call: Call, index: int) -> float | None:
    span = call.turns[index].span
    return span.start_s if span else None


def _both_text(call: Call, index: int, span: Span, wording: Wording) -> str:
    role = call.turns[index].role
    key = "event.both" if role is Role.UNKNOWN else "event.both.by"
    return wording.text(key, seconds=number(span.duration_s), by=wording.text(f"role.{role}"))


def _silences(call: Call, wording: Wording) -> Iterator[_Found]:
    places = Places(call.turns)
    for gap in dead_air(call.talk):
        yield _silence(gap, places, wording)


def _silence(gap: Silence, places: Places, wording: Wording) -> _Found:
    return _Found("dead", gap.span, gap_text(gap, wording), places.anchor(gap.span.end_s), gap.span)


def event_legend(events: tuple[EventView, ...], wording: Wording) -> tuple[tuple[str, str, str], ...]:
    """Kind, sign and meaning of what is there. Dead air is explained by its hatching already."""
    present = {event.kind for event in events} - {"dead"}
    return tuple((kind, ICONS[kind], wording.text(f"event.{kind}.name")) for kind in ICONS if kind in present)
