"""The reader's language: catalogue texts, and numbers, times and dates as people write them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from pathlib import Path

from qa_pipeline.core.norms import Norm, TeamNorm
from qa_pipeline.core.score import How, Reason
from qa_pipeline.report import formats
from qa_pipeline.report.formats import MINUS
from qa_pipeline.report.text import shown, shown_fragment

LANGUAGES = ("zh", "en")
_HTML_LANG = {"zh": "zh-CN", "en": "en"}
_SUFFIX = {"zh": ".html", "en": ".en.html"}
UNKNOWN = "—"

#: Values of reasons that stand for something with a word, by their name, and the groups of the catalogue to look in.
_GROUPS: Mapping[str, tuple[str, ...]] = {
    "stage": ("stage",),
    "first": ("stage",),
    "then": ("stage",),
    "act": ("act",),
    "fact": ("fact",),
    "behaviour": ("behaviour", "act"),
    "measure": ("measure",),
    "role": ("role",),
    "language": ("language",),
    "name": ("metadata",),
    "before": ("verdict",),
}

#: Codes whose ``wanted`` lists names instead of phrases.
_LISTS: Mapping[str, tuple[str, ...]] = {"act_missing": ("act",), "fact_missing": ("fact",), "facts_unknown": ("fact",)}

#: What ``matched`` and a forbidden ``phrase`` are names of, by the way in which the passage was found.
_MATCHED: Mapping[How, tuple[str, ...]] = {
    How.ACT: ("act",),
    How.FACT: ("fact",),
    How.STAGE: ("stage",),
}

_MEASURED = re.compile(r"(?P<value>-?\d+(?:\.\d+)?) (?P<unit>\S+)")

#: How units that checks write are called, and the decimals that say something to a reader.
_UNITS = {"s": "seconds", "%": "percent", "/min": "per_minute", "dB": "db", "st": "semitones", "": "count"}
_DECIMALS = {"s": 1, "%": 0, "/min": 0, "dB": 1, "st": 1}
_MOST_DECIMALS = 2

#: A team's name heads a narrow column.
_MAX_TEAM_CHARS = 24

#: Measures whose values are compared with a team's, with their units.
NORM_UNITS = {"speech_rate": "/min", "response_time": "s", "talk_ratio": "%", "pitch_range": "st", "monologue": "s"}

#: Measures without a unit that do not count occurrences.
_COUNTED_IN = {"turn_count": "turns", "repetitions": "turns"}


@dataclass(frozen=True)
class Wording:
    """One catalogue. ``lang`` is ``zh`` or ``en``; ``spoken`` the language of the call that is worded, ``team`` what
    that call is compared with."""

    lang: str
    messages: Mapping[str, str]
    spoken: str = "zh"
    team: TeamNorm | None = None

    def about(self, spoken: str, team: TeamNorm | None = None) -> Wording:
        """The same catalogue for a call in a language: what is counted in characters there, or in words."""
        return replace(self, spoken=spoken.split("-")[0], team=team)

    @property
    def spoken_unit(self) -> str:
        return "words" if self.spoken == "en" else "characters"

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

    def named(self, groups: Iterable[str], code: str) -> str:
        """The first word that one of the groups has for a code; without one the code itself, numbers masked."""
        found = (self.messages.get(f"{group}.{code}") for group in groups)
        return next(filter(None, found), None) or self._by_party(groups, code) or shown_fragment(code)

    def _by_party(self, groups: Iterable[str], code: str) -> str:
        """Behaviours that models tell apart by party or stage: ``customer_refuse``, ``stage_close``."""
        party, _, rest = code.partition("_")
        word = self.messages.get(f"{'stage' if party == 'stage' else 'act'}.{rest}", "")
        if "behaviour" not in groups or not word or party not in ("stage", "agent", "customer"):
            return ""
        who = self.messages.get(f"role.{party}") or self.messages["how.stage"]
        return self.text("behaviour_of", who=who, what=word)

    def reason(self, reason: Reason, how: How | None = None) -> str:
        """A verdict's reason in words. A code or value the catalogue does not know shows the code.

        ``how`` is the way in which its first passage was found: a forbidden act is named differently from a phrase.
        """
        template = self._reason_template(reason)
        if template is None:
            return shown(reason.code)
        values = {name: self._reason_value(name, value, reason, how) for name, value in reason.values.items()}
        try:
            return template.format_map(values | self._measured(reason))
        except (KeyError, ValueError, IndexError, AttributeError):
            return shown(reason.code)

    def _reason_template(self, reason: Reason) -> str | None:
        """``reason.<code>.<name of a value>`` where wording depends on the unit, else ``reason.<code>``."""
        keys = [f"reason.{reason.code}.{name}" for name in sorted(reason.values)]
        return next((self.messages[k] for k in [*keys, f"reason.{reason.code}"] if k in self.messages), None)

    def _reason_value(self, name: str, value: str | int | float, reason: Reason, how: How | None) -> str:
        if not isinstance(value, str):
            return number(value, 2)
        if name == "wanted" and reason.code in _LISTS:
            return self.joined([self.named(_LISTS[reason.code], part) for part in value.split(", ")])
        groups = _GROUPS.get(name) or (_MATCHED.get(how, ()) if name == "phrase" and how else ())
        return self.named(groups, value)

    def _measured(self, reason: Reason) -> dict[str, str]:
        """``amount`` with its unit, ``limit`` (its bounds) and ``missed`` (the bound that it broke); nothing for
        other reasons."""
        measure, value = reason.values.get("measure"), reason.values.get("value")
        if not isinstance(measure, str) or value is None or isinstance(value, str):
            return {}
        unit = _COUNTED_IN.get(measure) or str(reason.values.get("unit", ""))
        given = {name: float(reason.values[name]) for name in ("min", "max") if name in reason.values}
        amount = self.amount(value, unit, decimals_beside(value, given.values(), _DECIMALS.get(unit, 2)))
        return {"amount": amount, "limit": self._limit(given), "missed": self._missed(value, given, unit)}

    def _limit(self, given: Mapping[str, float]) -> str:
        kind = "both" if len(given) == 2 else next(iter(given), "")
        if kind == "both" and given["min"] == given["max"]:
            kind = "exact"
        return self.text(f"bounds.{kind}", **_plain(given)) if kind else ""

    def _missed(self, value: float, given: Mapping[str, float], unit: str) -> str:
        """``高于上限 300``: which bound a value broke; how many there may be at most, or must be at least."""
        if not given:
            return ""
        broken = max(given, key=lambda name: value - given[name] if name == "max" else given[name] - value)
        kind = "count" if unit in ("", *_COUNTED_IN.values()) else "amount"
        if kind == "count" and broken == "max" and given["max"] == 0:
            broken = "none"
        elif len(given) == 2:
            broken = "exact" if given["min"] == given["max"] else broken
        return self.text(f"missed.{kind}.{broken}", **_plain(given))

    def amount(self, value: float, unit: str, decimals: int | None = None) -> str:
        """A measured value as people say it; ``unit`` as checks write it (s, %, /min …), an unknown one as it is."""
        name = _UNITS.get(unit, unit)
        key = f"amount.{name}.{self.spoken_unit}" if name == "per_minute" else f"amount.{name}"
        shown_value = number(value, _DECIMALS.get(unit, _MOST_DECIMALS) if decimals is None else decimals)
        return self.text(key, value=shown_value) if key in self.messages else f"{shown_value} {shown(unit)}".strip()

    def norm(self, measure: str) -> Norm | None:
        """What is usual for a measure in the call's team; None where too little is known."""
        return self.team.norms.get(measure) if self.team else None

    @property
    def team_name(self) -> str:
        """``一组``, or ``全部通话`` where the call has no team."""
        team = shown(self.team.team) if self.team else ""
        team = team if len(team) <= _MAX_TEAM_CHARS else team[: _MAX_TEAM_CHARS - 1] + "…"
        return team or self.text("norm.all")

    def beside_norm(self, reason_text: str, reason: Reason) -> str:
        """``…；一组中位数 250（37 通）``: the reason of a measured value with what is usual in the team."""
        measure = str(reason.values.get("measure", ""))
        norm = self.norm(measure)
        if norm is None:
            return reason_text
        unit = NORM_UNITS[measure]
        # The unit stands beside the value; where the reason names no value it has to stand here.
        plain = "value" in reason.values
        usual = number(norm.median, _DECIMALS[unit]) if plain else self.amount(norm.median, unit)
        return self.text("norm.beside", reason=reason_text, team=self.team_name, median=usual, calls=norm.calls)

    def matched(self, matched: str, how: How | None) -> str:
        """What a passage was compared with, in words: an act, a fact, a stage, a measured value, or the phrase."""
        if how in (How.TIME, How.VOICE) and (measured := _MEASURED.fullmatch(matched)):
            return self.amount(float(measured["value"]), measured["unit"])
        return self.named(_MATCHED.get(how, ()) if how else (), matched)

    def date_time(self, moment: datetime | None) -> str:
        """``2026年11月3日 14:05`` or ``3 Nov 2026, 14:05``, in the zone the moment was given in."""
        return UNKNOWN if moment is None else formats.date_time(moment, self.lang)

    def day(self, moment: date) -> str:
        """``2026年11月3日`` or ``3 Nov 2026``."""
        return formats.day(moment, self.lang)

    def day_range(self, first: date, last: date, year: bool = True) -> str:
        """``2026年11月2日–8日`` or ``2–8 Nov 2026``; without the year ``11月2日–8日`` or ``2–8 Nov``."""
        return formats.day_range(first, last, self.lang, year)

    def weekday_day(self, moment: date) -> str:
        """``11月3日周二`` or ``Tue 3 Nov``."""
        return formats.weekday_day(moment, self.lang)

    def month(self, moment: date) -> str:
        """``2026年11月`` or ``November 2026``."""
        return formats.month(moment, self.lang)

    def count(self, how_many: int) -> str:
        """How many of something: ``7``, ``10,000``."""
        # Most counts are small, and Babel is slow.
        return str(how_many) if 0 <= how_many < 1000 else formats.grouped(how_many, self.lang)

    def listed(self, parts: Sequence[str]) -> str:
        """Parts of a sentence: ``甲、乙和丙`` or ``a, b and c``."""
        return formats.listed(parts, self.lang)

    def joined(self, parts: list[str]) -> str:
        """Items after a colon: ``甲、乙、丙`` or ``a, b, c``."""
        return self.messages["list.separator"].join(parts)


