"""The transcript marks what may never have been said, what the word list corrected, and fillers when asked for."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.core.call import Call, Conversation, Doubt, Word
from qa_pipeline.language.talk_words import filler_ranges, fillers
from qa_pipeline.report import write_call_page
from qa_pipeline.report.call.corrected import corrected_words
from qa_pipeline.report.call.key_facts_view import key_facts_view
from qa_pipeline.report.call.quotes import CallTexts
from qa_pipeline.report.call.transcript_view import TurnView, turn_views
from qa_pipeline.report.call.write_call import said
from qa_pipeline.report.text import ShownText, Token
from qa_pipeline.report.values import CallResult
from qa_pipeline.report.wording import LANGUAGES, wording
from tests.report.doubt_samples import CREDIT, FILLED, corrected, make_doubted
from tests.report.doubt_samples import said as saying
from tests.report.samples import MADE, make_call, make_dealings, make_result, make_turns


def views(result: CallResult, lang: str = "zh") -> tuple[TurnView, ...]:
    return turn_views(None, None, CallTexts(result.call), wording(lang), 0.6)


def pages(tmp_path: Path, result: CallResult) -> dict[str, str]:
    path = write_call_page(result, tmp_path, MADE)
    return {
        "zh": path.read_text(encoding="utf-8"),
        "en": path.with_name(path.stem + ".en.html").read_text(encoding="utf-8"),
    }


def turn_html(html: str, index: int) -> str:
    found = re.search(rf'<li id="t{index}".*?</div>\n</li>', html, re.DOTALL)
    assert found
    return found.group()


def plain(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", html))


# --- doubts -----------------------------------------------------------------------------------------------------


def test_a_doubted_turn_says_why_and_stays_readable(tmp_path: Path) -> None:
    made = pages(tmp_path, make_doubted())
    shown = turn_html(made["zh"], 8)
    assert "可能不是真人所说：字幕套话、几乎没有人声" in plain(shown)
    assert CREDIT in plain(shown)
    assert re.match(r'<li id="t8" class="[^"]*\bdoubted\b', shown)
    assert "May never have been said: subtitle phrase" in plain(turn_html(made["en"], 8))
    assert 'data-s="33.60"' in shown  # its words can still be played


def test_of_a_half_doubted_turn_the_half_is_grey(tmp_path: Path) -> None:
    shown = turn_html(pages(tmp_path, make_doubted())["zh"], 5)
    grey = re.findall(r'<span class="w[^"]* doubt"[^>]*>([^<]*)', shown)
    assert "".join(grey) == "，我们预算没有那么多。"
    assert "灰字可能不是真人所说：重复" in plain(shown)
    assert "doubted" not in shown.split(">")[0]


def test_what_is_only_unsure_is_not_said_to_be_invented() -> None:
    assert [v.doubt for v in views(make_doubted()) if v.doubt] == [
        "灰字可能不是真人所说：重复",
        "文字可能有误：识别没把握",
        "可能不是真人所说：字幕套话、几乎没有人声",
    ]
    # The plain mark for unsure text would say it twice.
    assert not any(v.unsure for v in views(make_doubted()))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("doubt", Doubt)
def test_every_doubt_has_words(doubt: Doubt, lang: str) -> None:
    assert wording(lang).messages[f"doubt.{doubt}"].strip()


def test_the_legend_stands_only_where_it_is_needed(tmp_path: Path) -> None:
    with_marks, without = pages(tmp_path, make_doubted()), pages(tmp_path, make_result())
    assert "可能不是真人所说或识别有误，不据此评分" in with_marks["zh"] and "按词表更正过" in with_marks["zh"]
    assert 'class="marks-legend' not in without["zh"]
    for gone in ("tag doubt", ' fixed"', '<mark class="f"', 'id="show-fillers"', 'class="corrections"'):
        assert gone in with_marks["zh"] and gone not in without["zh"]


def test_a_verdict_that_waits_for_a_person_shows_the_words_in_question(tmp_path: Path) -> None:
    html = pages(tmp_path, make_doubted())
    assert "关键的话可能不是真人所说，须听录音确认" in html["zh"]
    assert "listen to confirm" in html["en"]
    assert f"“{CREDIT[:5]}”" in plain(html["zh"]) or CREDIT[:5] in plain(html["zh"].split('id="turns"')[0])


# --- corrections ------------------------------------------------------------------------------------------------


def test_a_corrected_word_names_what_was_recognised(tmp_path: Path) -> None:
    made = pages(tmp_path, make_doubted())
    assert re.search(r'class="w[^"]* fixed" title="词表更正，原识别：章三"[^>]*>张三<', turn_html(made["zh"], 0))
    assert "“张三”：词表更正，原识别：章三" in plain(turn_html(made["zh"], 0))  # to read without a pointer
    assert 'title="Corrected by the word list, recognised as: 章三"' in turn_html(made["en"], 0)
    assert "词表更正" not in made["en"]


def test_what_was_recognised_is_escaped() -> None:
    html = said([Token("张三", 0.0, 1.0, heard='"><script>')], "原识别：\ufffc")
    assert "<script" not in html and "&lt;script&gt;" in html and html.count('title="') == 1


def correct(index: int, text: str, listed: str, heard: str) -> Call:
    turns = list(make_turns())
    turns[index] = corrected(replace(turns[index], text=text), listed, heard)
    return replace(make_call(), conversation=Conversation("zh", tuple(turns)))


@pytest.mark.parametrize(
    ("text", "listed", "heard"),
    [
        ("我的电话是幺三八一二三四家宜", "家宜", "五六七八"),  # only the original is a number
        ("我的电话是13812345678", "1234", "一二三似"),  # only what is shown is one
        ("您打幺三八一二三四五六七八", "五六七八", "五六七吧"),
        ("好的家宜", "家宜", "13812345678"),
    ],
)
def test_no_part_of_a_number_is_shown_as_what_was_recognised(text: str, listed: str, heard: str) -> None:
    call = correct(2, text, listed, heard)
    found = corrected_words(call.turns, ShownText.of_turns(call.turns))
    assert [one.heard for one in found[2]] == ["****"]


def test_a_number_read_over_two_turns_is_not_shown_either() -> None:
    turns = list(make_turns())
    turns[2] = saying(turns[2], "幺三八一二三四")
    turns[4] = corrected(replace(turns[4], text="嗯家宜"), "家宜", "五六七八")
    turns[3] = saying(turns[3], "嗯")
    found = corrected_words(turns, ShownText.of_turns(turns))
    assert [one.heard for one in found[4]] == ["****"]


def test_corrected_words_that_touch_are_one_name() -> None:
    turn = make_turns()[0]
    spans = [word.span for word in turn.words]
    words = tuple(Word(t, s, 0.9, h) for t, s, h in zip("林佳怡好", spans, ("林", "家", "宜", None), strict=False))
    turns = [replace(turn, text="林佳怡好", words=words)]
    (one,) = corrected_words(turns, ShownText.of_turns(turns))[0]
    assert (one.start, one.end, one.heard) == (0, 3, "林家宜")


def test_a_short_figure_in_what_was_recognised_is_shown() -> None:
    found = corrected_words((call := correct(2, "办畅享套餐", "畅享", "129")).turns, ShownText.of_turns(call.turns))
    assert found[2][0].heard == "129"


# --- fillers ----------------------------------------------------------------------------------------------------


def test_fillers_are_marked_and_the_text_stays(tmp_path: Path) -> None:
    shown = turn_html(pages(tmp_path, make_doubted())["zh"], 3)
    assert "".join(re.findall(r'<mark class="f">([^<]*)', shown)) == "呃那个，那个"
    assert FILLED in plain(shown)


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("呃，我想…嗯…就是那个，那个套餐。", "zh", ["呃", "嗯", "那个，那个"]),
        ("嗯，对对。呃，好的", "zh", ["呃"]),
        ("Um, I mean, it's, like, great", "en", ["Um", "I mean", "like"]),
        (" uh… ok", "en", ["uh"]),
        ("这个产品", "zh", []),
        ("euh", "fr", []),
    ],
)
def test_fillers_are_found_where_they_stand(text: str, language: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in filler_ranges(text, language)] == expected


@given(st.text("呃嗯额那个就是然后好，。…？ um,", max_size=20), st.sampled_from(["zh", "en", "yue", "fr"]))
def test_as_many_are_marked_as_are_counted(text: str, language: str) -> None:
    ranges = filler_ranges(text, language)
    assert len(ranges) == fillers(text, language)
    assert all(0 <= start < end <= len(text) and text[start:end].strip() == text[start:end] for start, end in ranges)


def test_a_fact_in_doubted_words_is_no_key_fact() -> None:
    call = make_dealings().call
    phone = next(fact for fact in call.facts or () if fact.name == "phone")
    turns = tuple(replace(t, doubts=(Doubt.LOOP,)) if t.index == phone.turn else t for t in call.turns)
    doubted = replace(call, conversation=replace(call.conversation, turns=turns))
    shown, left = (str(key_facts_view(None, CallTexts(made), wording("zh"))) for made in (call, doubted))
    assert "138****5678" in shown and "2,880 元" in shown
    assert "138****5678" not in left and "2,880 元" in left
