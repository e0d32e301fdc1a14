"""The list of a thousand calls in Chromium, opened from a folder: searched, filtered, sorted, paged, come back to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qa_pipeline.core.call import CallOutcome
from qa_pipeline.core.score import Fatal, Reason, Verdict
from qa_pipeline.core.summary import CallSummary, CriterionSummary
from qa_pipeline.report import FailureRow, IndexRow, index_row, write_index, write_static
from qa_pipeline.report.index.index_view import index_view
from qa_pipeline.report.wording import number, wording
from tests.report.reader import Reader
from tests.report.samples import MADE, make_rubric
from tests.report.test_report_browser import CONTRAST, reader
from tests.report.test_report_call_page import HOSTILE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

__all__ = ["reader"]
pytestmark = pytest.mark.browser

CALLS = 1000
NEWEST = datetime(2026, 11, 27, 18, 0)  # a Friday
STATES = ("passed", "failed", "redline", "none", "passed", "failed", "passed", "unscored", "few", "passed")
BEIJING = "team=%E5%8C%97%E4%BA%AC%E4%B8%80%E7%BB%84"
OUTCOMES = (CallOutcome.DEAL, CallOutcome.REFUSAL, None)
RED = CriterionSummary("promise", "close", Verdict.MISSED, 0.0, 10.0, fatal=Fatal.CALL)
GREETED = CriterionSummary("greet", "opening", Verdict.MET, 10.0, 10.0)


def summary(i: int) -> CallSummary:
    """Ten agents in two teams; three calls a day backwards; scores in steps of a quarter, so that some are ties."""
    state = STATES[i % 10]
    scored = state in ("passed", "failed", "redline")
    too_short, unsure = Reason("recording_too_short", {"seconds": 4}), Reason("low_confidence", {"percent": 41})
    return CallSummary(
        f"call-{i:04d}", "r", "1", f"A{i // 10 % 10:02d}", f"坐席{'甲乙丙丁戊己庚辛壬癸'[i // 10 % 10]}",
        "北京一组" if i // 10 % 2 else "上海二组", NEWEST - timedelta(hours=8 * i) if i % 13 else None, None,
        OUTCOMES[i % 3], duration_s=30.0 + i * 7 % 900, recording=f"r{i}.wav", state=state,
        percent=(i * 37 % 400) / 4 if scored else None, points=10.0 if scored else None,
        points_possible=70.0 if scored else None,
        criteria=(GREETED, RED) if state == "redline" else (GREETED,) if scored else (),
        unscorable=() if state != "none" else ((unsure,) if i % 20 == 3 else (too_short, unsure)),
        notices=((), ("mono",), ("low_confidence", "mono"))[i % 3], unresolved=i % 3 if scored else None,
    )  # fmt: skip


def hostile_rows() -> Iterator[IndexRow]:
    rubric = make_rubric()
    for i, text in enumerate(HOSTILE):
        known = CallSummary(f"{text}-{i}", "r", "1", text, text, text, NEWEST, recording=text, state="redline",
                            criteria=(CriterionSummary(text, "s", Verdict.MISSED, 0.0, 1.0, fatal=Fatal.CALL),),
                            notices=(text,), unscorable=(Reason(text, {}),))  # fmt: skip
        yield index_row(known, rubric)


ROWS = tuple(index_row(summary(i), None, f"agents/A{i // 10 % 10:02d}") for i in range(CALLS))


#: Our policy lets no script load the style sheets, and axe has no need to.
AXE = {"resultTypes": ["violations"], "preload": False}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``index.html`` with a thousand calls; ``none``, ``one`` and ``hostile`` beside it."""
    out = tmp_path_factory.mktemp("lists")
    failures = [FailureRow(f"{i}.wav", f"bad-{i}", "ingest", "corrupt", "damaged") for i in range(120)]
    for folder, rows in (("", ROWS), ("none", ()), ("one", ROWS[:1]), ("hostile", tuple(hostile_rows()))):
        write_static(out / folder)
        write_index(rows, failures if not folder else [], out / folder, MADE, make_rubric(),
                    lambda words: [("班组" if words.lang == "zh" else "Teams", "teams/index.html")])  # fmt: skip
    return out


