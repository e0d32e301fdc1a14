"""The agent's page in Chromium, from disk without a network: seen whole, usable by everybody, and its clips play."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

from qa_pipeline.core.summary import CallSummary
from qa_pipeline.report.agent.write_agent import write_agent_page
from qa_pipeline.report.render import write_static
from qa_pipeline.report.values import PageOptions
from tests.report.agent_samples import MET, MISSED, action, agent_of, call, calls, form_of_three, two_months, world
from tests.report.reader import Reader, reading

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

_BAD = {"serious", "critical"}
#: Without reading style sheets again, which the policy forbids.
_AXE = {"resultTypes": ["violations"], "preload": False}
LONG = "阿卜杜拉·买买提江·吐尔逊·" * 5
PAGES = ("A01", "A02", "A03", "A04")


def _agents() -> list[CallSummary]:
    """A01: everything, its weakest call has a page; A02: 500 calls; A03: one call; A04: nothing scored, long names."""
    red = replace(call("call-001", MISSED, promise=MISSED), recording="call-001.wav")
    many = calls("many", [MET, MISSED] * 250, agent="A02")
    named = [replace(one, agent_name=LONG, team=LONG, call_id="长" * 300) for one in calls("x", [MET], agent="A04")]
    silent = [replace(one, criteria=(), sections=(), percent=None, state="none", talk=None) for one in named]
    own = [one for one in two_months() if one.agent == "A01"]
    return [*own, red, *many, *calls("one", [MISSED], agent="A03"), *silent]


@pytest.fixture(scope="module")
def agents(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report folder with call pages and the pages of four agents."""
    out = tmp_path_factory.mktemp("agents") / "report"
    shutil.copytree(site, out)
    write_static(out)
    actions = [action("2026-11-04", due_on=date(2026, 11, 20)), action("2026-10-20", None)]
    found = world(_agents(), actions)
    for key in PAGES:
        write_agent_page(agent_of(found, key), found, form_of_three(), out, PageOptions(version="0.1.0"))
    return out


@pytest.fixture
def reader(browser: Browser, agents: Path) -> Iterator[Reader]:
    yield from reading(browser, agents, "agents/{}")


@pytest.mark.parametrize("width", [390, 1280, 1920])
@pytest.mark.parametrize("lang", ["", ".en"])
def test_nothing_is_wider_than_the_window(reader: Reader, lang: str, width: int) -> None:
    for key in PAGES:
        tab = reader.open(f"{key}{lang}.html", width)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width, key


def test_the_styles_are_loaded_under_the_policy(reader: Reader) -> None:
    tab = reader.open("A01.html")
    assert tab.locator(".points").first.evaluate("e => getComputedStyle(e).display") == "grid"
    assert tab.locator(".key").first.evaluate("e => getComputedStyle(e).width") == "26px"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(reader: Reader, scheme: str) -> None:
    for page in ("A01.html", "A01.en.html", "A04.html"):
        found = Axe().run(reader.open(page, scheme=scheme), options=_AXE).response["violations"]
        serious = [f"{item['id']}: {item['nodes'][0]['html'][:120]}" for item in found if item["impact"] in _BAD]
        assert serious == []


def test_the_clip_to_play_first_opens_the_call_at_its_time(reader: Reader) -> None:
    tab = reader.open("A01.html")
    tab.locator(".answers .first a").click()
    tab.wait_for_url("**/calls/call-001.html#t=12.0")
    tab.wait_for_selector("#audio", state="attached")
    for _ in range(160):
        if tab.evaluate("document.getElementById('audio').currentTime") > 0:
            break
        tab.wait_for_timeout(50)
    assert tab.evaluate("document.getElementById('audio').currentTime") == pytest.approx(12.0, abs=0.3)
    assert tab.evaluate("document.getElementById('audio').paused")


def test_the_language_is_switched_and_kept(reader: Reader) -> None:
    tab = reader.open("A01.html")
    tab.locator("a.language").click()
    tab.wait_for_url("**/agents/A01.en.html")
    assert tab.locator("h2").first.inner_text() == "In a minute"
    assert "call-001.en.html" in (tab.locator(".answers .first a").get_attribute("href") or "")
    tab.locator("a.language").click()
    tab.wait_for_url("**/agents/A01.html")


def test_the_four_questions_are_answered_at_the_top(reader: Reader) -> None:
    """Good, to work on, to play, better or worse: before anybody scrolls, on an ordinary screen."""
    tab = reader.open("A01.html")
    box = tab.locator(".brief").bounding_box()
    assert box is not None and box["y"] + box["height"] < 844
    told = tab.locator(".brief").inner_text()
    for words in ("差异在正常波动范围内", "可以肯定这一通", "了解需求", "每通平均丢", "先听这段"):
        assert words in told


def test_the_rest_of_the_calls_unfolds(reader: Reader) -> None:
    tab = reader.open("A02.html", 390)
    assert tab.locator(".call-list").first.locator("tbody tr").count() == 50
    hidden = tab.locator("details .call-list tbody tr")
    assert hidden.count() == 450 and not hidden.first.is_visible()
    tab.locator("section:has(#h-calls) summary").click()
    assert hidden.first.is_visible()


def test_wide_tables_scroll_by_keyboard(reader: Reader) -> None:
    tab = reader.open("A02.html", 390)
    box = tab.locator("section:has(#h-problems) .scroll").first
    assert box.evaluate("e => e.scrollWidth > e.clientWidth")
    box.focus()
    tab.keyboard.press("ArrowRight")
    tab.wait_for_timeout(300)
    assert box.evaluate("e => e.scrollLeft") > 0


def test_on_a_phone_calls_are_cards_with_their_scores_in_sight(reader: Reader) -> None:
    tab = reader.open("A02.html", 390)
    box = tab.locator("section:has(#h-calls) .scroll").first
    assert box.evaluate("e => e.scrollWidth <= e.clientWidth")
    score = tab.locator(".call-list .c-score").first.bounding_box()
    assert score is not None and score["x"] + score["width"] <= 390
    assert tab.locator(".swipe").first.is_visible()
    assert not reader.open("A02.html", 1280).locator(".swipe").first.is_visible()


def test_on_paper_nothing_is_cut(reader: Reader) -> None:
    tab = reader.open("A01.html", 794)
    tab.emulate_media(media="print")
    cut = tab.locator(".figures").evaluate_all(
        "all => all.filter(t => t.scrollWidth > t.parentElement.clientWidth + 1).map(t => t.className)"
    )
    assert cut == []
    assert not tab.locator(".doors").is_visible()
