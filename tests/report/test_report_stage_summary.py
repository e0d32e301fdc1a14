"""How much of the call each stage takes, where that is unsure, and why a call has none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from qa_pipeline.core.call import Call, Conversation, Role, Stage, Turn
from qa_pipeline.report import CallResult, write_call_page
from qa_pipeline.report.call.call_view import call_view
from qa_pipeline.report.call.quotes import CallTexts
from qa_pipeline.report.call.stages_view import StageParts, StagesView, stage_parts, stages_view
from qa_pipeline.report.text import count_words
from qa_pipeline.report.wording import wording
from tests.factories import call as build
from tests.factories import timed
from tests.report.samples import MADE, make_call, make_dealings, make_result

ZH, EN = wording("zh"), wording("en")
LINES = (("agent", "您好"), ("agent", "一年两千，OK 吗？"), ("customer", "贵"), ("customer", "再见"))


def _summary(call: Call, words: object = ZH) -> StagesView:
    return stages_view(CallTexts(call), words)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0), ("，。……", 0), ("您好，张三！", 4), ("用的是 WiFi 六", 5), ("一年2880元", 4),
        ("It's 5 o’clock, really.", 4),
        ("snake_case", 2), ("\U0001f600", 0), ("\u200b您", 1),
    ],
)  # fmt: skip
def test_words_are_characters_of_chinese_and_words_of_the_rest(text: str, count: int) -> None:
    assert count_words(text) == count


def test_parts_of_all_stages_add_up_to_the_call() -> None:
    parts = stage_parts(build(*timed(*LINES), stages="orrc"))
    assert list(parts) == list(Stage)
    assert parts[Stage.OPENING] == StageParts(1, 2.0, 2)
    assert parts[Stage.RECOMMENDATION] == StageParts(2, 4.0, 7)
    assert parts[Stage.NEEDS] == StageParts(0, 0.0, 0)
    assert sum(p.turns for p in parts.values()) == 4


def test_each_stage_with_its_shares_and_absent_ones() -> None:
    rows = {row.name: row for row in _summary(build(*timed(*LINES), stages="orrc")).rows}
    assert rows["推荐"].parts == ("2 句", "0:04（50%）", "7 字（64%）")  # 7 of 2 + 7 + 2
    assert rows["推荐"].first
    assert (rows["推荐"].first.anchor, rows["推荐"].first.text) == ("t1", "0:02.0")
    assert (rows["需求挖掘"].parts, rows["需求挖掘"].first) == (("未出现",), None)


def test_a_stage_that_comes_back_is_counted_together() -> None:
    rows = {row.stage: row.parts for row in _summary(build(*timed(*LINES), stages="orco"), EN).rows}
    assert rows["opening"] == ("Turns: 2", "0:04 (50%)", "Characters: 4 (36%)")


def test_without_times_there_are_no_seconds() -> None:
    rows = {row.stage: row for row in _summary(build(*LINES, stages="orrc")).rows}
    assert rows["opening"].parts == ("1 句", "2 字（18%）")
    assert rows["opening"].first
    assert rows["opening"].first.text == "坐席第 1 句"


def test_one_turn_without_a_time_leaves_all_seconds_out() -> None:
    call = build(*timed(*LINES), stages="orrc")
    turns = (*call.turns[:3], replace(call.turns[3], span=None))
    rows = _summary(replace(call, conversation=Conversation("zh", turns))).rows
    assert not any(":" in part for row in rows for part in row.parts)


def test_an_english_call_counts_words() -> None:
    call = build(("agent", "Good morning, it's Ann"), ("customer", "Hi"), stages="oc", language="en")
    assert [row.parts[-1] for row in _summary(call, EN).rows if row.first] == ["Words: 4 (80%)", "Words: 1 (20%)"]
    assert _summary(call).rows[0].parts[-1] == "4 词（80%）"


def test_a_call_of_silent_turns_has_no_share_of_words() -> None:
    assert _summary(build(("agent", "……"), stages="o")).rows[0].parts == ("1 句",)


@pytest.mark.parametrize(
    ("conversation", "note"),
    [
        (Conversation("zh", ()), "没有划分阶段：没有听到说话。"),
        (Conversation("yue", (Turn(0, Role.AGENT, "喂"),)), "没有划分阶段：还没有适用于这种语言（粤语）的模型。"),
        (Conversation("fi-FI", (Turn(0, Role.AGENT, "hei"),)), "没有划分阶段：还没有适用于这种语言（fi）的模型。"),
        (Conversation("", (Turn(0, Role.AGENT, "喂"),)), "没有划分阶段：还没有适用于这种语言（未知语言）的模型。"),
    ],
)
def test_a_call_without_stages_says_why(conversation: Conversation, note: str) -> None:
    assert _summary(Call("x", conversation)) == StagesView((), note)


def test_the_page_shows_the_summary_or_why_there_is_none(tmp_path: Path) -> None:
    page = write_call_page(make_result(), tmp_path, MADE).read_text("utf-8")
    assert "各阶段" in page and "2 句" in page
    bare = CallResult(Call("x", Conversation("yue", (Turn(0, Role.UNKNOWN, "喂"),))))
    assert "还没有适用于这种语言（粤语）的模型" in write_call_page(bare, tmp_path, MADE).read_text("utf-8")


def test_turns_of_an_unsure_stage_are_marked(tmp_path: Path) -> None:
    turns = call_view(make_dealings(), ZH, MADE).turns
    # Turn 4 lies exactly on the bound and counts as sure.
    assert [turn.stage_doubt for turn in turns] == ["", "", "", "阶段不确定 54%", *[""] * 5]
    assert 'title="阶段不确定 54%"' in write_call_page(make_dealings(), tmp_path, MADE).read_text("utf-8")
    assert not any(turn.stage_doubt for turn in call_view(make_result(), ZH, MADE).turns)


def test_a_band_says_how_sure_its_stage_is_on_average() -> None:
    sure, unknown = (call_view(result, ZH, MADE).timeline for result in (make_dealings(), make_result()))
    assert sure and unknown
    assert sure.bands[1].title == "需求挖掘 0:08–0:17，阶段把握 74%"  # 0.95 and 0.54
    assert unknown.bands[1].title == "需求挖掘 0:08–0:17"


def test_probabilities_without_stages_mark_nothing() -> None:
    call = replace(make_call(), turn_stages=(), stages=(), stage_probabilities=(0.1,) * 9)
    assert not any(turn.stage_doubt for turn in call_view(make_result(call=call), ZH, MADE).turns)