def matching(test: Callable[[IndexRow], object]) -> int:
    return sum(bool(test(row)) for row in ROWS)


def said(tab: Page) -> str:
    return tab.locator("#count").inner_text()


def total(tab: Page) -> int:
    """How many calls the list says fit."""
    found = re.search(r"共 ([\d,]+) 条|^(\d+) 条", said(tab))
    assert found
    return int((found[1] or found[2]).replace(",", ""))


def calls(tab: Page) -> list[str]:
    return tab.locator("#calls tbody .col-call a").all_inner_texts()


def filtered(tab: Page, key: str) -> str:
    return tab.locator(f'[data-total="{key}"]').inner_text().replace("\n", " ")


def until(tab: Page, condition: str) -> None:
    for _ in range(100):
        if tab.evaluate(condition):
            return
        tab.wait_for_timeout(30)
    raise AssertionError(f"never happened: {condition}")


def test_the_script_draws_the_rows_as_they_stand_in_the_page(reader: Reader, browser: Browser, site: Path) -> None:
    plain = browser.new_context(java_script_enabled=False).new_page()
    plain.goto((site / "index.html").as_uri())
    cells = "all => all.map(e => [e.tagName, e.scope ?? '', e.className, e.dataset.label, e.innerHTML])"
    drawn = reader.open("index.html").locator("#calls tbody tr > *").evaluate_all(cells)
    assert len(drawn) == 1100
    assert drawn == plain.locator("#calls tbody tr > *").evaluate_all(cells)
    assert plain.locator("noscript p").inner_text().startswith("浏览器没有启用 JavaScript")
    assert not plain.locator("#find").is_visible()


def test_several_words_are_searched_in_all_that_names_a_call(reader: Reader) -> None:
    tab = reader.open("index.html")

    def unsure(row: IndexRow) -> bool:
        return "low_confidence" in (*row.notices, *(code for code, *_ in row.unscorable))

    for text, expected in (
        ("坐席丙", matching(lambda r: r.agent == "坐席丙")),
        ("a02", matching(lambda r: r.agent == "坐席丙")),
        ("北京 坐席丁", matching(lambda r: r.team == "北京一组" and r.agent == "坐席丁")),
        ("CALL-0123", 1),
        ("R77.WAV", 1),
        ("promise 成交", matching(lambda r: r.red_lines and r.outcome is CallOutcome.DEAL)),
        ("识别把握低", matching(unsure)),
        ("ｃａｌｌ－０１２３", 1),  # wide letters
    ):
        tab.locator("#find").fill(text)
        assert total(tab) == expected, text
    tab.locator("#find").fill("nobody")
    assert said(tab) == "0 条（全部 1,000 条）"
    assert tab.locator("#nothing-found").is_visible() and not tab.locator("#calls").is_visible()
    tab.locator("#nothing-found button").click()
    assert said(tab) == "第 1–100 条，共 1,000 条"
    assert tab.evaluate("document.activeElement.id") == "find"


@pytest.mark.parametrize(
    ("name", "value", "test"),
    [
        ("team", "北京一组", lambda r: r.team == "北京一组"),
        ("agent", "A04", lambda r: r.agent_id == "A04"),
        ("state", "failed", lambda r: r.state == "failed"),
        ("outcome", "refusal", lambda r: r.outcome is CallOutcome.REFUSAL),
        ("red", "*", lambda r: r.red_lines),
        ("red", "-", lambda r: not r.red_lines),
        ("red", "promise", lambda r: r.red_lines),
        ("why", "recording_too_short", lambda r: any(code == "recording_too_short" for code, *_ in r.unscorable)),
    ],
)
def test_each_filter_leaves_the_calls_that_fit(
    reader: Reader, name: str, value: str, test: Callable[[IndexRow], object]
) -> None:
    tab = reader.open("index.html")
    tab.locator(f"#{name}").select_option(value)
    assert 0 < total(tab) == matching(test) < CALLS
    assert filtered(tab, "calls") == f"筛选后 {matching(test):,}"
    chips = tab.locator("#chips button")
    assert chips.count() == 1
    chips.click()
    assert total(tab) == CALLS
    assert tab.locator(f"#{name}").input_value() == ""
    assert not tab.locator("#chips").is_visible()


