"""Reports of all weeks and months show what is stored, wherever an earlier run ended."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import qa_pipeline.overviews as overviews_module
from qa_pipeline.core.call import CallMetadata
from qa_pipeline.core.errors import StepFailure
from qa_pipeline.core.review import Review, ReviewKind
from qa_pipeline.insight.overview import overview, overviews
from qa_pipeline.insight.period import PeriodKind, period_of
from qa_pipeline.insight.plan import Plan
from qa_pipeline.overview_marks import PEOPLE, marks
from qa_pipeline.overviews import Overviews
from qa_pipeline.scoring import score
from qa_pipeline.store.database import Store, open_store
from qa_pipeline.summaries import current_summaries
from tests.factories import call, check, criterion, rubric, timed

LOADED = rubric(criterion("greet", check=check(phrases={"any": ["您好"], "role": "agent"})))
SEPTEMBER, OCTOBER, NOVEMBER = (datetime(2020, month, 2, 9, tzinfo=UTC) for month in (9, 10, 11))


def keep(store: Store, call_id: str, at: datetime | None, text: str = "您好，我是小林。") -> None:
    made = call(*timed(("agent", text), ("customer", "你好。")), call_id=call_id)
    made = replace(made, metadata=CallMetadata(agent_id="A01", team="一组", started_at=at))
    store.put_result(call_id, "call", text, made)
    store.put_scorecard(score(made, LOADED), text)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(str(tmp_path / "s.sqlite3")) as opened:
        keep(opened, "s1", SEPTEMBER)
        keep(opened, "n1", NOVEMBER)
        keep(opened, "u1", None)
        yield opened


def pages(store: Store, out: Path) -> Overviews:
    return Overviews(out, store, LOADED, Plan())


def reports(out: Path) -> set[str]:
    return {path.stem for path in (out / "periods").glob("????-*.xlsx")}


def tree(out: Path) -> dict[str, str]:
    """The content of all pages; workbooks hold the moment at which they were made."""
    found = (path for path in out.rglob("*") if path.is_file() and path.suffix in (".html", ".json"))
    return {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def rewritten(store: Store, out: Path) -> set[str]:
    """The reports that one more run writes."""
    before = {path: path.stat().st_ino for path in (out / "periods").glob("*.html")}
    pages(store, out).write_outdated()
    after = {path: path.stat().st_ino for path in (out / "periods").glob("*.html")}
    return {path.stem for path, inode in after.items() if before.get(path) != inode and ".en" not in path.name}


def test_every_week_and_month_that_has_calls_has_its_report(store: Store, tmp_path: Path) -> None:
    assert pages(store, tmp_path / "out").write_outdated()
    assert reports(tmp_path / "out") == {"2020-09", "2020-W36", "2020-11", "2020-W45"}
    assert not pages(store, tmp_path / "out").write_outdated()


def test_only_the_reports_of_what_is_new_are_written(store: Store, tmp_path: Path) -> None:
    pages(store, tmp_path / "out").write_outdated()
    keep(store, "n2", NOVEMBER + timedelta(days=1))
    assert rewritten(store, tmp_path / "out") == {"2020-11", "2020-W45"}
    keep(store, "s1", SEPTEMBER, "喂？")
    assert rewritten(store, tmp_path / "out") == {"2020-09", "2020-W36"}
    keep(store, "w44", NOVEMBER - timedelta(days=3))
    # Of Friday 30 October; November and the week that follows are compared with it.
    assert rewritten(store, tmp_path / "out") == {"2020-10", "2020-W44", "2020-11", "2020-W45"}
    assert rewritten(store, tmp_path / "out") == set()


def test_a_month_that_is_over_is_reported_on_once_more(store: Store, tmp_path: Path) -> None:
    pages(store, tmp_path / "out").write_outdated()
    keep(store, "d1", datetime(2020, 12, 1, 9, tzinfo=UTC))
    # Its links led to pages that are about December now; the week of 1 December began in November.
    assert rewritten(store, tmp_path / "out") == {"2020-11", "2020-12", "2020-W49"}


def test_what_people_and_failures_tell_belongs_to_its_day(store: Store, tmp_path: Path) -> None:
    keep(store, "o1", OCTOBER)
    pages(store, tmp_path / "out").write_outdated()
    store.put_reviews([Review("s1", LOADED.rubric.id, ReviewKind.APPEAL, "林", OCTOBER, "不对")])
    # September's call is another one now; its appeal is listed in October, beside which November is shown.
    assert rewritten(store, tmp_path / "out") == {"2020-09", "2020-W36", "2020-10", "2020-W40", "2020-11"}
    people = marks(store, LOADED, Plan(), pages(store, tmp_path).usual)[PEOPLE]
    store.put_failure("x.wav", "x", StepFailure("ingest", "empty_file", "0 bytes"))
    assert marks(store, LOADED, Plan(), pages(store, tmp_path).usual)[PEOPLE] == people


def test_a_report_that_was_deleted_is_written_again(store: Store, tmp_path: Path) -> None:
    pages(store, tmp_path / "out").write_outdated()
    (tmp_path / "out" / "periods" / "2020-09.html").unlink()
    assert rewritten(store, tmp_path / "out") == {"2020-09"}


@pytest.mark.parametrize("after", range(9))
def test_a_run_that_ends_anywhere_is_healed_by_the_next(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    pages(store, whole).write_outdated()
    left = iter(range(after))

    def dying(name: str) -> Any:
        original = getattr(overviews_module, name)

        def write(*given: Any, **named: Any) -> Any:
            if next(left, None) is None:
                raise KeyboardInterrupt
            return original(*given, **named)

        return write

    with monkeypatch.context() as killed:
        for name in ("write_period_report", "write_period_book", "write_team_page"):
            killed.setattr(overviews_module, name, dying(name))
        with pytest.raises(KeyboardInterrupt):
            pages(store, broken).write_outdated()
    assert pages(store, broken).write_outdated()
    assert not pages(store, broken).write_outdated()
    assert tree(broken) == tree(whole)


def test_summaries_are_read_to_their_end_or_not_at_all(store: Store, tmp_path: Path) -> None:
    read: list[str] = []

    def noting() -> Iterator[Any]:
        for summary in current_summaries(store, LOADED):
            read.append(summary.call_id)
            yield summary
        read.append("end")

    pages(store, tmp_path / "out").write_outdated(noting())
    assert read == ["n1", "s1", "u1", "end"]
    pages(store, tmp_path / "out").write_outdated(noting())
    assert len(read) == 4


def test_a_damaged_note_of_what_was_written_is_none(store: Store, tmp_path: Path) -> None:
    pages(store, tmp_path / "out").write_outdated()
    for content in ("{", "[1]", "\xff"):
        (tmp_path / "out" / "static" / "made-from.json").write_text(content, "latin-1")
        assert pages(store, tmp_path / "out").write_outdated()


def test_figures_of_several_periods_are_those_of_each(store: Store) -> None:
    periods = [
        period_of(at.date(), kind) for at in (SEPTEMBER, NOVEMBER) for kind in (PeriodKind.WEEK, PeriodKind.MONTH)
    ]
    together = overviews(current_summaries(store, LOADED), periods)
    assert together == [overview(current_summaries(store, LOADED), period) for period in periods]
    assert [found.everybody.now.calls for found in together] == [1, 1, 1, 1]


def test_summaries_of_a_period(store: Store) -> None:
    found = current_summaries(store, LOADED, period_of(SEPTEMBER.date(), PeriodKind.MONTH))
    assert [summary.call_id for summary in found] == ["s1"]
    assert len(list(current_summaries(store, LOADED))) == 3
