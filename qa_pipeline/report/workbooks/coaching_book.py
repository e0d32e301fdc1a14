"""The one-to-one coaching sheet as a workbook: filled in during the talk, and read back for the next one."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa_pipeline.language.redaction import mask_identifier
from qa_pipeline.report.coaching.coaching_sheet_values import CoachingSheetView, NumberedClip, PointView, RedLineView
from qa_pipeline.report.names import page_name
from qa_pipeline.report.wording import wording
from qa_pipeline.report.workbooks import coaching_layout as layout
from qa_pipeline.report.workbooks import marker
from qa_pipeline.report.workbooks.archive import save
from qa_pipeline.report.workbooks.cells import link, raw_cell, text_cell
from qa_pipeline.report.workbooks.coaching_layout import FILL_IN, FILL_IN_DATE, Form
from qa_pipeline.report.workbooks.coaching_reading import LIST_SHEET, read_coaching_book
from qa_pipeline.report.workbooks.style import Look
from qa_pipeline.rubric.model import Rubric

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell

__all__ = ["read_coaching_book", "write_coaching_book"]

_WRITE_PT = 32.0  # two lines by hand
_ACTION_PT = 44.0


def write_coaching_book(
    view: CoachingSheetView, agent: str, rubric: Rubric, path: Path, made_at: datetime | None = None
) -> Path:
    """Write the Chinese sheet of an agent (``agent``: the key of its group); the path is returned."""
    from openpyxl import Workbook

    workbook = Workbook()
    sheet: Any = workbook.active
    sheet.title = _t("book.sheet")
    sheet.sheet_view.showGridLines = False
    form = Form(workbook, sheet)
    rules = _Rules(sheet, view, _criteria(workbook, rubric))
    _head(form, view, rules)
    _clips(form, view, rules)
    front = form.row
    _red_lines(form, view)
    _leader(form, view)
    _agreed(form, view)
    _agreement(form, view, rules)
    _signatures(form, rules)
    layout.set_up_print(sheet, form.row, [front])
    marker.mark(workbook, marker.COACHING_BOOK, {"agent": _exact(agent_key_in_book(agent)), "rubric": rubric.id})
    return save(workbook, path, made_at)


def _t(key: str, **values: object) -> str:
    return wording("zh").text(f"coaching_sheet.{key}", **values)


def agent_key_in_book(agent: str) -> str:
    """What an agent goes by in a workbook: the id, or a name with a hash where the id holds a number that is masked."""
    return agent if mask_identifier(agent) == agent else page_name(agent)


def _exact(key: str) -> str:
    """A key comes back as it was, whatever is in it: cells lose control characters and change ``_x0041_``."""
    return json.dumps(key).replace("_", "\\u005f")


def _criteria(workbook: Any, rubric: Rubric) -> int:
    """The hidden list of titles and ids; how many there are. A title that two criteria have is told apart by the id."""
    sheet = workbook.create_sheet(LIST_SHEET)
    titles = [c.title.strip() for c in rubric.criteria]
    for criterion, title in zip(rubric.criteria, titles, strict=True):
        told = title if titles.count(title) == 1 else f"{title} ({criterion.id})"
        sheet.append([text_cell(sheet, told), raw_cell(sheet, criterion.id), text_cell(sheet, criterion.title_en)])
    sheet.sheet_state = "hidden"
    return len(titles)


class _Rules:
    """What may be chosen in a cell. Other entries are asked about, not refused: the reader understands more."""

    def __init__(self, sheet: Any, view: CoachingSheetView, criteria: int) -> None:
        from openpyxl.worksheet.datavalidation import DataValidation

        ratings = ",".join(view.ratings)
        self.rating = DataValidation("list", formula1=f'"{ratings}"', allow_blank=True)
        self.criterion = DataValidation("list", formula1=f"'{LIST_SHEET}'!$A$1:$A${criteria}", allow_blank=True)
        self.day = DataValidation("date", operator="greaterThan", formula1="36526", allow_blank=True)  # 2000-01-01
        for rule, prompt in ((self.rating, "pick"), (self.criterion, "pick"), (self.day, "date")):
            rule.errorStyle, rule.showErrorMessage, rule.showInputMessage = "warning", True, True
            rule.prompt = rule.error = _t(f"book.{prompt}")
            sheet.add_data_validation(rule)

    def add(self, rule: Any, cell: Cell) -> None:
        rule.add(cell.coordinate)


def _head(form: Form, view: CoachingSheetView, rules: _Rules) -> None:
    form.next(30)
    form.put(1, 6, layout.TITLE, _t("title"))
    form.next()
    form.put(1, 6, layout.NOTE, f"{_t('book.fill')}；{_t('book.date')}。")
    form.next(22)
    _fact(form, 1, 2, "agent", view.agent)
    _fact(form, 3, 4, "agent_id", view.agent_id)
    rules.add(rules.day, _fact(form, 5, 6, "date", None, FILL_IN_DATE))
    form.next(22)
    _fact(form, 1, 2, "leader", None)
    _fact(form, 3, 6, "team", view.team)
    form.next(22)
    _fact(form, 1, 2, "period", view.period)
    _fact(form, 3, 6, "calls", f"{view.scored} · {view.rubric}")
    _line(form, _t("score.label"), view.score_line)
    _line(form, _t("order"), " → ".join(f"{n}. {step.title}" for n, step in enumerate(view.steps, view.first_step)))


def _fact(form: Form, first: int, last: int, name: str, value: str | None, blank: Look = FILL_IN) -> Cell:
    """A label and what belongs to it; None: to be filled in."""
    form.put(first, first, layout.LABEL, _t(name))
    return form.put(first + 1, last, blank if value is None else layout.TEXT, value or "")


def _line(form: Form, label: str, text: str) -> None:
    form.next()
    form.put(1, 1, layout.LABEL, label)
    form.put(2, 6, layout.TEXT, text)


def _write(form: Form, label: str, height_pt: float = _WRITE_PT) -> None:
    form.next(height_pt)
    form.put(1, 1, layout.LABEL, label)
    form.put(2, 6, FILL_IN)


def _section(form: Form, name: str, note: str = "") -> None:
    _heading(form, _t(name), note)


def _heading(form: Form, title: str, note: str = "") -> None:
    form.next(8)
    form.next(20)
    form.put(1, 6, layout.SECTION, title)
    if note:
        form.next()
        form.put(1, 6, layout.NOTE, note)


def _clips(form: Form, view: CoachingSheetView, rules: _Rules) -> None:
    _heading(form, view.front, view.empty or view.front_note)
    for item in view.clips:
        _clip(form, item, rules)
    for number in view.blank_clips:
        form.next(22)
        form.put(1, 1, layout.LABEL, _t("clip", number=number))
        form.put(2, 4, FILL_IN)
        _own(form, rules)
        _write(form, _t("own_words"))


def _clip(form: Form, item: NumberedClip, rules: _Rules) -> None:
    form.next(22)
    form.put(1, 1, layout.LABEL, _t("clip", number=item.number))
    form.put(2, 2, layout.TEXT, item.clip.criterion)
    place = f"{item.clip.call_id} {item.clip.time}".strip()
    cell = form.put(3, 4, layout.LINKED if item.clip.href else layout.TEXT, place)
    if item.clip.href:
        link(cell, item.clip.href)
        if cell.hyperlink:
            cell.hyperlink.ref = cell.coordinate
    _own(form, rules)
    _line(form, _t("words"), item.clip.text or _t("no_words"))
    _write(form, _t("own_words"))


def _own(form: Form, rules: _Rules) -> None:
    form.put(5, 5, layout.LABEL, _t("own"))
    rules.add(rules.rating, form.put(6, 6, FILL_IN))


def _red_lines(form: Form, view: CoachingSheetView) -> None:
    """What is talked about before anything else; nothing where no red line is suspected."""
    if not view.red_lines:
        return
    _section(form, "red", _t("red.note"))
    for item in view.red_lines:
        _red_line(form, item)
    if view.red_more:
        _line(form, "", view.red_more)
    _write(form, _t("red.commitment"))


def _red_line(form: Form, item: RedLineView) -> None:
    clips = f"（{item.clips}）" if item.clips else ""
    _line(form, _t("red.rule"), f"{item.criterion}{clips}：{item.told}\n{item.rule}")


def _leader(form: Form, view: CoachingSheetView) -> None:
    _section(form, "leader_view", _t("leader_view.note"))
    _points(form, "praise", view.praise, view.missing)
    _points(form, "problem", view.problems, view.missing)
    for item in view.expectations:
        model = f"\n{_t('model')} {item.model.agent}：“{item.model.text}”" if item.model else ""
        _line(form, _t("expectation"), f"{item.criterion}：{item.advice}{model}")
    if not view.expectations:
        _line(form, _t("expectation"), view.missing["expectation"])
    _write(form, _t("notes"))


def _points(form: Form, name: str, points: tuple[PointView, ...], missing: dict[str, str]) -> None:
    for point in points:
        clips = f"（{point.clips}）" if point.clips else ""
        _line(form, _t(name), f"{point.criterion}{clips}：{point.text}")
    if not points:
        _line(form, _t(name), missing[name])
    _write(form, _t("notes"))


def _agreed(form: Form, view: CoachingSheetView) -> None:
    _section(form, "agreed", view.agreed_note)
    for item in view.agreed:
        about = f"{item.action}（{_t('agreed.criterion')}：{item.criterion}；{_t('agreed.due')}：{item.due_on}）"
        _line(form, item.agreed_on, f"{about}\n{item.change}")


def _agreement(form: Form, view: CoachingSheetView, rules: _Rules) -> None:
    _section(form, "agreement", _t("agreement.note"))
    for goal in filter(None, view.goals):
        form.next()
        form.put(1, 1, layout.SUGGESTION, _t("suggestion"))
        form.put(2, 6, layout.SUGGESTION, f"{goal.criterion}：{goal.target}")
    form.next(22)
    form.put(1, 2, layout.COLUMN, _t("action"))
    for column, name in enumerate(("criterion", "target", "due", "review"), 3):
        form.put(column, column, layout.COLUMN, _t(name))
    for _ in view.goals:
        form.next(_ACTION_PT)
        form.put(1, 2, FILL_IN)
        rules.add(rules.criterion, form.put(3, 3, FILL_IN))
        form.put(4, 4, FILL_IN)
        for column in (5, 6):
            rules.add(rules.day, form.put(column, column, FILL_IN_DATE))


def _signatures(form: Form, rules: _Rules) -> None:
    form.next(10)
    for who in ("agent", "leader"):
        form.next(30)
        form.put(1, 1, layout.LABEL, _t(f"sign.{who}"))
        form.put(2, 4, FILL_IN)
        form.put(5, 5, layout.LABEL, _t("sign.date"))
        rules.add(rules.day, form.put(6, 6, FILL_IN_DATE))
