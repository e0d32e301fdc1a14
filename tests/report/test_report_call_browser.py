"""The page of a long call in Chromium: marks, charts, search, deep links, what assistive technology finds, print."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.report.reader import Reader
from tests.report.test_report_browser import _now, _shown, _until, _wait_playing

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

LONG = "calls/long-55.html"
LONG_EN = "calls/long-55.en.html"
TALKING = "calls/call-012.html"
#: Without a look for style sheets of its own, which the policy of the pages forbids.
AXE = {"preload": False, "resultTypes": ["violations"]}
FOUND = "CSS.highlights.get('found').size"


@pytest.fixture
def reader(browser: Browser, site: Path) -> Iterator[Reader]:
    reader = Reader(browser, site)
    yield reader
    for window in browser.contexts:
        window.close()
    assert reader.wrong == []


@pytest.mark.parametrize("width", [390, 768, 1280, 1920])
@pytest.mark.parametrize("page", [LONG, LONG_EN])
def test_nothing_is_wider_than_the_window(reader: Reader, page: str, width: int) -> None:
    tab = reader.open(page, width)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("page", "width"), [(LONG, 1280), (LONG_EN, 390), (TALKING, 1280), ("calls/call-002.html", 1280)]
)
def test_axe_finds_nothing_serious(reader: Reader, page: str, width: int, scheme: str) -> None:
    tab = reader.open(page, width, scheme)
    tab.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    grave = [v for v in Axe().run(tab, options=AXE).response["violations"] if v["impact"] in ("serious", "critical")]
    assert [(v["id"], [node["html"][:90] for node in v["nodes"]]) for v in grave] == []


# --- marks and charts -------------------------------------------------------------------------------------------


def test_marks_of_cutting_in_and_dead_air_are_played(reader: Reader) -> None:
    tab = reader.open(TALKING)
    tab.locator(".event.dead").first.click()
    _wait_playing(tab)
    assert 5.2 <= _now(tab) < 7.2  # two seconds before the silence
    tab.locator("#t3.flash").wait_for()
    tab.locator(".event.cut-agent").focus()
    tab.keyboard.press("Enter")
    _until(tab, "document.getElementById('audio').currentTime > 31.5")
    assert tab.locator(".legend").inner_text().count("◆") == 1


def test_the_charts_stand_under_the_waveform_and_share_its_playhead(reader: Reader) -> None:
    tab = reader.open(LONG)
    _until(tab, "document.getElementById('audio').readyState > 0")
    wave, lane = (tab.locator(s).first.bounding_box() for s in (".lanes .lane", ".voice-lane"))
    assert wave and lane
    assert (lane["x"], lane["width"]) == (pytest.approx(wave["x"], abs=1), pytest.approx(wave["width"], abs=2))
    tab.locator("#seek").fill("117.5")  # half of 235 s
    heads = tab.locator(".playhead").evaluate_all("all => all.map((e) => Math.round(e.getBoundingClientRect().left))")
    assert len(heads) == 2 and abs(heads[0] - heads[1]) <= 1
    # A click in a chart leads to the time that is pointed at, without playing.
    tab.locator("#voice-over").click(position={"x": lane["width"] / 4, "y": 20})
    assert _now(tab) == pytest.approx(235 / 4, abs=2)
    assert tab.evaluate("document.getElementById('audio').paused")


@pytest.mark.parametrize(("width", "is_open"), [(1280, True), (390, False)])
def test_the_charts_are_open_on_a_desk_and_closed_on_a_phone(reader: Reader, width: int, is_open: bool) -> None:
    tab = reader.open(LONG, width)
    assert tab.locator("#voice").evaluate("e => e.open") is is_open
    tab.locator("#voice summary").click()
    assert tab.locator(".voice-table").is_visible() is not is_open


def test_the_player_of_a_phone_leaves_room_for_the_page(reader: Reader) -> None:
    box = reader.open(LONG, 390).locator(".player").bounding_box()
    assert box and box["height"] < 844 * 0.2


# --- search and filters -----------------------------------------------------------------------------------------


def test_search_counts_marks_and_steps(reader: Reader) -> None:
    tab = reader.open(LONG)
    assert not tab.locator("#find-steps").is_visible()
    tab.keyboard.press("/")
    assert tab.evaluate("document.activeElement.id") == "find"
    tab.keyboard.type("预算")
    # Turn 5 of every nine says it once: 5, 14, 23, 32, 41, 50.
    assert tab.locator("#hits").inner_text() == "1 / 6 处"
    assert (_shown(tab, ".turn"), tab.evaluate(FOUND)) == (6, 6)
    tab.keyboard.press("Enter")
    assert tab.locator("#hits").inner_text() == "2 / 6 处"
    tab.keyboard.press("Shift+Enter")
    tab.keyboard.press("Shift+Enter")
    assert tab.locator("#hits").inner_text() == "6 / 6 处"
    tab.locator("#find-next").click()
    assert tab.locator("#hits").inner_text() == "1 / 6 处"
    tab.locator("#find").fill("没有这句话")
    assert tab.locator("#hits").inner_text() == "没有找到"
    tab.locator("#find").press("Escape")
    assert (_shown(tab, ".turn"), tab.locator("#find").input_value()) == (55, "")


def test_a_match_is_marked_across_words(reader: Reader) -> None:
    tab = reader.open(LONG)
    tab.locator("#find").fill("我理解，很多客")  # words are two characters long: it ends within one
    assert (
        tab.evaluate("[...CSS.highlights.get('found')].map((r) => r.startContainer !== r.endContainer)") == [True] * 6
    )
    assert tab.evaluate("CSS.highlights.get('found-here').size") == 1


def test_choosing_characters_does_not_step(reader: Reader) -> None:
    tab = reader.open(LONG)
    tab.locator("#find").fill("预算")
    tab.evaluate("""document.getElementById('find').dispatchEvent(
      new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true }))""")
    assert tab.locator("#hits").inner_text() == "1 / 6 处"


def test_all_filters_work_together_and_say_so(reader: Reader) -> None:
    tab = reader.open(LONG)
    assert not tab.locator("#active-filters").is_visible()
    tab.locator("#find").fill("预算")
    tab.locator(".choice button[data-role=customer]").click()
    tab.locator("#stage").select_option("needs")
    assert tab.locator("#active-filters").inner_text().split("\n") == ["搜索“预算”", "客户", "需求挖掘", "全部清除"]
    assert (_shown(tab, ".turn"), tab.locator("#hits").inner_text()) == (1, "1 / 1 处")  # turn 14 of 11–21
    tab.get_by_role("button", name="取消筛选：需求挖掘").click()
    assert (_shown(tab, ".turn"), tab.locator("#stage").input_value()) == (6, "")
    tab.locator("#only-evidence").click()
    assert _shown(tab, ".turn") == 0
    tab.get_by_role("button", name="全部清除").click()
    assert _shown(tab, ".turn") == 55
    assert tab.locator("#only-evidence").get_attribute("aria-pressed") == "false"
    assert not tab.locator("#active-filters").is_visible()


def test_ending_a_search_keeps_what_was_found_in_sight(reader: Reader) -> None:
    tab = reader.open(LONG)
    tab.locator("#find").fill("预算")
    for _ in range(4):
        tab.locator("#find").press("Enter")
    tab.get_by_role("button", name="取消筛选：搜索“预算”").click()
    frame, turn = (tab.locator(place).bounding_box() for place in ("#turns", "#t41"))
    assert frame and turn
    assert frame["y"] <= turn["y"] and turn["y"] + turn["height"] <= frame["y"] + frame["height"]


def test_what_is_typed_is_no_markup(reader: Reader) -> None:
    tab = reader.open(LONG)
    tab.locator("#find").fill("<img src=x onerror=alert(1)>")
    assert tab.locator("#active-filters img").count() == 0
    assert "<img src=x" in tab.locator("#active-filters").inner_text()


# --- links ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize(("place", "turn", "seconds"), [("t30", "t30", 126.0), ("t=130.5", "t31", 130.5)])
def test_a_link_to_a_place_shows_it_and_does_not_play(
    reader: Reader, place: str, turn: str, seconds: float, width: int
) -> None:
    tab = reader.open(f"{LONG}#{place}", width)
    _until(tab, "document.getElementById('audio').readyState > 0")
    assert _now(tab) == pytest.approx(seconds, abs=0.1)
    assert tab.evaluate("document.getElementById('audio').paused")
    box, player = tab.locator(f"#{turn}").bounding_box(), tab.locator(".player").bounding_box()
    assert box and player
    assert 0 <= box["y"] < 844
    if width == 1280:
        assert box["y"] >= player["y"] + player["height"]
    else:
        assert box["y"] + box["height"] <= player["y"]
    tab.keyboard.press(" ")
    _wait_playing(tab)
    assert seconds <= _now(tab) < seconds + 2


@pytest.mark.parametrize("place", ["t999", "t=", "t=abc", "t=99999", "c0", "%E4%B8%AD", "t=-3"])
def test_a_link_that_leads_nowhere_does_no_harm(reader: Reader, place: str) -> None:
    tab = reader.open(f"{LONG}#{place}")
    assert _shown(tab, ".turn") == 55


def test_a_changed_address_leads_to_a_hidden_turn(reader: Reader) -> None:
    tab = reader.open(LONG)
    tab.locator("#find").fill("预算")
    tab.evaluate("location.hash = 't=8.5'")
    tab.locator("#t2.flash").wait_for()
    assert _shown(tab, ".turn") == 55


def test_an_example_leads_into_another_call(reader: Reader) -> None:
    tab = reader.open(LONG)
    tab.locator(".model a").click()
    tab.wait_for_url("**/call-001.html#t=12.6")
    _until(tab, "document.getElementById('audio').readyState > 0")
    assert _now(tab) == pytest.approx(12.6, abs=0.1)


def test_the_language_switch_leads_to_the_same_call(reader: Reader) -> None:
    tab = reader.open(LONG)
    tab.get_by_role("link", name="English").click()
    tab.wait_for_url("**/long-55.en.html")
    assert tab.get_by_role("heading", name="Inspectors' comments").is_visible()
    assert tab.locator("h1 a").get_attribute("href") == "../agents/A07.en.html"


# --- print ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_print_is_dark_on_white_with_the_scorecard_before_the_transcript(reader: Reader, scheme: str) -> None:
    tab = reader.open(LONG, scheme=scheme)
    tab.locator("#find").fill("预算")
    tab.emulate_media(media="print", color_scheme=scheme)  # type: ignore[arg-type]
    assert tab.evaluate("getComputedStyle(document.body).color") == "rgb(26, 34, 48)"
    assert tab.locator(".lane").first.is_visible()
    assert _shown(tab, ".turn") == 55  # a filter is no reason to leave something out on paper
    card, said = (tab.locator(s).bounding_box() for s in (".scorecard", ".transcript"))
    assert card and said and card["y"] + card["height"] <= said["y"]
    assert tab.locator("#t0").evaluate("e => getComputedStyle(e.closest('.transcript')).position") == "static"
    after = "es => es.every((e) => !getComputedStyle(e, '::after').content.includes('http'))"
    assert tab.locator("a").evaluate_all(after)


def _tab_order(tab: Page, presses: int) -> list[str]:
    seen = []
    for _ in range(presses):
        tab.keyboard.press("Tab")
        seen.append(tab.evaluate("document.activeElement.id || document.activeElement.className"))
    return seen


def test_the_keyboard_goes_from_top_to_bottom(reader: Reader) -> None:
    tab = reader.open(LONG)
    order = _tab_order(tab, 40)
    assert order[0] == "skip"
    for before, after in (("back", "toggle"), ("toggle", "forward"), ("forward", "speed"), ("speed", "seek")):
        assert order.index(before) < order.index(after)
    assert [name for name in order if name.startswith("e")][:1] == ["e0"]
