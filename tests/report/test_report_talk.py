"""Who spoke and how, as the page tells it: the table, what cannot be known, moments to play, the team beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from qa_pipeline.acoustics.floor import dead_air
from qa_pipeline.core.call import Call, Conversation, Recording, Role, RoleDecision, Turn
from qa_pipeline.core.facts import Overlap, OverlapKind, TurnVoice
from qa_pipeline.core.norms import Norm, TeamNorm
from qa_pipeline.core.score import Evidence, How, Outcome, Quote, Reason, Verdict
from qa_pipeline.core.span import Span
from qa_pipeline.core.talk import Silence, SoundKind, TalkFacts
from qa_pipeline.report import write_call_page
from qa_pipeline.report.call.call_view import CallView, call_view
from qa_pipeline.report.call.criterion_view import reason_text
from qa_pipeline.report.call.talk_moments import MomentView, interrupting_turns, waiting
from qa_pipeline.report.call.talk_sides import sides
from qa_pipeline.report.call.talk_table import range_word
from qa_pipeline.report.call.talk_view import TalkView
from qa_pipeline.report.values import CallResult
from qa_pipeline.report.wording import Wording, decimals_beside, wording
from tests.factories import A, C, U, timed
from tests.factories import call as build
from tests.factories import criterion as build_criterion
from tests.report.samples import MADE, PHONE, make_call, make_talk_facts, make_talking, make_team_norm
from tests.report.test_report_call_page import HOSTILE, Page

ZH, EN = wording("zh"), wording("en")


def page(result: CallResult, lang: str = "zh", audio: str = "x.m4a") -> CallView:
    return call_view(result, wording(lang), MADE, audio)


def talk(result: CallResult | Call, lang: str = "zh") -> TalkView:
    return page(result if isinstance(result, CallResult) else CallResult(result), lang).talk


def table(view: TalkView) -> dict[str, list[str]]:
    """Per row the cells as they are read, then the team's."""
    return {
        row.label: [" ".join(filter(None, (c.text, c.note))) for c in row.cells] + ([row.team] if row.team else [])
        for row in view.rows
    }


def moments(view: TalkView, kind: str) -> tuple[MomentView, ...]:
    return next((found.shown + found.rest for found in view.moments if found.kind == kind), ())


# --- the table -----------------------------------------------------------------------------------------------------


def test_the_figures_of_both_parties_side_by_side() -> None:
    view = talk(make_talking())
    assert [(p.role, p.name, p.start, p.share) for p in view.parties] == [
        ("agent", "坐席", 0.0, 62.5), ("customer", "客户", 62.5, 37.5),
    ]  # fmt: skip
    assert view.team == "北京一组中位数（37 通）"
    assert table(view) == {
        "说话占比": ["62% 0:20", "38% 0:12", "55%"],
        "说话次数": ["5 次", "4 次 另附和 2 次"],
        "最长独白": ["12 秒", "4 秒", "21 秒"],
        "响应时间": ["0.4 秒 3 次回应", "— 说得太少，测不准", "0.6 秒（30 通）"],
        "打断对方": ["1 次 对方没有停", "1 次 对方停下 1 次"],
        "提问": ["2 个 每分钟 2 个", "0 个"],
        "语速": ["300 字/分", "— 说得太少，测不准", "250 字/分"],
        "口头禅": ["3 个 每百字 3.1 个", "0 个"],
        "句内停顿": ["4 次 共 2.5 秒", "0 次"],
        "语调起伏": ["3.4 个半音 单调", "6.2 个半音 自然", "6.2 个半音"],
        "音高": ["122 Hz", "— 说得太少，测不准"],
        "音量突增": ["1 次", "0 次"],
    }  # fmt: skip
    assert view.summary == ("坐席说话占 62%", "打断客户 1 次", "冷场 2 次", "语调单调")
    assert (view.notes, view.unknown) == ((), ())


