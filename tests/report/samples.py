"""Calls, rubrics and scorecards with known numbers, so that pages can be checked word by word."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np

from qa_pipeline.core.call import (
    Call,
    CallMetadata,
    CallOutcome,
    ChannelQuality,
    Conversation,
    Direction,
    MadeBy,
    Recording,
    Role,
    RoleDecision,
    Stage,
    StageSpan,
    TalkFacts,
    Turn,
    Word,
)
from qa_pipeline.core.facts import Act, Fact, Overlap, OverlapKind, TurnVoice
from qa_pipeline.core.lead import Ground, LeadField, LeadRecord
from qa_pipeline.core.norms import Norm, TeamNorm
from qa_pipeline.core.score import (
    Decider,
    Evidence,
    Fatal,
    Frame,
    How,
    Outcome,
    PointKind,
    Quote,
    Reason,
    Scorecard,
    Severity,
    Verdict,
)
from qa_pipeline.core.signals import BuyingSignal, Objection, ObjectionType, Signals
from qa_pipeline.core.span import Span
from qa_pipeline.core.talk import PartyTalk, Silence, SoundEvent, SoundKind
from qa_pipeline.report import write_call_page, write_index, write_static
from qa_pipeline.report.sound.audio_copy import RATE_HZ, Samples, write_audio_copy
from qa_pipeline.report.values import CallResult, FailureRow, PageOptions
from qa_pipeline.rubric.model import Criterion, Rubric, Section
from tests.report.index_samples import row_of_result

MADE = PageOptions(made_at=datetime(2026, 11, 4, 9, 5), version="0.1.0")
PHONE = "13812345678"
SPOKEN_PHONE = "幺三八一二三四五六七八"

_LINES: tuple[tuple[Role, str, Stage], ...] = (
    (Role.AGENT, "您好，我是云听科技的张三，打扰您一分钟。", Stage.OPENING),
    (Role.CUSTOMER, "嗯，你说。", Stage.OPENING),
    (Role.AGENT, "请问您现在每个月大概打多少通电话？", Stage.NEEDS),
    (Role.CUSTOMER, "三四百通吧，主要是回访老客户。", Stage.NEEDS),
    (Role.AGENT, "那很适合我们的标准版，一年两千八百八，带录音质检。", Stage.RECOMMENDATION),
    (Role.CUSTOMER, "太贵了，我们预算没有那么多。", Stage.OBJECTION),
    (Role.AGENT, "我理解，很多客户一开始也这么觉得，其实平均每天不到八块钱。", Stage.OBJECTION),
    (Role.CUSTOMER, f"那你把资料发给我，我的电话是{PHONE}。", Stage.CLOSE),
    (Role.AGENT, "好的，肯定百分之百有效，我保证，再见。", Stage.CLOSE),
)
_TURN_S, _STEP_S = 4.0, 4.2


def words_of(text: str, span: Span) -> tuple[Word, ...]:
    """Two characters a word, evenly spread over the span."""
    pieces = [text[i : i + 2] for i in range(0, len(text), 2)]
    step = span.duration_s / len(pieces)
    return tuple(
        Word(piece, Span(span.start_s + i * step, span.start_s + (i + 1) * step), 0.4 if i == 3 else 0.95)
        for i, piece in enumerate(pieces)
    )


def make_turns(timed: bool = True) -> tuple[Turn, ...]:
    turns = []
    for index, (role, text, _) in enumerate(_LINES):
        # The customer breaks into the agent's price: turn 5 starts 1.2 s before turn 4 ends.
        start_s = index * _STEP_S - (1.4 if index == 5 else 0.0)
        span = Span(start_s, start_s + _TURN_S) if timed else None
        channel = 0 if role is Role.AGENT else 1
        words = words_of(text, span) if span else ()
        turns.append(Turn(index, role, text, span, channel, words, 0.4 if index == 3 else 0.9))
    return tuple(turns)


def make_call(call_id: str = "call-001", timed: bool = True) -> Call:
    turns = make_turns(timed)
    stages = tuple(stage for _, _, stage in _LINES)
    firsts = [0, 2, 4, 5, 7]
    lasts = [1, 3, 4, 6, 8]
    spans = tuple(
        StageSpan(
            stages[a],
            a,
            b,
            Span(turns[a].span.start_s, turns[b].span.end_s) if turns[a].span and turns[b].span else None,  # type: ignore[union-attr]
        )
        for a, b in zip(firsts, lasts, strict=True)
    )
    return Call(
        call_id=call_id,
        conversation=Conversation(
            "zh",
            turns,
            (RoleDecision(0, Role.AGENT, "metadata"), RoleDecision(1, Role.CUSTOMER, "metadata")),
        ),
        turn_stages=stages,
        stages=spans,
        metadata=CallMetadata(
            agent_id="A07",
            agent_name="张三",
            team="北京一组",
            started_at=datetime(2026, 11, 3, 14, 5),
            direction=Direction.OUTBOUND,
            customer_id=PHONE,
            outcome=CallOutcome.FOLLOWUP,
        ),
        recording=Recording(
            path=f"/data/李四/{PHONE}_01.wav",
            sha256="ab" * 32,
            size_bytes=1000,
            container="wav",
            codec="pcm_s16le",
            sample_rate_hz=8000,
            channels=2,
            duration_s=38.0,
            quality=(
                ChannelQuality(0, -22.4, -3.0, 0.0, 0.45, False),
                ChannelQuality(1, -51.0, -0.1, 0.012, 0.62, False),
            ),
        ),
        talk=TalkFacts(20.0, 12.0, 1.2, 7.2, 38.0),
        confidence=0.87,
        made_by=(MadeBy("transcribe", "0.1.0", "demo-asr", "r3", "beam=5"), MadeBy("stages", "0.1.0", "crf")),
    )


def criterion(id: str, title: str, title_en: str = "", **more: object) -> Criterion:
    """A criterion without its check: the report never asks how a verdict was found."""
    fields = {"points": 10.0, "fatal": None, "advice": "", "advice_en": "", "praise": "", "praise_en": ""}
    return Criterion.model_construct(id=id, title=title, title_en=title_en, **{**fields, **more})  # type: ignore[arg-type]


def section(id: str, title: str, title_en: str, *criteria: Criterion) -> Section:
    return Section.model_construct(id=id, title=title, title_en=title_en, criteria=criteria)


def make_rubric() -> Rubric:
    greet = criterion(
        "greet",
        "问候并报姓名",
        "Greets and gives a name",
        praise="开场清楚，报了公司和姓名。",
        praise_en="Clear opening.",
    )
    needs = criterion("needs", "提出需求问题", "Asks about needs", points=20.0, praise="问题具体，客户愿意回答。")
    price = criterion("price", "先讲价值再报价", advice="先说能省下什么，再说价格。", advice_en="Value before price.")
    soothe = criterion(
        "soothe", "异议先共情再回应", "Shows empathy first", points=15.0,
        advice="共情之后补一个同类客户的例子。", advice_en="Add a similar customer's story.",
    )  # fmt: skip
    promise = criterion(
        "promise", "不作虚假承诺", "No false promises", points=15.0, fatal=Fatal.CALL,
        advice="不说“保证”“百分之百”，改说“大多数客户”。", advice_en="Say what most customers see.",
    )  # fmt: skip
    refund = criterion("refund", "说明退款规则", "Explains refunds")
    pace = criterion("pace", "语速适中", "Even pace")
    return Rubric.model_construct(
        id="telesales", version="1.2", title="电话销售评分表", title_en="Telesales form", language="zh",
        pass_percent=80.0,
        sections=(
            section("start", "开场与需求", "Opening and needs", greet, needs),
            section("pitch", "推荐与异议", "Pitch and objections", price, soothe),
            section("rules", "合规", "Compliance", promise, refund, pace),
        ),
    )  # fmt: skip


def quote(
    turn: int, start: int, end: int, matched: str = "", how: How | None = None, similarity: float | None = None
) -> Quote:
    return Quote(turn, start, end, None, matched, how, similarity)


def make_outcomes(red_line: bool = False) -> tuple[Outcome, ...]:
    promise = Outcome(
        "promise", "rules", Verdict.MISSED, Reason("forbidden_found", {"phrase": "百分之百有效"}),
        Evidence((quote(8, 5, 11, "百分之百有效", How.EXACT, 1.0),), (0, 2, 4, 6, 8), Span(0.0, 37.6)),
        0.0, 15.0, fatal=Fatal.CALL,
    )  # fmt: skip
    clean = Outcome(
        "promise", "rules", Verdict.MET, Reason("phrases_none", {"count": 0}),
        Evidence((), (0, 2, 4, 6, 8), Span(0.0, 37.6)), 15.0, 15.0, fatal=Fatal.CALL,
    )  # fmt: skip
    return (
        Outcome("greet", "start", Verdict.MET, Reason("phrases_found", {"phrase": "您好", "count": 1}),
                Evidence((quote(0, 0, 2, "您好", How.EXACT, 1.0),)), 10.0, 10.0),
        Outcome("needs", "start", Verdict.MET, Reason("question_found"),
                Evidence((quote(2, 0, 17, how=How.QUESTION),)), 20.0, 20.0),
        Outcome("price", "pitch", Verdict.MISSED, Reason("phrases_missing", {"wanted": "省下、节省"}),
                Evidence((), (0, 2, 4, 6), Span(0.0, 35.0),
                         quote(4, 13, 19, "省下", How.EDIT, 0.714)), 0.0, 10.0),
        Outcome("soothe", "pitch", Verdict.PARTLY, Reason("phrases_found", {"phrase": "我理解", "count": 1}),
                Evidence((quote(6, 0, 3, "我能理解", How.EDIT, 0.75),)), 7.5, 15.0),
        promise if red_line else clean,
        Outcome("refund", "rules", Verdict.NOT_APPLICABLE, Reason("condition_not_met"), Evidence(),
                None, 10.0),
        Outcome("pace", "rules", Verdict.NOT_SCORABLE, Reason("times_unknown"), Evidence(), None, 10.0),
    )  # fmt: skip


def make_card(red_line: bool = False, outcomes: tuple[Outcome, ...] | None = None) -> Scorecard:
    return Scorecard(
        "call-001", "telesales", "1.2", "cd" * 32, outcomes or make_outcomes(red_line),
        MadeBy("scoring", "0.1.0"), 80.0,
    )  # fmt: skip


def make_form() -> Rubric:
    """A form that begins at 8 + 2 points: deductions, a bonus, red lines of both scopes, critical criteria."""
    return Rubric.model_construct(
        id="tenpoint", version="2.0", title="十分制扣分表", title_en="Ten-point form", language="zh",
        pass_percent=None,
        sections=(
            section("talk", "用语规范", "Wording",
                    criterion("filler", "少用口头禅", "Few fillers", advice="放慢一点，少说“其实”。"),
                    criterion("pace", "语速适中", "Even pace"),
                    criterion("gap", "不长时间冷场", "No long silences")),
            section("rules", "合规", "Compliance",
                    criterion("promise", "不作虚假承诺", "No false promises", advice="只说合同里写明的内容。"),
                    criterion("privacy", "保护客户隐私", "Protects privacy"),
                    criterion("refund", "说明退款规则", "Explains refunds"),
                    criterion("minor", "未成年人核实", "Checks the age")),
            section("extra", "加分项", "Bonus",
                    criterion("story", "举出同类客户的例子", "Gives an example", praise="例子贴切。"),
                    criterion("friend", "转介绍", "Asks for a referral")),
        ),
    )  # fmt: skip


def make_form_outcomes() -> tuple[Outcome, ...]:
    """−1 of −2, −0.5, 0; a section red line, a reviewer's decision; +1 of +1, 0 of +1."""
    window = (0, 2, 4, 6, 8)
    gap = Quote(5, 0, 0, Span(12.6, 16.6), "4.0 s", How.TIME)
    hit, deducted, bonus = Verdict.MET, PointKind.DEDUCTED, PointKind.BONUS
    return (
        Outcome("filler", "talk", Verdict.MISSED, Reason("forbidden_found", {"phrase": "其实", "count": 2}),
                Evidence((quote(6, 17, 19, "其实", How.EXACT, 1.0), quote(4, 0, 4, "那就适合", How.PINYIN, 0.75)),
                         window, Span(0.0, 37.6)), -1.0, 2.0, deducted),
        Outcome("pace", "talk", Verdict.MISSED,
                Reason("measure_missed", {"measure": "speech_rate", "value": 310.0, "unit": "/min", "max": 280.0}),
                Evidence((quote(4, 0, 24, "310.4 /min", How.VOICE),), window, Span(0.0, 37.6)), -0.5, 0.5, deducted),
        Outcome("gap", "talk", hit,
                Reason("measure_held", {"measure": "silences", "value": 1, "unit": "", "max": 2.0}),
                Evidence((gap,), window, Span(0.0, 37.6)), 0.0, 1.0, deducted),
        Outcome("promise", "rules", Verdict.MISSED, Reason("forbidden_found", {"phrase": "press", "count": 1}),
                Evidence((quote(8, 0, 22, "press", How.ACT, 0.92),), window, Span(0.0, 37.6)),
                -2.0, 2.0, deducted, Fatal.SECTION, Severity.CRITICAL),
        Outcome("privacy", "rules", Verdict.PARTLY,
                Reason("model_found", {"behaviour": "protects_privacy", "percent": 92, "percent_needed": 60}),
                Evidence((quote(7, 0, 9, "资料发给", How.MODEL, 0.92),)),
                -0.5, 1.0, deducted, None, Severity.MAJOR, Decider.REVIEWER),
        Outcome("refund", "rules", Verdict.NOT_APPLICABLE, Reason("condition_not_met"), Evidence(),
                None, 1.0, deducted),
        Outcome("minor", "rules", Verdict.NOT_APPLICABLE, Reason("condition_not_met"), Evidence(), None, 1.0, deducted,
                severity=Severity.CRITICAL, decided_by=Decider.REVIEWER),
        Outcome("story", "extra", hit, Reason("similar_found", {"phrase": "很多客户一开始也这样觉得"}),
                Evidence((quote(6, 4, 14, "很多客户一开始也这样觉得", How.SIMILAR, 0.83),)), 1.0, 1.0, bonus),
        Outcome("friend", "extra", Verdict.MISSED, Reason("phrases_missing", {"wanted": "介绍、朋友"}),
                Evidence((), window, Span(0.0, 37.6)), 0.0, 1.0, bonus),
    )  # fmt: skip


