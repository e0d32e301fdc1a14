"""``rubric test``, ``show``, ``schema``, ``evaluate`` and ``diff``, and the guard that keeps a published version."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.cli.rubric_diff import MAX_LISTED
from qa_pipeline.core.call import Call
from qa_pipeline.rubric.json_schema import rubric_schema
from qa_pipeline.store.codec import packed_text
from tests.checks.llm_server import LlmServer, saying
from tests.cli.conftest import MARKER, Command, wav

WORDS_ONLY = Path(__file__).parents[1] / "data" / "words-only.yaml"
FORM = """\
id: form
version: "1.0"
title: 小表
pass_percent: 50
sections:
  - id: main
    title: 主要
    criteria:
      - id: greet
        title: 问候
        points: 5
        check: {phrases: {role: agent, any: [您好]}}
      - id: thank
        title: 感谢
        points: 5
        check: {phrases: {role: agent, any: [谢谢]}}
"""
STRICT = FORM.replace("any: [谢谢]", "all: [谢谢, 再见]").replace('"1.0"', '"1.1"')


def call_line(call_id: str, *said: str, **more: Any) -> dict[str, Any]:
    return {"id": call_id, "turns": [{"role": "agent", "text": text} for text in said], **more}


@pytest.fixture
def forms(folder: Path) -> Path:
    """A form, a stricter version of it, and four labelled calls of two agents."""
    (folder / "form.yaml").write_text(FORM, encoding="utf-8")
    (folder / "strict.yaml").write_text(STRICT, encoding="utf-8")
    calls = [
        call_line(
            "both", "您好", "谢谢再见", agent_id="A1", labels={"greet": "yes", "thank": "yes"}, evidence={"greet": [0]}
        ),
        call_line("greets", f"您好{MARKER}", agent_id="A1", labels={"greet": "yes", "thank": "yes"}),
        call_line("thanks", "谢谢", agent_id="A2", labels={"greet": "no", "thank": "yes"}),
        call_line("neither", "喂", labels={"greet": "no", "thank": "no"}),
    ]
    (folder / "calls.jsonl").write_text("\n".join(json.dumps(c, ensure_ascii=False) for c in calls), encoding="utf-8")
    return folder


# -- check, test, show, schema --------------------------------------------------


def test_one_unreadable_form_hides_none_of_the_others(qa: Command, forms: Path) -> None:
    (forms / "bad.yaml").write_text(FORM.replace("title: 小表", "titel: 小表"), encoding="utf-8")
    checked = qa("rubric", "check", "form.yaml", "bad.yaml", "none.yaml", "strict.yaml")
    assert checked.code == 2
    assert [line.split(":")[0] for line in checked.out.splitlines()] == ["form.yaml", "strict.yaml"]
    assert [line.split(":")[0] for line in checked.err.splitlines()] == ["bad.yaml", "none.yaml"]
    tested = qa("rubric", "test", "form.yaml", "bad.yaml", "none.yaml", "strict.yaml")
    assert (tested.code, tested.err) == (2, checked.err)
    assert [line.split(":")[0] for line in tested.out.splitlines()] == ["form.yaml"] * 2 + ["strict.yaml"] * 2
    rows = qa("rubric", "test", "form.yaml", "bad.yaml", "strict.yaml", "--json").rows
    assert [row["ok"] for row in rows] == [True, False, True]
    assert rows[1]["problems"] == [checked.err.splitlines()[0]]


def test_every_mistake_stands_in_one_run(qa: Command, folder: Path) -> None:
    planted = Path(__file__).parents[1] / "rubric" / "planted.yaml"
    answer = qa("rubric", "check", str(planted))
    assert (answer.code, answer.out) == (2, "")
    assert len(answer.err.splitlines()) == len(planted.with_suffix(".txt").read_text(encoding="utf-8").splitlines())
    assert all(line.startswith(f"{planted}:") for line in answer.err.splitlines())


def test_examples_that_hold_and_examples_that_do_not(qa: Command, folder: Path) -> None:
    held = qa("rubric", "test", str(WORDS_ONLY))
    assert (held.code, held.err) == (0, "")
    assert f"{WORDS_ONLY}: 4 of 4 examples hold" in held.out
    assert f"{WORDS_ONLY}: without examples: identify_self, courteous" in held.out
    wrong = WORDS_ONLY.read_text(encoding="utf-8").replace("喂，听得见吗", "喂，您好")
    (folder / "wrong.yaml").write_text(wrong, encoding="utf-8")
    answer = qa("rubric", "test", "wrong.yaml")
    assert (answer.code, answer.err) == (1, "")
    assert "wrong.yaml: greet: missed 1 “喂，您好”: got met: Said “您好”" in answer.out
    assert "wrong.yaml: 3 of 4 examples hold" in answer.out
    (row,) = qa("rubric", "test", "wrong.yaml", "--json").rows
    (failed,) = row["failed"]
    assert (failed["criterion"], failed["expected"], failed["number"]) == ("greet", "missed", 1)
    assert failed["text"] == "喂，您好" and failed["got"].startswith("got met: ")


def test_examples_that_need_a_language_model_are_not_run(qa: Command, forms: Path) -> None:
    asking = "{llm: {question: 坐席是否感谢了客户？请判断}}\n        examples: {met: [谢谢]}"
    (forms / "llm.yaml").write_text(FORM.replace("{phrases: {role: agent, any: [谢谢]}}", asking), encoding="utf-8")
    answer = qa("rubric", "test", "llm.yaml")
    assert answer.code == 0
    assert "llm.yaml: 0 of 1 examples hold\nllm.yaml: 1 not run: they ask a language model" in answer.out


DEDUCTING = """\
      - id: polite
        title: 文明
        deduct: {points: 2, per: hit, cap: 4}
        fatal: call
        severity: critical
        when: {duration: {min: 5}}
        check: {phrases: {none: [滚]}}
      - {id: smile, title: 微笑, bonus: 2, check: {act: {any: [smile]}}}
