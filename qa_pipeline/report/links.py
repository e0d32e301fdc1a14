"""Addresses of the pages of a report folder, relative to the page that links to them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from qa_pipeline.report.names import page_name
from qa_pipeline.report.wording import Wording, page_suffix


@dataclass(frozen=True)
class Links:
    """``out``: the report folder, where a call's page must lie to be linked to; ``up``: the way from the linking page
    to that folder (``../`` from ``agents/``); ``lang``: the language to stay in; ``mark``: what the file names of
    another period than the usual one end with."""

    out: Path
    lang: str
    up: str = "../"
    mark: str = ""
    complete: bool = False
    """All pages of agents and teams are being written: they are linked to before they lie there."""

    def index(self) -> str:
        return f"{self.up}index{page_suffix(self.lang)}"

    def call(self, call_id: str, at_s: float | None = None, turn: int | None = None) -> str:
        """The call's page, at a time or turn; empty where it has none."""
        stem = page_name(call_id)
        if not (self.out / "calls" / f"{stem}.html").exists():
            return ""
        place = f"#t={at_s:.1f}" if at_s is not None else f"#t{turn}" if turn is not None else ""
        return f"{self.up}calls/{stem}{page_suffix(self.lang)}{place}"

    def agent(self, key: str) -> str:
        return self._page(agent_file(key, self.mark)) if key else ""

    def team(self, key: str = "") -> str:
        """The page of a team; without a key that of all teams."""
        return self._page(team_file(key, self.mark))

    def _page(self, stem: str) -> str:
        is_there = self.complete or (self.out / f"{stem}.html").exists()
        return f"{self.up}{stem}{page_suffix(self.lang)}" if is_there else ""

    def coaching(self, key: str, suffix: str = "") -> str:
        """The one-to-one sheet of an agent; ``suffix``: ``.xlsx`` for the workbook."""
        page = self._page(coaching_file(key, self.mark))
        return page and f"{self.up}{coaching_file(key, self.mark)}{suffix or page_suffix(self.lang)}"

    def period(self, name: str, suffix: str = "") -> str:
        """The report of a week or month; ``suffix``: ``.xlsx`` for the workbook."""
        return f"{self.up}{period_file(name)}{suffix or page_suffix(self.lang)}"


_ALL_TEAMS = "all"


def agent_file(key: str, mark: str = "") -> str:
    """Path in the report folder, without its ending."""
    return f"agents/{page_name(key)}{mark}"


def team_file(key: str, mark: str = "") -> str:
    # No team takes the place of the page over all of them.
    own = f"team-{key}" if key.casefold() == _ALL_TEAMS else key
    return f"teams/{page_name(own) if key else _ALL_TEAMS}{mark}"


def coaching_file(key: str, mark: str = "") -> str:
    return f"coaching/{page_name(key)}{mark}"


def period_file(name: str) -> str:
    return f"periods/{name}"


def score_sheet_file(rubric_id: str, name: str) -> str:
    """The Excel score sheet of a rubric and period."""
    return f"sheets/{page_name(rubric_id)}-{name}"


#: Reports of past weeks and months that the list of calls links to; the team page has them all.
_RECENT = 2


def overview_links(out: Path, words: Wording) -> list[tuple[str, str]]:
    """Label and address, from the report folder, of the pages about the whole that lie there: the teams, the newest
    weekly and monthly reports, the newest score sheet."""
    suffix, found = page_suffix(words.lang), []
    if (out / f"{team_file('')}.html").exists():
        found.append((words.text("links.teams"), team_file("") + suffix))
    for kind, pattern in (("week", "????-W??.html"), ("month", "????-??.html")):
        names = sorted((path.stem for path in (out / "periods").glob(pattern)), reverse=True)[:_RECENT]
        found += [(words.text(f"links.{kind}", name=name), period_file(name) + suffix) for name in names]
    sheets = sorted((out / "sheets").glob("*-????-??.xlsx"), key=lambda path: path.stem[-7:], reverse=True)
    return found + [(words.text("links.sheet"), f"sheets/{path.name}") for path in sheets[:1]]