def make_form_card(outcomes: tuple[Outcome, ...] | None = None) -> Scorecard:
    return Scorecard(
        "call-010", "tenpoint", "2.0", "ef" * 32, outcomes or make_form_outcomes(), MadeBy("scoring", "0.1.0"),
        None, 0.0, 9.0, Frame(8.0, 0.0, 10.0), {"rules": Frame(2.0, 0.0)},
    )  # fmt: skip


def make_form_result() -> CallResult:
    return CallResult(make_call("call-010"), make_form_card(), make_form())


def make_result(call_id: str = "call-001", red_line: bool = False, **changes: object) -> CallResult:
    result = CallResult(make_call(call_id), make_card(red_line), make_rubric(), None, ("demo_model",))
    return replace(result, **changes)  # type: ignore[arg-type]


def said(turn: int, name: str, words: str, value: str, number: float | None = None, unit: str = "") -> Fact:
    """A fact at the place of its words in the sample call."""
    start = _LINES[turn][1].index(words)
    return Fact(name, value, turn, start, start + len(words), number, unit)


def make_dealings(call_id: str = "call-011") -> CallResult:
    """The call with all that is known beyond words: how sure stages are, acts, signals, facts, the lead record."""
    acts: list[tuple[Act, ...]] = [()] * len(_LINES)
    acts[0] = (
        Act("ask_permission", 0.55, "打扰您一分钟"), Act("greet", 0.98, "您好"),
        Act("state_purpose", 0.6), Act("identify_self", 0.9, "我是"), Act("thank", 0.5),
    )  # fmt: skip
    acts[5] = (Act("object_price", 0.92, "太贵了"),)
    acts[7] = (Act("buying_signal", 0.7, f"我的电话是{PHONE}"),)
    price = Objection(ObjectionType.PRICE, 5, 0.92, (6,), (6,), (), resolved=True)
    trust = Objection(ObjectionType.TRUST, 1, 0.61, (), (2, 4, 6, 8), (3, 5), resolved=False)
    signals = Signals((trust, price), (BuyingSignal(3, 0.6), BuyingSignal(7, 0.7, 8)), (1, 5))
    phone = said(7, "phone", PHONE, PHONE)
    facts = (
        said(3, "usage", "主要是回访老客户", "主要是回访老客户"),
        said(4, "quoted_price", "两千八百八", "2880元", 2880.0, "元"),
        said(4, "quoted_term", "一年", "1年", 1.0, "年"), phone, said(4, "date", "一年", "一年"),
    )  # fmt: skip
    fields = (LeadField("phone", phone), LeadField("contact", None), LeadField("headcount", None))
    lead = LeadRecord("telesales 1.0", fields, True, "B", "有意向，已约下一步", "", (Ground(7, "buying_signal"),))
    call = replace(
        make_call(call_id),
        turn_acts=tuple(acts),
        stage_probabilities=(0.95, 0.95, 0.95, 0.54, 0.6, 0.9, 0.9, 0.9, 0.9),
        signals=signals,
        facts=facts,
    )
    return make_result(call=call, lead=lead)


