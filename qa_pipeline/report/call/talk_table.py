"""The table of how each party talks: one row per figure, one cell per party, the team's median beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from qa_pipeline.core.call import Role
from qa_pipeline.report.call.quotes import CallTexts
from qa_pipeline.report.call.talk_sides import Side
from qa_pipeline.report.call.turn_links import TurnLink, turn_links
from qa_pipeline.report.wording import UNKNOWN, Wording, clock, number, percent

MAX_JUMP_LINKS = 3

#: Semitones between the 10th and 90th percentile of the pitch. In ordinary speech the pitch has a standard deviation
#: of some 3 semitones, more in lively speech and in tone languages (Traunmüller & Eriksson 1995); 2.56 of them lie
#: between the two percentiles: 7.7. Half of that sounds flat (1.56 x 2.56 = 4), a deviation of 4 lively (10).
FLAT_BELOW_ST = 4.0
LIVELY_FROM_ST = 10.0


@dataclass(frozen=True)
class CellView:
    """One party's figure; ``text`` is a dash where it cannot be known, ``note`` then says why."""

    text: str
    note: str = ""
    links: tuple[TurnLink, ...] = ()


@dataclass(frozen=True)
class RowView:
    label: str
    hint: str
    cells: tuple[CellView, ...]
    """One per party; a single one where none of them can be known for the same reason."""
    team: str

    @property
    def why(self) -> str:
        """Why nothing is known of any party; empty where something is."""
        notes = {cell.note for cell in self.cells if cell.text == UNKNOWN}
        return notes.pop() if len(notes) == 1 and all(cell.text == UNKNOWN for cell in self.cells) else ""


def range_word(semitones: float, wording: Wording) -> str:
    """单调, 自然 or 起伏大."""
    kind = "flat" if semitones < FLAT_BELOW_ST else "lively" if semitones >= LIVELY_FROM_ST else "natural"
    return wording.text(f"talk.range.{kind}")


