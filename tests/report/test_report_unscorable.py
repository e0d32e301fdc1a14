"""Calls that cannot be scored: a banner with what to do, a chip in the list, a count by reason, and in no mean."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qa_pipeline.core.score import Evidence, Outcome, Reason, Verdict
from qa_pipeline.report import CallResult, IndexRow, write_call_page, write_index, write_static
from qa_pipeline.report.call.call_view import call_view
from qa_pipeline.report.call.unscorable_view import counted, unscorable_views
from qa_pipeline.report.index.index_view import index_view
from qa_pipeline.report.wording import wording
from tests.report.index_samples import row_of_result
from tests.report.samples import MADE, make_card, make_dealings, make_outcomes, make_result
from tests.report.test_report_call_page import HOSTILE, Page

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ZH, EN = wording("zh"), wording("en")
SHORT = Reason("recording_too_short", {"duration_s": 6.0, "limit_s": 10})
UNSURE = Reason("low_confidence", {"percent": 41, "min_percent": 60})
CLIPPED = Reason("recording_clipped", {"percent": 7.8, "limit_percent": 2, "channel": 1})


def unscored(call_id: str, *reasons: Reason) -> CallResult:
    """A call of which nothing was scored, for these reasons."""
    first = reasons[0] if reasons else Reason("times_unknown")
    outcomes = tuple(
        Outcome(o.criterion_id, o.section_id, Verdict.NOT_SCORABLE, first, Evidence(), None, o.points_limit)
        for o in make_outcomes()
    )
    card = replace(make_card(outcomes=outcomes), unscorable=reasons)
    return make_result(call_id, scorecard=card, notices=())


def rows() -> list[IndexRow]:
    results = [
        make_result("good"),
        make_result("red", red_line=True),
        unscored("short", SHORT),
        unscored("short-unsure", SHORT, UNSURE),
        unscored("unsure", UNSURE),
        unscored("empty"),
        make_result("new", scorecard=None),
    ]
    return [row_of_result(result) for result in results]


def test_totals_count_them_by_their_first_reason_and_leave_them_out_of_everything_else() -> None:
    totals = index_view(rows(), [], ZH, MADE).totals
    zh = {total.label: (total.value, total.note) for total in totals}
    good, red = 75.0, 0.0  # of samples.make_card: 52.5 of 70, and a red line
    assert zh["通话"] == ("7", "")
    assert zh["平均得分 %"] == (f"{(good + red) / 2:g}", "2 通有得分")
    assert zh["通过"] == ("0", "/ 2 通")
    assert zh["红线"] == ("1", "")
    assert zh["无法评分"] == ("4", "")
    assert [total.parts for total in totals if total.parts] == [("太短 2", "识别把握低 1", "没有可评的项 1")]
    assert zh["无得分"] == ("1", "")
    en = {total.label: total.parts for total in index_view(rows(), [], EN, MADE).totals}
    assert en["Not scorable"] == ("Too short 2", "Unsure text 1", "Nothing to score 1")


def test_without_such_calls_the_count_is_zero_and_nothing_is_broken_down() -> None:
    totals = {total.label: (total.value, total.parts) for total in index_view(rows()[:2], [], ZH, MADE).totals}
    assert totals["无法评分"] == ("0", ())
    assert "无得分" not in totals


def test_a_row_shows_the_state_with_each_reason_as_a_chip() -> None:
    views = {view.call_id: view for view in index_view(rows(), [], ZH, MADE).rows}
    row = views["short-unsure"]
    assert (row.state, row.state_text, row.percent, row.points) == ("none", "无法评分", "—", "")
    assert [(tag.short, tag.text) for tag in row.unscorable] == [
        ("太短", "录音只有 6 秒，至少要 10 秒"),
        ("识别把握低", "识别把握只有 41%，至少要 60%"),
    ]
    assert [views[name].unscorable for name in ("good", "red", "empty", "new")] == [()] * 4


def test_states_can_be_chosen_the_most_serious_first() -> None:
    assert [text for _, text in index_view(rows(), [], ZH, MADE).states] == [
        "红线 · 未通过",
        "未通过",
        "无法评分",
        "未评分",
    ]


def test_the_page_says_why_and_what_to_do_instead_of_listing_criteria() -> None:
    view = call_view(unscored("x", SHORT, CLIPPED), ZH, MADE)
    assert [(r.code, r.text) for r in view.unscorable] == [
        ("recording_too_short", "录音只有 6 秒，至少要 10 秒"),
        ("recording_clipped", "声道 1 过载失真：7.8% 的采样被削平，最多允许 2%"),
    ]
    assert all(r.advice for r in view.unscorable)


@pytest.mark.parametrize("suffix", [".html", ".en.html"])
def test_the_banner_stands_on_the_page_in_both_languages(suffix: str, tmp_path: Path) -> None:
    words = ZH if suffix == ".html" else EN
    for name, reasons in (("bad", (SHORT, UNSURE)), ("good", ())):
        write_call_page(unscored(name, *reasons) if reasons else make_result(name), tmp_path, MADE)
    bad, good = (Page((tmp_path / "calls" / f"{name}{suffix}").read_text("utf-8")) for name in ("bad", "good"))
    for text in (words.text("unscorable.title"), words.reason(SHORT), words.text("unscorable_advice.low_confidence")):
        assert text in bad.text
        assert text not in good.text
    assert words.text("scorecard.title") not in bad.text
    assert words.text("scorecard.title") in good.text
    assert words.text("transcript.title") in bad.text


def test_parts_to_jump_to_leave_out_the_scorecard_that_is_not_there() -> None:
    dealings = make_dealings()
    card = unscored("x", UNSURE).scorecard
    anchors = [part.anchor for part in call_view(replace(dealings, scorecard=card), ZH, MADE).sections]
    assert "h-score" not in anchors and "h-signals" in anchors
    assert "h-score" in [part.anchor for part in call_view(dealings, ZH, MADE).sections]


def test_what_a_person_scored_after_all_has_no_banner_and_counts() -> None:
    listened = replace(make_card(), unscorable=(SHORT,))
    assert unscorable_views(listened, ZH) == ()
    row = row_of_result(make_result("x", scorecard=listened))
    assert (row.state, row.unscorable) == ("failed", ())


def test_a_code_without_words_is_shown_as_it_is() -> None:
    (view,) = unscorable_views(unscored("x", Reason("on_fire")).scorecard, ZH)
    assert (view.text, view.short, view.advice) == ("on_fire", "on_fire", "")
    assert counted(["on_fire", "no_speech", "on_fire"], EN) == ("on_fire 2", "No speech 1")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_reasons_are_shown_and_never_act(text: str, tmp_path: Path) -> None:
    result = unscored("x", Reason(text or "x", {"language": text}), Reason("other_language", {"language": text}))
    write_call_page(result, tmp_path, MADE)
    write_index([row_of_result(result)], [], tmp_path, MADE)
    for path in (tmp_path / "calls" / "x.html", tmp_path / "index.html"):
        page = Page(path.read_text("utf-8"))
        assert len(page.all("script")) == 3
        assert not page.all("img")


def site(out: Path) -> Path:
    write_static(out)
    for result in (unscored("bad", SHORT, CLIPPED, UNSURE), make_result("good")):
        write_call_page(result, out, MADE)
    write_index(rows(), [], out, MADE)
    return out


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_pages_fit_the_window_and_states_can_be_filtered(browser: Browser, tmp_path: Path, width: int) -> None:
    window = browser.new_context(viewport={"width": width, "height": 844}, offline=True)
    tab = window.new_page()
    for name in ("calls/bad.html", "calls/bad.en.html", "index.html", "index.en.html"):
        tab.goto((site(tmp_path) / name).as_uri())
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.goto((tmp_path / "index.html").as_uri())
    if width < 960:
        tab.locator("#more").click()
    tab.locator("#state").select_option("none")
    shown = tab.locator("#calls tbody tr:visible")
    assert sorted(shown.evaluate_all("rows => rows.map(row => row.dataset.state)")) == ["none"] * 4
    tab.locator("#find").fill("识别把握低")
    assert shown.count() == 2
    window.close()
