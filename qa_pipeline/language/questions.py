"""Which sentences are questions, and which of them are open.

A question is a sentence that ends in a question mark, or (recognisers leave marks out) has the form of one. A sentence
that ends in a full stop needs a form that leaves no doubt (吗, 是不是…): 有什么都行。 is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import regex

from qa_pipeline.language.normalise import simplify_character

#: A full stop in a number or a name ends no sentence: 3.5, qa.com.
SENTENCE = regex.compile(r"(?:[^。！!？?；;\n.]|\.(?=\S))+(?:[。！!？?；;\n.]+)?")

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

#: Languages whose questions can be told without a mark.
_LANGUAGES = ("zh", "yue", "en")

#: What follows a clause that asks for a yes without having the form of a question: 您是王先生吧, you got it, right.
#: 好吧 and 算了吧 give in.
_SEEKS_YES = {
    "zh": regex.compile(rf"[^，,、\s]{{2}}(?<!好|行|成|算了|随便|就这样|先这样|不用了|再说)吧{_END}"),
    "en": regex.compile(
        r"[,.]\s*(?:right|okay|ok|correct|yeah|yes|all\s?right|(?:is|are|was|were|do|does|did|have|has|wo|would|ca|could)"
        r"n't\s+(?:it|you|we|they|he|she|that|there))[\s,.!…]*$",
        regex.IGNORECASE,
    ),
}
_SEEKS_YES["yue"] = _SEEKS_YES["zh"]
#: 好吧 and 嗯行吧 as a clause of their own give in.
_GIVES_IN = regex.compile(rf"^\s*[嗯哦噢啊哎唉那就先]*(?:好|行|成|可以){{1,2}}吧{_END}")
#: Where the last clause of a sentence begins.
_CLAUSE = regex.compile(r"[，,、…]+(?=[^，,、…。！!；;.\s])")
#: The second half of a choice: 要一百兆，还是两百兆.
_CHOICE = regex.compile(r"^\s*还是")


@dataclass(frozen=True, slots=True)
class Question:
    """A question at the characters ``start..end``; ``open``: more than yes, no or one of the named is asked for."""

    start: int
    end: int
    open: bool


@lru_cache(maxsize=4096)
def questions_in(text: str, *, by_form: bool = True) -> tuple[Question, ...]:
    """The questions of a text in order; without ``by_form`` only those that are marked as such."""
    return tuple(_questions(text, by_form))


def _questions(text: str, by_form: bool) -> Iterator[Question]:
    for sentence in SENTENCE.finditer(text):
        plain = _simplified(sentence.group())
        if is_marked(plain) or (by_form and has_form(plain)):
            yield Question(sentence.start(), sentence.end(), _is_open(plain))


def asks(text: str, language: str) -> int:
    """How many questions a text asks: those that the check ``question`` finds.

    In languages without forms of their own here only marks count.
    """
    return len(questions_in(text, by_form=_spoken(language) in _LANGUAGES))


def expects_answer(text: str, language: str) -> bool:
    """Whether a text ends in a question, so that what follows (对, 好的, 嗯) answers it.

    Without a mark its last clause must have the form of one, or seek a yes (您是王先生吧; …, right): what was asked
    before a statement is not asked any more.
    """
    sentences = [m.group() for m in SENTENCE.finditer(_simplified(text)) if any(map(str.isalnum, m.group()))]
    if not sentences:
        return False
    last, spoken = sentences[-1], _spoken(language)
    if is_marked(last):
        return True
    if spoken not in _LANGUAGES:
        return False
    clause = _CLAUSE.split(last)[-1]
    if _GIVES_IN.match(_unclosed(clause)):
        return False
    asked = has_form(clause) or (_CHOICE.match(clause) is not None and has_form(last))
    return asked or _SEEKS_YES[spoken].search(_unclosed(last)) is not None


def _unclosed(sentence: str) -> str:
    return sentence.rstrip("。！!；;.… \n")


def _spoken(language: str) -> str:
    return language.split("-")[0]


def is_marked(sentence: str) -> bool:
    """Whether a sentence ends in a question mark."""
    return _MARKED.search(sentence) is not None


def has_form(sentence: str) -> bool:
    """Whether a sentence in simplified script reads as a question, whatever mark it ends in."""
    form = _SURE_FORM if _CLOSED_BY_STOP.search(sentence) else _FORM
    return form.search(_unclosed(sentence)) is not None


def _is_open(sentence: str) -> bool:
    bare = sentence.rstrip("？?。！!；;.… \n")
    if not _WORD.search(bare):
        return False
    return not _ANY.search(bare) or _TOLD.search(bare) is not None


def _simplified(text: str) -> str:
    return "".join(map(simplify_character, text))
