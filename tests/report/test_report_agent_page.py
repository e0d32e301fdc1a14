"""The agent's page as data and as HTML: each sentence for each conclusion, empty states, links, hostile text."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from qa_pipeline.core.score import Verdict
from qa_pipeline.core.summary import CallSummary, Clip
from qa_pipeline.report.agent.write_agent import write_agent_page
from qa_pipeline.report.values import PageOptions
from tests.report.agent_samples import (
    MET,
    MISSED,
    PARTLY,
    agent_of,
    call,
    calls,
    form_of_three,
    two_months,
    view_of,
    world,
)

OPTIONS = PageOptions(version="0.1.0")


def rude() -> list[CallSummary]:
    """Eight calls of a colleague who greets nobody: the others are above the team in it."""
    return [call(f"rude{number}", greet=MISSED, agent="A04") for number in range(8)]


def html_of(summaries: list[CallSummary], out: Path, lang: str = "zh", key: str = "A01", **more: object) -> str:
    found = world(summaries, **more)  # type: ignore[arg-type]
    page = write_agent_page(agent_of(found, key), found, form_of_three(), out, OPTIONS, complete=True)
    return page.with_suffix(".en.html" if lang == "en" else ".html").read_text(encoding="utf-8")


def words_of(html: str) -> str:
    return re.sub(r"<[^<>]+>", "", html)


# --- the summary ---------------------------------------------------------------------------------------------------


def test_the_view_is_plain_data() -> None:
    data = json.loads(json.dumps(asdict(view_of(world(two_months()))), ensure_ascii=False))
    assert data["head"]["agent"] == "坐席A01"
    assert data["head"]["period"] == "2026年11月"
    assert data["head"]["previous"] == "2026年10月1日–31日"
    assert [lever["criterion_id"] for lever in data["levers"]] == ["need"]


def test_the_head_says_how_many_calls_and_how_sure() -> None:
    head = view_of(world(two_months())).head
    assert head.counts == "本期 12 通，12 通计入平均。"
    # Nine calls with 20 of 30 points and three with 30 of 30: 75 %, t(11) = 2.201, s = 15.08.
    assert head.mean == "75 分（12 通，大致在 65.4–84.6 之间）"
    assert head.passed == "及格率 100%（12 通里 12 通及格，大致在 76%–100% 之间，及格线 60 分）。"


@pytest.mark.parametrize(
    ("before", "now", "trend", "text", "detail"),
    [
        ([MISSED] * 9 + [MET], [MET] * 9 + [MISSED], "better", "有进步", "平均分比上期高 26.7 分"),
        ([MET] * 9 + [MISSED], [MISSED] * 9 + [MET], "worse", "有退步", "平均分比上期低 26.7 分"),
        ([MET] * 5 + [MISSED] * 5, [MET] * 6 + [MISSED] * 4, "unclear", "差异在正常波动范围内", "高 3.3 分（差值大致"),
        ([MET, MISSED] * 3, [MET, MISSED] * 3, "unclear", "差异在正常波动范围内", "平均分与上期持平"),
        ([MET] * 5, [MET] * 5, "unclear", "差异在正常波动范围内", "平均分与上期持平；上期 100 分（5 通）。"),
        ([MET] * 3, [MET] * 9, "too_few", "样本不足，不下结论", "本期 9 通、上期 3 通有评分；两期各满 5 通才比较。"),
        ([], [MET] * 9, "too_few", "样本不足，不下结论", "上期没有评分通话，无法比较。"),
    ],
)
def test_better_or_worse_than_last_month(
    before: list[Verdict], now: list[Verdict], trend: str, text: str, detail: str
) -> None:
    change = view_of(world(calls("old", before, "2026-10-07") + calls("now", now))).head.change
    assert (change.trend, change.text) == (trend, text)
    assert detail in change.detail


@pytest.mark.parametrize(
    ("own", "others", "text"),
    [
        ([MET] * 8 + [MISSED] * 2, [MISSED] * 9 + [MET], "明显高于班组其他坐席"),
        ([MISSED] * 9 + [MET], [MET] * 8 + [MISSED] * 2, "明显低于班组其他坐席"),
        ([MET, MISSED] * 5, [MET, MISSED] * 5, "与班组其他坐席没有明显差别"),
        ([MET] * 9, [MET] * 2, "样本不足，不下结论"),
        ([MET] * 9, [], "班组其他坐席本期没有评分通话，无法比较"),
    ],
)
def test_beside_the_rest_of_the_team(own: list[Verdict], others: list[Verdict], text: str) -> None:
    against = view_of(world(calls("a", own) + calls("b", others, agent="A02"))).head.against
    assert against.text == text
    assert (f"（{len(others)} 通）" in against.detail) == bool(others)


def test_an_agent_without_a_team_is_compared_with_everybody() -> None:
    view = view_of(world(calls("a", [MET] * 6, team="") + calls("b", [MISSED] * 6, agent="A02", team="二组")))
    assert view.head.team == ""
    assert view.team_href == "../teams/all.html"
    assert (view.others, view.beside) == ("其他坐席", "全体")
    assert "其他坐席平均 66.7 分（6 通）" in view.head.against.detail


# --- what to praise and to work on ----------------------------------------------------------------------------------


def test_a_lever_says_what_it_costs_and_whose_problem_it_is() -> None:
    (lever,) = view_of(world(two_months())).levers
    assert lever.cost == "每通平均丢 7.5 分"
    assert (lever.missed, lever.share) == ("12 通里 9 通没做到", "75%")
    assert lever.rest == "班组其他坐席 10%（20 通）"
    assert (lever.kind, lever.kind_text) == ("individual", "个性问题")
    assert lever.advice == "先问再推荐。"
    assert lever.clip is not None and lever.clip.call_id.startswith("A01")
    assert lever.model is not None and lever.model.agent in ("坐席A02", "坐席A03")
    assert lever.model_is_team


def test_partly_met_is_told_apart() -> None:
    view = view_of(world(calls("a", [MISSED] * 2 + [PARTLY] * 3 + [MET] * 5)))
    assert view.levers[0].missed == "10 通里 2 通没做到，另有 3 通只做到一部分"
    only = view_of(world(calls("a", [PARTLY] * 3 + [MET] * 2)))
    assert only.levers[0].missed == "5 通里 3 通只做到一部分"


def test_common_problems_call_for_training() -> None:
    view = view_of(world(calls("a", [MISSED] * 8 + [MET] * 2) + calls("b", [MISSED] * 9 + [MET], agent="A02")))
    assert (view.levers[0].kind_text, view.levers[0].kind_advice) == ("共性问题", "班组普遍存在，建议安排班组培训。")


def test_what_the_agent_misses_like_the_others_is_no_individual_problem() -> None:
    view = view_of(world(calls("a", [MISSED] * 3 + [MET] * 9) + calls("b", [MISSED] * 5 + [MET] * 15, agent="A02")))
    assert (view.levers[0].kind, view.levers[0].kind_text) == ("unclear", "差别不明显")
    assert view.levers[0].kind_advice == "与班组其他坐席差别不明显，面谈时提醒即可。"


def test_a_model_of_another_team_says_so() -> None:
    view = view_of(world(calls("a", [MISSED] * 6) + calls("b", [MET] * 6, agent="A09", team="二组")))
    model = view.levers[0].model
    assert model is not None and model.agent == "坐席A09"
    assert not view.levers[0].model_is_team


def test_strengths_are_shares_with_their_own_passage() -> None:
    (greet,) = view_of(world([*two_months(), *rude()])).strengths
    assert (greet.title, greet.met, greet.share) == ("礼貌问候", "12 通里 12 通做到", "100%")
    assert (greet.kind_text, greet.other) == ("高于班组其他坐席", "班组其他坐席 71%（28 通）")
    assert greet.praise == "开口先问候。"
    assert greet.clip is not None and greet.clip.text == "您好，请问是王先生吗？我是小林。"


def test_what_is_praised_is_not_worked_on() -> None:
    view = view_of(world(calls("a", [MET] * 9 + [MISSED]) + calls("b", [MISSED] * 10, agent="A02")))
    assert "need" in {item.criterion_id for item in view.strengths}
    assert view.levers == ()
    assert [row.title for row in view.problems] == ["了解需求"], "the table of points leaves nothing out"


def test_as_good_as_everybody_is_no_praise_but_a_call_can_be() -> None:
    view = view_of(world(two_months()))
    assert view.strengths == ()
    assert view.best_call is not None
    assert view.best_call.text == "没有明显高于班组其他坐席的项；可以肯定这一通：A01-now10（100 分）"


def test_progress_since_last_month_is_praised() -> None:
    old, now = calls("old", [MISSED] * 7 + [MET] * 3, "2026-10-07"), calls("now", [MET] * 9 + [MISSED])
    (need,) = view_of(world([*old, *now, *calls("b", [MET] * 10, agent="A02")])).strengths
    assert (need.title, need.kind) == ("了解需求", "better")
    assert (need.kind_text, need.other) == ("比上期有进步", "上期 30%（10 通）")


def test_an_agent_far_worse_than_a_weak_team_has_both() -> None:
    others = calls("b", [MISSED] * 12 + [MET] * 18, agent="A02")
    (lever,) = view_of(world(calls("a", [MISSED] * 18 + [MET] * 2) + others)).levers
    assert (lever.kind, lever.kind_text) == ("both", "班组共性，本人更突出")
    assert lever.kind_advice == "班组普遍没做到，本人更多：既要班组培训，也要一对一辅导。"


def test_what_a_person_confirmed_is_no_suspicion() -> None:
    bad = call("bad", promise=MISSED)
    checked = replace(
        bad, criteria=tuple(replace(c, machine_verdict=MET, by_person=True) if c.fatal else c for c in bad.criteria)
    )
    view = view_of(world([*two_months(), checked]))
    assert view.head.red_lines == "本期 13 通里，红线 1 通（已人工确认）：「无虚假承诺」1 次。"
    assert view.red_lines[0].cost == "红线 1 通（已人工确认）"
    assert {row.state_text for row in view.calls if row.red_lines} == {"红线 · 未通过"}
    both = view_of(world([*two_months(), checked, call("worse", promise=MISSED)]))
    assert both.red_lines[0].cost == "红线 2 通：已人工确认 1 通，疑似（待人工确认）1 通"


def test_more_red_lines_than_links_are_counted() -> None:
    many = [call(f"bad{number}", promise=MISSED) for number in range(7)]
    head = view_of(world([*two_months(), *many])).head
    assert (len(head.red_calls), head.red_more) == (5, "等 7 通")
    assert view_of(world([*two_months(), *many[:5]])).head.red_more == ""


def test_what_the_mean_hides_is_said_beside_it() -> None:
    old = calls("old", [MISSED] * 10, "2026-10-07")
    now = [call(f"now{k}", greet=MISSED, promise=MISSED if k < 3 else MET) for k in range(10)]
    head = view_of(world(old + now)).head
    assert head.alongside == (
        "平均分之外：疑似红线由上期 0 通（共 10 通）变为 3 通（共 10 通）；有退步的项：礼貌问候；有进步的项：了解需求。"
    )
    assert view_of(world(calls("a", [MET] * 6))).head.alongside == ""


def test_calls_that_do_not_count_say_why() -> None:
    few = replace(call("few"), state="few")
    none = replace(call("none"), criteria=(), percent=None, state="none")
    view = view_of(world([*two_months(), few, none]))
    assert view.head.counts == "本期 14 通，12 通计入平均；可评分不足，不计入平均 1 通；无法评分 1 通。"
    assert {row.score for row in view.calls if row.state == "few"} == {"—"}


def test_a_call_without_a_recording_is_read_not_played(tmp_path: Path) -> None:
    (tmp_path / "calls").mkdir()
    for number in range(12):
        (tmp_path / "calls" / f"A01-now{number}.html").touch()
    silent = html_of(two_months(), tmp_path)
    assert "先读这段" in silent and "查看原文" in silent and "▶" not in silent
    heard = html_of([replace(one, recording=f"{one.call_id}.wav") for one in two_months()], tmp_path)
    assert "先听这段" in heard and "查看原文" not in heard and "▶" in heard


def test_a_place_where_nothing_was_said_is_not_played(tmp_path: Path) -> None:
    (tmp_path / "calls").mkdir()
    (tmp_path / "calls" / "A01-now8.html").touch()
    place = Clip(0, "", 1.0, 40.0)
    silent = [
        replace(
            one,
            recording="a.wav",
            criteria=tuple(replace(c, clip=place) if c.verdict is MISSED else c for c in one.criteria),
        )
        for one in two_months()
    ]
    view = view_of(world(silent), out=tmp_path)
    (lever,) = view.levers
    assert lever.clip is not None and not lever.clip.plays
    assert lever.clip.href == "../calls/A01-now8.html", "the call as a whole"
    assert view.first is None
    assert "在 0:01–0:40 之间没有找到" in html_of(silent, tmp_path)


def test_nobody_with_a_red_line_or_below_the_team_is_a_model() -> None:
    own, model = calls("a", [MISSED] * 8), calls("b", [MET] * 8, agent="A02")
    assert view_of(world(own + model)).levers[0].model is not None
    crossed = view_of(world([*own, *model, call("bad", promise=MISSED, agent="A02")]))
    assert crossed.levers[0].model is None


def test_red_lines_stand_apart_and_are_played_first() -> None:
    view = view_of(world([*two_months(), call("bad", promise=MISSED)]))
    assert [(item.criterion_id, item.cost) for item in view.red_lines] == [("promise", "疑似红线 1 通（待人工确认）")]
    assert view.red_lines[0].missed == "占 13 通的 8%"
    assert view.red_lines[0].rest == "班组其他坐席 0%（20 通）"
    assert "promise" not in {item.criterion_id for item in view.levers}
    assert view.head.red_lines == "本期 13 通里，疑似红线 1 通（待人工确认）：「无虚假承诺」1 次。先听、先确认，再谈。"
    assert view.first is not None and view.first.why == "疑似触碰红线「无虚假承诺」：先确认，再谈。"
    assert view.first.clip.call_id == "bad"


def test_the_first_passage_is_of_what_costs_most_and_else_a_good_one() -> None:
    view = view_of(world(two_months()))
    assert view.first is not None and view.first.why == "「了解需求」丢分最多，这是其中最典型的一段："
    fine = view_of(world([*calls("a", [MET] * 6), *rude()]))
    assert fine.first is not None and fine.first.why.endswith("可以用来开场肯定：")
    assert fine.levers == ()


def test_few_calls_give_examples_and_no_conclusion() -> None:
    view = view_of(world(calls("a", [MET, MISSED])))
    assert view.head.few.startswith("本期只有 2 通计入平均")
    assert view.levers[0].kind == "few"
    assert view.strengths == ()
    assert view.best_call is not None
    assert view.best_call.text == "通数太少，还看不出长处；可以肯定这一通：A01-a0（100 分）"
    assert "之间" not in view.head.mean