def test_calls_that_a_person_must_look_at(reader: Reader) -> None:
    tab = reader.open("index.html")
    tab.locator("#human").check()
    assert 0 < total(tab) == matching(lambda r: r.needs_human) < CALLS
    assert tab.locator("#calls tbody .review").count() == 100


def test_periods_are_chosen_at_once_or_day_by_day(reader: Reader) -> None:
    tab = reader.open("index.html")

    def between(first: str, last: str) -> int:
        return matching(lambda r: r.started_at and first <= r.started_at.date().isoformat() <= last)

    week = tab.get_by_role("button", name="本周")
    assert week.inner_text().split() == ["本周", "11月23日–29日"]
    week.click()
    assert 0 < total(tab) == between("2026-11-23", "2026-11-29")
    assert week.get_attribute("aria-pressed") == "true"
    assert "2026年11月23日 – 2026年11月29日" in tab.locator("#chips").inner_text()
    tab.get_by_role("button", name="上月").click()
    assert 0 < total(tab) == between("2026-10-01", "2026-10-31")
    tab.locator("#from").fill("2026-10-30")
    assert 0 < total(tab) == between("2026-10-30", "2026-10-31")
    tab.locator("#to").fill("")
    assert total(tab) == between("2026-10-30", "9999")
    assert "2026年10月30日 起" in tab.locator("#chips").inner_text()


def test_totals_follow_the_filter_beside_the_whole(reader: Reader) -> None:
    tab = reader.open("index.html")
    assert not tab.locator(".filtered").first.is_visible()
    tab.locator("#agent").select_option("A03")
    rows = [row for row in ROWS if row.agent_id == "A03"]
    percents = [row.percent for row in rows if row.percent is not None]
    words = wording("zh")
    whole = {t.key: t for t in index_view(rows, [], words, MADE).totals}
    assert filtered(tab, "mean") == f"筛选后 {number(sum(percents) / len(percents))} {len(percents)} 通有得分"
    assert filtered(tab, "passed") == f"筛选后 {whole['passed'].value} {whole['passed'].note} · {whole['passed'].rate}"
    for key in ("redlines", "unscored", "human"):
        assert filtered(tab, key) == f"筛选后 {whole[key].value}"
    assert filtered(tab, "none") == " ".join(["筛选后", whole["none"].value, *whole["none"].parts])
    assert tab.locator('.totals dt:text-is("通话") + dd > b').inner_text() == "1,000"


def test_every_column_sorts_and_unknown_values_stay_last(reader: Reader) -> None:
    tab = reader.open("index.html")
    assert calls(tab) == [view.call_id for view in index_view(ROWS, [], wording("zh"), MADE).rows]
    for key in ("agent", "team", "call", "started", "duration", "outcome", "score", "state", "scored", "notices"):
        head = tab.locator(f"th.col-{key}").first
        head.get_by_role("button").click()
        assert head.get_attribute("aria-sort") == "ascending"
        first = calls(tab)
        head.get_by_role("button").click()
        assert head.get_attribute("aria-sort") == "descending"
        assert calls(tab) != first, key
        assert tab.locator("th[aria-sort]").count() == 1
    by_score = tab.locator("th.col-score button")
    for expected in (sorted, lambda values: sorted(values, reverse=True)):
        by_score.click()
        shown = [float(text) for text in tab.locator("#calls tbody .col-score b").all_inner_texts()]
        known = expected(row.percent for row in ROWS if row.percent is not None)
        assert shown == [float(number(value)) for value in known[:100]]
    tab.locator('.list-bar:not(.below) [data-go="last"]').click()
    assert set(tab.locator("#calls tbody .col-score b").all_inner_texts()) == {"—"}


