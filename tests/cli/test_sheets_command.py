"""``sheets``: filled-in workbooks into the store, all of a file or nothing, and nothing twice."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from qa_pipeline.core.review import ReviewKind
from qa_pipeline.core.score import Verdict
from qa_pipeline.report.workbooks import marker
from qa_pipeline.report.workbooks.score_columns import call_key
from qa_pipeline.report.workbooks.score_sheet import write_score_sheet
from qa_pipeline.rubric.loading import load_rubric
from qa_pipeline.store.database import open_store
from qa_pipeline.summaries import current_summaries
from tests.cli.conftest import Command
from tests.report.coaching_samples import usual
from tests.report.coaching_samples import written as coaching_sheet
from tests.report.workbook_samples import MADE, fill_in, rewrite, set_values

TURNS = [("agent", "您好，我是云桥通信的小林"), ("customer", "你说吧"), ("agent", "您现在用什么套餐？")]
RUBRIC = "telesales-coaching"


@pytest.fixture
def sheet(folder: Path, qa: Command) -> Path:
    """The score sheet of two stored calls; one id holds a customer's number."""
    turns = [
        {"role": role, "text": text, "start_s": i * 3.0, "end_s": i * 3.0 + 2} for i, (role, text) in enumerate(TURNS)
    ]
    rows = [json.dumps({"id": call_id, "turns": turns}) for call_id in ("c1", "x13912345678")]
    (folder / "calls.jsonl").write_text("\n".join(rows), "utf-8")
    assert qa("import", "calls.jsonl", "--store", "store.sqlite3").code == 0
    return written(folder)


def written(folder: Path) -> Path:
    loaded = load_rubric(RUBRIC)
    with open_store("store.sqlite3") as store:
        summaries = sorted(current_summaries(store, loaded), key=lambda summary: summary.call_id)
    return write_score_sheet(summaries, loaded.rubric, folder / "reports", MADE, "2026-11")


def other_verdict(sheet: Any, at: dict[str, int]) -> tuple[str, str]:
    """Change the first verdict of the first row."""
    code = next(code for code in at if code.startswith("verdict:"))
    cell = sheet.cell(5, at[code])
    cell.value = "部分符合"
    return code.removeprefix("verdict:"), cell.value


def saved_on(day: int, path: Path) -> Path:
    """The workbook as if it had been saved on a day of December."""

    def dated(name: str, data: bytes) -> bytes:
        if name != "docProps/core.xml":
            return data
        return re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>2026-12-%02dT08:00:00Z" % day, data)

    return rewrite(path, dated)


def test_what_people_filled_in_is_stored_once(sheet: Path, qa: Command) -> None:
    changed: list[str] = []

    def edit(book: Any, at: dict[str, int]) -> None:
        set_values(comment="语速偏快", appeal="客户没听清", reason="复听")(book, at)
        book.cell(6, at["comment"]).value = "很好"
        changed.append(other_verdict(book, at)[0])

    fill_in(sheet, edit)
    answer = qa("sheets", str(sheet), "--by", "李质检", "--store", "store.sqlite3")
    assert (answer.code, answer.out) == (
        0, f"{sheet.name}: 1 change, 2 comments, 1 appeal, 0 agreed actions; 4 new\n",
    )  # fmt: skip
    with open_store("store.sqlite3") as store:
        reviews = store.reviews(RUBRIC)
    assert {(r.call_id, r.kind, r.text) for r in reviews} == {
        ("c1", ReviewKind.CHANGE, "复听"),
        ("c1", ReviewKind.COMMENT, "语速偏快"),
        ("c1", ReviewKind.APPEAL, "客户没听清"),
        ("x13912345678", ReviewKind.COMMENT, "很好"),
    }
    (change,) = [r for r in reviews if r.kind is ReviewKind.CHANGE]
    assert (change.criterion_id, change.verdict, change.author) == (changed[0], Verdict.PARTLY, "李质检")
    again = qa("sheets", str(sheet), "--by", "李质检", "--store", "store.sqlite3", "--json")
    assert again.rows[0]["new"] == 0 and again.rows[0]["comments"] == 2


def test_a_sheet_that_is_saved_again_adds_only_what_is_new(sheet: Path, qa: Command) -> None:
    def edit(book: Any, at: dict[str, int]) -> None:
        other_verdict(book, at)
        set_values(comment="好")(book, at)

    fill_in(sheet, edit)
    assert qa("sheets", str(sheet), "--store", "store.sqlite3", "--json").rows[0]["new"] == 2
    fill_in(sheet, set_values(appeal="不同意"))
    row = qa("sheets", str(sheet), "--store", "store.sqlite3", "--json").rows[0]
    assert (row["changes"], row["comments"], row["appeals"], row["new"]) == (1, 1, 1, 1)