def with_text(text: str, **metadata: object) -> CallResult:
    """A call of one agent turn that says ``text``, quoted as a whole; nearly that was looked for."""
    call = make_call()
    turn = Turn(0, Role.AGENT, text, Span(0.0, 4.0), 0)
    call = replace(
        call,
        conversation=Conversation("zh", (turn,)),
        turn_stages=(),
        stages=(),
        metadata=replace(call.metadata, **metadata),  # type: ignore[arg-type]
    )
    hit = Outcome(
        "greet", "start", Verdict.MET, Reason("phrases_found", {"phrase": text, "count": 1}),
        Evidence((Quote(0, 0, len(text), None, f"~{text}", How.EXACT, 1.0),)), 10.0, 10.0,
    )  # fmt: skip
    return CallResult(call, make_card(outcomes=(hit,)), make_rubric())


def tone(seconds: float, hz: float, bursts: bool = False) -> Samples:
    """A beep; with ``bursts`` it sounds every other second only."""
    time_s = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    sound = 0.4 * np.sin(2 * np.pi * hz * time_s)
    return np.asarray(sound * ((time_s % 2 < 1) if bursts else 1.0), dtype=np.float32)


def beep(out: Path, seconds: float = 38.0, name: str = "call-001") -> Path:
    """Two channels that speak in turns, as a page plays them."""
    left, right = tone(seconds, 440.0, bursts=True), tone(seconds, 300.0)
    return write_audio_copy((left, right * (left == 0)), out / "audio" / "call-001.webm")


