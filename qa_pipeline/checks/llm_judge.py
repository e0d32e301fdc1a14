"""From settings to a judge: a server that is asked, and a cache, so that nothing is asked twice."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Protocol

from qa_pipeline.checks.context import Accepted, Judge, LlmFailure
from qa_pipeline.checks.llm_answer import ANSWER_VERSION
from qa_pipeline.checks.llm_client import ChatClient, ChatOptions
from qa_pipeline.config import Settings
from qa_pipeline.core.errors import UserError


class AnswerCache(Protocol):
    """Answers by the hash of what was asked; the store is one."""

    def llm_answer(self, key: str) -> str | None: ...

    def put_llm_answer(self, key: str, answer: str, model: str) -> None: ...


class MemoryAnswers:
    """Forgets with the program; reads, but never writes, the cache behind it."""

    def __init__(self, behind: AnswerCache | None = None) -> None:
        self._behind = behind
        self._answers: dict[str, str] = {}

    def llm_answer(self, key: str) -> str | None:
        if key in self._answers:
            return self._answers[key]
        return self._behind.llm_answer(key) if self._behind else None

    def put_llm_answer(self, key: str, answer: str, model: str) -> None:
        self._answers[key] = answer


class CachedJudge:
    """Keeps every answer that was accepted; failures, and answers that do not hold, are asked for again."""

    def __init__(self, client: ChatClient, model: str, cache: AnswerCache) -> None:
        self._client = client
        self._model = model
        self._cache = cache

    @property
    def model(self) -> str:
        return self._model

    def answer(self, system: str, question: str, accept: Callable[[str], Accepted]) -> Accepted:
        key = answer_key(self._model, system, question)
        known = self._cache.llm_answer(key)
        if known is not None:
            with suppress(LlmFailure):
                return accept(known)
        raw = self._client.complete(system, question)
        accepted = accept(raw)
        self._cache.put_llm_answer(key, raw, self._model)
        return accepted


def answer_key(model: str, system: str, question: str) -> str:
    """Names an answer by all that it depends on; not by the address: the same model may move."""
    return hashlib.sha256(json.dumps([ANSWER_VERSION, model, system, question]).encode()).hexdigest()


def make_judge(
    settings: Settings, cache: AnswerCache | None = None, environment: Mapping[str, str] | None = None
) -> Judge | None:
    """The judge that the settings name; None when there is none. UserError where they do not fit together."""
    if not settings.llm_url:
        return None
    if not settings.llm_model.strip():
        raise UserError("llm_model: llm_url is set, so name the model that answers there")
    options = ChatOptions(
        settings.llm_url,
        settings.llm_model,
        _key(settings.llm_key_env, os.environ if environment is None else environment),
        settings.llm_timeout_s,
        settings.llm_max_retries,
    )
    return CachedJudge(ChatClient(options), settings.llm_model, MemoryAnswers() if cache is None else cache)


def _key(variable: str, environment: Mapping[str, str]) -> str:
    if not variable:
        return ""
    key = environment.get(variable, "").strip()
    if not key:
        raise UserError(f"llm_key_env: the environment holds no {variable}; set it, or leave llm_key_env empty")
    if not (key.isascii() and key.isprintable() and " " not in key):
        raise UserError(f"llm_key_env: {variable} holds characters that no key has; copy the key again")
    return key
