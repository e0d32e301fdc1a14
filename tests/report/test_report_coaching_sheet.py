"""The one-to-one sheet: which clips and words stand on it, what is said of figures, and what is not."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

import pytest

from qa_pipeline.core.review import AgreedAction
from qa_pipeline.core.score import Fatal, Verdict
from qa_pipeline.core.summary import CallSummary, Clip
from qa_pipeline.insight.coaching import ProblemKind, Trend
from qa_pipeline.insight.overview import Group, overview
from qa_pipeline.insight.period import ALWAYS, parse_period
from qa_pipeline.report.coaching.coaching_sheet_view import coaching_sheet_view
from qa_pipeline.report.links import Links
from qa_pipeline.report.wording import LANGUAGES, wording
from tests.report.coaching_samples import MODEL, PERIOD, RUBRIC, WEAK, calls, usual, view_of, written
from tests.summary_samples import criterion_summary, summary

HOSTILE = '<script>alert(1)</script>{{7*7}}=HYPERLINK("x")../../\u202eevil'


def test_the_view_is_plain() -> None:
    view = view_of(usual())
    assert json.loads(json.dumps(asdict(view)))["agent"] == "坐席A01"


def test_clips_come_first_the_good_ones_before_those_to_improve() -> None:
    view = view_of(usual())
    assert [(c.number, c.clip.criterion, c.clip.text, c.clip.time) for c in view.clips] == [
        (1, "礼貌问候", "您好，我是云桥宽带的小郭。", "0:01–0:04"),
        (2, "确认需求", WEAK, "0:41–0:47"),
    ]
    assert view.blank_clips == (3,)
    assert [p.clips for p in (*view.praise, *view.problems)] == ["片段 1", "片段 2"]


def test_the_same_passage_keeps_its_number() -> None:
    clip = Clip(3, WEAK, 41.0, 47.0, 0.9)
    missed = [criterion_summary(c, Verdict.MISSED, clip=clip) for c in ("confirm_need", "next_step")]
    view = view_of(overview([summary(f"c{number}", missed) for number in range(6)], PERIOD))
    assert len(view.clips) == 1
    assert [p.clips for p in view.problems] == ["片段 1", "片段 1"]


def test_the_first_page_says_nothing_of_what_is_thought_of_the_clips(tmp_path: Path) -> None:
    page = written(tmp_path, usual()).read_text(encoding="utf-8")
    front = page[page.index('class="front"') : page.index('class="view-of-leader"')]
    for verdict in ("未达成", "达成", "丢", "肯定", "指出问题"):
        assert verdict not in front
    assert front.count("做得好") == 3  # two clips and a blank one


def test_points_say_what_they_cost_and_how_often() -> None:
    view = view_of(usual())
    assert view.praise[0].text == "开口先问候。做到 100%（20 通），高于班组其他坐席的 60%（20 通）"
    # 12 of 20 calls lose 20 points.
    assert view.problems[0].text == ("平均每通丢 12 分；没做到 60%（20 通），班组其他坐席 10%（20 通）：个性问题")
    assert view.expectations[0].advice == "先复述，再推荐。"
    assert view.expectations[0].model is not None
    assert (view.expectations[0].model.agent, view.expectations[0].model.text) == ("坐席A02", MODEL)


def test_the_model_is_never_the_agents_own() -> None:
    found = overview(calls("A01", missed=6, met=6), PERIOD)
    assert view_of(found).expectations[0].model is None


def red(number: int, *, sound: bool = True) -> CallSummary:
    """A call of A01 in which a red line is suspected."""
    clip = Clip(5, "你爱办不办。", 60.0, 62.0)
    crossed = criterion_summary("confirm_need", Verdict.MISSED, fatal=Fatal.CALL, clip=clip)
    return summary(f"red{number}", [criterion_summary("greet"), crossed], recording="red.wav" if sound else "")


def test_a_red_line_comes_first_with_its_clip_the_rule_and_a_commitment(tmp_path: Path) -> None:
    found = overview([*calls("A01", missed=0, met=8), red(1), red(2), *calls("A02", missed=0, met=9, rude=8)], PERIOD)
    view = view_of(found)
    (line,) = view.red_lines
    assert (line.criterion, line.told, line.clips) == ("确认需求", "疑似红线 2 通（待人工确认）", "片段 1")
    assert line.rule == "先复述，再推荐。"
    assert view.clips[0].clip.text == "你爱办不办。"
    assert "确认需求" not in {point.criterion for point in view.problems}
    assert (view.first_step, view.steps[0].title) == (0, "红线（先谈）")
    assert view.steps[0].text == "先确认片段 1，再谈规则，当场写下承诺"
    page = written(tmp_path, found).read_text(encoding="utf-8")
    assert '<ol start="0">' in page and "坐席承诺" in page
    assert page.index('id="h-red"') < page.index('id="h-leader"')


def test_without_red_lines_there_is_no_such_step(tmp_path: Path) -> None:
    assert (view_of(usual()).first_step, view_of(usual()).red_lines) == (1, ())
    page = written(tmp_path, usual()).read_text(encoding="utf-8")
    assert "红线" not in page and '<ol start="1">' in page


def test_without_recordings_the_passages_are_read(tmp_path: Path) -> None:
    found = overview([*calls("A01", missed=6, met=6), red(1, sound=False)], PERIOD)
    view = view_of(found)
    assert (view.front, view.steps[1].title) == ("一、读原文，坐席自评", "读原文")
    page = written(tmp_path, found).read_text(encoding="utf-8")
    assert "查看原文" in page and "去听" not in page and "▶" not in page
    heard = view_of(overview([replace(c, recording="a.wav") for c in calls("A01", missed=6, met=6)], PERIOD))
    assert heard.front == "一、听录音，坐席自评"


def test_a_place_where_nothing_was_said_is_no_clip() -> None:
    silent = [
        summary(f"c{k}", [criterion_summary("confirm_need", Verdict.MISSED, clip=Clip(0, "", 1.0, 90.0))])
        for k in range(6)
    ]
    view = view_of(overview(silent, PERIOD))
    assert (view.clips, view.blank_clips, view.problems[0].clips) == ((), (1, 2, 3), "")


def test_two_points_are_worked_on_the_first_ones_of_the_agents_page() -> None:
    missed = [criterion_summary(c, Verdict.MISSED) for c in ("greet", "confirm_need", "next_step")]
    view = view_of(overview([summary(f"c{k}", missed) for k in range(6)], PERIOD))
    assert [point.criterion for point in view.problems] == ["确认需求", "礼貌问候"]
    assert len(view.expectations) == 2


def test_without_a_strength_the_best_call_is_named() -> None:
    view = view_of(overview([*calls("A01", missed=6, met=6), *calls("A02", missed=6, met=6)], PERIOD))
    assert view.praise == ()
    assert view.missing["praise"] == "没有明显高于班组其他坐席的项；可以肯定这一通：A01-2026-11-04-10（100 分）"


def test_progress_is_praised() -> None:
    found = [*calls("A01", missed=18, met=2, day="2026-10-08"), *calls("A01", missed=1, met=19)]
    view = view_of(overview([*found, *calls("A02", missed=0, met=20)], PERIOD))
    assert view.praise[0].text == "做到 95%（20 通），上期 10%（20 通）：有进步"


def test_too_few_calls_conclude_nothing() -> None:
    view = view_of(overview(calls("A01", missed=2, met=1), PERIOD))
    assert view.praise == ()
    assert view.problems[0].text == "平均每通丢 13.3 分；只有 3 通，样本不足，不下结论"
    assert "样本不足，不下结论" in view.score_line
    assert "区间" not in view.score_line
    assert view.goals == (None, None, None)


def test_the_score_line_names_interval_last_period_and_team() -> None:
    line = view_of(usual()).score_line
    assert re.fullmatch(
        r"本期 60（20 通，大致在 [\d.]+–[\d.]+ 之间）；上期 40（20 通），有进步，提高 20 分；班组其他坐席 80（20 通）",
        line,
    ), line


def test_all_calls_have_no_last_period() -> None:
    assert "上期" not in view_of(overview(calls("A01", missed=6, met=6), ALWAYS)).score_line


def test_last_agreements_are_looked_back_on_newest_first() -> None:
    view = view_of(usual())
    assert [(a.action, a.trend) for a in view.agreed] == [("每天听一通录音", ""), ("先复述再推荐", "better")]
    assert view.agreed[0].change == "没有对应的评分项，约定后有 20 通通话，由双方一起判断"
    assert view.agreed[1].change == "约定前做到 10%（20 通），约定后 40%（20 通）：有进步"
    assert (view.agreed[1].agreed_on, view.agreed[1].due_on) == ("2026年10月20日", "2026年11月20日")


@pytest.mark.parametrize(
    ("after", "trend", "said"),
    [
        (0, "too_few", "约定之后还没有能评这一项的通话，样本不足，不下结论"),
        (3, "too_few", "约定前做到 10%（20 通），约定后 100%（3 通）：样本不足，不下结论"),
    ],
)
def test_no_conclusion_from_three_calls(after: int, trend: str, said: str) -> None:
    action = AgreedAction("A01", "test", "先复述", date(2026, 11, 1), "", "confirm_need")
    found = [*calls("A01", missed=18, met=2, day="2026-10-08"), *calls("A01", missed=0, met=after)]
    view = view_of(overview(found, PERIOD, [action]))
    assert [(a.trend, a.change) for a in view.agreed] == [(trend, said)]


def test_goals_are_suggested_from_the_figures() -> None:
    goals = view_of(usual()).goals
    assert goals[0] is not None
    assert (goals[0].criterion, goals[0].target) == ("确认需求", "做到率从 40% 到 70%")
    assert goals[1:] == (None, None)


def test_an_agent_without_scored_calls_has_a_form_to_fill_in() -> None:
    found = overview(calls("A02", missed=2, met=8), PERIOD)
    view = coaching_sheet_view(Group("A09", "新人"), found, RUBRIC, wording("zh"), Links(Path("nowhere"), "zh"))
    assert view.empty.startswith("本期没有已评分的通话")
    assert view.blank_clips == (1, 2, 3)
    assert set(view.missing.values()) == {"本期没有已评分的通话，请面谈人按实际情况填写。"}
    assert view.team == "—"
    assert view.score_line.startswith("本期 —；上期 —，样本不足，不下结论；其他坐席")


def test_without_a_team_the_others_are_all_agents() -> None:
    found = overview([*calls("A01", missed=6, met=4, team=""), *calls("A02", missed=1, met=9, team="")], PERIOD)
    assert "其他坐席 10%（10 通）" in view_of(found).problems[0].text


def test_an_agent_without_an_id_shows_none() -> None:
    nameless = [replace(c, agent_id="", agent_name="林小姐") for c in calls("A01", missed=1, met=1)]
    found = overview(nameless, PERIOD)
    assert (view_of(found, "林小姐 (一组)").agent, view_of(found, "林小姐 (一组)").agent_id) == ("林小姐", "—")


def test_links_lead_to_the_calls_that_have_pages(tmp_path: Path) -> None:
    assert view_of(usual()).clips[0].clip.href == ""
    page = written(tmp_path, usual())
    assert page == tmp_path / "coaching" / "A01.html"
    text = page.read_text(encoding="utf-8")
    assert re.search(r'href="\.\./calls/A01-2026-11-04-\d+\.html#t=41\.0"', text)
    assert {p.name for p in page.parent.iterdir()} == {"A01.html", "A01.en.html", "A01.xlsx"}
    for link in ("../index.html", "../agents/A01.html", "A01.xlsx", "A01.en.html"):
        assert f'href="{link}"' in text


def test_pages_of_another_period_end_with_its_mark() -> None:
    found = usual()
    view = coaching_sheet_view(
        found.agents["A01"], found, RUBRIC, wording("en"), Links(Path("nowhere"), "en", mark=".2026-11", complete=True)
    )
    assert (view.other_page, view.workbook) == ("A01.2026-11.html", "A01.2026-11.xlsx")
    assert view.agent_page == "../agents/A01.2026-11.en.html"


def test_a_week_is_named() -> None:
    assert "45" in view_of(overview(calls("A01", missed=1, met=1), parse_period("2026-W45"))).period


def test_hostile_text_is_text(tmp_path: Path) -> None:
    action = AgreedAction("A01", "test", HOSTILE, date(2026, 11, 1), HOSTILE, "confirm_need")
    found = overview(calls("A01", missed=6, met=4, weak=HOSTILE, team=HOSTILE, name=HOSTILE), PERIOD, [action])
    page = written(tmp_path, found).read_text(encoding="utf-8")
    assert "<script>alert" not in page and "\u202e" not in page and ">49" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 4
    assert page.count("<script") == 1


def test_customer_numbers_are_masked(tmp_path: Path) -> None:
    found = overview(calls("A01", missed=6, met=4, weak="您的电话是13812345678对吧"), PERIOD)
    assert "13812345678" not in written(tmp_path, found).read_text(encoding="utf-8")


def test_endless_words_are_cut() -> None:
    view = view_of(overview(calls("A01", missed=6, met=4, weak="长" * 10_000, team="队" * 10_000), PERIOD))
    assert len(view.clips[1].clip.text) == 88 and len(view.team) == 60


def test_names_of_sixty_characters_are_whole() -> None:
    name = "买买提·" * 15
    view = view_of(overview(calls("A01", missed=6, met=4, name=name), PERIOD))
    assert view.agent == name


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_kind_and_trend_has_words(lang: str) -> None:
    words = wording(lang)
    assert all(words.text(f"coaching_sheet.kind.{kind}") for kind in ProblemKind)
    assert all(words.text(f"coaching_sheet.trend.{trend}") for trend in Trend)
    assert all(words.text(f"coaching_sheet.score.{trend}", points=1) for trend in Trend)
