"""The one-to-one sheet in Chromium: two pages of paper, readable on a phone, black on white in print."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

from qa_pipeline.core.review import AgreedAction
from qa_pipeline.core.score import Fatal, Verdict
from qa_pipeline.core.summary import CallSummary, Clip
from qa_pipeline.insight.overview import Overview, overview
from qa_pipeline.rubric.model import Rubric
from tests.factories import form, line
from tests.report.coaching_samples import MODEL, PERIOD, calls, usual, written
from tests.report.reader import Reader, reading
from tests.summary_samples import criterion_summary, summary

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

_BAD = {"serious", "critical"}
#: Without reading style sheets again, which the policy forbids.
_AXE = {"resultTypes": ["violations"], "preload": False}

PAGES = ("usual", "usual.en", "full", "full.en", "red", "red.en", "bare", "bare.en")
_LONG = "这一句话很长" * 40
#: Names as long as they get.
_NAME = "买买提·阿卜杜热合曼" * 6


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("coaching")
    for name, agent, found, rubric in _cases():
        page = written(out, found, agent, **rubric)
        for ending in (".html", ".en.html"):
            (out / "coaching" / f"{name}{ending}").write_bytes(page.with_name(page.stem + ending).read_bytes())
    return out


def _cases() -> Iterator[tuple[str, str, Overview, dict[str, Rubric]]]:
    yield "usual", "A01", usual(), {}
    criteria = [
        line(
            f"c{number}",
            title="办理之前把产品、费用、期限和条件逐项复述一遍并请客户逐项确认清楚无误" * 2,
            points=10,
            advice=_LONG[:90],
            praise=_LONG[:60],
        )
        for number in range(6)
    ]
    actions = [
        AgreedAction("A01", "test", _LONG, date(2026, 11, day), "", "c0", date(2026, 12, 1)) for day in (1, 2, 3)
    ]
    rubric = form({"id": "m", "criteria": tuple(criteria)}, title="表" * 60).rubric
    crossed = overview([*_long("A01", "c2 c3 c4 c5", "c2 c3"), *_long("A02", "c0 c1")], PERIOD, actions)
    yield "red", "A01", crossed, {"rubric": rubric}
    full = overview([*_long("A01", "c3 c4 c5"), *_long("A02", "")], PERIOD, actions)
    yield "full", "A01", full, {"rubric": rubric}
    yield "bare", "A03", overview(_unscored(), PERIOD), {}


def _long(agent: str, missed: str, red: str = "") -> list[CallSummary]:
    """Six calls with long passages; ``missed``: criteria that are missed; ``red``: those that are red lines."""
    return [
        summary(
            f"{agent}-{'长' * 30}-{number}",
            [
                criterion_summary(
                    f"c{c}",
                    Verdict.MISSED if f"c{c}" in missed else Verdict.MET,
                    fatal=Fatal.CALL if f"c{c}" in red else None,
                    clip=Clip(c, _LONG[: 110 + c], 3600.0 + 10 * c, 3609.0 + 10 * c, 0.9),
                )
                for c in range(6)
            ],
            agent=agent,
            agent_name=_NAME,
            team=_NAME,
            pass_percent=40.0,
        )
        for number in range(6)
    ]


def _unscored() -> list[CallSummary]:
    return [summary("c", [], agent="A03", team="", state="none", percent=None), *calls("A02", missed=1, met=6)]


@pytest.fixture
def reader(browser: Browser, site: Path) -> Iterator[Reader]:
    yield from reading(browser, site, "coaching/{}.html")


@pytest.mark.parametrize("page", PAGES)
def test_it_prints_on_two_pages(reader: Reader, page: str) -> None:
    pdf = reader.open(page).pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 2
    assert re.search(rb"/MediaBox \[0 0 59[45][.\d]* 84[12][.\d]*\]", pdf)


@pytest.mark.parametrize("page", PAGES)
def test_paper_is_black_on_white_and_has_room_to_write(reader: Reader, page: str) -> None:
    tab = reader.open(page, 695, "dark")
    tab.emulate_media(media="print", color_scheme="dark")
    assert tab.locator(".paper").first.evaluate("e => getComputedStyle(e).color") == "rgb(0, 0, 0)"
    assert tab.locator("body").evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(255, 255, 255)"
    assert tab.locator("nav.top:visible, footer:visible, .listen:visible, .hint:visible").count() == 0
    rooms = tab.locator(".lines").evaluate_all("all => all.map(e => e.getBoundingClientRect().height)")
    assert min(rooms) >= 30  # 8 mm
    cells = tab.locator(".next tbody tr").evaluate_all("all => all.map(e => e.getBoundingClientRect().height)")
    assert len(cells) == 3 and min(cells) >= 49  # 13 mm


@pytest.mark.parametrize("width", [390, 768, 1280, 1920])
@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_wider_than_the_window(reader: Reader, page: str, width: int) -> None:
    tab = reader.open(page, width)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    cut = """all => all.filter(e => e.scrollWidth > e.clientWidth + 1 && !e.closest('.sr')).map(e => e.className)"""
    assert tab.locator(".paper *:not(.scroll):not(.sr):not(span):not(bdi):not(b)").evaluate_all(cut) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", ["usual", "full.en", "red", "bare"])
def test_axe_finds_nothing_serious(reader: Reader, page: str, scheme: str) -> None:
    found = Axe().run(reader.open(page, scheme=scheme), options=_AXE).response["violations"]
    assert [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in found if v["impact"] in _BAD] == []


def test_a_clip_leads_to_its_call(reader: Reader) -> None:
    link = reader.open("usual").locator(".heard .listen").nth(1)
    assert re.search(r"/calls/A01-2026-11-04-\d+\.html#t=41\.0$", str(link.evaluate("e => e.href")))


def test_the_button_prints(reader: Reader) -> None:
    tab = reader.open("usual")
    tab.evaluate("window.print = () => { document.title = 'printed'; }")
    tab.locator("#print").click()
    assert tab.title() == "printed"


def test_the_agent_judges_before_the_leaders_view_is_seen(reader: Reader) -> None:
    tab = reader.open("usual")
    pages = tab.locator(".paper")
    assert pages.first.locator(".tick").count() == 9
    assert pages.first.get_by_text(MODEL).count() == 0 and pages.nth(1).get_by_text(MODEL).count() == 1