def test_the_english_page_says_the_same() -> None:
    view = talk(make_talking(), "en")
    rows = table(view)
    assert rows["Speech rate"] == ["300/min", "— too little to measure", "250/min"]
    assert rows["Pitch range"] == ["3.4 semitones flat", "6.2 semitones natural", "6.2 semitones"]
    assert view.summary == ("Agent speaks 62%", "interrupts 1×", "dead air 2×", "pitch flat")
    assert "characters" in next(row.hint for row in view.rows if row.label == "Speech rate").lower()


def test_english_calls_are_counted_in_words() -> None:
    result = make_talking()
    spoken = replace(result.call.conversation, language="en-US")
    result = replace(result, call=replace(result.call, conversation=spoken))
    assert table(talk(result))["语速"][0] == "300 词/分"
    hints = {row.label: row.hint for row in talk(result).rows}
    assert "120–180 词/分" in hints["语速"] and "词数" in hints["语速"]
    assert table(talk(result, "en"))["Filler words"][0].endswith("per 100 words")


def test_what_belongs_to_both() -> None:
    figures = {f.label: f.value for f in talk(make_talking()).figures}
    assert figures == {
        "总时长": "1:00", "无人说话": "0:29", "同时说话": "1.2 秒", "话轮转换": "每分钟 8 次（共 8 次）",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("semitones", "word"), [(0, "单调"), (3.99, "单调"), (4, "自然"), (9.9, "自然"), (10, "起伏大")]
)
def test_words_for_the_range_of_pitch(semitones: float, word: str) -> None:
    assert range_word(semitones, ZH) == word


def test_sudden_loudness_leads_to_its_turns() -> None:
    row = next(row for row in talk(make_talking()).rows if row.label == "音量突增")
    assert [(link.anchor, link.text) for link in row.cells[0].links] == [("t6", "0:25.2")]


# --- what cannot be known --------------------------------------------------------------------------------------------


def test_on_mono_shares_are_estimates_and_interruptions_are_not_known() -> None:
    view = talk(make_talking(mono=True))
    rows = table(view)
    assert rows["说话占比"] == ["约 62% 约 0:20", "约 38% 约 0:12", "55%"]
    assert rows["打断对方"] == ["— 单声道无法判断抢话"]
    assert "单声道录音：按声音区分双方，时长和占比是估算。" in view.notes
    assert {f.label: f.value for f in view.figures}["同时说话"] == "— 单声道无法判断"
    assert view.summary[0] == "坐席说话约占 62%"
    assert not moments(view, "cuts") and not any(found.kind == "cuts" for found in view.moments)


def test_unknown_roles_are_shown_by_voice() -> None:
    result = make_talking(mono=True)
    view = talk(replace(result, call=nameless(result.call)))
    assert [p.name for p in view.parties] == ["声音 1", "声音 2"]
    assert view.team == ""  # norms are those of agents
    rows = table(view)
    assert rows["打断对方"] == ["— 单声道无法判断抢话"]
    assert rows["响应时间"] == ["— 分不清双方"]
    assert "分不清谁是坐席、谁是客户。" in view.notes
    assert view.summary == ()


def nameless(call: Call) -> Call:
    """The call as if nobody knew who is who."""
    turns = tuple(replace(turn, role=Role.UNKNOWN) for turn in call.turns)
    roles = tuple(RoleDecision(d.channel, Role.UNKNOWN, "none", voice=d.voice) for d in call.conversation.roles)
    facts = make_talk_facts()
    lost = replace(facts, agent=None, customer=None, agent_speech_s=None, customer_speech_s=None, switches=None)
    return replace(call, conversation=Conversation("zh", turns, roles), talk=lost)


def test_voices_on_channels_are_called_channels() -> None:
    call = nameless(make_talking().call)
    assert [p.name for p in talk(call).parties] == ["声道 1", "声道 2"]
    assert [line.split("：")[0] for line in talk(call).roles] == ["声道 1 = 未知说话人", "声道 2 = 未知说话人"]


