"""How the voices change in the course of a call: lanes that share the time axis of the waveform, and their table."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from qa_pipeline.core.call import Call, Role
from qa_pipeline.core.span import Span
from qa_pipeline.report.call.quotes import CallTexts
from qa_pipeline.report.call.transcript_view import call_duration_s
from qa_pipeline.report.call.voice_table import VoiceTable, voice_table
from qa_pipeline.report.wording import Wording, number

WIDTH, HEIGHT = 1000, 100
_MIDDLE, _REACH, _LEAST = 50, 46, 2
"""Where the usual value lies, how far a bar goes from it, and the least height at which a bar is still seen."""

#: What a bar of full height means at least: a voice that hardly changes shall not look as if it did.
#: Per minute; dB; semitones (a third of an octave).
LEAST_RANGE = {"pace": 60.0, "loudness": 6.0, "pitch": 4.0}

#: Of the pace it depends on the language that is spoken.
UNITS = {"loudness": "dB", "pitch": "Hz", "share": "%"}

#: Seconds of a window of the talk share. Short calls have shorter ones, so that there is something to see.
WINDOW_S = 30.0
_LEAST_WINDOWS, _LEAST_WINDOW_S = 4, 10.0


@dataclass(frozen=True)
class Bar:
    """A value over a stretch of time: a turn, or a window of several."""

    role: Role
    span: Span
    value: float


@dataclass(frozen=True)
class VoiceLane:
    """One line of the chart, in a box of WIDTH × HEIGHT. What is not known is left empty."""

    kind: str
    """pace, loudness, pitch or share."""
    name: str
    unit: str
    extent: str
    """The lowest and the highest value."""
    usual: str
    """What the line through the lane stands for, after its value."""
    usual_value: str
    is_team: bool
    """The line is the team's median (dashed), not the call's own."""
    line_y: float
    bars: tuple[tuple[str, str], ...]
    """Role and SVG path."""
    label: str
    """The lane in words."""


@dataclass(frozen=True)
class VoiceView:
    lanes: tuple[VoiceLane, ...]
    table: VoiceTable
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Shape:
    """A lane without its words: the same in every language."""

    kind: str
    low: float
    high: float
    usual: float
    is_team: bool
    line_y: float
    bars: tuple[tuple[str, str], ...]


def voice_view(texts: CallTexts, wording: Wording) -> VoiceView | None:
    """None where nobody could say who speaks when: docs/talk-metrics.md says what is needed for what."""
    call = texts.call
    duration_s = call_duration_s(call)
    if not duration_s or not any(turn.span and turn.role is Role.AGENT for turn in call.turns):
        return None
    shapes = texts.once("voice", lambda: _shapes(call, duration_s, wording))
    lanes = tuple(_lane(shape, wording) for shape in shapes)
    return VoiceView(lanes, voice_table(texts, wording), tuple(_notes(call, wording))) if lanes else None


def _notes(call: Call, wording: Wording) -> Iterator[str]:
    if not call.turn_voices:
        yield wording.text("voice.note.no_sound")
    if call.talk and call.talk.estimated:
        yield wording.text("talk.note.estimated")


def _lane(shape: _Shape, wording: Wording) -> VoiceLane:
    kind = shape.kind
    whose = "team" if shape.is_team else "even" if kind == "share" else "own"
    unit = wording.text(f"voice.unit.pace.{wording.spoken_unit}") if kind == "pace" else UNITS[kind]
    bounds = {"low": number(shape.low, 0), "high": number(shape.high, 0)}
    line, value = wording.text(f"voice.usual.{whose}", team=wording.team_name), number(shape.usual, 0)
    name = wording.text(f"voice.{kind}.whose")
    return VoiceLane(
        kind=kind,
        name=wording.text(f"voice.{kind}"),
        unit=unit,
        extent=wording.text("voice.extent", **bounds),
        usual=line,
        usual_value=value,
        is_team=shape.is_team,
        line_y=shape.line_y,
        bars=shape.bars,
        label=wording.text("voice.label", name=name, unit=unit, usual=line, value=value, **bounds),
    )


def _shapes(call: Call, duration_s: float, wording: Wording) -> tuple[_Shape, ...]:
    """``wording`` knows the team."""
    rate, ratio = wording.norm("speech_rate"), wording.norm("talk_ratio")
    found = (
        _deviation("pace", _bars(call, "rate_cpm", Role.AGENT), rate.median if rate else None, duration_s),
        _deviation("loudness", _bars(call, "level_db", Role.AGENT, Role.CUSTOMER), None, duration_s, own=0.0),
        _deviation("pitch", _bars(call, "pitch_hz", Role.AGENT), None, duration_s),
        _share(tuple(share_bars(call, duration_s)), ratio.median if ratio else None, duration_s),
    )
    return tuple(shape for shape in found if shape)


def _bars(call: Call, name: str, *roles: Role) -> tuple[Bar, ...]:
    turns = zip(call.turns, call.turn_voices, strict=False)
    found = ((turn, getattr(voice, name)) for turn, voice in turns if turn.role in roles)
    return tuple(Bar(turn.role, turn.span, value) for turn, value in found if turn.span and value is not None)


def _deviation(
    kind: str, bars: Sequence[Bar], norm: float | None, duration_s: float, own: float | None = None
) -> _Shape | None:
    """Bars up and down from what is usual: for the team, else for the party itself."""
    if not bars:
        return None
    values = [bar.value for bar in bars]
    usual = norm if norm is not None else own if own is not None else median(values)
    distances = [_distance(kind, value, usual) for value in values]
    full = max(LEAST_RANGE[kind], *(abs(distance) for distance in distances))
    paths = {Role.AGENT: "", Role.CUSTOMER: ""}
    for role in paths:
        mine = ((b.span, _MIDDLE - _REACH * d / full) for b, d in zip(bars, distances, strict=True) if b.role is role)
        paths[role] = "".join(_path(span, _MIDDLE, top, duration_s) for span, top in mine)
    drawn = tuple((role.value, path) for role, path in paths.items() if path)
    return _Shape(kind, min(values), max(values), usual, norm is not None, _MIDDLE, drawn)


def _share(bars: Sequence[Bar], norm: float | None, duration_s: float) -> _Shape | None:
    """The agent's part from below, the customer's from above."""
    if not bars:
        return None
    values, line = [bar.value for bar in bars], 50.0 if norm is None else norm
    agent = "".join(_path(bar.span, HEIGHT, HEIGHT - bar.value, duration_s) for bar in bars)
    customer = "".join(_path(bar.span, 0, HEIGHT - bar.value, duration_s) for bar in bars)
    drawn = ((Role.AGENT.value, agent), (Role.CUSTOMER.value, customer))
    return _Shape("share", min(values), max(values), line, norm is not None, round(HEIGHT - line, 1), drawn)


def _path(span: Span, foot: int, top: float, duration_s: float) -> str:
    """A bar from ``foot`` to ``top``."""
    left, right = (round(WIDTH * min(1.0, time_s / duration_s)) for time_s in (span.start_s, span.end_s))
    height = round(top - foot)
    if abs(height) < _LEAST:
        height = -_LEAST if height < 0 or foot == HEIGHT else _LEAST
    width = max(1, right - left)
    return f"M{left} {foot}v{height}h{width}v{-height}z"


def _distance(kind: str, value: float, usual: float) -> float:
    """In the unit of the scale: what is heard of a pitch is its ratio."""
    if kind != "pitch":
        return value - usual
    return 12 * math.log2(value / usual) if value > 0 and usual > 0 else 0.0


def share_bars(call: Call, duration_s: float) -> Iterator[Bar]:
    """Per window the agent's part of the speech in it, in percent; none where nobody speaks."""
    parts = [p for p in _speaking(call) if p.role in (Role.AGENT, Role.CUSTOMER)]
    if len({part.role for part in parts}) < 2:
        return
    count = max(1, round(duration_s / WINDOW_S), min(_LEAST_WINDOWS, int(duration_s / _LEAST_WINDOW_S)))
    step_s = duration_s / count
    sums = [{Role.AGENT: 0.0, Role.CUSTOMER: 0.0} for _ in range(count)]
    for part in parts:
        for place in range(int(part.span.start_s / step_s), min(count - 1, int(part.span.end_s / step_s)) + 1):
            window = Span(place * step_s, (place + 1) * step_s)
            sums[place][part.role] += part.value * window.overlap_s(part.span)
    for place, spoken in enumerate(sums):
        if total := sum(spoken.values()):
            span = Span(place * step_s, (place + 1) * step_s)
            yield Bar(Role.AGENT, span, 100.0 * (spoken[Role.AGENT] / total))


def _speaking(call: Call) -> Iterable[Bar]:
    """Per turn how much of its time is speech (0..1), where that is known."""
    for turn in call.turns:
        if turn.span and turn.span.duration_s > 0:
            heard = call.turn_voices[turn.index].speech_s if call.turn_voices else None
            yield Bar(turn.role, turn.span, 1.0 if heard is None else min(1.0, heard / turn.span.duration_s))
