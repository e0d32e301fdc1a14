"""How ``phrases`` matches: no segmentation, numbers, homophones, edits, negation, reported speech."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from rapidfuzz.distance import Levenshtein

from qa_pipeline.checks import places
from qa_pipeline.checks.finding import State
from qa_pipeline.checks.places import edited_places
from qa_pipeline.core.score import How
from tests.factories import A, C, ask, call, check, quoted


def hits(text: str, *phrases: str, **more: Any) -> list[str]:
    asked = call((A, text))
    return quoted(asked, ask(asked, phrases={"any": list(phrases), **more}).hits)


# --- segmentation -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("phrase", ["和服", "服务", "务必", "产品和服务", "品和"])
def test_phrase_is_found_whatever_words_a_segmenter_would_make(phrase: str) -> None:
    # 产品 / 和 / 服务 / 务必: a segmenter hides 和服, 务必 or 品和.
    assert hits("我们的产品和服务必须好", phrase) == ([phrase] if phrase != "务必" else ["务必"])


words = st.lists(st.sampled_from(["您好", "办理", "宽带", "套餐", "的", "我们", "嗯"]), min_size=1, max_size=6)


@given(words, st.sampled_from(["", " ", "，", "。 "]), st.data())
def test_spaces_and_marks_between_any_characters_change_no_hit(said: list[str], mark: str, data: st.DataObject) -> None:
    text = "".join(said)
    start = data.draw(st.integers(0, len(text) - 1))
    phrase = text[start : data.draw(st.integers(start + 1, len(text)))]
    assume(len(phrase) != 2 or not mark.strip())  # two characters with a mark between them are two words
    plain, broken = (hits(t, phrase) for t in (text, mark.join(text)))
    assert plain
    assert [quote.replace(" ", "").replace("，", "").replace("。", "") for quote in broken] == plain


# --- numbers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("phrase", ["三十九块", "39元", "39块钱", "三十九元", "３９元", "¥39"])
@pytest.mark.parametrize("said", ["三十九块", "39元", "39块钱", "三十九元钱", "三 十 九 块", "￥39"])
def test_prices_are_equal_however_they_are_written(phrase: str, said: str) -> None:
    assert hits(f"一个月{said}，不贵", phrase) == [said]


@pytest.mark.parametrize(
    ("phrase", "text", "quote"),
    [
        ("一百二", "每月120就够", "120"),
        ("120", "每月一百二就够", "一百二"),
        ("三万五", "额度是3.5万", "3.5万"),
        ("35000", "额度是三万五", "三万五"),
        ("百分之五", "利率5%", "5%"),
        ("138", "号码幺三八开头", "幺三八"),
        ("1050", "一千零五十", "一千零五十"),
        ("两百五", "一共250", "250"),
        ("9.9元", "九块九包邮", "九块九"),
        ("工号3052", "我的工号是，三零五二", ""),
        ("工号三零五二", "工号 3052 为您服务", "工号 3052"),
        ("一块钱", "每天一块钱", "一块钱"),
        ("块钱", "三十九块钱", "块钱"),
        ("一块", "大家一块儿用", "一块"),
        ("万一", "万一不好用呢", "万一"),
        ("一个月", "三十九一个月", "一个月"),
    ],
)
def test_numbers_match_by_value_and_are_quoted_as_said(phrase: str, text: str, quote: str) -> None:
    assert hits(text, phrase) == ([quote] if quote else [])


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("39", "一百三十九"),
        ("39", "139"),
        ("三十九", "三十九万"),
        ("九块", "三十九块"),
        ("9元", "9.9元"),
        ("39元", "39.5元"),
        ("一百", "一百二十"),
        ("百分之五", "百分之五十"),
        ("十分", "三十分钟"),
        ("一点", "晚上十一点"),
        ("万一", "五万一千"),
        ("100200", "一百，二百"),
        ("5g", "15g"),
    ],
)
def test_number_is_not_found_inside_another(phrase: str, text: str) -> None:
    assert hits(text, phrase) == []


@pytest.mark.parametrize("number", ["一百", "二百"])
def test_numbers_one_after_the_other_are_two(number: str) -> None:
    assert hits("一百二百都有", number) == [number]


def test_plain_form_compares_characters_alone() -> None:
    assert hits("39元", "三十九块", form="plain") == []
    assert hits("三十九块", "三十九块", form="plain") == ["三十九块"]


def test_same_passage_found_in_both_forms_counts_once() -> None:
    asked = call((A, "三十九块"))
    assert ask(asked, phrases={"any": ["三十九块"], "min_hits": 2}).state is State.FAILS


# --- sounds -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phrase", "text", "quote"),
    [
        ("套餐", "这个套参不错", "套参"),
        ("宽带", "办个宽代吧", "宽代"),
        ("工号", "公号三零五二", "公号"),
        ("银行", "工商银航", "银航"),  # hang in this word, not xing
        ("不好意思", "部好意思，打扰了", "部好意思"),
        ("感谢您的接听", "感谢您德接听", "感谢您德接听"),
        ("您好", "您 浩", "您 浩"),
        ("不好意思打扰", "不好意思，打绕了", "不好意思，打绕"),
        ("買賣", "买麦", "买麦"),  # tones do not matter, nor does the script
    ],
)
def test_homophones_are_found_with_pinyin_alone(phrase: str, text: str, quote: str) -> None:
    assert hits(text, phrase) == []
    assert hits(text, phrase, fuzzy="pinyin") == [quote]


@pytest.mark.parametrize(
    ("phrase", "text", "near"),
    [
        ("流量", "流亮用完了", []),
        ("流量", "牛量用完了", ["n_l"]),
        ("您好", "林好", ["n_l"]),
        ("注册", "组册一下", ["zh_z"]),
        ("超市", "操市", ["zh_z"]),
        ("话费", "发费", ["f_h"]),
        ("方便", "慌便", ["f_h"]),
        ("费用", "会用", ["f_h"]),
        ("姓名", "信名", ["in_ing"]),
        ("朋友", "盆友", ["in_ing"]),
        ("方便", "翻便", ["in_ing"]),
        ("方便", "欢便", ["f_h", "in_ing"]),
        ("风险", "轰险", ["f_h"]),
    ],
)
def test_near_sounds_count_only_where_they_are_asked_for(phrase: str, text: str, near: list[str]) -> None:
    assert len(hits(text, phrase, fuzzy="pinyin", near=near)) == 1
    assert len(hits(text, phrase, fuzzy="pinyin", near=["n_l", "zh_z", "f_h", "in_ing"])) == 1
    for missing in near:
        assert hits(text, phrase, fuzzy="pinyin", near=[n for n in near if n != missing]) == []


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("贵", "归"),  # one character sounds like a part of too much
        ("优惠", "有会"),  # nothing is written the same
        ("试听", "就是听一听"),  # 是 is a word of its own
        ("到期", "要到七万"),  # a number
        ("试听", "没事，听着呢"),  # two words
        ("不买", "我不卖"),  # 不卖 is a common pair
        ("您好", "您号码多少"),
        ("优惠活动", "有会活动"),  # so are 有会 and 会活, with only half written the same
        ("没问题", "三百万问题不大"),
        ("vip", "vap"),
        ("套餐", "头餐"),
    ],
)
def test_what_only_happens_to_sound_alike_is_not_found(phrase: str, text: str) -> None:
    assert hits(text, phrase, fuzzy="pinyin") == []


def test_hit_by_sound_says_how_and_how_much_is_written_the_same() -> None:
    asked = call((A, "您好，套餐和套参"))
    finding = ask(asked, phrases={"any": ["套餐"], "fuzzy": "pinyin"})
    assert [(h.how, h.similarity, h.matched) for h in finding.hits] == [
        (How.EXACT, 1.0, "套餐"),
        (How.PINYIN, 0.5, "套餐"),
    ]


def test_written_phrase_is_shown_before_one_that_sounds_alike() -> None:
    asked = call((A, "公号"))
    finding = ask(asked, phrases={"any": ["工号", "公号"], "fuzzy": "pinyin"})
    assert [(h.how, h.matched) for h in finding.hits] == [(How.EXACT, "公号")]


@settings(deadline=None)  # the first call loads the table of readings
@given(words, st.sampled_from(["套餐", "您好", "我们的", "办理宽带"]))
def test_pinyin_finds_all_that_exact_matching_finds(said: list[str], phrase: str) -> None:
    text = "".join(said)
    assert set(hits(text, phrase)) <= set(hits(text, phrase, fuzzy="pinyin"))


# --- edits --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phrase", "text", "quote"),
    [
        ("为您服务", "很高兴为您服物", "为您服物"),
        ("办理宽带业务", "可以办理了宽带业务", "办理了宽带业务"),
        ("办理宽带业务", "可以办宽带业务吗", "办宽带业务"),
        ("祝您生活愉快再见", "祝您生活俞快在见", "祝您生活俞快在见"),
        ("感谢您的接听", "感谢你的接听", "感谢你的接听"),
    ],
)
def test_small_edits_are_found_with_edit_alone(phrase: str, text: str, quote: str) -> None:
    assert hits(text, phrase) == []
    assert hits(text, phrase, fuzzy="edit") == [quote]


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("您好啊", "您好呀"),  # too short for an edit
        ("为您服务", "为我服物"),  # two edits in four characters
        ("我不需要了", "我需要了"),  # the opposite
        ("每月39元", "每月38元"),  # another price
        ("每月三十九块", "每月三十八块"),
        ("明天下午", "今天下午"),  # another word
        ("加您微信", "发您微信"),
    ],
)
def test_edit_that_changes_too_much_is_not_tolerated(phrase: str, text: str) -> None:
    assert hits(text, phrase, fuzzy="edit") == []


def test_every_edited_passage_counts_and_none_beside_an_exact_one() -> None:
    asked = call((A, "为您服物，为您服务，为您伏务"))
    finding = ask(asked, phrases={"any": ["为您服务"], "fuzzy": "edit"})
    assert [(h.how, h.similarity) for h in finding.hits] == [(How.EDIT, 0.75), (How.EXACT, 1.0), (How.EDIT, 0.75)]


def distance(a: str, b: str) -> int:
    """Levenshtein's recursion, written out."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row, left = [i], row
        for j, y in enumerate(b, 1):
            row.append(min(left[j] + 1, row[-1] + 1, left[j - 1] + (x != y)))
    return row[-1]


