"""The reader's language: catalogue texts, and numbers, times and dates as people write them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from qa_pipeline.core.score import Reason
from qa_pipeline.report.text import shown, shown_fragment

LANGUAGES = ("zh", "en")
_HTML_LANG = {"zh": "zh-CN", "en": "en"}
_SUFFIX = {"zh": ".html", "en": ".en.html"}
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
UNKNOWN = "—"


@dataclass(frozen=True)
class Wording:
    """One catalogue. ``lang`` is ``zh`` or ``en``."""

    lang: str
    messages: Mapping[str, str]

    @property
    def html_lang(self) -> str:
        return _HTML_LANG[self.lang]

    @property
    def other(self) -> str:
        return LANGUAGES[1 - LANGUAGES.index(self.lang)]

    def text(self, key: str, **values: object) -> str:
        """The text of ``key``; a missing key is a bug and raises KeyError."""
        message = self.messages[key]
        return message.format_map(values) if values else message

    def word(self, group: str, code: str) -> str:
        """The word for a code of an open set; a code without a word is shown as it is."""
        return self.messages.get(f"{group}.{code}") or shown(code)

    def either(self, text: str, text_en: str) -> str:
        """The rubric's text in this language, or the other one where it was not written."""
        chosen = (text_en or text) if self.lang == "en" else (text or text_en)
        return chosen.strip()

    def reason(self, reason: Reason) -> str:
        """A verdict's reason in words. A code or value the catalogue does not know shows the code."""
        template = self._reason_template(reason)
        if template is None:
            return shown(reason.code)
        values = {name: self._reason_value(value) for name, value in reason.values.items()}
        try:
            return template.format_map(values)
        except (KeyError, ValueError, IndexError, AttributeError):
            return shown(reason.code)

    def _reason_template(self, reason: Reason) -> str | None:
        """``reason.<code>.<name of a value>`` where wording depends on the unit, else ``reason.<code>``."""
        keys = [f"reason.{reason.code}.{name}" for name in sorted(reason.values)]
        return next((self.messages[k] for k in [*keys, f"reason.{reason.code}"] if k in self.messages), None)

    def _reason_value(self, value: str | int | float) -> str:
        if not isinstance(value, str):
            return number(value)
        return self.messages.get(f"stage.{value}") or shown_fragment(value)

    def date_time(self, moment: datetime | None) -> str:
        """``2026年11月3日 14:05`` or ``3 Nov 2026, 14:05``, in the zone the moment was given in."""
        if moment is None:
            return UNKNOWN
        clock_text = f"{moment.hour}:{moment.minute:02d}"
        if self.lang == "zh":
            return f"{moment.year}年{moment.month}月{moment.day}日 {clock_text}"
        return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}, {clock_text}"

    def joined(self, parts: list[str]) -> str:
        return self.messages["list.separator"].join(parts)


@cache
def wording(lang: str) -> Wording:
    """The catalogue of a language, read once."""
    path = Path(__file__).with_name("locale") / f"{lang}.json"
    return Wording(lang, json.loads(path.read_text(encoding="utf-8")))


def page_suffix(lang: str) -> str:
    """How the file names of a language end; Chinese is the default page."""
    return _SUFFIX[lang]


def number(value: float) -> str:
    """At most one decimal, none where it would be 0: ``8``, ``7.5``."""
    return f"{value:.1f}".removesuffix(".0")


def percent(share: float | None) -> str:
    """A share of 0..1 as a whole percentage."""
    return UNKNOWN if share is None else f"{100 * share:.0f}%"


def _clock(whole_s: int) -> str:
    hours, rest = divmod(whole_s, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def clock(time_s: float | None) -> str:
    """``m:ss``, from an hour on ``h:mm:ss``."""
    return UNKNOWN if time_s is None else _clock(round(time_s))


def clock_tenths(time_s: float) -> str:
    """``m:ss.s``."""
    # Rounded before it is split, so that 59.96 becomes 1:00.0 and never 0:60.0.
    whole, tenth = divmod(round(time_s * 10), 10)
    return f"{_clock(whole)}.{tenth}"
