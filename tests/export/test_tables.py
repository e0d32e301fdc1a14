"""What stands in the rows: three calls with known answers, unknowns, masks, and who gave which verdict."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.core.call import CallMetadata, Doubt, Role
from qa_pipeline.core.facts import Act, TurnVoice
from qa_pipeline.core.review import ReviewKind
from qa_pipeline.core.score import Fatal, Reason, Verdict
from qa_pipeline.core.signals import BuyingSignal, Objection, ObjectionType, Signals
from qa_pipeline.core.span import Span
from qa_pipeline.core.talk import PartyTalk, Silence, SoundKind, TalkFacts
from qa_pipeline.export.columns import Column, Kind, Table, plain
from qa_pipeline.export.tables import TABLES, schema
from tests.export.export_samples import as_dicts, card, change, ready, review, spoken, three_calls
from tests.factories import A, C, U, call, form, line, outcome, scorecard

CALLS, OUTCOMES, TURNS = TABLES["calls"], TABLES["outcomes"], TABLES["turns"]

PARTY = PartyTalk(2.0, 1, 0, 120, 60.0, 0, 0.0, 0, 3, (0.5, 1.5, 0.7), 9.25, 2, pitch_range_st=4.5)


def row(table: Table[Any], *calls: Any, at: int = 0) -> dict[str, Any]:
    return as_dicts(table, calls)[at]


def test_a_call_that_was_scored_and_inspected() -> None:
    (first, *_) = as_dicts(CALLS, three_calls())
    known = {name: value for name, value in first.items() if value is not None}
    assert known == {
        "call_id": "call-1",
        "started_at": "2026-11-03T10:15:00+08:00",
        "started_local": datetime(2026, 11, 3, 10, 15),
        "direction": "outbound",
        "connected": True,
        "call_outcome": "deal",
        "amount": 1999.5,
        "refunded": False,
        "wrap_up_s": 12.0,
        "agent_id": "A01",
        "agent_name": "林佳怡",
        "team": "一组",
        "customer_id": "138****5678",
        "recording": "call.wav",
        "channels": 2,
        "duration_s": 60.0,
        "language": "zh",
        "turns": 2,
        "opening_s": 2.5,
        "needs_s": 0.0,
        "recommendation_s": 0.0,
        "objection_s": 0.0,
        "close_s": 0.0,
        "rubric_id": "test",
        "rubric_version": "1.0",
        "machine_state": "failed",
        "machine_points": 10.0,
        "machine_percent": 50.0,
        "final_state": "passed",
        "final_points": 20.0,
        "final_percent": 100.0,
        "points_possible": 20.0,
        "criteria": 2,
        "criteria_scored": 2,
        "red_lines": 0,
        "red_lines_confirmed": 0,
        "verdicts_changed": 1,
        "verdicts_confirmed": 0,
        "comments": 0,
        "appeals": 0,
        "open_appeals": 0,
    }


def test_without_times_or_a_scorecard_nothing_is_made_up() -> None:
    known = {name: value for name, value in row(CALLS, *three_calls(), at=1).items() if value is not None}
    counts = {"turns": 2, "comments": 0, "appeals": 0, "open_appeals": 0}
    assert known == {"call_id": "call-2", "language": "zh", **counts}
    assert [r["call_id"] for r in as_dicts(OUTCOMES, three_calls())] == ["call-1", "call-1", "call-3", "call-3"]
    said = row(TURNS, ready(call((U, "喂"))))
    assert {name: value for name, value in said.items() if value is not None} == {
        "call_id": "call-1",
        "turn": 0,
        "text": "喂",
        "backchannel": False,
    }


def test_the_verdicts_of_rules_inspector_and_both_stand_apart() -> None:
    greet, thank = as_dicts(OUTCOMES, [ready(None, card(), [change(Verdict.PARTLY, 8), change(Verdict.MET, 9)])])
    assert thank == {
        "call_id": "call-1",
        "rubric_id": "test",
        "rubric_version": "1.0",
        "position": 2,
        "section_id": "main",
        "criterion_id": "thank",
        "criterion_title": "thank",
        "points_kind": "earned",
        "points_limit": 10.0,
        "severity": "minor",
        "red_line": None,
        "machine_verdict": "missed",
        "machine_points": 0.0,
        "machine_reason": "phrases_found",
        "inspector_verdict": "met",
        "inspector": "李质检",
        "inspected_at": "2026-11-05T09:00:00+00:00",
        "final_verdict": "met",
        "final_points": 10.0,
        "red_line_crossed": None,
        "hits": 0,
        "evidence_turn": None,
        "evidence_start_s": None,
        "evidence_end_s": None,
        "evidence_how": None,
        "evidence_similarity": None,
        "nearest_turn": 1,
        "nearest_similarity": 0.25,
        "comments": 0,
        "appeals": 0,
        "open_appeals": 0,
    }
    assert (greet["inspector_verdict"], greet["final_verdict"], greet["final_points"]) == (None, "met", 10.0)
    # The quote has no time of its own: that of its turn stands for it.
    evidence = ("evidence_turn", "evidence_start_s", "evidence_end_s", "evidence_how", "evidence_similarity", "hits")
    assert [greet[name] for name in evidence] == [0, 0.0, 2.0, "exact", 1.0, 1]


def test_a_verdict_that_is_confirmed_is_one_of_an_inspector_and_no_change() -> None:
    one = ready(None, card(), [change(Verdict.MISSED)])
    thank = row(OUTCOMES, one, at=1)
    assert (thank["inspector_verdict"], thank["final_verdict"], thank["machine_verdict"]) == ("missed",) * 3
    assert [row(CALLS, one)[name] for name in ("verdicts_changed", "verdicts_confirmed")] == [0, 1]


def test_a_change_of_a_criterion_that_the_rubric_does_not_have_changes_nothing() -> None:
    one = ready(None, card(), [change(Verdict.MET, criterion_id="gone")])
    assert [row(CALLS, one)[name] for name in ("final_percent", "verdicts_changed")] == [50.0, 0]


def test_what_cannot_be_judged_has_no_points() -> None:
    blocked = replace(scorecard(outcome("greet", Verdict.NOT_SCORABLE)), unscorable=(Reason("no_roles"),))
    whole, single = row(CALLS, ready(None, blocked)), row(OUTCOMES, ready(None, blocked))
    names = ("machine_state", "machine_points", "final_percent", "points_possible", "unscorable_reason")
    assert [whole[name] for name in names] == ["none", None, None, None, "no_roles"]
    assert (single["machine_verdict"], single["machine_points"], single["final_points"]) == ("not_scorable", None, None)


@pytest.mark.parametrize(
    ("verdict", "crossed", "state"),
    [(Verdict.MISSED, True, "redline"), (Verdict.MET, False, "open"), (Verdict.NOT_SCORABLE, None, "none")],
)
def test_red_lines(verdict: Verdict, crossed: bool | None, state: str) -> None:
    fatal = form({"id": "main", "criteria": [line("thank", points=10, fatal="call")]})
    one = ready(None, scorecard(outcome("thank", verdict, fatal=True)), [change(Verdict.MISSED)], fatal)
    plainly = ready(None, scorecard(outcome("thank", verdict, fatal=True)), form=fatal)
    single = row(OUTCOMES, plainly)
    assert (single["red_line"], single["red_line_crossed"]) == (Fatal.CALL.value, crossed)
    assert row(CALLS, plainly)["final_state"] == state
    assert [row(CALLS, one)[name] for name in ("red_lines", "red_lines_confirmed")] == [1, 1]
    assert row(CALLS, plainly)["red_lines_confirmed"] == 0


def test_remarks_are_counted_and_open_appeals_are_those_without_an_answer() -> None:
    said = [
        review(ReviewKind.APPEAL, 8, "thank"),
        review(ReviewKind.APPEAL, 9, "greet"),
        review(ReviewKind.COMMENT, 9),
        change(Verdict.MET, 10),
    ]
    one = ready(None, card(), reversed(said))
    names = ("comments", "appeals", "open_appeals")
    assert [row(CALLS, one)[name] for name in names] == [1, 2, 1]
    assert [[r[name] for name in names] for r in as_dicts(OUTCOMES, [one])] == [[0, 1, 1], [0, 1, 0]]


def test_how_the_parties_talk() -> None:
    gaps = (
        Silence(Span(3, 8), Role.AGENT, Role.CUSTOMER),
        Silence(Span(10, 30), Role.AGENT, Role.CUSTOMER, SoundKind.MUSIC),
    )
    talk = TalkFacts(30.0, 10.0, None, 25.0, 60.0, True, agent=PARTY, switches=4, silences=gaps)
    found = row(CALLS, ready(replace(spoken(), talk=talk, ended_by=Role.CUSTOMER)))
    wanted = {
        "talk_estimated": True,
        "agent_speech_s": 30.0,
        "customer_speech_s": 10.0,
        "agent_share_percent": 75.0,
        "overlap_s": None,
        "silence_s": 25.0,
        "dead_air_s": 5.0,
        "floor_changes": 4,
        "agent_rate_cpm": 120.0,
        "agent_response_s": 0.7,
        "agent_longest_monologue_s": 9.25,
        "agent_questions": 3,
        "agent_interruptions": 2,
        "customer_interruptions": None,
        "ended_by": "customer",
    }
    assert {name: found[name] for name in wanted} == wanted


def test_signals_are_counted_where_somebody_looked_for_them() -> None:
    signals = Signals((Objection(ObjectionType.PRICE, 1, 0.9),), (BuyingSignal(1, 0.9),), (1, 1))
    names = ("objections", "unresolved_objections", "buying_signals", "refusals")
    assert [row(CALLS, ready(replace(spoken(), signals=signals)))[name] for name in names] == [1, 1, 1, 2]
    assert [row(CALLS, ready(replace(spoken(), signals=Signals())))[name] for name in names] == [0, 0, 0, 0]
    assert [row(CALLS, ready())[name] for name in names] == [None] * 4


def test_a_turn_with_all_that_is_known_of_it() -> None:
    said = spoken((A, "您好", 0.1 + 0.2, 1.5), stages="o", confidence=0.9)
    turn = replace(said.turns[0], channel=0, voice=1, confidence=0.8, doubts=(Doubt.LOOP, Doubt.RATE))
    said = replace(
        said,
        conversation=replace(said.conversation, turns=(turn,)),
        turn_acts=((Act("greet", 0.9), Act("thank")),),
        turn_voices=(TurnVoice(240.0, -1.5, 3.0, 210.0, 4.5, 1.0, 0.2, 1.0),),
        stage_probabilities=(0.75,),
    )
    assert row(TURNS, ready(said)) == {
        "call_id": "call-1",
        "turn": 0,
        "role": "agent",
        "start_s": 0.3,
        "end_s": 1.5,
        "text": "您好",
        "stage": "opening",
        "stage_probability": 0.75,
        "acts": "greet;thank",
        "confidence": 0.8,
        "doubts": "loop;rate",
        "backchannel": False,
        "channel": 0,
        "voice": 1,
        "rate_cpm": 240.0,
        "level_db": -1.5,
        "level_jump_db": 3.0,
        "pitch_hz": 210.0,
        "pitch_range_st": 4.5,
        "speech_s": 1.0,
        "pause_s": 0.2,
        "pauses": 1.0,
    }


PHONE = "13912345678"


def test_numbers_of_people_are_masked_in_every_column() -> None:
    known = CallMetadata(agent_id=PHONE, agent_name=f"林{PHONE}", team=PHONE, customer_id=PHONE)
    said = spoken((C, f"我的电话是{PHONE}", 0, 1), (C, "一三九", 1, 2), (C, "一二三四五六七八", 2, 3), metadata=known)
    said = replace(said, call_id=f"rec-{PHONE}", recording=replace(said.recording, path=f"C:\\calls\\{PHONE}.wav"))
    one = ready(said, card(), [change(Verdict.MET, author=f"李{PHONE}")])
    for table in TABLES.values():
        rows = as_dicts(table, [one])
        assert rows and PHONE not in str(rows) and "一二三四" not in str(rows)
        assert len({r["call_id"] for r in rows}) == 1
    assert row(CALLS, one)["recording"] == "139****5678.wav"
    assert row(TURNS, one)["text"] == "我的电话是139****5678"


def test_words_of_the_call_stand_in_the_table_of_turns_alone() -> None:
    one = ready(
        spoken((A, "独特甲", 0, 1), (C, "独特乙", 1, 2)), card(), [review(ReviewKind.COMMENT, 9, text="独特丙")]
    )
    assert "独特" not in str(as_dicts(CALLS, [one]) + as_dicts(OUTCOMES, [one]))
    assert [r["text"] for r in as_dicts(TURNS, [one])] == ["独特甲", "独特乙"]


@pytest.mark.parametrize(
    ("value", "kind", "wanted"),
    [
        (None, Kind.WHOLE, None),
        ("", Kind.TEXT, None),
        (" ", Kind.TEXT, " "),
        (Verdict.MET, Kind.TEXT, "met"),
        (0.1 + 0.2, Kind.DECIMAL, 0.3),
        (3, Kind.DECIMAL, 3.0),
        (math.nan, Kind.DECIMAL, None),
        (-math.inf, Kind.DECIMAL, None),
        (0, Kind.WHOLE, 0),
        (False, Kind.YES_NO, False),
        (datetime.fromisoformat("2026-11-03T10:15:00.9+08:00"), Kind.MOMENT, datetime(2026, 11, 3, 10, 15)),
    ],
)
def test_values_become_plain(value: object, kind: Kind, wanted: object) -> None:
    found = plain(value, kind)
    assert (found, type(found)) == (wanted, type(wanted))


def test_no_minus_zero() -> None:
    assert math.copysign(1, plain(-0.0, Kind.DECIMAL)) == 1  # type: ignore[arg-type]


@pytest.mark.parametrize(("value", "kind"), [(1, Kind.TEXT), ("1", Kind.WHOLE), (True, Kind.WHOLE), (1, Kind.YES_NO)])
def test_a_value_of_another_form_is_a_bug(value: object, kind: Kind) -> None:
    with pytest.raises(TypeError, match="is no"):
        plain(value, kind)


def test_units_and_names_are_checked() -> None:
    column: Column[object] = Column("a", Kind.TEXT, "m", "义", str)
    with pytest.raises(ValueError, match="unit"):
        replace(column, unit="furlongs")
    with pytest.raises(ValueError, match="twice"):
        Table("t", "", "", (column, column), lambda call: ())


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_column_says_what_it_is_and_its_name_tells_its_unit(table: Table[Any]) -> None:
    endings = {"s": ("_s",), "%": ("_percent",), "dB": ("_db",), "Hz": ("_hz",), "semitones": ("_st",)}
    endings |= {"characters/min": ("_cpm",), "points": ("_points", "points_possible", "points_limit")}
    for column in table.columns:
        assert column.name.replace("_", "").isalnum() and column.name == column.name.lower()
        assert column.meaning.strip() and any("\u4e00" <= c <= "\u9fff" for c in column.meaning_zh)
        assert column.name.endswith(endings.get(column.unit, ("",))), column.name


def test_the_schema_is_what_the_tables_are() -> None:
    assert [(t["table"], [c["name"] for c in t["columns"]]) for t in schema()] == [  # type: ignore[attr-defined]
        (table.name, list(table.names)) for table in TABLES.values()
    ]


@given(st.text())
def test_hostile_text_keeps_every_row_as_long_as_its_table(text: str) -> None:
    known = CallMetadata(agent_id=text, agent_name=text, team=text, customer_id=text)
    one = ready(call((C, text), metadata=known), card())
    for table in TABLES.values():
        for made in table.rows(one):
            assert len(made) == len(table.columns)
            assert not any(isinstance(value, str) and ("\x00" in value or "\r" in value) for value in made)
