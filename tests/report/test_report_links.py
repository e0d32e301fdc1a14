"""Addresses between pages: only to what is there or will be, and no two pages of one name."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_pipeline.report.links import Links, agent_file, overview_links, period_file, score_sheet_file, team_file
from qa_pipeline.report.wording import wording


def touch(out: Path, *names: str) -> None:
    for name in names:
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).touch()


def test_calls_are_linked_where_their_page_lies(tmp_path: Path) -> None:
    touch(tmp_path, "calls/c1.html")
    links = Links(tmp_path, "en")
    assert links.call("c1", 83.456) == "../calls/c1.en.html#t=83.5"
    assert links.call("c1", None, 12) == "../calls/c1.en.html#t12"
    assert links.call("c2", 1.0) == ""


def test_agents_and_teams_are_linked_where_their_page_lies_or_will_lie(tmp_path: Path) -> None:
    touch(tmp_path, "agents/A01.html", "teams/all.html")
    links = Links(tmp_path, "zh")
    assert (links.agent("A01"), links.agent("A02"), links.agent("")) == ("../agents/A01.html", "", "")
    assert (links.team(), links.team("T1"), links.coaching("A01")) == ("../teams/all.html", "", "")
    all_of_them = Links(tmp_path, "zh", mark=".2026-10", complete=True)
    assert all_of_them.agent("A02") == "../agents/A02.2026-10.html"
    assert all_of_them.coaching("A02", ".xlsx") == "../coaching/A02.2026-10.xlsx"


@pytest.mark.parametrize("team", ["all", "ALL", "All"])
def test_no_team_takes_the_place_of_the_page_over_all(team: str) -> None:
    assert team_file(team) != team_file("") and team_file(team).casefold() != team_file("").casefold()


def test_no_agent_is_named_like_another_ones_page_of_a_period() -> None:
    assert agent_file("A01.2026-10") != agent_file("A01", ".2026-10")
    assert agent_file("A01-2026-10") != agent_file("A01", ".2026-10")


def test_the_list_leads_to_the_teams_the_newest_reports_and_the_newest_sheet(tmp_path: Path) -> None:
    assert overview_links(tmp_path, wording("zh")) == []
    names = [f"periods/{name}.html" for name in ("2026-W45", "2026-W46", "2026-W47", "2026-10", "2026-11", "all")]
    touch(
        tmp_path,
        "teams/all.html",
        *names,
        "sheets/form-2026-10.xlsx",
        "sheets/form-2026-11.xlsx",
        "sheets/form-all.xlsx",
    )
    found = [href for _, href in overview_links(tmp_path, wording("en"))]
    assert found == [
        "teams/all.en.html",
        *(period_file(name) + ".en.html" for name in ("2026-W47", "2026-W46", "2026-11", "2026-10")),
        "sheets/form-2026-11.xlsx",
    ]
    assert score_sheet_file("form", "2026-11") == "sheets/form-2026-11"