def test_one_voice_that_nobody_could_name_is_one_neutral_column() -> None:
    call = build(*timed((U, "你好我是这边的客服"), (U, "嗯你说吧我听着呢")))
    mono = Recording("a.wav", "ab" * 32, 1, "wav", "pcm", 8000, 1, 30.0)
    voices = (TurnVoice(pitch_hz=100.0, pitch_range_st=12.0, pauses=0),) * 2
    view = talk(replace(call, recording=mono, talk=TalkFacts(None, None, None, 20.0, 30.0), turn_voices=voices))
    assert [p.name for p in view.parties] == ["未知说话人"]
    assert "单声道录音，双方的声音没有分开，下面是合计。" in view.notes
    rows = table(view)
    assert (rows["打断对方"], rows["说话占比"]) == (["— 单声道无法判断抢话"], ["0:04"])
    assert view.unknown == (("最长独白、语调起伏、音高、音量突增", "双方的声音混在一起"),)


def test_many_voices_are_counted_and_three_are_shown() -> None:
    turns = tuple(
        Turn(i, Role.UNKNOWN, "话" * (10 - i), Span(10 * i, 10 * i + 5), 0, voice=i) for i in range(5)
    )  # fmt: skip
    mono = Recording("a.wav", "ab" * 32, 1, "wav", "pcm", 8000, 1, 60.0)
    view = talk(Call("c", Conversation("zh", turns), recording=mono))
    assert [p.name for p in view.parties] == ["声音 1", "声音 2", "声音 3"]
    assert view.notes[-1] == "另有 2 个声音说得更少，没有列出。"


def test_imported_without_times_names_what_is_missing_once() -> None:
    view = talk(replace(make_call(timed=False), recording=None, talk=None))
    assert table(view) == {"说话次数": ["5 次", "4 次"], "提问": ["1 个", "0 个"], "口头禅": ["0 个", "0 个"]}
    assert view.unknown == (
        ("说话占比、最长独白、响应时间、打断对方、语速", "没有时间信息"),
        ("句内停顿、语调起伏、音高、音量突增", "没有声音数据"),
    )  # fmt: skip
    assert (view.figures, view.moments) == ((), ())


def test_imported_with_times_is_added_up_from_its_turns() -> None:
    call = build((A, "您好请问您那边方便吗", 0, 2), (C, "方便", 2.5, 3), (A, "好的那我说一下我们的活动", 4, 8))
    rows = table(talk(replace(call, recording=None)))
    assert rows["说话占比"] == ["92% 0:06", "8% 0:00"]
    assert rows["语速"] == ["220 字/分", "— 说得太少，测不准"]  # 10 + 12 characters in 6 s
    assert rows["响应时间"] == ["1 秒 1 次回应", "0.5 秒 1 次回应"]
    assert rows["打断对方"] == ["— 没有重叠数据"]
    assert rows["提问"][0] == "1 个"


def test_stored_rates_of_imported_turns_count_without_times() -> None:
    call = replace(build((A, "一二三四五六七八九十"), (A, "一二三四五六七八九十")), recording=None)
    voices = (TurnVoice(rate_cpm=200.0), TurnVoice(rate_cpm=300.0))
    assert table(talk(replace(call, turn_voices=voices)))["语速"] == ["240 字/分"]  # 20 characters in 3 + 2 s


def test_nobody_speaks() -> None:
    silent = replace(make_call(), conversation=Conversation("zh", ()), turn_stages=(), stages=())
    heard = replace(make_talk_facts(), agent=None, customer=None, agent_speech_s=None, customer_speech_s=None)
    view = talk(replace(silent, talk=replace(heard, silences=())))
    assert view.notes == ("没有听到说话，没有可统计的数据。",)
    assert (view.rows, view.parties, view.figures) == ((), (), ())
    assert [(m.time, m.text, m.anchor) for m in moments(view, "waits")] == [
        ("0:00.0", "铃声 0:02", ""), ("0:40.0", "等待音乐 0:08", ""),
    ]  # fmt: skip
    assert talk(replace(silent, talk=None, recording=None)).moments == ()


