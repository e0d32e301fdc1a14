"""Writes the one-to-one coaching sheet of an agent: two pages to print, one per language, and the workbook."""

from __future__ import annotations

from pathlib import Path

from qa_pipeline.insight.overview import Group, Overview
from qa_pipeline.report.coaching.coaching_sheet_view import coaching_sheet_view
from qa_pipeline.report.links import Links, coaching_file
from qa_pipeline.report.render import write_page
from qa_pipeline.report.values import PageOptions
from qa_pipeline.report.wording import LANGUAGES, page_suffix, wording
from qa_pipeline.report.workbooks.coaching_book import write_coaching_book
from qa_pipeline.rubric.model import Rubric


def write_coaching_sheet(
    agent: Group,
    overview: Overview,
    rubric: Rubric,
    out: Path,
    made: PageOptions,
    mark: str = "",
    complete: bool = False,
) -> Path:
    """Write ``coaching/<agent>.html``, ``….en.html`` and ``….xlsx`` below ``out``; the Chinese page is returned.

    ``mark`` ends the file names of another period than the usual one. The workbook is Chinese, as its readers are.
    """
    stem = coaching_file(agent.key, mark)
    for lang in LANGUAGES:
        words = wording(lang)
        view = coaching_sheet_view(agent, overview, rubric, words, Links(out, lang, mark=mark, complete=complete))
        write_page(out / (stem + page_suffix(lang)), "coaching_sheet.html", view, words, made)
        if lang == LANGUAGES[0]:
            write_coaching_book(view, agent.key, rubric, out / f"{stem}.xlsx", made.made_at)
    return out / (stem + page_suffix(LANGUAGES[0]))
