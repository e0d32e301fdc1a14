"""The page of one call: view models with known answers, empty states, hostile input, nothing unmasked."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from qa_pipeline.core.call import Call, Conversation, Role, Turn
from qa_pipeline.core.score import Evidence, Outcome, Quote, Reason, Verdict
from qa_pipeline.core.span import Span
from qa_pipeline.report import CallResult, write_call_page
from qa_pipeline.report.call.call_view import CallView, call_view
from qa_pipeline.report.call.criterion_view import CriterionView
from qa_pipeline.report.wording import wording
from tests.report.long_samples import make_long
from tests.report.samples import (
    MADE,
    PHONE,
    SPOKEN_PHONE,
    beep,
    make_call,
    make_card,
    make_dealings,
    make_result,
    make_rubric,
    make_turns,
    with_text,
)


class Page(HTMLParser):
    """Elements with attributes, and the text outside of scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text, self.data = "", ""
        self._inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag if tag in ("script", "style") else self._inside

    def handle_endtag(self, tag: str) -> None:
        self._inside = "" if tag == self._inside else self._inside

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.text += data
        elif self._inside == "script":
            self.data += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def _view(result: CallResult | None = None, lang: str = "zh", audio: str = "../audio/x.m4a") -> CallView:
    return call_view(result or make_result(), wording(lang), MADE, audio)


def _criteria(view: CallView) -> dict[str, CriterionView]:
    assert view.score
    return {c.title: c for section in view.score.sections for c in section.criteria}


def _pages(result: CallResult, out: Path) -> tuple[str, str]:
    path = write_call_page(result, out, MADE)
    return path.read_text("utf-8"), path.with_name(path.stem + ".en.html").read_text("utf-8")


def test_header() -> None:
    view = _view()
    assert (view.header.agent, view.header.team, view.header.call_id) == ("张三", "北京一组", "call-001")
    assert view.header.details == (
        ("开始时间", "2026年11月3日 14:05"), ("时长", "0:38"), ("方向", "呼出"), ("结果", "待跟进"),
        ("客户", "138****5678"), ("通话编号", "call-001"),
    )  # fmt: skip
    assert dict(_view(lang="en").header.details)["Started"] == "3 Nov 2026, 14:05"
    assert (view.html_lang, view.other_page) == ("zh-CN", "call-001.en.html")
    assert (_view(lang="en").html_lang, _view(lang="en").other_page) == ("en", "call-001.html")


def test_score_counts_what_left_the_denominator_apart() -> None:
    score = _view().score
    assert score
    # 10 + 20 + 0 + 7.5 + 15 of 10 + 20 + 10 + 15 + 15; refunds and pace are not in it
    assert (score.points, score.possible, score.percent) == ("52.5", "70", "75%")
    assert (score.state, score.state_text, score.pass_line) == ("failed", "未通过", "及格线 80%")
    assert (score.scored, score.uncounted) == ("已评 5 / 7 项", ("按规则不适用 1 项", "无法评 1 项"))
    assert [section.points for section in score.sections] == ["30 / 30", "7.5 / 25", "15 / 15"]


def test_a_red_line_zeroes_the_call_and_is_named() -> None:
    score = _view(make_result(red_line=True)).score
    assert score
    assert (score.points, score.state) == ("0", "redline")
    assert [view.title for view in score.red_lines] == ["不作虚假承诺"]
    assert score.coaching.change[0].title == "不作虚假承诺"


def test_every_verdict_has_word_and_icon() -> None:
    shown = {
        c.verdict: (c.icon, c.verdict_text, c.points) for c in _criteria(_view(make_result(red_line=True))).values()
    }
    assert shown == {
        "met": ("✓", "达成", "20 / 20"),
        "partly": ("◐", "部分达成", "7.5 / 15"),
        "missed": ("✕", "未达成", "0 / 15"),
        "not_applicable": ("–", "不适用", "— / 10"),
        "not_scorable": ("?", "无法评", "— / 10"),
    }


def test_a_quote_plays_half_a_second_around_its_words() -> None:
    found = _criteria(_view())["异议先共情再回应"].quotes[0]
    # turn 6 starts at 25.2 s; its 28 characters are 14 words in 4 s: 我理解 touches the first two
    assert (found.text, found.time, found.speaker, found.anchor) == ("我理解", "0:25.2", "坐席", "t6")
    assert found.play
    assert found.play.start_s == 24.7
    assert found.play.stop_s == pytest.approx(25.2 + 2 * 4 / 15 + 0.5, abs=0.06)


