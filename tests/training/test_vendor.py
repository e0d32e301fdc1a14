"""Our talk metrics beside a vendor's, on a small call with known times."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.core.errors import UserError
from training.speakers.vendor import Row, compare


def turn(role: str, *words: tuple[str, int, int]) -> dict[str, Any]:
    return {
        "ParticipantRole": role,
        "Content": " ".join(text for text, _, _ in words),
        "BeginOffsetMillis": words[0][1],
        "EndOffsetMillis": words[-1][2],
        "Items": [{"Content": text, "BeginOffsetMillis": begin, "EndOffsetMillis": end} for text, begin, end in words],
    }


#: The agent comes in for 1 s at 4.0 s; the vendor's turn of the customer goes on over a pause of 2 s.
TURNS = [
    turn("AGENT", ("Good", 0, 1000), ("morning", 1000, 2000)),
    turn("CUSTOMER", ("My", 3000, 4000), ("card", 4000, 5000), ("broke", 7000, 8000)),
    turn("AGENT", ("Which", 4000, 5000), ("card", 5000, 6000)),
]
CHARACTERISTICS = {
    "TotalConversationDurationMillis": 8000,
    "NonTalkTime": {"TotalTimeMillis": 0, "Instances": []},
    "TalkTime": {
        "TotalTimeMillis": 9000,
        "DetailsByParticipant": {"AGENT": {"TotalTimeMillis": 4000}, "CUSTOMER": {"TotalTimeMillis": 5000}},
    },
    "TalkSpeed": {"DetailsByParticipant": {"AGENT": {"AverageWordsPerMinute": 60}}},
    "Interruptions": {
        "TotalCount": 1,
        "TotalTimeMillis": 2000,
        "InterruptionsByInterrupter": {"AGENT": [{"BeginOffsetMillis": 4000, "EndOffsetMillis": 6000}]},
    },
}


def write(folder: Path, raw: Any) -> Path:
    path = folder / "call.json"
    path.write_text(json.dumps(raw), encoding="utf-8")
    return path


def compared(folder: Path, **characteristics: Any) -> dict[str, Row]:
    raw = {"LanguageCode": "en-US", "Transcript": TURNS, "ConversationCharacteristics": characteristics}
    return {row.name: row for row in compare(write(folder, raw))}


def test_each_figure_stands_beside_the_vendor_s(tmp_path: Path) -> None:
    found = compared(tmp_path, **CHARACTERISTICS)
    pairs = {name: (row.theirs, None if row.ours is None else round(row.ours, 3)) for name, row in found.items()}
    assert pairs["length of the conversation"] == (8.0, 8.0)
    assert pairs["agent: talk"] == (4.0, 4.0)
    assert pairs["customer: talk"] == (5.0, 3.0)
    assert pairs["customer: the vendor's turns from end to end"] == (None, 5.0)
    assert pairs["agent's share of the talk"] == (pytest.approx(44.444, abs=1e-3), pytest.approx(57.143, abs=1e-3))
    assert pairs["non-talk time"] == (0.0, 2.0)
    assert pairs["both at once"] == (None, 1.0)
    assert pairs["agent: interrupts"] == (1.0, 1.0)
    assert pairs["customer: interrupts"] == (0.0, 0.0)
    assert pairs["interruptions"] == (2.0, 1.0)


def test_what_a_file_leaves_out_is_not_made_up(tmp_path: Path) -> None:
    found = compared(tmp_path)
    assert {row.theirs for row in found.values()} == {None}
    assert found["agent: talk"].ours == 4.0
    assert found["agent: talk"].difference is None


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        (Row("talk", "s", 4.0, 3.04), "| talk | s | 4.0 | 3.0 | −1.0 |"),
        (Row("count", "", None, 2.0), "| count |  | – | 2 | – |"),
    ],
)
def test_rows_are_written_as_markdown(row: Row, shown: str) -> None:
    assert row.as_markdown() == shown


@pytest.mark.parametrize(
    "raw",
    [
        {"Transcript": TURNS},
        {"Transcript": TURNS[:1], "ConversationCharacteristics": {}},
        [{"text": "hello", "start": 0, "end": 1}],
    ],
    ids=["no figures", "one party", "another form"],
)
def test_what_cannot_be_compared_is_refused(tmp_path: Path, raw: Any) -> None:
    with pytest.raises(UserError, match=r"call\.json: "):
        compare(write(tmp_path, raw))