class TalkTable:
    """The figures of some parties of a call in words; ``wording`` knows the call's language and team."""

    def __init__(self, texts: CallTexts, wording: Wording, shown: Sequence[Side]) -> None:
        call = texts.call
        self.texts, self.wording, self.sides = texts, wording, shown
        self.minutes = call.talk.duration_s / 60 if call.talk else 0.0
        self.is_timed = call.conversation.has_times or call.talk is not None
        self.is_mono = call.recording is not None and call.recording.is_mono
        told_apart = bool(call.talk and call.talk.estimated) or (self.is_mono and len(shown) > 1)
        self.about = wording.text("talk.about") if told_apart else ""
        # All voices of a mono recording as one: what only one voice has is not told of them together.
        self._is_mixed = self.is_mono and len(shown) == 1 and shown[0].role is Role.UNKNOWN
        self._all_s = sum(side.talk.speech_s for side in shown)
        self._agent_share = call.talk.agent_share if call.talk else None

    def share(self, side: Side) -> float:
        """Of the speech of both parties, of all speech where they are not known; 0 where it is unknown."""
        if self._agent_share is not None and side.role is not Role.UNKNOWN:
            return self._agent_share if side.role is Role.AGENT else 1.0 - self._agent_share
        return side.talk.speech_s / self._all_s if self.is_timed and self._all_s > 0 else 0.0

    def rows(self) -> tuple[RowView, ...]:
        return tuple(map(self._row, _CELLS)) if self.sides else ()

    def team_heading(self) -> str:
        """Empty where there is nothing to compare with: the norms are those of agents."""
        team = self.wording.team
        if team is None or not team.norms or not any(side.role is Role.AGENT for side in self.sides):
            return ""
        return self.wording.text("talk.median", team=self.wording.team_name, calls=self._team_calls)

    def _row(self, key: str) -> RowView:
        cells = [self._cell(key, side) or CellView(UNKNOWN, self._why(key, side)) for side in self.sides]
        if len(set(cells)) == 1 and cells[0].text == UNKNOWN:
            cells = cells[:1]
        return RowView(self.wording.text(f"talk.{key}"), self._hint(key), tuple(cells), self._norm(key))

    def _cell(self, key: str, side: Side) -> CellView | None:
        return None if self._is_mixed and key in _OF_ONE_VOICE else _CELLS[key](self, side)

    def _hint(self, key: str) -> str:
        """What a figure means, and what is usual."""
        spoken = self.wording.spoken_unit
        unit, normal = self.wording.text(f"talk.rate.{spoken}"), self.wording.text(f"talk.rate.normal.{spoken}")
        flat, lively = number(FLAT_BELOW_ST), number(LIVELY_FROM_ST)
        return self.wording.text(f"talk.{key}.hint", unit=unit, normal=normal, flat=flat, lively=lively)

    def _why(self, key: str, side: Side) -> str:
        """Why a figure cannot be known."""
        found = {
            "times": key in _OF_TIMES and not self.is_timed,
            "sound": key in _OF_SOUND and not self.texts.call.turn_voices,
            "mixed": self._is_mixed and key in _OF_ONE_VOICE,
            "mono": key == "interruptions" and self.is_mono,
            "roles": key in _OF_ROLES and side.role is Role.UNKNOWN,
            "overlaps": key == "interruptions",
            "little": True,
        }
        return self.wording.text(f"talk.why.{next(code for code, holds in found.items() if holds)}")

    def _norm(self, key: str) -> str:
        """The team's median, with the number of calls where it is not the one in the heading."""
        measure, unit = _COMPARED.get(key, ("", ""))
        norm = self.wording.norm(measure)
        if norm is None or not self.team_heading():
            return ""
        shown = self._amount(norm.median, unit)
        same = norm.calls == self._team_calls
        return shown if same else self.wording.text("talk.norm", value=shown, calls=norm.calls)

    @property
    def _team_calls(self) -> int:
        team = self.wording.team
        return max((norm.calls for norm in team.norms.values()), default=0) if team else 0

    # --- cells: None where the figure cannot be known ---------------------------------------------------------

    def seconds(self, value: float) -> str:
        """From ten seconds on tenths say nothing."""
        return self.wording.text("unit.seconds", value=number(value, 1 if abs(value) < 10 else 0))

    def _speech(self, side: Side) -> CellView | None:
        if not self.is_timed or self._all_s <= 0:
            return None
        spoken = self.about + clock(side.talk.speech_s)
        if len(self.sides) == 1:
            return CellView(spoken)
        return CellView(self.about + percent(self.share(side)), spoken)

    def _turns(self, side: Side) -> CellView | None:
        signs = side.talk.backchannels
        return CellView(self._times(side.talk.turns), self.wording.text("talk.signs", count=signs) if signs else "")

    def _monologue(self, side: Side) -> CellView | None:
        longest_s = side.talk.longest_monologue_s
        return CellView(self.seconds(longest_s)) if self.is_timed and longest_s else None

    def _response(self, side: Side) -> CellView | None:
        waits = side.talk.responses_s
        if not waits:
            return None
        return CellView(self.seconds(median(waits)), self.wording.text("talk.responses", count=len(waits)))

    def _interruptions(self, side: Side) -> CellView | None:
        count = side.talk.interruptions
        if count is None:
            return None
        key = "talk.yielded" if side.yielded else "talk.yielded.none"
        return CellView(self._times(count), self.wording.text(key, count=side.yielded) if count else "")

    def _questions(self, side: Side) -> CellView | None:
        asked, rate = side.talk.questions, ""
        if self.minutes and asked:
            rate = self.wording.text("talk.per_minute", value=number(asked / self.minutes))
        return CellView(self.wording.text("talk.count", count=asked), rate)

    def _rate(self, side: Side) -> CellView | None:
        rate = side.talk.rate_cpm
        return None if rate is None else CellView(self._amount(rate, "/min"))

    def _fillers(self, side: Side) -> CellView | None:
        said, note = side.talk.fillers, ""
        if said and side.words:
            share = number(100 * said / side.words)
            note = self.wording.text(f"talk.per_hundred.{self.wording.spoken_unit}", value=share)
        return CellView(self.wording.text("talk.count", count=said), note)

    def _pauses(self, side: Side) -> CellView | None:
        if not self.texts.call.turn_voices:
            return None
        note = self.wording.text("talk.together", time=self.seconds(side.talk.pauses_s)) if side.talk.pauses else ""
        return CellView(self._times(side.talk.pauses), note)

    def _range(self, side: Side) -> CellView | None:
        semitones = side.talk.pitch_range_st
        if semitones is None:
            return None
        return CellView(self._amount(semitones, "st"), range_word(semitones, self.wording))

    def _pitch(self, side: Side) -> CellView | None:
        pitch_hz = side.talk.pitch_hz
        return None if pitch_hz is None else CellView(self.wording.text("unit.hz", value=round(pitch_hz)))

    def _jumps(self, side: Side) -> CellView | None:
        if not any(voice.level_jump_db is not None for voice in self.texts.call.turn_voices):
            return None
        links = turn_links(side.jumps[:MAX_JUMP_LINKS], self.texts, self.wording)
        return CellView(self._times(len(side.jumps)), "", links)

    def _times(self, count: int) -> str:
        return self.wording.amount(count, "")

    def _amount(self, value: float, unit: str) -> str:
        """As in sentences, but rates and times as short as a table needs them."""
        if unit == "/min":
            return self.wording.text(f"talk.rate.value.{self.wording.spoken_unit}", value=number(value, 0))
        return self.seconds(value) if unit == "s" else self.wording.amount(value, unit)


_CELLS: Mapping[str, Callable[[TalkTable, Side], CellView | None]] = {
    "speech": TalkTable._speech,
    "turns": TalkTable._turns,
    "monologue": TalkTable._monologue,
    "response": TalkTable._response,
    "interruptions": TalkTable._interruptions,
    "questions": TalkTable._questions,
    "rate": TalkTable._rate,
    "fillers": TalkTable._fillers,
    "pauses": TalkTable._pauses,
    "range": TalkTable._range,
    "pitch": TalkTable._pitch,
    "jumps": TalkTable._jumps,
}
_OF_TIMES = frozenset({"speech", "rate", "monologue", "response", "interruptions"})
_OF_SOUND = frozenset({"pauses", "pitch", "range", "jumps"})
_OF_ONE_VOICE = frozenset({"monologue", "range", "pitch", "jumps"})
_OF_ROLES = frozenset({"response", "interruptions"})

#: Rows that can be compared with the team: the measure, and its unit as checks write it.
_COMPARED = {
    "speech": ("talk_ratio", "%"),
    "rate": ("speech_rate", "/min"),
    "response": ("response_time", "s"),
    "range": ("pitch_range", "st"),
    "monologue": ("monologue", "s"),
}
