"""Texts cut at the times that engines give for their parts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.core.span import Span
from qa_pipeline.transcribe.other_engines.clips import language_of
from qa_pipeline.transcribe.other_engines.timing import Timed, cut, joined, probability, spoken, words_at

CHARACTERS = st.sampled_from("您好我是星桥小李iPhone59ß İ，。？ 「」")
SECONDS = st.floats(allow_nan=True, allow_infinity=True)


def parts(*texts: str) -> list[Timed]:
    """One part per text, half a second each."""
    return [Timed(text, i / 2, i / 2 + 0.4) for i, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("text", "given", "found"),
    [
        ("您好。", ("您", "好"), ["您", "好。"]),
        ("「您好」", ("您", "好"), ["「您", "好」"]),
        ("your iPhone好", ("Your", "iphone", "好"), ["your ", "iPhone", "好"]),
        ("一二三四五六七八九", tuple("一二三四五六七八"), [*"一二三四五六七", "八九"]),
        ("一二三四", ("一", "二"), []),
        ("一二三四五", ("一", "二", "叁", "四", "五"), ["一", "二三", "四", "五"]),
        ("您好", ("再", "见"), []),
        ("您好", (), []),
        ("", ("您",), []),
        ("。", ("。",), []),
    ],
)
def test_cuts(text: str, given: tuple[str, ...], found: list[str]) -> None:
    assert [part.text for part in cut(text, parts(*given))] == found


def test_a_part_far_off_is_not_looked_for() -> None:
    """的 stands at the end alone: taking it for the first part would lose all times between."""
    text = "我想问一下你们那个套餐的"
    given = parts("的", *text)
    assert [part.text for part in cut(text, given)] == list(text)


@given(st.text(CHARACTERS), st.lists(st.tuples(st.text(CHARACTERS, max_size=3), SECONDS, SECONDS)))
def test_together_the_cuts_are_the_text_or_there_are_none(text: str, given: list[tuple[str, float, float]]) -> None:
    found = cut(text, [Timed(*each) for each in given])
    assert not found or "".join(part.text for part in found) == text
    assert all(part.is_usable and spoken(part.text) for part in found)
    words = words_at(found, 5.0, Span(5.0, 7.0))
    assert all(5.0 <= word.span.start_s <= word.span.end_s <= 7.0 for word in words)
    starts = [word.span.start_s for word in words]
    assert starts == sorted(starts)


@given(st.lists(st.text(CHARACTERS, min_size=1, max_size=3), min_size=1))
def test_what_is_timed_throughout_is_found_throughout(given: list[str]) -> None:
    said = [each for each in given if spoken(each)]
    found = cut("".join(said), parts(*said))
    assert len(found) == len(said)


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (["您", "好"], "您好"),
        (["hello", "world", "好", "5", "G"], "hello world好5 G"),
        (["", " 好 ", "，", "ok"], "好，ok"),
        ([], ""),
    ],
)
def test_joined(given: list[str], line: str) -> None:
    assert joined(given) == line


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.5, 0.5),
        (1, 1.0),
        (0, 0.0),
        (-1.0, None),
        (1.5, None),
        (True, None),
        ("0.5", None),
        (None, None),
        (float("nan"), None),
    ],
)
def test_unknown_probabilities_stay_unknown(value: object, expected: float | None) -> None:
    assert probability(value) == expected


@pytest.mark.parametrize(
    ("text", "language"),
    [("您好ok", "zh"), ("これは本", "ja"), ("안녕", "ko"), ("hello", "und"), ("", "und"), ("okokok好", "und")],
)
def test_the_script_tells_few_languages(text: str, language: str) -> None:
    assert language_of(text) == language
