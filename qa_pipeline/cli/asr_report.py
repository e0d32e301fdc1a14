"""The figures of each variant, and the variants beside each other, as plain values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from qa_pipeline.cli.asr_run import Row, Runner, Work
from qa_pipeline.transcribe.evaluate import TranscriptFigures, summary
from qa_pipeline.transcribe.evaluate.names import name_errors, total
from qa_pipeline.transcribe.evaluate.summary import difference

if TYPE_CHECKING:
    from qa_pipeline.language.word_list import WordList

_DIGITS = re.compile("[0-9零〇幺一二三四五六七八九]{3,}")
_LISTS = ("substituted", "deleted", "inserted")


def combined(variants: Sequence[dict[str, Any]], work: Work) -> dict[str, Any]:
    """The first variant's figures at the top; with several, all of them under ``variants`` beside it."""
    normaliser = {"normaliser": work.normaliser.name, "normaliser_says": work.normaliser.says}
    beside = {"variants": variants} if len(variants) > 1 else {}
    return {**variants[0], **normaliser, "language": work.language, **beside}


def variant_report(
    runner: Runner, rows: Sequence[Row], first: Sequence[Row], work: Work, listed: WordList, top: int
) -> dict[str, Any]:
    """Everything measured of one variant; ``first``: the rows that it is compared with, its own for the first one."""
    made_by = runner.source.made_by
    figures = _measured(rows)
    totals = summary(list(figures.values()), top)
    for name in _LISTS:
        totals[name] = [_masked(error) for error in totals[name]]
    return {
        **totals,
        "name": runner.variant.name,
        "made_by": asdict(made_by) if made_by else None,
        "options": dict(runner.variant.given),
        "failed": [{"recording": row.recording, "reason": row.reason} for row in rows if row.figures is None],
        "speed": speed(rows, first),
        "difference": None if rows is first else asdict(difference(_measured(first), figures)),
        "names": names(rows, work, listed),
    }


def _measured(rows: Sequence[Row]) -> dict[str, TranscriptFigures]:
    return {row.call_id: row.figures for row in rows if row.figures}


def _masked(error: Mapping[str, Any]) -> dict[str, Any]:
    """What stands around an error is a piece of a call: what may be part of a person's number is not shown."""
    return {**error, "in": _DIGITS.sub(lambda found: "•" * len(found.group()), error["in"])}


def speed(rows: Sequence[Row], first: Sequence[Row]) -> dict[str, float | None]:
    """``real_time_factor``: seconds of computing per second of recording; ``relative``: how many times as fast as the
    first variant."""
    own, other = _factor(rows), _factor(first)
    return {
        "audio_s": sum(row.audio_s for row in rows),
        "seconds": sum(row.seconds for row in rows),
        "real_time_factor": own,
        "relative": other / own if own and other else None,
    }


def _factor(rows: Sequence[Row]) -> float | None:
    """Without the first recording that holds speech, during which the model is loaded, where the others hold enough."""
    run = [row for row in rows if row.audio_s > 0]
    loading = next((row for row in run if row.speech_s > 0), None)
    rest = [row for row in run if row is not loading]
    enough = loading is not None and sum(row.speech_s for row in rest) >= loading.speech_s
    counted = rest if enough else run
    audio_s = sum(row.audio_s for row in counted)
    return sum(row.seconds for row in counted) / audio_s if audio_s else None


def names(rows: Sequence[Row], work: Work, listed: WordList) -> dict[str, Any] | None:
    """Errors on the words of the list; None without a list."""
    if not listed.words:
        return None
    turns = {call.call_id: call.conversation.turns for call in work.calls}
    each = [name_errors(turns[row.call_id], row.heard, listed) for row in rows if row.heard is not None]
    found = total(each)
    return {**asdict(found), "missed_share": found.missed_share}
