"""How the cells of the list of calls read, in both of its forms: rows of the page, and rows of its script."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from qa_pipeline.report.index.index_rows import IndexRow
from qa_pipeline.report.wording import points

#: Longer names and ids fill a row; they stand whole on the page of their call.
_MAX_CHARS = 80


def cut(text: str) -> str:
    """The beginning of a text that would fill a row."""
    return text if len(text) <= _MAX_CHARS else text[: _MAX_CHARS - 1] + "…"


def exact_percent(row: IndexRow) -> float | None:
    """A score that the page and its script round alike: with four decimals, ties are ties in both."""
    return None if row.percent is None else round(row.percent, 4)


def points_text(row: IndexRow) -> str:
    """``52.5 / 70``; empty where nothing was scored."""
    if not row.scored or row.points is None:
        return ""
    return f"{points(row.points)} / {points(row.points_possible)}" if row.points_possible else points(row.points)


def recording_beside(row: IndexRow) -> str:
    """The recording's name where it says more than the id of the call and what kind of file it is."""
    stem = row.recording.rpartition(".")[0]
    return "" if row.call_id in (row.recording, stem) else cut(row.recording)


def agent_names(rows: Iterable[IndexRow]) -> Mapping[str, str]:
    """What agents are called by their id (or name): agents who share a name have their id beside it."""
    agents = {row.agent_id or row.agent: row.agent for row in rows}
    sharing: defaultdict[str, int] = defaultdict(int)
    for name in agents.values():
        sharing[name] += 1
    return {key: cut(name) if sharing[name] < 2 or key == name else f"{cut(name)} ({cut(key)})"
            for key, name in agents.items()}  # fmt: skip
