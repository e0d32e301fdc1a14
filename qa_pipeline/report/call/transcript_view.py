"""The transcript as it is read and played: tokens with times, overlaps, stages, marks of evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa_pipeline.core.call import Call, Doubt, Turn
from qa_pipeline.core.score import Scorecard
from qa_pipeline.core.span import Span
from qa_pipeline.report.call.acts_view import ActChip, act_chips
from qa_pipeline.report.call.criterion_view import CriterionView
from qa_pipeline.report.call.quotes import CallTexts, turn_anchor
from qa_pipeline.report.call.score_view import ScoreView
from qa_pipeline.report.call.stages_view import stage_doubt
from qa_pipeline.report.call.talk_moments import cut_text, cuts_of
from qa_pipeline.report.text import Range, Token
from qa_pipeline.report.wording import Wording, clock_tenths

#: Stands for what was recognised in the words of a correction.
HEARD = "\ufffc"

MIN_OVERLAP_S = 0.2  # shorter ones are the grain of the time stamps, not people talking over each other


@dataclass(frozen=True)
class EvidenceMark:
    """A criterion that quotes this turn."""

    anchor: str
    title: str
    verdict: str
    icon: str


@dataclass(frozen=True)
class TurnView:
    anchor: str
    role: str
    speaker: str
    stage: str
    stage_text: str
    new_stage: bool
    stage_doubt: str
    """Says how unsure the stage is; empty where it is sure."""
    time: str
    start_s: float | None
    end_s: float | None
    unsure: bool
    overlap: str
    cut: str
    """Whom the turn cuts off, and whether the other stopped; empty for all others."""
    backchannel: bool
    """A listener's sign: shown small."""
    marks: tuple[EvidenceMark, ...]
    tokens: tuple[Token, ...]
    acts: tuple[ActChip, ...]
    doubt: str
    """Why the words, or some of them, may never have been said; empty where nothing speaks against them."""
    all_doubted: bool
    corrected: str
    """The words for a correction, ``HEARD`` standing for what was recognised; empty where there is none."""
    corrections: tuple[str, ...]
    """Each correction in words."""


def turn_views(
    card: Scorecard | None, score: ScoreView | None, texts: CallTexts, wording: Wording, unsure_below: float
) -> tuple[TurnView, ...]:
    call = texts.call
    hits, marks = _hits(card, texts), _marks(card, score)
    shared, cuts = overlaps_of(texts), cuts_of(texts)
    corrected = wording.text("turn.corrected", heard=HEARD)
    views: list[TurnView] = []
    for turn in call.turns:
        stage = call.turn_stages[turn.index].value if call.turn_stages else ""
        span, overlap, cut = turn.span, shared.get(turn.index), cuts.get(turn.index)
        views.append(
            TurnView(
                anchor=turn_anchor(turn.index),
                role=turn.role.value,
                speaker=wording.text(f"role.{turn.role}"),
                stage=stage,
                stage_text=wording.text(f"stage.{stage}") if stage else "",
                new_stage=bool(stage) and (not views or views[-1].stage != stage),
                stage_doubt=stage_doubt(call, turn.index, wording) if stage else "",
                time=clock_tenths(span.start_s) if span else "",
                start_s=round(span.start_s, 2) if span else None,
                end_s=round(span.end_s, 2) if span else None,
                # Why it is doubted says more.
                unsure=not turn.doubts and turn.confidence is not None and turn.confidence < unsure_below,
                # Who cuts in speaks at the same time: said once.
                overlap="" if cut else _overlap_text(overlap, wording),
                cut=cut_text(cut, wording) if cut else "",
                backchannel=turn.backchannel,
                marks=marks.get(turn.index, ()),
                tokens=texts.tokens(turn, hits.get(turn.index, ()), unsure_below),
                acts=act_chips(turn, texts, wording),
                doubt=_doubt_text(turn, wording) if turn.doubts else "",
                all_doubted=bool(turn.doubts) and not turn.doubted,
                corrected=corrected if turn.index in texts.corrected else "",
                corrections=_corrections(turn, texts, wording),
            )
        )
    return tuple(views)


