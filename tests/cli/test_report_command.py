"""``report`` about agents, teams and periods: what is written where, and one line for every slip."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command

CALLS = 12


@pytest.fixture
def stored(qa: Command, folder: Path) -> Path:
    """Calls of two agents in two teams, over October and November; one has no date."""
    rows = []
    for number in range(CALLS):
        said = (
            ["您好，我是云桥通信的小林。", "请问您现在用的是什么套餐？"]
            if number % 3
            else ["喂，办套餐吗？", "不办算了。"]
        )
        turns = [{"role": "agent", "text": said[0], "start_s": 0.0, "end_s": 3.0}]
        turns += [{"role": "customer", "text": "嗯，你说。", "start_s": 3.2, "end_s": 4.0}]
        turns += [{"role": "agent", "text": said[1], "start_s": 4.2, "end_s": 7.0}]
        day = f"2026-{10 + number % 2}-{number + 3:02d}T10:00:00+08:00"
        known = {
            "agent_id": f"A0{number % 2 + 1}",
            "agent_name": ["林佳怡", "陈思远"][number % 2],
            "team": f"{number % 2}组",
        }
        rows.append({"id": f"c{number}", "turns": turns, **known, **({"started_at": day} if number else {})})
    (folder / "calls.jsonl").write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    assert qa("import", "calls.jsonl").code == 0
    return folder / "reports"


def names(out: Path, kind: str) -> set[str]:
    return {path.name for path in (out / kind).iterdir()}


def test_all_writes_every_kind_of_page_for_the_month_of_the_newest_call(qa: Command, stored: Path) -> None:
    assert qa("report").code == 0
    assert names(stored, "agents") == {"A01.html", "A01.en.html", "A02.html", "A02.en.html"}
    assert {"all.html", "0-c4a4d0b9cb.html"} & names(stored, "teams")
    assert {"2026-11.html", "2026-11.xlsx", "2026-W46.html"} <= names(stored, "periods")
    assert {"A01.xlsx", "A01.html"} <= names(stored, "coaching")
    assert names(stored, "sheets") == {"telesales-coaching-2026-11.xlsx"}
    index = (stored / "index.html").read_text("utf-8")
    assert 'href="teams/all.html"' in index and 'href="periods/2026-11.html"' in index
    assert 'href="../agents/A01.html"' in (stored / "calls" / "c2.html").read_text("utf-8")


def test_pages_of_agents_without_calls_go_and_those_of_other_periods_stay(qa: Command, stored: Path) -> None:
    assert qa("report").code == 0 and qa("report", "agent", "A01", "--period", "2026-10").code == 0
    for name in ("agents/A09.html", "agents/A09.en.html", "coaching/A09.html", "coaching/A09.xlsx"):
        (stored / name).write_text("old")
    assert qa("report").code == 0
    assert not {name for kind in ("agents", "coaching") for name in names(stored, kind) if "A09" in name} - {"A09.xlsx"}
    assert "A01.2026-10.html" in names(stored, "agents") and "all.html" in names(stored, "teams")


def test_another_period_has_pages_of_its_own(qa: Command, stored: Path) -> None:
    answer = qa("report", "agent", "A01", "--period", "2026-10", "--json")
    assert Path(answer.rows[0]["report"]).name == "A01.2026-10.html"
    assert names(stored, "coaching") == {"A01.2026-10.html", "A01.2026-10.en.html", "A01.2026-10.xlsx"}


def test_an_agent_goes_by_name_too_and_a_team_by_its_own(qa: Command, stored: Path) -> None:
    assert "agents/A02.html" in qa("report", "agent", "陈思远").out
    assert "teams/" in qa("report", "team", "1组").out
    assert "teams/all.html" in qa("report", "team").out


def test_every_link_leads_to_a_file(qa: Command, stored: Path) -> None:
    for what in (("team", "1组"), ("agent", "A01"), ("period",), ("all", "--period", "2026-10"), ("all",)):
        assert qa("report", *what).code == 0
        for page in stored.rglob("*.html"):
            for href in [part.partition('"')[0] for part in page.read_text("utf-8").split('href="')[1:]]:
                target = href.partition("#")[0]
                assert href and (target in ("", "data:,") or (page.parent / target).exists()), f"{what} {page}: {href}"


def test_all_calls_also_those_without_a_date(qa: Command, stored: Path) -> None:
    assert qa("report", "agent", "--period", "all").code == 0
    assert "A01.all.html" in names(stored, "agents")
    page = (stored / "agents" / "A01.all.html").read_text("utf-8")
    assert "c0" in page


def test_without_any_date_all_calls_are_one_period(qa: Command, folder: Path) -> None:
    turns = [{"role": "agent", "text": "您好，我是小林。"}, {"role": "customer", "text": "你好。"}]
    row = {"id": "c1", "turns": turns, "agent_id": "A01"}
    (folder / "one.jsonl").write_text(json.dumps(row, ensure_ascii=False), "utf-8")
    assert qa("import", "one.jsonl").code == 0 and qa("report").code == 0
    assert "A01.html" in names(folder / "reports", "agents") and "all.html" in names(folder / "reports", "periods")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("call",), "needs a call id"),
        (("all", "A01"), "takes no name"),
        (("period", "2026-11"), "--period"),
        (("call", "c1", "--period", "2026-11"), "takes no --period"),
        (("agent", "A09"), "no such agent"),
        (("team", "三组"), "no such team"),
        (("agent", "--period", "2025-01"), "no call in 2025-01"),
        (("team", "--period", "November"), "expected week, month, all"),
        (("team", "--period", "0001-01"), "years between"),
    ],
)
def test_slips_are_one_line(qa: Command, stored: Path, arguments: tuple[str, ...], said: str) -> None:
    answer = qa("report", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err and answer.err.count("\n") == 1


def test_an_empty_store_has_empty_pages(qa: Command, folder: Path) -> None:
    (folder / "none.jsonl").write_text("", "utf-8")
    qa("import", "none.jsonl")
    assert qa("report", "all").code in (0, 2)