@given(st.text("甲乙丙", min_size=4, max_size=9), st.text("甲乙丙", max_size=14))
def test_edited_passages_are_those_of_a_full_search(needle: str, text: str) -> None:
    edits = len(needle) // 4
    found = edited_places(needle, text)
    assert all(distance(needle, text[a:b]) == d <= edits for a, b, d in found)
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(found))
    everything = [(a, b) for a in range(len(text)) for b in range(a + 1, len(text) + 1)]
    assert bool(found) == any(distance(needle, text[a:b]) <= edits for a, b in everything)


# --- negation and reported speech ---------------------------------------------------------------------------------


def test_denied_phrase_does_not_count() -> None:
    denied = {"any": ["付钱"], "ignore_negated": True}
    asked = call((A, "不需要您现在付钱"), (A, "好的，现在付钱"))
    assert [h.turn for h in ask(asked, phrases=denied).hits] == [1]
    assert [h.turn for h in ask(asked, phrases={"any": ["付钱"]}).hits] == [0, 1]
    failed = ask(call((A, "不需要您现在付钱")), phrases=denied)
    # The miss shows the passage that was passed over.
    assert (failed.state, failed.evidence.nearest and failed.evidence.nearest.similarity) == (State.FAILS, 1.0)


def test_forbidden_phrase_may_be_denied() -> None:
    asked = call((A, "这个不能保证收益"))
    assert ask(asked, phrases={"none": ["保证收益"]}).state is State.FAILS
    assert ask(asked, phrases={"none": ["保证收益"], "ignore_negated": True}).state is State.HOLDS


