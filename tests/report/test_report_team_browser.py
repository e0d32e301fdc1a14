"""Team pages and period reports in Chromium, from disk without a network: seen whole, and usable by everybody."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

from qa_pipeline.insight.period import parse_period
from qa_pipeline.insight.plan import Plan
from qa_pipeline.report.period.write_period import write_period_report
from qa_pipeline.report.render import write_static
from qa_pipeline.report.team.write_team import write_team_page
from qa_pipeline.report.values import FailureRow, PageOptions
from tests.report.agent_samples import MISSED, call, form_of_three, world
from tests.report.reader import Reader, reading
from tests.report.team_samples import NO_PLAN, PLAN, WIDE_FORM, appeal, complaining, crowd, hostile, month, review

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

_BAD = {"serious", "critical"}
#: Without reading style sheets again, which the policy forbids.
_AXE = {"resultTypes": ["violations"], "preload": False}
LONG = "阿卜杜拉·买买提江·吐尔逊·" * 5
OPTIONS = PageOptions(version="0.1.0")
FAILED = FailureRow("坏" * 200 + ".wav", "c9", "ingest", "undecodable", "文件损坏" * 30, datetime(2026, 11, 20, 9))
PAGES = (
    "teams/all.html",
    "teams/all-crowd.html",
    "teams/all-empty.html",
    "teams/all-hostile.html",
    "periods/2026-11.html",
    "periods/2026-W46.html",
    "periods/2026-W50.html",
)


@pytest.fixture(scope="module")
def folder(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Call pages; the month of team_samples, a crowd with long names, an empty period, a hostile one."""
    out = tmp_path_factory.mktemp("teams") / "report"
    shutil.copytree(site, out)
    write_static(out)
    red = complaining(call("call-001", MISSED, promise=MISSED, day="2026-11-13"))
    found, form = world([*month(), red]), form_of_three()
    told = [review("A01-now0"), appeal("A03-0")]
    write_period_report(found, form, told, [FAILED], out, OPTIONS, PLAN, complete=True)
    write_team_page(found.everybody, found, form, out, OPTIONS, PLAN)
    wide = world(crowd(each=6, name=LONG))
    write_team_page(wide.everybody, wide, WIDE_FORM, out, OPTIONS, Plan(9, 9), "-crowd")
    empty = world([], period=parse_period("2026-W50"))
    write_team_page(empty.everybody, empty, form, out, OPTIONS, NO_PLAN, "-empty")
    write_period_report(empty, form, [], [], out, OPTIONS, NO_PLAN)
    bad = world(hostile("长" * 10_000))
    write_team_page(bad.everybody, bad, form, out, OPTIONS, PLAN, "-hostile")
    week = world(crowd(each=6, name=LONG), period=parse_period("2026-W45"))
    report = write_period_report(week, WIDE_FORM, [review("c0-0", text="W" * 10_000)], [FAILED], out, OPTIONS, PLAN)
    for lang in (".html", ".en.html"):
        report.with_name(f"2026-W45{lang}").rename(report.with_name(f"2026-W46{lang}"))
    return out


@pytest.fixture
def reader(browser: Browser, folder: Path) -> Iterator[Reader]:
    yield from reading(browser, folder)


@pytest.mark.parametrize("width", [390, 1280, 1920])
@pytest.mark.parametrize("lang", [".html", ".en.html"])
def test_nothing_is_wider_than_the_window(reader: Reader, lang: str, width: int) -> None:
    for page in PAGES:
        tab = reader.open(page.replace(".html", lang), width)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width, page


def test_a_phone_shows_every_figure_without_moving_sideways(reader: Reader) -> None:
    """Each row is a card that names its figures."""
    for page in ("teams/all.html", "periods/2026-11.html"):
        tab = reader.open(page, 390)
        tab.locator("details").evaluate_all("es => es.forEach(e => e.open = true)")
        cells = tab.locator(".group-table td:visible, .group-table tbody th:visible")
        assert cells.count() > 20
        assert cells.evaluate_all("es => es.filter(e => e.getBoundingClientRect().right > innerWidth).length") == 0
        labels = tab.locator(".group-table td:visible")
        assert "none" not in labels.evaluate_all("es => es.map(e => getComputedStyle(e, '::before').content)")


def test_an_id_stays_on_one_line(reader: Reader) -> None:
    tab = reader.open("periods/2026-11.html", 1280)
    ids = tab.locator(".table-alerts td.k-id bdi")
    assert ids.count() >= 2
    assert set(ids.evaluate_all("es => es.map(e => e.getClientRects().length)")) == {1}


