"""What is drawn above the transcript: a lane per channel or party, the stages, the marks of evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa_pipeline.acoustics.floor import dead_air
from qa_pipeline.core.call import Call, Role, Stage, StageSpan
from qa_pipeline.core.span import Span, cover_all
from qa_pipeline.report.call.events_view import EventView, event_legend, event_views
from qa_pipeline.report.call.quotes import CallTexts, PlayView, turn_anchor
from qa_pipeline.report.call.score_view import ScoreView
from qa_pipeline.report.call.stages_view import mean_sureness
from qa_pipeline.report.call.talk_moments import waiting
from qa_pipeline.report.call.transcript_view import call_duration_s
from qa_pipeline.report.wording import Wording, clock, clock_tenths, number, percent

_QUIET = 0.05  # a recording that never gets louder is not blown up to look like speech


@dataclass(frozen=True)
class LaneView:
    """One line of sound: an SVG path in a box of ``width`` × 100."""

    label: str
    role: str
    kind: str
    """wave (stroked bars of loudness) or blocks (filled: where turns are)."""
    width: int
    path: str


@dataclass(frozen=True)
class BandView:
    """A stretch of one stage; ``style_id`` names its place in the page's own style rules."""

    style_id: str
    stage: str
    text: str
    title: str
    anchor: str
    play: PlayView


@dataclass(frozen=True)
class MarkView:
    style_id: str
    anchor: str
    verdict: str
    icon: str
    title: str
    play: PlayView


@dataclass(frozen=True)
class GapView:
    """A hatched stretch in which nobody speaks: dead, music or ringback."""

    style_id: str
    kind: str
    title: str
    span: Span


@dataclass(frozen=True)
class TimelineView:
    duration_s: float
    duration: str
    lanes: tuple[LaneView, ...]
    bands: tuple[BandView, ...]
    legend: tuple[tuple[str, str], ...]
    marks: tuple[MarkView, ...]
    gaps: tuple[GapView, ...]
    events: tuple[EventView, ...]
    """Who cut in, both at once, dead air: each can be played."""
    event_legend: tuple[tuple[str, str, str], ...]
    rules: str
    """CSS that places bands, marks, gaps and events. A page of ours allows exactly these rules by their hash."""


def timeline_view(
    texts: CallTexts, peaks: Sequence[Sequence[float]], score: ScoreView | None, wording: Wording
) -> TimelineView | None:
    """None where there is no time to draw along."""
    call = texts.call
    duration_s = call_duration_s(call)
    if not duration_s or (not peaks and not any(turn.span for turn in call.turns)):
        return None
    bands = _bands(call, wording)
    marks, gaps, events = _marks(score, wording), _gaps(call, wording), event_views(texts, wording)
    rules = [_band_rule(view, duration_s) for view in bands] + [_mark_rule(view, duration_s) for view in marks]
    stretches: tuple[GapView | EventView, ...] = (*gaps, *events)
    rules += [_rule(view.style_id, view.span.start_s, view.span.end_s, duration_s) for view in stretches]
    return TimelineView(
        duration_s=round(duration_s, 2),
        duration=clock(duration_s),
        lanes=_lanes(texts, peaks, duration_s, wording),
        bands=bands,
        legend=_legend(bands, gaps, wording),
        marks=marks,
        gaps=gaps,
        events=events,
        event_legend=event_legend(events, wording),
        rules="".join(rules),
    )


def _percent(time_s: float, duration_s: float) -> float:
    return round(100 * min(max(time_s / duration_s, 0.0), 1.0), 3)


def _band_rule(view: BandView, duration_s: float) -> str:
    return _rule(view.style_id, view.play.start_s, view.play.stop_s, duration_s)


def _rule(style_id: str, start_s: float, end_s: float, duration_s: float) -> str:
    left, right = _percent(start_s, duration_s), _percent(end_s, duration_s)
    return f"#{style_id}{{left:{left}%;width:{round(right - left, 3)}%}}"


def _mark_rule(view: MarkView, duration_s: float) -> str:
    return f"#{view.style_id}{{left:{_percent(view.play.start_s, duration_s)}%}}"


def _lanes(
    texts: CallTexts, peaks: Sequence[Sequence[float]], duration_s: float, wording: Wording
) -> tuple[LaneView, ...]:
    call = texts.call
    if not peaks:
        return _block_lanes(texts, duration_s, wording)
    roles = {decision.channel: decision.role for decision in call.conversation.roles}
    loudest = max(_QUIET, *(max(row, default=0.0) for row in peaks)) if peaks else _QUIET
    waves = texts.once("waves", lambda: [_wave(row, loudest) for row in peaks])
    lanes = []
    for channel, row in enumerate(peaks):
        role = roles.get(channel, Role.UNKNOWN) if len(peaks) > 1 else Role.UNKNOWN
        label = _lane_label(role, channel, len(peaks), wording)
        lanes.append(LaneView(label, role.value, "wave", len(row), waves[channel]))
    # Voices that were told apart in one channel are drawn beneath its wave.
    in_one = len(peaks) == 1 and len({turn.channel for turn in call.turns}) == 1
    voices = _block_lanes(texts, duration_s, wording) if in_one else ()
    return (*lanes, *(voices if len(voices) > 1 else ()))


