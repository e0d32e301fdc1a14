"""The pages in Chromium, opened from a folder, without any network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.report.reader import Reader, reading

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

CALL = "calls/call-001.html"
RED = "calls/call-002.html"
FORM = "calls/call-010.html"
FORM_EN = "calls/call-010.en.html"
DEALINGS = "calls/call-011.html"
DEALINGS_EN = "calls/call-011.en.html"
TALKING = "calls/call-012.html"
TALKING_EN = "calls/call-012.en.html"
TALKING_MONO = "calls/call-013.html"


@pytest.fixture
def reader(browser: Browser, site: Path) -> Iterator[Reader]:
    yield from reading(browser, site)


def _now(tab: Page) -> float:
    return float(tab.evaluate("document.getElementById('audio').currentTime"))


def _until(tab: Page, condition: str) -> None:
    """Wait for a condition. Not Playwright's wait_for_function: it needs eval, which our policy forbids."""
    for _ in range(160):
        if tab.evaluate(condition):
            return
        tab.wait_for_timeout(50)
    raise AssertionError(f"never happened: {condition}")


def _wait_playing(tab: Page) -> None:
    _until(tab, "document.getElementById('toggle').textContent === '❚❚'")


def _shown(tab: Page, selector: str) -> int:
    return tab.locator(f"{selector}:visible").count()


WIDE = [
    CALL, RED, FORM, FORM_EN, DEALINGS, DEALINGS_EN, TALKING, TALKING_EN, TALKING_MONO, "calls/call-003.en.html",
    "index.html", "index.en.html",
]  # fmt: skip


@pytest.mark.parametrize("width", [1280, 1024, 768, 390])
@pytest.mark.parametrize("page", WIDE)
def test_nothing_is_wider_than_the_window(reader: Reader, page: str, width: int) -> None:
    tab = reader.open(page, width)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_style_and_player_are_loaded_under_the_policy(reader: Reader) -> None:
    tab = reader.open(CALL)
    assert tab.locator(".player").evaluate("e => getComputedStyle(e).position") == "sticky"
    assert tab.locator("#s1").evaluate("e => getComputedStyle(e).left") != "0px"
    _until(tab, "document.getElementById('audio').duration > 37")


def test_a_script_in_the_page_would_not_run(reader: Reader) -> None:
    tab = reader.open(CALL)
    tab.evaluate("""() => {
      const script = document.createElement('script');
      script.textContent = 'window.acted = 1';
      document.body.append(script);
    }""")
    assert tab.evaluate("window.acted") is None
    assert any("Content Security Policy" in line for line in reader.wrong)
    reader.wrong.clear()


def test_a_word_plays_from_its_time(reader: Reader) -> None:
    tab = reader.open(CALL)
    word = tab.locator("#t6 .w").nth(3)
    start_s = float(word.get_attribute("data-s") or 0)
    word.click()
    _wait_playing(tab)
    assert start_s - 0.05 <= _now(tab) < start_s + 1.5
    tab.locator("#t6.playing .w.playing").first.wait_for()


def test_evidence_plays_and_stops_at_its_end(reader: Reader) -> None:
    tab = reader.open(CALL)
    link = tab.locator("#c3 .quote").first
    stop_s = float(link.get_attribute("data-stop") or 0)
    link.click()
    _wait_playing(tab)
    assert 24.6 <= _now(tab) < 26.5
    _until(tab, "document.getElementById('audio').paused")
    assert stop_s - 0.05 <= _now(tab) < stop_s + 0.5


def test_the_searched_window_and_a_stage_can_be_played(reader: Reader) -> None:
    tab = reader.open(CALL)
    tab.locator(".bands .objection").click()
    _wait_playing(tab)
    assert 19.5 <= _now(tab) < 21.0
    tab.locator("#c2 .searched a").click()
    _until(tab, "document.getElementById('audio').currentTime < 3")


def test_keys_play_and_jump_but_not_while_typing(reader: Reader) -> None:
    tab = reader.open(CALL)
    _until(tab, "document.getElementById('audio').readyState > 0")
    tab.keyboard.press("ArrowRight")
    assert _now(tab) == pytest.approx(5.0, abs=0.1)
    tab.keyboard.press("ArrowLeft")
    assert _now(tab) == pytest.approx(0.0, abs=0.1)
    tab.locator("#find").focus()
    tab.keyboard.type("a b")
    tab.keyboard.press("ArrowRight")
    assert _now(tab) == pytest.approx(0.0, abs=0.1)
    assert tab.evaluate("document.getElementById('audio').paused")
    tab.locator("#find").blur()
    tab.keyboard.press(" ")
    _wait_playing(tab)
    assert tab.locator("#toggle").get_attribute("aria-label") == "暂停"
    tab.keyboard.press(" ")
    _until(tab, "document.getElementById('audio').paused")


