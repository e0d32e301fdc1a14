"""``question``: is a question asked, optionally about something, open or closed? See language/questions.py."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from qa_pipeline.checks.base import Texts, register
from qa_pipeline.checks.context import Context, quote_of
from qa_pipeline.checks.finding import Finding, holds, too_few
from qa_pipeline.checks.scope import Scope, searchable
from qa_pipeline.checks.spoken import every_turn
from qa_pipeline.core.call import Turn
from qa_pipeline.core.score import How, Quote, Reason
from qa_pipeline.language.normalise import comparable
from qa_pipeline.language.questions import questions_in


class QuestionParams(Scope):
    """Which questions count, and how many are needed."""

    about: Texts = Field((), description="the question holds one of these phrases")
    kind: Literal["any", "open", "closed"] = Field("any", description="open: what, how, which …; closed: yes or no")
    min_count: int = Field(1, ge=1, description="how many questions are needed")

    @model_validator(mode="after")
    def _makes_sense_here(self) -> Self:
        if not all(map(comparable, self.about)):
            raise ValueError("a topic needs at least one letter, digit or character")
        if self.every_turn and self.min_count > 1:
            raise ValueError("min_count counts over the whole scope: it does not go with every_turn")
        return self


@register("question", QuestionParams, of_words=True)
def check_question(params: QuestionParams, context: Context) -> Finding:
    """Questions are asked: any, open or closed ones, about a topic."""
    window = searchable(params, context)
    if isinstance(window, Finding):
        return window
    about = tuple(comparable(topic) for topic in params.about)
    hits = window.only(q for index in window.turns for q in _questions(context.call.turns[index], about, params.kind))
    found = Reason("question_found", {"count": len(hits)})
    if params.every_turn:
        return every_turn(window, hits, found)
    if len(hits) >= params.min_count:
        return holds(found, window, hits, breaches=len(hits) - params.min_count + 1)
    return too_few(Reason("question_missing", {"count": len(hits), "wanted": params.min_count}), window, hits)


def _questions(turn: Turn, about: tuple[str, ...], kind: str) -> list[Quote]:
    return [
        quote_of(turn, question.start, question.end, how=How.QUESTION)
        for question in questions_in(turn.text)
        if kind in ("any", "open" if question.open else "closed")
        and _mentions(turn.text[question.start : question.end], about)
    ]


def _mentions(sentence: str, about: tuple[str, ...]) -> bool:
    return not about or any(topic in comparable(sentence) for topic in about)
