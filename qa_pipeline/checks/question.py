"""``question``: is a question asked, optionally about something?

A question is a sentence that ends in a question mark, or (recognisers leave marks out) has the form of one.
"""

from __future__ import annotations

import regex
from pydantic import Field, field_validator

from qa_pipeline.checks.context import Context, quote_of
from qa_pipeline.checks.finding import Finding, fails, holds
from qa_pipeline.checks.scope import Scope, missing_facts, window_of
from qa_pipeline.core.call import Turn
from qa_pipeline.core.score import Quote, Reason
from qa_pipeline.language.normalise import comparable, simplify_character

_SENTENCE = regex.compile(r"[^。！!？?；;\n]+[。！!？?；;\n]?")

#: Forms of Mandarin and English questions: final particles, question words, A-not-A, inverted verbs.
_QUESTION = regex.compile(
    r"[？?]\s*$"
    r"|(?:吗|呢|么)[，,。\s]*$"
    r"|(?<!没)(?<!没有)什么(?!的)(?!需要(?:您|你|的话|就|随时|可以))|哪|谁|怎么|怎样|为什么|多少|多大|多久|多长|几(?:个|位|口|点|年|月|天|号|岁|兆|人|块)|如何"
    r"|是不是|有没有|能不能|可不可以|要不要|会不会|好不好|行不行|方不方便|对不对|愿不愿意|用不用"
    r"|^\s*(?:(?:what|who|when|where|why|how|which)\b"
    r"|(?:do|does|did|is|are|was|were|can|could|would|will|have|has|may)(?:n't)?\s+(?:you|we|i|it|that|this|there|they|he|she|your)\b)",
    regex.IGNORECASE,
)


class QuestionParams(Scope):
    about: tuple[str, ...] = Field((), strict=False, description="the question holds one of these phrases")
    min_count: int = Field(1, ge=1, description="how many questions are needed")

    @field_validator("about")
    @classmethod
    def _has_words(cls, about: tuple[str, ...]) -> tuple[str, ...]:
        if not all(map(comparable, about)):
            raise ValueError("a topic needs at least one letter, digit or character")
        return about


def check_question(params: QuestionParams, context: Context) -> Finding:
    blocked = missing_facts(params, context.call)
    if blocked:
        return blocked
    window = window_of(params, context.call)
    about = tuple(comparable(topic) for topic in params.about)
    hits = tuple(q for index in window.turns for q in _questions(context.call.turns[index], about))
    if len(hits) >= params.min_count:
        return holds(Reason("question_found", {"count": len(hits)}), window, hits)
    return fails(Reason("question_missing", {"count": len(hits), "wanted": params.min_count}), window)


def _questions(turn: Turn, about: tuple[str, ...]) -> list[Quote]:
    return [
        quote_of(turn, sentence.start(), sentence.end())
        for sentence in _SENTENCE.finditer(turn.text)
        if _QUESTION.search(_simplified(sentence.group())) and _mentions(sentence.group(), about)
    ]


def _simplified(text: str) -> str:
    return "".join(map(simplify_character, text))


def _mentions(sentence: str, about: tuple[str, ...]) -> bool:
    return not about or any(topic in comparable(sentence) for topic in about)
