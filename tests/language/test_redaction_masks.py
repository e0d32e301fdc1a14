"""Numbers that must not be shown are masked; prices, dates and short numbers stay readable."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.language.redaction import find_masks, find_masks_by_turn, mask, mask_identifier

SPOKEN = "零一二三四五六七八九〇幺两"
DIGITS = "0-9０-９" + SPOKEN

#: Text dense with digits, separators and what may stand beside a number.
numbers = st.text(st.sampled_from("0123456789１９" + SPOKEN + "-，。. ()（）xXＸ年月号*块\n"), max_size=40)
any_text = st.one_of(numbers, st.text(max_size=30))


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("我的电话是13812345678。", "我的电话是138****5678。"),
        ("138-1234-5678", "138****5678"),
        ("138 - 1234 - 5678", "138****5678"),
        ("138，1234，5678好", "138****5678好"),
        ("(010)12345678", "(010****5678"),
        ("幺三八一二三四五六七八", "138****5678"),
        ("一三八，一二三四，五六七八。", "138****5678。"),
        ("幺三八〇零两两四五六七", "138****4567"),
        ("１３８１２３４５６７８", "１３８****５６７８"),
        ("幺38一2三4五6七8", "138****5678"),
        ("号码8765432", "号码****32"),
        ("11010519491231002X", "****002X"),
        ("11010519491231002x。", "****002x。"),
        ("身份证11010519491231002Ｘ", "身份证****002Ｘ"),
        ("6222 0212 3456 7890 123", "****0123"),
        ("6222021234567890", "****7890"),
        ("8613812345678", "****5678"),
    ],
)
def test_number_is_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "",
        "一年两千八百八十八块",
        "每月199元，送3个月",
        "1234.56元",
        "二零二六年十一月三日下午三点",
        "2026年11月3日14:05",
        "工号三零五二",
        "一百二十三万四千五百六十七",
        "拨打10086或95588",
        "三四百通",
        "第一第二第三第四第五第六第七",
    ],
)
def test_price_date_and_short_number_stay(text: str) -> None:
    assert mask(text) == text
    assert find_masks(text) == ()


@pytest.mark.parametrize("text", ["2026-11-03", "2026.11.3", "1000-2000元", "三千二到五千八百块"])
def test_written_date_and_price_list_stay(text: str) -> None:
    assert mask(text) == text


def test_masks_say_where_they_stand() -> None:
    text = "打13812345678，或者010-87654321。"
    found = find_masks(text)
    assert [text[m.start : m.end] for m in found] == ["13812345678", "010-87654321"]
    assert [m.replacement for m in found] == ["138****5678", "010****4321"]


@given(any_text)
def test_masking_twice_is_masking_once(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@given(any_text)
def test_no_run_of_seven_digits_survives(text: str) -> None:
    assert not re.search(f"[{DIGITS}]{{7}}", mask(text))


@given(any_text)
def test_everything_but_the_masked_stretches_stays_as_it_was(text: str) -> None:
    rebuilt, position = "", 0
    for found in find_masks(text):
        assert position <= found.start < found.end <= len(text)
        rebuilt += text[position : found.start] + found.replacement
        position = found.end
    assert rebuilt + text[position:] == mask(text)


@given(
    st.text("0123456789", min_size=11, max_size=11), st.lists(st.sampled_from(["", "-", " ", "，", " - "]), min_size=11)
)
def test_middle_of_a_mobile_number_is_gone_however_it_is_written(number: str, joints: list[str]) -> None:
    written = "".join(digit + joint for digit, joint in zip(number, joints, strict=False))[: -len(joints[10]) or None]
    kept = f"{number[:3]}****{number[-4:]}"
    # Part of the digits may be a landline number of their own, which leaves nothing to show.
    is_mobile = re.fullmatch("1[3-9].*", number)
    assert mask(written) in ([kept] if is_mobile else [kept, "****"])


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("13812345678_01.wav", "138****5678_01.wav"),
        ("/data/cust-8765432", "/data/cust-****32"),
        ("A07", "A07"),
        ("call_20261103_001", "call_20261103_001"),
        ("20261103141500", "20261103141500"),
        ("20261399", "****99"),
    ],
)
def test_identifier_keeps_dates_and_loses_numbers(text: str, masked: str) -> None:
    assert mask_identifier(text) == masked


@given(any_text)
def test_identifier_keeps_no_long_run_but_dates_and_is_stable(text: str) -> None:
    masked = mask_identifier(text)
    assert mask_identifier(masked) == masked
    assert all(run.startswith("20") and len(run) in (8, 14) for run in re.findall(r"[0-9]{7,}", masked))


def shown(texts: list[str], speakers: str) -> list[str]:
    """The turns with the masks that find_masks_by_turn gives."""
    result = []
    for text, masks in zip(texts, find_masks_by_turn(texts, list(speakers)), strict=True):
        for found in reversed(masks):
            text = text[: found.start] + found.replacement + text[found.end :]
        result.append(text)
    return result


def test_number_read_out_over_turns_is_masked_in_each() -> None:
    assert shown(["一三八", "嗯", "1234", "嗯", "五六七八"], "cacac") == ["****", "嗯", "****", "嗯", "****"]


@pytest.mark.parametrize(
    ("texts", "speakers"),
    [
        (["138", "1234"], "ca"),  # two speakers: no number of one of them
        (["138", "嗯", "嗯", "嗯", "1234"], "caaac"),  # too far apart
        (["138", "123"], "cc"),  # six digits in all
        (["一共是199元，包含100分钟", "好的，299元那档包含500分钟"], "cc"),  # sentences that name figures
    ],
)
def test_groups_that_make_no_number_stay(texts: list[str], speakers: str) -> None:
    assert shown(texts, speakers) == texts


@given(st.lists(any_text, max_size=5))
def test_by_turn_masks_at_least_what_each_turn_alone_would(texts: list[str]) -> None:
    by_turn = find_masks_by_turn(texts, ["c"] * len(texts))
    for text, masks in zip(texts, by_turn, strict=True):
        assert all(any(m.start <= f.start and f.end <= m.end for m in masks) for f in find_masks(text))
        assert all(a.end <= b.start for a, b in pairwise(masks))
