"""Answers of language models in the store: found again by their key, in both kinds of database."""

from __future__ import annotations

import threading

import pytest

from qa_pipeline.checks.llm_judge import AnswerCache
from qa_pipeline.checks.registry import run_check
from qa_pipeline.store.database import Store, open_store
from tests.checks.llm_server import LlmServer, saying
from tests.factories import A, call, check


@pytest.fixture
def path(store_url: str) -> str:
    return store_url


def test_an_answer_is_found_by_its_key_alone(path: str) -> None:
    with open_store(path) as store:
        assert store.llm_answer("k") is None
        store.put_llm_answer("k", '{"quote": "您好"}', "qwen")
        store.put_llm_answer("other", "x", "qwen")
        assert store.llm_answer("k") == '{"quote": "您好"}'
    with open_store(path) as again:
        assert again.llm_answer("k") == '{"quote": "您好"}'


def test_a_later_answer_takes_the_place_of_the_earlier_one(path: str) -> None:
    with open_store(path) as store:
        store.put_llm_answer("k", "damaged", "qwen")
        store.put_llm_answer("k", "good", "m" * 300)
        assert store.llm_answer("k") == "good"
        with store.reading() as connection:
            rows = connection.exec_driver_sql("select key, answer, length(model) from llm_answers").all()
        assert [tuple(row) for row in rows] == [("k", "good", 200)]


@pytest.mark.parametrize("hostile", ["'; DROP TABLE llm_answers; --", "您好\x00", "😀", ""])
def test_answers_are_plain_values(path: str, hostile: str) -> None:
    with open_store(path) as store:
        store.put_llm_answer("k", hostile, hostile)
        kept = hostile.replace("\x00", "\ufffd") if store.engine.dialect.name == "postgresql" else hostile
        assert store.llm_answer("k") == kept


def test_two_that_write_the_same_key_at_once_do_not_fail(path: str) -> None:
    failures: list[BaseException] = []

    def write(store: Store, answer: str) -> None:
        try:
            for _ in range(20):
                store.put_llm_answer("k", answer, "qwen")
        except BaseException as error:  # noqa: BLE001 - reported by the test's own thread
            failures.append(error)

    with open_store(path) as first, open_store(path) as second:
        threads = [threading.Thread(target=write, args=pair) for pair in ((first, "a"), (second, "b"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert first.llm_answer("k") in ("a", "b")


def test_a_store_is_the_cache_of_a_judge_across_runs(path: str) -> None:
    talk, asked = call((A, "您好")), check(llm={"question": "坐席有没有问候客户？"})
    with LlmServer(saying("yes", 0, "您好")) as server:
        findings = []
        for _ in range(2):
            with open_store(path) as store:
                cache: AnswerCache = store
                findings.append(run_check(asked, talk, judge=server.judge(cache)))
    assert findings[0] == findings[1]
    assert findings[0].hits
    assert len(server.requests) == 1