def build_site(out: Path) -> Path:
    """A report of three calls, pages of more, and two failures."""
    write_static(out)
    sound = beep(out)
    other = make_call("call-003")
    other = replace(other, metadata=replace(other.metadata, agent_name="李雷", team="上海二组"))
    results = [
        make_result(audio=sound),
        make_result("call-002", red_line=True, audio=sound, notices=("low_confidence", "mono")),
        make_result(call=other, scorecard=None, notices=()),
    ]
    for result in results:
        write_call_page(result, out, MADE)
    write_call_page(replace(make_form_result(), audio=sound), out, MADE)
    write_call_page(replace(make_dealings(), audio=sound), out, MADE)
    write_call_page(replace(make_talking(), audio=sound), out, MADE)
    write_call_page(
        replace(make_talking("call-013", mono=True), audio=sound, team=make_team_norm("W" * 200)), out, MADE
    )
    failures = [
        FailureRow(f"/data/王五/{PHONE}.wav", "call-004", "ingest", "corrupt", "damaged"),
        FailureRow("b.wav", "call-005", "sing", "out_of_tune", "the reason as given"),
    ]
    write_index([row_of_result(result) for result in results], failures, out, MADE)
    return out


#: Seconds of the call whose talk is known in full, and what its parties say and do.
TALK_DURATION_S = 60.0


