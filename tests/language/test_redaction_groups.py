"""Numbers read out in groups, with fillers, other turns and read-backs between them; figures that stay readable."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.language.redaction import find_masks, find_masks_by_turn, mask

MOBILE = "13812345678"
LANDLINE = "01087654321"
IDENTITY = "11010519491231002X"
CARD = "6222021234567890123"

STYLES = {
    "ascii": "0123456789",
    "chinese": "零一二三四五六七八九",
    "telephone": "洞幺两三四五六七八九",
    "full-width": "０１２３４５６７８９",
}
DIGITS = "0-9０-９零〇洞一幺壹二两三四五六七八九"


def spoken(digits: str, style: str) -> str:
    """The digits in one way of writing; ``mixed``: each in another one."""
    ways = list(STYLES.values())
    if style == "mixed":
        return "".join(ways[i % len(ways)][int(d)] if d.isdigit() else d for i, d in enumerate(digits))
    return "".join(STYLES[style][int(d)] if d.isdigit() else d for d in digits)


def split(digits: str, sizes: Sequence[int]) -> list[str]:
    assert sum(sizes) == len(digits)
    return [digits[a:b] for a, b in pairwise([0, *accumulate(sizes)])]


def shown(turns: Sequence[tuple[str, str]]) -> list[str]:
    """The turns (speaker, text) as they are shown."""
    result = []
    masks = find_masks_by_turn([text for _, text in turns], [speaker for speaker, _ in turns])
    for (_, text), found in zip(turns, masks, strict=True):
        for one in reversed(found):
            text = text[: one.start] + one.replacement + text[one.end :]
        result.append(text)
    return result


def by(speaker: str, *texts: str) -> list[tuple[str, str]]:
    """The speaker's turns, each answered by the other party with 嗯."""
    other = "agent" if speaker == "customer" else "customer"
    return [turn for text in texts for turn in ((speaker, text), (other, "嗯"))][:-1]


ROLES = pytest.mark.parametrize("speaker", ["agent", "customer"])
SPLITS = pytest.mark.parametrize("sizes", [(3, 4, 4), (3, 3, 5), (2, 2, 2, 2, 3), (4, 4, 3), (2, 2, 2, 4, 1)])


@ROLES
@SPLITS
@pytest.mark.parametrize("style", [*STYLES, "mixed"])
def test_groups_of_a_mobile_number_over_turns(style: str, sizes: tuple[int, ...], speaker: str) -> None:
    groups = [spoken(group, style) for group in split(MOBILE, sizes)]
    assert shown(by(speaker, *groups)) == ["****", *["嗯", "****"] * (len(sizes) - 1)]


@SPLITS
@pytest.mark.parametrize("style", [*STYLES, "mixed"])
@pytest.mark.parametrize("filler", [" 呃 ", " 那个 ", "，嗯，", "，然后，", "对，", "……啊，那个，", "，再后面是"])
def test_fillers_between_the_groups_of_one_turn(filler: str, style: str, sizes: tuple[int, ...]) -> None:
    groups = [spoken(group, style) for group in split(MOBILE, sizes)]
    text = "我的号码是" + filler.join(groups) + "，对的没错就是这个号"
    assert mask(text) == "我的号码是" + filler.join(["****"] * len(groups)) + "，对的没错就是这个号"