def test_a_miss_shows_the_searched_window_and_the_nearest() -> None:
    missed = _criteria(_view())["先讲价值再报价"]
    assert missed.searched
    assert missed.searched.text == "已检查 0:00–0:35，坐席第 1–4 句"
    assert missed.searched.play
    assert (missed.searched.play.start_s, missed.searched.play.stop_s) == (0.0, 35.5)
    assert missed.nearest
    assert (missed.nearest.text, missed.nearest.note) == ("两千八百八，", "“省下” · 相似度 71%")
    assert missed.advice == "先说能省下什么，再说价格。"
    english = _criteria(_view(lang="en"))["先讲价值再报价"]
    assert english.searched
    assert english.searched.text == "Checked 0:00–0:35, Agent turns 1–4"


def test_scattered_turns_are_counted() -> None:
    outcome = Outcome("greet", "start", Verdict.MISSED, Reason("regex_missing"), Evidence((), (0, 1, 4)), 0.0, 10.0)
    found = _criteria(_view(make_result(scorecard=make_card(outcomes=(outcome,)))))["问候并报姓名"]
    assert found.searched
    assert found.searched.text == "已检查 坐席 2 句、客户第 1 句"


def test_advice_for_losses_and_praise_for_gains() -> None:
    criteria = _criteria(_view())
    assert criteria["问候并报姓名"].praise and not criteria["问候并报姓名"].advice
    assert criteria["异议先共情再回应"].advice and not criteria["异议先共情再回应"].praise
    assert not criteria["说明退款规则"].advice


def test_coaching_takes_the_weightiest() -> None:
    score = _view().score
    assert score
    coaching = score.coaching
    assert [item.title for item in coaching.good] == ["提出需求问题", "问候并报姓名"]
    assert coaching.good_note == ""
    assert [item.title for item in coaching.change] == ["先讲价值再报价", "异议先共情再回应"]
    assert [(item.text, item.gain, item.anchor) for item in coaching.next_time] == [
        ("先说能省下什么，再说价格。", "可多得 10 分", "c2"),
        ("共情之后补一个同类客户的例子。", "可多得 7.5 分", "c3"),
    ]


def _coached(*outcomes: Outcome) -> CallView:
    return _view(make_result(scorecard=make_card(outcomes=outcomes)))


def test_nothing_found_is_no_praise() -> None:
    window = Evidence((), (0, 2))
    clean = Outcome("greet", "start", Verdict.MET, Reason("phrases_none", {"count": 0}), window, 10.0, 10.0)
    alone = _coached(clean)
    assert alone.score
    assert [item.title for item in alone.score.coaching.good] == ["问候并报姓名"]
    assert alone.score.coaching.good_note == "没有发现问题："
    assert _criteria(alone)["问候并报姓名"].praise == ""
    shown = replace(clean, criterion_id="needs", evidence=Evidence((Quote(2, 0, 4),)), points=1.0, points_limit=1.0)
    beside = _coached(clean, shown)
    assert beside.score
    assert [item.title for item in beside.score.coaching.good] == ["提出需求问题"]
    assert (beside.score.coaching.good_note, beside.score.coaching.good[0].praise) == ("", "问题具体，客户愿意回答。")
    none = _coached(replace(clean, verdict=Verdict.MISSED, points=0.0))
    assert none.score
    assert (none.score.coaching.good, none.score.coaching.good_note) == ((), "")


def test_the_page_words_it_neutrally_where_nothing_was_found(tmp_path: Path) -> None:
    clean = Outcome("greet", "start", Verdict.MET, Reason("phrases_none", {"count": 0}), Evidence((), (0,)), 10.0, 10.0)
    page = write_call_page(make_result(scorecard=make_card(outcomes=(clean,))), tmp_path, MADE).read_text("utf-8")
    assert "没有发现问题：" in page and "开场清楚" not in page


@pytest.mark.parametrize("verdict", [Verdict.MET, Verdict.PARTLY, Verdict.MISSED])
def test_a_nearest_candidate_stands_beside_a_miss_only(verdict: Verdict) -> None:
    evidence = Evidence((), (0, 2), None, Quote(2, 0, 4))
    made = Outcome("greet", "start", verdict, Reason("not_found"), evidence, 0.0, 10.0)
    assert (_criteria(_coached(made))["问候并报姓名"].nearest is not None) == (verdict is Verdict.MISSED)