def test_a_phone_sorts_by_a_choice(reader: Reader) -> None:
    tab = reader.open("index.html", 390)
    assert not tab.locator("thead").is_visible()
    tab.locator("#sort").select_option("call")
    assert calls(tab)[0] == "call-0000"
    assert tab.locator("#direction").inner_text() == "升序"
    tab.locator("#direction").click()
    assert calls(tab)[0] == "call-0999"
    tab.locator("#sort").select_option("")
    assert calls(tab)[0] == index_view(ROWS, [], wording("zh"), MADE).rows[0].call_id


def test_pages_follow_each_other_and_focus_stays(reader: Reader) -> None:
    tab = reader.open("index.html")
    tab.locator("th.col-call button").click()
    above = tab.locator(".list-bar:not(.below) .pager")
    above.get_by_role("button", name="下一页").click()
    assert (said(tab), calls(tab)[0]) == ("第 101–200 条，共 1,000 条", "call-0100")
    assert tab.evaluate("document.activeElement.dataset.go") == "next"
    above.get_by_role("button", name="末页").click()
    assert (said(tab), calls(tab)[-1]) == ("第 901–1,000 条，共 1,000 条", "call-0999")
    last = above.get_by_role("button", name="末页")
    assert last.get_attribute("aria-disabled") == "true"
    assert tab.evaluate("document.activeElement.dataset.go") == "last"
    tab.locator(".below").get_by_role("button", name="上一页").click()
    assert calls(tab)[0] == "call-0800"
    assert tab.evaluate("document.activeElement.id") == "calls"
    assert tab.locator("#list-bar").bounding_box()["y"] < 100  # type: ignore[index]
    tab.locator("#find").fill("call-00")
    assert said(tab) == "第 1–100 条，共 100 条（全部 1,000 条）"
    assert not above.is_visible()


def test_a_view_is_kept_in_the_address_and_comes_back(reader: Reader, site: Path) -> None:
    tab = reader.open("index.html")
    tab.locator("#team").select_option("北京一组")
    tab.locator("#state").select_option("passed")
    tab.locator("#find").press_sequentially("坐席")
    until(tab, "location.hash.includes('q=')")
    tab.locator("th.col-score button").click()
    tab.locator('.list-bar:not(.below) [data-go="next"]').click()
    shown, counted, address = calls(tab), said(tab), tab.url
    again = reader.open("index.html")
    again.goto(address)
    again.reload()
    assert (calls(again), said(again)) == (shown, counted)
    assert again.locator("#find").input_value() == "坐席"
    assert again.locator("#team").input_value() == "北京一组"
    other = again.get_by_role("link", name="English")
    other.click()
    again.wait_for_url("**/index.en.html#*")
    assert calls(again) == shown
    # Back takes one step at a time: the page, the order, the search as a whole, the result, the team.
    for expected in ("page", "sort", "q", "state", "team"):
        assert f"{expected}=" in tab.url
        tab.go_back()
        until(tab, f"!location.hash.includes('{expected}=')")
    assert said(tab) == "第 1–100 条，共 1,000 条"
    assert tab.locator("#find").input_value() == ""
    tab.go_forward()
    until(tab, "location.hash.includes('team=')")
    assert tab.locator("#team").input_value() == "北京一组"


@pytest.mark.parametrize(
    "hash_text",
    ["#team=%3Cscript%3E", "#page=-7&sort=__proto__", "#page=x&from=yesterday", "#constructor=1&q=%25", "#%E0%A4%A"],
)
def test_a_broken_address_shows_what_it_can(reader: Reader, site: Path, hash_text: str) -> None:
    tab = reader.open("index.html")
    tab.goto((site / "index.html").as_uri() + hash_text)
    tab.reload()
    assert said(tab)
    assert "undefined" not in tab.locator("main").inner_text()


def test_chips_are_removed_one_by_one_or_all(reader: Reader) -> None:
    tab = reader.open("index.html")
    tab.locator("#team").select_option("北京一组")
    tab.locator("#red").select_option("*")
    tab.locator("#human").check()
    chips: Locator = tab.locator(".chip-filter")
    assert [text.strip("× \n") for text in chips.all_inner_texts()] == ["班组：北京一组", "红线：有红线", "需人工复核"]
    chips.nth(1).click()
    assert chips.count() == 2
    assert tab.evaluate("document.activeElement.textContent").startswith("需人工复核")
    tab.locator("#chips .clear").click()
    assert total(tab) == CALLS


