"""Benchmarks are run by hand: that they still fit the program is seen here, without timing anything."""

from __future__ import annotations

import importlib

import pytest

from benchmarks import non_speech


@pytest.mark.parametrize(
    "name",
    [
        "broken_batch",
        "export",
        "help_start",
        "kills",
        "long_recordings",
        "matching",
        "no_words",
        "non_speech",
        "period_reports",
        "score_sheets",
        "scale",
        "scoring",
        "stages",
        "voice_facts",
        "word_list",
        "workers",
    ],
)
def test_every_benchmark_of_make_bench_has_a_main(name: str) -> None:
    assert callable(importlib.import_module(f"benchmarks.{name}").main)


def test_the_cost_of_loading_is_paid_before_it_is_measured() -> None:
    non_speech.warm_up("telesales-coaching")