def test_older_calls_keep_the_seconds_that_were_heard() -> None:
    agent, customer = sides(make_call())  # 16 s of turns, but 12 s of speech
    assert (agent.talk.speech_s, customer.talk.speech_s) == (20.0, 12.0)


# --- moments ---------------------------------------------------------------------------------------------------------


def test_interruptions_play_the_turn_that_came_in() -> None:
    found = moments(talk(make_talking()), "cuts")
    assert [(m.role, m.time, m.text, m.anchor) for m in found] == [
        ("customer", "0:19.6", "客户打断坐席，坐席停下", "t5"), ("agent", "0:33.6", "坐席打断客户，客户没有停", "t8"),
    ]  # fmt: skip
    assert found[0].said == "太贵了，我们预算没有那么多。"
    assert (found[0].play.start_s, found[0].play.stop_s) == (17.6, 25.6)


def test_turns_that_cut_in_are_marked_in_the_transcript() -> None:
    turns = page(make_talking()).turns
    assert {turn.anchor: turn.cut for turn in turns if turn.cut} == {
        "t5": "客户打断坐席，坐席停下", "t8": "坐席打断客户，客户没有停",
    }  # fmt: skip
    assert [turn.anchor for turn in turns if turn.backchannel] == ["t1"]


def test_an_interruption_belongs_to_the_nearest_turn_of_its_party() -> None:
    call = build((A, "一", 0, 4), (C, "二", 3, 5), (A, "三", 4.5, 9), (C, "四", 8, 10))
    cuts = (
        Overlap(Span(3.1, 4), False, OverlapKind.INTERRUPTION, True),
        Overlap(Span(4.5, 5), True, OverlapKind.INTERRUPTION, None),
        Overlap(Span(7.9, 9), False, OverlapKind.INTERRUPTION, False),
        Overlap(Span(8.5, 9), None, OverlapKind.INTERRUPTION),
        Overlap(Span(8.5, 9), True, OverlapKind.TALK),
    )
    found = interrupting_turns(replace(call, overlaps=cuts))
    assert {index: cut.span.start_s for index, cut in found.items()} == {1: 3.1, 2: 4.5, 3: 7.9}
    assert interrupting_turns(replace(call, overlaps=None)) == {}


def test_nobody_cut_in_is_said_and_unknown_is_not() -> None:
    call = make_talking().call
    none = next(m for m in talk(replace(call, overlaps=())).moments if m.kind == "cuts")
    assert (none.note, none.shown) == ("双方都没有打断对方。", ())
    assert not any(m.kind == "cuts" for m in talk(replace(call, overlaps=None)).moments)


def test_dead_air_says_who_was_silent_and_plays_what_was_before() -> None:
    view = talk(make_talking())
    assert [(m.time, m.text, m.anchor) for m in moments(view, "dead")] == [
        ("0:07.2", "客户说完后，坐席 5.4 秒没有接话", "t3"), ("0:50.0", "坐席停了 5 秒，客户没有接话", "t8"),
    ]  # fmt: skip
    assert next(m.note for m in view.moments if m.kind == "dead") == "5 秒以上 2 次，共 10 秒，其中坐席没有接话 1 次"
    first = moments(view, "dead")[0].play
    assert (first.start_s, first.stop_s) == (5.2, 14.6)


def test_short_and_filled_silences_are_no_dead_air() -> None:
    call = make_talking().call
    assert [gap.span.start_s for gap in dead_air(call.talk)] == [7.2, 50.0]
    exact = Silence(Span(3.2, 8.2), Role.AGENT, Role.AGENT)  # a little less than 5 in binary
    assert dead_air(replace(make_talk_facts(), silences=(exact,))) == (exact,)
    none = talk(replace(call, talk=replace(make_talk_facts(), silences=())))
    assert next(m.note for m in none.moments if m.kind == "dead") == "没有 5 秒以上的冷场。"