@pytest.mark.parametrize(("code", "label"), [("within_turns_missed", "起算句："), ("forbidden_found", "")])
def test_a_miss_of_within_names_both_sides(code: str, label: str, tmp_path: Path) -> None:
    evidence = Evidence((Quote(0, 0, 2),), (0, 2), None, Quote(6, 0, 3))
    made = Outcome("greet", "start", Verdict.MISSED, Reason(code, {"turns": 2, "phrase": "x"}), evidence, 0.0, 10.0)
    found = _criteria(_coached(made))["问候并报姓名"]
    assert found.nearest
    assert (found.quotes_label, found.quotes[0].text, found.nearest.text) == (label, "您好", "我理解")
    page = write_call_page(make_result(scorecard=make_card(outcomes=(made,))), tmp_path, MADE).read_text("utf-8")
    assert ("起算句：" in page) == bool(label)


def test_overlap_is_claimed_on_two_channels_only() -> None:
    view = _view()
    assert [turn.overlap for turn in view.turns[4:6]] == ["双方重叠 0:19.6–0:20.8"] * 2
    assert sum(bool(turn.overlap) for turn in view.turns) == 2
    mono = tuple(replace(turn, channel=0) for turn in make_turns())
    call = replace(make_call(), conversation=Conversation("zh", mono))
    assert not any(turn.overlap for turn in _view(make_result(call=call)).turns)


def test_turns_know_their_evidence_stage_and_doubt() -> None:
    turns = _view().turns
    assert [mark.title for mark in turns[0].marks] == ["问候并报姓名"]
    assert "".join(token.text for token in turns[0].tokens if token.hit) == "您好"
    assert [turn.new_stage for turn in turns[:4]] == [True, False, True, False]
    assert [turn.unsure for turn in turns[2:5]] == [False, True, False]


def test_timeline_places_stages_and_marks() -> None:
    timeline = _view().timeline
    assert timeline
    assert [band.text for band in timeline.bands] == ["开场", "需求挖掘", "推荐", "异议处理", "成交收尾"]
    assert "#s1{left:22.105%;width:21.579%}" in timeline.rules  # 8.4 s and 8.2 s of 38 s
    assert [(mark.verdict, mark.anchor) for mark in timeline.marks] == [
        ("met", "c0"),
        ("met", "c1"),
        ("partly", "c3"),
    ]
    assert [lane.kind for lane in timeline.lanes] == ["blocks", "blocks"]
    waved = call_view(make_result(), wording("zh"), MADE, "x.m4a", [[0.0, 1.0], [0.25, 0.5]]).timeline
    assert waved
    assert [(lane.kind, lane.label, lane.path) for lane in waved.lanes] == [
        ("wave", "坐席", "M0.5 49v2M1.5 2v96"), ("wave", "客户", "M0.5 26v48M1.5 16v68"),
    ]  # fmt: skip


def test_bad_sound_is_marked() -> None:
    left, right = _view().facts.channels
    assert not any(fact.warn for fact in left.facts)
    assert [fact.value for fact in right.facts if fact.warn] == ["-51 dB", "1.2%"]


def test_what_made_the_page() -> None:
    made = [fact.value for fact in _view().facts.made]
    assert made == [
        "电话销售评分表（telesales），版本 1.2，校验 cdcdcdcdcdcd",
        "0.1.0 · demo-asr r3 · beam=5", "0.1.0 · crf", "0.1.0",
    ]  # fmt: skip


def test_the_view_is_plain_data() -> None:
    data = json.loads(json.dumps(asdict(_view()), ensure_ascii=False))
    assert data["score"]["points"] == "52.5"
    assert data["turns"][0]["tokens"][0] == {
        "text": "您好",
        "start_s": 0.0,
        "end_s": 0.4,
        "hit": True,
        "unsure": False,
        "heard": "",
        "filler": False,
        "doubted": False,
    }


def test_unknown_codes_are_shown_not_raised(tmp_path: Path) -> None:
    odd = Outcome("gone", "lost", Verdict.NOT_SCORABLE, Reason("who_knows"), Evidence(), None, 5.0)
    zh, _ = _pages(make_result(scorecard=make_card(outcomes=(odd,)), notices=("brand_new",)), tmp_path)
    assert all(word in Page(zh).text for word in ("gone", "lost", "who_knows", "brand_new"))


