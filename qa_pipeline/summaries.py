"""Summaries of stored calls: made once per version of a call and its scorecard, then read by the thousand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import PurePosixPath, PureWindowsPath
from statistics import median

from qa_pipeline.acoustics.floor import dead_air
from qa_pipeline.core.call import Call, Role, Stage
from qa_pipeline.core.score import Decider, How, Outcome, Quote, Scorecard, Verdict
from qa_pipeline.core.span import Span
from qa_pipeline.core.summary import CallSummary, Clip, CriterionSummary, SectionSummary, StageSummary, TalkSummary
from qa_pipeline.core.talk import TalkFacts
from qa_pipeline.insight.period import ALWAYS, Period
from qa_pipeline.report.call.notices import notices
from qa_pipeline.report.call.quotes import CallTexts
from qa_pipeline.report.call.score_view import card_state
from qa_pipeline.report.call.signals_view import unresolved
from qa_pipeline.report.call.stages_view import stage_parts
from qa_pipeline.report.call.transcript_view import call_duration_s
from qa_pipeline.report.values import FailureRow
from qa_pipeline.rubric.model import Criterion, LoadedRubric, Rubric
from qa_pipeline.scoring import reviewed
from qa_pipeline.store.database import Store, UnreadableCall

#: Raise it when summaries hold something else: stored ones are made anew.
REVISION = 5

#: A clip is about the ten seconds that are worth playing: the quote with what leads to it and what follows.
CLIP_BEFORE_S = 4.0
CLIP_AFTER_S = 6.0
CLIP_CHARS = 90

#: What comes less near to what was looked for is no candidate: the place that was searched says more.
NEAR = 0.3

#: An act that is less sure than this is no warning. Of 500 calls made of the labelled ones, 0.9 keeps all 40 that ended
#: as complaints and 6 % of the others; 0.6 keeps 21 % of them (the model was trained on these calls).
SURE_COMPLAINT = 0.9

#: Summaries written in one transaction.
_AT_ONCE = 200

#: Ways of finding that say nothing about the words of a passage.
_MEASURED = frozenset({How.TIME, How.VOICE, How.STAGE})

_SCRIPT = {stage: place for place, stage in enumerate(Stage)}


def current_summaries(store: Store, loaded: LoadedRubric, period: Period = ALWAYS) -> Iterator[CallSummary]:
    """One summary per call that can be read; what is out of date is made anew first."""
    keys = refreshed_keys(store, loaded)
    if period != ALWAYS:
        days = store.summary_days(loaded.rubric.id)
        keys = {call_id: key for call_id, key in keys.items() if period.has(days.get(call_id))}
    for summary in store.summaries(loaded.rubric.id, keys):
        del keys[summary.call_id]
        yield summary
    # What cannot be read back, or came in the meantime.
    yield from (made for call_id in keys if (made := _made(call_id, store, loaded, lambda: None)))


def refresh_summaries(store: Store, loaded: LoadedRubric, on_made: Callable[[], None] = lambda: None) -> int:
    """Make and store the summaries that are missing or out of date; how many that were."""
    return _refresh(store, loaded, summary_keys(store, loaded), on_made)


def refreshed_keys(store: Store, loaded: LoadedRubric) -> dict[str, str]:
    """The keys under which the summaries of all calls are stored now."""
    keys = summary_keys(store, loaded)
    _refresh(store, loaded, keys)
    return keys


def _refresh(
    store: Store, loaded: LoadedRubric, keys: Mapping[str, str], on_made: Callable[[], None] = lambda: None
) -> int:
    missing = store.missing_summaries(loaded.rubric.id, keys)
    for chunk in _chunks(missing, _AT_ONCE):
        made = [new for call_id in chunk if (new := _made(call_id, store, loaded, on_made))]
        store.put_summaries((summary, keys[summary.call_id]) for summary in made)
    return len(missing)


def newest_day(store: Store, loaded: LoadedRubric) -> date | None:
    """The day of the newest call, out of current summaries; None where no call says when it was.

    A recorder whose clock runs years ahead must not move all pages there: calls of days to come count only where there
    are no others.
    """
    refresh_summaries(store, loaded)
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)  # the next day has begun in the east
    return store.newest_day(loaded.rubric.id, tomorrow) or store.newest_day(loaded.rubric.id)


def summary_keys(store: Store, loaded: LoadedRubric) -> dict[str, str]:
    versions = store.call_versions(loaded.rubric.id, loaded.sha256)
    return {call_id: f"{REVISION}:{loaded.sha256[:12]}:{version}" for call_id, version in versions.items()}


def _chunks(items: list[str], size: int) -> Iterator[list[str]]:
    yield from (items[start : start + size] for start in range(0, len(items), size))


def _made(call_id: str, store: Store, loaded: LoadedRubric, on_made: Callable[[], None]) -> CallSummary | None:
    try:
        call = store.call(call_id)
    except UnreadableCall:
        store.pass_over(call_id)
        return None
    on_made()
    return summarise(call, final_card(call_id, store, loaded), loaded.rubric) if call else None


def final_card(call_id: str, store: Store, loaded: LoadedRubric) -> Scorecard | None:
    """The scorecard of a call with what inspectors changed; None where it was not scored under this rubric, or was
    processed again since."""
    card = store.scorecard(call_id, loaded.rubric.id, loaded.sha256, store.result_key(call_id, "call"))
    return reviewed(card, store.reviews(loaded.rubric.id, call_id), loaded.rubric) if card else None


def failure_rows(store: Store) -> list[FailureRow]:
    """The recordings that could not be processed, as reports show them."""
    return [FailureRow(f.recording, f.call_id, f.step, f.code, f.reason, f.failed_at) for f in store.failures()]


def summarise(call: Call, card: Scorecard | None, rubric: Rubric) -> CallSummary:
    """What lists and period reports need of a call."""
    known, texts = call.metadata, CallTexts(call)
    stages = _stages(call)
    objected = _objected(call, rubric)
    return CallSummary(
        call_id=call.call_id,
        rubric_id=rubric.id,
        rubric_version=rubric.version,
        agent_id=(known.agent_id or "").strip(),
        agent_name=(known.agent_name or "").strip(),
        team=(known.team or "").strip(),
        started_at=known.started_at,
        direction=known.direction,
        outcome=known.outcome,
        amount=known.amount,
        language=call.conversation.language.split("-")[0],
        duration_s=call_duration_s(call),
        recording=_file_name(call.recording.path) if call.recording else "",
        state=card_state(card) if card else "unscored",
        percent=card.percent if card else None,
        points=card.points if card and card.scored else None,
        points_possible=card.points_possible if card and card.scored else None,
        criteria=tuple(_criterion(o, texts, objected.get(o.criterion_id)) for o in card.outcomes) if card else (),
        sections=_sections(card) if card else (),
        stages=stages,
        in_order=all(_SCRIPT[a.stage] < _SCRIPT[b.stage] for a, b in pairwise(stages)) if stages else None,
        talk=_talk(call.talk) if call.talk else None,
        unscorable=card.unscorable if card and not card.scored else (),
        notices=notices(call, rubric.min_confidence, card.unscorable if card else ()),
        objections=len(call.signals.objections) if call.signals else None,
        unresolved=unresolved(call.signals),
        complaint=_complaint(texts),
    )


def _file_name(path: str) -> str:
    """The last part of a path of this or the other kind of system."""
    return PureWindowsPath(PurePosixPath(path).name).name


def _objected(call: Call, rubric: Rubric) -> dict[str, int]:
    """Where criteria that are about objections can be heard: the turn in which the customer first objects."""
    first = min((o.turn for o in call.signals.objections), default=None) if call.signals else None
    return {} if first is None else {c.id: first for c in rubric.criteria if _about_objections(c)}


def _about_objections(criterion: Criterion) -> bool:
    """By its name, or by what makes it apply: rubrics have no other mark for it."""
    return "objection" in criterion.id or (criterion.when is not None and "objection" in repr(criterion.when))


def _criterion(outcome: Outcome, texts: CallTexts, objected: int | None) -> CriterionSummary:
    """``objected``: the turn of the objection that the criterion is about."""
    changed = outcome.decided_by is Decider.REVIEWER and "before" in outcome.reason.values
    # What the rules found shows their verdict, and none that a person gave instead.
    clip, is_hit = (None, False) if changed else _evidence(outcome, texts, objected)
    return CriterionSummary(
        criterion_id=outcome.criterion_id,
        section_id=outcome.section_id,
        verdict=outcome.verdict,
        points=outcome.points,
        points_limit=outcome.points_limit,
        kind=outcome.kind,
        fatal=outcome.fatal,
        clip=clip,
        is_hit=is_hit,
        is_said=is_hit and _is_said(outcome),
        by_person=outcome.decided_by is Decider.REVIEWER,
        machine_verdict=Verdict(str(outcome.reason.values["before"])) if changed else None,
    )


def _evidence(outcome: Outcome, texts: CallTexts, objected: int | None) -> tuple[Clip | None, bool]:
    """The best passage, and whether it shows what was looked for."""
    shown = outcome.evidence
    hits = [hit for hit in shown.hits if texts.turn(hit.turn)]
    if hits:
        return _clip(max(hits, key=lambda hit: 1.0 if hit.similarity is None else hit.similarity), texts), True
    near = shown.nearest
    if near and texts.turn(near.turn) and (near.similarity or 0.0) >= NEAR:
        return _clip(near, texts), False
    if objected is not None and (turn := texts.turn(objected)):
        return _clip(Quote(objected, 0, len(turn.text), turn.span), texts), False
    return _searched(outcome, texts), False


def _searched(outcome: Outcome, texts: CallTexts) -> Clip | None:
    """All that was searched, without words: nothing in it is worth playing."""
    shown = outcome.evidence
    first = next((index for index in sorted(shown.searched) if texts.turn(index)), None)
    if first is None:
        return None
    window = shown.searched_span
    return Clip(first, "", window.start_s if window else None, window.end_s if window else None)


def _is_said(outcome: Outcome) -> bool:
    """Whether any hit is one because of its words."""
    return any(hit.how not in _MEASURED for hit in outcome.evidence.hits)


def _clip(quote: Quote, texts: CallTexts) -> Clip:
    span, turn = texts.span(quote), texts.call.turns[quote.turn]
    around = _around(span, turn.span) if span else None
    return Clip(
        turn=quote.turn,
        text=_shown_around(quote, texts),
        start_s=around.start_s if around else None,
        end_s=around.end_s if around else None,
        similarity=quote.similarity,
    )


def _around(span: Span, turn: Span | None) -> Span:
    """The quote with its turn, as far as that is near."""
    if turn is None:
        return span
    start_s = min(span.start_s, max(turn.start_s, span.start_s - CLIP_BEFORE_S))
    return Span(start_s, max(span.end_s, min(turn.end_s, span.end_s + CLIP_AFTER_S)))


def _shown_around(quote: Quote, texts: CallTexts) -> str:
    """The turn with its numbers masked; of a long one, the part around the quote."""
    shown = texts.shown[quote.turn]
    start, end = texts.range(quote)
    spare = max(0, CLIP_CHARS - (end - start)) // 2
    first, last = max(0, start - spare), min(len(shown.text), max(end + spare, start + CLIP_CHARS - spare))
    text = shown.slice(first, min(last, first + 2 * CLIP_CHARS)).strip()
    return ("…" if first else "") + text + ("…" if last < len(shown.text) else "")


def _sections(card: Scorecard) -> tuple[SectionSummary, ...]:
    totals = ((section_id, card.section(section_id)) for section_id in card.section_ids)
    return tuple(SectionSummary(name, t.points, t.points_possible, t.scored) for name, t in totals)


def _stages(call: Call) -> tuple[StageSummary, ...]:
    parts = stage_parts(call)
    return tuple(StageSummary(stage, parts[stage].spoken_s) for stage in dict.fromkeys(call.turn_stages))


def _talk(talk: TalkFacts) -> TalkSummary:
    agent = talk.agent
    return TalkSummary(
        duration_s=talk.duration_s,
        agent_speech_s=talk.agent_speech_s,
        customer_speech_s=talk.customer_speech_s,
        dead_air_s=sum(silence.span.duration_s for silence in dead_air(talk)),
        units=agent.units if agent else None,
        units_s=agent.units_s if agent else None,
        interruptions=agent.interruptions if agent else None,
        questions=agent.questions if agent else None,
        response_s=median(agent.responses_s) if agent and agent.responses_s else None,
        pitch_range_st=agent.pitch_range_st if agent else None,
        longest_monologue_s=agent.longest_monologue_s if agent else None,
        estimated=talk.estimated,
    )


def _complaint(texts: CallTexts) -> Clip | None:
    """The first turn in which the customer complains, where that is sure enough."""
    for index, acts in enumerate(texts.call.turn_acts):
        turn = texts.call.turns[index]
        if turn.role is not Role.AGENT and any(a.name == "complain" and a.sureness >= SURE_COMPLAINT for a in acts):
            return _clip(Quote(index, 0, len(turn.text), turn.span), texts)
    return None
