"""Objections with what became of them, buying signals and refusals, as the page tells them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from qa_pipeline.core.call import Call
from qa_pipeline.core.signals import BuyingSignal, Objection, ObjectionType, Signals
from qa_pipeline.report import write_call_page
from qa_pipeline.report.call.call_view import call_view
from qa_pipeline.report.call.quotes import CallTexts
from qa_pipeline.report.call.signals_view import SignalsView, signals_view, unresolved
from qa_pipeline.report.wording import wording
from tests.factories import A, C, timed
from tests.factories import call as build
from tests.report.samples import MADE, PHONE, make_call, make_dealings, make_result
from tests.report.test_report_call_page import HOSTILE, Page

ZH, EN = wording("zh"), wording("en")


def _view(signals: Signals | None, call: Call | None = None, lang: str = "zh") -> SignalsView | None:
    return signals_view(CallTexts(replace(call or make_call(), signals=signals)), wording(lang))


def _known(signals: Signals, call: Call | None = None, lang: str = "zh") -> SignalsView:
    view = _view(signals, call, lang)
    assert view
    return view


def _text(signals: Signals | None, out: Path, call: Call | None = None) -> str:
    result = make_result(call=replace(call or make_call(), signals=signals))
    return Page(write_call_page(result, out, MADE).read_text("utf-8")).text


def test_an_objection_that_was_handled() -> None:
    price = Objection(ObjectionType.PRICE, 5, 0.92, (6,), (6, 8), (), resolved=True)
    found = _known(Signals((price,))).objections[0]
    assert (found.type, found.sure, found.quote.text) == ("价格", "把握 92%", "太贵了，我们预算没有那么多。")
    assert (found.quote.anchor, found.quote.time) == ("t5", "0:19.6")
    assert found.quote.play
    assert (found.quote.play.start_s, found.quote.play.stop_s) == (19.1, 24.1)
    assert [(b.good, b.text) for b in (found.resolved, *found.handled)] == [
        (True, "已化解"), (True, "已共情"), (True, "已回应"),
    ]  # fmt: skip
    assert [(reply.label, reply.quote.anchor) for reply in found.replies] == [("共情并回应", "t6"), ("回应", "t8")]
    assert (found.repeated, found.more_replies) == ("", ())


def test_an_objection_that_was_left() -> None:
    found = _known(Signals((Objection(ObjectionType.DELAY, 5, 0.5),)), lang="en").objections[0]
    assert (found.type, found.replies) == ("Delay", ())
    assert [(b.good, b.text) for b in (found.resolved, *found.handled)] == [
        (False, "Unresolved"), (False, "No understanding shown"), (False, "Not answered"),
    ]  # fmt: skip


def test_repetitions_are_counted_and_led_to() -> None:
    trust = _known(make_dealings().call.signals or Signals()).objections[0]
    assert (trust.repeated, [link.anchor for link in trust.repetitions]) == ("重复 2 次", ["t3", "t5"])
    assert [link.text for link in trust.repetitions] == ["0:12.6", "0:19.6"]


def test_many_replies_become_links() -> None:
    trust = _known(make_dealings().call.signals or Signals()).objections[0]
    assert [reply.quote.anchor for reply in trust.replies] == ["t2", "t4", "t6"]
    assert [link.anchor for link in trust.more_replies] == ["t8"]


def test_buying_signals_and_refusals() -> None:
    view = _known(make_dealings().call.signals or Signals())
    assert [(b.quote.anchor, b.taken_up.text, b.reply and b.reply.anchor) for b in view.buying] == [
        ("t3", "未跟进", None), ("t7", "已跟进", "t8"),
    ]  # fmt: skip
    assert view.buying[1].quote.text == "那你把资料发给我，我的电话是138****5678。"
    assert (view.refusals, [link.anchor for link in view.refusal_links]) == ("客户明确拒绝 2 次", ["t1", "t5"])


def test_the_summary_counts_what_is_still_open() -> None:
    view = _known(make_dealings().call.signals or Signals())
    assert (view.summary, view.count) == (("异议 2 个，1 个未化解", "购买信号 2 个，1 个未跟进"), "2")
    done = Objection(ObjectionType.PRICE, 5, 0.9, resolved=True)
    assert _known(Signals((done,))).summary == ("异议 1 个，都已化解",)
    assert (_known(Signals()).summary, _known(Signals()).count) == ((), "")


def test_without_times_links_name_the_turn() -> None:
    call = make_call(timed=False)
    view = _known(make_dealings().call.signals or Signals(), call)
    assert [link.text for link in view.refusal_links] == ["客户第 1 句", "客户第 3 句"]
    assert view.objections[0].quote.play is None


def test_nobody_looked_and_nothing_found_are_different(tmp_path: Path) -> None:
    assert _view(None) is None
    assert "异议与信号" not in _text(None, tmp_path)
    text = _text(Signals(), tmp_path)
    for sentence in ("异议与信号", "客户没有提出异议。", "客户没有发出购买信号。", "客户没有明确拒绝。"):
        assert sentence in text


def test_what_points_outside_of_the_call_is_left_out() -> None:
    odd = Signals(
        (Objection(ObjectionType.PRICE, 99, 0.9), Objection(ObjectionType.NEED, 5, 0.9, (70,), (6, 80), (90,))),
        (BuyingSignal(99, 0.9), BuyingSignal(7, 0.9, 99)),
        (5, 99),
    )
    view = _known(odd)
    assert [(o.type, len(o.replies), o.repetitions) for o in view.objections] == [("需求", 1, ())]
    assert [(b.quote.anchor, b.reply) for b in view.buying] == [("t7", None)]
    assert view.refusals == "客户明确拒绝 1 次"


def test_unresolved_counts_only_where_somebody_looked() -> None:
    assert unresolved(None) is None
    assert unresolved(Signals()) == 0
    assert unresolved(make_dealings().call.signals) == 1


@pytest.mark.parametrize("kind", list(ObjectionType))
def test_every_type_has_a_word(kind: ObjectionType) -> None:
    key = f"objection.{kind}"
    assert ZH.messages[key] != kind.value and EN.messages[key]


def test_sixty_objections_are_all_there_and_most_are_folded(tmp_path: Path) -> None:
    lines = timed(*[(C if i % 2 == 0 else A, f"第{i}句太贵了") for i in range(120)])
    signals = Signals(tuple(Objection(ObjectionType.PRICE, 2 * i, 0.9, (), (2 * i + 1,)) for i in range(60)))
    call = build(*lines)
    assert len(_known(signals, call).objections) == 60
    text = _text(signals, tmp_path, call)
    assert "其余 48 个异议" in text and "异议 60 个，60 个未化解" in text
    assert text.count("第118句太贵了") == 2  # in the transcript and as an objection


def test_the_jump_list_names_the_parts(tmp_path: Path) -> None:
    view = call_view(make_dealings(), ZH, MADE)
    assert [(part.anchor, part.count) for part in view.sections] == [
        ("h-score", ""), ("h-talk", ""), ("h-signals", "2"), ("h-key-facts", ""), ("h-text", ""), ("h-facts", ""),
    ]  # fmt: skip
    assert [part.anchor for part in call_view(make_result(), ZH, MADE).sections] == [
        "h-score", "h-talk", "h-text", "h-facts",
    ]  # fmt: skip
    page = Page(write_call_page(make_dealings(), tmp_path, MADE).read_text("utf-8"))
    ids = {attributes.get("id") for _, attributes in page.elements}
    targets = {(a["href"] or "")[1:] for a in page.all("a") if (a["href"] or "").startswith("#")}
    assert targets <= ids


@pytest.mark.parametrize("text", [*HOSTILE, PHONE, "长" * 500])
def test_hostile_words_are_quoted_and_never_act(text: str, tmp_path: Path) -> None:
    signals = Signals(
        (Objection(ObjectionType.PRICE, 0, 0.9, (1,), (1,), (0,)),), (BuyingSignal(0, 0.8, 1),), (0,)
    )  # fmt: skip
    pages = []
    for said in ("好", text):
        result = make_result(call=replace(build((C, said), (A, said)), signals=signals))
        pages.append(write_call_page(result, tmp_path, MADE).read_text("utf-8"))
    harmless, hostile = (Page(html) for html in pages)
    for tag in ("script", "img", "b", "a"):
        assert len(hostile.all(tag)) == len(harmless.all(tag)), tag
    assert PHONE not in pages[1]
    assert not any(name.startswith("on") for _, found in hostile.elements for name in found)
