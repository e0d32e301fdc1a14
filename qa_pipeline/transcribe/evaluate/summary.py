"""The figures of many recordings, of one system or of several beside each other, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from qa_pipeline.transcribe.evaluate.confusions import most_frequent
from qa_pipeline.transcribe.evaluate.figures import Judged, TranscriptFigures
from qa_pipeline.transcribe.evaluate.intervals import Difference, interval, paired_difference, rate

#: Substitutions, deletions and insertions listed unless asked otherwise.
TOP = 15


def summary(figures: Sequence[TranscriptFigures], top: int = TOP) -> dict[str, Any]:
    """Figures over all recordings: errors and units are added, then divided.

    ``cer`` is None for languages that are counted by word, ``wer`` for those by character; ``rate`` is whichever it is.
    """
    total = rate(_counts(figures))
    bounds = interval(_counts(figures))
    by_word = any(f.by_word for f in figures)
    starts = [error for f in figures for error in f.start_errors_s]
    return {
        **_rates(total, by_word),
        "rate_low": bounds[0] if bounds else None,
        "rate_high": bounds[1] if bounds else None,
        "calls": len(figures),
        "errors": sum(f.errors for f in figures),
        "characters": sum(f.characters for f in figures),
        "recognised": sum(f.recognised for f in figures),
        "substitutions": sum(f.substitutions for f in figures),
        "deletions": sum(f.deletions for f in figures),
        "insertions": sum(f.insertions for f in figures),
        **_times(starts),
        "words_in_silence": _known_sum([f.in_silence for f in figures]),
        "sure_words_in_silence": _known_sum([f.sure_in_silence for f in figures]),
        "confidence": confidence([judged for f in figures for judged in f.judged]),
        **most_frequent((c for f in figures for c in f.confusions), top),
        "files": [file_row(f) for f in figures],
    }


def file_row(figures: TranscriptFigures) -> dict[str, Any]:
    """The figures of one recording."""
    return {
        "recording": figures.name,
        **_rates(figures.cer, figures.by_word),
        "errors": figures.errors,
        "characters": figures.characters,
        "recognised": figures.recognised,
        "substitutions": figures.substitutions,
        "deletions": figures.deletions,
        "insertions": figures.insertions,
        **_times(figures.start_errors_s),
        "words_in_silence": figures.in_silence,
        "sure_words_in_silence": figures.sure_in_silence,
    }


def _known_sum(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known or not counts else None


def _counts(figures: Sequence[TranscriptFigures]) -> list[tuple[int, int]]:
    return [(f.errors, f.characters) for f in figures]


def _rates(value: float | None, by_word: bool) -> dict[str, Any]:
    unit = "word" if by_word else "character"
    return {"cer": None if by_word else value, "wer": value if by_word else None, "rate": value, "unit": unit}


def _times(starts_s: Sequence[float]) -> dict[str, float | None]:
    if not starts_s:
        return {"median_start_error_s": None, "p95_start_error_s": None}
    median, high = np.percentile(starts_s, (50, 95))
    return {"median_start_error_s": float(median), "p95_start_error_s": float(high)}


def confidence(judged: Sequence[Judged]) -> dict[str, float | None]:
    """How far low confidence points at errors, over recognised units.

    ``doubted_share``: of all; ``wrong_doubted`` and ``wrong_normal``: shares that are wrong among each;
    ``ranking``: the chance that a wrong unit is less sure than a right one (0.5: confidence says nothing; 1: all).
    """
    doubted = [each for each in judged if each.doubted]
    normal = [each for each in judged if not each.doubted]
    return {
        "doubted_share": _share(len(doubted), len(judged)),
        "wrong_doubted": _share(sum(each.wrong for each in doubted), len(doubted)),
        "wrong_normal": _share(sum(each.wrong for each in normal), len(normal)),
        "ranking": _ranking(judged),
    }


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _ranking(judged: Sequence[Judged]) -> float | None:
    """The area under the ROC curve (Mann and Whitney 1947); equal confidence counts half."""
    wrong = np.sort([each.confidence for each in judged if each.wrong and each.confidence is not None])
    right = np.sort([each.confidence for each in judged if not each.wrong and each.confidence is not None])
    if not len(wrong) or not len(right):
        return None
    above = len(right) - np.searchsorted(right, wrong, side="right")
    equal = np.searchsorted(right, wrong, side="right") - np.searchsorted(right, wrong, side="left")
    return float((above + equal / 2).sum() / (len(wrong) * len(right)))


def difference(first: Mapping[str, TranscriptFigures], other: Mapping[str, TranscriptFigures]) -> Difference:
    """How the error rate of ``other`` differs from ``first``, by the calls (call id: figures) that both have."""
    shared = [call_id for call_id in first if call_id in other]
    return paired_difference(_counts([first[c] for c in shared]), _counts([other[c] for c in shared]))
