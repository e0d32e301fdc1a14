"""A window on pages in Chromium that remembers what should not happen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


class Reader:
    """Opens pages of a folder in fresh windows without a network; anything said on the console is wrong."""

    def __init__(self, browser: Browser, site: Path, pages: str = "{}") -> None:
        """``pages``: where those of the tests lie in the folder, such as ``agents/{}``."""
        self.browser, self.site, self.pages = browser, site, pages
        self.wrong: list[str] = []

    def open(self, page: str, width: int = 1280, scheme: str = "light") -> Page:
        window = self.browser.new_context(
            viewport={"width": width, "height": 844},
            color_scheme=scheme,  # type: ignore[arg-type]
            offline=True,
        )
        window.set_default_timeout(8000)
        tab = window.new_page()
        tab.on("console", lambda message: self.wrong.append(f"console: {message.text}"))
        tab.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        tab.on("request", lambda request: self._asked(request.url))
        name, hash_mark, place = page.partition("#")
        tab.goto((self.site / self.pages.format(name)).as_uri() + hash_mark + place)
        return tab

    def _asked(self, url: str) -> None:
        if not url.startswith(("data:", self.site.as_uri())):
            self.wrong.append(f"asked for {url}")


def reading(browser: Browser, site: Path, pages: str = "{}") -> Iterator[Reader]:
    """For fixtures: a reader that must have met nothing wrong by the end."""
    reader = Reader(browser, site, pages)
    yield reader
    for window in browser.contexts:
        window.close()
    assert reader.wrong == []
