"""Patterns with labels, lists and values, as slot rules use them; cue patterns keep their meaning."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.core.errors import UserError
from qa_pipeline.language.pattern_notation import MAX_PLAIN, read_pattern
from qa_pipeline.language.patterns import Hit, Marked, PatternMatcher

LISTS = {"relative": ("老公", "老公公", "爱人")}


def matcher(*patterns: str) -> PatternMatcher:
    return PatternMatcher("zh", {"x": patterns}, ("money",), LISTS)


def values(pattern: str, text: str, *money: tuple[int, int]) -> set[str]:
    """The values of all hits; ``money``: where sums stand in the text."""
    hits = matcher(pattern).hits(text, [Marked("money", *span) for span in money])
    return {text[hit.value[0] : hit.value[1]] for hit in hits if hit.value}


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("跟<relative>商量", "我跟老公商量", {"老公"}),
        ("跟<relative>商量", "我跟老公公商量", {"老公公"}),
        ("跟<relative>商量", "我跟老板商量", set()),
        ("跟[我<relative>]商量", "得跟我爱人，商量一下", {"我爱人"}),
        ("(跟|和)(我|)[<relative>](商量|说)", "和我爱人说", {"爱人"}),
        ("[(公司|单位)报销]", "单位报销的", {"单位报销"}),
        ("[公司报销]", "公司报销的", {"公司报销"}),
        ("有个叫[…]的", "有个叫快工的", {"快工"}),
        ("(<relative>|老板)说了算", "爱人说了算", {"爱人"}),  # never a part of the word
    ],
)
def test_value(pattern: str, text: str, expected: set[str]) -> None:
    assert values(pattern, text) == expected


def test_label_stands_for_a_marked_passage_only() -> None:
    text = "现在一个月五十九"
    assert values("现在…<money>", text, (5, 8)) >= {"五十九"}
    assert values("现在…<money>", text) == set()


def test_labels_keep_original_positions() -> None:
    text = "现在，一个月：５９元。"
    start = text.index("５")
    hits = matcher("一个月<money>").hits(text, [Marked("money", start, start + 3)])
    assert hits[-1] == Hit("x", text.index("一"), start + 3, (start, start + 3))


@pytest.mark.parametrize(
    ("pattern", "text", "count"),
    [
        ("^喂", "喂您好", 1),
        ("^喂", "您好喂", 0),
        ("再见$", "好，再见。", 1),
        ("再见$", "再见啊", 0),
        ("(太|有点)贵(了|)", "有点贵了", 2),
        ("一个月<number>块", "一个月三十块", 1),
        ("一个月…块", "一个月要三十块", 1),
        ("一个月…块", "一个月要一二三四五六七八九块", 0),
    ],
)
def test_cue_patterns_hold(pattern: str, text: str, count: int) -> None:
    hits = PatternMatcher("zh", {"x": [pattern]}).hits(text)
    assert (len(hits), {hit.value for hit in hits}) == (count, {None} if count else set())


def test_words_of_english() -> None:
    english = PatternMatcher("en", {"x": ["talk to my [<who>]"]}, lists={"who": ("better half", "wife")})
    text = "I'll talk to my Better Half first."
    found = [text[hit.value[0] : hit.value[1]] for hit in english.hits(text) if hit.value]
    assert found == ["Better Half"]


@pytest.mark.parametrize("pattern", ["跟<nobody>商量", "(甲", "甲)", "<", "…", "", "(|)", "<number>"])
def test_pattern_that_cannot_be_read(pattern: str) -> None:
    with pytest.raises(UserError, match="pattern"):
        matcher(pattern)


def test_many_choices_are_looked_up_as_one_expression() -> None:
    choice = "(甲乙|丙丁|戊己|庚辛|壬癸|子丑|寅卯)"
    assert MAX_PLAIN < 7**4
    assert not read_pattern(choice * 4, "zh", {}).plain
    assert values(f"[{choice * 4}]", "说甲乙丙丁寅卯子丑了") == {"甲乙丙丁寅卯子丑"}


def test_nearest_words_count_where_there_is_a_gap() -> None:
    hits = matcher("跟…[(老公|爱人)]").hits("我跟老公和爱人商量")
    assert [hit.value for hit in hits] == [(2, 4)]


def test_passages_that_touch_are_kept_apart() -> None:
    hits = matcher("<money>和").hits("九十九一百二和", [Marked("money", 0, 3), Marked("money", 3, 6)])
    assert [hit.value for hit in hits] == [(3, 6)]


def test_value_without_characters_is_none() -> None:
    assert values("有个叫[…]的", "有个叫的") == set()


@given(st.text(alphabet="我跟和老公爱人商量了一下，。 ", max_size=20))
def test_hits_lie_in_the_text(text: str) -> None:
    for hit in matcher("跟…商量", "(我|)[<relative>](商量|了)", "老公", "^我…$").hits(text):
        assert 0 <= hit.start < hit.end <= len(text)
        assert hit.value is None or hit.start <= hit.value[0] < hit.value[1] <= hit.end
