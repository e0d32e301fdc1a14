"""Transcript text: cleaned, masked, aligned with words, cut into tokens; file names of pages."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.core.call import Role, Turn, Word
from qa_pipeline.core.span import Span
from qa_pipeline.language.normalise import Form, normalise
from qa_pipeline.report.names import page_name
from qa_pipeline.report.text import (
    ShownText,
    Token,
    align_words,
    clean,
    one_line,
    shown_fragment,
    shown_identifier,
    tokens,
)
from tests.report.samples import PHONE, SPOKEN_PHONE, words_of


def _shown_text(text: str) -> ShownText:
    return ShownText.of_turns([_turn(text, timed=False)])[0]


def _turn(text: str, timed: bool = True) -> Turn:
    span = Span(0.0, 10.0)
    return Turn(0, Role.AGENT, text, span, 0, words_of(text, span) if timed else ())


def _tokens(text: str, hits: list[tuple[int, int]] | None = None, timed: bool = True) -> tuple[Token, ...]:
    return tokens(_turn(text, timed), _shown_text(text), hits or [], 0.5)


def test_clean_removes_what_turns_a_line_around() -> None:
    assert clean("a\u202eb\u2066c\x00\u200bd\nE\t") == "abcd\nE\t"


def test_a_line_for_a_terminal_stays_one_and_steers_nothing() -> None:
    assert one_line("\x1b]0;pwn\a\x1b[31m表\r\n\t假\x9b31m  x") == "]0;pwn[31m表 假31m  x"


@given(st.text())
def test_no_line_for_a_terminal_breaks_or_holds_a_control_character(text: str) -> None:
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029]", one_line(text))


def test_half_characters_do_not_break_the_page() -> None:
    assert clean("x\ud83dy") == "x\ufffdy"


@pytest.mark.parametrize("joint", ["", "\u200b", "\u202e", "-", " ", "\x00"])
def test_a_number_is_masked_whatever_hides_in_it(joint: str) -> None:
    text = _shown_text(f"打{PHONE[:3]}{joint}{PHONE[3:7]}{joint}{PHONE[7:]}找我")
    assert text.slice(0, len(text.text)) == "打138****5678找我"


def test_a_quote_that_cuts_a_number_masks_all_of_it() -> None:
    text = _shown_text(f"电话{PHONE}谢谢")
    assert text.slice(0, 6) == "电话138****5678"
    assert text.slice(5, 8) == "138****5678"
    assert text.slice(13, 15) == "谢谢"


def test_positions_survive_removed_characters() -> None:
    text = _shown_text("a\u200bb\u200bcd")
    assert text.text == "abcd"
    assert text.slice(*text.range(2, 5)) == "bc"


def test_words_are_found_in_punctuated_text() -> None:
    words = [Word("你 好", Span(0, 1)), Word(" 世界", Span(1, 2)), Word("!", Span(2, 3))]
    placed = align_words("你好，世界!", words)
    assert [(span, word.text) for span, word in placed] == [((3, 5), " 世界"), ((5, 6), "!")]


def test_a_word_far_away_is_not_believed() -> None:
    assert align_words("一" * 60 + "二", [Word("二", Span(0, 1))]) == []


def test_tokens_rebuild_the_text_and_mark_hits() -> None:
    result = _tokens("您好，我是张三", [(0, 2)])
    assert "".join(token.text for token in result) == "您好，我是张三"
    assert [token.text for token in result if token.hit] == ["您好"]
    assert result[0].start_s == 0.0


def test_a_hit_inside_a_word_keeps_the_words_time() -> None:
    result = _tokens("一二三四", [(1, 3)])
    assert [(t.text, t.hit) for t in result] == [("一", False), ("二", True), ("三", True), ("四", False)]
    assert result[0].start_s == result[1].start_s


@pytest.mark.parametrize("number", [PHONE, SPOKEN_PHONE])
@pytest.mark.parametrize("timed", [True, False])
def test_a_masked_number_is_one_token(number: str, timed: bool) -> None:
    result = _tokens(f"好，{number}。", [(3, 6)], timed)
    masked = [token for token in result if "****" in token.text]
    assert [token.text for token in masked] == ["138****5678"]
    assert (masked[0].start_s is not None) is timed
    assert masked[0].hit


@given(st.text(max_size=60), st.integers(0, 60), st.integers(0, 60))
def test_tokens_never_lose_text(text: str, a: int, b: int) -> None:
    shown = _shown_text(text)
    hit = shown.range(min(a, b, len(text)), min(max(a, b), len(text)))
    cut = tokens(Turn(0, Role.AGENT, text), shown, [hit], 0.5)
    assert "".join(token.text for token in cut) == shown.slice(0, len(shown.text))


def test_unsure_words_are_marked() -> None:
    assert [token.text for token in _tokens("甲乙丙丁戊己庚辛") if token.unsure] == ["庚辛"]


def test_identifiers_keep_short_numbers_and_lose_phones() -> None:
    assert shown_identifier("call-001-0001") == "call-001-0001"
    assert shown_identifier(f"c_{PHONE}.wav") == "c_138****5678.wav"
    assert shown_identifier("c_138-1234-5678") == "c_138****5678"
    assert "1234" not in shown_fragment("13812345")


@pytest.mark.parametrize("plain", ["call-001", "A_b-9", "0", "x" * 60])
def test_a_plain_id_is_the_name_of_its_page(plain: str) -> None:
    assert page_name(plain) == plain


HOSTILE_IDS = [
    "../../etc/passwd", "..", ".", "/", "a/b", "a\\b", "C:\\x", "con", "NUL", "com1", "a\x00b", "", " ", "-",
    "录音_张三", "é", "e\u0301", "x" * 300, "a.en", "a?b#c%2e", "\u202egnp.exe",
    "=cmd()", "<script>", "\ud800",
    PHONE, f"x{PHONE}", "138-1234-5678",
]  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE_IDS)
def test_page_names_are_safe(hostile: str) -> None:
    name = page_name(hostile)
    assert name.isascii()
    assert all(c.isalnum() or c in "-_" for c in name)
    assert 1 <= len(name) <= 80
    assert name.lower() not in {"con", "nul", "com1"}
    assert "1234" not in name.rsplit("-", 1)[0]
    assert name == page_name(hostile)


def test_page_names_are_distinct() -> None:
    assert len({page_name(hostile) for hostile in HOSTILE_IDS}) == len(HOSTILE_IDS)


@given(st.text(max_size=80), st.text(max_size=80))
def test_two_ids_never_share_a_page(a: str, b: str) -> None:
    assert (page_name(a) == page_name(b)) == (a == b)


def _normal(text: str, form: Form) -> str:
    (only,) = ShownText.of_turns([Turn(0, Role.AGENT, text)])
    return only.normal(normalise(text, form))


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("您好，三十九块！", "您好三十九块"),
        (f"电话{PHONE}，记一下", "电话138****5678记一下"),
        ("电话幺三八一二三四五六七八", "电话138****5678"),
        ("电话138-1234-5678。", "电话138****5678"),
        ("\u200b电话\u202e13812345678", "电话138****5678"),
    ],
)
def test_a_normal_form_masks_what_the_text_masks(text: str, plain: str) -> None:
    assert _normal(text, Form.PLAIN) == plain


def test_a_number_read_out_over_several_turns_is_masked_in_the_normal_form_too() -> None:
    texts = ("138", "1234", "5678")
    shown_texts = ShownText.of_turns([Turn(i, Role.CUSTOMER, text) for i, text in enumerate(texts)])
    assert [s.normal(normalise(text)) for s, text in zip(shown_texts, texts, strict=True)] == ["****"] * 3


@given(st.text(alphabet="0123456789０９①零一二三四五六七八九幺两十百千万点，。- 元块你xX\u200b", max_size=40))
def test_no_normal_form_shows_a_number_of_seven_digits(text: str) -> None:
    for form in Form:
        assert not re.search("[0-9零一二三四五六七八九幺两]{7}", _normal(text, form))
