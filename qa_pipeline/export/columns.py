"""What a column of a table is: one frozen definition with name, form, unit, meaning, and where its value comes from.

Values are plain: text, whole numbers, decimals, yes or no, moments. What is not known is None, never 0 and never "".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Generic, TypeVar

from qa_pipeline.export.exported import ExportedCall
from qa_pipeline.report.text import clean, shown, shown_identifier

Item = TypeVar("Item")
Value = str | int | float | bool | datetime | None
Row = tuple[Value, ...]

#: Times are exact to the microsecond; more digits are the noise of sums.
DECIMALS = 6


#: Names of agents, teams and criteria stand in many rows: they are masked once.
_KEPT_TEXTS = 4096


class Kind(StrEnum):
    """What form the values of a column have."""

    TEXT = "text"
    WHOLE = "whole number"
    DECIMAL = "number"
    YES_NO = "yes or no"
    MOMENT = "date and time"


KINDS_ZH = {
    Kind.TEXT: "文本",
    Kind.WHOLE: "整数",
    Kind.DECIMAL: "小数",
    Kind.YES_NO: "是或否",
    Kind.MOMENT: "日期时间",
}


#: Units that columns are in, with their names in Chinese. A unit of seconds, percent … also ends the column's name.
UNITS = {
    "": "",
    "s": "秒",
    "%": "%",
    "points": "分",
    "0–1": "0–1",
    "dB": "分贝",
    "Hz": "赫兹",
    "semitones": "半音",
    "characters/min": "字/分钟",
    "ISO 8601": "ISO 8601",
    "as in calls.csv": "同 calls.csv",
}


@dataclass(frozen=True)
class Column(Generic[Item]):
    """``value`` takes it from an item of the table: a call, a verdict, a turn."""

    name: str
    kind: Kind
    meaning: str
    meaning_zh: str
    value: Callable[[Item], object]
    unit: str = ""

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise ValueError(f"{self.name}: {self.unit!r} is no unit that the documentation knows")


@dataclass(frozen=True)
class Table(Generic[Item]):
    """``items``: what a call has a row for each of."""

    name: str
    about: str
    about_zh: str
    columns: tuple[Column[Item], ...]
    items: Callable[[ExportedCall], Iterable[Item]]

    def __post_init__(self) -> None:
        if len(set(self.names)) != len(self.columns):
            raise ValueError(f"{self.name}: a column stands there twice")

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def rows(self, call: ExportedCall) -> Iterator[Row]:
        """The rows of one call, one at a time."""
        for item in self.items(call):
            yield tuple(plain(column.value(item), column.kind) for column in self.columns)


def plain(value: object, kind: Kind) -> Value:
    """A value as every format can hold it: None for empty text and what is no number, no parts of microseconds."""
    if value is None:
        return None
    if kind is Kind.TEXT and isinstance(value, str):
        return str(value) or None  # str(): a member of an enumeration becomes its value
    if kind is Kind.DECIMAL and isinstance(value, float | int):
        return round(float(value), DECIMALS) + 0.0 if math.isfinite(value) else None  # + 0.0: no minus zero
    if kind is Kind.MOMENT and isinstance(value, datetime):
        return value.replace(tzinfo=None, microsecond=0)
    if (kind is Kind.YES_NO and isinstance(value, bool)) or (kind is Kind.WHOLE and type(value) is int):
        return value
    raise TypeError(f"{type(value).__name__} is no {kind}")


@lru_cache(_KEPT_TEXTS)
def free_text(text: str | None) -> str:
    """What people wrote, as pages show it: numbers of people masked."""
    return shown(text or "").strip()


@lru_cache(_KEPT_TEXTS)
def identifier(text: str | None) -> str:
    """An id or a file name, as pages show it."""
    return shown_identifier(text or "").strip()


def code(text: str | None) -> str:
    """A word of the program or of a rubric's author: an id, a verdict, a version."""
    return clean(text or "")


def moment_text(moment: datetime | None) -> str:
    """ISO 8601, with the offset from UTC where it is known."""
    return moment.isoformat() if moment else ""
