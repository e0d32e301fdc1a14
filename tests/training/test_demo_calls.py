"""The bundled demo: dialogues, reference, table and recordings say the same."""

import csv
import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest

from training.demo_calls.dialogue import CRITERIA, Dialogue, read_all, read_line
from training.demo_calls.render import COLUMNS

DEMO = Path("qa_pipeline/demo")
RECORDINGS = DEMO / "recordings"
MOST_BYTES = 6_000_000
DIALOGUES = {d.id: d for d in read_all()}
REFERENCE: list[dict[str, Any]] = [
    json.loads(line) for line in (DEMO / "reference.jsonl").read_text(encoding="utf-8").splitlines()
]
SPOKEN = [call for call in REFERENCE if call["turns"]]
with (DEMO / "calls.csv").open(encoding="utf-8", newline="") as table:
    ROWS = list(csv.DictReader(table))


def duration_s(path: Path) -> float:
    with av.open(str(path)) as container:
        return sum(f.samples / f.sample_rate for f in container.decode(audio=0))


def hanzi(text: str) -> str:
    return re.sub(r"[^\u4e00-\u9fff]", "", text)


def test_every_dialogue_has_a_recording_and_nothing_else_is_there() -> None:
    assert {d.recording for d in DIALOGUES.values()} == {p.name for p in RECORDINGS.iterdir()}


def test_the_recordings_are_small() -> None:
    assert sum(p.stat().st_size for p in RECORDINGS.iterdir()) <= MOST_BYTES


def test_the_table_has_one_row_per_recording() -> None:
    assert list(ROWS[0]) == list(COLUMNS)
    assert [(r["call_id"], r["recording"]) for r in ROWS] == [(d.id, d.recording) for d in DIALOGUES.values()]


def test_the_table_agrees_with_the_dialogues() -> None:
    for row in ROWS:
        dialogue = DIALOGUES[row["call_id"]]
        assert (row["agent_id"], row["agent_name"], row["team"]) == (
            dialogue.agent.id,
            dialogue.agent.name,
            dialogue.agent.team,
        )
        assert row["outcome"] == dialogue.outcome
        assert row["agent_channel"] in ("", dialogue.agent_side)


def test_swapped_and_mono_calls_do_not_tell_the_channel() -> None:
    told = {row["call_id"] for row in ROWS if row["agent_channel"]}
    assert not told & {d.id for d in DIALOGUES.values() if d.agent_side == "right" or d.layout == "mono"}


def test_the_reference_holds_every_call_but_the_broken_one() -> None:
    assert [call["id"] for call in REFERENCE] == [d.id for d in DIALOGUES.values() if d.codec != "broken"]
    assert all(call["id"] == Path(call["recording"]).stem for call in REFERENCE)


def test_the_silent_call_has_no_turns() -> None:
    assert [call["id"] for call in REFERENCE if not call["turns"]] == [d.id for d in DIALOGUES.values() if d.silent_s]


@pytest.mark.parametrize("call", SPOKEN, ids=lambda call: str(call["id"]))
def test_turns_are_those_of_the_dialogue(call: dict[str, Any]) -> None:
    script = [(line.role, line.stage, line.text) for line in DIALOGUES[call["id"]].lines]
    assert [(t["role"], t["stage"], t["text"]) for t in call["turns"]] == script


@pytest.mark.parametrize("call", SPOKEN, ids=lambda call: str(call["id"]))
def test_words_are_the_hanzi_of_their_turn_in_order_and_inside_it(call: dict[str, Any]) -> None:
    for turn in call["turns"]:
        words = turn["words"]
        assert "".join(w["text"] for w in words) == hanzi(turn["text"])
        times = [t for w in words for t in (w["start_s"], w["end_s"])]
        assert times == sorted(times)
        assert turn["start_s"] - 0.002 <= times[0]
        assert times[-1] <= turn["end_s"] + 0.002


@pytest.mark.parametrize("call", SPOKEN, ids=lambda call: str(call["id"]))
def test_turns_lie_inside_the_recording(call: dict[str, Any]) -> None:
    assert call["turns"][0]["start_s"] >= 0
    last_s = max(turn["end_s"] for turn in call["turns"])
    # A lossy coder may add a frame of padding, none may cut speech off.
    assert last_s <= duration_s(RECORDINGS / call["recording"]) < last_s + 2


@pytest.mark.parametrize("call", REFERENCE, ids=lambda call: str(call["id"]))
def test_all_criteria_are_labelled_and_a_yes_of_the_first_sixteen_has_evidence(call: dict[str, Any]) -> None:
    assert list(call["labels"]) == list(CRITERIA)
    for criterion, label in call["labels"].items():
        shown = call["evidence"][criterion]
        assert all(0 <= index < len(call["turns"]) for index in shown)
        breaks = criterion in CRITERIA[16:]
        assert bool(shown) == (label == ("no" if breaks else "yes")), criterion


def test_evidence_of_actions_lies_in_agent_turns() -> None:
    for call in SPOKEN:
        for indices in call["evidence"].values():
            assert all(call["turns"][i]["role"] == "agent" for i in indices)


def test_roles_lie_on_their_channels() -> None:
    for call in SPOKEN:
        dialogue = DIALOGUES[call["id"]]
        found = {turn["channel"] for turn in call["turns"] if turn["role"] == "agent"}
        assert found == {"mono" if dialogue.layout == "mono" else dialogue.agent_side}


def test_the_mono_call_leaves_a_pause_at_every_change_of_speaker() -> None:
    for call in SPOKEN:
        if DIALOGUES[call["id"]].layout == "mono":
            turns = call["turns"]
            gaps = [b["start_s"] - a["end_s"] for a, b in pairwise(turns)]
            assert min(gaps) >= 0.75


def test_the_broken_file_cannot_be_opened() -> None:
    (broken,) = [d for d in DIALOGUES.values() if d.codec == "broken"]
    with pytest.raises(av.error.FFmpegError):
        duration_s(RECORDINGS / broken.recording)


def test_dialogue_text_is_hanzi_and_plain_punctuation() -> None:
    for dialogue in DIALOGUES.values():
        for line in dialogue.lines:
            assert re.fullmatch(r"[\u4e00-\u9fff，。？、]+", line.text), line.text


def test_a_bad_line_is_refused() -> None:
    with pytest.raises(ValueError, match="not a turn"):
        read_line(["nobody", "opening", "您好。"])
    with pytest.raises(ValueError, match="unknown criteria"):
        read_line(["agent", "opening", "您好。", {"shows": ["charm"]}])


def test_labels_without_lines_are_all_not_applicable() -> None:
    (silent,) = [d for d in DIALOGUES.values() if d.silent_s]
    assert isinstance(silent, Dialogue)
    assert set(silent.labels.values()) == {"na"}
