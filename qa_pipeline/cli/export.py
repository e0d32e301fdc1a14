"""``export``: calls, verdicts and turns as tables for other programs."""

from __future__ import annotations

import json as json_module
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_pipeline.cli import options
from qa_pipeline.cli.terminal import say
from qa_pipeline.export.formats import Format

if TYPE_CHECKING:
    from qa_pipeline.core.call import Call
    from qa_pipeline.export.exported import ExportedCall
    from qa_pipeline.export.writing import Written
    from qa_pipeline.insight.period import Period
    from qa_pipeline.rubric.model import LoadedRubric
    from qa_pipeline.store.database import Store


class What(StrEnum):
    """The tables."""

    CALLS = "calls"
    OUTCOMES = "outcomes"
    TURNS = "turns"
    ALL = "all"


def export(
    what: Annotated[What, typer.Argument(help="Table to write: outcomes are verdicts of criteria.")] = What.ALL,
    format_: Annotated[Format, typer.Option("--format", help="Form of the files.")] = Format.CSV,
    out: Annotated[Path, typer.Option(help="Folder for the files.")] = Path("export"),
    calls: Annotated[
        str | None, typer.Option(help="Only these: agent=…, team=…, outcome=…, id=…, comma-separated.")
    ] = None,
    period: Annotated[
        str | None, typer.Option(help="Only of week, month, 2026-W45, 2026-11 or 2026-11-02..2026-11-15.")
    ] = None,
    rubric: options.Rubric = None,
    store: options.Store = None,
    json: options.Json = False,
) -> int:
    """Write calls, verdicts and turns as CSV, JSON Lines, Parquet or Excel; numbers of people are masked."""
    from qa_pipeline.cli.progress import bar
    from qa_pipeline.cli.published import refuse_changed_version
    from qa_pipeline.cli.score import matches, parse_filter
    from qa_pipeline.cli.stored import open_existing, tell_unreadable
    from qa_pipeline.config import load_settings
    from qa_pipeline.export.exported import stored_calls
    from qa_pipeline.export.tables import TABLES
    from qa_pipeline.export.wanted import ids_to_read
    from qa_pipeline.export.writing import write_tables
    from qa_pipeline.rubric.loading import load_rubric

    settings = load_settings({"rubric": rubric, "store": store})
    loaded = load_rubric(settings.rubric)
    tables = list(TABLES.values()) if what is What.ALL else [TABLES[what]]
    with open_existing(settings.store) as opened:
        refuse_changed_version(opened, loaded)
        wanted, days = parse_filter(calls), _period(period, opened, loaded)

        def keep(call: Call) -> bool:
            return matches(call, wanted) and (days is None or days.has(call.metadata.started_at))

        call_ids = ids_to_read(opened, wanted, days)
        with bar(len(call_ids), quiet=json) as advance:
            read = _Counted(stored_calls(opened, loaded, call_ids, keep, lambda call_id: advance(call_id, 1)))
            written = write_tables(read, tables, format_, out)
        code = tell_unreadable(opened, wanted.get("id"))
    for one in written:
        _tell(one, json)
    if not read.calls and (wanted or days):
        say(["no call fits --calls and --period: the tables hold no rows"], err=True)
    if read.unscored and what is not What.TURNS:
        named = f"{loaded.rubric.id} {loaded.rubric.version}"
        say(
            [f"{read.unscored} of {read.calls} calls have no score under {named}; qa-pipeline score gives one"],
            err=True,
        )
    return code


class _Counted:
    """The calls as they pass, and how many of them had no scorecard."""

    def __init__(self, calls: Iterable[ExportedCall]) -> None:
        self._passing = calls
        self.calls = self.unscored = 0

    def __iter__(self) -> Iterator[ExportedCall]:
        for call in self._passing:
            self.calls += 1
            self.unscored += call.machine is None
            yield call


def _period(text: str | None, store: Store, loaded: LoadedRubric) -> Period | None:
    """The newest day is looked for only where it matters: it costs a look at every call."""
    from qa_pipeline.insight.period import PeriodKind, parse_period
    from qa_pipeline.summaries import newest_day

    if text is None:
        return None
    relative = text.strip() in (PeriodKind.WEEK, PeriodKind.MONTH)
    return parse_period(text, newest_day(store, loaded) if relative else None)


def _tell(one: Written, json: bool) -> None:
    path = str(one.path.resolve())
    if json:
        typer.echo(json_module.dumps({"table": one.table, "file": path, "rows": one.rows}, ensure_ascii=False))
    else:
        say([f"{path}: {one.rows} row{'' if one.rows == 1 else 's'}"])
