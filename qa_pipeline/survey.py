"""What one pass over the summaries of all calls tells: what is usual, who said it best, the lines of the list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from qa_pipeline.core.summary import CallSummary
from qa_pipeline.insight.clips import ClipBook
from qa_pipeline.insight.team_norms import NormCollector
from qa_pipeline.report import IndexRow, index_row
from qa_pipeline.report.links import agent_file
from qa_pipeline.rubric.model import Rubric


class Survey:
    """Takes note of summaries on their way to somebody else, who reads them for the same price."""

    def __init__(self, rubric: Rubric | None = None) -> None:
        """``rubric``: of the list, which takes nearly half of the time; without it no lines are made."""
        self._rubric = rubric
        self._norms = NormCollector()
        self.clips = ClipBook()
        self.rows: list[IndexRow] = []
        """One per call, also of those without a page; each names the page that its agent would have."""
        self.norms = self._norms.norms()

    def passing(self, summaries: Iterable[CallSummary]) -> Iterator[CallSummary]:
        """The same summaries; the survey is complete when they come to an end."""
        for summary in summaries:
            self._norms.add(summary)
            self.clips.add(summary)
            if self._rubric:
                page = agent_file(summary.agent) if summary.agent else ""
                self.rows.append(index_row(summary, self._rubric, page))
            yield summary
        self.norms = self._norms.norms()

    def over(self, summaries: Iterable[CallSummary]) -> Survey:
        """This one, when all have passed."""
        for _ in self.passing(summaries):
            pass
        return self
