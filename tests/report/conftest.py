"""Pages for the report's tests, and a Chromium that has no network."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium. Without one, tests are skipped; with QA_REQUIRE_BROWSER=1 they fail."""
    path = shutil.which("chromium")
    if path is None:
        if os.environ.get("QA_REQUIRE_BROWSER") == "1":
            pytest.fail("QA_REQUIRE_BROWSER=1, but there is no chromium on the path")
        pytest.skip("no chromium on the path")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole report: a call with sound, one with a red line, one without a scorecard, and two failures."""
    from tests.report.long_samples import write_long
    from tests.report.samples import build_site

    out = build_site(tmp_path_factory.mktemp("site"))
    write_long(out)
    return out
