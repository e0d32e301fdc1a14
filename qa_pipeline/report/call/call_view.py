"""Everything on the page of one call, as plain data in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa_pipeline.core.call import Call, Role
from qa_pipeline.report.call.facts_view import FactsView, facts_view
from qa_pipeline.report.call.key_facts_view import KeyFactsView, key_facts_view
from qa_pipeline.report.call.quotes import CallTexts
from qa_pipeline.report.call.reviews_view import ReviewsView, reviews_view
from qa_pipeline.report.call.score_view import ScoreView, score_view
from qa_pipeline.report.call.signals_view import SignalsView, signals_view
from qa_pipeline.report.call.stages_view import StagesView, stages_view
from qa_pipeline.report.call.talk_view import TalkView, talk_view
from qa_pipeline.report.call.timeline_view import TimelineView, timeline_view
from qa_pipeline.report.call.transcript_view import TurnView, call_duration_s, legend, turn_views
from qa_pipeline.report.call.unscorable_view import UnscorableView, unscorable_views
from qa_pipeline.report.call.voice_view import VoiceView, voice_view
from qa_pipeline.report.names import page_name
from qa_pipeline.report.text import shown, shown_identifier
from qa_pipeline.report.values import CallResult, PageOptions
from qa_pipeline.report.wording import Wording, clock, page_suffix

SERIOUS_NOTICES = frozenset({"low_confidence", "silent", "truncated", "dead_channel", "roles_conflict"})


@dataclass(frozen=True)
class NoticeView:
    code: str
    text: str
    short: str
    """A word or two for lists."""
    serious: bool


@dataclass(frozen=True)
class HeaderView:
    agent: str
    team: str
    call_id: str
    details: tuple[tuple[str, str], ...]
    """Label and value; what the business did not say is left out."""
    agent_page: str = ""
    """Address of the agent's page in the language of this one; empty: there is none."""


@dataclass(frozen=True)
class PartView:
    """A part of the page that can be jumped to."""

    anchor: str
    title: str
    count: str = ""


@dataclass(frozen=True)
class CallView:
    html_lang: str
    other_page: str
    index_page: str
    title: str
    header: HeaderView
    notices: tuple[NoticeView, ...]
    unscorable: tuple[UnscorableView, ...]
    """Why nothing of the call was scored; then there is no scorecard to read."""
    audio: str
    """Address of the sound, relative to the page; empty: nothing to play."""
    timeline: TimelineView | None
    score: ScoreView | None
    turns: tuple[TurnView, ...]
    roles: tuple[tuple[str, str], ...]
    stages: tuple[tuple[str, str], ...]
    facts: FactsView
    stage_summary: StagesView
    signals: SignalsView | None
    """None where nobody looked for objections."""
    key_facts: KeyFactsView | None
    """None where nobody looked for facts."""
    talk: TalkView
    voice: VoiceView | None
    """None where nobody could say who speaks when."""
    reviews: ReviewsView | None
    """None where nobody said anything."""
    has_acts: bool
    has_fillers: bool
    legend: tuple[tuple[str, str], ...]
    """Marks in the transcript that need a word, each with it; none where they do not occur."""
    sections: tuple[PartView, ...]


def call_view(
    result: CallResult,
    wording: Wording,
    options: PageOptions,
    audio: str = "",
    peaks: Sequence[Sequence[float]] = (),
    texts: CallTexts | None = None,
) -> CallView:
    """``audio``: address of the sound; ``peaks``: its outline per channel (audio_copy.load_peaks).

    ``texts`` is given when a call is shown in several languages: preparing it is half of the work.
    """
    call, card = result.call, result.scorecard
    wording = wording.about(call.conversation.language, result.team)
    texts = texts or CallTexts(call)
    score = score_view(card, result.rubric, texts, wording, result.wordings) if card else None
    header = _header(call, result.agent_page, wording)
    turns = turn_views(card, score, texts, wording, options.low_confidence)
    unscorable = unscorable_views(card, wording)
    signals, key_facts = signals_view(texts, wording), key_facts_view(result.lead, texts, wording)
    reviews = reviews_view(result, wording)
    return CallView(
        html_lang=wording.html_lang,
        other_page=page_name(call.call_id) + page_suffix(wording.other),
        index_page="../index" + page_suffix(wording.lang),
        title=wording.text("page.call", agent=header.agent, call=header.call_id),
        header=header,
        notices=tuple(notice_view(code, wording) for code in dict.fromkeys(result.notices)),
        unscorable=unscorable,
        audio=audio,
        timeline=timeline_view(texts, peaks, score, wording),
        score=score,
        turns=turns,
        roles=tuple((r.value, wording.text(f"role.{r}")) for r in Role if any(t.role == r for t in turns)),
        stages=tuple(dict.fromkeys((t.stage, t.stage_text) for t in turns if t.stage)),
        facts=facts_view(call, card, result.rubric, wording, result.lead),
        stage_summary=stages_view(texts, wording),
        signals=signals,
        key_facts=key_facts,
        talk=talk_view(texts, wording),
        voice=voice_view(texts, wording),
        reviews=reviews,
        has_acts=any(turn.acts for turn in turns),
        has_fillers=any(token.filler for turn in turns for token in turn.tokens),
        legend=legend(turns, wording),
        sections=_sections(None if unscorable else score, reviews, signals, key_facts, wording),
    )


def _sections(
    score: ScoreView | None,
    reviews: ReviewsView | None,
    signals: SignalsView | None,
    known: KeyFactsView | None,
    wording: Wording,
) -> tuple[PartView, ...]:
    parts = (
        (score, PartView("h-score", wording.text("scorecard.title"))),
        (reviews, PartView("h-reviews", wording.text("reviews.title"), str(len(reviews.items)) if reviews else "")),
        (True, PartView("h-talk", wording.text("talk.title"))),
        (signals, PartView("h-signals", wording.text("signals.title"), signals.count if signals else "")),
        (known, PartView("h-key-facts", wording.text("key_facts.title"))),
        (True, PartView("h-text", wording.text("transcript.title"))),
        (True, PartView("h-facts", wording.text("facts.title"))),
    )
    return tuple(part for there, part in parts if there)


def notice_view(code: str, wording: Wording) -> NoticeView:
    text = wording.word("notice", code)
    return NoticeView(code, text, wording.messages.get(f"notice_short.{code}", text), code in SERIOUS_NOTICES)


def _header(call: Call, agent_page: str, wording: Wording) -> HeaderView:
    known = call.metadata
    details = [
        ("header.started", wording.date_time(known.started_at) if known.started_at else ""),
        ("header.duration", clock(duration_s) if (duration_s := call_duration_s(call)) is not None else ""),
        ("header.direction", wording.text(f"direction.{known.direction}") if known.direction else ""),
        ("header.outcome", wording.text(f"outcome.{known.outcome}") if known.outcome else ""),
        ("header.customer", shown_identifier(known.customer_id or "")),
        ("header.call", shown_identifier(call.call_id)),
    ]
    return HeaderView(
        agent=shown(known.agent_name or "") or shown_identifier(known.agent_id or "") or wording.text("agent.unknown"),
        team=shown(known.team or ""),
        call_id=shown_identifier(call.call_id),
        details=tuple((wording.text(key), value) for key, value in details if value),
        agent_page=agent_page.removesuffix(".html") + page_suffix(wording.lang) if agent_page else "",
    )