def test_reported_phrase_does_not_count() -> None:
    asked = call((A, "他们说免费的"), (A, "我跟您说，免费的"), (C, "您刚才说“免费”"))
    assert [h.turn for h in ask(asked, phrases={"any": ["免费"], "ignore_reported": True}).hits] == [1]


def test_negation_and_report_are_looked_at_for_passages_that_sound_alike_too() -> None:
    params = {"any": ["付钱"], "fuzzy": "pinyin", "ignore_negated": True}
    assert ask(call((A, "不需要您现在付前")), phrases=params).state is State.FAILS
    assert ask(call((A, "请您现在付前")), phrases=params).state is State.HOLDS


# --- what a miss shows, and what is refused -----------------------------------------------------------------------


def test_all_that_fails_shows_what_comes_closest_to_an_absent_phrase() -> None:
    asked = call((A, "您好，为您服物"))
    failed = ask(asked, phrases={"all": ["您好", "为您服务"]})
    assert failed.hits == ()  # what is there does not show the miss
    assert failed.evidence.nearest is not None
    assert failed.evidence.nearest.matched == "为您服务"


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"any": ["好"], "near": ["n_l"]}, "near goes with fuzzy: pinyin"),
        ({"any": ["好"], "fuzzy": "edit", "near": ["n_l"]}, "near goes with fuzzy: pinyin"),
        ({"any": ["好"], "fuzzy": "sound"}, "pinyin"),
        ({"any": ["好"], "near": ["r_l"], "fuzzy": "pinyin"}, "n_l"),
        ({"any": ["好", "好"]}, "stands twice"),
        ({"all": ["好"], "every_turn": True}, "every_turn goes with any"),
        ({"none": ["好"], "every_turn": True}, "every_turn goes with any"),
        ({"any": ["好"], "form": "roman"}, "plain"),
    ],
)
def test_parameters_that_do_not_fit_are_refused(params: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        check(phrases=params)


def test_long_phrases_are_not_searched_with_edits() -> None:
    check(phrases={"any": ["啊" * 64], "fuzzy": "edit"})
    check(phrases={"any": ["啊" * 65]})
    with pytest.raises(ValidationError, match="at most 64 characters"):
        check(phrases={"any": ["啊" * 65], "fuzzy": "edit"})


@pytest.mark.parametrize(("needle", "text"), [("啊" * 64, "啊" * 3000), ("啊哦" * 32, "啊哦" * 1500)])
def test_a_monotonous_turn_is_compared_a_bounded_number_of_times(
    needle: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []

    def counting(phrase: str, stretch: str, score_cutoff: int) -> int:
        compared.append(stretch)
        return distance(phrase, stretch, score_cutoff=score_cutoff)

    distance = Levenshtein.distance
    monkeypatch.setattr(places, "Levenshtein", SimpleNamespace(distance=counting))
    found = edited_places(needle, text)
    assert len(compared) <= len(text) * (2 * len(needle) // 4 + 1)
    assert [(start, end) for start, end, _ in found] == [(at, min(at + 64, 3000)) for at in range(0, 3000, 64)]


@pytest.mark.parametrize(
    ("phrase", "text"), [("稳赚", "要稳，赚多赚少放后头"), ("包过", "这个包，过来取"), ("免费", "全免，费用另算")]
)
def test_two_characters_with_a_mark_between_are_two_words(phrase: str, text: str) -> None:
    assert ask(call((A, text)), phrases={"any": [phrase]}).state is State.FAILS
    assert ask(call((A, text.replace("，", ""))), phrases={"any": [phrase]}).state is State.HOLDS
    assert ask(call((A, "手续费，不收")), phrases={"any": ["手续费不收"]}).state is State.HOLDS


def test_chinese_marks_between_phrases_are_a_mistake() -> None:
    with pytest.raises(ValidationError, match="write , between phrases"):
        check(phrases={"any": ["您好，你好"]})
