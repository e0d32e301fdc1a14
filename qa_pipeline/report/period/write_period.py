"""The report of a week, a month or other days, in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from qa_pipeline.core.review import Review
from qa_pipeline.insight.overview import Overview
from qa_pipeline.insight.plan import Plan
from qa_pipeline.report.links import Links, period_file
from qa_pipeline.report.period.period_view import period_view
from qa_pipeline.report.render import write_page
from qa_pipeline.report.values import FailureRow, PageOptions
from qa_pipeline.report.wording import LANGUAGES, page_suffix, wording
from qa_pipeline.rubric.model import Rubric


def write_period_report(
    overview: Overview,
    rubric: Rubric,
    reviews: Sequence[Review],
    failures: Sequence[FailureRow],
    out: Path,
    made: PageOptions,
    plan: Plan,
    complete: bool = False,
    mark: str = "",
) -> Path:
    """Write ``out/periods/<period>.html`` and ``….en.html``; the Chinese page is returned.

    ``reviews``: all of the rubric. ``mark``, ``complete``: which pages of agents and teams it links to (see Links).
    The workbook is linked to where it lies beside the page already.
    """
    stem = period_file(overview.period.name)
    for lang in LANGUAGES:
        words = wording(lang)
        links = Links(out, lang, mark=mark, complete=complete)
        view = period_view(overview, rubric, reviews, failures, links, words, plan, made.made_at)
        write_page(out / f"{stem}{page_suffix(lang)}", "period.html", view, words, made)
    return out / f"{stem}{page_suffix(LANGUAGES[0])}"
