"""Listener's signs and filler words: hits, misses, and what must not matter."""

from __future__ import annotations

import unicodedata

import opencc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.language.talk_words import MAX_REPEATS, MAX_SIGNS, fillers, is_backchannel

SIGNS_ZH = [
    "嗯",
    "嗯嗯",
    "对",
    "对对对",
    "好",
    "好的",
    "是",
    "是的",
    "是是",
    "哦",
    "噢",
    "啊",
    "行",
    "可以",
    "明白",
    "知道",
    "了解",
    "这样啊",
    "哦哦",
    "对啊",
    "没错",
    "好嘞好嘞",
    "收到",
    "没问题",
    "我知道了",
    "明白了",
    "就是",
    "就是嘛",
    "可不是嘛",
    "对头",
    "要得",
    "得嘞",
    "系啊",
    "冇错",
    "确实",
]
SIGNS_EN = [
    "mm-hm",
    "uh-huh",
    "Mhm",
    "yeah",
    "Right",
    "okay",
    "OK",
    "I see",
    "sure",
    "Got it",
    "That's right",
    "all right",
]

TURNS_ZH = [
    "喂",
    "您好",
    "你好",
    "不",
    "不是",
    "没有",
    "没",
    "不用",
    "不用了",
    "谢谢",
    "再见",
    "拜拜",
    "好了",
    "行了",
    "可以了",
    "对了",
    "好吧",
    "行吧",
    "你说",
    "您说",
    "呃",
    "是我",
    "唔好",
    "多少钱",
    "嗯再见",
    "好谢谢",
    "对就这个",
    "嗯你说",
    "不对",
    "不好",
    "不行",
    "不知道",
    "没关系",
    "这个",
    "那个",
    "好贵",
    "是不是",
    "对不对",
    "这样吗",
    "是吗",
    "真的吗",
    "对吧",
    "是嘛",
    "什么",
    "哪里",
]
TURNS_EN = [
    "no",
    "nope",
    "thank you",
    "hello",
    "bye",
    "um",
    "well",
    "not sure",
    "yes please",
    "I see that",
    "okay so",
    "right here",
    "no problem",
    "I don't know",
    "really",
]
SIGN = st.sampled_from(SIGNS_ZH)
MARKS = st.text(alphabet="，。、！… ~,.!—", max_size=4)


@pytest.mark.parametrize(
    "text", [*SIGNS_ZH, "嗯，对，是的。", "哦，这样子。", "好的好的，明白了。", "哈哈，行。", "嗯……"]
)
def test_signs_of_a_mandarin_listener(text: str) -> None:
    assert is_backchannel(text, "zh")


@pytest.mark.parametrize(
    "text", [*SIGNS_EN, "Yeah, yeah.", "Oh, okay.", "Yeah. Mhm.", "Right, right, right", "Ha ha ha"]
)
def test_signs_of_an_english_listener(text: str) -> None:
    assert is_backchannel(text, "en")


@pytest.mark.parametrize("text", ["", "。", "……", *TURNS_ZH])
def test_mandarin_that_says_something_is_no_sign(text: str) -> None:
    assert not is_backchannel(text, "zh")


@pytest.mark.parametrize("text", TURNS_EN)
def test_english_that_says_something_is_no_sign(text: str) -> None:
    assert not is_backchannel(text, "en")


@pytest.mark.parametrize(
    ("text", "language"), [("嗯？", "zh"), ("啊?", "zh"), ("好﹖", "zh"), ("Right?", "en"), ("Oh？", "en")]
)
def test_a_question_mark_asks_back(text: str, language: str) -> None:
    assert not is_backchannel(text, language)
    assert is_backchannel(text[:-1], language)


@pytest.mark.parametrize("text", ["對對對", "沒錯", "瞭解", "這樣啊", "ＯＫ", "好　的", "Ｏkay"])
def test_script_and_width_do_not_matter(text: str) -> None:
    assert is_backchannel(text, "zh")


@pytest.mark.parametrize("language", ["zh", "zh-CN", "zh-TW", "yue"])
def test_kinds_of_chinese_share_their_signs(language: str) -> None:
    assert is_backchannel("对对", language)


@pytest.mark.parametrize(("text", "language"), [("对对", "en"), ("uh-huh", "zh"), ("mm-hm", "de"), ("对", "ja")])
def test_signs_of_another_language_are_words(text: str, language: str) -> None:
    assert not is_backchannel(text, language)


def test_many_different_signs_make_a_turn_and_repeats_count_once() -> None:
    different = ["嗯", "对", "好的", "明白", "没错"]
    assert is_backchannel("，".join(different[:MAX_SIGNS]), "zh")
    assert not is_backchannel("，".join(different[: MAX_SIGNS + 1]), "zh")
    assert is_backchannel("对" * MAX_REPEATS, "zh")
    assert not is_backchannel("对" * (MAX_SIGNS * MAX_REPEATS + 1), "zh")


@given(SIGN, st.sampled_from(TURNS_ZH), st.booleans())
def test_a_sign_beside_other_words_is_a_turn(sign: str, turn: str, first: bool) -> None:
    words = [turn, "，", sign] if first else [sign, "，", turn]
    assert not is_backchannel("".join(words), "zh")


