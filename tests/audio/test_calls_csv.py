"""calls.csv: what is read, what is refused, and that every mistake is told at once."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.audio.manifest import CallSheet, SheetRow, read_calls_csv
from qa_pipeline.core.call import CallMetadata, CallOutcome, Direction
from qa_pipeline.core.errors import UserError

Sheet = Callable[[str | bytes], Path]

FULL = (
    "recording,call_id,agent_id,agent_name,team,started_at,direction,customer_id,connected,outcome,amount,refunded,"
    "wrap_up_s,agent_channel\n"
    "a.wav,C1,007,王芳,一组,2026-01-31T09:30:00+08:00,outbound,K9,yes,deal,1299.50,no,35,left\n"
)


@pytest.fixture
def sheet(tmp_path: Path) -> Sheet:
    def write(content: str | bytes) -> Path:
        path = tmp_path / "calls.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def read(path: Path) -> CallSheet:
    return read_calls_csv(path)


def problem(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        read_calls_csv(path)
    return str(caught.value)


def one(path: Path) -> SheetRow:
    (row,) = read_calls_csv(path).rows
    return row


def test_every_column(sheet: Sheet) -> None:
    row = one(sheet(FULL))
    assert (row.line, row.recording, row.call_id) == (2, "a.wav", "C1")
    assert row.metadata == CallMetadata(
        agent_id="007",
        agent_name="王芳",
        team="一组",
        started_at=datetime(2026, 1, 31, 9, 30, tzinfo=timezone(timedelta(hours=8))),
        direction=Direction.OUTBOUND,
        customer_id="K9",
        connected=True,
        outcome=CallOutcome.DEAL,
        amount=1299.5,
        refunded=False,
        wrap_up_s=35.0,
        agent_channel=0,
    )


def test_only_the_recording_is_needed(sheet: Sheet) -> None:
    assert one(sheet("recording\na.wav\n")) == SheetRow(2, "a.wav", None, CallMetadata())


def test_empty_cells_and_short_rows_say_nothing(sheet: Sheet) -> None:
    path = sheet("recording,agent_id,amount,connected,note\na.wav,, ,,\nb.wav\n")
    assert [row.metadata for row in read(path).rows] == [CallMetadata(), CallMetadata()]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_line_ends_and_delimiters(encoding: str, newline: str, delimiter: str, sheet: Sheet) -> None:
    lines = ["recording,agent_name,team", "录音 一.wav,王芳,二组", "b.wav,李雷,", ""]
    text = newline.join(lines).replace(",", delimiter)
    first, second = read(sheet(text.encode(encoding))).rows
    assert (first.recording, first.metadata.agent_name, first.metadata.team) == (
        "录音 一.wav",
        "王芳",
        "二组",
    )
    assert (second.recording, second.metadata.agent_name, second.line) == ("b.wav", "李雷", 3)


def test_header_names_are_tolerant_and_in_any_order(sheet: Sheet) -> None:
    row = one(sheet(" Agent ID ,RECORDING,Started-At,Call_Id\n7,a.wav,2026-01-31,C1\n"))
    assert (row.metadata.agent_id, row.recording, row.call_id) == ("7", "a.wav", "C1")
    assert row.metadata.started_at == datetime(2026, 1, 31)


def test_unknown_columns_are_kept_as_written(sheet: Sheet) -> None:
    row = one(sheet("recording,产品,Lead Source,\na.wav,会员, web ,\n"))
    assert row.metadata.extra == {"产品": "会员", "Lead Source": "web"}


def test_quoted_cells_and_blank_lines_keep_the_line_numbers(sheet: Sheet) -> None:
    path = sheet('recording,note\n\n"a,1.wav","two\nlines ""quoted"""\n,\nb.wav,x\n')
    first, second = read(path).rows
    assert (first.line, first.recording, first.metadata.extra["note"]) == (
        3,
        "a,1.wav",
        'two\nlines "quoted"',
    )
    assert (second.line, second.recording) == (6, "b.wav")


