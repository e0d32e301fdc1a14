"""Who spoke and how, party beside party and beside the team; docs/talk-metrics.md defines every figure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from qa_pipeline.acoustics.floor import dead_air
from qa_pipeline.core.call import Call, Role, RoleDecision
from qa_pipeline.report.call.quotes import CallTexts
from qa_pipeline.report.call.talk_moments import MomentsView, moments
from qa_pipeline.report.call.talk_sides import Side
from qa_pipeline.report.call.talk_table import RowView, TalkTable, range_word
from qa_pipeline.report.text import shown_fragment
from qa_pipeline.report.wording import UNKNOWN, Wording, clock, number, percent

#: Columns beside each other; the voices that say least are only counted.
MAX_SIDES = 3

#: So many figures that cannot be known for the same reason are named together.
MIN_TOGETHER = 3


@dataclass(frozen=True)
class PartyView:
    role: str
    name: str
    share: float
    """Percent of all speech, for the bar; 0 where it is unknown."""
    start: float
    """Percent at which its part of the bar begins."""


@dataclass(frozen=True)
class FigureView:
    """What belongs to both parties."""

    label: str
    value: str
    hint: str


@dataclass(frozen=True)
class TalkView:
    summary: tuple[str, ...]
    notes: tuple[str, ...]
    """What limits the figures: nobody spoke, one channel, no times."""
    parties: tuple[PartyView, ...]
    team: str
    """Heading of the team's column; empty where there is nothing to compare with."""
    rows: tuple[RowView, ...]
    unknown: tuple[tuple[str, str], ...]
    """Figures that cannot be known for one reason, by their names, and the reason."""
    figures: tuple[FigureView, ...]
    moments: tuple[MomentsView, ...]
    roles: tuple[str, ...]
    """Why each channel or voice was given its role."""


def talk_view(texts: CallTexts, wording: Wording) -> TalkView:
    """``wording`` knows the language of the call and what it is compared with."""
    call, found = texts.call, texts.sides
    table = TalkTable(texts, wording, found[:MAX_SIDES])
    rows, unknown = _together(table.rows(), wording)
    return TalkView(
        summary=tuple(_summary(table, call, wording)),
        notes=tuple(_notes(table, len(found) - len(table.sides), call, wording)),
        parties=_parties(table, wording),
        team=table.team_heading(),
        rows=rows,
        unknown=unknown,
        figures=tuple(_figures(table, call, wording)),
        moments=moments(texts, wording),
        roles=tuple(_why_role(decision, wording) for decision in call.conversation.roles) if found else (),
    )


def _together(rows: tuple[RowView, ...], wording: Wording) -> tuple[tuple[RowView, ...], tuple[tuple[str, str], ...]]:
    """The rows that say something, and the others by the reason why they do not."""
    by_reason: dict[str, list[str]] = {}
    for row in rows:
        by_reason.setdefault(row.why, []).append(row.label)
    unknown = {why: labels for why, labels in by_reason.items() if why and len(labels) >= MIN_TOGETHER}
    kept = tuple(row for row in rows if row.why not in unknown)
    return kept, tuple((wording.joined(labels), why) for why, labels in unknown.items())


def _parties(table: TalkTable, wording: Wording) -> tuple[PartyView, ...]:
    found: list[PartyView] = []
    start = 0.0
    for side in table.sides:
        share = round(100 * table.share(side), 1)
        found.append(PartyView(side.role.value, _name(side, table.is_mono, wording), share, round(start, 1)))
        start += share
    return tuple(found)


def _name(side: Side, is_mono: bool, wording: Wording) -> str:
    if side.voice is None:
        return wording.text(f"role.{side.role}")
    return wording.text("talk.voice" if is_mono else "lane.channel", number=side.voice + 1)


def _summary(table: TalkTable, call: Call, wording: Wording) -> Iterator[str]:
    """What a reader in a hurry needs."""
    agent = next((side for side in table.sides if side.role is Role.AGENT), None)
    if agent is None:
        return
    if len(table.sides) > 1 and table.share(agent):
        key = "talk.summary.share.about" if table.about else "talk.summary.share"
        yield wording.text(key, percent=percent(table.share(agent)))
    if agent.talk.interruptions is not None:
        yield wording.text("talk.summary.cuts", count=agent.talk.interruptions)
    if call.talk is not None:
        yield wording.text("talk.summary.dead", count=len(dead_air(call.talk)))
    if agent.talk.pitch_range_st is not None:
        yield wording.text("talk.summary.range", word=range_word(agent.talk.pitch_range_st, wording))


def _notes(table: TalkTable, hidden: int, call: Call, wording: Wording) -> Iterator[str]:
    spoken = bool(call.turns)
    found = {
        "no_speech": not spoken,
        "estimated": spoken and bool(table.about),
        "not_separated": spoken and table.is_mono and not table.about,
        "no_times": spoken and not table.is_timed,
        "no_roles": spoken and not call.conversation.roles_known,
    }
    yield from (wording.text(f"talk.note.{code}") for code, holds in found.items() if holds)
    if hidden > 0:
        yield wording.text("talk.note.more_voices", count=hidden)


def _figures(table: TalkTable, call: Call, wording: Wording) -> Iterator[FigureView]:
    talk = call.talk
    if talk is None or not call.turns:
        return
    overlap = UNKNOWN if talk.overlap_s is None else table.seconds(talk.overlap_s)
    if talk.overlap_s is None and table.is_mono:
        overlap = f"{UNKNOWN} {wording.text('talk.why.mono_overlap')}"
    found = {
        "duration": clock(talk.duration_s),
        "silence": clock(talk.silence_s),
        "overlap": overlap,
        "switches": _switches(talk.switches, table.minutes, wording),
    }
    for key, value in found.items():
        yield FigureView(wording.text(f"talk.{key}"), value, wording.text(f"talk.{key}.hint"))


def _switches(count: int | None, minutes: float, wording: Wording) -> str:
    if count is None or not minutes:
        return UNKNOWN
    return wording.text("talk.switches.value", rate=number(count / minutes), count=count)


def _why_role(decision: RoleDecision, wording: Wording) -> str:
    """``声道 1 = 坐席：按说话内容，把握 98%，“我们”“您好”``."""
    where = wording.text("lane.channel", number=decision.channel + 1)
    if decision.voice is not None:
        where = wording.text("talk.voice", number=decision.voice + 1)
    why = [wording.word("talk.source", decision.source)]
    if decision.probability is not None:
        # Rounding must not make it certain.
        why.append(wording.text("act_chip.sure", percent=percent(min(decision.probability, 0.99))))
    if decision.evidence:
        words = wording.joined([f"“{shown_fragment(words)}”" for words in decision.evidence[:3]])
        why.append(wording.text("talk.role.words", words=words))
    role = wording.text(f"role.{decision.role}")
    return wording.text("talk.role", where=where, role=role, why=wording.text("explain.separator").join(why))