def test_a_quote_outside_the_call_is_left_out() -> None:
    odd = Outcome(
        "greet",
        "start",
        Verdict.MET,
        Reason("all_held"),
        Evidence((Quote(99, 0, 5), Quote(0, 1, 999))),
        1.0,
        1.0,
    )
    quotes = _criteria(_view(make_result(scorecard=make_card(outcomes=(odd,)))))["问候并报姓名"].quotes
    assert [quote.text for quote in quotes] == ["好，我是云听科技的张三，打扰您一分钟。"]


def test_without_times_nothing_can_be_played(tmp_path: Path) -> None:
    call = replace(make_call(timed=False), recording=None, talk=None)
    outcomes = tuple(replace(o, evidence=replace(o.evidence, searched_span=None)) for o in make_card().outcomes)
    zh, _ = _pages(CallResult(call, make_card(outcomes=outcomes), make_rubric()), tmp_path)
    page = Page(zh)
    assert not any("data-play" in attributes or "data-s" in attributes for _, attributes in page.elements)
    assert "已检查 坐席第 1–4 句" in page.text
    assert not page.all("audio") and not page.all("svg")


def test_without_sound_times_are_shown_and_links_lead_to_the_turn(tmp_path: Path) -> None:
    page = Page(_pages(make_result(), tmp_path)[0])
    assert not page.all("audio")
    assert not any("data-play" in attributes for _, attributes in page.elements)
    assert "0:25.2" in page.text
    assert "#t6" in [link.get("href") for link in page.all("a")]
    assert "没有可播放的录音" in page.text


def test_a_silent_call(tmp_path: Path) -> None:
    call = replace(make_call(), conversation=Conversation("zh", ()), turn_stages=(), stages=(), talk=None)
    page = Page(_pages(CallResult(call, None, None, None, ("silent",)), tmp_path)[0])
    assert "没有听到说话。" in page.text
    assert "未评分" in page.text


def test_a_call_of_which_nothing_is_known(tmp_path: Path) -> None:
    bare = Call("x", Conversation("zh", (Turn(0, Role.UNKNOWN, "喂"),)))
    zh, en = _pages(CallResult(bare), tmp_path)
    assert "坐席未登记" in zh
    assert "Agent not recorded" in en
    assert "未知说话人" in zh


def test_a_card_on_which_nothing_could_be_scored(tmp_path: Path) -> None:
    nothing = Outcome("greet", "start", Verdict.NOT_SCORABLE, Reason("no_speech"), Evidence(), None, 10.0)
    view = _view(make_result(scorecard=make_card(outcomes=(nothing,))))
    assert view.score
    assert (view.score.state, view.score.percent) == ("none", "—")
    assert "辅导要点" not in _pages(make_result(scorecard=make_card(outcomes=(nothing,))), tmp_path)[0]