def make_talk_facts(estimated: bool = False) -> TalkFacts:
    """Agent 20 s, customer 12 s; three silences, one of them filled by music; ringing before the first word."""
    agent = PartyTalk(
        speech_s=20.0, turns=5, backchannels=0, units=100, units_s=20.0, pauses=4, pauses_s=2.5, fillers=3,
        questions=2, responses_s=(0.2, 0.4, 3.0), longest_monologue_s=12.4, interruptions=None if estimated else 1,
        pitch_hz=121.6, pitch_range_st=3.4,
    )  # fmt: skip
    customer = PartyTalk(
        speech_s=12.0, turns=4, backchannels=2, units=0, units_s=0.0, pauses=0, pauses_s=0.0, fillers=0,
        questions=0, responses_s=(), longest_monologue_s=4.0, interruptions=None if estimated else 1,
        pitch_hz=None, pitch_range_st=6.25,
    )  # fmt: skip
    return TalkFacts(
        20.0, 12.0, None if estimated else 1.2, 29.2, TALK_DURATION_S, estimated, agent, customer, 8,
        (
            Silence(Span(7.2, 12.6), Role.CUSTOMER, Role.AGENT),
            Silence(Span(16.6, 18.1), Role.AGENT, Role.CUSTOMER),
            Silence(Span(40.0, 48.0), Role.AGENT, Role.CUSTOMER, SoundKind.MUSIC),
            Silence(Span(50.0, 55.0), Role.AGENT, Role.AGENT),
        ),
        (
            SoundEvent(SoundKind.RINGBACK, Span(0.0, 2.0), 1),
            SoundEvent(SoundKind.MUSIC, Span(40.0, 47.0), 0),
            SoundEvent(SoundKind.MUSIC, Span(44.0, 48.0), 1),
        ),
    )  # fmt: skip