def test_controls(reader: Reader) -> None:
    tab = reader.open(CALL)
    _until(tab, "document.getElementById('audio').readyState > 0")
    tab.locator("#forward").click()
    tab.locator("#forward").click()
    tab.locator("#back").click()
    assert _now(tab) == pytest.approx(5.0, abs=0.1)
    tab.locator("#speed").select_option("1.5")
    assert tab.evaluate("document.getElementById('audio').playbackRate") == 1.5
    tab.locator("#seek").fill("19")
    assert _now(tab) == pytest.approx(19.0, abs=0.1)
    assert tab.locator("#now").inner_text() == "0:19"
    assert tab.evaluate("parseFloat(document.getElementById('playhead').style.left)") == pytest.approx(50, abs=0.5)


def test_filters_and_search(reader: Reader) -> None:
    tab = reader.open(CALL)
    assert _shown(tab, ".turn") == 9
    tab.locator(".choice button[data-role=customer]").click()
    assert _shown(tab, ".turn") == 4
    assert tab.locator(".choice button[data-role=customer]").get_attribute("aria-pressed") == "true"
    assert tab.locator("#count").inner_text() == "显示 4 / 9 句"
    tab.locator("#stage").select_option("objection")
    assert _shown(tab, ".turn") == 1
    tab.locator("#find").fill("没有这句话")
    assert _shown(tab, ".turn") == 0
    assert tab.locator("#nothing-found").is_visible()
    # A link to a hidden turn shows it again.
    tab.locator("#c3 .quote").first.click()
    assert _shown(tab, ".turn") == 9
    tab.locator("#only-evidence").click()
    assert _shown(tab, ".turn") == 3


@pytest.mark.parametrize(("width", "shown"), [(1280, True), (390, False)])
def test_acts_are_shown_on_a_desk_and_on_a_phone_when_asked_for(reader: Reader, width: int, shown: bool) -> None:
    tab = reader.open(DEALINGS, width)
    box = tab.locator("#show-acts")
    assert box.is_checked() is shown
    assert _shown(tab, "#t0 .acts li") == (4 if shown else 0)
    box.click()
    assert _shown(tab, "#t0 .acts li") == (0 if shown else 4)
    tab.reload()
    assert box.is_checked() is shown


def test_a_call_without_acts_has_no_switch(reader: Reader) -> None:
    assert reader.open(CALL).locator("#show-acts").count() == 0


def test_acts_fit_the_bubbles_of_a_phone(reader: Reader) -> None:
    tab = reader.open(DEALINGS_EN, 390)
    tab.locator("#show-acts").check()
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    past = "es => es.map(e => e.getBoundingClientRect().right - e.closest('.bubble').getBoundingClientRect().right)"
    assert max(tab.locator(".acts li").evaluate_all(past)) <= 0


def test_an_objection_plays_and_shows_its_turn(reader: Reader) -> None:
    tab = reader.open(DEALINGS)
    # The filter hides what the link leads to: it gives way.
    tab.locator(".choice button[data-role=agent]").click()
    tab.locator(".signal .quote.customer").nth(1).click()
    _wait_playing(tab)
    assert 19.0 <= _now(tab) < 21.0
    assert tab.locator("#t5.flash").is_visible()
    tab.locator(".known .place").first.click()
    _until(tab, "document.getElementById('audio').currentTime < 15")


def test_the_language_switch_leads_to_the_same_call(reader: Reader) -> None:
    tab = reader.open(CALL)
    assert tab.evaluate("document.documentElement.lang") == "zh-CN"
    tab.get_by_role("link", name="English").click()
    tab.wait_for_url("**/call-001.en.html")
    assert tab.evaluate("document.documentElement.lang") == "en"
    assert tab.get_by_role("heading", name="Scorecard").is_visible()
    tab.get_by_role("link", name="All calls").click()
    tab.wait_for_url("**/index.en.html")


