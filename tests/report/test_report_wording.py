"""Both catalogues say the same things; numbers, times and reasons as people write them."""

from __future__ import annotations

import json
import re
import string
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest

import qa_pipeline.report as report
from qa_pipeline.checks.finding import State
from qa_pipeline.core.call import CallOutcome, Direction, Role, Stage
from qa_pipeline.core.score import Fatal, How, Reason, Severity, Verdict
from qa_pipeline.language.quantities import FACT_NAMES
from qa_pipeline.report.formats import grouped
from qa_pipeline.report.wording import Wording, clock, clock_tenths, number, percent, wording
from tests.report.samples import PHONE

FOLDER = Path(report.__file__).parent
ZH, EN = wording("zh"), wording("en")


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("part", ["", ".checks"])
def test_both_catalogues_have_the_same_keys_in_order(part: str) -> None:
    catalogues = [json.loads((FOLDER / "locale" / f"{lang}{part}.json").read_text("utf-8")) for lang in ("zh", "en")]
    assert list(catalogues[0]) == list(catalogues[1]) == sorted(catalogues[0])


def test_the_parts_of_a_catalogue_do_not_overlap() -> None:
    parts = [json.loads((FOLDER / "locale" / name).read_text("utf-8")) for name in ("zh.json", "zh.checks.json")]
    assert not set(parts[0]) & set(parts[1])
    assert set(parts[0]) | set(parts[1]) == set(ZH.messages)


@pytest.mark.parametrize("key", sorted(ZH.messages))
def test_a_text_asks_for_the_same_values_in_both_languages(key: str) -> None:
    zh, en = _fields(ZH.messages[key]), _fields(EN.messages[key])
    # A language may leave a value out, but never ask for one that the other does not know.
    assert zh <= en or en <= zh
    assert ZH.messages[key] and EN.messages[key]


def test_every_key_that_a_template_uses_is_there() -> None:
    used: set[str] = set()
    for template in (FOLDER / "templates").glob("*.html"):
        used |= set(re.findall(r"""\bt\('([\w.]+)'\)""", template.read_text("utf-8")))
    assert len(used) > 40
    assert used <= set(ZH.messages)


def test_every_key_that_the_code_uses_is_there() -> None:
    used: set[str] = set()
    for source in FOLDER.rglob("*.py"):
        used |= set(re.findall(r'\.text\(\s*"([\w.]+)"', source.read_text("utf-8")))
    assert len(used) > 20
    assert used <= set(ZH.messages)


def test_every_value_of_the_core_has_a_word() -> None:
    groups = {
        "verdict": Verdict,
        "role": Role,
        "stage": Stage,
        "direction": Direction,
        "outcome": CallOutcome,
        "severity": Severity,
        "fatal": Fatal,
        "how": How,
        "explain": State,
    }
    for group, values in groups.items():
        assert {f"{group}.{value}" for value in values} <= set(ZH.messages), group


def test_english_texts_hold_no_chinese() -> None:
    chinese = re.compile("[\u3400-\u9fff\u3000-\u303f\uff00-\uffef]")
    found = {key for key, text in EN.messages.items() if chinese.search(text)}
    assert found == {"nav.other_language"}


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0, "0:00"), (59.6, "1:00"), (75, "1:15"), (3599.7, "1:00:00"), (None, "—")]
)
def test_clock(seconds: float | None, expected: str) -> None:
    assert clock(seconds) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0, "0:00.0"), (12.34, "0:12.3"), (59.96, "1:00.0"), (3725.5, "1:02:05.5")]
)
def test_clock_with_tenths_never_shows_sixty_seconds(seconds: float, expected: str) -> None:
    assert clock_tenths(seconds) == expected


def test_numbers() -> None:
    assert [number(x) for x in (8.0, 7.5, 0.04, 100)] == ["8", "7.5", "0", "100"]
    assert percent(0.625) == "62%"
    assert percent(None) == "—"


