"""Evidence on the page keeps to what is known: invariants, unknown roles, missing times, odd stages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qa_pipeline.core.call import Call, Conversation, Role, Stage, StageSpan, Turn, Word
from qa_pipeline.core.score import Evidence, Outcome, Quote, Reason, Verdict
from qa_pipeline.core.span import Span
from qa_pipeline.report.call.call_view import CallView, call_view
from qa_pipeline.report.call.quotes import CallTexts, play_view, quote_view, searched_view
from qa_pipeline.report.call.write_call import said
from qa_pipeline.report.render import content_policy
from qa_pipeline.report.text import Token
from qa_pipeline.report.wording import wording
from tests.report.samples import MADE, make_call, make_card, make_result, make_turns

ZH, EN = wording("zh"), wording("en")


def _view(call: Call) -> CallView:
    return call_view(make_result(call=call), ZH, MADE, "x.m4a")


def _with_turns(turns: tuple[Turn, ...]) -> Call:
    call = make_call()
    kept = {} if len(turns) == len(call.turns) else {"turn_stages": (), "stages": ()}
    return replace(call, conversation=replace(call.conversation, turns=turns), **kept)  # type: ignore[arg-type]


def _shifted(turn: Turn, by_s: float) -> Turn:
    assert turn.span
    words = tuple(Word(word.text, word.span.shift(by_s), word.probability) for word in turn.words)
    return replace(turn, span=turn.span.shift(by_s), words=words)


def test_shifting_all_times_shifts_what_is_played_and_nothing_else() -> None:
    before = _view(make_call())
    after = _view(_with_turns(tuple(_shifted(turn, 10.0) for turn in make_turns())))
    assert before.score and after.score
    for old, new in zip(before.score.sections, after.score.sections, strict=True):
        for a, b in zip(old.criteria, new.criteria, strict=True):
            assert (a.verdict, a.points, a.reason) == (b.verdict, b.points, b.reason)
            for x, y in zip(a.quotes, b.quotes, strict=True):
                assert x.text == y.text
                assert x.play and y.play
                # The first quote starts at 0.0, where no lead fits.
                assert y.play.stop_s - x.play.stop_s == pytest.approx(10.0, abs=0.02)


def test_swapping_channels_changes_no_overlap() -> None:
    swapped = tuple(replace(turn, channel=1 - (turn.channel or 0)) for turn in make_turns())
    assert [t.overlap for t in _view(_with_turns(swapped)).turns] == [t.overlap for t in _view(make_call()).turns]


def test_short_overlaps_are_the_grain_of_time_stamps() -> None:
    first, second = (
        Turn(0, Role.AGENT, "一", Span(0.0, 2.0), 0),
        Turn(1, Role.CUSTOMER, "二", Span(1.9, 3.0), 1),
    )
    assert not any(t.overlap for t in _view(_with_turns((first, second))).turns)


def test_a_long_turn_shows_its_longest_overlap() -> None:
    turns = (
        Turn(0, Role.AGENT, "一", Span(0.0, 20.0), 0),
        Turn(1, Role.CUSTOMER, "嗯", Span(2.0, 2.5), 1),
        Turn(2, Role.CUSTOMER, "不", Span(5.0, 9.0), 1),
    )
    shown = _view(_with_turns(turns)).turns
    assert [turn.overlap for turn in shown] == [
        "双方重叠 0:05.0–0:09.0",
        "双方重叠 0:02.0–0:02.5",
        "双方重叠 0:05.0–0:09.0",
    ]


def test_unknown_roles_stay_unknown() -> None:
    turns = tuple(replace(turn, role=Role.UNKNOWN, channel=0) for turn in make_turns())
    call = replace(make_call(), conversation=Conversation("zh", turns))
    view = _view(call)
    assert {turn.role for turn in view.turns} == {"unknown"}
    assert {turn.speaker for turn in view.turns} == {"未知说话人"}
    assert view.roles == (("unknown", "未知说话人"),)
    assert view.timeline
    assert [lane.label for lane in view.timeline.lanes] == ["未知说话人"]


def test_a_mono_waveform_belongs_to_nobody() -> None:
    timeline = call_view(make_result(), ZH, MADE, "x.m4a", [[0.1, 0.2]]).timeline
    assert timeline
    assert [(lane.label, lane.role) for lane in timeline.lanes] == [("混合", "unknown")]


def test_channels_without_roles_are_numbered() -> None:
    call = replace(make_call(), conversation=replace(make_call().conversation, roles=()))
    timeline = call_view(make_result(call=call), EN, MADE, "x.m4a", [[0.1], [0.2]]).timeline
    assert timeline
    assert [lane.label for lane in timeline.lanes] == ["Channel 1", "Channel 2"]


def test_silence_is_not_blown_up_to_look_like_speech() -> None:
    timeline = call_view(make_result(), ZH, MADE, "x.m4a", [[0.0], [0.0005]]).timeline
    assert timeline
    assert [lane.path for lane in timeline.lanes] == ["M0.5 49v2", "M0.5 45v10"]


def test_a_stage_without_times_takes_those_of_its_turns() -> None:
    call = replace(make_call(), stages=(StageSpan(Stage.NEEDS, 2, 3),))
    timeline = _view(call).timeline
    assert timeline
    assert [(band.play.start_s, band.play.stop_s, band.anchor) for band in timeline.bands] == [(8.4, 16.6, "t2")]


def test_times_beyond_the_recording_stay_on_the_line() -> None:
    call = replace(make_call(), stages=(StageSpan(Stage.CLOSE, 8, 8, Span(30.0, 99.0)),))
    timeline = _view(call).timeline
    assert timeline
    assert "#s0{left:78.947%;width:21.053%}" in timeline.rules


def test_a_quote_takes_the_time_of_its_words_else_of_its_turn() -> None:
    texts = CallTexts(make_call())
    assert texts.span(Quote(0, 0, 2)) == Span(0.0, 0.4)
    wordless = CallTexts(_with_turns(tuple(replace(turn, words=()) for turn in make_turns())))
    assert wordless.span(Quote(0, 0, 2)) == Span(0.0, 4.0)
    assert CallTexts(make_call(timed=False)).span(Quote(0, 0, 2)) is None


def test_long_quotes_are_cut() -> None:
    turn = Turn(0, Role.AGENT, "长" * 500)
    view = quote_view(Quote(0, 0, 500), CallTexts(Call("x", Conversation("zh", (turn,)))), ZH)
    assert view
    assert (len(view.text), view.text[-1], view.play, view.time) == (120, "…", None, "")


def test_play_never_starts_before_the_call() -> None:
    view = play_view(Span(0.2, 1.0))
    assert view
    assert (view.start_s, view.stop_s) == (0.0, 1.5)
    assert play_view(None) is None


def test_searched_turns_outside_the_call_are_left_out() -> None:
    texts = CallTexts(make_call())
    assert searched_view(Evidence((), (77,)), texts, ZH) is None
    found = searched_view(Evidence((), (2, 99, 2)), texts, ZH)
    assert found
    assert (found.text, found.anchor) == ("已检查 坐席第 2 句", "t2")


def test_one_criterion_marks_a_turn_once() -> None:
    twice = Outcome(
        "greet",
        "start",
        Verdict.MET,
        Reason("all_held"),
        Evidence((Quote(0, 0, 1), Quote(0, 1, 2))),
        1.0,
        1.0,
    )
    view = call_view(make_result(scorecard=make_card(outcomes=(twice,))), ZH, MADE)
    assert len(view.turns[0].marks) == 1
    assert [token.hit for token in view.turns[0].tokens][:2] == [True, True]


def test_tokens_as_html() -> None:
    tokens = (Token("<a>"), Token("&", 1.0, 2.5, hit=True, unsure=True), Token('"', hit=True))
    assert str(said(tokens)) == (
        '&lt;a&gt;<span class="w hit low" data-s="1.00" data-e="2.50">&amp;</span><span class="hit">&quot;</span>'
    )


def test_the_policy_allows_the_pages_own_rules_and_no_others() -> None:
    # printf a | openssl dgst -sha256 -binary | base64
    assert "'sha256-ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs='" in content_policy("a")
    assert "sha256" not in content_policy("")