def test_from_the_index_to_a_call(reader: Reader) -> None:
    tab = reader.open("index.html")
    tab.get_by_role("link", name="call-002").click()
    tab.wait_for_url("**/calls/call-002.html")
    assert tab.get_by_text("触碰红线").is_visible()


def test_on_a_phone_the_player_stays_at_the_bottom(reader: Reader) -> None:
    tab = reader.open(CALL, 390)
    tab.mouse.wheel(0, 2000)
    box = tab.locator(".player").bounding_box()
    assert box
    assert box["y"] + box["height"] == pytest.approx(844, abs=1)
    assert box["height"] < 844 * 0.2


def test_a_missing_sound_file_is_said(reader: Reader, site: Path) -> None:
    audio = site / "audio" / "call-001.webm"
    away = audio.rename(audio.with_suffix(".away"))
    try:
        tab = reader.open(CALL)
        tab.locator("#sound-error").wait_for()
    finally:
        away.rename(audio)
    reader.wrong.clear()


def test_a_printed_page_is_whole(reader: Reader) -> None:
    tab = reader.open(CALL)
    tab.emulate_media(media="print")
    assert not tab.locator(".controls").is_visible()
    assert tab.locator("#turns").evaluate("e => e.scrollHeight <= e.clientHeight + 1")


# WCAG 2.1 contrast of text against the nearest painted background, as the browser computed both.
CONTRAST = """() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (c) => c.slice(0, 3).map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (e) => { for (; e; e = e.parentElement) {
    const c = rgb(getComputedStyle(e).backgroundColor); if (c[3] === undefined || c[3] > 0.99) return c; }
    return [255, 255, 255]; };
  const low = [];
  for (const e of document.querySelectorAll('body *')) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !e.offsetParent || e.closest('script, option, .sr')) continue;
    const pair = [light(rgb(getComputedStyle(e).color)), light(behind(e))].sort((a, b) => b - a);
    const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (ratio < 4.5) low.push(e.className + ' ' + e.textContent.slice(0, 20) + ' ' + ratio.toFixed(2));
  }
  return low;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", [RED, FORM, DEALINGS, "index.html"])
def test_all_text_has_contrast(reader: Reader, page: str, scheme: str) -> None:
    assert reader.open(page, scheme=scheme).evaluate(CONTRAST) == []


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("page", [FORM, FORM_EN])
def test_points_and_verdicts_stand_on_one_line(reader: Reader, page: str, width: int) -> None:
    tab = reader.open(page, width)
    heights = "es => es.map(e => e.getBoundingClientRect().height / parseFloat(getComputedStyle(e).lineHeight))"
    for selector in (".criterion .verdict", ".criterion .points"):
        assert max(tab.locator(selector).evaluate_all(heights)) < 1.6, selector
    assert tab.locator(".review").first.is_visible()
    if width > 640:  # narrower, the title stands below
        gaps = "es => es.map(e => e.nextElementSibling.getBoundingClientRect().left - e.getBoundingClientRect().right)"
        assert min(tab.locator(".criterion .verdict").evaluate_all(gaps)) >= 4


def test_a_moment_plays_and_shows_its_turn(reader: Reader) -> None:
    tab = reader.open(TALKING)
    tab.locator(".moment", has_text="5.4 秒没有接话").locator("a").click()
    _wait_playing(tab)
    assert 5.2 <= _now(tab) < 7.2  # from two seconds before the silence
    _until(tab, "document.getElementById('t3').classList.contains('flash')")
    tab.locator(".moment", has_text="客户打断坐席").locator("a").click()
    _until(tab, "document.getElementById('audio').currentTime > 17.5")


def test_a_listeners_sign_takes_one_line(reader: Reader) -> None:
    tab = reader.open(TALKING)
    sign, turn = (tab.locator(f"#t{i} .bubble").bounding_box() for i in (1, 3))
    assert sign and turn
    assert sign["height"] < 0.6 * turn["height"]


@pytest.mark.parametrize(("page", "width"), [(TALKING, 1280), (TALKING_EN, 390), (TALKING_MONO, 390)])
def test_labels_of_figures_are_not_broken_apart(reader: Reader, page: str, width: int) -> None:
    tab = reader.open(page, width)
    rows = tab.locator(".talk-table tbody th")
    heights = rows.evaluate_all("all => all.map(e => e.firstElementChild.getClientRects().length)")
    assert max(heights) <= 2
