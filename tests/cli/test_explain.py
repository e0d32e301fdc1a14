"""``explain``: the tree of checks with what each looked at and found, in two languages and as JSON, numbers masked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.store.database import open_store
from tests.cli.conftest import Answer, Command

PHONE = "13812345678"
SPOKEN_PHONE = "幺三八一二三四五六七八"

TURNS = [
    ("agent", "您好，我是云听科技的小李。", "opening"),
    ("customer", f"你说，我的电话是{PHONE}。", "opening"),
    ("agent", "我们有个悠惠活动，三十九块。", "recommendation"),
    ("customer", "不需要，太贵了", "objection"),
    ("agent", "我理解您，平均每天才一块多，您在考虑一下", "objection"),
    ("customer", "不用了", "objection"),
    ("agent", "好的，打扰了，再见", "close"),
]

RUBRIC = """
id: ten
version: "1.0"
title: 十分制
start: 10
pass_percent: 60
conditions:
  refused: {phrases: {role: customer, any: [不需要, 不用了], min_hits: 2}}
  bought: {phrases: {role: customer, any: [我买了]}}
sections:
  - id: main
    title: 全部
    criteria:
      - id: offer
        title: 提到优惠
        title_en: Names the offer
        deduct: {points: 1}
        check:
          all:
            - phrases: {role: agent, any: [优惠], fuzzy: pinyin}
            - not: {phrases: {role: agent, any: [保证]}}
            - within: {check: {phrases: {role: agent, any: [39元]}}, after: {phrases: {any: [您好]}}, turns: 3}
      - id: press
        title: 拒绝后不纠缠
        deduct: {points: 1, per: hit, cap: 2}
        fatal: call
        when: {use: refused}
        check: {phrases: {role: agent, none: [您再考虑一下], fuzzy: pinyin, after: {check: {use: refused}}}}
      - id: cheap
        title: 说明价格低
        points: 5
        check: {phrases: {role: agent, any: [平均每天只要一块]}}
        partly: {phrases: {role: agent, any: [平均每天]}}
      - id: phone
        title: 留下电话
        points: 5
        check: {regex: {role: customer, pattern: 电话是}}
      - id: repeat
        title: 成交后核对
        points: 5
        when: {use: bought}
        check: {phrases: {role: agent, any: [核对]}}
      - id: gap
        title: 不冷场
        points: 5
        check: {silence: {longer_than_s: 1, count: {max: 0}}}
"""


GREET = """
id: greet
version: "1.0"
title: 问候
sections:
  - id: main
    title: 全部
    criteria:
      - {id: greet, title: 问候, points: 5, check: {phrases: {role: agent, any: [您好]}}}