def _lane_label(role: Role, channel: int, channels: int, wording: Wording) -> str:
    if channels == 1:
        return wording.text("lane.mixed")
    if role is Role.UNKNOWN:
        return wording.text("lane.channel", number=channel + 1)
    return wording.text(f"role.{role}")


def _wave(row: Sequence[float], loudest: float) -> str:
    """A stroke per peak, its height the root of the loudness: quiet speech stays visible."""
    heights = (max(1, round(48 * (peak / loudest) ** 0.5)) for peak in row)
    return "".join(f"M{x}.5 {50 - height}v{2 * height}" for x, height in enumerate(heights))


def _block_lanes(texts: CallTexts, duration_s: float, wording: Wording) -> tuple[LaneView, ...]:
    """Without a waveform: when each party speaks, from the turns."""
    paths = texts.once("blocks", lambda: _block_paths(texts.call, duration_s))
    return tuple(LaneView(wording.text(f"role.{role}"), role.value, "blocks", 1000, path) for role, path in paths)


def _block_paths(call: Call, duration_s: float) -> tuple[tuple[Role, str], ...]:
    spans = {role: [turn.span for turn in call.turns if turn.span and turn.role is role] for role in Role}
    return tuple((role, "".join(_block(span, duration_s) for span in found)) for role, found in spans.items() if found)


def _gaps(call: Call, wording: Wording) -> tuple[GapView, ...]:
    """Dead air, and music or ringing."""
    found = [("dead", gap.span) for gap in dead_air(call.talk)] + [(kind.value, span) for kind, span in waiting(call)]
    return tuple(_gap(i, *each, wording) for i, each in enumerate(sorted(found, key=lambda each: each[1])))


def _gap(position: int, kind: str, span: Span, wording: Wording) -> GapView:
    title = wording.text(f"lane.gap.{kind}", seconds=number(span.duration_s))
    return GapView(f"g{position}", kind, f"{clock_tenths(span.start_s)} {title}", span)


def _block(span: Span, duration_s: float) -> str:
    left, right = (round(10 * _percent(time_s, duration_s)) for time_s in (span.start_s, span.end_s))
    width = max(1, right - left)
    return f"M{left} 25h{width}v50h-{width}z"


def _stage_time(stage: StageSpan, call: Call) -> Span | None:
    turns = call.turns[stage.first_turn : stage.last_turn + 1]
    return stage.span or cover_all(turn.span for turn in turns if turn.span)


def _bands(call: Call, wording: Wording) -> tuple[BandView, ...]:
    views: list[BandView] = []
    for position, stage in enumerate(call.stages):
        span = _stage_time(stage, call)
        if span is None:
            continue
        name = wording.text(f"stage.{stage.stage}")
        title = f"{name} {clock(span.start_s)}–{clock(span.end_s)}"
        sure = mean_sureness(call, stage.first_turn, stage.last_turn)
        if sure is not None:
            title += wording.text("band.sureness", percent=percent(sure))
        play = PlayView(round(span.start_s, 2), round(span.end_s, 2))
        anchor = turn_anchor(stage.first_turn)
        views.append(BandView(f"s{position}", stage.stage.value, name, title, anchor, play))
    return tuple(views)


def _legend(bands: Sequence[BandView], gaps: Sequence[GapView], wording: Wording) -> tuple[tuple[str, str], ...]:
    """Class and name of what colours and hatching stand for."""
    present, kinds = {band.stage for band in bands}, dict.fromkeys(gap.kind for gap in gaps)
    stages = ((stage.value, wording.text(f"stage.{stage}")) for stage in Stage if stage.value in present)
    return (*stages, *((f"gap-{kind}", wording.text(f"lane.{kind}")) for kind in kinds))


def _marks(score: ScoreView | None, wording: Wording) -> tuple[MarkView, ...]:
    """One mark per quote that can be played."""
    views: list[MarkView] = []
    for criterion in (c for section in score.sections for c in section.criteria) if score else ():
        for quote in criterion.quotes:
            if quote.play:
                title = wording.text(
                    "mark.title", criterion=criterion.title, verdict=criterion.verdict_text, time=quote.time
                )
                style_id = f"m{len(views)}"
                views.append(MarkView(style_id, criterion.anchor, criterion.verdict, criterion.icon, title, quote.play))
    return tuple(views)
