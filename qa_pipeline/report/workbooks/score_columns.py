"""The columns of a score sheet: what stands in them, and the codes by which they are found again when it is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa_pipeline.core.score import PointKind, Verdict
from qa_pipeline.report.clip_view import RubricTitles
from qa_pipeline.report.names import page_name
from qa_pipeline.report.text import shown_identifier
from qa_pipeline.report.wording import Wording, points
from qa_pipeline.rubric.model import Criterion, Rubric, Section

#: Codes of columns that are read back; those of criteria are ``verdict:`` and ``quote:`` with the criterion's id.
KEY, COMMENT, APPEAL, REASON = "key", "comment", "appeal", "reason"
VERDICT, QUOTE = "verdict:", "quote:"

#: What stands in the column of keys beside the rows of the head: they hold no call.
HEAD_KEY = "#"

#: Rows of the head: codes (hidden), sections, criteria, names of columns (with the filters).
CODES_ROW, SECTIONS_ROW, TITLES_ROW, NAMES_ROW, FIRST_ROW = 1, 2, 3, 4, 5

#: Columns about the call, with their widths in characters.
CALL_COLUMNS = (
    ("call", 22.0),
    ("agent", 12.0),
    ("agent_id", 10.0),
    ("team", 12.0),
    ("started_at", 17.0),
    ("direction", 8.0),
    ("outcome", 11.0),
    ("duration", 9.0),
    ("points", 8.0),
    ("points_possible", 8.0),
    ("percent", 9.0),
    ("state", 15.0),
)
ANSWER_COLUMNS = ((COMMENT, 36.0), (APPEAL, 30.0), (REASON, 30.0))
_KEY_WIDTH, _VERDICT_WIDTH, _QUOTE_WIDTH = 10.0, 13.0, 38.0

#: Verdicts as the hidden sheet keeps them, one letter each; no letter: there was none.
LETTERS = {
    Verdict.MET: "m",
    Verdict.PARTLY: "p",
    Verdict.MISSED: "x",
    Verdict.NOT_APPLICABLE: "n",
    Verdict.NOT_SCORABLE: "u",
}
NO_VERDICT = "-"
VERDICT_OF = {letter: verdict for verdict, letter in LETTERS.items()}


@dataclass(frozen=True)
class Column:
    """One column: its code, the texts above it, its width in characters."""

    code: str
    name: str
    width: float
    title: str = ""
    section: str = ""


def columns(rubric: Rubric, words: Wording) -> tuple[Column, ...]:
    """All columns from left to right: the hidden key, the call, two for each criterion, what people fill in."""
    titles = RubricTitles(rubric, words)
    made = [Column(KEY, HEAD_KEY, _KEY_WIDTH)]
    call = words.text("sheet.call")
    made += [Column(code, words.text(f"sheet.column.{code}"), width, "", call) for code, width in CALL_COLUMNS]
    for section in rubric.sections:
        for criterion in section.criteria:
            made += _of_criterion(section, criterion, titles, words)
    fill_in = words.text("sheet.fill_in")
    made += [Column(code, words.text(f"sheet.column.{code}"), width, "", fill_in) for code, width in ANSWER_COLUMNS]
    return tuple(made)


def _of_criterion(
    section: Section, criterion: Criterion, titles: RubricTitles, words: Wording
) -> tuple[Column, Column]:
    title = titles.criterion(criterion.id)
    title = words.text("sheet.red_line", title=title) if criterion.fatal else title
    name = f"{points_text(section, criterion, words)}\n{words.text('sheet.column.verdict')}"
    above = titles.section(section.id)
    return (
        Column(VERDICT + criterion.id, name, _VERDICT_WIDTH, title, above),
        Column(QUOTE + criterion.id, words.text("sheet.column.quote"), _QUOTE_WIDTH, title, above),
    )


def points_text(section: Section, criterion: Criterion, words: Wording) -> str:
    """What a criterion can change, weights included: ``10 分``, ``最多扣 5 分``, ``加 2 分``."""
    kind = {PointKind.DEDUCTED: "deducted", PointKind.BONUS: "bonus"}.get(criterion.kind, "earned")
    return words.text(f"sheet.points.{kind}", points=points(section.weight * criterion.limit))


#: Put before a verdict that a person confirms as it stands: ``确认不符合``. As ``_plain`` of the reader writes them.
CONFIRMED = ("确认", "confirmed:", "confirmed")


def verdict_word(verdict: Verdict, words: Wording) -> str:
    """What inspectors call a verdict."""
    return words.text(f"sheet.verdict.{verdict}")


def runs(values: Sequence[str]) -> list[tuple[int, int]]:
    """First and last place of each run of equal values that are not empty, counted from 0."""
    found: list[tuple[int, int]] = []
    for place, value in enumerate(values):
        if value and place and values[place - 1] == value:
            found[-1] = (found[-1][0], place)
        elif value:
            found.append((place, place))
    return found


def call_key(call_id: str) -> str:
    """What a call goes by in a workbook: its id, or a name with a hash where the id could hold a customer's number."""
    plain = call_id.isprintable() and call_id == call_id.strip() and call_id not in ("", HEAD_KEY)
    return call_id if plain and shown_identifier(call_id) == call_id else page_name(call_id)
