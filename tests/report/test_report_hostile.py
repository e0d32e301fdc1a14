"""Hostile text in every field of a call, a rubric and what people add is shown as text on every page and sheet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook

from qa_pipeline.core.call import Call, CallMetadata, CallOutcome
from qa_pipeline.core.errors import StepFailure
from qa_pipeline.core.facts import Act
from qa_pipeline.core.review import AgreedAction, Review, ReviewKind
from qa_pipeline.core.score import Verdict
from qa_pipeline.insight.plan import Plan
from qa_pipeline.overviews import Overviews
from qa_pipeline.pages import Pages
from qa_pipeline.rubric.model import LoadedRubric
from qa_pipeline.scoring import score
from qa_pipeline.store.database import open_store
from tests.factories import call, check, criterion, recording, rubric, timed

SCRIPT = "<script>alert(1)</script>"
ATTRIBUTE = "\"><img src=x onerror=alert(1)> 'onmouseover=alert(1)"
TEMPLATE = "{{7*7}}${7*7}{%raw%}"
FORMULA = '=HYPERLINK("http://evil.example","x")'
DDE = "+cmd|' /C calc'!A0"
PATH = "../../../../etc/passwd"
TURNED = "\u202eexe.gpj\u2066"
ENDLESS = "长" * 10_000
ALL = (SCRIPT, ATTRIBUTE, TEMPLATE, FORMULA, DDE, PATH, TURNED, ENDLESS)
SHORT = (SCRIPT, ATTRIBUTE, TEMPLATE, FORMULA, DDE, PATH, TURNED)

#: What our own templates use; a page with anything else holds somebody's mark-up.
_TAGS = """
    a abbr audio b bdi body br button caption clippath col colgroup dd defs details div dl dt em fieldset
    figcaption figure footer form g h1 h2 h3 h4 head header hr html i input label legend li line link main mark
    meta nav noscript ol optgroup option output p path pattern polygon polyline q rect script section select
    small span strong style sub summary sup svg table tbody td template text textarea tfoot th thead time title tr tspan
    ul circle use aside article
"""
TAGS = frozenset(_TAGS.split())


class Page(HTMLParser):
    """Collects what a browser would act on."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.handlers: list[str] = []
        self.addresses: list[str] = []
        self.scripts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on") or name == "style"]
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag == "script":
            self.scripts.append(dict(attrs).get("src") or dict(attrs).get("type") or "inline")


def form() -> LoadedRubric:
    criteria = [
        criterion(
            f"c{number}",
            title=text[:200],
            title_en=text[:200],
            advice=text[:300],
            praise=text[:300],
            check=check(phrases={"any": ["您好" if number % 2 else "永远不说"], "role": "agent"}),
        )
        for number, text in enumerate(SHORT)
    ]
    return rubric(*criteria, title=SCRIPT, title_en=ATTRIBUTE, pass_percent=60)


def hostile_call(number: int, text: str) -> Call:
    lines = timed(("agent", f"您好{text}"), ("customer", f"{text}我要投诉"), ("agent", f"{FORMULA}{text[:50]}"))
    made = call(*lines, call_id=f"{text[:60]}-{number}", stages="on"[0] * 3)
    known = CallMetadata(
        agent_id=text[:120],
        agent_name=text,
        team=text,
        started_at=datetime(2026, 11, 1 + number, 9, tzinfo=UTC),
        customer_id=text,
        outcome=CallOutcome.DEAL,
        extra={text[:50]: text},
    )
    acts = ((Act("greet", 0.9, text[:40]),), (Act("complain", 0.9, text[:40]),), ())
    sound = recording(60.0, path=f"/calls/{text[:80]}.wav")
    return replace(made, metadata=known, turn_acts=acts, recording=sound)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    out, loaded = tmp_path_factory.mktemp("hostile") / "out", form()
    with open_store(str(out.parent / "s.sqlite3")) as store:
        for number, text in enumerate(ALL):
            made = hostile_call(number, text)
            store.put_result(made.call_id, "call", "k", made)
            store.put_scorecard(score(made, loaded), "k")
            at = datetime(2026, 11, 9, 9, number, tzinfo=UTC)
            about = {
                "call_id": made.call_id,
                "rubric_id": loaded.rubric.id,
                "author": text[:100],
                "at": at,
                "text": text,
            }
            store.put_reviews(
                [
                    Review(kind=ReviewKind.COMMENT, **about),
                    Review(kind=ReviewKind.APPEAL, criterion_id="c1", **about),
                    Review(kind=ReviewKind.CHANGE, criterion_id="c0", verdict=Verdict.MET, **about),
                ]
            )
            store.put_actions([AgreedAction(text[:120], loaded.rubric.id, text, date(2026, 11, 5), text[:80], "c0")])
            store.put_failure(f"/calls/{text[:80]}.mp3", text[:60], StepFailure("ingest", "broken", text[:300]))
        pages = Pages(out, with_overviews=True)
        pages.learn(store, loaded)
        pages.write_all(store, loaded)
        Overviews(out, store, loaded, Plan(5, 20)).write_all()
        pages.write_index(store, loaded)
    yield out