def test_dates_read_as_the_reader_writes_them() -> None:
    moment = datetime(2026, 11, 3, 14, 5)
    assert ZH.date_time(moment) == "2026年11月3日 14:05"
    assert EN.date_time(moment) == "3 Nov 2026, 14:05"
    assert EN.date_time(None) == "—"
    assert [words.day(moment) for words in (ZH, EN)] == ["2026年11月3日", "3 Nov 2026"]
    assert [words.weekday_day(moment.date()) for words in (ZH, EN)] == ["11月3日周二", "Tue 3 Nov"]
    assert [words.month(moment) for words in (ZH, EN)] == ["2026年11月", "November 2026"]


def test_a_moment_keeps_the_day_of_its_own_zone() -> None:
    shanghai = datetime(2026, 11, 3, 0, 30, tzinfo=timezone(timedelta(hours=8)))  # 2 Nov in UTC
    assert ZH.date_time(shanghai) == "2026年11月3日 0:30"
    assert ZH.day(shanghai) == "2026年11月3日"
    assert EN.day_range(shanghai, shanghai) == "3 Nov 2026"


@pytest.mark.parametrize(
    ("first", "last", "zh", "zh_short", "en", "en_short"),
    [
        (date(2026, 11, 2), date(2026, 11, 8), "2026年11月2日–8日", "11月2日–8日", "2–8 Nov 2026", "2–8 Nov"),
        (date(2026, 10, 30), date(2026, 11, 8), "2026年10月30日–11月8日", "10月30日–11月8日",
         "30 Oct – 8 Nov 2026", "30 Oct – 8 Nov"),
        (date(2026, 12, 30), date(2027, 1, 2), *["2026年12月30日–2027年1月2日"] * 2, *["30 Dec 2026 – 2 Jan 2027"] * 2),
        (date(2026, 11, 2), date(2026, 11, 2), "2026年11月2日", "11月2日", "2 Nov 2026", "2 Nov"),
    ],
)  # fmt: skip
def test_a_period_says_what_its_days_share_once(
    first: date, last: date, zh: str, zh_short: str, en: str, en_short: str
) -> None:
    assert (ZH.day_range(first, last), ZH.day_range(first, last, year=False)) == (zh, zh_short)
    assert (EN.day_range(first, last), EN.day_range(first, last, year=False)) == (en, en_short)


def test_parts_of_a_sentence_and_items_of_a_list_are_joined() -> None:
    assert [words.listed(["a", "b", "c"]) for words in (ZH, EN)] == ["a、b和c", "a, b and c"]
    assert [words.joined(["a", "b", "c"]) for words in (ZH, EN)] == ["a、b、c", "a, b, c"]
    assert ZH.listed([]) == ""
    assert ZH.listed(["a"]) == "a"


def test_large_numbers_have_their_thousands_apart() -> None:
    values = (39_000, 7.5, -1234.567, -0.001, 1e6)
    assert [grouped(value) for value in values] == ["39,000", "7.5", "−1,234.57", "0", "1,000,000"]


