"""``llm``: a question to a language model behind an OpenAI-compatible address.

Off unless an address is configured. What the model says counts only as far as it can be shown: a yes needs a quote
that stands word for word in a turn of the scope. What is sent, and what never is: ``llm_prompt`` and ``llm_hiding``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field

from qa_pipeline.checks.base import register
from qa_pipeline.checks.context import Context, Judge, LlmFailure, quote_of
from qa_pipeline.checks.finding import Finding, State, Window, fails, holds, unknown
from qa_pipeline.checks.llm_answer import Answer, parse_answer
from qa_pipeline.checks.llm_hiding import SentText, sent_texts
from qa_pipeline.checks.llm_prompt import SYSTEM, between, prompt
from qa_pipeline.checks.scope import Scope, searchable
from qa_pipeline.checks.spoken import every_turn
from qa_pipeline.core.call import Call
from qa_pipeline.core.score import How, Quote, Reason

#: A passage beyond this (about 100 minutes of fast talk) is not asked about: many servers cut the beginning off
#: without a word, and then answer from what is left.
MAX_PROMPT_CHARS = 30_000

#: One character shows nothing.
MIN_QUOTE_CHARS = 2

#: Reasons that a later try may do away with; ``run`` scores such calls again.
WORTH_ANOTHER_TRY = frozenset({"llm_off", "llm_timeout", "llm_unreachable", "llm_http_error"})


class LlmParams(Scope):
    """The question, and whose words may answer it."""

    question: str = Field(min_length=10, max_length=2000, description="a yes-or-no question about the scoped turns")


@register("llm", LlmParams, of_words=True, asked_once=True)
def check_llm(params: LlmParams, context: Context) -> Finding:
    """A language model answers a question with yes and a verbatim quote."""
    window = searchable(params, context)
    if isinstance(window, Finding):
        return window
    if not window.turns:
        return unknown("nothing_to_search")
    if context.judge is None:
        return unknown("llm_off")
    others = between(context.call, window.turns, params.role)
    inquiry = _Inquiry(params.question, context.call, sent_texts(context.call), context.judge)
    return inquiry.each(window, others) if params.every_turn else inquiry.ask(window, others)


@dataclass(frozen=True, slots=True)
class _Inquiry:
    """One question about one call."""

    question: str
    call: Call
    texts: Sequence[SentText]
    judge: Judge

    def ask(self, window: Window, others: Sequence[int]) -> Finding:
        """The model's answer about a window; ``others`` are turns that it may read but not quote."""
        asked = prompt(self.question, self.call, self.texts, window.turns, others)
        if len(asked) > MAX_PROMPT_CHARS:
            return unknown("llm_too_long")
        try:
            return self.judge.answer(SYSTEM, asked, lambda raw: self._finding(parse_answer(raw), window))
        except LlmFailure as failure:
            return Finding(State.UNKNOWN, failure.reason)

    def each(self, window: Window, others: Sequence[int]) -> Finding:
        """Every turn asked about by itself, with what others said since the turn before it."""
        quotes: list[Quote] = []
        why, previous = "", -1
        for index in window.turns:
            found = self.ask(Window((index,), self.call.turns[index].span), [o for o in others if previous < o < index])
            if found.state is State.UNKNOWN:
                return found
            quotes += found.hits
            why = why or str(found.reason.values.get("why", ""))
            previous = index
        return every_turn(window, tuple(quotes), Reason("llm_yes", {"why": why}))

    def _finding(self, answer: Answer, window: Window) -> Finding:
        """The finding that an answer supports; LlmFailure where it claims what does not stand there."""
        why = " ".join(answer.reason.split())
        if answer.answer == "unclear":
            return unknown("llm_unclear")
        if answer.answer == "no":
            return fails(Reason("llm_no", {"why": why}), window, nearest=self._quote(answer, window))
        if answer.turn not in window.turns:
            raise LlmFailure(Reason("llm_wrong_turn"))
        quote = self._quote(answer, window)
        if quote is None:
            raise LlmFailure(Reason("llm_quote_not_found"))
        return holds(Reason("llm_yes", {"why": why}), window, (quote,))

    def _quote(self, answer: Answer, window: Window) -> Quote | None:
        """The quoted passage where it was said; None where it does not stand there word for word."""
        words = answer.quote.strip()
        if answer.turn not in window.turns or len(words) < MIN_QUOTE_CHARS or not any(map(str.isalnum, words)):
            return None
        place = self.texts[answer.turn].find(words)
        return quote_of(self.call.turns[answer.turn], *place, how=How.LLM) if place else None
