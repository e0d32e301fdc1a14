"""The list of calls, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from qa_pipeline.report.index.index_rows import IndexRow
from qa_pipeline.report.index.index_view import index_view
from qa_pipeline.report.render import write_page
from qa_pipeline.report.values import FailureRow, PageOptions
from qa_pipeline.report.wording import LANGUAGES, Wording, page_suffix, wording
from qa_pipeline.rubric.model import Rubric


def write_index(
    rows: Iterable[IndexRow],
    failures: Sequence[FailureRow],
    out: Path,
    made: PageOptions,
    rubric: Rubric | None = None,
    overviews: Callable[[Wording], Sequence[tuple[str, str]]] = lambda words: (),
) -> Path:
    """Write ``out/index.html`` and ``out/index.en.html``; the Chinese page is returned.

    ``rubric`` is named at the head of the list; ``overviews`` gives label and address of the pages about the whole.
    """
    kept = tuple(rows)
    for lang in LANGUAGES:
        words = wording(lang)
        view = index_view(kept, failures, words, made, rubric, overviews(words))
        write_page(out / ("index" + page_suffix(lang)), "index.html", view, words, made)
    return out / "index.html"
