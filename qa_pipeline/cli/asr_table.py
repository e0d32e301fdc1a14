"""What ``asr evaluate`` prints: a line per recording as it is ready, then what went wrong, then all variants."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

#: Names of recordings and variants are cut off after so many columns.
NAME_COLUMNS = 34
_VARIANT_COLUMNS = 24
#: Of the cells of the comparison.
_WIDTHS = (7, 11, 9, 13, 6, 6, 6, 8, 8, 8, 7, 8, 7)
_COUNTS = ("errors", "substitutions", "deletions", "insertions", "characters")
_ALIKE = {"homophone": "same sound", "near": "near sound", "": ""}


def head(by_word: bool) -> str:
    """The columns of ``line``."""
    rate, units = ("WER %", "words") if by_word else ("CER %", "chars")
    titles = (rate, "errors", "subst", "del", "ins", units, "start s", "95 %")
    return padded("recording") + "".join(f"{title:>9}" for title in titles)


def line(row: Mapping[str, Any]) -> str:
    """One recording, or all of them: rate, counts, median and 95th percentile of the errors of start times."""
    counts = "".join(f"{row[name]:>9}" for name in _COUNTS)
    times = "".join(f"{_number(row[name], 2):>9}" for name in ("median_start_error_s", "p95_start_error_s"))
    return f"{padded(row['recording'])}{_percent(row['rate']):>9}{counts}{times}"


def failure(recording: str, reason: str) -> str:
    return f"{padded(recording)}  failed: {reason}"


def details(totals: Mapping[str, Any]) -> Iterator[str]:
    """The lines below the table of one variant."""
    yield line({**totals, "recording": "all"})
    if totals["rate_low"] is not None:
        yield f"95 % interval over {totals['calls']} recordings: {_bounds(totals['rate_low'], totals['rate_high'])} %"
    else:
        yield "95 % interval: none, it takes two recordings with words"
    yield _silence(totals)
    yield from _confidence(totals["confidence"], totals["unit"])
    yield from _names(totals["names"])
    yield from _confusions(totals)
    yield from _speed(totals["speed"])


def _silence(totals: Mapping[str, Any]) -> str:
    silent = totals["words_in_silence"]
    if silent is None:
        return f"{totals['unit']}s recognised where nothing is said: not known, the reference has no times"
    sure = totals["sure_words_in_silence"]
    return f"{totals['unit']}s recognised where nothing is said: {silent} ({sure} of them at normal confidence)"


def _confidence(known: Mapping[str, Any], unit: str) -> Iterator[str]:
    if known["doubted_share"]:
        wrong = (
            f"wrong {_percent(known['wrong_doubted'])} % of these, {_percent(known['wrong_normal'])} % of the others"
        )
        yield f"at low confidence: {_percent(known['doubted_share'])} % of the {unit}s recognised; {wrong}"
    if known["ranking"] is not None:
        share = f"{100 * known['ranking']:.0f} % of pairs (50 % would be chance)"
        yield f"a wrong {unit} has a lower confidence than a right one in {share}"


def _names(known: Mapping[str, Any] | None) -> Iterator[str]:
    if known is None:
        return
    silent = known["inserted_in_silence"]
    where = "" if silent is None else f", {silent} of them where nothing is said"
    missed = f"{known['missed']} missed ({_percent(known['missed_share'])} %)"
    yield f"listed words: {known['said']} said, {missed}, {known['inserted']} put in{where}"


def _confusions(totals: Mapping[str, Any]) -> Iterator[str]:
    if totals["substituted"]:
        yield "most often taken for another (said → recognised, times, where):"
    for error in totals["substituted"]:
        pair = f"{error['said']} → {error['recognised']}"
        yield f"  {padded(pair, 20)}{error['count']:>4}  {_ALIKE[error['alike']]:<12}{error['in']}".rstrip()
    for kind, title in (("deleted", "most often left out"), ("inserted", "most often put in")):
        if totals[kind]:
            yield f"{title}: " + ", ".join(f"{error['text']} {error['count']}" for error in totals[kind])


def _speed(known: Mapping[str, Any]) -> Iterator[str]:
    if known["real_time_factor"] is not None:
        yield f"speed: {known['real_time_factor']:.3f} s of computing per second of recording, one recording at a time"


def comparison(variants: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """All variants in one table, each beside the first."""
    first = variants[0]
    rate = "WER %" if first["unit"] == "word" else "CER %"
    titles = (rate, "95 %", "to first", "95 %", "subst", "del", "ins", "silence", "start s", "names %", "s/s", "speed")
    yield padded("", _VARIANT_COLUMNS) + _cells((*titles, "failed"))
    yield from (_compared(totals) for totals in variants)
    yield (
        f"to first: percent points more or fewer errors than {first['name']}, on the recordings that both have; an "
        "interval on one side of 0 is hardly chance"
    )
    yield "names %: listed words missed (--words); silence: recognised where nothing is said"
    yield "s/s: seconds of computing per second of recording; speed: how many times as fast as the first"


def _compared(totals: Mapping[str, Any]) -> str:
    difference, speed = totals["difference"] or {}, totals["speed"]
    value = difference.get("value")
    texts = (
        _percent(totals["rate"]),
        _bounds(totals["rate_low"], totals["rate_high"]),
        "" if value is None else f"{100 * value:+.1f}",
        _bounds(difference.get("low"), difference.get("high"), signed=True),
        *(str(totals[name]) for name in ("substitutions", "deletions", "insertions")),
        _number(totals["words_in_silence"], 0),
        _number(totals["median_start_error_s"], 2),
        _percent((totals["names"] or {}).get("missed_share")),
        _number(speed["real_time_factor"], 3),
        "-" if speed["relative"] is None else f"{speed['relative']:.2f}×",
        str(len(totals["failed"])),
    )
    return padded(totals["name"], _VARIANT_COLUMNS) + _cells(texts)


def _cells(texts: Sequence[str]) -> str:
    return "".join(f"{text:>{width}}" for text, width in zip(texts, _WIDTHS, strict=True))


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f}"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _bounds(low: float | None, high: float | None, *, signed: bool = False) -> str:
    if low is None or high is None:
        return ""
    return f"{100 * low:+.1f}…{100 * high:+.1f}" if signed else f"{100 * low:.1f}–{100 * high:.1f}"


def padded(text: str, columns: int = NAME_COLUMNS) -> str:
    """Text in a column of the terminal, where Chinese characters are two columns wide."""
    kept, width = "", 0
    for character in text:
        wide = 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if width + wide > columns - 1:
            kept, width = kept + "…", width + 1
            break
        kept, width = kept + character, width + wide
    return kept + " " * (columns - width)


def printable(lines: Iterable[str]) -> Iterator[str]:
    """Without control characters: names come from files."""
    from qa_pipeline.report.text import one_line

    return map(one_line, lines)
