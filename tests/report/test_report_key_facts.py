"""What the call tells about the customer, what was quoted, and the lead record; contact data masked."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from qa_pipeline.core.facts import Fact
from qa_pipeline.core.lead import Ground, LeadField, LeadRecord
from qa_pipeline.report import CallResult, write_call_page
from qa_pipeline.report.call.key_facts_view import ABOUT_CUSTOMER, QUOTED, KeyFactsView, hidden, key_facts_view
from qa_pipeline.report.call.quotes import CallTexts
from qa_pipeline.report.formats import grouped
from qa_pipeline.report.wording import wording
from tests.factories import A, C, call
from tests.report.samples import MADE, PHONE, SPOKEN_PHONE, make_call, make_dealings, make_result
from tests.report.test_report_call_page import HOSTILE, Page

ZH, EN = wording("zh"), wording("en")


def _known(
    *facts: Fact, text: str = "一个月一百二十九", lead: LeadRecord | None = None, lang: str = "zh"
) -> KeyFactsView:
    texts = CallTexts(replace(call((A, text), (C, text)), facts=facts))
    view = key_facts_view(lead, texts, wording(lang))
    assert view
    return view


def _one(fact: Fact, text: str = "一个月一百二十九", lang: str = "zh") -> tuple[str, str, str]:
    """Label, value and words of the only fact."""
    label, (only,) = _known(fact, text=text, lang=lang).groups[0].rows[0]
    return label, only.value, only.words


def test_facts_are_grouped_and_led_to() -> None:
    result = make_dealings()
    view = key_facts_view(None, CallTexts(result.call), ZH)
    assert view
    assert [(group.title, [label for label, _ in group.rows]) for group in view.groups] == [
        ("客户情况", ["使用情况", "电话号码"]), ("坐席报出", ["报价", "报出期限"]), ("其他", ["日期"]),
    ]  # fmt: skip
    price = view.groups[1].rows[0][1][0]
    assert (price.value, price.words) == ("2,880 元", "两千八百八")
    assert price.link
    assert (price.link.anchor, price.link.text) == ("t4", "0:16.8")


@pytest.mark.parametrize(
    ("fact", "zh", "en"),
    [
        (Fact("quoted_price", "39000元", 0, 0, 4, 39000.0, "元"), "39,000 元", "CNY 39,000"),
        (Fact("quoted_price", "99.5块", 0, 0, 4, 99.5, "块"), "99.5 元", "CNY 99.5"),
        # A price without a unit stays without one: nothing is guessed.
        (Fact("quoted_price", "129", 0, 0, 4, 129.0), "129", "129"),
        (Fact("quoted_term", "24个月", 0, 0, 4, 24.0, "个月"), "24 个月", "24 个月"),
        # What says more than its number is shown as it is.
        (Fact("quoted_discount", "打8.5折", 0, 0, 4, 85.0, "折"), "打8.5折", "打8.5折"),
        (Fact("headcount", "300来号人", 0, 0, 4, 300.0, "号人"), "300来号人", "300来号人"),
        (Fact("provider", " 澄光\n宽带 ", 0, 0, 4), "澄光 宽带", "澄光 宽带"),
        (Fact("usage", "", 0, 0, 4), "—", "—"),
        (Fact("usage", "长" * 200, 0, 0, 4), "长" * 59 + "…", "长" * 59 + "…"),
    ],
)
def test_values_as_people_write_them(fact: Fact, zh: str, en: str) -> None:
    assert (_one(fact)[1], _one(fact, lang="en")[1]) == (zh, en)


def test_words_stand_beside_a_value_that_says_less() -> None:
    assert _one(Fact("quoted_price", "129", 0, 0, 8, 129.0)) == ("报价", "129", "一个月一百二十九")
    assert _one(Fact("usage", "一个月", 0, 0, 3)) == ("使用情况", "一个月", "")


def test_what_was_said_twice_alike_is_shown_once_in_the_order_of_the_call() -> None:
    facts = (Fact("usage", "上网", 1, 0, 2), Fact("usage", "看片", 0, 2, 4), Fact("usage", "上网", 0, 0, 2))
    ((label, rows),) = _known(*facts).groups[0].rows
    assert (label, [(fact.value, fact.link and fact.link.anchor) for fact in rows]) == (
        "使用情况", [("上网", "t0"), ("看片", "t0")],
    )  # fmt: skip


def test_every_name_has_a_word() -> None:
    for words in (ZH, EN):
        assert {f"fact.{name}" for name in (*ABOUT_CUSTOMER, *QUOTED)} <= set(words.messages)
    assert _one(Fact("shoe_size", "42", 0, 0, 1))[0] == "shoe_size"


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        (PHONE, "number", "138****5678"),
        (SPOKEN_PHONE, "number", "138****5678"),
        ("138 1234 5678", "number", "138****5678"),
        ("110101199003074514", "number", "****4514"),
        ("123456", "number", "****56"),
        ("尾号0926", "number", "尾号0926"),
        (PHONE, "words", "138****5678"),
        ("zhang_san99", "words", "zha****"),
        ("zs", "words", "z****"),
        ("zhangsan@example.com", "words", "z****@example.com"),
        ("锦和苑六号楼二单元1103", "words", "锦和苑****"),
        (f"wx{PHONE}", "words", "wx1****"),
    ],
)
def test_contact_data_is_hidden(value: str, kind: str, shown: str) -> None:
    assert hidden(value, kind) == shown


@pytest.mark.parametrize("name", ["phone", "id_number", "wechat", "email", "address"])
def test_hidden_facts_show_neither_value_nor_words(name: str) -> None:
    text = "锦和苑六号楼 13812345678"
    _, value, words = _one(Fact(name, text, 0, 0, len(text)), text)
    assert words == "" and "****" in value and "1234" not in value


@pytest.mark.parametrize("name", ["provider", "contact", "usage", "shoe_size"])
def test_a_number_is_masked_under_any_name(name: str) -> None:
    _, value, words = _one(Fact(name, f"我是{PHONE}", 0, 0, 13), f"我是{PHONE}")
    assert (value, words) == ("我是138****5678", "")


@pytest.mark.parametrize(("value", "text"), [(39000.0, "39,000"), (7.5, "7.5"), (999.0, "999"), (-1200.0, "−1,200")])
def test_thousands_stand_apart(value: float, text: str) -> None:
    assert grouped(value) == text


def _lead(**changes: object) -> LeadRecord:
    fields = (LeadField("contact", Fact("contact", "周", 0, 0, 1)), LeadField("phone", None), LeadField("budget", None))
    grounds = (Ground(1, "agree"), Ground(99, "x"))
    base = LeadRecord("telesales 1.0", fields, True, "A", "已下单", "ordered", grounds=grounds)
    return replace(base, **changes)  # type: ignore[arg-type]


def test_a_lead_with_its_grounds_and_gaps() -> None:
    view = _known(lead=_lead())
    lead = view.lead
    assert lead
    assert (lead.grade, lead.grade_text, lead.reason) == ("A", "线索 A 级", "已下单")
    assert (lead.effective, lead.missing) == ("有效通话", "电话号码、预算")
    assert [(ground.what, ground.link.anchor) for ground in lead.grounds] == [("同意", "t1")]
    # Its facts are shown even where the call keeps none of its own.
    assert [label for label, _ in view.groups[0].rows] == ["联系人"]


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        ("too_little", "说得太少"),
        ("unknown", "评级所需的信息不全"),
        ("no_rule", "没有符合的评级规则"),
        ("", ""),
        ("odd", "odd"),
    ],
)
def test_no_grade_says_why(reason: str, text: str) -> None:
    lead = _known(lead=_lead(grade=None, title="", reason=reason)).lead
    assert lead
    assert (lead.grade, lead.grade_text, lead.reason) == ("", "线索无法评级", text)


@pytest.mark.parametrize(
    ("effective", "text"), [(True, "有效通话"), (False, "不是有效通话"), (None, "无法判断是否有效通话")]
)
def test_effective_may_be_unknown(effective: bool | None, text: str) -> None:
    lead = _known(lead=_lead(effective=effective)).lead
    assert lead and lead.effective == text


def test_a_lead_is_shown_without_facts_and_facts_without_a_lead(tmp_path: Path) -> None:
    assert key_facts_view(None, CallTexts(make_call()), ZH) is None
    assert "通话要点" not in _text(make_result(), tmp_path)
    assert "没有听到客户情况或报价。" in _text(make_result(call=replace(make_call(), facts=())), tmp_path)
    text = _text(make_result(lead=_lead()), tmp_path)
    assert "线索 A 级" in text and "尚缺： 电话号码、预算" in text
    assert "线索" not in _text(replace(make_dealings(), lead=None), tmp_path)


def _text(result: CallResult, out: Path) -> str:
    return re.sub(r"\s+", " ", Page(write_call_page(result, out, MADE).read_text("utf-8")).text)


def test_a_fact_of_a_stored_number_is_nowhere_on_the_page(tmp_path: Path) -> None:
    path = write_call_page(make_dealings(), tmp_path, MADE)
    for page in path.parent.iterdir():
        assert PHONE not in page.read_text("utf-8")
        assert "138****5678" in page.read_text("utf-8")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_facts_are_shown_and_never_act(text: str, tmp_path: Path) -> None:
    pages = []
    for said in ("好", text):
        facts = tuple(Fact(name, said, 0, 0, len(said), 1.0, said) for name in ("provider", "email", said))
        lead = LeadRecord("r", (LeadField(said, None),), None, "C", said, said, said, (Ground(0, said),))
        made = replace(call((A, said)), facts=facts)
        pages.append(Page(write_call_page(make_result(call=made, lead=lead), tmp_path, MADE).read_text("utf-8")))
    for tag in ("script", "img", "b"):
        assert len(pages[1].all(tag)) == len(pages[0].all(tag)), tag
    assert not any(name.startswith("on") for _, found in pages[1].elements for name in found)