def pages_of(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.html"))


def test_everything_is_written_inside_the_folder(folder: Path) -> None:
    assert {path.name for path in folder.parent.iterdir()} - {"s.sqlite3-wal", "s.sqlite3-shm"} == {"out", "s.sqlite3"}
    kinds = {path.parent.name for path in pages_of(folder)}
    assert {"calls", "agents", "teams", "coaching", "periods"} <= kinds
    assert all(len(path.name.encode()) < 200 and ".." not in path.name for path in folder.rglob("*"))


def test_pages_hold_no_mark_up_of_others(folder: Path) -> None:
    for path in pages_of(folder):
        page = Page()
        page.feed(path.read_text(encoding="utf-8"))
        assert page.tags <= TAGS, f"{path.name}: {page.tags - TAGS}"
        assert page.handlers == [], f"{path.name}: {page.handlers}"
        assert all(s.startswith(("static/", "../static/")) or s == "application/json" for s in page.scripts), path.name


def test_no_address_leads_elsewhere(folder: Path) -> None:
    for path in pages_of(folder):
        page = Page()
        page.feed(path.read_text(encoding="utf-8"))
        for address in page.addresses:
            if address.startswith(("#", "data:,")):
                continue
            target = (path.parent / address.partition("#")[0].partition("?")[0]).resolve()
            assert target.is_relative_to(folder.resolve()) and target.exists(), f"{path.name}: {address}"


def test_templates_are_never_run_on_text(folder: Path) -> None:
    shown = [p for p in pages_of(folder) if "{{7*7}}" in p.read_text(encoding="utf-8")]
    assert shown, "the text is there as it was given"


def test_nothing_turns_the_line_round(folder: Path) -> None:
    assert not [p.name for p in pages_of(folder) if re.search("[\u202a-\u202e\u2066-\u2069]", p.read_text("utf-8"))]


def test_sheets_hold_no_formula(folder: Path) -> None:
    books = sorted(folder.rglob("*.xlsx"))
    assert {book.parent.name for book in books} >= {"sheets", "periods", "coaching"}
    for book in books:
        with ZipFile(book) as archive:
            sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
            assert not [name for name in sheets if b"<f>" in archive.read(name) or b"<f " in archive.read(name)]
            # Relations to anything outside of the file are links to our own pages.
            rels = [archive.read(name).decode() for name in archive.namelist() if name.endswith(".rels")]
        outside = re.findall(r'Target="([^"]+)"[^>]*TargetMode="External"', "".join(rels))
        assert all((book.parent / target.partition("#")[0]).resolve().is_relative_to(folder) for target in outside)
        assert not [target for target in outside if ":" in target], "a link to our own page has no scheme"
        texts = [c.value for sheet in load_workbook(book) for row in sheet for c in row if isinstance(c.value, str)]
        assert texts and all(len(text) <= 32_767 for text in texts)


@pytest.mark.browser
def test_a_browser_runs_nothing_and_complains_of_nothing(folder: Path, browser: object) -> None:
    """Every kind of page; a dialog would be somebody's script."""
    heard: list[str] = []
    page = browser.new_page(viewport={"width": 390, "height": 844})  # type: ignore[attr-defined]
    page.on("dialog", lambda dialog: (heard.append(dialog.message), dialog.dismiss()))
    page.on("console", lambda message: message.type == "error" and heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    for path in pages_of(folder):
        page.goto(path.as_uri())
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 390, f"{path.parent.name}/{path.name[:40]}: {width} px wide on a phone"
    assert heard == []
