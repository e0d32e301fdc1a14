"""Labelled calls: what is read, and that every mistake is listed at once with its line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.core.call import CallOutcome, Role, Stage
from qa_pipeline.core.errors import UserError
from qa_pipeline.core.facts import Annotations, Fact, Overlap, TurnVoice
from qa_pipeline.core.span import Span
from qa_pipeline.transcribe.labelled import MAX_MISTAKES, LabelledCall, read_labelled

TURN = {"role": "agent", "text": "您好", "start_s": 0.0, "end_s": 1.0, "stage": "opening"}
SPOKEN = "13812345678"


def written(folder: Path, *calls: Any) -> Path:
    path = folder / "calls.jsonl"
    lines = [call if isinstance(call, str) else json.dumps(call, ensure_ascii=False) for call in calls]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def one(folder: Path, **fields: Any) -> LabelledCall:
    (call,) = read_labelled(written(folder, {"id": "a", "turns": [TURN], **fields}))
    return call


def mistakes(folder: Path, *calls: Any) -> list[str]:
    path = written(folder, *calls)
    with pytest.raises(UserError) as error:
        read_labelled(path)
    return str(error.value).replace(f"{path}:", "").splitlines()


def test_a_whole_call_is_read(tmp_path: Path) -> None:
    words = [{"text": "您", "start_s": 0.0, "end_s": 0.5}]
    call = one(
        tmp_path,
        turns=[TURN | {"channel": "right", "words": words}],
        labels={"greet": "yes"},
        evidence={"greet": [0]},
        agent_id="A1",
        outcome="deal",
        recording="a.wav",
        industry="bank",
        score=3,
        nested={"dropped": 1},
    )
    (turn,) = call.conversation.turns
    assert (turn.channel, turn.span, turn.words[0].span) == (1, Span(0, 1), Span(0, 0.5))
    assert (call.stages, call.labels, call.evidence) == ((Stage.OPENING,), {"greet": "yes"}, {"greet": (0,)})
    assert (call.metadata.agent_id, call.metadata.outcome) == ("A1", CallOutcome.DEAL)
    assert call.metadata.extra == {"industry": "bank", "score": "3"}
    assert (call.recording, call.line) == ("a.wav", 1)


@pytest.mark.parametrize(
    ("written", "read"), [(True, True), (False, False), ("yes", True), ("否", False), (" No ", False), (None, None)]
)
def test_what_the_business_knows_is_read_as_calls_csv_has_it(
    tmp_path: Path, written: object, read: bool | None
) -> None:
    said = one(tmp_path, connected=written, refunded=written, amount=1280, wrap_up_s=12.5).metadata
    assert (said.connected, said.refunded, said.amount, said.wrap_up_s) == (read, read, 1280, 12.5)
    assert said.extra == {}


def test_what_is_not_said_stays_unknown(tmp_path: Path) -> None:
    call = one(tmp_path, turns=[{"text": "您好"}])
    (turn,) = call.conversation.turns
    assert (turn.role, turn.span, turn.channel, call.stages) == ("unknown", None, None, ())


def test_stages_count_only_where_every_turn_has_one(tmp_path: Path) -> None:
    assert one(tmp_path, turns=[TURN, {"role": "agent", "text": "好"}]).stages == ()


def test_acts_voices_facts_overlaps_and_who_hung_up_are_read(tmp_path: Path) -> None:
    turns = [TURN | {"acts": ["greet", "thank"], "voice": {"rate_cpm": 300, "level_db": -3.5}}, {"text": "三十九块"}]
    call = one(
        tmp_path,
        turns=turns,
        facts=[
            {"name": "price", "value": "39", "turn": 1, "start": 0, "end": 4, "number": 39, "unit": "元"},
            {"name": "provider", "value": "云桥", "turn": 0},
        ],
        overlaps=[{"start_s": 0.5, "end_s": 0.9, "by": "agent"}, {"start_s": 1, "end_s": 1}],
        ended_by="customer",
    )
    said = call.annotations
    assert [[act.name for act in acts] for acts in said.turn_acts] == [["greet", "thank"], []]
    assert said.turn_voices == (TurnVoice(rate_cpm=300, level_db=-3.5), TurnVoice())
    assert said.facts == (Fact("price", "39", 1, 0, 4, 39, "元"), Fact("provider", "云桥", 0, 0, 2))
    assert said.overlaps == (Overlap(Span(0.5, 0.9), True), Overlap(Span(1, 1), None))
    assert call.ended_by is Role.CUSTOMER


def test_what_nobody_looked_for_is_told_from_what_was_not_there(tmp_path: Path) -> None:
    assert one(tmp_path).annotations == Annotations()
    assert one(tmp_path).ended_by is None
    empty = one(tmp_path, turns=[TURN | {"acts": [], "voice": {}}], facts=[], overlaps=[])
    assert empty.annotations == Annotations(((),), (TurnVoice(),), (), ())


def test_a_fact_ends_with_its_turn(tmp_path: Path) -> None:
    (fact,) = (
        one(tmp_path, facts=[{"name": "price", "value": "39", "turn": 0, "start": 9, "end": 99}]).annotations.facts
        or ()
    )
    assert (fact.start, fact.end) == (2, 2)


def test_line_separators_inside_strings_are_text(tmp_path: Path) -> None:
    call = one(tmp_path, turns=[{"text": "一\u2028二\u0085三"}])
    assert call.conversation.turns[0].text == "一\u2028二\u0085三"


def test_blank_lines_and_a_byte_order_mark_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\xef\xbb\xbf\r\n" + json.dumps({"id": "a", "turns": [TURN]}).encode() + b"\r\n\r\n")
    assert [call.line for call in read_labelled(path)] == [2]


def test_every_mistake_is_listed_with_its_line(tmp_path: Path) -> None:
    found = mistakes(
        tmp_path,
        {"id": "a", "turns": [TURN | {"role": "boss", "stage": "lunch"}]},
        {"id": "b", "turns": [TURN]},
        "{broken",
        {"turns": [TURN]},
        {"id": "b", "turns": [TURN]},
    )
    starts = ["1: turns.0.role:", "1: turns.0.stage:", "3: Invalid JSON", "4: id:", "5: the id is used in line 2"]
    assert [line[: len(start)] for line, start in zip(found, starts, strict=True)] == starts


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"evidence": {"greet": [0, 3]}}, "evidence names turn 3, but there are 1 turns"),
        ({"evidence": {"greet": [-1]}}, "evidence names turn -1"),
        ({"turns": [TURN | {"end_s": None}]}, "give both start_s and end_s"),
        ({"turns": [TURN | {"start_s": 2.0}]}, "end_s 1.0 lies before start_s 2.0"),
        ({"turns": [TURN | {"start_s": -1.0}]}, "turns.0.start_s:"),
        ({"turns": [TURN | {"start_s": 5.0, "end_s": 6.0}, TURN]}, "in order of start_s"),
        ({"labels": {"greet": "maybe"}}, "labels.greet:"),
        ({"language": "Chinese"}, "language:"),
        ({"started_at": "soon"}, "started_at:"),
        ({"id": "x" * 201}, "id:"),
        ({"id": " "}, "id:"),
        ({"id": ""}, "id:"),
        ({"turns": "text"}, "turns:"),
        ({"turns": [TURN | {"acts": "greet"}]}, "turns.0.acts:"),
        ({"turns": [TURN | {"acts": [""]}]}, "turns.0.acts.0:"),
        ({"turns": [TURN | {"voice": {"rate": 3}}]}, "turns.0.voice.rate:"),
        ({"facts": [{"name": "price", "value": "39", "turn": 3}]}, "a fact names turn 3, but there are 1 turns"),
        ({"facts": [{"value": "39", "turn": 0}]}, "facts.0.name:"),
        ({"overlaps": [{"start_s": 2, "end_s": 1}]}, "an overlap ends before it begins"),
        ({"overlaps": [{"start_s": 2, "end_s": 3, "by": "boss"}]}, "overlaps.0.by:"),
        ({"ended_by": "nobody"}, "ended_by:"),
        ({"connected": "maybe"}, "connected: must be true or false"),
        ({"refunded": 1}, "refunded: must be true or false"),
        ({"amount": "much"}, "amount:"),
        ({"amount": True}, "amount:"),
        ({"wrap_up_s": -1}, "wrap_up_s:"),
    ],
)
def test_one_mistake(tmp_path: Path, fields: dict[str, Any], said: str) -> None:
    (line,) = mistakes(tmp_path, {"id": "a", "turns": [TURN], **fields})
    assert line.startswith("1: ")
    assert said in line


def test_an_endless_time_is_a_mistake(tmp_path: Path) -> None:
    text = json.dumps({"id": "a", "turns": [TURN]}).replace('"end_s": 1.0', '"end_s": 1e999')
    assert "finite" in mistakes(tmp_path, text)[0]


def test_no_value_is_repeated_in_a_message(tmp_path: Path) -> None:
    turn = {"role": SPOKEN, "text": [SPOKEN], "stage": SPOKEN, "start_s": SPOKEN, "channel": SPOKEN}
    found = mistakes(
        tmp_path, {"id": "a", "turns": [turn], "direction": SPOKEN, "started_at": SPOKEN}, f'{{"id": "{SPOKEN}'
    )
    assert len(found) == 6
    assert SPOKEN not in "\n".join(found)


def test_a_long_list_of_mistakes_is_cut_and_counted(tmp_path: Path) -> None:
    found = mistakes(tmp_path, *["{"] * (MAX_MISTAKES + 5))
    assert len(found) == MAX_MISTAKES + 1
    assert found[-1] == "… and 5 more"


@pytest.mark.parametrize(
    ("content", "said"), [(b"", "holds no calls"), (b"\n\n", "holds no calls"), ("客户".encode("gb18030"), "not UTF-8")]
)
def test_a_file_without_calls(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(content)
    with pytest.raises(UserError, match=said):
        read_labelled(path)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        read_labelled(tmp_path / "none.jsonl")
    with pytest.raises(UserError, match="is a folder"):
        read_labelled(tmp_path)
