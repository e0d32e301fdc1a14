"""The voices of a call in numbers, stage by stage: the same as the lanes, to be read instead of seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from qa_pipeline.core.call import Call, Role, Stage, Turn
from qa_pipeline.core.facts import TurnVoice
from qa_pipeline.language.normalise import spoken_units
from qa_pipeline.report.call.quotes import CallTexts
from qa_pipeline.report.wording import UNKNOWN, Wording, number


@dataclass(frozen=True)
class Spoken:
    """A turn with its sound; ``units``: characters (English: words), 0 where they count for no pace."""

    turn: Turn
    voice: TurnVoice
    units: int


#: The columns: what is told of whom.
COLUMNS = ("pace", "agent_level", "customer_level", "pitch", "share")

#: The team's medians by column; how loud and how high somebody speaks is nobody else's measure.
_NORMS = {"pace": "speech_rate", "share": "talk_ratio"}


@dataclass(frozen=True)
class VoiceRow:
    stage: str
    """Empty for the whole call and for the team."""
    name: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class VoiceTable:
    columns: tuple[str, ...]
    rows: tuple[VoiceRow, ...]


def voice_table(texts: CallTexts, wording: Wording) -> VoiceTable:
    """A row per stage that occurs, one of the whole call, one of the team."""
    cells = texts.once("voice_cells", lambda: _all_cells(texts.call))
    names = ((stage, f"stage.{stage}" if stage else "voice.whole") for stage in cells)
    rows = [VoiceRow(stage, wording.text(name), cells[stage]) for stage, name in names]
    unit = wording.text(f"voice.unit.pace.{wording.spoken_unit}")
    columns = tuple(wording.text(f"voice.column.{column}", unit=unit) for column in COLUMNS)
    return _without_unknown(VoiceTable(columns, (*rows, *_team(wording))), rows)


def _without_unknown(table: VoiceTable, rows: Sequence[VoiceRow]) -> VoiceTable:
    """A column in which nothing is known of this call is left out."""
    kept = [place for place in range(len(COLUMNS)) if any(row.cells[place] != UNKNOWN for row in rows)]
    columns = tuple(table.columns[place] for place in kept)
    return VoiceTable(columns, tuple(replace(row, cells=tuple(row.cells[i] for i in kept)) for row in table.rows))


def _all_cells(call: Call) -> dict[str, tuple[str, ...]]:
    """By stage, the whole call under an empty name."""
    voices = call.turn_voices or (TurnVoice(),) * len(call.turns)
    language = call.conversation.language
    spoken = [
        Spoken(turn, voice, spoken_units(turn.text, language) if voice.rate_cpm and turn.role is Role.AGENT else 0)
        for turn, voice in zip(call.turns, voices, strict=True)
    ]
    by_stage: dict[str, list[Spoken]] = {stage.value: [] for stage in Stage if stage in call.turn_stages}
    for stage, each in zip(call.turn_stages, spoken, strict=False):
        by_stage[stage.value].append(each)
    return {stage: _cells(mine) for stage, mine in by_stage.items()} | {"": _whole(spoken, call)}


def _whole(spoken: Sequence[Spoken], call: Call) -> tuple[str, ...]:
    """The share as it stands elsewhere on the page: of exact stretches of speech, where they were added up."""
    *others, share = _cells(spoken)
    exact = call.talk.agent_share if call.talk else None
    return (*others, share if exact is None else _shown(100.0 * exact, 0))


def _team(wording: Wording) -> tuple[VoiceRow, ...]:
    norms = [wording.norm(_NORMS[column]) if column in _NORMS else None for column in COLUMNS]
    if not any(norms):
        return ()
    cells = tuple(number(norm.median, 0) if norm else UNKNOWN for norm in norms)
    calls = max(norm.calls for norm in norms if norm)
    return (VoiceRow("", wording.text("talk.median", team=wording.team_name, calls=calls), cells),)


def _cells(spoken: Sequence[Spoken]) -> tuple[str, ...]:
    agent = [each for each in spoken if each.turn.role is Role.AGENT]
    customer = [each for each in spoken if each.turn.role is Role.CUSTOMER]
    return (
        _shown(pace(agent), 0),
        _shown(_median(agent, "level_db")),
        _shown(_median(customer, "level_db")),
        _shown(_median(agent, "pitch_hz"), 0),
        _shown(_share(agent, customer), 0),
    )


def pace(spoken: Sequence[Spoken]) -> float | None:
    """Characters (English: words) a minute over all turns that have a rate: parts first, divided last."""
    rated = [(each.units, each.voice.rate_cpm) for each in spoken if each.voice.rate_cpm]
    minutes = sum(units / rate for units, rate in rated)
    return sum(units for units, _ in rated) / minutes if minutes > 0 else None


def _median(spoken: Sequence[Spoken], name: str) -> float | None:
    known = [value for each in spoken if (value := getattr(each.voice, name)) is not None]
    return median(known) if known else None


def _share(agent: Sequence[Spoken], customer: Sequence[Spoken]) -> float | None:
    """Percent of the speech of both; None where one of them says nothing or times are unknown."""
    agent_s, customer_s = (sum(map(_speech_s, each)) for each in (agent, customer))
    return 100.0 * agent_s / (agent_s + customer_s) if agent_s and customer_s else None


def _speech_s(spoken: Spoken) -> float:
    if spoken.voice.speech_s is not None:
        return spoken.voice.speech_s
    return spoken.turn.span.duration_s if spoken.turn.span else 0.0


def _shown(value: float | None, decimals: int = 1) -> str:
    return UNKNOWN if value is None else number(value, decimals)
