"""Charts in Chromium, under the policy of all pages: seen whole, in light and dark, on a phone and on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.report.chart_samples import every_kind, write_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

_BAD = {"serious", "critical"}
#: Without reading style sheets again, which the policy forbids.
_AXE = {"resultTypes": ["violations"], "preload": False}

HOSTILE = "</text><script>alert(1)</script>{{7*7}}\u202e" + "长" * 10_000

#: Boxes of all texts of a chart: those out of the drawing, and pairs that cover each other.
_WRONG_TEXTS = """svg => {
  const frame = svg.getBoundingClientRect();
  // The slanted heads of the heat map have boxes that overlap where their letters do not.
  const texts = [...svg.querySelectorAll('text')].filter(t => !t.getAttribute('transform').includes('rotate'));
  const boxes = texts.map(t => [t.textContent, t.getBoundingClientRect()]);
  const outside = [...svg.querySelectorAll('text')].filter(t => {
    const b = t.getBoundingClientRect();
    return b.left < frame.left - 1 || b.right > frame.right + 1 || b.top < frame.top - 1 || b.bottom > frame.bottom + 1;
  }).map(t => t.textContent);
  const covered = [];
  boxes.forEach(([a, p], i) => boxes.slice(i + 1).forEach(([b, q]) => {
    const wide = Math.min(p.right, q.right) - Math.max(p.left, q.left);
    const high = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
    if (wide > 1 && high > 4) covered.push(a + ' / ' + b);
  }));
  return {outside, covered};
}"""


class Reader:
    """Opens pages and remembers what should not happen."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.wrong: list[str] = []

    def open(self, page: Path, width: int = 1280, scheme: str = "light") -> Page:
        window = self.browser.new_context(
            viewport={"width": width, "height": 844},
            color_scheme=scheme,  # type: ignore[arg-type]
            offline=True,
        )
        tab = window.new_page()
        tab.on("console", lambda message: self.wrong.append(message.text))
        tab.on("pageerror", lambda error: self.wrong.append(str(error)))
        tab.on("dialog", lambda dialog: self.wrong.append("a script ran"))
        tab.goto(page.as_uri())
        return tab


@pytest.fixture
def reader(browser: Browser) -> Iterator[Reader]:
    reader = Reader(browser)
    yield reader
    for window in browser.contexts:
        window.close()
    assert reader.wrong == []


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_page(tmp_path_factory.mktemp("charts"), every_kind(), table_open=True)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_page(tmp_path_factory.mktemp("hostile"), every_kind(name=HOSTILE), table_open=True)


@pytest.mark.parametrize("width", [390, 768, 1280, 1920])
def test_texts_are_whole_and_apart(reader: Reader, page: Path, width: int) -> None:
    tab = reader.open(page, width)
    drawings = tab.locator(".chart-svg")
    assert drawings.count() == 8
    for i in range(8):
        assert drawings.nth(i).evaluate(_WRONG_TEXTS) == {"outside": [], "covered": []}, i
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_hostile_names_are_shown_as_text(reader: Reader, hostile: Path) -> None:
    tab = reader.open(hostile, 390)
    for i in range(8):
        assert tab.locator(".chart-svg").nth(i).evaluate(_WRONG_TEXTS) == {"outside": [], "covered": []}, i
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    assert tab.locator("main script").count() == 0
    assert "{{7*7}}" in tab.locator(".chart-ranking tbody").inner_text()


@pytest.mark.parametrize("width", [390, 1280])
def test_text_can_be_read(reader: Reader, page: Path, width: int) -> None:
    """No smaller than 8 px on a phone, no larger than a heading on a desktop."""
    sizes = reader.open(page, width).locator(".chart-svg").evaluate_all("all => all.map(s => s.getScreenCTM().a * 10)")
    assert all(8 <= size <= 12.5 for size in sizes), sizes


def test_colours_follow_the_scheme_and_paper_is_light(reader: Reader, page: Path) -> None:
    colour = "e => getComputedStyle(e).fill"
    bar = ".chart-distribution .chart-svg path[fill='var(--c1)']"
    light, dark = (reader.open(page, scheme=scheme) for scheme in ("light", "dark"))
    found = [tab.locator(bar).first.evaluate(colour) for tab in (light, dark)]
    assert found == ["rgb(0, 105, 168)", "rgb(93, 184, 240)"]
    dark.emulate_media(media="print", color_scheme="dark")
    assert dark.locator(bar).first.evaluate(colour) == found[0]


def test_text_has_the_font_of_the_page(reader: Reader, page: Path) -> None:
    tab = reader.open(page)
    font = "e => getComputedStyle(e).fontFamily"
    assert tab.locator(".chart-svg text").first.evaluate(font) == tab.locator("body").evaluate(font)


def test_a_wide_drawing_scrolls_by_keyboard_in_its_own_box(reader: Reader, page: Path, tmp_path: Path) -> None:
    from qa_pipeline.report.charts import HeatCell, heat_map
    from tests.report.chart_samples import ZH

    wide = heat_map(ZH, "热力图", ["张三"], [f"评分项{i}" for i in range(20)], [[HeatCell(0.5, 4)] * 20])
    assert wide
    tab = reader.open(write_page(tmp_path, [wide]), 390)
    box = tab.locator(".chart-box")
    assert box.evaluate("e => e.scrollWidth > e.clientWidth + 300")
    box.focus()
    tab.keyboard.press("ArrowRight")
    tab.wait_for_timeout(300)
    assert box.evaluate("e => e.scrollLeft") > 0
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(reader: Reader, page: Path, scheme: str) -> None:
    tab = reader.open(page, scheme=scheme)
    found = Axe().run(tab, options=_AXE).response["violations"]
    serious = [f"{item['id']}: {item['nodes'][0]['html'][:120]}" for item in found if item["impact"] in _BAD]
    assert serious == []


def test_a_key_is_drawn_for_every_sign(reader: Reader, page: Path) -> None:
    """Each sign in a legend has a line or an area in a colour."""
    painted = (
        reader.open(page)
        .locator(".key")
        .evaluate_all(
            """all => all.map(key => [key.getAttribute('class'), [...key.children].some(mark => {
          const look = getComputedStyle(mark);
          return look.fill !== 'none' || look.stroke !== 'none';
        })])"""
        )
    )
    assert len(painted) > 15
    assert [name for name, is_painted in painted if not is_painted] == []
    assert all(re.fullmatch(r"key key-\w+", name) for name, _ in painted)
