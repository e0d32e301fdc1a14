"""Which rows the options of ``asr evaluate`` stand for."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_pipeline.cli.asr_variants import KEYS, Asked, variants_of
from qa_pipeline.config import Settings


def names(asked: Asked) -> list[str]:
    return [variant.name for variant in variants_of(asked)]


def settings_of(asked: Asked) -> list[Settings]:
    return [variant.settings for variant in variants_of(asked) if variant.settings]


def test_every_key_of_a_variant_is_a_setting() -> None:
    assert [key for key in KEYS if key not in Settings.model_fields] == []


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (Asked({}), ["large-v3-turbo"]),
        (Asked({}, models=["small"]), ["small"]),
        (Asked({}, models=["small", "medium"]), ["small", "medium"]),
        (Asked({}, engines=["funasr", "qwen"]), ["funasr", "qwen"]),
        (Asked({}, models=["a", "b"], engines=["funasr"]), ["funasr a", "funasr b"]),
        (Asked({}, variants=["x", "y: beam_size=1"]), ["x", "y"]),
        (Asked({}, transcripts=[Path("d/other.jsonl")]), ["other"]),
        (Asked({}, models=["small"], transcripts=[Path("other.jsonl")]), ["small", "other"]),
        (Asked({}, default_model="demo-zh"), ["demo-zh"]),
    ],
)
def test_rows_and_their_names(asked: Asked, expected: list[str]) -> None:
    assert names(asked) == expected


def test_variants_change_the_shared_settings_by_what_they_name() -> None:
    usual, fast = settings_of(
        Asked({"device": "cpu"}, models=["small"], variants=["usual", "fast: beam_size=1, word_prompt=false"])
    )
    assert (usual.model, usual.device, usual.beam_size, usual.word_prompt) == ("small", "cpu", 5, True)
    assert (fast.model, fast.device, fast.beam_size, fast.word_prompt) == ("small", "cpu", 1, False)


def test_an_empty_word_list_means_none() -> None:
    (without,) = settings_of(Asked({"words": Path("w.txt")}, variants=["without: words="]))
    assert without.words is None


def test_a_value_in_quotes_may_hold_a_comma() -> None:
    (settings,) = settings_of(Asked({}, variants=['x: "words=a,b.txt", beam_size=2']))
    assert (settings.words, settings.beam_size) == (Path("a,b.txt"), 2)


def test_an_address_may_hold_colons_and_equals_signs() -> None:
    (settings,) = settings_of(Asked({}, variants=["x: engine=openai, asr_url=http://127.0.0.1:8000/v1"]))
    assert settings.asr_url == "http://127.0.0.1:8000/v1"


def test_the_demo_model_is_for_its_own_engine_alone() -> None:
    ours, other = settings_of(
        Asked({}, variants=["ours", "other: engine=funasr, model=paraformer"], default_model="demo-zh")
    )
    assert (ours.model, other.model) == ("demo-zh", "paraformer")
    (alone,) = settings_of(Asked({}, engines=["funasr"], default_model="demo-zh"))
    assert alone.model != "demo-zh"
