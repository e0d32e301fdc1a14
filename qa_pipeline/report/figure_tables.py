"""Tables of figures: what stands in a cell, and the value behind it, so that a page and a workbook say the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from qa_pipeline.insight.intervals import Estimate
from qa_pipeline.report.wording import UNKNOWN, number, percent

#: Says a number of calls in the reader's language.
Counted = Callable[[int], str]


@dataclass(frozen=True)
class Column:
    """``kind``: text, id (kept on one line), long (sentences), time, count, score (0–100, points), share (0..1), or
    change (a word, with the difference as value and small print); says how a workbook writes ``Cell.value``."""

    title: str
    kind: str = "text"


@dataclass(frozen=True)
class Cell:
    """``text`` is fit to be shown. ``value``: the number behind it, unrounded; None for words and what is unknown."""

    text: str
    value: float | None = None
    note: str = ""
    """Small print below: n, interval."""
    href: str = ""
    mark: str = ""
    """better, worse, unclear, too_few, or the state of a call: a class of the style sheet."""


@dataclass(frozen=True)
class FigureTable:
    """The first cell heads its row. ``empty`` is said instead of a table without rows."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    empty: str = ""
    note: str = ""


def text_cell(text: str, href: str = "", note: str = "", mark: str = "") -> Cell:
    return Cell(text or UNKNOWN, None, note, href, mark)


def count_cell(count: int | None, note: str = "", mark: str = "") -> Cell:
    return Cell(UNKNOWN, None, note) if count is None else Cell(str(count), float(count), note, mark=mark)


def points_cell(value: float | None, note: str = "") -> Cell:
    return Cell(UNKNOWN, None, note) if value is None else Cell(number(value), value, note)


def score_cell(score: Estimate | None, counted: Counted) -> Cell:
    """``82.4`` with ``78.1–86.7 | 23 通`` below."""
    if score is None:
        return Cell(UNKNOWN)
    return Cell(number(score.value), score.value, _interval(score, 1.0, "", counted))


def share_cell(share: Estimate | None, counted: Counted) -> Cell:
    """``78%`` with ``58–90% | 23 通`` below."""
    if share is None:
        return Cell(UNKNOWN)
    return Cell(percent(share.value), share.value, _interval(share, 100.0, "%", counted))


def plain_share_cell(share: float | None, note: str = "") -> Cell:
    return Cell(percent(share), share, note)


def _interval(found: Estimate, factor: float, unit: str, counted: Counted) -> str:
    bounds, told = interval_text(found, factor), counted(found.n)
    # With a dot between them, what masks numbers in workbooks would take both for one long number.
    return f"{bounds}{unit} | {told}" if bounds else told


def interval_text(found: Estimate, factor: float = 1.0) -> str:
    """``78.1–86.7`` (of shares: whole percentages); empty where too few calls say anything."""
    if not found.known or found.low is None or found.high is None:
        return ""
    decimals = 1 if factor == 1.0 else 0
    low, high = (number(factor * bound, decimals) for bound in (found.low, found.high))
    return f"{low}–{high}"


def table(
    key: str, title: str, columns: Sequence[Column], rows: Sequence[tuple[Cell, ...]], empty: str = "", note: str = ""
) -> FigureTable:
    """Checked: a row that lacks a cell would shift all that follows."""
    if any(len(row) != len(columns) for row in rows):
        raise ValueError(f"table {key}: a row has another number of cells than there are columns")
    return FigureTable(key, title, tuple(columns), tuple(rows), empty, note)