@pytest.mark.parametrize(
    ("reason", "zh", "en"),
    [
        (Reason("phrases_found", {"phrase": "您好", "count": 2}), "说到了“您好”（共 2 处）",
         "Said “您好” (found 2×)"),
        (Reason("stage_absent", {"stage": "close"}), "没有进入“成交收尾”阶段", "There was no “Close” stage"),
        (Reason("within_turns_missed", {"turns": 3}), "没有在 3 句内做到", "Not done within 3 turns"),
        (Reason("within_held", {"seconds": 7.5}), "在 7.5 秒内做到了", "Done within 7.5 seconds"),
        (Reason("within_held", {"turns": 4}), "在 4 句内做到了", "Done within 4 turns"),
        (Reason("order_held"), "先后顺序正确", "The order is right"),
        (Reason("order_broken", {"first": "opening", "then": "报价"}),
         "顺序不对：“开场”应在“报价”之前", "Wrong order: “Opening” should come before “报价”"),
        (Reason("low_confidence", {"percent": 41}), "识别把握只有 41%，不据此评分",
         "Recognition was only 41% sure, so this is not scored"),
        (Reason("measure_missed", {"measure": "speech_rate", "value": 310, "unit": "/min", "max": 280}),
         "语速 310 字/分，高于上限 280", "Speech rate: 310 characters a minute, above the limit of 280"),
        (Reason("measure_held", {"measure": "response_time", "value": 0.75, "unit": "s", "min": 0, "max": 1.25}),
         "响应时间 0.8 秒，符合要求（在 0–1.25 之间）", "Response time: 0.8 s, as wanted (between 0 and 1.25)"),
        (Reason("measure_missed", {"measure": "loudness", "value": -7.25, "unit": "dB", "min": -6}),
         "音量 −7.2 分贝，低于下限 −6", "Loudness: −7.2 dB, below the minimum of −6"),
        (Reason("measure_held", {"measure": "turn_count", "value": 4, "unit": "", "min": 4, "max": 4}),
         "话轮数 4 句，符合要求（正好 4）", "Turns: 4 turns, as wanted (exactly 4)"),
        (Reason("measure_missed", {"measure": "silences", "value": 3, "unit": "", "max": 0}),
         "超长停顿 3 次，不应出现", "Long silences: 3, none allowed"),
        (Reason("measure_missed", {"measure": "hops", "value": 3, "unit": "km", "max": 2}),
         "hops 3 km，高于上限 2", "hops: 3 km, above the limit of 2"),
        (Reason("measure_each", {"measure": "pitch_range", "count": 2, "turns": 9}),
         "语调起伏：9 句中有 2 句不合要求", "Range of pitch: 2 of 9 turns out of bounds"),
        (Reason("act_missing", {"wanted": "quote_price, hum"}), "缺少：报价、hum", "Lacking: Quoting a price, hum"),
        (Reason("fact_found", {"fact": "price", "count": 2}), "说到了“价格”（共 2 处）", "Said: Price (2×)"),
        (Reason("model_missing", {"behaviour": "next_step", "percent": 41, "percent_needed": 60}),
         "模型没有发现“约定下一步”（最高 41%，要求 60%）",
         "The model did not find “Agreeing a next step” (best 41%, 60% needed)"),
        (Reason("model_does_not_know", {"behaviour": "customer_refuse"}), "模型没有学过“客户：拒绝”，无法评分",
         "The model does not know “Customer: Refusing”, so this cannot be scored"),
        (Reason("model_does_not_know", {"behaviour": "stage_close"}), "模型没有学过“阶段：成交收尾”，无法评分",
         "The model does not know “stage: Close”, so this cannot be scored"),
        (Reason("model_does_not_know", {"behaviour": "agent_hums"}), "模型没有学过“agent_hums”，无法评分",
         "The model does not know “agent_hums”, so this cannot be scored"),
        (Reason("ended_by", {"role": "customer"}), "先挂断的是：客户", "Hung up first: Customer"),
        (Reason("metadata_unknown", {"name": "refunded"}), "通话信息里没有“是否退款”，无法评分",
         "The metadata does not say “refunded”, so this cannot be scored"),
        (Reason("other_language", {"language": "en"}), "通话语言（英语）与评分表不同，无法评分",
         "The call is in another language (English) than the rubric"),
        # A phrase is quoted as it is, also where it is the name of something with a word.
        (Reason("phrases_found", {"phrase": "close", "count": 1}), "说到了“close”（共 1 处）",
         "Said “close” (found 1×)"),
    ],
)  # fmt: skip
def test_reasons_in_words(reason: Reason, zh: str, en: str) -> None:
    assert ZH.reason(reason) == zh
    assert EN.reason(reason) == en


