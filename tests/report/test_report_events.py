"""Marks of cutting in, both at once, and dead air: which there are, whose doing they are, what they play."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

from qa_pipeline.core.call import Call
from qa_pipeline.core.facts import Overlap, OverlapKind
from qa_pipeline.core.span import Span
from qa_pipeline.report import CallResult
from qa_pipeline.report.call.call_view import call_view
from qa_pipeline.report.call.events_view import ICONS, MAX_BOTH, EventView
from qa_pipeline.report.call.timeline_view import TimelineView
from qa_pipeline.report.wording import Wording, wording
from tests.report.long_samples import make_long
from tests.report.samples import MADE, make_call, make_talking

ZH, EN = wording("zh"), wording("en")


def timeline(call: Call, words: Wording = ZH) -> TimelineView:
    found = call_view(CallResult(call), words, MADE).timeline
    assert found
    return found


def events(call: Call, words: Wording = ZH) -> list[EventView]:
    return list(timeline(call, words).events)


def test_who_cut_in_and_where_nobody_spoke() -> None:
    found = [(event.kind, event.title, event.anchor) for event in events(make_talking().call)]
    assert found == [
        ("dead", "0:07.2 客户说完后，坐席 5.4 秒没有接话", "t3"),
        ("cut-customer", "0:19.6 客户打断坐席，坐席停下", "t5"),
        ("cut-agent", "0:33.6 坐席打断客户，客户没有停", "t8"),
        ("dead", "0:50.0 坐席停了 5 秒，客户没有接话", "t8"),
    ]


def test_marks_play_what_came_before_and_after() -> None:
    dead, cut, *_ = events(make_talking().call)
    assert (dead.play.start_s, dead.play.stop_s) == (5.2, 14.6)
    assert (cut.play.start_s, cut.play.stop_s) == (17.6, 25.6)  # the whole turn that cut in


def test_marks_lie_at_their_time() -> None:
    rules = timeline(make_talking().call).rules
    assert "#e0{left:12.0%;width:9.0%}" in rules  # 7.2 s and 5.4 s of 60 s


def test_both_at_once_belongs_to_the_one_who_came_in() -> None:
    """Where nobody looked for interruptions, the turns still tell: the customer starts 1.4 s too early."""
    found = [(event.kind, event.title, event.anchor) for event in events(make_call())]
    assert found == [("both", "0:19.6 同时说话 1.2 秒：客户在对方说话时开口", "t5")]


def test_an_interruption_is_not_marked_twice() -> None:
    call = replace(make_call(), overlaps=(Overlap(Span(19.6, 20.8), False, OverlapKind.INTERRUPTION, True),))
    assert [event.kind for event in events(call)] == ["cut-customer"]


def test_short_overlaps_are_left_out_as_in_the_transcript() -> None:
    call = make_call()
    turns = list(call.turns)
    assert turns[5].span
    late = Span(20.7, 23.6)  # 0.1 s before the agent ends
    words = tuple(replace(word, span=late) for word in turns[5].words)
    turns[5] = replace(turns[5], span=late, words=words)
    short = replace(call, conversation=replace(call.conversation, turns=tuple(turns)))
    view = call_view(CallResult(short), ZH, MADE)
    assert view.timeline and view.timeline.events == ()
    assert not any(turn.overlap for turn in view.turns)


def test_one_channel_claims_no_overlap() -> None:
    kinds = {event.kind for event in events(make_talking(mono=True).call)}
    assert kinds == {"dead"}


def test_a_very_long_call_keeps_the_longest() -> None:
    call = replace(make_long(900).call, overlaps=None)
    both = [event for event in events(call) if event.kind == "both"]
    assert len(both) == MAX_BOTH < 900 // 9
    assert [event.span for event in both] == sorted(event.span for event in both)


def test_signs_differ_in_more_than_colour_and_are_explained() -> None:
    assert len(set(ICONS.values())) == len(ICONS)
    found = timeline(make_talking().call)
    assert found.event_legend == (("cut-agent", "◆", "坐席打断客户"), ("cut-customer", "◇", "客户打断坐席"))
    assert ("gap-dead", "冷场") in found.legend
    assert [text for *_, text in timeline(make_call(), EN).event_legend] == ["Both speaking"]


def test_a_call_without_times_has_no_marks() -> None:
    view = call_view(CallResult(replace(make_call(timed=False), recording=None, talk=None)), ZH, MADE)
    assert view.timeline is None


def test_events_are_plain_data() -> None:
    data = json.loads(json.dumps(asdict(timeline(make_talking().call)), ensure_ascii=False))
    assert data["events"][0]["play"] == {"start_s": 5.2, "stop_s": 14.6}