def test_music_on_both_channels_is_one_wait() -> None:
    assert waiting(make_talking().call) == ((SoundKind.RINGBACK, Span(0.0, 2.0)), (SoundKind.MUSIC, Span(40.0, 48.0)))


def test_of_many_silences_the_longest_stand_first_in_order_of_the_call() -> None:
    gaps = tuple(Silence(Span(100 * i, 100 * i + 5 + i % 10), Role.UNKNOWN, Role.AGENT) for i in range(40))
    call = replace(make_talking().call, talk=replace(make_talk_facts(), silences=gaps))
    found = next(m for m in talk(call).moments if m.kind == "dead")
    # Four of 14 s, and the first two of 13 s.
    assert [m.time for m in found.shown] == ["13:20.0", "15:00.0", "30:00.0", "31:40.0", "48:20.0", "1:05:00.0"]
    assert (len(found.rest), found.more) == (34, "其余 34 处")


# --- roles -----------------------------------------------------------------------------------------------------------


def test_why_each_channel_has_its_role() -> None:
    assert talk(make_talking()).roles == (
        "声道 1 = 坐席：通话信息与说话内容一致，把握 99%，依据“您好”、“我们”、“138****5678”",
        "声道 2 = 客户：通话信息与说话内容一致，把握 99%",
    )
    assert talk(make_talking(mono=True)).roles[1].startswith("声音 2 = 客户：")


@pytest.mark.parametrize("source", ["metadata", "text", "both", "conflict", "none"])
def test_every_source_of_a_role_has_a_word(source: str) -> None:
    assert ZH.messages[f"talk.source.{source}"] and EN.messages[f"talk.source.{source}"]


# --- the wave --------------------------------------------------------------------------------------------------------


def test_voices_of_one_channel_are_drawn_beneath_its_wave() -> None:
    timeline = call_view(make_talking(mono=True), ZH, MADE, "x.m4a", [[0.2, 0.9]]).timeline
    assert timeline
    assert [(lane.kind, lane.label, lane.role) for lane in timeline.lanes] == [
        ("wave", "混合", "unknown"), ("blocks", "坐席", "agent"), ("blocks", "客户", "customer"),
    ]  # fmt: skip
    two = call_view(make_talking(), ZH, MADE, "x.m4a", [[0.2, 0.9], [0.1, 0.1]]).timeline
    assert two and [lane.kind for lane in two.lanes] == ["wave", "wave"]


def test_a_mono_wave_without_separated_voices_stands_alone() -> None:
    call = nameless(make_talking(mono=True).call)
    timeline = call_view(CallResult(call), ZH, MADE, "x.m4a", [[0.2, 0.9]]).timeline
    assert timeline and [lane.kind for lane in timeline.lanes] == ["wave"]


def test_silences_are_hatched_where_they_are() -> None:
    timeline = page(make_talking()).timeline
    assert timeline
    assert [(gap.kind, gap.title) for gap in timeline.gaps] == [
        ("ringback", "0:00.0 铃声 2 秒"), ("dead", "0:07.2 冷场 5.4 秒"),
        ("music", "0:40.0 等待音乐 8 秒"), ("dead", "0:50.0 冷场 5 秒"),
    ]  # fmt: skip
    assert timeline.legend[-3:] == (("gap-ringback", "铃声"), ("gap-dead", "冷场"), ("gap-music", "等待音乐"))
    assert "#g1{left:12.0%;width:9.0%}" in timeline.rules  # 7.2 and 5.4 of 60 s


# --- reasons beside the team -----------------------------------------------------------------------------------------


