"""Charts of the voices over time: where bars lie, what they are held against, what is left empty, and the table."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.core.call import Call, Conversation, Role, Stage, Turn
from qa_pipeline.core.facts import TurnVoice
from qa_pipeline.core.span import Span
from qa_pipeline.core.talk import TalkFacts
from qa_pipeline.report import CallResult, write_call_page
from qa_pipeline.report.call.call_view import call_view
from qa_pipeline.report.call.voice_view import VoiceLane, VoiceView, share_bars
from qa_pipeline.report.wording import Wording, wording
from tests.report.long_samples import make_long
from tests.report.samples import MADE, make_call, make_talking, make_team_norm
from tests.report.test_report_call_page import Page

ZH, EN = wording("zh"), wording("en")
AGENT, CUSTOMER = Role.AGENT, Role.CUSTOMER


def call(*turns: tuple[Role, float, float, TurnVoice], duration_s: float = 100.0, language: str = "zh") -> Call:
    """Turns of ten characters, with times and voices."""
    made = tuple(Turn(i, role, "一二三四五六七八九十", Span(a, b)) for i, (role, a, b, _) in enumerate(turns))
    return replace(
        make_call(), conversation=Conversation(language, made), turn_stages=(), stages=(), recording=None,
        turn_voices=tuple(voice for *_, voice in turns), talk=TalkFacts(None, None, None, 0.0, duration_s),
    )  # fmt: skip


def view(made: Call, words: Wording = ZH, team: bool = False) -> VoiceView | None:
    return call_view(CallResult(made, team=make_team_norm() if team else None), words, MADE).voice


def lanes(made: Call, words: Wording = ZH, team: bool = False) -> dict[str, VoiceLane]:
    found = view(made, words, team)
    assert found
    return {lane.kind: lane for lane in found.lanes}


PACED = call(
    (AGENT, 0.0, 10.0, TurnVoice(rate_cpm=200.0)),
    (CUSTOMER, 10.0, 20.0, TurnVoice(rate_cpm=999.0)),
    (AGENT, 50.0, 60.0, TurnVoice()),
    (AGENT, 90.0, 100.0, TurnVoice(rate_cpm=300.0)),
)


def test_pace_stands_on_the_time_axis_above_and_below_the_teams_median() -> None:
    lane = lanes(PACED, team=True)["pace"]
    # 250 is the team's: 50 of 60 (the least range) below and above it are 38 of 46 units; the third turn is a gap.
    assert lane.bars == (("agent", "M0 50v38h100v-38zM900 50v-38h100v38z"),)
    assert (lane.extent, lane.unit, lane.usual, lane.usual_value) == ("200 到 300", "字/分", "北京一组中位数", "250")
    assert lane.is_team and lane.line_y == 50
    assert lane.label == "坐席语速：200 到 300 字/分，北京一组中位数 250"


def test_without_a_team_the_agent_is_held_against_the_own_median() -> None:
    lane = lanes(PACED)["pace"]
    assert (lane.usual, lane.usual_value, lane.is_team) == ("本人中位数", "250", False)


def test_english_calls_have_words_a_minute_and_english_pages_english_labels() -> None:
    english = replace(PACED, conversation=replace(PACED.conversation, language="en"))
    lane = lanes(english, EN)["pace"]
    assert (lane.name, lane.unit) == ("Pace", "words/min")
    assert lane.label == "Agent's pace: 200 to 300 words/min, own median 250"


def test_loudness_shows_both_parties_against_their_own_median() -> None:
    made = call(
        (AGENT, 0.0, 50.0, TurnVoice(level_db=12.0)),
        (CUSTOMER, 50.0, 100.0, TurnVoice(level_db=-6.0)),
    )
    lane = lanes(made)["loudness"]
    assert lane.bars == (("agent", "M0 50v-46h500v46z"), ("customer", "M500 50v23h500v-23z"))
    assert (lane.extent, lane.usual_value) == ("−6 到 12", "0")


def test_pitch_is_drawn_as_it_is_heard() -> None:
    """An octave up and an octave down are as far from the median, though 120 and 240 Hz are not."""
    made = call(
        *((AGENT, 10.0 * i, 10.0 * i + 10, TurnVoice(pitch_hz=hz)) for i, hz in enumerate((120.0, 240.0, 480.0)))
    )
    lane = lanes(made)["pitch"]
    heights = [int(v) for v in re.findall(r"50v(-?\d+)h", lane.bars[0][1])]
    assert heights == [46, 2, -46]  # the one in the middle is still seen


def test_a_voice_that_hardly_changes_does_not_look_as_if_it_did() -> None:
    made = call(
        (AGENT, 0.0, 10.0, TurnVoice(level_db=0.5)),
        (AGENT, 20.0, 30.0, TurnVoice(level_db=-0.5)),
    )
    heights = [abs(int(v)) for v in re.findall(r"50v(-?\d+)h", lanes(made)["loudness"].bars[0][1])]
    assert max(heights) <= 4


def test_the_talk_share_is_counted_in_windows() -> None:
    made = call((AGENT, 0.0, 30.0, TurnVoice()), (CUSTOMER, 30.0, 40.0, TurnVoice()),
                (AGENT, 40.0, 50.0, TurnVoice(speech_s=5.0)), duration_s=120.0)  # fmt: skip
    found = [(bar.span.start_s, bar.value) for bar in share_bars(made, 120.0)]
    # In the second window 10 s of the customer against 5 s of speech of the agent; then nobody speaks.
    assert found == [(0.0, 100.0), (30.0, pytest.approx(100 / 3))]
    lane = lanes(made, team=True)["share"]
    assert (lane.usual_value, lane.line_y, lane.extent) == ("55", 45.0, "33 到 100")
    assert lane.bars[0] == ("agent", "M0 100v-100h250v100zM250 100v-33h250v33z")


def test_short_calls_have_shorter_windows_and_one_party_has_no_share() -> None:
    two = call((AGENT, 0.0, 5.0, TurnVoice()), (CUSTOMER, 35.0, 40.0, TurnVoice()), duration_s=40.0)
    assert [bar.span.duration_s for bar in share_bars(two, 40.0)] == [10.0, 10.0]
    alone = call((AGENT, 0.0, 5.0, TurnVoice()))
    assert list(share_bars(alone, 100.0)) == []


@given(st.lists(st.tuples(st.booleans(), st.floats(0.1, 20.0)), min_size=1, max_size=30))
def test_shares_never_leave_their_lane(parts: list[tuple[bool, float]]) -> None:
    start, turns = 0.0, []
    for is_agent, length in parts:
        turns.append((AGENT if is_agent else CUSTOMER, start, start + length, TurnVoice()))
        start += length
    made = call(*turns, duration_s=start)
    bars = list(share_bars(made, start))
    assert all(0 <= bar.value <= 100 and bar.span.end_s <= start + 1e-6 for bar in bars)
    assert bool(bars) == (len({is_agent for is_agent, _ in parts}) == 2)


def test_the_table_says_the_same_by_stage() -> None:
    made = replace(PACED, turn_stages=(Stage.OPENING, Stage.OPENING, Stage.CLOSE, Stage.CLOSE))
    found = view(made, team=True)
    assert found
    assert found.table.columns == ("坐席语速（字/分）", "坐席占比（%）")  # nothing is known of the others
    assert [(row.name, row.cells) for row in found.table.rows] == [
        ("开场", ("200", "50")),
        ("成交收尾", ("300", "—")),  # the customer says nothing there
        ("全程", ("240", "75")),  # 20 characters in 3 s + 2 s; 30 of 40 s
        ("北京一组中位数（37 通）", ("250", "55")),
    ]


def test_the_whole_share_is_the_one_of_the_talk_figures() -> None:
    found = call_view(make_talking(), ZH, MADE).voice
    assert found
    assert found.table.rows[-2].cells[-1] == "62"  # 20 of 32 s, as in the table of talk figures


def test_without_sound_the_share_is_all_there_is_and_the_page_says_so() -> None:
    found = view(replace(PACED, turn_voices=()))
    assert found
    assert [lane.kind for lane in found.lanes] == ["share"]
    assert found.notes == ("没有声音数据，只能画出说话占比。",)


def test_estimates_are_called_estimates() -> None:
    found = call_view(make_talking(mono=True), ZH, MADE).voice
    assert found
    assert any("估算" in note for note in found.notes)


@pytest.mark.parametrize("timed", [True, False])
def test_nothing_is_drawn_where_nobody_knows_who_speaks_when(timed: bool) -> None:
    made = make_call(timed=timed)
    if timed:
        unnamed = tuple(replace(turn, role=Role.UNKNOWN) for turn in made.turns)
        made = replace(made, conversation=replace(made.conversation, turns=unnamed))
    assert view(made) is None


def test_the_view_is_plain_data_and_the_same_for_both_languages() -> None:
    zh, en = (call_view(make_long(55), words, MADE).voice for words in (ZH, EN))
    assert zh and en
    json.dumps(asdict(zh), ensure_ascii=False)
    assert [lane.bars for lane in zh.lanes] == [lane.bars for lane in en.lanes]
    assert [row.cells for row in zh.table.rows] == [row.cells for row in en.table.rows]


def test_the_page_draws_and_names_every_lane(tmp_path: Path) -> None:
    page = Page(write_call_page(make_long(55), tmp_path, MADE).read_text("utf-8"))
    labels = [svg["aria-label"] or "" for svg in page.all("svg") if "voice-lane" in (svg.get("class") or "")]
    assert [label.split("：")[0] for label in labels] == [
        "坐席语速", "双方音量（与自己平时相比）", "坐席音高", "坐席说话占比",
    ]  # fmt: skip
    dashed = [path for path in page.all("path") if path.get("class") == "usual team"]
    assert len(dashed) == 2  # pace and share have a team to be held against