def test_an_unknown_reason_shows_its_code() -> None:
    assert ZH.reason(Reason("sang_a_song", {"tune": "x"})) == "sang_a_song"


@pytest.mark.parametrize(
    ("how", "zh"), [(How.ACT, "施压"), (How.MODEL, "press"), (How.EXACT, "press"), (None, "press")]
)
def test_what_is_forbidden_is_named_by_how_it_was_found(how: How | None, zh: str) -> None:
    assert ZH.reason(Reason("forbidden_found", {"phrase": "press", "count": 1}), how) == f"出现了不该有的“{zh}”"


def test_a_measured_value_without_a_number_shows_its_code() -> None:
    assert ZH.reason(Reason("measure_missed", {"measure": "silences"})) == "measure_missed"


#: What turns do, what is judged by criterion, as the labelled calls name them.
ACTS = (
    "greet", "identify_self", "verify_customer", "state_purpose", "ask_permission", "ask_situation", "ask_need",
    "confirm_need", "present_benefit", "present_product", "quote_price", "offer_choice", "ask_opinion",
    "acknowledge", "answer_objection", "press", "ask_order", "propose_next_step", "confirm_terms", "collect_info",
    "thank", "farewell", "apologise", "small_talk", "give_info", "state_need", "ask_product", "ask_price",
    "buying_signal", "agree", "stall", "object_price", "object_need", "object_trust", "object_time",
    "object_authority", "refuse", "complain", "ask_identity",
)  # fmt: skip
BEHAVIOURS = (
    "greet", "identify_self", "state_purpose_with_benefit", "ask_situation", "ask_need", "confirm_need",
    "tailored_recommendation", "offer_choice", "state_price", "ask_opinion", "act_on_buying_signal",
    "acknowledge_objection", "answer_objection", "next_step", "confirm_terms", "thank_and_goodbye", "courteous",
    "respects_refusal", "no_misleading_promise", "protects_privacy",
)  # fmt: skip


@pytest.mark.parametrize("words", [ZH, EN], ids=["zh", "en"])
def test_acts_behaviours_and_facts_have_words(words: Wording) -> None:
    wanted = {f"act.{act}" for act in ACTS} | {f"behaviour.{name}" for name in BEHAVIOURS}
    wanted |= {f"fact.{name}" for name in FACT_NAMES}
    assert wanted <= set(words.messages)


def test_a_reason_without_its_values_shows_its_code() -> None:
    assert ZH.reason(Reason("phrases_found")) == "phrases_found"


@pytest.mark.parametrize("hostile", ["{0.__class__}", "{phrase}", "%s", "}{"])
def test_values_are_never_read_as_templates(hostile: str) -> None:
    assert hostile in ZH.reason(Reason("regex_found", {"match": hostile}))


@pytest.mark.parametrize("said", [PHONE, f"电话{PHONE}", PHONE[:8], "138-1234-5678"])
def test_numbers_in_reasons_are_masked_even_when_cut(said: str) -> None:
    text = ZH.reason(Reason("regex_found", {"match": said}))
    assert "****" in text
    assert "1234" not in text


def test_the_rubrics_words_fall_back_to_the_other_language() -> None:
    assert EN.either("问候", "") == "问候"
    assert EN.either("问候", "Greeting") == "Greeting"
    assert ZH.either("", "Greeting") == "Greeting"


def test_reason_codes_of_the_checks_are_all_worded() -> None:
    """A code that a check can give and the catalogue does not know would be shown raw."""
    codes: set[str] = set()
    package = FOLDER.parent
    for source in [*(package / "checks").glob("*.py"), package / "scoring.py"]:
        if source.exists():
            text = source.read_text("utf-8")
            codes |= set(re.findall(r'(?:Reason|unknown)\("([a-z_]+)"', text))
    known = {key.split(".")[1] for key in ZH.messages if key.startswith("reason.")}
    assert codes <= known, f"no wording for {sorted(codes - known)}"
