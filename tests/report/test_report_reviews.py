"""What people added: comments, changed verdicts with what they changed, appeals that wait for an answer."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path

import pytest

from qa_pipeline.core.review import Review, ReviewKind
from qa_pipeline.core.score import Decider, Reason, Verdict
from qa_pipeline.report import CallResult, write_call_page
from qa_pipeline.report.call.call_view import call_view
from qa_pipeline.report.call.reviews_view import ReviewsView, ReviewView
from qa_pipeline.report.wording import Wording, wording
from tests.report.long_samples import make_reviewed
from tests.report.samples import MADE, PHONE, make_card, make_outcomes, make_result
from tests.report.test_report_call_page import Page

ZH, EN = wording("zh"), wording("en")
COMMENT, CHANGE, APPEAL = ReviewKind.COMMENT, ReviewKind.CHANGE, ReviewKind.APPEAL


def review(
    kind: ReviewKind, author: str, hour: int, text: str = "", on: str | None = None, verdict: Verdict | None = None
) -> Review:
    return Review("call-001", "telesales", kind, author, datetime(2026, 11, 4, hour), text, on, verdict)


def view(*reviews: Review, words: Wording = ZH, result: CallResult | None = None) -> ReviewsView | None:
    return call_view(replace(result or make_result(), reviews=reviews), words, MADE).reviews


def items(*reviews: Review, words: Wording = ZH, result: CallResult | None = None) -> tuple[ReviewView, ...]:
    found = view(*reviews, words=words, result=result)
    assert found
    return found.items


def decided(criterion: str, before: str) -> CallResult:
    """The card as scoring leaves it after a reviewer changed a verdict to partly."""
    outcomes = tuple(
        replace(o, verdict=Verdict.PARTLY, points=5.0, reason=Reason("reviewed", {"before": before}),
                decided_by=Decider.REVIEWER) if o.criterion_id == criterion else o
        for o in make_outcomes()
    )  # fmt: skip
    return make_result(scorecard=make_card(outcomes=outcomes))


def test_without_reviews_there_is_no_section(tmp_path: Path) -> None:
    assert view() is None
    html = write_call_page(make_result(), tmp_path, MADE).read_text("utf-8")
    assert "质检员意见" not in html and "h-reviews" not in html


def test_a_comment_has_author_date_and_text() -> None:
    (found,) = items(review(COMMENT, "王组长", 10, "开场很好"))
    assert (found.kind_text, found.author, found.at, found.text) == (
        "意见",
        "王组长",
        "2026年11月4日 10:00",
        "开场很好",
    )
    assert (found.anchor, found.criterion, found.state) == ("", "", "")


def test_a_change_tells_what_the_rules_said() -> None:
    (found,) = items(
        review(CHANGE, "李质检", 15, "听录音已讲", "price", Verdict.PARTLY), result=decided("price", "missed")
    )
    assert found.before and found.after
    assert (found.by_rule, found.before.verdict_text, found.after.verdict_text) == (True, "未达成", "部分达成")
    assert (found.anchor, found.criterion) == ("c2", "先讲价值再报价")


def test_a_second_change_changes_what_a_person_had_said() -> None:
    first, second = items(
        review(CHANGE, "李质检", 15, "", "price", Verdict.MET),
        review(CHANGE, "王组长", 16, "", "price", Verdict.PARTLY),
        result=decided("price", "missed"),
    )
    assert first.before and second.before
    assert (first.before.verdict, first.by_rule) == ("missed", True)
    assert (second.before.verdict, second.by_rule) == ("met", False)


def test_a_verdict_that_was_confirmed_is_the_rules_own() -> None:
    (found,) = items(review(CHANGE, "李质检", 15, "", "price", Verdict.MISSED))
    assert found.before and found.before.verdict == "missed"


def test_reviews_stand_in_order_of_time() -> None:
    late, early = review(COMMENT, "b", 12, "晚"), review(COMMENT, "a", 9, "早")
    assert [item.text for item in items(late, early)] == ["早", "晚"]


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (None, "open"),
        (review(CHANGE, "李质检", 15, "", "price", Verdict.MET), "answered"),
        (review(COMMENT, "李质检", 15, "维持原判", "price"), "answered"),
        (review(COMMENT, "李质检", 15, "另一项", "soothe"), "open"),
        (review(COMMENT, "张三", 15, "补充", "price"), "open"),  # their own words answer nothing
        (review(COMMENT, "李质检", 9, "在申诉之前", "price"), "open"),
    ],
)
def test_an_appeal_is_open_until_somebody_else_speaks_to_it(answer: Review | None, state: str) -> None:
    appeal = review(APPEAL, "张三", 11, "我讲过了", "price")
    found = view(*filter(None, (appeal, answer)))
    assert found
    assert next(item.state for item in found.items if item.kind == "appeal") == state
    assert found.open_appeals == ("1 条申诉待处理" if state == "open" else "")


def test_an_appeal_against_the_whole_call_is_answered_by_any_word() -> None:
    appeal = review(APPEAL, "张三", 11, "不公平")
    assert items(appeal)[0].state == "open"
    assert items(appeal, review(COMMENT, "李质检", 12, "已复核", "soothe"))[0].state == "answered"


def test_changes_stand_at_their_criterion_too(tmp_path: Path) -> None:
    result = make_reviewed()
    found = call_view(result, ZH, MADE)
    assert found.reviews and found.score
    anchors = {c.anchor: c for section in found.score.sections for c in section.criteria}
    assert {anchors[anchor].title for anchor in found.reviews.by_criterion} == {"异议先共情再回应", "先讲价值再报价"}
    page = Page(write_call_page(result, tmp_path, MADE).read_text("utf-8"))
    said = " ".join(page.text.split())
    assert said.count("听录音：已经补了同类客户的例子。") == 2  # at the criterion and in the section
    assert "由质检员改判，系统原判“部分达成”" in said
    assert PHONE not in said and "138****5678" in said


def test_a_criterion_that_the_card_lacks_is_named_without_a_link(tmp_path: Path) -> None:
    (found,) = items(review(COMMENT, "王组长", 10, "旧项目", "gone"))
    assert (found.anchor, found.criterion) == ("", "gone")
    unscored = make_result(scorecard=None, reviews=(review(COMMENT, "王组长", 10, "没有评分卡", "price"),))
    assert "没有评分卡" in write_call_page(unscored, tmp_path, MADE).read_text("utf-8")


def test_hostile_reviews_are_shown_as_text(tmp_path: Path) -> None:
    nasty = review(COMMENT, "<script>x</script>\u202e", 10, "{{7*7}}<img src=x>\u202e" + "长" * 10_000, "price")
    html = write_call_page(make_result(reviews=(nasty,)), tmp_path, MADE).read_text("utf-8")
    assert "<script>x" not in html and "<img" not in html and "\u202e" not in html
    assert "{{7*7}}&lt;img" in html


def test_reviews_are_plain_data_in_both_languages() -> None:
    for words, title in ((ZH, "坐席申诉"), (EN, "Agent&#39;s appeal")):
        found = view(review(APPEAL, "张三", 11, "我讲过了", "price"), words=words)
        assert found
        assert title.replace("&#39;", "'") in json.dumps(asdict(found), ensure_ascii=False)