def reason(check: dict[str, object], why: Reason, words: Wording) -> str:
    outcome = Outcome(
        "pace", "main", Verdict.MISSED, why, Evidence((Quote(0, 0, 1, None, "310.2 /min", How.VOICE),)), 0.0, 10.0
    )
    return reason_text(outcome, build_criterion("pace", check=check), words)


TOO_FAST = Reason(
    "measure_missed", {"measure": "speech_rate", "value": 310.24, "unit": "/min", "min": 180.0, "max": 300.0}
)
OF_AGENT: dict[str, object] = {"speech_rate": {"role": "agent", "bounds": {"min": 180, "max": 300}}}


def test_a_measured_value_stands_beside_the_teams() -> None:
    assert reason(OF_AGENT, TOO_FAST, ZH.about("zh", make_team_norm("一组"))) == (
        "语速 310 字/分，高于上限 300；一组中位数 250（37 通）"
    )
    assert reason(OF_AGENT, TOO_FAST, EN.about("zh", make_team_norm("team A"))) == (
        "Speech rate: 310 characters a minute, above the limit of 300; median of team A 250 (37 calls)"
    )
    assert reason(OF_AGENT, TOO_FAST, EN.about("en-US", make_team_norm(""))) == (
        "Speech rate: 310 words a minute, above the limit of 300; median of all calls 250 (37 calls)"
    )


def test_a_long_name_of_a_team_is_cut() -> None:
    assert ZH.about("zh", make_team_norm("长" * 500)).team_name == "长" * 23 + "…"


def test_without_norms_the_reason_stands_alone() -> None:
    for words in (
        ZH,
        ZH.about("zh"),
        ZH.about("zh", TeamNorm("一组")),
        ZH.about("zh", TeamNorm("", {"x": Norm(1, 9)})),
    ):
        assert reason(OF_AGENT, TOO_FAST, words) == "语速 310 字/分，高于上限 300"


@pytest.mark.parametrize(
    "check",
    [
        {"speech_rate": {"role": "customer", "bounds": {"max": 300}}},
        {"speech_rate": {"bounds": {"max": 300}}},
        {"speech_rate": {"role": "agent", "bounds": {"max": 300}, "stage": ["close"]}},
        {"speech_rate": {"role": "agent", "bounds": {"max": 300}, "first_turns": 3}},
        {"speech_rate": {"role": "agent", "bounds": {"max": 300}, "measure": "max"}},
        {"any": [OF_AGENT, {"speech_rate": {"role": "customer", "bounds": {"max": 300}}}]},
        {"phrases": {"any": ["您好"]}},
    ],
)
def test_other_parts_of_the_call_are_not_compared(check: dict[str, object]) -> None:
    assert "中位数" not in reason(check, TOO_FAST, ZH.about("zh", make_team_norm()))


def test_checks_inside_others_are_compared() -> None:
    both = {"all": [OF_AGENT, {"phrases": {"any": ["您好"]}}]}
    assert "北京一组中位数 250" in reason(both, TOO_FAST, ZH.about("zh", make_team_norm()))


