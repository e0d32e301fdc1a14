"""Rows find their recordings where that is certain, and are reported where it is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.audio.manifest import CallSheet, SheetMatch, SheetRow, match_sheet, parse_name
from qa_pipeline.core.errors import UserError

SHEET = Path("/data/sheets/calls.csv")


def match(recordings: list[str], rows: list[str]) -> SheetMatch:
    sheet = CallSheet(SHEET, tuple(SheetRow(line, row) for line, row in enumerate(rows, 2)))
    return match_sheet([Path(recording) for recording in recordings], sheet)


def pairs(result: SheetMatch) -> dict[str, str]:
    return {str(path): row.recording for path, row in result.matched.items()}


@pytest.mark.parametrize(
    ("recording", "row"),
    [
        ("/data/in/a.wav", "/data/in/a.wav"),
        ("/data/in/a.wav", "/data/in/../in/./a.wav"),
        ("/data/sheets/a.wav", "a.wav"),
        ("/data/sheets/sub/a.wav", "sub/a.wav"),
        ("/data/in/a.wav", "../in/a.wav"),
        ("/data/in/day1/a.wav", "day1/a.wav"),
        ("/data/in/day1/a.wav", "/day1/a.wav"),
        ("/data/in/day1/a.wav", r"day1\a.wav"),
        ("/data/in/day1/a.wav", r"D:\records\2026\a.wav"),
        ("/data/in/录音 1.wav", "录音 1.wav"),
        ("/data/in/e\u0301.wav", "\u00e9.wav"),
        ("in/a.wav", "a.wav"),
    ],
)
def test_ways_to_name_a_recording(recording: str, row: str) -> None:
    result = match([recording], [row])
    assert pairs(result) == {recording: row}
    assert not (result.rows_without_recording or result.recordings_without_row or result.ambiguous)


def test_what_has_no_partner_is_reported() -> None:
    result = match(["/data/in/a.wav", "/data/in/b.wav"], ["b.wav", "c.wav"])
    assert pairs(result) == {"/data/in/b.wav": "b.wav"}
    assert [row.recording for row in result.rows_without_recording] == ["c.wav"]
    assert result.recordings_without_row == [Path("/data/in/a.wav")]
    assert not result.ambiguous


def test_one_name_in_two_folders_is_not_guessed() -> None:
    result = match(["/data/in/x/a.wav", "/data/in/y/a.wav"], ["a.wav"])
    assert not result.matched
    assert [row.recording for row in result.ambiguous] == ["a.wav"]
    assert len(result.rows_without_recording) == 1 and len(result.recordings_without_row) == 2


def test_folders_tell_equal_names_apart() -> None:
    result = match(["/data/in/x/a.wav", "/data/in/y/a.wav"], ["y/a.wav", "x/a.wav"])
    assert pairs(result) == {"/data/in/x/a.wav": "x/a.wav", "/data/in/y/a.wav": "y/a.wav"}


def test_what_is_left_over_is_not_matched_by_elimination() -> None:
    result = match(["/data/in/x/a.wav", "/data/in/y/a.wav"], ["x/a.wav", "a.wav"])
    assert pairs(result) == {"/data/in/x/a.wav": "x/a.wav"}
    assert [row.recording for row in result.ambiguous] == ["a.wav"]


def test_two_rows_for_one_recording() -> None:
    result = match(["/data/in/a.wav"], ["x/a.wav", "y/a.wav"])
    assert not result.matched
    assert [row.line for row in result.ambiguous] == [2, 3]


def test_a_surer_way_goes_before_a_looser_one() -> None:
    result = match(["/data/sheets/a.wav", "/data/in/a.wav"], ["a.wav"])
    assert pairs(result) == {"/data/sheets/a.wav": "a.wav"}
    result = match(["/data/in/a.wav"], ["old/a.wav", "/data/in/a.wav"])
    assert pairs(result) == {"/data/in/a.wav": "/data/in/a.wav"}
    assert [row.recording for row in result.rows_without_recording] == ["old/a.wav"]


def test_a_name_is_not_matched_by_its_end() -> None:
    assert not match(["/data/in/xa.wav"], ["a.wav"]).matched
    assert not match(["/data/in/a.wav"], ["A.WAV"]).matched


@pytest.mark.parametrize("row", ["..", ".", "/", "a\0b", "*", "'; DROP TABLE calls; --", "~/a.wav.", "x" * 9000])
def test_hostile_rows_match_nothing(row: str) -> None:
    result = match(["/data/in/a.wav"], [row])
    assert not result.matched and len(result.rows_without_recording) == 1


def test_matched_comes_in_the_order_of_the_recordings() -> None:
    result = match(["/r/b.wav", "/r/a.wav"], ["a.wav", "b.wav"])
    assert list(result.matched) == [Path("/r/b.wav"), Path("/r/a.wav")]


NAME = st.sampled_from(["a.wav", "b.wav", "x/a.wav", "x/b.wav", "y/a.wav", "/data/in/x/a.wav", "z.wav"])


@given(st.lists(NAME, unique=True), st.lists(st.sampled_from(["x/a", "y/a", "x/b", "a", "c"]), unique=True))
@settings(max_examples=100, deadline=None)
def test_everything_is_accounted_for_once(rows: list[str], files: list[str]) -> None:
    result = match([f"/data/in/{file}.wav" for file in files], rows)
    assert len(result.matched) + len(result.recordings_without_row) == len(files)
    assert len(result.matched) + len(result.rows_without_recording) == len(rows)
    assert {row.line for row in result.ambiguous} <= {row.line for row in result.rows_without_recording}


def test_many_rows_and_recordings() -> None:
    files = [f"/data/in/{i % 100}/{i}.wav" for i in range(20_000)]
    assert len(match(files, [f"{i}.wav" for i in range(20_000)]).matched) == 20_000


PATTERN = "{agent_id}_{customer_id}_{started_at:%Y%m%d%H%M%S}"


@pytest.mark.parametrize(
    ("pattern", "name", "found"),
    [
        (
            PATTERN,
            "007_K9_20260131093000.wav",
            {"agent_id": "007", "customer_id": "K9", "started_at": "2026-01-31T09:30:00"},
        ),
        ("{agent_name}({team})", "王芳(一组).mp3", {"agent_name": "王芳", "team": "一组"}),
        (
            "{started_at:%Y-%m-%d %H.%M}-{call_id}",
            "2026-01-31 09.30-C1.wav",
            {"started_at": "2026-01-31T09:30:00", "call_id": "C1"},
        ),
        (
            "{agent_id}{started_at:%Y%m%d}",
            "00720260131.wav",
            {"agent_id": "007", "started_at": "2026-01-31T00:00:00"},
        ),
        ("{}_{call_id}", "anything_C_1.wav", {"call_id": "C_1"}),
        ("rec.{call_id}", "rec.5.wav", {"call_id": "5"}),
        ("rec.{call_id}", "recx5.wav", {}),
        ("{call_id}", "line\nbreak.wav", {"call_id": "line\nbreak"}),
        (PATTERN, "007_K9.wav", {}),
        (PATTERN, "x007_K9_20260131093000_more.wav", {}),
        (PATTERN, "007_K9_20260231093000.wav", {}),  # 31 February
        ("{agent_id}_{call_id}", "a_b_c.wav", {"agent_id": "a", "call_id": "b_c"}),
    ],
)
def test_names_by_pattern(pattern: str, name: str, found: dict[str, str]) -> None:
    assert parse_name(Path("/data/in") / name, pattern) == found


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        *(("", "names no field"), ("call", "names no field"), ("{}", "names no field")),
        *(("{agent}", "'agent' is not a field"), ("{call_id}_{call_id}", "used twice")),
        *(("{call_id", "brace"), ("call_id}", "brace"), ("{call_id:05d}", "takes no format")),
        *(("{started_at:%Q}", "%Q"), ("{started_at:now}", "directives"), ("{started_at:%Y%}", "directives")),
        *(("{agent_id}{call_id}", "text between"), ("{started_at:%Y%Y}", "used twice")),
    ],
)
def test_wrong_patterns(pattern: str, says: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_name(Path("a.wav"), pattern)
    assert "--name-pattern" in str(caught.value) and says in str(caught.value)


def test_no_name_takes_for_ever() -> None:
    """With fields that may share a text in many ways, this would not end in a lifetime."""
    pattern = "{agent_id}_{agent_name}_{team}_{customer_id}_{call_id}_{outcome}_{direction}_{started_at:%Y}"
    assert parse_name(Path("_a" * 120 + "x.wav"), pattern) == {}
    assert parse_name(Path("_" * 250 + ".wav"), pattern) == {}
