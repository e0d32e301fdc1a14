"""Texts cut and wrapped to fit a drawing, by their own lengths: fonts differ from machine to machine."""

from __future__ import annotations

import re
from unicodedata import east_asian_width

from qa_pipeline.report.text import one_line
from qa_pipeline.report.wording import UNKNOWN, Wording, number, percent

MAX_LABEL_EM = 16.0
#: Widths in DejaVu Sans, the widest of the common sans-serif fonts, so that no other font needs more room: Chinese
#: characters and the broadest letters fill 1 em, capitals up to 0.79, digits 0.64 and most small letters less.
_FULL_EM, _CAPITAL_EM, _SMALL_EM = 1.0, 0.79, 0.64
_BROAD = frozenset("MWmw@%")
_READ_CHARS = 400
"""No label shows more: what is beyond is not even measured."""
_TITLE_EM = 40.0
#: What a line break does not part: a Latin word, or a character of another script with the marks that close it.
_PIECE = re.compile(r"[!-ɏ]+ *|.[·，。、；：）》」”？！]*")


def em(text: str) -> float:
    """How wide a text is, in units of its font size, about."""
    return sum(map(_char_em, text))


def _char_em(char: str) -> float:
    if char in _BROAD or east_asian_width(char) in "WFA":
        return _FULL_EM
    return _CAPITAL_EM if char.isupper() else _SMALL_EM


def cut(text: str, most_em: float = MAX_LABEL_EM) -> str:
    """One line that is no wider; what does not fit ends in ``…``."""
    clean = one_line(text[:_READ_CHARS]).strip()
    return clean if em(clean) <= most_em and len(text) <= _READ_CHARS else _ended(clean, most_em)


def _ended(text: str, most_em: float) -> str:
    used, kept = 1.0, ""
    for char in text:
        used += em(char)
        if used > most_em:
            break
        kept += char
    return kept.rstrip() + "…"


def title(text: str) -> str:
    """A chart's title within a sentence."""
    return cut(text, _TITLE_EM)


def wrapped(text: str, line_em: float = 8.0, most_lines: int = 2) -> list[str]:
    """Lines no wider than ``line_em``, about as long as each other, the last one cut where more would be needed;
    Latin words stay whole where a line can hold them."""
    clean = one_line(text[:_READ_CHARS]).strip()
    lines = _broken(clean, line_em)
    if len(lines) > most_lines or len(text) > _READ_CHARS:
        return [*(line.rstrip() for line in lines[: most_lines - 1]), _ended("".join(lines[most_lines - 1 :]), line_em)]
    narrowest = max(em(clean) / len(lines), line_em / 2)
    halves = range(int(2 * (line_em - narrowest)) + 1)
    tried = (_broken(clean, narrowest + half / 2) for half in halves)
    even = next((found for found in tried if len(found) == len(lines)), lines)
    return [line.rstrip() for line in even]


def _broken(text: str, line_em: float) -> list[str]:
    """The text in lines; a space at the end of one counts for nothing."""
    lines = [""]
    for piece in _PIECE.findall(text):
        if lines[-1] and em((lines[-1] + piece).rstrip()) > line_em:
            lines.append("")
        # Only a word that no line can hold is parted.
        for part in [piece] if em(piece.rstrip()) <= line_em else piece:
            if em(lines[-1] + part.rstrip()) > line_em:
                lines.append("")
            lines[-1] += part if lines[-1] else part.lstrip()
    return lines


def interval(low: float | None, high: float | None) -> str:
    """``66–77``."""
    return UNKNOWN if low is None or high is None else f"{number(low)}–{number(high)}"


def counted(wording: Wording, value: float | None, n: int | None) -> str:
    """``71.5（n=12）``."""
    return UNKNOWN if value is None else _with_n(wording, number(value), n)


def counted_share(wording: Wording, share: float | None, n: int | None) -> str:
    """A share of 0..1 as ``72%（n=12）``."""
    return UNKNOWN if share is None else _with_n(wording, percent(share), n)


def _with_n(wording: Wording, value: str, n: int | None) -> str:
    return value if n is None else wording.text("chart.value_n", value=value, n=n)
