"""What lies over the rows of a score sheet: filters, merged titles, lists to choose from, colours by verdict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qa_pipeline.core.score import Verdict
from qa_pipeline.report.wording import Wording
from qa_pipeline.report.workbooks import score_columns as form
from qa_pipeline.report.workbooks import style


def add_rules(sheet: Any, columns: Sequence[form.Column], last: int, words: Wording) -> None:
    """Call it after the last row (number ``last``)."""
    from openpyxl.utils import get_column_letter

    letters = {column.code: get_column_letter(number) for number, column in enumerate(columns, 1)}
    sheet.auto_filter.ref = f"A{form.NAMES_ROW}:{letters[columns[-1].code]}{last}"
    _merge(sheet, form.SECTIONS_ROW, [column.section for column in columns])
    _merge(sheet, form.TITLES_ROW, _titles(columns))
    _mark_red_lines(sheet, letters, last, words)
    verdicts = [letter for code, letter in letters.items() if code.startswith(form.VERDICT)]
    ranges = " ".join(f"{letter}{form.FIRST_ROW}:{letter}{last}" for letter in verdicts)
    _choose(sheet, ranges, words)
    for verdict in Verdict:
        rule = style.word_rule(form.verdict_word(verdict, words), *style.VERDICTS[verdict])
        sheet.conditional_formatting.add(ranges, rule)


def _titles(columns: Sequence[form.Column]) -> list[str]:
    """What belongs together by the criterion's id: two criteria may have the same title."""
    return [column.code.partition(":")[2] for column in columns]


def _merge(sheet: Any, row: int, values: Sequence[str]) -> None:
    from openpyxl.utils import get_column_letter

    for first, last in form.runs(values):
        if last > first:
            sheet.merged_cells.add(f"{get_column_letter(first + 1)}{row}:{get_column_letter(last + 1)}{row}")


def _mark_red_lines(sheet: Any, letters: dict[str, str], last: int, words: Wording) -> None:
    """The row's part about the call, and more strongly the result itself."""
    state, first = letters["state"], letters["call"]
    # Criteria that bring only a section to zero end in the same state as those that fail the call.
    holds = f"${state}{form.FIRST_ROW}={style.quoted(words.text('state.redline'))}"
    where = f"{state}{form.FIRST_ROW}:{state}{last}"
    sheet.conditional_formatting.add(where, style.formula_rule(holds, *style.RED_LINE, bold=True))
    row = f"{first}{form.FIRST_ROW}:{letters['percent']}{last}"
    sheet.conditional_formatting.add(row, style.formula_rule(holds, *style.RED_LINE_ROW, bold=True))
    for code, verdict in (("passed", Verdict.MET), ("failed", Verdict.MISSED)):
        ink, fill, bold, italic = style.VERDICTS[verdict]
        rule = style.word_rule(words.text(f"state.{code}"), ink, fill, bold, italic)
        sheet.conditional_formatting.add(where, rule)


def _choose(sheet: Any, ranges: str, words: Wording) -> None:
    from openpyxl.worksheet.datavalidation import DataValidation

    missed = form.CONFIRMED[0 if words.lang == "zh" else 1] + form.verdict_word(Verdict.MISSED, words)
    listed = ",".join([*(form.verdict_word(verdict, words) for verdict in Verdict), missed])
    rule = DataValidation(type="list", formula1=style.quoted(listed), allow_blank=True, showErrorMessage=True)
    rule.errorTitle, rule.error = words.text("sheet.choose.title"), words.text("sheet.choose.error")
    rule.sqref = _cell_ranges(ranges)
    sheet.data_validations.append(rule)


def _cell_ranges(ranges: str) -> Any:
    from openpyxl.worksheet.cell_range import MultiCellRange

    return MultiCellRange(ranges)