@ROLES
@pytest.mark.parametrize("turns", range(1, 7))
@pytest.mark.parametrize("number", [MOBILE, LANDLINE, IDENTITY, CARD])
def test_every_kind_of_number_over_one_to_six_turns(number: str, turns: int, speaker: str) -> None:
    size = -(-len(number) // turns)
    groups = [spoken(number[i : i + size], "chinese") for i in range(0, len(number), size)]
    lines = shown(by(speaker, *(f"{group}，对" for group in groups)))
    assert not re.search(f"[{DIGITS}]", re.sub(r"\d{3}\*{4}\d{4}|\*{4}[\dX]{1,4}", "", "".join(lines)))
    assert all("****" in line for line in lines[::2])


@ROLES
@pytest.mark.parametrize(
    "answers", [("嗯",), ("对",), ("好的",), ("一三八，一二三四",), ("138", "1234"), ("嗯", "好", "您说", "我记着")]
)
def test_what_the_other_party_says_between_does_not_break_the_number(answers: tuple[str, ...], speaker: str) -> None:
    other = "agent" if speaker == "customer" else "customer"
    turns = [
        (speaker, "一三八，呃，一二三四，"),
        *((other, text) for text in answers),
        (speaker, "五六七八，对的没错就是这个号"),
    ]
    lines = shown(turns)
    assert lines[0] == "****，呃，****，"
    assert lines[-1] == "****，对的没错就是这个号"
    assert not re.search(f"[{DIGITS}]{{3}}", "".join(lines))


def test_read_back_without_pause_keeps_no_digits() -> None:
    turns = [("c", "一三八一二三四"), ("a", "一三八一二三四"), ("c", "五六七八，对的没错就是这个号")]
    assert shown(turns) == ["****", "****", "****，对的没错就是这个号"]


def test_read_back_after_the_number_and_its_correction() -> None:
    turns = [("c", "一三八，一二三四，五六七八"), ("a", "后面是五六七九？"), ("c", "五六七八"), ("a", "好")]
    assert shown(turns) == ["138****5678", "后面是****？", "****", "好"]


def test_the_other_party_may_finish_the_number_or_mishear_it() -> None:
    assert shown([("a", "您是一三八一二三四，"), ("c", "五六七八")]) == ["您是****，", "****"]
    turns = [("c", "一三八"), ("a", "一三九？"), ("c", "一二三四"), ("c", "五六七八")]
    assert shown(turns) == ["****", "****？", "****", "****"]


def test_who_begins_anew_leaves_nothing_of_the_first_try() -> None:
    text = "幺五四，零四三……等会儿啊，我那号多少来着？……啊，幺五四零四三四幺九二八"
    assert mask(text) == "****，****……等会儿啊，我那号多少来着？……啊，154****1928"


def test_last_place_of_an_identity_card_may_be_spoken_or_lost() -> None:
    head = ["一一零一零五", "一九四九一二三一"]
    assert shown(by("c", *head, "零零二叉"))[-1] == "****"
    assert shown(by("c", *head, "零零二")) == ["****", "嗯", "****", "嗯", "****"]


def test_a_digit_too_many_saves_no_mobile_number() -> None:
    assert shown(by("customer", "13", "81", "23", "4567", "89"))[::2] == ["****"] * 5


def test_a_long_turn_without_digits_or_five_short_ones_end_a_number() -> None:
    first, last = ("c", "我是13，81，2"), ("c", "3456，78，对")
    assert shown([first, *[("a", "嗯")] * 4, last]) == ["我是****，****，****", *["嗯"] * 4, "****，****，对"]
    for between in ([("a", "嗯")] * 5, [("a", "嗯"), ("a", "那咱们先说说这个套餐到底划不划算吧"), ("a", "好")]):
        turns = [first, *between, last]
        assert shown(turns) == [text for _, text in turns]


@pytest.mark.parametrize(
    "texts",
    [
        ["工号三零七二，", "尾号二零三六的机主"],
        ["一二三四，上", "好"],
        ["一九九套餐，", "二零二六年十一月，", "三零七二"],
        ["一九九那个套餐，工号三零七二，尾号二零三六"],
        ["打九五零零零，或者一零零八六"],
        ["三千五百块，二十八岁，一百三十八平"],
        ["138元，1234兆，5678分钟"],
        ["一三八块，", "一二三四兆，", "五六七八分钟"],
        ["1600，减500，再减1100的七成"],
        ["七栋二单元一三零四", "七栋二单元一三零四，打您这个一三六的号"],
        ["13:05到14:30，", "2026年11月3日，", "2026-11-03"],
        ["iPhone15，", "G1388，", "5678元"],
        ["一共是1900的样子，", "我算一下啊去年是2000，", "今年又涨了要380"],
        ["那就一对一，两两三三"],
    ],
)
@pytest.mark.parametrize("speakers", ["ccc", "aca"])
def test_figures_that_make_no_number_stay(texts: list[str], speakers: str) -> None:
    turns = list(zip(speakers, texts, strict=False))
    assert shown(turns) == texts


def test_a_text_alone_is_masked_as_a_turn_is() -> None:
    text = "一三八 呃 一二三四 那个 五六七八"
    assert [text[m.start : m.end] for m in find_masks(text)] == ["一三八", "一二三四", "五六七八"]


fillers = st.sampled_from(["，", " ", " 呃 ", "，嗯，", " 那个 ", "，啊，那个，", "，对，", "，然后", "。"])
between_turns = st.lists(st.sampled_from(["嗯", "对", "好的", "您说", "嗯嗯，记着呢"]), max_size=4)


@st.composite
def sizes_of_groups(draw: st.DrawFn) -> list[int]:
    sizes: list[int] = []
    while (left := 11 - sum(sizes)) > 3:
        sizes.append(draw(st.integers(2, left - 2) | st.just(left)))
    return [*sizes, left] if left else sizes


@given(
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    sizes_of_groups(),
    st.sampled_from([*STYLES, "mixed"]),
    st.sampled_from(["customer", "agent"]),
    st.data(),
)
def test_no_split_of_a_mobile_number_leaves_a_group_of_three(
    number: str, sizes: list[int], style: str, speaker: str, data: st.DataObject
) -> None:
    turns = [(speaker, spoken(number[: sizes[0]], style))]
    for group in split(number, sizes)[1:]:
        own = sum(who == speaker for who, _ in turns)
        if own < 5 and data.draw(st.booleans()):
            other = "agent" if speaker == "customer" else "customer"
            turns += [(other, text) for text in data.draw(between_turns)] + [(speaker, spoken(group, style))]
        else:
            turns[-1] = (speaker, turns[-1][1] + data.draw(fillers) + spoken(group, style))
    unmasked = re.sub(r"\d{3}\*{4}\d{4}|\*{4}\d{2,4}", "", "\n".join(shown(turns)).translate(FULL_WIDTH))
    assert not re.search(f"[{DIGITS}]{{3}}", unmasked)


#: Masks keep digits as they were written, full-width ones too.
FULL_WIDTH = str.maketrans(STYLES["full-width"], STYLES["ascii"])
