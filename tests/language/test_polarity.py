"""Denied or said, reported or one's own word: sentences as they are heard in sales calls."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.language.polarity import denials, is_negated, is_reported


def place(sentence: str, passage: str) -> tuple[int, int]:
    """The last place of the passage, as (start, end)."""
    start = sentence.rindex(passage)
    return start, start + len(passage)


DENIED = [
    ("不需要您现在付钱", "付钱"),
    ("不是让您马上交费", "交费"),
    ("您不用现在办理", "办理"),
    ("我们没有任何手续费", "手续费"),
    ("不收费的", "收费"),
    ("这款产品无风险", "风险"),
    ("零手续费", "手续费"),
    ("免月租的", "月租"),
    ("别付钱", "付钱"),
    ("不要给别人转账", "转账"),
    ("千万别转账", "转账"),
    ("不用不用付款的", "付款"),
    ("不不不，不需要付钱", "付钱"),
    ("不需要您，呃，现在付钱", "付钱"),
    ("不能保证收益", "保证"),
    ("我不敢跟您承诺", "承诺"),
    ("不会自动扣费", "扣费"),
    ("没让您办理", "办理"),
    ("從來沒有說過免費", "免費"),
    ("不需要您現在付錢", "付錢"),
    ("无需预付定金", "定金"),
    ("手续费我们是不收的", "手续费"),
    ("违约金没有的", "违约金"),
    ("一点手续费都没有", "手续费"),
    ("收益我们保证不了", "保证"),
    ("办理不了的", "办理"),
    ("避免您多付钱", "付钱"),
    ("省得您再交费", "交费"),
    ("不需要下载APP", "APP"),
    ("不用VIP会员", "VIP"),
    ("不收钱不用付款", "付款"),
    ("不是马上就要您付款", "付款"),
    ("没有您说的那种手续费", "手续费"),
    ("并不是贷款", "贷款"),
    ("绝不收费", "收费"),
    ("从来不推销", "推销"),
    ("您别担心", "担心"),
    ("没问题", "问题"),
    ("定金不用您付的", "定金"),
    ("能不能不付钱", "付钱"),
    ("我们不做贷款", "贷款"),
    ("没說免費", "免費"),
    ("you don't need to pay now", "pay"),
    ("there is no fee", "fee"),
    ("we never charge extra", "charge"),
    ("it's free of charge", "charge"),
    ("without any contract", "contract"),
    ("you won’t be charged", "charged"),
    ("I can't promise that", "promise"),
    ("no setup fee", "fee"),
    ("这个不是强制您办理的", "办理"),
    ("谁都不能保证通过", "保证"),
    ("您不必马上答复", "答复"),
    ("没有强制消费", "强制消费"),
    ("押金我们是不收的", "押金"),
    ("上门费全免", "上门费"),
    ("免手续费", "手续费"),
    ("我們不會收取費用", "費用"),
    ("请勿转账", "转账"),
    ("我可不会手机付钱", "付钱"),
    ("公司不同意退款", "退款"),
    ("贷款我不要", "贷款"),
    ("我们没收手续费", "手续费"),
]

SAID = [
    ("我是不是可以办理", "办理"),
    ("不但免费还送流量", "免费"),
    ("没问题我给您办理", "办理"),
    ("不好意思打扰您", "打扰"),
    ("我不能不告诉您手续费", "手续费"),
    ("我们不是不收费", "收费"),
    ("没有人不喜欢", "喜欢"),
    ("收不收费", "收费"),
    ("要不要办理", "办理"),
    ("能不能办理", "办理"),
    ("有没有优惠", "优惠"),
    ("不到一百块钱", "一百块"),
    ("不管您办不办理都送", "送"),
    ("不是贷款是理财", "理财"),
    ("不用下载就能办理", "办理"),
    ("不办的话要付钱", "付钱"),
    ("不知道您需要办理吗", "办理"),
    ("未来三年收益", "收益"),
    ("无线宽带", "宽带"),
    ("特别优惠", "优惠"),
    ("别忘了付钱", "付钱"),
    ("不是跟您说了免费吗", "免费"),
    ("这不就免费了吗", "免费"),
    ("差不多一百块", "一百块"),
    ("要不我给您办理", "办理"),
    ("您不用着急我给您介绍一下", "介绍"),
    ("不会不给您办理", "办理"),
    ("不得不收费", "收费"),
    ("没想到这么便宜", "便宜"),
    ("不用，现在付钱", "付钱"),
    ("不过要付钱", "付钱"),
    ("不影响您使用", "使用"),
    ("别担心我们上门安装", "安装"),
    ("不超过三十九块", "三十九块"),
    ("没关系我们会退款", "退款"),
    ("付款不用现金", "付款"),
    ("办理不办理都行", "办理"),
    ("需要不需要", "需要"),
    ("不只是免费", "免费"),
    ("不错，这个便宜", "便宜"),
    ("收到短信没有", "短信"),
    ("免费办理", "办理"),
    ("不信您可以查询", "查询"),
    ("非常划算", "划算"),
    ("收费不到一百", "收费"),
    ("not only free but fast", "free"),
    ("no problem, you can pay now", "pay"),
    ("don't forget to pay", "pay"),
    ("you can pay now", "pay"),
    ("no fee but you pay later", "pay"),
    ("don't hesitate to call", "call"),
    ("不满意全额退款", "退款"),
    ("您要是不合适可以退货", "退货"),
    ("学完了可以退款", "退款"),
    ("收费不收费您看合同", "收费"),
    ("方便不方便", "方便"),
    ("要不是优惠我也不打给您", "优惠"),
    ("一百零九块手续费", "手续费"),
    ("除非退款", "退款"),
    ("避免不了要付钱", "付钱"),
    ("不止优惠这一点", "优惠"),
    ("没事儿您考虑", "考虑"),
    ("不过能不能便宜点", "便宜"),
    ("没花完的退您", "退"),
    ("没拆封七天可以退", "退"),
    ("不想用了随时可以退款", "退款"),
    ("不喜欢也退款", "退款"),
    ("没过就退款", "退款"),
    ("不满意全退款", "退款"),
    ("您的车可以免费上门估价", "上门"),
    ("不同的套餐", "套餐"),
]

REPORTED = [
    ("他们说免费的", "免费"),
    ("您刚才说太贵了", "太贵"),
    ("您说免费", "免费"),
    ("人家跟我说免费", "免费"),
    ("你们客服说免费", "免费"),
    ("网上都说是骗人的", "骗人"),
    ("我听朋友说免费", "免费"),
    ("据说不收费", "收费"),
    ("他说“免费”", "免费"),
    ("“免费”两个字", "免费"),
    ("您之前提到太贵", "太贵"),
    ("广告上写着免费", "免费"),
    ("骗子才说稳赚不赔", "稳赚不赔"),
    ("上次那个业务员承诺免费", "免费"),
    ("隔壁邻居说不好用", "不好用"),
    ("您是说手续费太高", "手续费"),
    ("他們說免費的", "免費"),
    ("有客户反映太慢", "太慢"),
    ("别家都说保证收益", "保证"),
    ("您问的手续费", "手续费"),
    ("「稳赚」这种话", "稳赚"),
    ("我妈说不用买", "买"),
    ("they said it is free", "free"),
    ("you told me it was free", "free"),
    ("the website says no fee", "fee"),
    ('he said "free"', "free"),
    ("I heard it is free", "free"),
]

OWN_WORD = [
    ("我跟您说免费的", "免费"),
    ("我告诉您免费", "免费"),
    ("您说得对我们免费", "免费"),
    ("您说是不是很便宜", "便宜"),
    ("您说一下地址", "地址"),
    ("他们说收费，其实我们免费", "免费"),
    ("我跟他们说了免费", "免费"),
    ("给您说一下优惠", "优惠"),
    ("老实说很便宜", "便宜"),
    ("我是客户经理，跟您说一下优惠", "优惠"),
    ("您说呢，免费的", "免费"),
    ("我们说好了免费", "免费"),
    ("跟客户说免费", "免费"),
    ("他们说贵。我们免费", "免费"),
    ("说明一下手续费", "手续费"),
    ("您说个时间我给您打电话", "打电话"),
    ("您看免费的", "免费"),
    ("我们保证免费", "免费"),
    ("您说的对，这个便宜", "便宜"),
    ("“好”，免费", "免费"),
    ("上次跟您说的优惠", "优惠"),
    ("公司承诺免费", "免费"),
    ("I told you it is free", "free"),
    ("they said it costs, but we are free", "free"),
    ("let me say it is free", "free"),
]


@pytest.mark.parametrize(("sentence", "passage"), DENIED)
def test_denied(sentence: str, passage: str) -> None:
    assert is_negated(sentence, *place(sentence, passage))


@pytest.mark.parametrize(("sentence", "passage"), SAID)
def test_said_in_spite_of_a_word_that_looks_like_a_denial(sentence: str, passage: str) -> None:
    assert not is_negated(sentence, *place(sentence, passage))


@pytest.mark.parametrize(("sentence", "passage"), REPORTED)
def test_reported(sentence: str, passage: str) -> None:
    assert is_reported(sentence, *place(sentence, passage))


@pytest.mark.parametrize(("sentence", "passage"), OWN_WORD)
def test_own_word_in_spite_of_a_verb_of_saying(sentence: str, passage: str) -> None:
    assert not is_reported(sentence, *place(sentence, passage))


@pytest.mark.parametrize(("sentence", "passage"), [*DENIED, *SAID])
def test_what_stands_in_other_sentences_changes_nothing(sentence: str, passage: str) -> None:
    start, end = place(sentence, passage)
    lead = "我不办。他们说的。"
    assert is_negated(lead + sentence, start + len(lead), end + len(lead)) is is_negated(sentence, start, end)
    assert is_negated(sentence + "。不是的。", start, end) is is_negated(sentence, start, end)


def test_a_denial_reaches_so_far() -> None:
    assert is_negated("不一二三四五六七八付钱", 9)
    assert not is_negated("不一二三四五六七八九付钱", 10)


def test_a_comma_ends_the_reach_and_hesitation_does_not() -> None:
    assert not is_negated("不用，付钱", 3)
    assert is_negated("不用，呃，付钱", 5)
    assert is_negated("不需要您，那个，嗯，付钱", 10)


def test_a_report_reaches_so_far() -> None:
    assert is_reported("他说一二三四五六七八九十一二三四付钱", 16, 18)
    assert not is_reported("他说一二三四五六七八九十一二三四五付钱", 17, 19)


@pytest.mark.parametrize(
    ("text", "passage", "quoted"),
    [
        ("他写着“保证赚”。", "保证", True),
        ("「保证」", "保证", True),
        ('"保证"', "保证", True),
        ("“好”，保证", "保证", False),
        ("“保证", "保证", False),  # never closed
        ("保证”", "保证", False),
        ("“甲”保证“乙”", "保证", False),
    ],
)
def test_quotation_marks(text: str, passage: str, quoted: bool) -> None:
    assert is_reported(text, *place(text, passage)) is quoted


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("您好", 0),
        ("不收费", 1),
        ("不收费也不退", 2),
        ("不是不收费", 0),
        ("不用不用", 1),
        ("不但免费", 0),
        ("no fee", 1),
    ],
)
def test_denials_are_counted(text: str, count: int) -> None:
    assert denials(text) == count


PIECES = [*"不别您说，。“”吗", "没有", "不是", "付钱", "他们", "no ", "pay", "\ud800", "需要"]
pieces = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@given(pieces, st.data())
def test_any_place_of_any_text_has_an_answer(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    assert isinstance(is_negated(text, start, end), bool)
    assert isinstance(is_reported(text, start, end), bool)


@given(pieces.filter(lambda text: "付钱" in text))
def test_what_stands_far_before_changes_nothing(text: str) -> None:
    start, end = place(text, "付钱")
    far = "您好，" * 50 + "。"
    assert is_negated(far + text, start + len(far), end + len(far)) is is_negated(text, start, end)


@pytest.mark.parametrize("many", ["不", "他说", "“", "a", "，", "您说您"])
def test_hostile_text_is_answered(many: str) -> None:
    text = many * 10_000 + "付钱"
    assert is_negated(text, *place(text, "付钱")) is (many == "不")
    assert is_reported(text, *place(text, "付钱")) is (many in ("他说", "您说您"))


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("不要不要", "不要"),
        ("不需要不需要谢谢", "不需要"),
        ("我不办我不需要", "不需要"),
        ("没兴趣不考虑", "不考虑"),
        ("不要钱绝对不收您一分钱", "不要钱"),
        ("这个免费不收您的钱", "免费"),
    ],
)
def test_a_refusal_or_a_gift_is_not_denied_by_its_neighbour(text: str, phrase: str) -> None:
    start = text.rindex(phrase)
    assert not is_negated(text, start, start + len(phrase))


@pytest.mark.parametrize("text", ["上回你们也说提速不要钱", "你们那个小姑娘说免费", "你们还说免费"])
def test_what_the_firm_said_before_is_reported(text: str) -> None:
    assert is_reported(text, len(text) - 2, len(text))