@pytest.mark.parametrize(
    ("check", "why", "expected"),
    [
        ({"pitch_range": {"role": "agent", "bounds": {"min": 4}}},
         Reason("measure_missed", {"measure": "pitch_range", "value": 3.21, "unit": "st", "min": 4.0}),
         "语调起伏 3.2 个半音，低于下限 4；北京一组中位数 6.2（37 通）"),
        ({"talk_ratio": {"min": 25, "max": 70}},
         Reason("measure_held", {"measure": "talk_ratio", "value": 62.5, "unit": "%", "min": 25.0, "max": 70.0}),
         "坐席说话占比 62%，符合要求（在 25–70 之间）；北京一组中位数 55（37 通）"),
        ({"response_time": {"role": "agent", "measure": "median", "seconds": {"max": 2.5}}},
         Reason("measure_missed", {"measure": "response_time", "value": 2.52, "unit": "s", "max": 2.5}),
         "响应时间 2.52 秒，高于上限 2.5；北京一组中位数 0.6（30 通）"),
        ({"speech_rate": {"role": "agent", "bounds": {"max": 300}, "measure": "each"}},
         Reason("measure_each", {"measure": "speech_rate", "count": 2, "turns": 9}),
         "语速：9 句中有 2 句不合要求；北京一组中位数 250 字/分（37 通）"),
        ({"monologue": {"role": "agent", "seconds": {"max": 45}, "interruption_s": 1.5}},
         Reason("measure_missed", {"measure": "monologue", "value": 61.0, "unit": "s", "max": 45.0}),
         "最长独白 61 秒，高于上限 45；北京一组中位数 21（37 通）"),
    ],
)  # fmt: skip
def test_reasons_of_measured_criteria(check: dict[str, object], why: Reason, expected: str) -> None:
    assert reason(check, why, ZH.about("zh", make_team_norm())) == expected


@pytest.mark.parametrize(
    ("value", "limits", "fewest", "decimals"),
    [
        (310.2, [300.0], 0, 0),
        (300.4, [300.0], 0, 1),
        (300.04, [300.0], 0, 2),
        (300.0, [300.0], 0, 0),
        (2.52, [2.5], 1, 2),
    ],
)
def test_a_value_never_looks_like_the_limit_it_broke(
    value: float, limits: list[float], fewest: int, decimals: int
) -> None:
    assert decimals_beside(value, limits, fewest) == decimals


# --- the page --------------------------------------------------------------------------------------------------------


def written(result: CallResult, out: Path) -> str:
    return write_call_page(result, out, MADE).read_text("utf-8")


def test_the_page_shows_it_and_every_link_leads_somewhere(tmp_path: Path) -> None:
    html = written(make_talking(), tmp_path)
    read = Page(html)
    for words in ("通话与声音", "北京一组中位数（37 通）", "客户打断坐席，坐席停下", "坐席 5.4 秒没有接话", "指标说明"):
        assert words in read.text
    ids = {attributes.get("id") for _, attributes in read.elements}
    assert {(a["href"] or "")[1:] for a in read.all("a") if (a["href"] or "").startswith("#")} <= ids
    assert 'class="turn customer sign' in html and 'class="gap dead"' in html
    assert "style=" not in html


@pytest.mark.parametrize("hostile", [*HOSTILE, PHONE, "长" * 500])
def test_hostile_teams_and_evidence_never_act(hostile: str, tmp_path: Path) -> None:
    pages = []
    for text in ("好", hostile):
        result = make_talking()
        roles = tuple(replace(d, evidence=(text,)) for d in result.call.conversation.roles)
        call = replace(result.call, conversation=replace(result.call.conversation, roles=roles))
        pages.append(written(replace(result, call=call, team=make_team_norm(text)), tmp_path))
    harmless, found = (Page(html) for html in pages)
    for tag in ("script", "img", "a", "td", "li"):
        assert len(found.all(tag)) == len(harmless.all(tag)), tag
    assert PHONE not in pages[1]
    assert not any(name.startswith("on") for _, attributes in found.elements for name in attributes)


@pytest.mark.parametrize("mono", [False, True])
def test_the_same_call_gives_the_same_page(mono: bool, tmp_path: Path) -> None:
    first = written(make_talking(mono=mono), tmp_path / "a")
    assert first == written(make_talking(mono=mono), tmp_path / "b")


def test_a_backchannel_is_no_overlap(tmp_path: Path) -> None:
    result = make_talking()
    turns = list(result.call.turns)
    turns[5] = replace(turns[5], backchannel=True)
    call = replace(result.call, conversation=replace(result.call.conversation, turns=tuple(turns)))
    assert [bool(turn.overlap or turn.cut) for turn in page(result).turns][4:6] == [True, True]
    assert not any(turn.overlap for turn in page(replace(result, call=call)).turns)