@given(st.lists(SIGN, min_size=1, max_size=MAX_SIGNS), MARKS, MARKS)
def test_marks_between_signs_do_not_matter(signs: list[str], between: str, after: str) -> None:
    assert is_backchannel(between.join(signs) + after, "zh")


@given(st.text(max_size=30), st.sampled_from(["zh", "en", "de"]))
def test_any_text_is_judged(text: str, language: str) -> None:
    assert isinstance(is_backchannel(text, language), bool)
    assert 0 <= fillers(text, language) <= len(text)


def test_a_long_text_is_judged_at_once() -> None:
    assert not is_backchannel("对好是" * 20_000, "zh")
    assert fillers("就是那个这个然后" * 10_000, "zh") == 0


FILLED_ZH = {
    "呃，这个我还真不能定": 1,
    "连办公室的话，呃……一百平": 1,
    "那您一个月大概呃走多少流量": 1,
    "嗯……那我再看看": 1,
    "我们是，嗯，做健康回访的": 1,
    "我想嗯看看这个套餐": 1,
    "额，我想想": 1,
    "要不，啊，一五四零那个号": 1,
    "那个，咱店里有宽带没有": 1,
    "行吧……那个，我贵姓": 1,
    "姐您真会说。那个，您填一下": 1,
    "这个……得看技术": 1,
    "呃这个……参数比较多": 2,
    "我要翻一下那个那个水票": 1,
    "你怎么问这个……这个我不想讲": 1,
    "我们就是就是想了解一下": 1,
    "就是就是说您先别急": 1,
    "护理本身不收钱，就是……呃，有个押金": 2,
    "对您来说，就是，早晚都得办": 1,
    "然后然后我就走了": 1,
    "去年卖了。然后，呃，我公公来了": 2,
    "费劲嘛，怎么说呢，算是会": 1,
    "那個，您聽我說": 1,
    "呃呃呃": 1,
}
PLAIN_ZH = [
    "这个产品您用过吗",
    "就你上回那个，还过一次的",
    "我们三楼那个，他讲他年轻",
    "就是这个，就是这个。",
    "这个我也不懂。那个我懂",
    "我换这个换那个",
    "就是就是，太贵了",
    "嗯，就是就是。",
    "对，就是，我也这么想",
    "还有就是，我这种人没耐心",
    "也就是说不要钱",
    "那就是说今年免费",
    "然后我们给您寄过去",
    "先交定金，然后，我们上门",
    "嗯，好的",
    "嗯我知道",
    "好的嗯好的",
    "嗯嗯。",
    "嗯……",
    "十五万额度",
    "您先占个名额，交两千块",
    "卡里余额，别忘了",
    "谢谢您啊，再见",
    "啊，您好您好",
    "我而家唔转，唔要",
    "",
]
FILLED_EN = {
    "Hi um Okay so I was there": 1,
    "Uh not a problem. Uh what's your name?": 2,
    "So, er, every week": 1,
    "It was, like, two months": 1,
    "You know, we never asked.": 1,
    "and, I mean, it works": 1,
    "it's not wrong, you know.": 1,
    "it's kind of a gamble": 1,
    "UMM, Ｕｈ well": 2,
}
PLAIN_EN = [
    "Uh-huh",
    "Uh huh, see you",
    "I like it, like my mother",
    "do you know, it rained",
    "you know what I want",
    "I mean what I say",
    "what sort of plan",
    "this kind of plan",
    "the umbrella erred",
    "Yeah, mm-hm.",
]


@pytest.mark.parametrize("text", FILLED_ZH)
def test_mandarin_fillers_are_counted(text: str) -> None:
    assert fillers(text, "zh") == FILLED_ZH[text]


@pytest.mark.parametrize("text", PLAIN_ZH)
def test_the_same_words_with_a_meaning_are_left_alone(text: str) -> None:
    assert fillers(text, "zh") == 0


@pytest.mark.parametrize("text", FILLED_EN)
def test_english_fillers_are_counted(text: str) -> None:
    assert fillers(text, "en") == FILLED_EN[text]


@pytest.mark.parametrize("text", PLAIN_EN)
def test_english_with_a_meaning_is_left_alone(text: str) -> None:
    assert fillers(text, "en") == 0


def test_fillers_of_other_languages_are_not_counted() -> None:
    assert fillers("呃，那个，um", "de") == 0
    assert fillers("呃，那个，好", "yue") == fillers("呃，那个，好", "zh-CN") == 2


SPOKEN_ZH = st.sampled_from([*FILLED_ZH, *PLAIN_ZH])


@given(SPOKEN_ZH, SPOKEN_ZH, st.sampled_from("。？！；\n"))
def test_sentences_are_counted_apart(one: str, two: str, stop: str) -> None:
    assert fillers(one.rstrip("。") + stop + two, "zh") == fillers(one, "zh") + fillers(two, "zh")


@given(SPOKEN_ZH)
def test_one_more_hesitation_is_one_more_filler(text: str) -> None:
    assert fillers(f"呃。{text}", "zh") == fillers(text, "zh") + 1


@given(SPOKEN_ZH)
def test_script_and_width_do_not_change_the_count(text: str) -> None:
    traditional = opencc.OpenCC("s2t").convert(text)
    half_width = unicodedata.normalize("NFKC", text)
    assert fillers(traditional, "zh") == fillers(half_width, "zh") == fillers(text, "zh")