def _plain(given: Mapping[str, float]) -> dict[str, str]:
    return {name: number(limit, _MOST_DECIMALS) for name, limit in given.items()}


def decimals_beside(value: float, limits: Iterable[float], fewest: int) -> int:
    """The fewest decimals that do not make a value look like a limit that it only comes near to."""
    near = [limit for limit in limits if limit != value]
    wide = range(fewest, _MOST_DECIMALS)
    return next((d for d in wide if all(number(value, d) != number(limit, d) for limit in near)), _MOST_DECIMALS)


@cache
def wording(lang: str) -> Wording:
    """The catalogue of a language, read once: the words of the pages, and those of checks and reasons."""
    messages: dict[str, str] = {}
    for name in (f"{lang}.json", f"{lang}.checks.json"):
        path = Path(__file__).with_name("locale") / name
        messages |= json.loads(path.read_text(encoding="utf-8"))
    return Wording(lang, messages)


def page_suffix(lang: str) -> str:
    """How the file names of a language end; Chinese is the default page."""
    return _SUFFIX[lang]


def number(value: float, decimals: int = 1) -> str:
    """At most so many decimals, none where they would be 0: ``8``, ``7.5``, ``−1``.

    Not Babel: it takes ten times as long for the same text, and a page has a thousand numbers.
    """
    text = f"{value:.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text.replace("-", MINUS)


def points(value: float) -> str:
    """Points, with the two decimals that weights and shares can give them."""
    return number(value, 2)


def signed(value: float) -> str:
    """Points that are added or taken away: ``+2``, ``−1``; ``0`` has no sign."""
    text = points(value)
    return text if text == "0" or text.startswith(MINUS) else f"+{text}"


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