def test_failures_stand_in_the_open_as_far_as_they_are_read(reader: Reader) -> None:
    tab = reader.open("index.html")
    assert tab.locator(".failures > ul > li").count() == 50
    assert not tab.get_by_text("bad-50", exact=True).is_visible()
    tab.get_by_text("还有 70 条").click()
    assert tab.locator(".failures li:visible").count() == 120


def test_lists_of_no_call_and_of_one_call(reader: Reader) -> None:
    none = reader.open("none/index.html")
    assert none.get_by_text("还没有通话").is_visible()
    assert none.locator("table, form").count() == 0
    one = reader.open("one/index.html")
    assert said(one) == "共 1 条"
    assert calls(one) == ["call-0000"]
    assert one.locator("form, .pager:visible, #sort").count() == 0
    one.locator("th.col-score button").click()
    assert calls(one) == ["call-0000"]


def test_hostile_text_is_text_wherever_the_script_writes_it(reader: Reader) -> None:
    for page in ("hostile/index.html", "hostile/index.en.html"):
        tab = reader.open(page)
        assert tab.locator("main script, main img, main b > b").count() == 0
        assert "<script>alert(1)</script>" in tab.locator("#calls").inner_text()
        for name in ("team", "agent", "red"):
            values = tab.locator(f"#{name} option").evaluate_all("all => all.map(e => e.value)")
            for value in filter(None, values):
                tab.locator(f"#{name}").select_option(value)
                assert tab.locator("#calls tbody tr").count() >= 1 or value == "-"
            tab.locator(f"#{name}").select_option("")
        assert tab.evaluate("document.documentElement.scrollWidth") <= 1280
        tab.locator("#find").fill("<script>")
        assert tab.locator("#calls tbody tr").count() == 1


@pytest.mark.parametrize(
    "page", ["index.html", "index.en.html", "hostile/index.html", "hostile/index.en.html", "one/index.html"]
)
def test_nothing_is_wider_than_the_window(reader: Reader, page: str) -> None:
    tab = reader.open(page + "#q=%2D&human=1")
    for width in (1920, 1280, 1024, 390):
        tab.set_viewport_size({"width": width, "height": 844})
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
    if tab.locator("#more").count():
        tab.locator("#more").click()
        assert tab.locator("#more").get_attribute("aria-expanded") == "true"
        assert tab.locator("#choices select").first.is_visible()
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize(("page", "width"), [("index.html", 1280), ("index.en.html", 390), ("none/index.html", 1280)])
def test_axe_finds_nothing_serious(reader: Reader, page: str, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe

    tab = reader.open(f"{page}#{BEIJING}", width)
    found = Axe().run(tab, options=AXE).response["violations"]
    assert [(v["id"], v["nodes"][0]["target"]) for v in found if v["impact"] in ("serious", "critical")] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_has_contrast(reader: Reader, scheme: str) -> None:
    assert reader.open(f"index.html#human=1&{BEIJING}", scheme=scheme).evaluate(CONTRAST) == []


def test_the_page_of_rows_can_be_printed(reader: Reader) -> None:
    tab = reader.open("index.html#red=*")
    tab.emulate_media(media="print")
    assert not tab.locator("#filters").is_visible() and not tab.locator(".pager").first.is_visible()
    assert tab.locator("#calls tbody tr:visible").count() == 100
    assert tab.locator("#chips").is_visible()  # paper says what was chosen


def test_cells_of_a_card_do_not_cover_each_other(reader: Reader) -> None:
    tab = reader.open("index.html", 390)
    row = tab.locator("#calls tbody tr.red").first
    boxes = [row.locator(cell).bounding_box() for cell in (".col-started", ".col-duration")]
    started, duration = (box for box in boxes if box)
    text_end = tab.evaluate("""() => {
      const range = document.createRange();
      range.selectNodeContents(document.querySelector('#calls tbody tr.red .col-started'));
      return range.getBoundingClientRect().right;
    }""")
    assert started["y"] != pytest.approx(duration["y"], abs=8) or text_end <= duration["x"]
