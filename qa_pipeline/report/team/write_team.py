"""The page of a team, and that of all teams, in both languages."""

from __future__ import annotations

from pathlib import Path

from qa_pipeline.insight.overview import Group, Overview
from qa_pipeline.insight.plan import Plan
from qa_pipeline.report.links import Links, team_file
from qa_pipeline.report.render import write_page
from qa_pipeline.report.team.team_view import team_view
from qa_pipeline.report.values import PageOptions
from qa_pipeline.report.wording import LANGUAGES, page_suffix, wording
from qa_pipeline.rubric.model import Rubric


def write_team_page(
    team: Group,
    overview: Overview,
    rubric: Rubric,
    out: Path,
    made: PageOptions,
    plan: Plan,
    mark: str = "",
    complete: bool = False,
) -> Path:
    """Write ``out/teams/<page name>.html`` and ``….en.html``; the Chinese page is returned. ``mark``: see Links."""
    stem = team_file(team.key, mark)
    for lang in LANGUAGES:
        words = wording(lang)
        view = team_view(team, overview, rubric, Links(out, lang, mark=mark, complete=complete), words, plan)
        write_page(out / f"{stem}{page_suffix(lang)}", "team.html", view, words, made)
    return out / f"{stem}{page_suffix(LANGUAGES[0])}"
