"""The transcript's marks in Chromium: the switch for fillers, the legend, accessibility, print."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

from qa_pipeline.report import write_call_page, write_static
from tests.report.doubt_samples import make_doubted
from tests.report.reader import Reader
from tests.report.samples import MADE, beep
from tests.report.test_report_call_browser import AXE

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

PAGE, PAGE_EN = "calls/call-031.html", "calls/call-031.en.html"


@pytest.fixture(scope="module")
def doubted_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("doubted")
    write_static(out)
    write_call_page(replace(make_doubted(), audio=beep(out)), out, MADE)
    return out


@pytest.fixture
def reader(browser: Browser, doubted_site: Path) -> Iterator[Reader]:
    reader = Reader(browser, doubted_site)
    yield reader
    for window in browser.contexts:
        window.close()
    assert reader.wrong == []


def test_fillers_show_when_the_switch_is_pressed_and_not_before(reader: Reader) -> None:
    tab = reader.open(PAGE)
    shadow = "getComputedStyle(document.querySelector('mark.f')).boxShadow"
    assert tab.evaluate(shadow) == "none"
    tab.locator("#show-fillers").focus()
    tab.keyboard.press("Space")
    assert tab.evaluate(shadow) != "none"
    tab.keyboard.press("Space")
    assert tab.evaluate(shadow) == "none"


def test_words_with_marks_are_found_and_played(reader: Reader) -> None:
    tab = reader.open(PAGE)
    tab.fill("#find", "通吧，那个，那个主要")
    assert tab.evaluate("CSS.highlights.get('found').size") == 1
    tab.fill("#find", "")
    tab.locator("#t8 .w").first.click()
    tab.wait_for_function("document.querySelector('audio').currentTime >= 33")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("page", "width"), [(PAGE, 1280), (PAGE_EN, 390)])
def test_axe_finds_nothing_serious(reader: Reader, page: str, width: int, scheme: str) -> None:
    tab = reader.open(page, width, scheme)
    tab.check("#show-fillers")
    grave = [v for v in Axe().run(tab, options=AXE).response["violations"] if v["impact"] in ("serious", "critical")]
    assert [(v["id"], [node["html"][:90] for node in v["nodes"]]) for v in grave] == []


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("page", [PAGE, PAGE_EN])
def test_nothing_is_wider_than_the_window(reader: Reader, page: str, width: int) -> None:
    assert reader.open(page, width).evaluate("document.documentElement.scrollWidth") <= width


def test_paper_keeps_what_is_doubted_and_corrected(reader: Reader) -> None:
    tab = reader.open(PAGE)
    tab.emulate_media(media="print")
    assert tab.locator("#t8 .tag.doubt").is_visible()
    assert tab.locator("#t0 .corrections").is_visible()
    assert not tab.locator("#show-fillers").is_visible()
