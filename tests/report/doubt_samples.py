"""A call with words that may never have been said, words that the word list corrected, and fillers."""

from __future__ import annotations

from dataclasses import replace

from qa_pipeline.core.call import Conversation, Doubt, Turn, Word
from qa_pipeline.core.score import Evidence, How, Outcome, Quote, Reason, Verdict
from qa_pipeline.report.values import CallResult
from tests.report.samples import make_call, make_card, make_result, make_turns, words_of

#: The agent's greeting, as the word list has it, and what was recognised.
NAME, HEARD = "张三", "章三"
FILLED = "呃，三四百通吧，那个，那个主要是回访老客户。"
CREDIT = "请不吝点赞订阅转发打赏支持明镜栏目"


def pairs(text: str) -> list[str]:
    return [text[i : i + 2] for i in range(0, len(text), 2)]


def corrected(turn: Turn, listed: str, heard: str) -> Turn:
    """The turn's words cut so that ``listed`` is a word of its own, recognised as ``heard``."""
    assert turn.span is not None
    before, after = turn.text.split(listed, 1)
    texts = [*pairs(before), listed, *pairs(after)]
    times = [word.span for word in words_of("00" * len(texts), turn.span)]
    words = (Word(p, t, 0.9, heard if p == listed else None) for p, t in zip(texts, times, strict=True))
    return replace(turn, words=tuple(words))


def said(turn: Turn, text: str) -> Turn:
    assert turn.span is not None
    return replace(turn, text=text, words=words_of(text, turn.span), confidence=0.9)


def make_doubted(call_id: str = "call-031") -> CallResult:
    """Turn 0 is corrected, 3 holds fillers, 5 is half a loop, 8 a credit of videos that would cross a line."""
    turns = list(make_turns())
    turns[0] = corrected(turns[0], NAME, HEARD)
    turns[3] = said(turns[3], FILLED)
    loop = turns[5].text.index("，")
    turns[5] = replace(turns[5], confidence=0.5, doubts=(Doubt.LOOP,), doubted=((loop, len(turns[5].text)),))
    turns[6] = replace(turns[6], confidence=0.2, doubts=(Doubt.UNSURE,))
    turns[8] = replace(said(turns[8], CREDIT), confidence=0.2, doubts=(Doubt.SUBTITLE, Doubt.NO_SPEECH))
    call = replace(make_call(call_id), conversation=Conversation("zh", tuple(turns)))
    quote = Quote(8, 0, 5, None, CREDIT[:5], How.EXACT, 1.0)
    card = make_card()
    doubtful = Outcome(
        card.outcomes[-1].criterion_id, card.outcomes[-1].section_id, Verdict.NOT_SCORABLE, Reason("doubted_text"),
        Evidence((quote,), (8,)), None, card.outcomes[-1].points_limit, card.outcomes[-1].kind,
    )  # fmt: skip
    return make_result(call=call, scorecard=replace(card, outcomes=(*card.outcomes[:-1], doubtful)))
