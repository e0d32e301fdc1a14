"""Why calls could not be scored, in the words of commands."""

from __future__ import annotations

from collections.abc import Iterable


def reasons(codes: Iterable[str]) -> str:
    """``too short, one party missing``."""
    return ", ".join(_word(code) for code in codes)


def by_reason(counts: Iterable[tuple[str, int]]) -> str:
    """`` (too short 2, unsure text 1)``; nothing where nothing is counted. The most frequent first."""
    ordered = sorted(counts, key=lambda item: (-item[1], item[0]))
    listed = ", ".join(f"{_word(code)} {count}" for code, count in ordered if count)
    return f" ({listed})" if listed else ""


def _word(code: str) -> str:
    from qa_pipeline.report.call.unscorable_view import short_reason
    from qa_pipeline.report.wording import wording

    text = short_reason(code, wording("en"))
    return text[:1].lower() + text[1:]