@pytest.mark.parametrize("word", ["yes", "YES", "true", "1", "是"])
def test_yes(word: str, sheet: Sheet) -> None:
    assert one(sheet(f"recording,connected\na.wav,{word}\n")).metadata.connected is True


@pytest.mark.parametrize("word", ["no", "No", "false", "0", "否"])
def test_no(word: str, sheet: Sheet) -> None:
    assert one(sheet(f"recording,refunded\na.wav,{word}\n")).metadata.refunded is False


@pytest.mark.parametrize(
    ("column", "word", "value"),
    [
        *(("direction", "呼入", Direction.INBOUND), ("direction", "Outbound", Direction.OUTBOUND)),
        *(("outcome", "成交", CallOutcome.DEAL), ("outcome", "空号", CallOutcome.WRONG_NUMBER)),
        *(("outcome", "wrong number", CallOutcome.WRONG_NUMBER), ("outcome", "拒绝", CallOutcome.REFUSAL)),
        *(("agent_channel", "右", 1), ("agent_channel", "Left", 0)),
        *(("amount", "-3", -3.0), ("amount", "¥1,299.50", 1299.5), ("amount", "1e3", 1000.0)),
        *(("wrap_up_s", "0", 0.0), ("wrap_up_s", "12.5", 12.5)),
        ("started_at", "2026-01-31 09:30", datetime(2026, 1, 31, 9, 30)),
        ("started_at", "2026/01/31 09:30:05", datetime(2026, 1, 31, 9, 30, 5)),
        ("started_at", "2026-01-31T09:30:00Z", datetime(2026, 1, 31, 9, 30, tzinfo=UTC)),
    ],
)
def test_values(column: str, word: str, value: object, sheet: Sheet) -> None:
    row = one(sheet(f"recording;{column}\na.wav;{word}\n"))
    assert getattr(row.metadata, column) == value


@pytest.mark.parametrize(
    ("column", "word", "advice"),
    [
        *(("connected", "maybe", "yes, no"), ("refunded", "2", "yes, no")),
        *(("direction", "up", "inbound, outbound"), ("outcome", "sold", "deal, followup")),
        *(("agent_channel", "0", "left, right"), ("agent_channel", "middle", "left, right")),
        *(("amount", "viel", "number"), ("amount", "nan", "number"), ("amount", "inf", "number")),
        *(("amount", "1,5", "number"), ("amount", "1_000", "number"), ("amount", "1e300", "number")),
        *(("wrap_up_s", "-1", "negative"), ("wrap_up_s", "00:35", "number")),
        *(("started_at", "yesterday", "ISO 8601"), ("started_at", "01/02/2026", "ISO 8601")),
        *(("started_at", "46053", "ISO 8601"), ("started_at", "20260131", "ISO 8601")),
        *(("started_at", "2026-02-30", "ISO 8601"), ("started_at", "2026-01-31T25:00", "ISO 8601")),
    ],
)
def test_wrong_values_are_told_and_never_guessed(column: str, word: str, advice: str, sheet: Sheet) -> None:
    text = problem(sheet(f"recording;{column}\na.wav;{word}\n"))
    assert text.startswith(f"calls.csv:2: {column}: ")
    assert advice in text


def test_all_mistakes_at_once_in_order_of_line(sheet: Sheet) -> None:
    text = problem(
        sheet("recording,connected,amount\na.wav,perhaps,x\n,yes,1\na2.wav,no,2\na2.wav,no,2\nb.wav,1,2,3\n")
    )
    starts = [line.split(":")[1:3] for line in text.splitlines()]
    assert starts == [
        ["2", " connected"],
        ["2", " amount"],
        ["3", " recording"],
        ["5", " recording"],
        *starts[4:],
    ]
    assert text.splitlines()[4].startswith("calls.csv:6: 4 cells, but the header has 3")


