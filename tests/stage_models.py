"""Fourteen tiny invented calls, labelled, and the stage model that is trained on them once per test run.

A call is put together from pieces of the script, each a few lines of ``(role, text, acts)``, so that every stage and
the acts of TOLD_APART occur often enough to be learnt.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from qa_pipeline.core.call import CallMetadata, Conversation, Role, Stage
from qa_pipeline.core.facts import Act, Annotations
from qa_pipeline.stages.model import StageModel
from qa_pipeline.stages.training import TaughtCall, fit_stage_model
from qa_pipeline.stages.validation import taught_calls
from qa_pipeline.transcribe.labelled import LabelledCall
from tests.factories import STAGE_LETTERS, A, C, turns

Piece = Sequence[tuple[Role, str, str]]

#: Pieces by stage letter; the acts of a line stand in one text, divided by spaces.
PIECES: dict[str, Sequence[Piece]] = {
    "o": (
        [(A, "您好，请问是周先生吗？", "greet verify_customer"), (C, "我是，你哪位？", "ask_identity")],
        [(A, "您好，我是小李，工号三零五二。", "greet identify_self"), (C, "哦，什么事？", "ask_identity")],
        [(A, "喂，您好，现在方便说两句吗？", "greet ask_permission"), (C, "你说吧。", "agree")],
    ),
    "n": (
        [(A, "您平时一个月用多少流量？", "ask_situation"), (C, "我一个月大概二十个G。", "give_info")],
        [(A, "您家里现在用的是哪一家的宽带？", "ask_situation"), (C, "家里用了三年了。", "give_info")],
        [(A, "您最看重的是什么？", "ask_need"), (C, "我主要是怕网速慢。", "state_need")],
    ),
    "r": (
        [
            (A, "那我推荐您这款套餐，一个月三十九块。", "present_product quote_price"),
            (C, "多少钱一个月？", "ask_price"),
        ],
        [(A, "这个方案每个月便宜二十块，能省不少。", "present_benefit"), (C, "这个能退吗？", "ask_product")],
        [(A, "我们有两种套餐，您看怎么样？", "offer_choice ask_opinion"), (C, "带不带宽带？", "ask_product")],
    ),
    "b": (
        [
            (C, "太贵了，我用不起。", "object_price"),
            (A, "理解您，不过算下来一天才一块。", "acknowledge answer_objection"),
        ],
        [(C, "我用不着，不需要。", "object_need"), (A, "您可以先试用，不满意再退。", "answer_objection")],
        [(C, "我再考虑考虑吧。", "stall"), (A, "今天最后一天，名额只剩三个。", "press")],
        [
            (C, "别家才二十块，比你们便宜。", "object_competitor"),
            (A, "我们的包含安装，您可以比比看。", "answer_objection"),
        ],
        [(C, "你们是不是骗子？", "object_trust"), (A, "您担心得对，您可以去官网查。", "acknowledge answer_objection")],
    ),
    "c": (
        [(A, "那我现在给您办理，可以吗？", "ask_order"), (C, "好的，那就办一个吧。", "agree buying_signal")],
        [(A, "您的身份证号报一下。", "collect_info"), (C, "行，我念给你。", "agree")],
        [(A, "好的，谢谢您，再见。", "thank farewell"), (C, "再见。", "farewell")],
    ),
    # The end of a call that leads to nothing.
    "x": (
        [(C, "不要了，别再打了。", "refuse"), (A, "不好意思，打扰您了，再见。", "apologise farewell")],
        [(C, "说了不要，挂了。", "refuse"), (A, "抱歉打扰，祝您生活愉快。", "apologise farewell")],
    ),
}

#: The pieces of each call.
SCRIPTS = (
    "oonnrrbrcc",
    "onnrbcc",
    "onrrbbrcc",
    "oonrbx",
    "onnrrcc",
    "oobx",
    "onrbrbcc",
    "oonnrcc",
    "onrbbx",
    "oonnrrbbcc",
    "onrbcc",
    "obbx",
    "onnrbrccc",
    "oonrrbc",
)

#: Acts that the pieces show often enough to be told apart.
TOLD_APART = frozenset(
    {"greet", "ask_situation", "object_price", "answer_objection", "ask_order", "farewell", "refuse"}
)

MANDARIN = "zh"


def invented(count: int = len(SCRIPTS), *, acts: bool = True) -> list[dict[str, Any]]:
    """Labelled calls as the lines of a file hold them."""
    return [_line(f"t{number:02d}", SCRIPTS[number], number, acts) for number in range(count)]


def _line(call_id: str, script: str, number: int, acts: bool) -> dict[str, Any]:
    said = []
    for place, letter in enumerate(script):
        pieces = PIECES[letter]
        stage = STAGE_LETTERS["b" if letter == "x" else letter]
        for role, text, done in pieces[(number + place) % len(pieces)]:
            line: dict[str, Any] = {"role": role.value, "text": text, "stage": stage.value}
            said.append(line | ({"acts": done.split()} if acts else {}))
    return {"id": call_id, "turns": said}


def labelled(line: dict[str, Any], language: str = MANDARIN) -> LabelledCall:
    """One line as it is read from a file."""
    said = line["turns"]
    acts = tuple(tuple(Act(name) for name in turn.get("acts", ())) for turn in said)
    return LabelledCall(
        line["id"],
        1,
        Conversation(language, turns((turn["role"], turn["text"]) for turn in said)),
        CallMetadata(),
        tuple(Stage(turn["stage"]) for turn in said),
        annotations=Annotations(acts if any("acts" in turn for turn in said) else ()),
    )


def labelled_calls(count: int = len(SCRIPTS), *, acts: bool = True) -> list[LabelledCall]:
    return [labelled(line) for line in invented(count, acts=acts)]


def taught(count: int = len(SCRIPTS), *, acts: bool = True) -> list[TaughtCall]:
    return taught_calls(labelled_calls(count, acts=acts))


def write_calls(path: Path, lines: Iterable[dict[str, Any]]) -> Path:
    """A file of labelled calls."""
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return path


@cache
def small_stage_model() -> StageModel:
    """Trained on the invented calls; it is the same object for all tests, so nobody may change it."""
    # On busy cores, threads of the linear algebra wait for one another.
    with threadpool_limits(1):
        return fit_stage_model(MANDARIN, taught())