def make_talking(call_id: str = "call-012", mono: bool = False) -> CallResult:
    """The call with all that is known of how its parties talk, beside a team; ``mono``: told apart by their voices."""
    call = make_call(call_id)
    signs = {1}
    turns = tuple(
        replace(turn, voice=int(turn.role is Role.CUSTOMER), backchannel=turn.index in signs,
                channel=0 if mono else turn.channel)
        for turn in call.turns
    )  # fmt: skip
    roles = (
        RoleDecision(0, Role.AGENT, "both", 0.998, 0 if mono else None, ("您好", "我们", PHONE)),
        RoleDecision(0 if mono else 1, Role.CUSTOMER, "both", 0.998, 1 if mono else None),
    )
    voices = tuple(TurnVoice(level_jump_db=11.0 if turn.index == 6 else -12.0, pauses=1) for turn in turns)
    overlaps = (
        Overlap(Span(16.8, 17.0), True, OverlapKind.BACKCHANNEL),
        Overlap(Span(19.6, 20.8), False, OverlapKind.INTERRUPTION, True),
        Overlap(Span(33.6, 34.3), True, OverlapKind.INTERRUPTION, False),
    )
    assert call.recording
    recording = replace(call.recording, duration_s=TALK_DURATION_S)
    if mono:
        recording = replace(recording, channels=1, quality=recording.quality[:1])
    call = replace(
        call, conversation=Conversation("zh", turns, roles), turn_voices=voices, talk=make_talk_facts(mono),
        overlaps=None if mono else overlaps, recording=recording,
    )  # fmt: skip
    return CallResult(call, make_card(), make_rubric(), None, ("mono",) if mono else (), None, make_team_norm())


def make_team_norm(team: str = "北京一组") -> TeamNorm:
    """What is usual in 37 calls; 30 of them have answers that could be timed."""
    return TeamNorm(
        team,
        {
            "speech_rate": Norm(250.0, 37),
            "response_time": Norm(0.6, 30),
            "talk_ratio": Norm(55.0, 37),
            "pitch_range": Norm(6.2, 37),
            "monologue": Norm(21.0, 37),
        },
    )