def test_the_list_of_mistakes_is_capped(sheet: Sheet) -> None:
    rows = "".join(f"a{i}.wav,perhaps\n" for i in range(50))
    lines = problem(sheet("recording,connected\n" + rows)).splitlines()
    assert len(lines) == 21
    assert lines[-1] == "and 30 more"


def test_messages_repeat_no_values(sheet: Sheet) -> None:
    text = problem(sheet("recording,customer_id,connected\na.wav,13800138000,王先生说太贵\na.wav,13800138000,yes\n"))
    assert "王先生" not in text and "13800138000" not in text


def test_the_same_recording_or_call_id_twice(sheet: Sheet) -> None:
    assert "calls.csv:3: recording: the same as in line 2" in problem(sheet("recording\na.wav\na.wav\n"))
    text = problem(sheet("recording,call_id\na.wav,C1\nb.wav,C2\nc.wav,C1\n"))
    assert text.startswith("calls.csv:4: call_id: the same as in line 2")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\n  \n\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"recording,call_id\n", "no call below"),
        (b"file,agent\na.wav,7\n", "no column 'recording'"),
        (b"recording,Call ID,call_id\na.wav,1,2\n", "'call_id': the column stands there twice"),
        (b"recording,x,x\na.wav,1,2\n", "'x': the column stands there twice"),
        (b"recording\na\0.wav\n", "NUL"),
        (b"PK\x03\x04\x14\0\6\0 xl/workbook.xml", "Excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "Excel"),
        ("recording\n录音.wav\n".encode("utf-16"), "UTF-16"),
        (b"recording\n\xff\xff\xff.wav\n", "neither UTF-8 nor GB18030"),
        (b'recording\n"a.wav\nb.wav\n', "calls.csv:2: the row cannot be read"),
        (b'recording\n"a"b.wav\n', "quotation marks"),
        (b"recording,note\na.wav," + b"x" * 20_000 + b"\n", "'note': longer than"),
        (b"recording,call_id\na.wav," + b"x" * 201 + b"\n", "'call_id': longer than 200 characters"),
        (b"recording,note\na.wav," + b"x" * 200_000 + b"\n", "cannot be read"),
        (b"recording\n" + b"," * 5000 + b"a\n", "5001 cells"),
    ],
)
def test_files_that_are_no_sheet(content: bytes, says: str, sheet: Sheet) -> None:
    text = problem(sheet(content))
    assert "calls.csv" in text and says in text
    assert len(text) < 500


def test_no_file(tmp_path: Path) -> None:
    assert "calls.csv: cannot be read (No such file" in problem(tmp_path / "calls.csv")
    assert "cannot be read" in problem(tmp_path)
    assert "cannot be read" in problem(tmp_path / "a\0b")


def test_hostile_values_are_only_data(sheet: Sheet) -> None:
    row = one(sheet("recording,call_id,agent_name,=x\n../../etc/passwd,=cmd|'/c calc'!A1,<script>,$(id)\n"))
    assert row.recording == "../../etc/passwd"
    assert row.call_id == "=cmd|'/c calc'!A1"
    assert row.metadata.agent_name == "<script>"
    assert row.metadata.extra == {"=x": "$(id)"}


CELL = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).map(str.strip).filter(bool)


@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=8, unique_by=lambda pair: pair[0]))
@settings(max_examples=60, deadline=None)
def test_what_csv_writes_is_read_back(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]) -> None:
    target = io.StringIO()
    csv.writer(target).writerows([("recording", "note"), *rows])
    path = tmp_path_factory.mktemp("round") / "calls.csv"
    path.write_text(target.getvalue(), encoding="utf-8", newline="")
    assert [(row.recording, row.metadata.extra["note"]) for row in read_calls_csv(path).rows] == rows


def test_random_damage_is_a_user_error_or_a_sheet(sheet: Sheet) -> None:
    rng = random.Random(5)
    for _ in range(300):
        damaged = bytearray(FULL.encode())
        for _ in range(rng.choice((1, 3, 20))):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        try:
            read_calls_csv(sheet(bytes(damaged)))
        except UserError as error:
            assert "calls.csv" in str(error)
