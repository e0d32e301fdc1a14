"""The score sheet (评分表) as inspectors use it: a row per call, verdict and evidence per criterion, and what to add.

Rows are written as they come: the memory does not grow with the calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from qa_pipeline.core.summary import CallSummary, CriterionSummary
from qa_pipeline.report.links import Links, score_sheet_file
from qa_pipeline.report.text import clean, shown
from qa_pipeline.report.values import PageOptions
from qa_pipeline.report.wording import Wording, clock, wording
from qa_pipeline.report.workbooks import cells, marker, style
from qa_pipeline.report.workbooks import score_columns as form
from qa_pipeline.report.workbooks.archive import discard, save
from qa_pipeline.report.workbooks.score_about import write_about
from qa_pipeline.report.workbooks.score_rules import add_rules
from qa_pipeline.rubric.model import Rubric

#: The hidden sheet with the verdicts as they were written, to see which ones people changed.
VERDICTS_SHEET = "_verdicts"

VERDICT_LOOK = style.Look(align="center", format=style.TEXT)

#: Three lines of text: quotes are read in the cell, and a screen still shows a dozen calls.
_ROW_PT = 48
_HEAD_PT = {form.SECTIONS_ROW: 22, form.TITLES_ROW: 36, form.NAMES_ROW: 34}


def write_score_sheet(
    summaries: Iterable[CallSummary], rubric: Rubric, out: Path, made: PageOptions, period_name: str, lang: str = "zh"
) -> Path:
    """Write the workbook of a rubric and a period into the report folder ``out``; its path is returned.

    Calls are linked to their pages where these exist by then. ValueError: the period's name is no file name.
    """
    from openpyxl import Workbook

    if not period_name or {"/", "\\"} & set(period_name):
        raise ValueError(f"{period_name!r} is no name of a period")
    book = Workbook(write_only=True)
    sheets = _ScoreSheet(book, rubric, Links(out, lang), wording(lang))
    try:
        for summary in summaries:
            sheets.add(summary)
        sheets.finish()
    except BaseException:
        discard(book)
        raise
    write_about(sheets.about, sheets.styles, rubric, made, period_name, sheets.calls, wording(lang))
    marked = {"rubric": rubric.id, "version": rubric.version, "period": period_name, "lang": lang}
    marker.mark(book, marker.SCORE_SHEET, marked | {"made": made.made_at.isoformat() if made.made_at else ""})
    return save(book, out / f"{score_sheet_file(rubric.id, period_name)}.xlsx", made.made_at)


class _ScoreSheet:
    """The sheets of one workbook while it is written."""

    def __init__(self, book: Any, rubric: Rubric, links: Links, words: Wording) -> None:
        self.styles = style.Styles(book)
        self._links, self._words = links, words
        self.columns = form.columns(rubric, words)
        self._criteria = tuple(criterion.id for criterion in rubric.criteria)
        taken = {marker.SHEET.casefold(), VERDICTS_SHEET.casefold()}
        about = cells.sheet_name(words.text("sheet.about"), taken)
        title = words.either(rubric.title, rubric.title_en)
        self.about = book.create_sheet(about)
        self.sheet = book.create_sheet(cells.sheet_name(title, taken, rubric.id))
        self._kept = book.create_sheet(VERDICTS_SHEET)
        self.calls = 0
        self._linked = 0
        _set_up(self.sheet, self.columns)
        self._write_head()

    def add(self, summary: CallSummary) -> None:
        """Write one call."""
        self.calls += 1
        self.sheet.row_dimensions[form.NAMES_ROW + self.calls].height = _ROW_PT
        self.sheet.append(list(self._row(summary)))
        # Rows that are written need no dimensions any more.
        del self.sheet.row_dimensions[form.NAMES_ROW + self.calls]
        known = {criterion.criterion_id: criterion.verdict for criterion in summary.criteria}
        letters = "".join(form.LETTERS[known[id_]] if id_ in known else form.NO_VERDICT for id_ in self._criteria)
        self._kept.append([cells.raw_cell(self._kept, text) for text in (form.call_key(summary.call_id), letters)])

    def finish(self) -> None:
        """Add what needs the number of rows, and hide what is for the program."""
        last = form.FIRST_ROW + max(0, self.calls - 1)
        add_rules(self.sheet, self.columns, last, self._words)
        self._kept.sheet_state = "veryHidden"

    def _write_head(self) -> None:
        look = self.styles
        hidden, heading, column = look(style.HIDDEN), look(style.HEADING), look(style.COLUMN)
        self._kept.append([cells.raw_cell(self._kept, text) for text in ("criteria", ",".join(self._criteria))])
        self.sheet.append([cells.raw_cell(self.sheet, c.code, hidden) for c in self.columns])
        for texts, painted in (
            ([c.section for c in self.columns], heading),
            ([c.title for c in self.columns], column),
        ):
            above = [cells.raw_cell(self.sheet, shown(text), painted) for text in texts]
            above[0] = cells.raw_cell(self.sheet, form.HEAD_KEY, hidden)
            self.sheet.append(above)
        self.sheet.append([self._name(c) for c in self.columns])

    def _name(self, column: form.Column) -> cells.Cell:
        if column.code == form.KEY:
            return cells.raw_cell(self.sheet, form.HEAD_KEY, self.styles(style.HIDDEN))
        answers = column.code in (form.COMMENT, form.APPEAL, form.REASON)
        return cells.raw_cell(self.sheet, column.name, self.styles(style.TO_FILL_IN if answers else style.COLUMN))

    def _row(self, summary: CallSummary) -> Iterator[cells.Cell]:
        page = self._links.call(summary.call_id)
        yield cells.raw_cell(self.sheet, form.call_key(summary.call_id), self.styles(style.HIDDEN))
        yield from self._about_call(summary, page)
        known = {criterion.criterion_id: criterion for criterion in summary.criteria}
        for criterion_id in self._criteria:
            yield from self._of_criterion(known.get(criterion_id), page)
        for _ in form.ANSWER_COLUMNS:
            yield cells.blank_cell(self.sheet, self.styles(style.ANSWER))

    def _about_call(self, summary: CallSummary, page: str) -> Iterator[cells.Cell]:
        sheet, words = self.sheet, self._words
        plain = self.styles(style.WRAPPED)
        call_id = clean(summary.call_id)
        call = cells.identifier_cell(sheet, call_id, self.styles(style.LINKED) if page else plain)
        yield self._link(call, page)
        yield cells.text_cell(sheet, summary.agent_name or words.text("agent.unknown"), plain)
        yield cells.identifier_cell(sheet, summary.agent_id, plain)
        yield cells.text_cell(sheet, summary.team, plain)
        yield cells.moment_cell(sheet, summary.started_at, self._number(style.DATE_TIME))
        yield cells.text_cell(sheet, words.word("direction", summary.direction) if summary.direction else "", plain)
        yield cells.text_cell(sheet, words.word("outcome", summary.outcome) if summary.outcome else "", plain)
        duration = None if summary.duration_s is None else summary.duration_s / style.SECONDS_PER_DAY
        yield cells.number_cell(sheet, duration, self._number(style.MINUTES))
        yield cells.number_cell(sheet, summary.points, self._number(style.POINTS))
        yield cells.number_cell(sheet, summary.points_possible, self._number(style.POINTS))
        share = None if summary.percent is None else summary.percent / 100
        yield cells.number_cell(sheet, share, self._number(style.PERCENT))
        yield cells.text_cell(sheet, words.word("state", summary.state), plain)

    def _number(self, form_of: str) -> Any:
        return self.styles(style.Look(format=form_of, align="right"))

    def _of_criterion(self, found: CriterionSummary | None, page: str) -> Iterator[cells.Cell]:
        verdict = form.verdict_word(found.verdict, self._words) if found else ""
        yield cells.raw_cell(self.sheet, verdict, self.styles(VERDICT_LOOK))
        quote = cells.raw_cell(self.sheet, quote_text(found, self._words), self.styles(style.WRAPPED))
        clip = found.clip if found else None
        if clip is None or not page or not quote.value:
            yield quote
            return
        place = f"#t={clip.start_s:.1f}" if clip.start_s is not None else f"#t{clip.turn}"
        yield self._link(quote, page + place)

    def _link(self, cell: cells.Cell, address: str) -> cells.Cell:
        if not address or self._linked >= cells.MAX_LINKS:
            return cell
        self._linked += 1
        return cells.link(cell, address)


def quote_text(found: CriterionSummary | None, words: Wording) -> str:
    """``[1:23] …``: the passage, what came nearest, or that nothing was found; who changed the verdict before."""
    if found is None:
        return ""
    parts = [_clip_text(found, words)]
    if found.machine_verdict is not None:
        parts.append(words.text("sheet.changed", verdict=form.verdict_word(found.machine_verdict, words)))
    return "\n".join(filter(None, parts))


def _clip_text(found: CriterionSummary, words: Wording) -> str:
    clip = found.clip
    if clip is None or not found.verdict.counts:
        return ""
    text = shown(clip.text)
    if not found.is_hit:
        text = words.text("sheet.near", text=text) if text else words.text("sheet.searched")
    return text if clip.start_s is None else f"[{clock(clip.start_s)}] {text}"


def _set_up(sheet: Any, columns: tuple[form.Column, ...]) -> None:
    """All that stands before the rows in the file."""
    from openpyxl.utils import get_column_letter

    style.set_widths(sheet, [column.width for column in columns])
    style.set_up_print(sheet, f"{form.SECTIONS_ROW}:{form.NAMES_ROW}", style.PAPER_A3)
    for number, column in enumerate(columns, 1):
        if column.code.startswith(form.QUOTE):
            sheet.column_dimensions[get_column_letter(number)].outlineLevel = 1
    # openpyxl counts the levels only after it has written their number.
    sheet.column_dimensions.max_outline = 1
    sheet.column_dimensions["A"].hidden = True
    sheet.row_dimensions[form.CODES_ROW].hidden = True
    for row, height in _HEAD_PT.items():
        sheet.row_dimensions[row].height = height
    # The verdict stands to the left of its evidence: there the sign to fold it belongs.
    sheet.sheet_properties.outlinePr.summaryRight = False
    sheet.freeze_panes = f"D{form.FIRST_ROW}"
