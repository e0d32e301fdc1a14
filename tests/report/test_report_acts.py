"""Acts on the turns of the transcript: the surest first, few, with how sure they are and what showed them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from qa_pipeline.core.facts import AGENT_ACTS, CUSTOMER_ACTS, Act
from qa_pipeline.report import write_call_page
from qa_pipeline.report.call.acts_view import ActChip, act_chips
from qa_pipeline.report.call.quotes import CallTexts
from qa_pipeline.report.call.write_call import chips
from qa_pipeline.report.wording import wording
from tests.factories import A, C, call
from tests.report.samples import MADE, PHONE, make_dealings, make_result
from tests.report.test_report_call_page import HOSTILE, Page

ZH, EN = wording("zh"), wording("en")


def _chips(*acts: Act, text: str = "您好，我是张三", lang: str = "zh") -> tuple[ActChip, ...]:
    made = replace(call((A, text), (C, "嗯")), turn_acts=(acts, ()))
    return act_chips(made.turns[0], CallTexts(made), wording(lang))


def test_a_chip_says_what_how_sure_and_why() -> None:
    assert _chips(Act("greet", 0.87, "您好")) == (ActChip("plain", "问候", "把握 87% · 线索“您好”"),)
    assert _chips(Act("greet", 0.87, "您好"), lang="en")[0].text == "Greeting"
    assert _chips(Act("greet", 0.87))[0].title == "把握 87%"


def test_an_act_that_a_person_labelled_is_sure_and_has_no_percentage() -> None:
    assert [(chip.text, chip.title) for chip in _chips(Act("greet", 0.9), Act("thank"))] == [
        ("感谢", ""),
        ("问候", "把握 90%"),
    ]


def test_three_are_shown_and_the_rest_is_counted() -> None:
    view = make_dealings()
    found = act_chips(view.call.turns[0], CallTexts(view.call), ZH)
    assert [chip.text for chip in found] == ["问候", "自报家门", "说明来意", "+2"]
    assert (found[-1].kind, found[-1].title) == ("rest", "征求通话许可、感谢")
    assert [chip.text for chip in _chips(Act("greet"), Act("thank"), Act("press"))] == ["问候", "感谢", "施压"]


def test_an_act_is_named_once_with_its_best_probability() -> None:
    assert [chip.title for chip in _chips(Act("greet", 0.6), Act("greet", 0.8))] == ["把握 80%"]


def test_resistance_and_interest_are_told_apart() -> None:
    kinds = {name: _chips(Act(name, 0.9))[0].kind for name in {*AGENT_ACTS, *CUSTOMER_ACTS}}
    assert {name for name, kind in kinds.items() if kind == "interest"} == {"buying_signal", "agree"}
    assert {name for name, kind in kinds.items() if kind == "resist"} == {
        "object_price", "object_need", "object_trust", "object_time", "object_authority",
        "object_competitor", "refuse", "complain", "stall", "press",
    }  # fmt: skip


def test_every_act_has_a_name_in_both_languages() -> None:
    for name in {*AGENT_ACTS, *CUSTOMER_ACTS}:
        assert {ZH.messages[f"act.{name}"], EN.messages[f"act.{name}"]}.isdisjoint({name})


def test_an_act_of_another_tool_shows_its_name() -> None:
    assert _chips(Act("sings", 0.9))[0].text == "sings"


@pytest.mark.parametrize("cue", [PHONE, PHONE[:7], PHONE[4:], f"电话{PHONE}"])
def test_a_cue_never_shows_a_number(cue: str) -> None:
    title = _chips(Act("give_info", 0.9, cue), text=f"我的电话{PHONE}")[0].title
    assert "138****5678" in title and "1234" not in title


def test_a_cue_that_is_not_in_the_turn_is_masked_too() -> None:
    assert PHONE not in _chips(Act("give_info", 0.9, PHONE), text="别的")[0].title


def test_unknown_acts_are_no_acts(tmp_path: Path) -> None:
    page = write_call_page(make_result(), tmp_path, MADE).read_text("utf-8")
    assert 'class="acts"' not in page and "显示话语行为" not in page


def test_the_page_shows_chips_and_the_switch(tmp_path: Path) -> None:
    page = Page(write_call_page(make_dealings(), tmp_path, MADE).read_text("utf-8"))
    assert "显示话语行为" in page.text and "价格异议" in page.text
    assert {"class": "resist", "title": "把握 92% · 线索“太贵了”"} in page.all("li")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_acts_are_escaped(text: str) -> None:
    html = str(chips(_chips(Act(text, 0.9, text), text=text)))
    found = Page(html)
    assert [tag for tag, _ in found.elements] == ["li"]
    assert set(found.all("li")[0]) == {"class", "title"}
