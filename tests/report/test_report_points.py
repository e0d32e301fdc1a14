"""Forms that deduct, add a bonus, zero a section or the call: the page shows what each does to the points."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.core.call import MadeBy
from qa_pipeline.core.score import (
    Decider,
    Evidence,
    Fatal,
    Frame,
    Outcome,
    PointKind,
    Reason,
    Scorecard,
    Severity,
    Subtotal,
    Verdict,
)
from qa_pipeline.report import CallResult, write_call_page
from qa_pipeline.report.call.call_view import call_view
from qa_pipeline.report.call.criterion_view import CriterionView
from qa_pipeline.report.call.score_view import ScoreView, subtotal_text
from qa_pipeline.report.index.index_view import index_view
from qa_pipeline.report.wording import Wording, points, signed, wording
from tests.report.index_samples import row_of_result
from tests.report.samples import MADE, make_call, make_form_card, make_form_outcomes, make_form_result, make_result
from tests.report.test_report_call_page import Page

ZH, EN = wording("zh"), wording("en")
DEDUCTED, BONUS = PointKind.DEDUCTED, PointKind.BONUS


def outcome(id: str, verdict: Verdict, changed: float | None, limit: float, **more: object) -> Outcome:
    evidence = Evidence((), (0,)) if verdict.counts else Evidence()
    return Outcome(id, str(more.pop("section", "main")), verdict, Reason("all_held"), evidence, changed, limit, **more)  # type: ignore[arg-type]


def card(*outcomes: Outcome, **more: object) -> Scorecard:
    return Scorecard("call-001", "form", "1.0", "cd" * 32, outcomes, MadeBy("scoring", "0.1.0"), **more)  # type: ignore[arg-type]


def shown(scorecard: Scorecard, words: Wording = ZH) -> ScoreView:
    found = call_view(CallResult(make_call(), scorecard), words, MADE).score
    assert found
    return found


def form(words: Wording = ZH) -> ScoreView:
    found = call_view(make_form_result(), words, MADE).score
    assert found
    return found


def by_title(view: ScoreView) -> dict[str, CriterionView]:
    return {item.title: item for section in view.sections for item in section.criteria}


def test_a_form_that_starts_at_ten_shows_what_is_left() -> None:
    taken = outcome("a", Verdict.MISSED, -1.5, 2.0, kind=DEDUCTED)
    view = shown(card(taken, frame=Frame(10.0, 0.0, 10.0), pass_points=9.0))
    assert (view.points, view.possible, view.percent) == ("8.5", "10", "85%")
    assert (view.state, view.start, view.pass_line) == ("failed", "起评 10 分", "及格线 9 分")
    passed = shown(card(replace(taken, points=-1.0), frame=Frame(10.0, 0.0, 10.0), pass_points=9.0))
    assert (passed.points, passed.state) == ("9", "passed")


def test_the_page_says_it_in_its_head(tmp_path: Path) -> None:
    taken = outcome("a", Verdict.MISSED, -1.5, 2.0, kind=DEDUCTED)
    result = CallResult(make_call(), card(taken, frame=Frame(10.0), pass_points=9.0))
    page = Page(write_call_page(result, tmp_path, MADE).read_text("utf-8"))
    head = " ".join(page.text.split())
    assert "8.5 / 10" in head
    assert "−1.5 最多 −2" in head


def test_deductions_and_bonuses_stand_with_their_sign_and_bound() -> None:
    found = {title: (item.points, item.at_most) for title, item in by_title(form()).items()}
    assert found == {
        "少用口头禅": ("−1", "最多 −2"),
        "语速适中": ("−0.5", "最多 −0.5"),
        "不长时间冷场": ("0", "最多 −1"),
        "不作虚假承诺": ("−2", "最多 −2"),
        "保护客户隐私": ("−0.5", "最多 −1"),
        "说明退款规则": ("—", "最多 −1"),
        "未成年人核实": ("—", "最多 −1"),
        "举出同类客户的例子": ("+1", "最多 +1"),
        "转介绍": ("0", "最多 +1"),
    }


def test_sections_have_a_subtotal_and_say_when_a_red_line_took_it() -> None:
    found = [(section.title, section.points, section.zeroed) for section in form().sections]
    # 2 − 2 − 0.5 would be −0.5; the red line of the section makes it 0 of its start of 2
    assert found == [("用语规范", "−1.5", False), ("合规", "0 / 2", True), ("加分项", "+1", False)]
    assert form().points == "7.5"  # 8 − 1.5 + 0 + 1


def test_a_section_red_line_names_the_section_and_sends_the_call_to_a_person() -> None:
    view = form()
    assert (view.state, view.review) == ("redline", "需人工复核")
    assert view.red_line_effects == ("“合规”计 0 分。",)
    assert form(EN).red_line_effects == ("“Compliance” scores 0.",)
    assert [item.title for item in view.red_lines] == ["不作虚假承诺"]


def test_a_call_red_line_says_what_the_call_would_have_had() -> None:
    view = call_view(make_result(red_line=True), ZH, MADE).score
    assert view
    assert view.red_line_effects == ("整通计 0 分（不计红线为 37.5 分）。",)
    assert view.review == "需人工复核"
    assert not any(section.zeroed for section in view.sections)


def test_a_red_line_is_for_a_person_to_confirm(tmp_path: Path) -> None:
    assert (form().red_line_title, form(EN).red_line_title) == (
        "疑似触碰红线（待人工确认）：",
        "Red line, to be confirmed by a person:",
    )
    page = Page(write_call_page(make_form_result(), tmp_path, MADE).read_text("utf-8"))
    assert "疑似触碰红线（待人工确认）：" in page.text
    crossed = outcome("a", Verdict.MISSED, 0.0, 5.0, fatal=Fatal.CALL, decided_by=Decider.REVIEWER)
    assert shown(card(crossed)).red_line_title == "触碰红线："
    assert shown(card(crossed, outcome("b", Verdict.MISSED, 0.0, 5.0, fatal=Fatal.CALL))).red_line_title != "触碰红线："
    assert shown(card(outcome("c", Verdict.MET, 5.0, 5.0, fatal=Fatal.CALL))).red_line_title == ""


@pytest.mark.parametrize(
    ("fatal", "said"), [(Fatal.CALL, "整通 0 分"), (Fatal.SECTION, "大项 0 分"), (None, "可多得 1 分")]
)
def test_what_a_red_line_costs_is_more_than_its_points(fatal: Fatal | None, said: str) -> None:
    view = shown(card(outcome("a", Verdict.MISSED, 0.0, 1.0, fatal=fatal)))
    assert said in view.coaching.next_time[0].gain


def test_without_a_red_line_nobody_is_sent_for() -> None:
    view = call_view(make_result(), ZH, MADE).score
    assert view
    assert (view.review, view.red_line_effects) == ("", ())


def test_what_sets_a_criterion_apart_is_marked() -> None:
    tags = {title: [(tag.kind, tag.text) for tag in item.tags] for title, item in by_title(form()).items()}
    assert tags["不作虚假承诺"] == [("section", "红线 · 大项"), ("critical", "关键")]
    assert tags["保护客户隐私"] == [("major", "重要"), ("reviewed", "人工判定")]
    assert tags["少用口头禅"] == []
    call_line = outcome("a", Verdict.MET, 5.0, 5.0, fatal=Fatal.CALL)
    assert [tag.text for tag in by_title(shown(card(call_line)))["a"].tags] == ["红线 · 通话"]


def test_three_reasons_to_leave_the_denominator_are_counted_apart() -> None:
    assert form().uncounted == ("按规则不适用 1 项", "人工判不适用 1 项")
    na, lost = Verdict.NOT_APPLICABLE, Verdict.NOT_SCORABLE
    view = shown(
        card(
            outcome("a", na, None, 1.0),
            outcome("b", na, None, 1.0, decided_by=Decider.REVIEWER),
            outcome("c", na, None, 1.0, decided_by=Decider.REVIEWER),
            outcome("d", lost, None, 1.0),
            outcome("e", Verdict.MET, 1.0, 1.0),
        ),
        EN,
    )
    assert view.scored == "Scored 1 of 5"
    assert view.uncounted == ("1 not applicable by rule", "2 not applicable by reviewer", "1 not scorable")


def test_critical_criteria_have_their_own_subtotal() -> None:
    assert form().critical == "关键项 0 / 2"  # the other critical one is not applicable
    view = shown(
        card(
            outcome("a", Verdict.PARTLY, 5.0, 10.0, severity=Severity.CRITICAL),
            outcome("b", Verdict.MISSED, -1.0, 4.0, kind=DEDUCTED, severity=Severity.CRITICAL),
            outcome("c", Verdict.MET, 10.0, 10.0),
        )
    )
    assert view.critical == "关键项 8 / 14"  # 5 + 3 of 10 + 4
    none_scored = outcome("a", Verdict.NOT_SCORABLE, None, 10.0, severity=Severity.CRITICAL)
    assert shown(card(none_scored)).critical == "关键项 —"
    assert shown(card(outcome("c", Verdict.MET, 10.0, 10.0))).critical == ""


def test_both_pass_lines_are_shown() -> None:
    view = shown(card(outcome("a", Verdict.MET, 10.0, 10.0), pass_points=6.0, pass_percent=80.0))
    none = shown(card(outcome("a", Verdict.MET, 10.0, 10.0)))
    assert [view.pass_line, none.pass_line] == ["及格线 6 分、及格线 80%", ""]


def test_deductions_without_a_start_have_nothing_to_be_held_against() -> None:
    view = shown(card(outcome("a", Verdict.MISSED, -2.0, 3.0, kind=DEDUCTED), frame=Frame(0.0, None)))
    assert (view.points, view.possible, view.percent, view.state) == ("−2", "", "—", "open")


def test_a_bonus_may_lift_the_score_above_all_points() -> None:
    full, extra = outcome("a", Verdict.MET, 10.0, 10.0), outcome("b", Verdict.MET, 2.0, 2.0, kind=BONUS)
    made = card(full, extra)
    view = shown(made)
    assert (view.points, view.possible, view.percent) == ("12", "10", "120%")
    row = index_view([row_of_result(CallResult(make_call(), made))], [], ZH, MADE).rows[0]
    assert (row.percent, row.bar, row.points) == ("120", 100.0, "12 / 10")


def test_coaching_speaks_of_losses_only_and_weighs_them() -> None:
    coaching = form().coaching
    assert [item.title for item in coaching.change] == ["不作虚假承诺", "少用口头禅", "语速适中"]
    assert [item.title for item in coaching.good] == ["举出同类客户的例子", "不长时间冷场"]


def test_the_list_flags_the_call_and_shows_points_beside_percent() -> None:
    row = index_view([row_of_result(make_form_result())], [], ZH, MADE).rows[0]
    assert (row.state, row.review, row.points, row.percent, row.scored) == (
        "redline",
        "需人工复核",
        "7.5 / 10",
        "75",
        "7/9",
    )
    assert row.red_lines == ("不作虚假承诺",)
    clean = index_view([row_of_result(make_result())], [], EN, MADE).rows[0]
    assert clean.review == ""


def test_a_total_below_zero_stays_on_the_bar() -> None:
    made = card(outcome("a", Verdict.MET, 1.0, 1.0), outcome("b", Verdict.MISSED, -3.0, 3.0, kind=DEDUCTED),
                frame=Frame(0.0, None))  # fmt: skip
    row = index_view([row_of_result(CallResult(make_call(), made))], [], ZH, MADE).rows[0]
    assert (row.percent, row.percent_key, row.bar, row.points) == ("−200", -200.0, 0.0, "−2 / 1")


@pytest.mark.parametrize(
    ("subtotal", "text"),
    [
        (Subtotal(7.5, 25.0, 2, 2), "7.5 / 25"),
        (Subtotal(-1.5, 0.0, 1, 2), "−1.5"),
        (Subtotal(2.0, 0.0, 1, 1), "+2"),
        (Subtotal(0.0, 0.0, 1, 1), "0"),
        (Subtotal(2.0, 2.0, 0, 3), "—"),
    ],
)
def test_subtotals(subtotal: Subtotal, text: str) -> None:
    assert subtotal_text(subtotal) == text


@pytest.mark.parametrize(
    ("value", "plain", "with_sign"),
    [(0.25, "0.25", "+0.25"), (-1.0, "−1", "−1"), (10.0, "10", "+10"), (-0.001, "0", "0"), (100.0, "100", "+100")],
)
def test_points_keep_two_decimals_and_have_a_true_minus(value: float, plain: str, with_sign: str) -> None:
    assert (points(value), signed(value)) == (plain, with_sign)


@given(st.lists(st.sampled_from([0.0, -0.25, -0.5, -1.0]), min_size=1, max_size=6))
def test_a_deduction_form_shows_start_minus_what_was_taken(taken: list[float]) -> None:
    made = card(
        *(outcome(f"c{i}", Verdict.MISSED if t else Verdict.MET, t, 1.0, kind=DEDUCTED) for i, t in enumerate(taken)),
        frame=Frame(10.0, 0.0, 10.0),
    )
    view = shown(made)
    assert view.possible == "10"
    assert float(view.points) == pytest.approx(10 + sum(taken))
    assert len(view.sections[0].criteria) == len(taken)


def test_not_scorable_criteria_change_nothing_else() -> None:
    before = form()
    more = (*make_form_outcomes(), outcome("lost", Verdict.NOT_SCORABLE, None, 5.0, section="talk", kind=DEDUCTED))
    result = replace(make_form_result(), scorecard=make_form_card(more))
    after = call_view(result, ZH, MADE).score
    assert after
    assert (after.points, after.possible, after.percent) == (before.points, before.possible, before.percent)
    assert after.uncounted == (*before.uncounted, "无法评 1 项")
