"""What is said beside a quote: what was looked for, how it was found, how close a near candidate comes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from qa_pipeline.core.score import Evidence, How, Outcome, Quote, Reason, Verdict
from qa_pipeline.core.span import Span
from qa_pipeline.report import write_call_page
from qa_pipeline.report.call.call_view import call_view
from qa_pipeline.report.call.criterion_view import CriterionView
from qa_pipeline.report.call.quotes import CallTexts, QuoteView, quote_view
from qa_pipeline.report.wording import wording
from tests.report.samples import MADE, PHONE, make_call, make_card, make_form_result, make_result, quote
from tests.report.test_report_call_page import Page

ZH, EN = wording("zh"), wording("en")
TEXTS = CallTexts(make_call())


def seen(found: Quote, near: bool = False, lang: str = "zh") -> QuoteView:
    view = quote_view(found, TEXTS, wording(lang), near)
    assert view
    return view


def criterion(outcome: Outcome, lang: str = "zh") -> CriterionView:
    score = call_view(make_result(scorecard=make_card(outcomes=(outcome,))), wording(lang), MADE).score
    assert score
    return score.sections[0].criteria[0]


@pytest.mark.parametrize(
    ("found", "zh", "en"),
    [
        (quote(0, 0, 2, "您好", How.EXACT, 1.0), "原文一致", "verbatim"),
        (quote(4, 10, 16, "2880", How.EXACT, 1.0), "“2880” · 原文一致", "“2880” · verbatim"),
        (quote(6, 0, 3, "我理界", How.PINYIN, 0.67), "“我理界” · 同音", "“我理界” · sounds alike"),
        (quote(6, 0, 3, "我能理解", How.EDIT, 0.75), "“我能理解” · 近似 75%", "“我能理解” · close wording 75%"),
        (quote(0, 0, 2, "您好", How.REGEX), "符合表达式", "matches the pattern"),
        (quote(2, 0, 17, "", How.QUESTION), "问句", "question"),
        (quote(4, 0, 24, "quote_price", How.ACT, 0.92), "报价 · 话语行为 92%", "Quoting a price · act 92%"),
        (quote(4, 0, 24, "两千八百八", How.MODEL, 0.92), "线索“两千八百八” · 模型 92%", "cue “两千八百八” · model 92%"),
        (quote(4, 0, 24, "press", How.MODEL, 0.5), "线索“press” · 模型 50%", "cue “press” · model 50%"),
        (quote(0, 0, 2, "您好", How.MODEL, 0.5), "模型 50%", "model 50%"),
        (quote(4, 0, 24, "price", How.FACT), "价格 · 信息", "Price · fact"),
        (quote(4, 0, 24, "objection", How.STAGE), "异议处理 · 阶段", "Objection · stage"),
        (quote(4, 0, 24, "310.4 /min", How.VOICE), "310 字/分", "310 characters a minute"),
        (quote(4, 0, 24, "-6.0 dB", How.VOICE), "−6 分贝", "−6 dB"),
        (quote(4, 0, 24, "3.2 s", How.TIME), "3.2 秒", "3.2 s"),
        (quote(4, 0, 24, "", How.TIME), "计时", "timing"),
        (quote(4, 0, 24), "", ""),
    ],
)  # fmt: skip
def test_a_quote_says_how_it_was_found(found: Quote, zh: str, en: str) -> None:
    assert (seen(found).note, seen(found, lang="en").note) == (zh, en)


@pytest.mark.parametrize(
    ("found", "zh", "en"),
    [
        (quote(4, 10, 16, "省下", How.EDIT, 0.714), "“省下” · 相似度 71%", "“省下” · similarity 71%"),
        (quote(4, 0, 24, "您看贵不贵", How.SIMILAR, 0.4), "“您看贵不贵” · 相似度 40%", "“您看贵不贵” · similarity 40%"),
        (quote(4, 0, 24, "标准版", How.MODEL, 0.31), "线索“标准版” · 模型 31%", "cue “标准版” · model 31%"),
    ],
)  # fmt: skip
def test_a_near_candidate_says_how_near(found: Quote, zh: str, en: str) -> None:
    assert (seen(found, near=True).note, seen(found, near=True, lang="en").note) == (zh, en)


def test_every_way_of_finding_has_a_word() -> None:
    for words in (ZH, EN):
        assert {f"how.{how}" for how in How} <= set(words.messages)


def test_what_was_looked_for_is_masked_and_cut() -> None:
    assert PHONE not in seen(quote(0, 0, 2, f"电话{PHONE}", How.EXACT)).note
    assert "138****5678" in seen(quote(0, 0, 2, f"电话{PHONE}", How.EXACT)).note
    assert len(seen(quote(0, 0, 2, "长" * 500, How.SIMILAR, 0.5)).matched) == 40


def test_a_gap_is_played_without_words() -> None:
    gap = seen(Quote(5, 0, 0, Span(12.6, 16.6), "4.0 s", How.TIME))
    assert (gap.text, gap.note, gap.time) == ("", "4 秒", "0:12.6")
    assert gap.play
    assert (gap.play.start_s, gap.play.stop_s) == (12.1, 17.1)


def test_a_gap_shows_no_empty_quotation(tmp_path: Path) -> None:
    page = Page(write_call_page(make_form_result(), tmp_path, MADE).read_text("utf-8"))
    assert "4 秒" in page.text
    assert len(page.all("q")) == 6  # seven passages, one of them a gap


def test_a_miss_shows_its_window_even_when_something_was_found() -> None:
    few = Reason("phrases_too_few", {"count": 1, "wanted": 2})
    evidence = Evidence((quote(0, 0, 2, "您好", How.EXACT, 1.0),), (0, 2, 4))
    missed = criterion(Outcome("greet", "start", Verdict.MISSED, few, evidence, 0.0, 10.0))
    assert missed.searched
    assert (missed.searched.text, len(missed.quotes)) == ("已检查 坐席第 1–3 句", 1)
    assert missed.reason == "次数不够：1 处，要求至少 2 处"
    met = criterion(Outcome("greet", "start", Verdict.MET, few, evidence, 10.0, 10.0))
    assert met.searched is None


def test_a_forbidden_act_is_worded_and_a_forbidden_phrase_is_quoted() -> None:
    reason = Reason("forbidden_found", {"phrase": "press", "count": 1})
    act = Evidence((quote(8, 0, 22, "press", How.ACT, 0.9),))
    phrase = Evidence((quote(8, 0, 22, "press", How.EXACT, 1.0),))
    made = [Outcome("greet", "start", Verdict.MISSED, reason, e, 0.0, 10.0) for e in (act, phrase)]
    assert [criterion(o).reason for o in made] == ["出现了不该有的“施压”", "出现了不该有的“press”"]


def page_of(outcome: Outcome, out: Path) -> Page:
    result = make_result(scorecard=make_card(outcomes=(outcome,)))
    return Page(write_call_page(result, out, MADE).read_text("utf-8"))


def test_many_quotes_are_folded_but_none_is_lost(tmp_path: Path) -> None:
    hits = tuple(quote(turn, 0, 2, "x", How.EDIT, 0.5) for turn in range(8))
    outcome = Outcome("greet", "start", Verdict.MET, Reason("all_held"), Evidence(hits), 10.0, 10.0)
    page = page_of(outcome, tmp_path)
    assert len(page.all("q")) == 8
    assert "另有 3 处" in page.text
    five = replace(outcome, evidence=Evidence(hits[:5]))
    assert "另有" not in page_of(five, tmp_path).text


def test_the_page_shows_the_note_beside_the_quote(tmp_path: Path) -> None:
    page = " ".join(Page(write_call_page(make_result(), tmp_path, MADE).read_text("utf-8")).text.split())
    assert "“省下” · 相似度 71%" in page
    assert "“我能理解” · 近似 75%" in page
    assert page.count("最接近：") == 1
