"""How much of the call each stage takes, and why a call has none."""

from __future__ import annotations

from dataclasses import dataclass

from qa_pipeline.core.call import Call, Stage
from qa_pipeline.report.call.quotes import CallTexts
from qa_pipeline.report.call.turn_links import TurnLink, turn_link
from qa_pipeline.report.text import clean, count_words
from qa_pipeline.report.wording import Wording, clock, percent

#: A turn whose stage is less sure than this is marked in the transcript.
UNSURE_BELOW = 0.6


@dataclass(frozen=True)
class StageParts:
    """What belongs to a stage, to be added up and divided when shown. ``spoken_s``: None where times are unknown."""

    turns: int = 0
    spoken_s: float | None = None
    words: int = 0


@dataclass(frozen=True)
class StageRow:
    stage: str
    name: str
    first: TurnLink | None
    """Where the stage begins; None for one that does not occur."""
    parts: tuple[str, ...]
    """``6 句``, ``0:24（12%）``, ``120 字（10%）``, each that is known; for an absent stage one part that says so."""


@dataclass(frozen=True)
class StagesView:
    rows: tuple[StageRow, ...]
    note: str
    """Why there are no stages; empty where there are."""


def stage_parts(call: Call) -> dict[Stage, StageParts]:
    """Every stage with what belongs to it, in the order of the script."""
    timed = call.conversation.has_times
    found = {stage: StageParts(spoken_s=0.0 if timed else None) for stage in Stage}
    for stage, turn in zip(call.turn_stages, call.turns, strict=False):
        known, spoken_s = found[stage], turn.span.duration_s if turn.span else 0.0
        total_s = None if known.spoken_s is None else known.spoken_s + spoken_s
        found[stage] = StageParts(known.turns + 1, total_s, known.words + count_words(turn.text))
    return found


def stages_view(texts: CallTexts, wording: Wording) -> StagesView:
    call = texts.call
    if not call.turn_stages:
        return StagesView((), _why_none(call, wording))
    parts = stage_parts(call)
    spoken = [p.spoken_s for p in parts.values() if p.spoken_s is not None]
    whole = StageParts(len(call.turns), sum(spoken) if spoken else None, sum(p.words for p in parts.values()))
    return StagesView(tuple(_row(stage, parts[stage], whole, texts, wording) for stage in Stage), "")


def _why_none(call: Call, wording: Wording) -> str:
    if not call.turns:
        return wording.text("stages.no_speech")
    language = call.conversation.language
    spoken = wording.word("language", language.split("-")[0]) if language else wording.text("language.unknown")
    return wording.text("stages.no_model", language=clean(spoken))


def _row(stage: Stage, mine: StageParts, whole: StageParts, texts: CallTexts, wording: Wording) -> StageRow:
    name = wording.text(f"stage.{stage}")
    if not mine.turns:
        return StageRow(stage.value, name, None, (wording.text("stages.absent"),))
    first = turn_link(texts.call.turn_stages.index(stage), texts, wording)
    unit = "words" if texts.call.conversation.language.startswith("en") else "characters"
    said = [wording.text("stages.turns", count=mine.turns)]
    if mine.spoken_s is not None and whole.spoken_s:
        share = percent(mine.spoken_s / whole.spoken_s)
        said.append(wording.text("stages.share", part=clock(mine.spoken_s), percent=share))
    if whole.words:
        count = wording.text(f"stages.{unit}", count=mine.words)
        said.append(wording.text("stages.share", part=count, percent=percent(mine.words / whole.words)))
    return StageRow(stage.value, name, first, tuple(said))


def stage_doubt(call: Call, index: int, wording: Wording) -> str:
    """``阶段不确定 54%``; empty where the turn's stage is sure or nobody said how sure it is."""
    if not call.stage_probabilities or call.stage_probabilities[index] >= UNSURE_BELOW:
        return ""
    return wording.text("turn.stage_unsure", percent=percent(call.stage_probabilities[index]))


def mean_sureness(call: Call, first: int, last: int) -> float | None:
    """How sure the stages of these turns (both included) are on average; None where nobody said."""
    known = call.stage_probabilities[first : last + 1]
    return sum(known) / len(known) if known else None