HOSTILE = [
    "<script>alert(1)</script>", "</script><img src=x onerror=alert(1)>", "\"'><b>x", "=cmd|'/c calc'!A1",
    "]]><!--", "\u202e反过来\u2066", "&lt;b&gt;", "{{ 7*7 }}{% raw %}",
    "长" * 10_000, "\ud800x", "a\x00b\x1b[31m",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_and_never_acts(text: str, tmp_path: Path) -> None:
    harmless = Page(_pages(with_text("好"), tmp_path)[0])
    result = with_text(text, agent_name=text, team=text, customer_id=text)
    rubric = make_rubric()
    titled = rubric.sections[0].criteria[0].model_copy(update={"title": text, "praise": text})
    hostile_section = rubric.sections[0].model_copy(update={"title": text, "criteria": (titled,)})
    rubric = rubric.model_copy(update={"title": text, "sections": (hostile_section,)})
    for html in _pages(replace(result, rubric=rubric, notices=(text,)), tmp_path):
        page = Page(html)
        for tag in ("script", "img", "b"):
            extra = {"b": 1}.get(tag, 0)  # the praise label
            assert len(page.all(tag)) <= len(harmless.all(tag)) + extra, tag
        assert not any(name.startswith("on") for _, found in page.elements for name in found)
        assert not re.search("[\u202a-\u202e\u2066-\u2069\x00\x1b]", html)
        assert "49" not in page.text.replace("0:49", "")
        json.loads(page.data)
    visible = re.sub("[\u202e\u2066\x00\x1b]", "", text).replace("\ud800", "\ufffd")
    assert visible in Page(_pages(result, tmp_path)[0]).text


@pytest.mark.parametrize("number", [PHONE, SPOKEN_PHONE, "110101199003074514", "6222020200112233445"])
def test_numbers_of_people_are_nowhere(number: str, tmp_path: Path) -> None:
    made = with_text(f"我的号码是{number}，记一下。", agent_name=f"张三{number}", team=number, customer_id=number)
    made = replace(made, call=replace(made.call, call_id=f"call_{number}"), notices=(number,))
    path = write_call_page(made, tmp_path, MADE)
    for page in path.parent.iterdir():
        assert number not in page.name
        assert number not in page.read_text("utf-8")
        assert "****" in page.read_text("utf-8")


def test_same_input_same_bytes(tmp_path: Path) -> None:
    first = _pages(make_result(audio=beep(tmp_path / "a")), tmp_path / "a")
    second = _pages(make_result(audio=beep(tmp_path / "b")), tmp_path / "b")
    assert first == second


def test_pages_are_written_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = _pages(make_result(), tmp_path)

    def broken(*_: object) -> Path:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", broken)
    with pytest.raises(OSError, match="disk full"):
        write_call_page(make_result(red_line=True), tmp_path, MADE)
    monkeypatch.undo()
    assert sorted(p.name for p in (tmp_path / "calls").iterdir()) == ["call-001.en.html", "call-001.html"]
    assert (tmp_path / "calls" / "call-001.html").read_text("utf-8") == before[0]


def test_the_sound_is_addressed_relative_to_the_page(tmp_path: Path) -> None:
    audio = tmp_path / "audio" / "a b#1.m4a"
    audio.parent.mkdir()
    audio.write_bytes(b"")
    assert Page(_pages(make_result(audio=audio), tmp_path)[0]).all("audio")[0]["src"] == "../audio/a%20b%231.m4a"
    with pytest.raises(ValueError, match="output folder"):
        write_call_page(make_result(audio=Path("/etc/hosts")), tmp_path, MADE)


def test_nothing_outside_of_the_folder_is_asked_for(tmp_path: Path) -> None:
    for html in _pages(make_result(audio=beep(tmp_path)), tmp_path):
        assert "http:" not in html and "https:" not in html
        page = Page(html)
        policy = next(m["content"] or "" for m in page.all("meta") if m.get("http-equiv"))
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert not any("style" in attributes for _, attributes in page.elements)


def test_ids_on_a_page_are_unique_and_links_lead_somewhere(tmp_path: Path) -> None:
    page = Page(_pages(make_result(red_line=True, audio=beep(tmp_path)), tmp_path)[0])
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {(a["href"] or "")[1:] for a in page.all("a") if (a["href"] or "").startswith("#")}
    assert targets <= set(ids)


def test_a_span_of_its_own_wins_over_words() -> None:
    hit = Outcome(
        "greet",
        "start",
        Verdict.MET,
        Reason("all_held"),
        Evidence((Quote(0, 0, 2, Span(1.0, 2.0)),)),
        1.0,
        1.0,
    )
    found = _criteria(_view(make_result(scorecard=make_card(outcomes=(hit,)))))["问候并报姓名"].quotes[0]
    assert found.play
    assert (found.play.start_s, found.play.stop_s) == (0.5, 2.5)


def test_the_agent_leads_to_the_page_of_that_language(tmp_path: Path) -> None:
    result = make_result(agent_page="../agents/A07.html")
    assert [_view(result, lang).header.agent_page for lang in ("zh", "en")] == [
        "../agents/A07.html", "../agents/A07.en.html",
    ]  # fmt: skip
    assert _view().header.agent_page == ""
    heads = [Page(html) for html in _pages(make_result(), tmp_path)]
    assert not any("agents/" in (a["href"] or "") for page in heads for a in page.all("a"))


def test_the_version_of_the_lead_rules_is_told() -> None:
    facts = {fact.label: fact.value for fact in _view(make_dealings()).facts.made}
    assert facts["线索规则"] == "telesales 1.0"
    assert "cdcdcdcdcdcd" in facts["评分表"]


@pytest.mark.parametrize("turns", [55, 900])
def test_a_long_call_is_written_whole(turns: int, tmp_path: Path) -> None:
    zh, en = _pages(make_long(turns), tmp_path)
    assert zh.count('class="turn ') == en.count('class="turn ') == turns
    if turns == 55:  # without its sound, as it is looked at on a slow line
        assert max(len(zh.encode()), len(en.encode())) <= 400_000