"""


def greeting(qa: Command, folder: Path, call_id: str, *more: str) -> Answer:
    """The explanation of one criterion on the call in the folder."""
    (folder / "greet.yaml").write_text(GREET, encoding="utf-8")
    (file,) = [path.name for path in folder.iterdir() if path.suffix in (".txt", ".jsonl")]
    assert qa("import", file, "--rubric", "greet.yaml").code == 0
    return qa("explain", call_id, "greet", "--rubric", "greet.yaml", *more)


@pytest.fixture
def stored(qa: Command, folder: Path) -> Command:
    """One call with times (2 s a turn, 2.5 s apart from turn 4 on) under a form of its own."""
    starts = [0.0, 2.0, 4.0, 6.0, 10.5, 12.5, 14.5]
    turns = [
        {"role": role, "text": text, "stage": stage, "start_s": start, "end_s": start + 2}
        for (role, text, stage), start in zip(TURNS, starts, strict=True)
    ]
    (folder / "calls.jsonl").write_text(json.dumps({"id": "call-1", "turns": turns}), encoding="utf-8")
    (folder / "ten.yaml").write_text(RUBRIC, encoding="utf-8")
    assert qa("import", "calls.jsonl", "--rubric", "ten.yaml").code == 0
    return qa


def explained(qa: Command, criterion: str, *more: str) -> list[str]:
    answer = qa("explain", "call-1", criterion, "--rubric", "ten.yaml", *more)
    assert (answer.code, answer.err) == (0, "")
    return answer.out.splitlines()


def view(qa: Command, criterion: str, *more: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads("\n".join(explained(qa, criterion, "--json", *more)))
    return found


def line_with(lines: list[str], *parts: str) -> str:
    found = [line for line in lines if all(part in line for part in parts)]
    assert len(found) == 1, (parts, lines)
    return found[0]


def test_it_explains_itself(qa: Command) -> None:
    answer = qa("explain", "--help")
    assert (answer.code, answer.err) == (0, "")
    assert "Usage: qa-pipeline explain" in answer.out


def test_the_head_names_call_rubric_criterion_verdict_and_reason(stored: Command) -> None:
    assert explained(stored, "press")[:3] == [
        "call-1 · ten 1.0 · press · 拒绝后不纠缠",
        "判定：未达成，得分 −1 最多 −2",
        "原因：出现了不该有的“您再考虑一下”",
    ]


def test_a_hit_shows_quote_phrase_way_and_similarity(stored: Command) -> None:
    lines = explained(stored, "press")
    assert line_with(lines, "命中：#4").strip() == (
        "命中：#4 0:10.5 坐席 “您在考虑一下” — 查找“您再考虑一下”，同音，相似度 0.833"
    )


def test_the_condition_is_shown_with_what_it_found(stored: Command) -> None:
    lines = explained(stored, "press")
    assert lines[4] == "✓ when · use (引用条件): 成立 — 说到了“不需要”（共 2 处）"
    assert lines[5].startswith("  ✓ refused · phrases (词句): 成立")
    assert [line.strip() for line in lines[6:10]] == [
        "参数：role=customer, min_hits=2, any=[不需要, 不用了], fuzzy=none, form=numbers",
        "范围：已检查 0:02–0:14，客户第 1–3 句（#1, #3, #5）",
        "命中：#3 0:06.0 客户 “不需要” — 查找“不需要”，原文一致，相似度 1",
        "命中：#5 0:12.5 客户 “不用了” — 查找“不用了”，原文一致，相似度 1",
    ]


def test_a_miss_shows_window_nearest_candidate_and_normal_form(stored: Command) -> None:
    lines = explained(stored, "cheap")
    assert lines[1] == "判定：部分达成，得分 2.5 / 5"
    failed = lines.index(line_with(lines, "✗ check", "没有说到：平均每天只要一块"))
    assert lines[failed + 2] == "  范围：已检查 0:00–0:16，坐席第 1–4 句（#0, #2, #4, #6）"
    nearest = line_with(lines, "最接近：")
    found = view(stored, "cheap")["check"]["nearest"]
    close = f"相似度 {found['similarity']:g}，距离 {found['distance']:g}"
    assert nearest == f"  最接近：#4 0:10.5 坐席 “{found['text']}” — 查找“平均每天只要一块”，近似，{close}"
    assert found["similarity"] + found["distance"] == pytest.approx(1.0)
    assert 0.6 <= found["similarity"] < 1.0
    assert line_with(lines, "✓ partly · phrases")
    assert lines[-2].startswith("  #4 0:10.5 坐席: 我理解您，平均每天才一块多")
    assert "规整文本（numbers）：我理解您平均每天才" in lines[-1]


def test_the_tree_follows_the_rubric(stored: Command) -> None:
    check = view(stored, "offer")["check"]
    assert [(part["place"], part["name"], part["state"]) for part in check["parts"]] == [
        ("[0]", "phrases", "holds"),
        ("[1]", "not", "holds"),
        ("[2]", "within", "holds"),
    ]
    assert [(part["place"], part["state"]) for part in check["parts"][1]["parts"]] == [("", "fails")]
    assert [part["place"] for part in check["parts"][2]["parts"]] == ["check", "after"]
    lines = explained(stored, "offer")
    assert line_with(lines, "✗ phrases", "保证").startswith("    ✗ phrases (词句): 不成立")
    assert line_with(lines, "hit=any, turns=3").startswith("    参数：")


def test_joining_checks_do_not_repeat_what_stands_below(stored: Command) -> None:
    lines = explained(stored, "offer")
    assert sum("“悠惠”" in line for line in lines) == 1
    assert lines[4] == "✓ check · all (全部满足): 成立 — 各项要求都满足"
    assert lines[5].startswith("  ✓ [0]")


def test_a_spoken_number_is_shown_in_the_form_that_was_compared(stored: Command) -> None:
    turn = next(turn for turn in view(stored, "offer")["turns"] if turn["turn"] == 2)
    assert turn["text"] == "我们有个悠惠活动，三十九块。"
    assert turn["normal"]["numbers"] == "我们有个悠惠活动39元"


def test_what_took_no_part_in_the_verdict_is_said(stored: Command) -> None:
    lines = explained(stored, "repeat")
    assert lines[1] == "判定：不适用，得分 — / 5"
    assert "✗ when · use (引用条件): 不成立 — 没有说到：我买了" in lines
    assert lines.index("（以下检查没有参与判定）") < lines.index(line_with(lines, "check · phrases"))
    assert view(stored, "repeat")["asked"] is False
    assert "（以下检查没有参与判定）" not in explained(stored, "press")


def test_measures_and_their_places_are_shown(stored: Command) -> None:
    lines = explained(stored, "gap")
    assert lines[1] == "判定：未达成，得分 0 / 5"
    assert lines[2] == "原因：超长停顿 1 次，不应出现"
    assert "测得 2.5 秒" in line_with(lines, "命中：#4")
    assert "longer_than_s=1" in line_with(lines, "参数：")


def test_english(stored: Command) -> None:
    lines = explained(stored, "offer", "--lang", "en")
    assert lines[:3] == [
        "call-1 · ten 1.0 · offer · Names the offer",
        "Verdict: Met, points 0 at most −1",
        "Reason: Every part held",
    ]
    hit = line_with(lines, "Hit: #2", "“悠惠”")
    assert hit.strip() == "Hit: #2 0:04.0 Agent “悠惠” — looked for “优惠”, sounds alike, similarity 0.5"
    assert "Turns:" in lines


def test_json_holds_codes_numbers_and_words(stored: Command) -> None:
    found = view(stored, "press", "--lang", "en")
    assert {"call_id", "rubric", "criterion", "verdict", "reason", "when", "check", "partly", "turns"} <= set(found)
    assert (found["verdict"], found["points"], found["points_limit"], found["kind"]) == (
        "missed",
        -1.0,
        2.0,
        "deducted",
    )
    assert (found["reason"], found["partly"], found["asked"]) == ("forbidden_found", None, True)
    check = found["check"]
    assert (check["name"], check["state"], check["window"]["turns"]) == ("phrases", "fails", [4, 6])
    assert check["params"]["after"] == {"hit": "first", "same_turn": True}
    (hit,) = check["hits"]
    assert (hit["turn"], hit["how"], hit["matched"], hit["start_s"]) == (4, "pinyin", "您再考虑一下", 10.5)
    assert check["parts"][0]["place"] == "after.check"


@pytest.mark.parametrize("criterion", ["offer", "press", "cheap", "phone", "repeat", "gap"])
@pytest.mark.parametrize("more", [(), ("--json",), ("--lang", "en")], ids=" ".join)
def test_numbers_of_people_are_nowhere(stored: Command, criterion: str, more: tuple[str, ...]) -> None:
    printed = "\n".join(explained(stored, criterion, *more))
    assert PHONE not in printed
    if criterion == "phone":
        assert printed.count("138****5678") == 2  # in the turn, and in its normal form


@pytest.mark.parametrize("number", [PHONE, SPOKEN_PHONE, "110101199003074514", "6222 0202 0011 2233 445"])
def test_every_way_to_say_a_number_is_masked_in_every_form(qa: Command, folder: Path, number: str) -> None:
    turn = {"role": "agent", "text": f"您好，我的号码是{number}，记一下", "stage": "opening"}
    (folder / "a.jsonl").write_text(json.dumps({"id": f"call_{PHONE}", "turns": [turn]}), encoding="utf-8")
    for more in ((), ("--json",)):
        answer = greeting(qa, folder, f"call_{PHONE}", *more)
        assert answer.code == 0
        digits = "".join(character for character in answer.out if character.isalnum())
        for secret in (number, PHONE, "1101011990", "62220202"):
            assert secret.replace(" ", "") not in digits
        assert "****" in answer.out


def test_the_rubric_counts_not_what_is_stored(stored: Command, folder: Path) -> None:
    changed = RUBRIC.replace("平均每天只要一块]", "平均每天才一块多]")
    (folder / "ten.yaml").write_text(changed.replace('"1.0"', '"1.1"'), encoding="utf-8")
    assert explained(stored, "cheap")[1] == "判定：达成，得分 5 / 5"


def test_a_call_without_times_is_explained_without_them(qa: Command, folder: Path) -> None:
    (folder / "a.txt").write_text("坐席：您好\n客户：喂\n", encoding="utf-8")
    answer = greeting(qa, folder, "a")
    assert answer.code == 0
    assert "命中：#0 坐席 “您好” — 查找“您好”，原文一致，相似度 1" in answer.out
    assert "范围：已检查 坐席第 1 句（#0）" in answer.out


def test_control_characters_do_not_reach_the_terminal(qa: Command, folder: Path) -> None:
    (folder / "a.txt").write_text("坐席：您好\x1b[31m\u202e\n", encoding="utf-8")
    answer = greeting(qa, folder, "a")
    assert answer.code == 0
    assert "\x1b" not in answer.out and "\u202e" not in answer.out


def test_a_title_cannot_steer_the_terminal(qa: Command, folder: Path) -> None:
    (folder / "a.txt").write_text("坐席：您好\n", encoding="utf-8")
    greeting(qa, folder, "a")
    (folder / "greet.yaml").write_text(
        GREET.replace("{id: greet, title: 问候", '{id: greet, title: "\\e[31m问\\n候"'), encoding="utf-8"
    )
    assert qa("explain", "a", "greet", "--rubric", "greet.yaml").out.splitlines()[0].endswith("[31m问 候")


@pytest.mark.parametrize(
    ("call", "criterion", "said"),
    [
        ("call-2", "press", "explain: no call call-2 is stored; did you mean call-1?"),
        ("zzz", "press", "explain: no call zzz is stored; take an id from the index"),
        ("call-1", "pres", "explain: rubric ten has no criterion pres; did you mean press?"),
        ("call-1", "zzz", "explain: rubric ten has no criterion zzz; it has: offer, press, cheap, phone, repeat, gap"),
        (f"call-{PHONE}", "press", "explain: no call call-138****5678 is stored; take an id from the index"),
    ],
)
def test_unknown_names_are_one_line_with_advice(stored: Command, call: str, criterion: str, said: str) -> None:
    answer = stored("explain", call, criterion, "--rubric", "ten.yaml")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == f"qa-pipeline: {said}\n"


def test_an_empty_store_says_so(qa: Command, folder: Path) -> None:
    open_store("qa-pipeline.sqlite3").close()
    answer = qa("explain", "a", "greet")
    assert answer.code == 2
    assert answer.err == "qa-pipeline: explain: no call a is stored; none is stored: use run or import\n"


def test_score_shows_points_of_a_point_form_and_sends_red_lines_to_a_person(stored: Command) -> None:
    line, summary = stored("score", "--rubric", "ten.yaml").out.splitlines()
    assert line == "call-1  0 / 25 points (0.0%)  failed  scored 5 of 6  red line: press (call); needs human review"
    assert summary == "1 calls: 0 passed, 1 failed, 1 with red lines, 0 not scorable"
    assert stored("score").out.split("  ")[1].replace(".", "").isdigit()


def test_the_rubrics_own_patterns_are_shown_as_they_stand(stored: Command, folder: Path) -> None:
    pattern = f"[一二三四五六七八九]百|{PHONE}"
    (folder / "ten.yaml").write_text(
        RUBRIC.replace("电话是}", f'"{pattern}"}}').replace('"1.0"', '"1.1"'), encoding="utf-8"
    )
    lines = explained(stored, "phone")
    assert line_with(lines, "参数：").strip() == f"参数：role=customer, min_hits=1, pattern={pattern}"
    assert view(stored, "phone")["check"]["params"]["pattern"] == pattern
    # What was said stays masked.
    assert line_with(lines, "命中：#1", "138****5678")


NEAREST = """
id: near
version: "1.0"
title: 最接近
sections:
  - id: main
    title: 全部
    criteria:
      - {id: absent, title: 没有, points: 5, check: {not: {phrases: {role: agent, any: [平均每天只要一块]}}}}
      - id: late
        title: 及时
        points: 5
        check: {within: {check: {phrases: {any: [再见]}}, after: {phrases: {any: [您好]}}, turns: 2, hit: each}}
"""


def near(qa: Command, folder: Path, criterion: str) -> list[str]:
    (folder / "near.yaml").write_text(NEAREST, encoding="utf-8")
    answer = qa("explain", "call-1", criterion, "--rubric", "near.yaml")
    assert answer.code == 0
    return answer.out.splitlines()


def test_what_holds_shows_no_nearest_candidate_of_a_part(stored: Command, folder: Path) -> None:
    near(stored, folder, "absent")
    check = json.loads(stored("explain", "call-1", "absent", "--rubric", "near.yaml", "--json").out)["check"]
    assert (check["state"], check["nearest"]) == ("holds", None)
    assert check["parts"][0]["nearest"]["turn"] == 4  # the part that fails has one


def test_a_miss_of_within_names_what_was_counted_from(stored: Command, folder: Path) -> None:
    lines = near(stored, folder, "late")
    own = [line for line in lines if line.startswith("  ") and not line.startswith("   ")]
    assert line_with(own, "起算句：").startswith("  起算句：#0 0:00.0 坐席 “您好”")
    assert line_with(own, "最接近：").startswith("  最接近：#6 0:14.5 坐席 “再见”")