"""


def test_a_form_is_shown_as_people_know_it(qa: Command, forms: Path) -> None:
    (forms / "form.yaml").write_text(FORM + DEDUCTING, encoding="utf-8")
    shown = qa("rubric", "show", "form.yaml").out
    assert shown.startswith("小表  form 1.0  (zh)\n10 points in all, pass at 50 %\n")
    assert "-2/hit, at most -4  文明  (polite)  red line: call, critical, when: duration min: 5" in shown
    assert "+2 bonus  微笑  (smile)" in shown
    plain = json.loads(qa("rubric", "show", "form.yaml", "--json").out)
    assert plain["sections"][0]["criteria"][2]["deduct"] == {"points": 2.0, "per": "hit", "cap": 4.0}
    assert len(plain["sha256"]) == 64


def test_the_schema_is_printed_whole(qa: Command) -> None:
    assert json.loads(qa("rubric", "schema").out) == rubric_schema()


# -- evaluate -------------------------------------------------------------------


def test_evaluate_prints_the_documented_figures(qa: Command, forms: Path) -> None:
    """greet: all right. thank: labels yes yes yes no, answers yes no yes no: agree 3/4, chance (3·2 + 1·2)/16 = ½."""
    figures = json.loads(qa("rubric", "evaluate", "calls.jsonl", "--rubric", "form.yaml", "--json").out)
    assert (figures["calls"], figures["rubric"], figures["version"]) == (4, "form", "1.0")
    assert figures["macro_kappa"] == pytest.approx(0.75)
    assert {"n", "kappa", "precision", "recall", "f1"} <= set(figures["criteria"]["greet"])
    assert figures["criteria"]["greet"]["kappa"] == 1
    assert figures["criteria"]["greet"]["evidence_shared"] == 1
    assert figures["criteria"]["thank"]["kappa"] == pytest.approx(0.5)
    assert figures["criteria"]["thank"]["recall"] == pytest.approx(2 / 3)


def test_evaluate_for_people_lists_the_weakest_first(qa: Command, forms: Path) -> None:
    answer = qa("rubric", "evaluate", "calls.jsonl", "--rubric", "form.yaml")
    header, first, second, last = answer.out.splitlines()
    assert header.split() == ["criterion", "n", "yes", "kappa", "95", "%", "prec", "rec", "F1", "evid", "confusion"]
    assert first.split()[:4] == ["thank", "4", "0.75", "0.50"]
    assert first.endswith("yes: 2 yes 1 no; no: 1 no")
    assert second.split()[0] == "greet"
    assert last.startswith("4 calls, mean kappa 0.750 (95 %: ")
    assert MARKER not in answer.out + answer.err


@pytest.mark.parametrize(("least", "code"), [("0.74", 0), ("0.75", 0), ("0.76", 1), ("-1", 0), ("1", 1)])
def test_a_least_kappa_decides_about_the_exit_code(qa: Command, forms: Path, least: str, code: int) -> None:
    answer = qa("rubric", "evaluate", "calls.jsonl", "--rubric", "form.yaml", "--min-kappa", least)
    assert answer.code == code
    assert answer.err == (f"mean kappa 0.750 is below {float(least):g}\n" if code else "")
    assert answer.out.startswith("criterion")


def test_a_label_that_is_misspelt_is_told(qa: Command, forms: Path) -> None:
    text = (forms / "calls.jsonl").read_text(encoding="utf-8").replace('"thank"', '"thanks_"')
    (forms / "calls.jsonl").write_text(text, encoding="utf-8")
    answer = qa("rubric", "evaluate", "calls.jsonl", "--rubric", "form.yaml")
    assert answer.out.splitlines()[-1] == "thank: no call is labelled; is the label thanks_ meant for it?"
    figures = json.loads(qa("rubric", "evaluate", "calls.jsonl", "--rubric", "form.yaml", "--json").out)
    assert (figures["criteria_without_labels"], figures["labels_without_criterion"]) == (["thank"], ["thanks_"])


# -- diff -----------------------------------------------------------------------


def test_diff_names_calls_criteria_and_agents(qa: Command, forms: Path) -> None:
    answer = qa("rubric", "diff", "form.yaml", "strict.yaml", "--calls", "calls.jsonl")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines() == [
        "1 of 4 calls change",
        "  thanks  50.0 pass → 0.0 fail  thank met→missed",
        "by criterion",
        "  thank: met → missed: 1",
        "by agent",
        "  A1: +0.0 points (n=2), newly passed 0, newly failed 0",
        "  A2: -50.0 points (n=1), newly passed 0, newly failed 1",
    ]


def test_diff_as_json(qa: Command, forms: Path) -> None:
    found = json.loads(qa("rubric", "diff", "form.yaml", "strict.yaml", "--calls", "calls.jsonl", "--json").out)
    assert set(found) == {"calls", "changed", "agents", "criteria"}
    assert [change["call_id"] for change in found["changed"]] == ["thanks"]
    assert found["criteria"] == {"thank": [{"before": "met", "after": "missed", "calls": 1}]}
    assert found["agents"]["A2"]["mean_percent_change"] == -50


def test_diff_of_stored_calls_with_a_filter_stores_nothing(qa: Command, forms: Path) -> None:
    assert qa("import", "calls.jsonl", "--rubric", "form.yaml").code == 0
    before = (forms / "qa-pipeline.sqlite3").read_bytes()
    assert "1 of 4 calls change" in qa("rubric", "diff", "form.yaml", "strict.yaml").out
    assert "0 of 2 calls change" in qa("rubric", "diff", "form.yaml", "strict.yaml", "--calls", "agent=A1").out
    none = qa("rubric", "diff", "form.yaml", "strict.yaml", "--calls", "agent=A9")
    assert (none.code, none.err.startswith("qa-pipeline: --calls agent=A9: no call to compare")) == (2, True)
    assert (forms / "qa-pipeline.sqlite3").read_bytes() == before


def test_a_long_list_of_changes_is_cut_on_the_terminal_alone(qa: Command, forms: Path) -> None:
    calls = [call_line(f"c{i:03}", "谢谢") for i in range(MAX_LISTED + 5)]
    (forms / "many.jsonl").write_text("\n".join(json.dumps(call) for call in calls), encoding="utf-8")
    arguments = ("rubric", "diff", "form.yaml", "strict.yaml", "--calls", "many.jsonl")
    lines = qa(*arguments).out.splitlines()
    assert lines[MAX_LISTED + 1] == "  … and 5 more (--json lists all)"
    assert len(json.loads(qa(*arguments, "--json").out)["changed"]) == MAX_LISTED + 5


def test_a_number_in_a_call_id_is_masked(qa: Command, forms: Path) -> None:
    (forms / "one.jsonl").write_text(json.dumps(call_line("13912345678", "谢谢")), encoding="utf-8")
    out = qa("rubric", "diff", "form.yaml", "strict.yaml", "--calls", "one.jsonl").out
    assert "139****5678" in out and "13912345678" not in out


# -- what cannot be asked, and what cannot be read ------------------------------

ASKING = "{llm: {question: 坐席是否感谢了客户？请判断}}"
USING = "conditions: {polite: {llm: {question: 坐席是否礼貌地说话？请判断}}}\nsections:"


@pytest.fixture
def asking(forms: Path) -> Path:
    """form.yaml asks a language model about thanks, strict.yaml about greetings too, by way of a condition."""
    form = FORM.replace("{phrases: {role: agent, any: [谢谢]}}", ASKING)
    (forms / "form.yaml").write_text(form, encoding="utf-8")
    strict = form.replace("sections:", USING).replace('"1.0"', '"1.1"')
    strict = strict.replace("{phrases: {role: agent, any: [您好]}}", "{use: polite}")
    (forms / "strict.yaml").write_text(strict, encoding="utf-8")
    return forms


EVALUATE = ("rubric", "evaluate", "calls.jsonl", "--rubric", "form.yaml", "--json")
DIFF = ("rubric", "diff", "form.yaml", "strict.yaml", "--calls", "calls.jsonl", "--json")


def test_without_a_language_model_it_is_told_what_was_not_asked(qa: Command, asking: Path) -> None:
    evaluated = qa(*EVALUATE)
    assert (evaluated.code, evaluated.err) == (0, "1 llm criterion was not asked: llm_url names no language model\n")
    compared = qa(*DIFF)
    assert (compared.code, compared.err) == (0, "2 llm criteria were not asked: llm_url names no language model\n")


def test_with_a_language_model_it_is_asked_and_nothing_is_stored(
    qa: Command, asking: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QA_PIPELINE_LLM_MODEL", "qwen")
    with LlmServer(saying("no")) as server:
        monkeypatch.setenv("QA_PIPELINE_LLM_URL", server.url)
        evaluated = qa(*EVALUATE)
        assert (evaluated.code, evaluated.err) == (0, "")
        thank = json.loads(evaluated.out)["criteria"]["thank"]["confusion"]
        assert (thank["yes"]["no"], thank["no"]["no"], len(server.requests)) == (3, 1, 4)
        assert qa(*DIFF).err == ""
    assert not (asking / "qa-pipeline.sqlite3").exists()


def test_a_call_of_another_version_stops_none_of_the_others(qa: Command, forms: Path) -> None:
    assert qa("import", "calls.jsonl", "--rubric", "form.yaml").code == 0
    with sqlite3.connect(forms / "qa-pipeline.sqlite3") as raw:
        other = packed_text('{"said": "' + MARKER + '"}')
        raw.execute("update results set payload = ? where call_id = 'greets'", (other,))
    told = "call greets: stored by another version; process it again\n"
    for command, shown in (
        (("rubric", "diff", "form.yaml", "strict.yaml"), "1 of 3 calls change"),
        (("score", "--rubric", "form.yaml"), "both  100.0"),
        (("report", "all", "--rubric", "form.yaml"), "report: "),
        (("report", "call", "both", "--rubric", "form.yaml"), "report: "),
    ):
        answer = qa(*command)
        one = "call" in command
        assert (answer.code, answer.err) == ((0, "") if one else (1, told))
        assert answer.out.startswith(shown) and MARKER not in answer.out
    assert qa("score", "--rubric", "form.yaml", "--calls", "id=both").code == 0
    answer = qa("report", "call", "greets", "--rubric", "form.yaml")
    assert (answer.code, answer.err) == (2, f"qa-pipeline: {told}")
    # Processed again, it is whole.
    statuses = [row["status"] for row in qa("import", "calls.jsonl", "--rubric", "form.yaml", "--json").rows]
    assert statuses == ["skipped", "done", "skipped", "skipped"]
    assert qa("score", "--rubric", "form.yaml").code == 0


# -- long work ------------------------------------------------------------------


@pytest.fixture
def many(forms: Path) -> Path:
    """Thirty calls."""
    calls = [call_line(f"c{i:03}", "谢谢", labels={"thank": "yes"}) for i in range(30)]
    (forms / "many.jsonl").write_text("\n".join(json.dumps(call) for call in calls), encoding="utf-8")
    return forms


LONG = ("rubric evaluate many.jsonl --rubric form.yaml", "rubric diff form.yaml strict.yaml --calls many.jsonl")


@pytest.mark.parametrize("command", LONG)
def test_progress_is_shown_on_a_terminal_and_leaves_the_answer_alone(
    qa: Command, many: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("FORCE_COLOR", "1")  # what the console takes for a terminal
    shown = qa(*command.split(), "--json")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False)
    silent = qa(*command.split(), "--json")
    assert "30/30" in shown.err and "/s" in shown.err and silent.err == ""
    assert (shown.code, shown.out) == (0, silent.out)


@pytest.mark.parametrize("command", LONG)
def test_ctrl_c_in_the_middle_stores_nothing_and_is_told(
    qa: Command, many: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("FORCE_COLOR", "1")
    left = iter(range(5))

    def interrupted(*_: object, **__: object) -> Call:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return original(*_, **__)

    from qa_pipeline import steps

    original = steps.build_imported_call
    monkeypatch.setattr(steps, "build_imported_call", interrupted)
    before = sorted(path.name for path in many.iterdir())
    answer = qa(*command.split())
    assert (answer.code, answer.out) == (130, "")
    assert answer.err.endswith("qa-pipeline: stopped; the same command goes on from here\n")
    assert "Traceback" not in answer.err
    assert answer.err.rindex("\x1b[?25h") > answer.err.rindex("\x1b[?25l")  # the cursor is there again
    assert sorted(path.name for path in many.iterdir()) == before
    monkeypatch.setattr(steps, "build_imported_call", original)
    assert qa(*command.split()).code == 0


# -- a published version keeps its meaning --------------------------------------


def changed(folder: Path, version: str = "1.0") -> None:
    text = STRICT.replace('"1.1"', f'"{version}"')
    (folder / "form.yaml").write_text(text, encoding="utf-8")


@pytest.fixture
def commands(qa: Command, forms: Path, spoken: None) -> Iterator[list[tuple[str, ...]]]:
    """A store with results of form 1.0, and the commands that would add some."""
    wav(forms / "b.wav")
    (forms / "a.txt").write_text("坐席：您好\n客户：喂\n", encoding="utf-8")
    assert qa("import", "calls.jsonl", "--rubric", "form.yaml").code == 0
    yield [(*command, "--rubric", "form.yaml") for command in (("score",), ("import", "a.txt"), ("run", "b.wav"))]


def test_a_changed_file_under_the_same_version_is_refused(
    qa: Command, forms: Path, commands: list[tuple[str, ...]]
) -> None:
    changed(forms)
    for command in commands:
        answer = qa(*command)
        assert (answer.code, answer.out) == (2, "")
        assert answer.err.startswith("qa-pipeline: form.yaml: form 1.0 has results already, made by another file")
        assert answer.err.endswith("raise version, then run this again\n")
        assert len(answer.err.splitlines()) == 1
    # Nothing was stored on the way.
    (forms / "form.yaml").write_text(FORM, encoding="utf-8")
    rows = qa("score", "--rubric", "form.yaml", "--json").rows
    assert sorted(row["call_id"] for row in rows) == ["both", "greets", "neither", "thanks"]


def test_the_same_file_elsewhere_and_another_form_are_let_pass(
    qa: Command, forms: Path, commands: list[tuple[str, ...]]
) -> None:
    (forms / "copy.yaml").write_text(FORM, encoding="utf-8")
    assert qa("score", "--rubric", "copy.yaml").code == 0
    (forms / "other.yaml").write_text(STRICT.replace("id: form", "id: other").replace("1.1", "1.0"), encoding="utf-8")
    assert qa("score", "--rubric", "other.yaml").code == 0


def test_a_simulation_is_always_allowed(qa: Command, forms: Path, commands: list[tuple[str, ...]]) -> None:
    changed(forms)
    answer = qa("score", "--simulate", "--rubric", "form.yaml", "--json")
    assert answer.code == 0
    assert {row["call_id"]: (row["percent_before"], row["percent"]) for row in answer.rows}["thanks"] == (50, 0)
    assert "1 of 4 calls change" not in answer.out


def test_a_raised_version_is_let_pass_and_both_stay_readable(
    qa: Command, forms: Path, commands: list[tuple[str, ...]]
) -> None:
    (forms / "old.yaml").write_text(FORM, encoding="utf-8")
    changed(forms, "1.1")
    assert [qa(*command).code for command in commands] == [0, 0, 0]
    pages = {}
    for name in ("old.yaml", "form.yaml"):
        assert qa("report", "call", "thanks", "--rubric", name, "--out", f"pages-{name}").code == 0
        pages[name] = (forms / f"pages-{name}" / "calls" / "thanks.html").read_text(encoding="utf-8")
    assert "1.0" in pages["old.yaml"] and "1.1" in pages["form.yaml"]
    assert pages["old.yaml"] != pages["form.yaml"]
    # The old version is still guarded, and still of use.
    assert qa("score", "--rubric", "old.yaml").code == 0
    (forms / "old.yaml").write_text(FORM + "# later\n", encoding="utf-8")
    assert qa("score", "--rubric", "old.yaml").code == 2