def _doubt_text(turn: Turn, wording: Wording) -> str:
    """``可能不是真人所说：字幕套话、重复``. That the engine is unsure alone says no more than that."""
    kind = "misheard" if set(turn.doubts) == {Doubt.UNSURE} else "unsaid"
    key = f"turn.doubt.{kind}.part" if turn.doubted else f"turn.doubt.{kind}"
    return wording.text(key, why=wording.joined([wording.text(f"doubt.{doubt}") for doubt in turn.doubts]))


def _corrections(turn: Turn, texts: CallTexts, wording: Wording) -> tuple[str, ...]:
    shown = texts.shown[turn.index]
    return tuple(
        wording.text("turn.correction", word=shown.slice(one.start, one.end), heard=one.heard)
        for one in texts.corrected.get(turn.index, ())
    )


def _hits(card: Scorecard | None, texts: CallTexts) -> dict[int, list[Range]]:
    """Per turn the quoted ranges of its clean text."""
    result: dict[int, list[Range]] = {}
    for outcome in card.outcomes if card else ():
        for quote in outcome.evidence.hits:
            if texts.turn(quote.turn):
                result.setdefault(quote.turn, []).append(texts.range(quote))
    return result


def _marks(card: Scorecard | None, score: ScoreView | None) -> dict[int, tuple[EvidenceMark, ...]]:
    """Per turn the criteria that quote it, each once."""
    views = _by_anchor(score)
    result: dict[int, dict[str, EvidenceMark]] = {}
    for position, outcome in enumerate(card.outcomes if card else ()):
        view = views.get(f"c{position}")
        for quote in outcome.evidence.hits if view else ():
            if view:
                mark = EvidenceMark(view.anchor, view.title, view.verdict, view.icon)
                result.setdefault(quote.turn, {})[view.anchor] = mark
    return {turn: tuple(marks.values()) for turn, marks in result.items()}


def legend(turns: Sequence[TurnView], wording: Wording) -> tuple[tuple[str, str], ...]:
    """What grey and underlined words mean, where there are any."""
    occurs = (("doubt", any(turn.doubt for turn in turns)), ("fixed", any(turn.corrected for turn in turns)))
    return tuple((kind, wording.text(f"legend.{kind}")) for kind, there in occurs if there)


def _by_anchor(score: ScoreView | None) -> dict[str, CriterionView]:
    sections = score.sections if score else ()
    return {view.anchor: view for section in sections for view in section.criteria}


def overlaps_of(texts: CallTexts) -> dict[int, Span]:
    return texts.once("overlaps", lambda: _overlaps(texts.call.turns))


def _overlaps(turns: Sequence[Turn]) -> dict[int, Span]:
    """Per turn the longest stretch in which the other party, on another channel, speaks as well.

    On one channel two voices at once cannot be told apart, so nothing is claimed there. A listener's sign is none.
    """
    result: dict[int, Span] = {}
    open_turns: list[Turn] = []
    for turn in turns:
        if turn.span is None or turn.channel is None or turn.backchannel:
            continue
        start_s = turn.span.start_s
        open_turns = [other for other in open_turns if other.span and other.span.end_s > start_s]
        for other in open_turns:
            if other.span and other.channel != turn.channel and other.role is not turn.role:
                shared = Span(start_s, min(turn.span.end_s, other.span.end_s))
                for index in (turn.index, other.index):
                    _keep_longest(result, index, shared)
        open_turns.append(turn)
    return result


def _keep_longest(found: dict[int, Span], index: int, shared: Span) -> None:
    known = found.get(index)
    if shared.duration_s >= MIN_OVERLAP_S and (known is None or known.duration_s < shared.duration_s):
        found[index] = shared


def _overlap_text(overlap: Span | None, wording: Wording) -> str:
    if overlap is None:
        return ""
    start, end = clock_tenths(overlap.start_s), clock_tenths(overlap.end_s)
    return wording.text("turn.overlap", start=start, end=end)


def call_duration_s(call: Call) -> float | None:
    """What was decoded; without a recording the end of the last timed turn."""
    if call.recording:
        return call.recording.duration_s
    if call.talk:
        return call.talk.duration_s
    return max((turn.span.end_s for turn in call.turns if turn.span), default=None)