def test_a_team_page_begins_with_what_to_do_and_folds_the_rest(reader: Reader) -> None:
    tab = reader.open("teams/all.html")
    heads = tab.locator("main h2").all_inner_texts()
    assert heads == ["先做这三件事", "本期要点", "各班组", "坐席", "详细数据", "数据说明"]
    assert tab.locator(".folds > details").count() == 7
    assert tab.locator(".folds > details[open]").count() == 0
    assert tab.locator(".table-problems").is_hidden()
    tab.locator(".folds summary", has_text="共性问题").click()
    assert tab.locator(".table-problems").is_visible()


@pytest.mark.parametrize("width", [390, 1280])
def test_wide_tables_scroll_in_their_own_box(reader: Reader, width: int) -> None:
    tab = reader.open("teams/all-crowd.html", width)
    boxes = tab.locator(".scroll")
    assert boxes.count() >= 4
    over = "es => es.filter(e => e.getBoundingClientRect().right > innerWidth + 1).length"
    assert boxes.evaluate_all(over) == 0
    assert set(boxes.evaluate_all("es => es.map(e => e.tabIndex)")) == {0}


# A cell whose text leaves it lies over its neighbour.
_OVERLAPS = """es => es.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent.trim().slice(0, 40))"""


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_no_cell_or_card_is_overrun(reader: Reader, page: str, width: int) -> None:
    tab = reader.open(page, width)
    tab.locator(".folds > details").evaluate_all("es => es.forEach(e => e.open = true)")
    assert tab.locator(".group-table td, .group-table th, .figure-cards > div, .alert").evaluate_all(_OVERLAPS) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "page", ["teams/all.html", "teams/all-crowd.html", "periods/2026-11.html", "teams/all-empty.html"]
)
def test_axe_finds_nothing_serious(reader: Reader, page: str, scheme: str) -> None:
    tab = reader.open(page, scheme=scheme)
    tab.locator(".folds > details").evaluate_all("es => es.forEach(e => e.open = true)")
    found = Axe().run(tab, options=_AXE).response["violations"]
    assert [f"{i['id']}: {i['nodes'][0]['html'][:120]}" for i in found if i["impact"] in _BAD] == []


def test_the_styles_are_loaded_under_the_policy(reader: Reader) -> None:
    tab = reader.open("teams/all.html")
    assert tab.locator(".figure-cards").evaluate("e => getComputedStyle(e).display") == "grid"
    tab.locator(".folds > details").evaluate_all("es => es.forEach(e => e.open = true)")
    assert tab.locator(".key").first.evaluate("e => getComputedStyle(e).width") == "26px"


@pytest.mark.parametrize("page", ["teams/all.html", "teams/all.en.html"])
def test_a_red_line_opens_its_call_where_it_was_crossed(reader: Reader, page: str) -> None:
    tab = reader.open(page)
    tab.locator(".alert.red .play-link").first.click()
    tab.wait_for_url("**/calls/call-001*#t=12.0")
    assert ".en." not in page or ".en." in tab.url


def test_the_report_of_a_month_and_the_teams_lead_to_each_other(reader: Reader) -> None:
    tab = reader.open("teams/all.html")
    tab.locator("nav.top a", has_text="质检报告").click()
    tab.wait_for_url("**/periods/2026-11.html")
    tab.locator("nav.top a", has_text="全部班组").click()
    tab.wait_for_url("**/teams/all.html")


def test_long_lists_are_whole_on_paper(reader: Reader) -> None:
    tab = reader.open("periods/2026-11.html")
    tab.emulate_media(media="print")
    assert tab.locator(".tall").evaluate_all("es => es.every(e => e.scrollHeight <= e.clientHeight + 1)")


@pytest.mark.parametrize("page", [PAGES[0], PAGES[1], PAGES[4], PAGES[5]])
def test_tables_fit_on_paper(reader: Reader, page: str) -> None:
    tab = reader.open(page, 718)  # A4 upright between its margins
    tab.locator(".folds > details").evaluate_all("es => es.forEach(e => e.open = true)")
    tab.emulate_media(media="print")
    over = "es => es.filter(e => e.getBoundingClientRect().right > innerWidth).map(e => e.className)"
    assert tab.locator(".group-table").evaluate_all(over) == []
