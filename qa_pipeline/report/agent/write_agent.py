"""Write the page of an agent over a period, in both languages."""

from __future__ import annotations

from pathlib import Path

from qa_pipeline.insight.overview import Group, Overview
from qa_pipeline.report.agent.agent_view import agent_view
from qa_pipeline.report.links import Links, agent_file
from qa_pipeline.report.render import write_page
from qa_pipeline.report.values import PageOptions
from qa_pipeline.report.wording import LANGUAGES, page_suffix, wording
from qa_pipeline.rubric.model import Rubric


def write_agent_page(
    agent: Group,
    overview: Overview,
    rubric: Rubric,
    out: Path,
    made: PageOptions,
    mark: str = "",
    complete: bool = False,
) -> Path:
    """Write ``out/agents/<page name><mark>.html`` and ``….en.html``; the Chinese page is returned.

    Calls are linked to where their pages lie under ``out``.
    """
    stem = agent_file(agent.key, mark)
    for lang in LANGUAGES:
        words = wording(lang)
        view = agent_view(agent, overview, rubric, Links(out, lang, mark=mark, complete=complete), words)
        write_page(out / (stem + page_suffix(lang)), "agent.html", view, words, made)
    return out / (stem + page_suffix(LANGUAGES[0]))
