"""Facts that their form gives away, in Mandarin and English, at their place in the original text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.core.facts import Fact
from qa_pipeline.language.english_numbers import find_english_numerals
from qa_pipeline.language.quantities import FACT_NAMES, facts_in, quantities


def said(text: str, name: str) -> list[tuple[str, float | None]]:
    """The characters and number of each fact of that name."""
    return [(text[q.start : q.end], q.number) for q in quantities(text) if q.name == name]


PRICES: list[tuple[str, list[tuple[str, float | None]]]] = [
    ("三十九块九一个月", [("三十九块九", 39.9)]),
    ("一共39.9元。", [("39.9元", 39.9)]),
    ("才三十九块钱", [("三十九块钱", 39.0)]),
    ("九块九毛九", [("九块九毛九", 9.99)]),
    ("一个月一百二", [("一百二", 120.0)]),
    ("月费一百二十九，送手机", [("一百二十九", 129.0)]),
    ("月租是一百零九", [("一百零九", 109.0)]),
    ("一百零九一个月", [("一百零九", 109.0)]),
    ("三百一个月，您看", [("三百", 300.0)]),
    ("一年两千六", [("两千六", 2600.0)]),
    ("年费1,280", [("1,280", 1280.0)]),
    ("原价六千八，现价四千九百八", [("六千八", 6800.0), ("四千九百八", 4980.0)]),
    ("五万块钱", [("五万块钱", 50000.0)]),
    ("一百多块", [("一百多块", 100.0)]),
    ("五毛钱一条", [("五毛钱", 0.5)]),
    ("五百一个，三十块三个", [("三十块", 30.0)]),
    ("￥１２９", [("￥１２９", 129.0)]),
    ("一百二的套餐", [("一百二", 120.0)]),
    ("月費一百二十九塊", [("一百二十九塊", 129.0)]),
    ("It is $39.99 a month", [("$39.99", 39.99)]),
    ("a hundred and nine dollars", [("a hundred and nine dollars", 109.0)]),
    ("thirty-nine dollars and 99 cents", [("thirty-nine dollars and 99 cents", 39.99)]),
    ("it is thirty-six a month", [("thirty-six", 36.0)]),
    ("one twenty nine a month", [("one twenty nine", None)]),
    # No prices: what is counted, what is numbered, what is together.
    ("两百兆够了", []),
    ("一个月五百兆", []),
    ("每月五个人", []),
    ("一年三百六十五天", []),
    ("每天十二点到", []),
    ("每年十一放假", []),
    ("一天三百五十单", []),
    ("首付二十来万", []),
    ("第三个方案", []),
    ("大家一块儿去", []),
    ("这一块业务", []),
    ("分两块来讲", []),
    ("三块石头", []),
    ("尾号三零七二", []),
    ("十二月一号", []),
    ("快一点", []),
    ("价格十分优惠", []),
    ("once a month, five missed calls", []),
]


@pytest.mark.parametrize(("text", "prices"), PRICES)
def test_price(text: str, prices: list[tuple[str, float | None]]) -> None:
    assert said(text, "price") == prices


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("高配十八万二，优惠一万。", [("十八万二", 182000.0), ("一万", 10000.0)]),
        ("三百九十八，二十四节", [("三百九十八", 398.0)]),
        ("月费一百二十九", [("一百二十九", 129.0)]),
        ("五公里，两百兆", []),
        ("尾号一二八，房间三零二", []),
        ("十二，不是十三", []),
    ],
)
def test_amount_is_any_sum_of_money(text: str, amounts: list[tuple[str, float]]) -> None:
    assert said(text, "amount") == amounts


OTHERS: list[tuple[str, str, list[tuple[str, float | None]]]] = [
    ("percentage", "利率2.35%", [("2.35%", 2.35)]),
    ("percentage", "百分之三的手续费", [("百分之三", 3.0)]),
    ("percentage", "百分之零点四五", [("百分之零点四五", 0.45)]),
    ("percentage", "百分之百通过", [("百分之百", 100.0)]),
    ("percentage", "千分之六", [("千分之六", 0.6)]),
    ("percentage", "日息万分之五", [("万分之五", 0.05)]),
    ("percentage", "收两个点", [("两个点", 2.0)]),
    ("percentage", "twelve per cent", [("twelve per cent", 12.0)]),
    ("percentage", "说个点儿", []),
    ("discount", "打八折", [("打八折", 80.0)]),
    ("discount", "八五折", [("八五折", 85.0)]),
    ("discount", "9.5折", [("9.5折", 95.0)]),
    ("discount", "第二件半价", [("半价", 50.0)]),
    ("discount", "20% off today", [("20% off", 80.0)]),
    ("discount", "三折页", []),
    ("date", "十月一号", [("十月一号", None)]),
    ("date", "2025年10月1日", [("2025年10月1日", None)]),
    ("date", "下周三或者周五", [("下周三", None), ("周五", None)]),
    ("date", "每个月十六号扣", [("十六号", None)]),
    ("date", "明天", [("明天", None)]),
    ("date", "零三年的房子", [("零三年", None)]),
    ("date", "月底", [("月底", None)]),
    ("date", "今天下午", [("今天下午", None)]),
    ("date", "今天打扰您了", []),
    ("date", "三号楼", []),
    ("date", "月租一百", []),
    ("date", "一周一次", []),
    ("date", "see you on Monday the tenth", [("Monday the tenth", None)]),
    ("date", "October 3rd", [("October 3rd", None)]),
    ("date", "after the first hour", []),
    ("time_of_day", "下午三点半", [("下午三点半", 15.5)]),
    ("time_of_day", "三点", [("三点", 3.0)]),
    ("time_of_day", "晚上八点二十分", [("晚上八点二十分", 20 + 1 / 3)]),
    ("time_of_day", "十一点二十", [("十一点二十", 11 + 1 / 3)]),
    ("time_of_day", "15:30", [("15:30", 15.5)]),
    ("time_of_day", "周二十点见", [("十点", 10.0)]),
    ("time_of_day", "at 3:30 pm", [("3:30 pm", 15.5)]),
    ("time_of_day", "half past three", [("half past three", 3.5)]),
    ("time_of_day", "two o'clock", [("two o'clock", 2.0)]),
    ("time_of_day", "便宜一点", []),
    ("time_of_day", "我说三点建议", []),
    ("time_of_day", "年化三点五", []),
    ("duration", "合约两年", [("两年", 2.0)]),
    ("duration", "半年", [("半年", 0.5)]),
    ("duration", "两个半小时", [("两个半小时", 2.5)]),
    ("duration", "一年半", [("一年半", 1.5)]),
    ("duration", "四十八小时内", [("四十八小时", 48.0)]),
    ("duration", "twenty-four months", [("twenty-four months", 24.0)]),
    ("duration", "一个月一百二", []),
    ("duration", "第三天", []),
    ("duration", "这两天", []),
    ("duration", "八一年的", []),
    ("duration", "eighty-one years old", []),
    ("headcount", "一百来号人", [("一百来号人", 100.0)]),
    ("headcount", "五个人", [("五个人", 5.0)]),
    ("headcount", "一家三口人", [("三口人", 3.0)]),
    ("headcount", "几十号人", [("几十号人", None)]),
    ("headcount", "七八个人", [("七八个人", None)]),
    ("headcount", "eleven people", [("eleven people", 11.0)]),
    ("headcount", "第三个人", []),
    ("headcount", "一人五百", []),
    ("headcount", "二十七号人少", []),
    ("headcount", "一口价", []),
    ("company_size", "我们公司三十几个人", [("三十几个人", 30.0)]),
    ("company_size", "两百名员工", [("两百名员工", 200.0)]),
    ("company_size", "四个人的名单", []),
    ("quantity", "五百兆，三台", [("五百兆", 500.0), ("三台", 3.0)]),
    ("quantity", "40G流量", [("40G", 40.0)]),
    ("quantity", "a hundred and fifty meg", [("a hundred and fifty meg", 150.0)]),
    ("quantity", "一个问题", []),
    ("quantity", "三个月", []),
    ("staff_number", "工号是三零七二", [("三零七二", None)]),
    ("staff_number", "工号，01477。", [("01477", None)]),
    ("staff_number", "三零七二", []),
    ("own_name", "我姓陈", [("陈", None)]),
    ("own_name", "我叫陈雨桐", [("陈雨桐", None)]),
    ("own_name", "我是汇江通信的小方", [("小方", None)]),
    ("own_name", "免贵姓陆", [("陆", None)]),
    ("own_name", "My name's Tolu Fashola, I'm with Saltmarsh", [("Tolu Fashola", None)]),
    ("own_name", "您贵姓", []),
    ("own_name", "他姓王", []),
    ("own_name", "我不姓邹", []),
    ("own_name", "陈先生您好", []),
    ("name", "陈先生您好", [("陈", None)]),
    ("name", "请问是欧阳女士吗", [("欧阳", None)]),
    ("name", "Hello, Mrs Papadakis?", [("Papadakis", None)]),
    ("name", "谢谢老师", []),
    ("name", "安装师傅", []),
    ("name", "基金经理", []),
    ("name", "您先生在家吗", []),
    ("name", "小程序", []),
    ("company", "我是汇江通信的，我姓陈", [("汇江通信", None)]),
    ("company", "您好，中原宽联，工号三幺七", [("中原宽联", None)]),
    ("company", "我是专门做这个的，我姓陈", []),
]


@pytest.mark.parametrize(("name", "text", "found"), OTHERS)
def test_other_facts(name: str, text: str, found: list[tuple[str, float | None]]) -> None:
    assert said(text, name) == [(words, pytest.approx(number)) for words, number in found]


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("13800138000", "13800138000"),
        ("幺三八零零一三八零零零", "13800138000"),
        ("幺三八，零零一三，八零零零", "13800138000"),
        ("138 0013-8000", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("零三七一六五五零零九八二", "037165500982"),
        ("400 123 4567", "4001234567"),
        ("身份证三二零七二零五一九九八零四三一零二", None),
        ("工号3072", None),
        ("1380013800", None),
    ],
)
def test_phone_numbers_as_they_are_read_out(text: str, digits: str | None) -> None:
    assert [q.value for q in quantities(text) if q.name == "phone"] == ([digits] if digits else [])


#: (sentence, facts without counts of things and bare amounts), from the labelled training calls, checked by hand.
SENTENCES: list[tuple[str, list[tuple[str, str]]]] = [
    (
        "周先生您好，我是汇江通信的，我姓陈，陈雨桐，工号三零七二。您现在接电话方便吧？",
        [("name", "周"), ("company", "汇江通信"), ("name", "陈"), ("own_name", "陈"), ("staff_number", "三零七二")],
    ),
    ("对，三年，一直用着，谢谢您啊。", [("duration", "三年")]),
    ("呃，我跟我爱人，俩孩子，四个人。", [("headcount", "四个人")]),
    ("哦，到期了是吧。我还说呢，这好像办了得有三年了。", [("duration", "三年")]),
    ("提到五百兆，一个月一百零九，比您现在九十九多十块，设备不动。", [("price", "一百零九"), ("price", "十块")]),
    ("那我推荐您二十九块九一个月的那个", [("price", "二十九块九")]),
    (
        "好，链接我发您微信，位子我留到明天晚上八点，您付完电子合同自动出来。",
        [("date", "明天"), ("time_of_day", "晚上八点")],
    ),
    (
        "大哥我骗您干啥呢我骗您我又不得好处您进来看三天不准您骂我都行",
        [("duration", "三天")],
    ),
    ("我找了！四百那个电话，排队排了四十分钟，给我挂了。", [("duration", "四十分钟")]),
    (
        "上午九点到十一点，来之前给您打电话。地址跟装宽带的是一个吧？",
        [("time_of_day", "上午九点"), ("time_of_day", "十一点")],
    ),
    ("收据我给你开的嘛，大家都这么转的，我们做十几年了，跑不了。", []),
    ("导游是一个人跟到底，还是到一段换一个？", [("headcount", "一个人")]),
    ("哎哟不好意思。那我跟您核一下号码，尾号是三八四七，对吗？", []),
    ("一百六十八嗦，有点贵哈。我们楼下药店那个氨糖才七十几。", []),
    ("周六不行，周六我带孩子踢球，换周五中午吧。", [("date", "周六"), ("date", "周六"), ("date", "周五")]),
    ("石井路，梧桐里小区，六号楼三单元四零二。", []),
    ("行吧选了然后绑卡了每个月十六号扣吧我十五号发工资", [("date", "十六号"), ("date", "十五号")]),
    ("七点半可以。打我手机，别拿座机打，座机我以为是骗子。", [("time_of_day", "七点半")]),
    ("好的谢谢戚女士祝您一路平安不延误再见", [("name", "戚")]),
    ("不要钱绝对不收您一分钱您放心好了我们都是有录音的", []),
    ("普工二十三块一个小时保险接送都包在里面夜班加两块", [("price", "二十三块"), ("price", "两块")]),
    ("那就多十米，四百块钱的样子。", [("price", "四百块钱")]),
    ("看见了。下回大概六万三的时候提醒您，照您这速度差不多年底。", [("date", "年底")]),
    ("百分之百能批，前期一分钱不收。", [("percentage", "百分之百")]),
    ("好好，您先接孩子。谢谢何女士，周四晚上见，再见。", [("name", "何"), ("date", "周四")]),
    ("行，你加我微信，就我手机号，你记一下，一五四，五七四零，二二一九。", [("phone", "一五四，五七四零，二二一九")]),
    ("九点四十，回来都十点过了。", [("time_of_day", "九点四十"), ("time_of_day", "十点")]),
    ("能，后排横向一米四六，俩座椅中间还能坐个大人，就是不宽绰。", []),
    ("三点六五……三百万，一年十万九千五咯。比现在省……", [("price", "十万九千五")]),
    ("呃我们公司人不多的三十几个人还有一半在外地", [("headcount", "三十几个人"), ("company_size", "三十几个人")]),
    (
        "您好请问是戚女士吗我是南桥银行信用卡中心的客户经理我姓路工号二零五一",
        [
            ("name", "戚"),
            ("company", "南桥银行信用卡中心"),
            ("name", "路"),
            ("own_name", "路"),
            ("staff_number", "二零五一"),
        ],
    ),
    (
        "一般签三个月起，能做到六折左右，要是签半年",
        [("duration", "三个月"), ("discount", "六折"), ("duration", "半年")],
    ),
]


@pytest.mark.parametrize(("text", "facts"), SENTENCES, ids=range(len(SENTENCES)))
def test_sentences_of_real_calls(text: str, facts: list[tuple[str, str]]) -> None:
    found = [(q.name, text[q.start : q.end]) for q in quantities(text) if q.name not in ("quantity", "amount")]
    assert sorted(found) == sorted(facts)


def test_facts_carry_turn_place_value_and_unit() -> None:
    text = "您好，月费三十九块九。"
    assert Fact("price", "39.9元", 4, 5, 10, 39.9, "元") in facts_in(text, 4)
    assert text[5:10] == "三十九块九"


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("thirty-nine", ["39"]),
        ("a hundred and nine", ["109"]),
        ("eleven hundred", ["1100"]),
        ("fourteen thousand five hundred", ["14500"]),
        ("five million two hundred thousand and one", ["5200001"]),
        ("four twenty-nine", ["4", "29"]),
        ("two and three", ["2", "3"]),
        ("a truck and a month", []),
        ("someone won ten tents", ["10"]),
        ("zero five", ["0", "5"]),
        ("a a a hundred", ["100"]),
        ("hundred thousand", []),
    ],
)
def test_english_number_words(text: str, numbers: list[str]) -> None:
    assert [numeral.text for numeral in find_english_numerals(text)] == numbers


CHARACTERS = "一二两三十百千万零幺半点块元毛折个月年天号人周第每费我姓叫陈小的是，。1,.%$塊￥９\ud800\U0001f600㈱ "
PIECES = st.sampled_from([*CHARACTERS, "39", "先生", "工号", "a", " hundred", " and ", "twenty", "-one", " dollars"])


@given(st.lists(PIECES, max_size=20))
def test_every_fact_lies_in_its_text(pieces: list[str]) -> None:
    text = "".join(pieces)
    for quantity in quantities(text):
        assert quantity.name in FACT_NAMES
        assert 0 <= quantity.start < quantity.end <= len(text)
        assert quantity.value
        assert quantity.number is None or quantity.number == quantity.number  # never NaN


@given(st.lists(PIECES, max_size=8), st.sampled_from(["月费一百二十九", "工号三零七二", "下午三点半"]))
def test_what_stands_before_a_full_stop_does_not_hide_a_fact(pieces: list[str], fact: str) -> None:
    text = "".join(pieces) + "。" + fact
    assert any(text[q.start : q.end] in fact and q.start > len(text) - len(fact) - 1 for q in quantities(text))


REPEATED = [
    "1",
    "一",
    "1 ",
    "a ",
    "and ",
    "thirty ",
    "月费",
    "就是",
    "1,1",
    "王",
    "小王",
    "我姓",
    "您好，",
    "138 ",
    "周",
]


@pytest.mark.parametrize("beginning", ["", "月费是", "我是"])
@pytest.mark.parametrize("piece", REPEATED)
def test_long_repetitive_text_is_read(beginning: str, piece: str) -> None:
    """All repeats in the patterns are bounded: with nested unbounded ones this would not end."""
    hostile = beginning + piece * 5_000
    assert len(quantities(hostile)) <= len(hostile)
