"""``run`` and ``score`` with a language model: when calls are scored again, and what is kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.core.score import Scorecard, Verdict
from qa_pipeline.store.codec import unpack
from tests.checks.llm_server import LlmServer, saying
from tests.cli.conftest import MARKER, Command, wav
from tests.local_server import respond

RUBRIC = """
id: judged
version: "1.0"
title: t
recording: {min_duration_s: 0, min_speech_s: 0}  # those of tests last a second
sections:
  - id: s
    title: s
    criteria:
      - {id: greet, title: t, points: 5, check: {phrases: {role: agent, any: [您好]}}}
      - {id: judged, title: t, points: 5, check: {llm: {role: agent, question: 坐席有没有问候客户？}}}
"""

YES = saying("yes", 0, "您好")


@pytest.fixture
def server() -> Iterator[LlmServer]:
    with LlmServer(YES) as started:
        yield started


@pytest.fixture
def on(server: LlmServer, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The model is configured; ``on.delenv("QA_PIPELINE_LLM_URL")`` turns it off again."""
    monkeypatch.setenv("QA_PIPELINE_LLM_MODEL", "qwen")
    monkeypatch.setenv("QA_PIPELINE_LLM_MAX_RETRIES", "0")
    monkeypatch.setenv("QA_PIPELINE_LLM_URL", server.url)
    return monkeypatch


@pytest.fixture
def ready(folder: Path, spoken: None) -> Path:
    (folder / "judged.yaml").write_text(RUBRIC, encoding="utf-8")
    (folder / "calls.csv").write_text("recording,call_id,agent_channel\na.wav,C1,left\n", encoding="utf-8")
    wav(folder / "a.wav")
    return folder


def run(qa: Command) -> dict[str, Any]:
    answer = qa("run", "a.wav", "--calls", "calls.csv", "--rubric", "judged.yaml", "--json")
    assert (answer.code, answer.err) == (0, "")
    assert MARKER not in answer.out
    return answer.rows[0]


def cards(folder: Path) -> list[Scorecard]:
    """All scorecards that were stored, the newest last."""
    with sqlite3.connect(folder / "qa-pipeline.sqlite3") as raw:
        return [unpack(Scorecard, row[0]) for row in raw.execute("select payload from scorecards order by id")]


def judged(card: Scorecard) -> tuple[Verdict, str]:
    outcome = card.outcomes[1]
    return outcome.verdict, outcome.reason.code


OFF = (Verdict.NOT_SCORABLE, "llm_off")
MET = (Verdict.MET, "llm_yes")


def test_a_call_scored_without_the_model_is_scored_again_with_it(
    qa: Command, ready: Path, server: LlmServer, on: pytest.MonkeyPatch
) -> None:
    on.delenv("QA_PIPELINE_LLM_URL")
    assert [run(qa)["status"], run(qa)["status"]] == ["done", "skipped"]
    on.setenv("QA_PIPELINE_LLM_URL", server.url)
    assert [run(qa)["status"], run(qa)["status"]] == ["done", "skipped"]
    assert [judged(card) for card in cards(ready)] == [OFF, MET]
    assert [card.made_by.options for card in cards(ready)] == ["rules=3", "rules=3; llm=qwen"]
    assert len(server.requests) == 1
    # Turned off again, what was judged stays in force.
    on.delenv("QA_PIPELINE_LLM_URL")
    assert run(qa)["status"] == "skipped"


def test_another_model_judges_anew(qa: Command, ready: Path, server: LlmServer, on: pytest.MonkeyPatch) -> None:
    run(qa)
    on.setenv("QA_PIPELINE_LLM_MODEL", "other")
    assert run(qa)["status"] == "done"
    assert [request.body["model"] for request in server.requests] == ["qwen", "other"]