def test_a_verdict_that_is_changed_back_and_forth_is_new_each_time(sheet: Path, qa: Command, folder: Path) -> None:
    def change(word: str) -> Callable[[Any, dict[str, int]], None]:
        def edit(book: Any, at: dict[str, int]) -> None:
            code = next(code for code in at if code.startswith("verdict:"))
            book.cell(5, at[code]).value = word

        return edit

    for day, word in enumerate(("部分符合", "无法判定", "部分符合"), 1):
        path = saved_on(day, fill_in(written(folder / str(day)), change(word)))
        assert qa("sheets", str(path), "--store", "store.sqlite3", "--json").rows[0]["new"] == 1
    with open_store("store.sqlite3") as store:
        assert [r.verdict for r in store.reviews(RUBRIC)] == [Verdict.PARTLY, Verdict.NOT_SCORABLE, Verdict.PARTLY]


def test_an_old_sheet_that_is_saved_again_does_not_undo_what_somebody_else_decided(
    sheet: Path, qa: Command, folder: Path
) -> None:
    def change(word: str) -> Callable[[Any, dict[str, int]], None]:
        def edit(book: Any, at: dict[str, int]) -> None:
            code = next(code for code in at if code.startswith("verdict:"))
            book.cell(5, at[code]).value = word

        return edit

    first = saved_on(1, fill_in(written(folder / "1"), change("部分符合")))
    second = saved_on(2, fill_in(written(folder / "2"), change("无法判定")))
    again = saved_on(3, fill_in(written(folder / "3"), change("部分符合")))
    steps = ((first, "李质检", 1), (second, "张主管", 1), (again, "李质检", 0))
    for path, by, new in steps:
        assert qa("sheets", str(path), "--by", by, "--store", "store.sqlite3", "--json").rows[0]["new"] == new


def test_a_verdict_is_confirmed_as_it_stands(sheet: Path, qa: Command) -> None:
    def confirm(book: Any, at: dict[str, int]) -> None:
        code = next(code for code in at if code.startswith("verdict:"))
        book.cell(5, at[code]).value = "确认" + str(book.cell(5, at[code]).value)

    fill_in(sheet, confirm)
    assert qa("sheets", str(sheet), "--by", "李质检", "--store", "store.sqlite3", "--json").rows[0]["new"] == 1
    with open_store("store.sqlite3") as store:
        (review,) = store.reviews(RUBRIC)
    assert review.kind is ReviewKind.CHANGE and review.author == "李质检"


def test_calls_that_are_not_stored_are_told(sheet: Path, qa: Command) -> None:
    def rename(book: Any, at: dict[str, int]) -> None:
        book.cell(5, at["comment"]).value = book.cell(6, at["comment"]).value = "好"

    fill_in(sheet, rename)
    book = load_workbook(sheet)
    for name in (book.sheetnames[1], "_verdicts"):
        for row in book[name].iter_rows(max_col=1):
            if row[0].value == "c1":
                row[0].value = "gone-13912345678"
    book.properties.lastModifiedBy = "李"
    book.save(sheet)
    answer = qa("sheets", str(sheet), "--store", "store.sqlite3")
    assert answer.code == 1 and "call gone-139****5678: not in this store" in answer.err
    assert "1 new" in answer.out


def test_nothing_is_stored_when_one_file_is_wrong(sheet: Path, qa: Command, folder: Path) -> None:
    fill_in(sheet, set_values(comment="好"))
    (folder / "bad.xlsx").write_bytes(b"no")
    (folder / "worse.xlsx").write_bytes(b"no")
    answer = qa("sheets", str(sheet), "bad.xlsx", "worse.xlsx", "--store", "store.sqlite3")
    assert answer.code == 2 and len(answer.err.splitlines()) == 2 and "bad.xlsx: no Excel workbook" in answer.err
    with open_store("store.sqlite3") as store:
        assert store.reviews(RUBRIC) == []


def test_a_workbook_of_another_kind(sheet: Path, qa: Command) -> None:
    book = load_workbook(sheet)
    book[marker.SHEET]["B1"].value = "period_book"
    book.save(sheet)
    answer = qa("sheets", str(sheet), "--store", "store.sqlite3")
    assert answer.code == 2 and "no sheet to be filled in" in answer.err


def test_no_store_is_made(sheet: Path, qa: Command, folder: Path) -> None:
    answer = qa("sheets", str(sheet), "--store", "typo.sqlite3")
    assert answer.code == 2 and not (folder / "typo.sqlite3").exists()


def test_the_file_holds_no_number_of_the_customer(sheet: Path) -> None:
    assert call_key("x13912345678") in [row[0].value for row in load_workbook(sheet)["_verdicts"].iter_rows(max_col=1)]


def test_a_coaching_sheet_beside_a_score_sheet(sheet: Path, qa: Command, folder: Path) -> None:
    fill_in(sheet, set_values(comment="好"))
    coaching = coaching_sheet(folder / "one-to-one", usual()).with_suffix(".xlsx")
    book = load_workbook(coaching)
    form = book.worksheets[0]
    head = next(cell.row for cell in form["A"] if cell.value == "约定行动")
    form[f"A{head + 1}"], form["F3"] = "先复述再推荐", date(2026, 11, 27)
    book.save(coaching)
    for new in (1, 0):
        rows = qa("sheets", str(sheet), str(coaching), "--store", "store.sqlite3", "--json").rows
        assert [(row["comments"], row["actions"], row["new"]) for row in rows] == [(1, 0, new), (0, 1, new)]
    with open_store("store.sqlite3") as store:
        assert [action.action for action in store.actions()] == ["先复述再推荐"]
