"""``question``: is a question asked, optionally about something, open or closed?

A question is a sentence that ends in a question mark, or (recognisers leave marks out) has the form of one. A sentence
that ends in a full stop needs a form that leaves no doubt (吗, 是不是…): 有什么都行。 is none.
"""

from __future__ import annotations

from typing import Literal, Self

import regex
from pydantic import Field, model_validator

from qa_pipeline.checks.base import Texts, register
from qa_pipeline.checks.context import Context, quote_of
from qa_pipeline.checks.finding import Finding, holds, too_few
from qa_pipeline.checks.scope import Scope, searchable
from qa_pipeline.checks.spoken import every_turn
from qa_pipeline.core.call import Turn
from qa_pipeline.core.score import How, Quote, Reason
from qa_pipeline.language.normalise import comparable, simplify_character

#: A full stop in a number or a name ends no sentence: 3.5, qa.com.
_SENTENCE = regex.compile(r"(?:[^。！!？?；;\n.]|\.(?=\S))+(?:[。！!？?；;\n.]+)?")

#: What may stand behind the last word.
_END = r"[\s，,、…～~啊呀哈哎]*$"

#: Forms that are questions whatever mark the recogniser put: of the sentences of the labelled training calls that
#: have one of them, at least 9 in 10 end in a question mark.
_SURE = (
    rf"吗{_END}|(?<![那这多要什怎])么{_END}|(?<=[^，,。\s])(?<![要差好我就都也还偏])不{_END}"
    rf"|(?<=[^，,。\s])(?<![有都也还])没(?:有)?{_END}"
    rf"|(?:是不是|对不对|好不好|行不行|可不可以|能不能|方不方便|可以不可以)[^，,。]{{0,3}}{_END}"
    r"|(?:^|[，,您你])(?:是|要|想)(?:[^，,。]{1,14}[，,]?)还是|请问"
)
#: Words that ask for something, unless they stand for anything or nothing: 没什么, 哪都, 不知道怎么.
_ASKING = (
    r"(?<!没|没有|不|不知道|随便|无论|不管|有点|(?<![您你])说)"
    r"(?:什么(?!的|都|也|时候都|需要(?:您|你|的话|就|随时|可以))|啥子?(?!的|都|也)|哪(?!怕|都|也)|谁(?!都|也|知道)|怎么(?!都|也|说|样都)"
    r"|怎样|咋个?(?!都|也|说)|啷个|为什么|(?<!多)多少(?!都|也|能|有一?[点些])|多[大久长远快](?=$|[，,、\s]|的|啊|呀|了|时|钱)"
    r"|(?<![好这那前后上十百头])几(?=个|位|口|点|年|月|天|号|岁|兆|人|块|台|种|楼|家|部|套|瓶|箱)|如何|干嘛|干啥|边个|几多|点解)"
)
_ASKING_EN = (
    r"^\s*(?:(?:and|so|but|well|ok|okay|now|then|right|sorry|um|uh|oh)\b[\s,]*)*"
    r"(?:what(?!\s+a\b)|who|whose|where|why|how|which|when(?!\s+(?:you|i|we|they|he|she|it|the|your)\b))(?:'s|'re|'d)?\b"
)
_YES_NO = (
    r"[^，,。]{2}还是[^，,。]{2}|是不是|有没有|能不能|可不可以|要不要|会不会|好不好|行不行|方不方便|对不对|愿不愿意|用不用|得不得"
    rf"|(?:^|[，,\s])(?:那么?|可是?|但是?)?[^，,。\s在着还才正]{{1,3}}呢{_END}"
    rf"|(?:对|是|好|行|可以|没错|方便|合适)吧{_END}"
    r"|^\s*(?:(?:and|so|but|well|ok|okay|now|then|right)\b[\s,]*)*"
    r"(?:do|does|did|is|are|was|were|can|could|would|will|have|has|may|shall|should)(?:n't)?\s+"
    r"(?:you|we|i|it|that|this|there|they|he|she|your|the)\b"
)
#: A yes or no question that politely asks for more: 能告诉我您现在用什么套餐吗.
_ASKS_TO_BE_TOLD = r"(?:告诉|说说|说一下|讲讲|讲一下|介绍|请教|问一下|问下|了解)|\b(?:tell|ask|share|explain)\b"
#: 有什么需要吗, 有没有什么不明白的: anything rather than what.
_ANYTHING = rf"吗{_END}|有没有|是不是"

_MARKED = regex.compile(r"[？?][\s。！!…]*$")
_CLOSED_BY_STOP = regex.compile(r"[。！!；;.][\s。！!…]*$")
_SURE_FORM = regex.compile(_SURE)
_FORM = regex.compile(rf"{_SURE}|{_ASKING}|{_ASKING_EN}|{_YES_NO}", regex.IGNORECASE)
_WORD = regex.compile(
    rf"{_ASKING}|{_ASKING_EN}|{_ASKS_TO_BE_TOLD}.{{0,40}}\b(?:what|who|where|why|how|which)\b", regex.IGNORECASE
)
_TOLD = regex.compile(_ASKS_TO_BE_TOLD, regex.IGNORECASE)
_ANY = regex.compile(_ANYTHING)


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


@register("question", QuestionParams)
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
        quote_of(turn, sentence.start(), sentence.end(), how=How.QUESTION)
        for sentence in _SENTENCE.finditer(turn.text)
        if _is_question(_simplified(sentence.group()), kind) and _mentions(sentence.group(), about)
    ]


def _is_question(sentence: str, kind: str) -> bool:
    marked = _MARKED.search(sentence) is not None
    form = _SURE_FORM if _CLOSED_BY_STOP.search(sentence) else _FORM
    if not marked and not form.search(sentence.rstrip("。！!；;.… \n")):
        return False
    return kind == "any" or (kind == "open") == _is_open(sentence)


def _is_open(sentence: str) -> bool:
    """Whether more than yes, no or one of the named is asked for."""
    bare = sentence.rstrip("？?。！!；;.… \n")
    if not _WORD.search(bare):
        return False
    return not _ANY.search(bare) or _TOLD.search(bare) is not None


def _simplified(text: str) -> str:
    return "".join(map(simplify_character, text))


def _mentions(sentence: str, about: tuple[str, ...]) -> bool:
    return not about or any(topic in comparable(sentence) for topic in about)
