"""Objections, buying signals and refusals of a call, and what the agent made of them."""

from __future__ import annotations

from dataclasses import dataclass

from qa_pipeline.core.signals import BuyingSignal, Objection, Signals
from qa_pipeline.report.call.quotes import CallTexts, QuoteView
from qa_pipeline.report.call.turn_links import TurnLink, turn_links, turn_quote
from qa_pipeline.report.wording import Wording, percent

#: Replies that are quoted; further ones are links.
MAX_REPLIES = 3


@dataclass(frozen=True)
class BadgeView:
    good: bool
    text: str


@dataclass(frozen=True)
class ReplyView:
    """An agent turn that shows understanding, answers, or both."""

    label: str
    quote: QuoteView


@dataclass(frozen=True)
class ObjectionView:
    kind: str
    type: str
    sure: str
    """How sure the program is that this is an objection."""
    resolved: BadgeView
    handled: tuple[BadgeView, ...]
    """Understanding shown or not, answered or not."""
    quote: QuoteView
    replies: tuple[ReplyView, ...]
    more_replies: tuple[TurnLink, ...]
    repeated: str
    """``重复 2 次``; empty where the customer said it once."""
    repetitions: tuple[TurnLink, ...]


@dataclass(frozen=True)
class BuyingView:
    quote: QuoteView
    taken_up: BadgeView
    reply: QuoteView | None


@dataclass(frozen=True)
class SignalsView:
    summary: tuple[str, ...]
    objections: tuple[ObjectionView, ...]
    buying: tuple[BuyingView, ...]
    refusals: str
    """``客户明确拒绝 2 次``; empty where the customer did not."""
    refusal_links: tuple[TurnLink, ...]
    count: str
    """How many objections, for a link to this part; empty: none."""


def signals_view(texts: CallTexts, wording: Wording) -> SignalsView | None:
    """None where nobody looked. What points outside the call is left out."""
    signals = texts.call.signals
    if signals is None:
        return None
    objections = [view for o in signals.objections if (view := _objection(o, texts, wording))]
    buying = [taken for b in signals.buying_signals if (taken := _buying(b, texts, wording))]
    refusals = turn_links(signals.refusals, texts, wording)
    return SignalsView(
        summary=_summary(objections, buying, wording),
        objections=tuple(objections),
        buying=tuple(buying),
        refusals=wording.text("signals.refused", count=len(refusals)) if refusals else "",
        refusal_links=refusals,
        count=str(len(objections)) if objections else "",
    )


def unresolved(signals: Signals | None) -> int | None:
    """Objections that the customer kept; None where nobody looked."""
    return None if signals is None else sum(not objection.resolved for objection in signals.objections)


def _summary(objections: list[ObjectionView], buying: list[BuyingView], wording: Wording) -> tuple[str, ...]:
    """How many of each, and how many of them are still open; what did not occur is not counted."""
    counted = (
        ("signals.objections", len(objections), sum(not o.resolved.good for o in objections)),
        ("signals.buying", len(buying), sum(not b.taken_up.good for b in buying)),
    )
    return tuple(
        wording.text(key if still else f"{key}.none_open", count=count, open=still)
        for key, count, still in counted
        if count
    )


def _objection(objection: Objection, texts: CallTexts, wording: Wording) -> ObjectionView | None:
    quote = turn_quote(objection.turn, texts, wording)
    if quote is None:
        return None
    replies = _replies(objection, texts, wording)
    repetitions = turn_links(objection.repeated, texts, wording)
    return ObjectionView(
        kind=objection.type.value,
        type=wording.text(f"objection.{objection.type}"),
        sure=wording.text("act_chip.sure", percent=percent(objection.probability)),
        resolved=_badge("signals.resolved", objection.resolved, wording),
        handled=(
            _badge("signals.acknowledged", bool(objection.acknowledged), wording),
            _badge("signals.answered", bool(objection.answered), wording),
        ),
        quote=quote,
        replies=tuple(view for _, view in replies[:MAX_REPLIES]),
        more_replies=turn_links((index for index, _ in replies[MAX_REPLIES:]), texts, wording),
        repeated=wording.text("signals.repeated", count=len(repetitions)) if repetitions else "",
        repetitions=repetitions,
    )


def _badge(key: str, good: bool, wording: Wording) -> BadgeView:
    return BadgeView(good, wording.text(f"{key}.{'yes' if good else 'no'}"))


def _replies(objection: Objection, texts: CallTexts, wording: Wording) -> list[tuple[int, ReplyView]]:
    """Every replying turn once, in the order of the call."""
    found = []
    for index in sorted({*objection.acknowledged, *objection.answered}):
        quote = turn_quote(index, texts, wording)
        kinds = (index in objection.acknowledged, index in objection.answered)
        label = {(True, False): "acknowledges", (False, True): "answers", (True, True): "both"}[kinds]
        if quote:
            found.append((index, ReplyView(wording.text(f"signals.{label}"), quote)))
    return found


def _buying(signal: BuyingSignal, texts: CallTexts, wording: Wording) -> BuyingView | None:
    quote = turn_quote(signal.turn, texts, wording)
    if quote is None:
        return None
    reply = None if signal.taken_up is None else turn_quote(signal.taken_up, texts, wording)
    return BuyingView(quote, _badge("signals.taken_up", signal.taken_up is not None, wording), reply)