def test_a_server_that_failed_is_asked_again_by_the_next_run(
    qa: Command, ready: Path, server: LlmServer, on: pytest.MonkeyPatch
) -> None:
    server.replies = [respond(b"", 500)]
    assert run(qa)["status"] == "done"
    assert run(qa)["status"] == "skipped"  # asked, nothing new, nothing written
    server.replies = [YES]
    assert run(qa)["status"] == "done"
    assert [judged(card) for card in cards(ready)] == [(Verdict.NOT_SCORABLE, "llm_http_error"), MET]
    assert len(server.requests) == 3


def test_score_uses_the_answers_that_are_kept(
    qa: Command, ready: Path, server: LlmServer, on: pytest.MonkeyPatch
) -> None:
    run(qa)
    answer = qa("score", "--rubric", "judged.yaml", "--json")
    assert answer.rows[0]["criteria"] == {"greet": "met", "judged": "met"}
    assert len(server.requests) == 1


def test_import_asks_again_what_was_not_answered(
    qa: Command, ready: Path, server: LlmServer, on: pytest.MonkeyPatch
) -> None:
    (ready / "b.txt").write_text("坐席：您好\n客户：喂\n", encoding="utf-8")

    def imported() -> tuple[str, str]:
        answer = qa("import", "b.txt", "--rubric", "judged.yaml", "--json")
        assert (answer.code, answer.err) == (0, "")
        return answer.rows[0]["status"], answer.rows[0]["reason"]

    on.delenv("QA_PIPELINE_LLM_URL")
    assert [imported(), imported()] == [("done", ""), ("skipped", "already stored")]
    on.setenv("QA_PIPELINE_LLM_URL", server.url)
    server.replies = [respond(b"", 500)]
    assert [imported()[0], imported()[0]] == ["done", "skipped"]  # asked both times, nothing new the second time
    server.replies = [YES]
    assert [imported()[0], imported()[0]] == ["done", "skipped"]
    assert [judged(card) for card in cards(ready)] == [OFF, (Verdict.NOT_SCORABLE, "llm_http_error"), MET]
    assert len(server.requests) == 3


def test_import_scores_again_with_another_trained_model(
    qa: Command, ready: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ready / "b.txt").write_text("坐席：您好\n客户：喂\n", encoding="utf-8")
    statuses = []
    for revision in ("model=1", "model=1", "model=2"):
        monkeypatch.setattr("qa_pipeline.scoring._trained", lambda rubric, made_with=revision: [made_with])
        statuses.append(qa("import", "b.txt", "--rubric", "judged.yaml", "--json").rows[0]["status"])
    assert statuses == ["done", "skipped", "done"]
    assert [card.made_by.options for card in cards(ready)] == ["rules=3; model=1", "rules=3; model=2"]


def test_a_simulation_writes_nothing(qa: Command, ready: Path, server: LlmServer, on: pytest.MonkeyPatch) -> None:
    on.delenv("QA_PIPELINE_LLM_URL")
    run(qa)
    on.setenv("QA_PIPELINE_LLM_URL", server.url)
    answer = qa("score", "--simulate", "--rubric", "judged.yaml", "--json")
    assert answer.rows[0]["criteria"]["judged"] == "met"
    assert [judged(card) for card in cards(ready)] == [OFF]
    with sqlite3.connect(ready / "qa-pipeline.sqlite3") as raw:
        assert raw.execute("select count(*) from llm_answers").fetchone() == (0,)


def test_a_rubric_without_llm_checks_asks_nobody(
    qa: Command, ready: Path, server: LlmServer, on: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        qa("run", "a.wav", "--calls", "calls.csv")
    assert ["llm=" in card.made_by.options for card in cards(ready)] == [False]
    assert server.requests == []


def test_settings_that_do_not_fit_are_told_in_one_line(qa: Command, ready: Path, on: pytest.MonkeyPatch) -> None:
    on.setenv("QA_PIPELINE_LLM_KEY_ENV", "NO_SUCH_KEY")
    for command in (("run", "a.wav"), ("score",)):
        answer = qa(*command)
        assert (answer.code, len(answer.err.splitlines())) == (2, 1)
        assert "llm_key_env" in answer.err
