"""Scoring again: what is stored, and that it depends on nothing but call and rubric."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.config import Settings
from qa_pipeline.core.call import Call
from qa_pipeline.rescoring import CALLS_AT_ONCE, MAX_WAITING, Change, Rescoring, score_here, score_on
from qa_pipeline.resources import demo_dir
from qa_pipeline.rubric.loading import load_rubric
from qa_pipeline.store.database import Store, open_store
from tests.cli.conftest import Command
from tests.cli.conftest import qa as qa

RUBRIC = "ten-point-inspection"

_CARDS = """
import sys
from qa_pipeline.rubric.loading import load_rubric
from qa_pipeline.scoring import score
from qa_pipeline.store.codec import encode
from qa_pipeline.store.database import open_store
with open_store("qa-pipeline.sqlite3") as store:
    for name in sys.argv[1:]:
        for call in store.calls():
            print(encode(score(call, load_rubric(name))))
"""


@pytest.fixture
def stored(qa: Command, folder: Path) -> None:
    assert qa("import", str(demo_dir() / "reference.jsonl"), "--rubric", RUBRIC).code == 0


def cards_of_a_process(seed: str) -> str:
    command = [sys.executable, "-c", _CARDS, RUBRIC, "telesales-coaching", "vas-15-seconds"]
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


@pytest.mark.usefixtures("stored")
def test_every_process_gives_the_same_scorecards() -> None:
    """Evidence too, hits at one place included: else each run would store them again."""
    first, second = (cards_of_a_process(seed) for seed in ("1", "2"))
    assert first.count("\n") > 25
    assert second == first


def scored(store: Store) -> int:
    work = Rescoring(Settings(), load_rubric(RUBRIC))
    before = store.count_rows()["scorecards"]
    assert list(score_here(work, store, store.call_ids()))
    return store.count_rows()["scorecards"] - before


@pytest.mark.usefixtures("stored")
def test_a_call_that_was_made_anew_gets_a_scorecard_of_its_own() -> None:
    with open_store("qa-pipeline.sqlite3") as store:
        assert scored(store) == 0
        call_id = store.call_ids()[0]
        call = store.call(call_id)
        assert isinstance(call, Call)
        # The sheet of calls was corrected: the call has another key, and scores as it did.
        changed = replace(call, metadata=replace(call.metadata, team="二组"))
        store.put_result(call_id, "call", "another key", changed)
        assert store.scorecard(call_id, RUBRIC, load_rubric(RUBRIC).sha256, "another key") is None
        assert scored(store) == 1
        assert store.scorecard(call_id, RUBRIC, load_rubric(RUBRIC).sha256, "another key") is not None
        assert scored(store) == 0


class Late:
    """An executor whose first answer comes last, as where a worker died of it."""

    def run(self, start: Any, tasks: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        first, *rest = tasks
        for task in (*rest, first):
            yield task, [Change(call_id, None, None) for call_id in task]


def test_answers_come_in_order_and_do_not_pile_up_behind_a_late_one() -> None:
    call_ids = [f"{number:05}" for number in range(CALLS_AT_ONCE * (MAX_WAITING + 10))]
    work = Rescoring(Settings(), load_rubric(RUBRIC))
    told = [change.call_id for change in score_on(Late(), work, call_ids)]
    assert told == call_ids[CALLS_AT_ONCE:] + call_ids[:CALLS_AT_ONCE]
    short = call_ids[: CALLS_AT_ONCE * 3]
    assert [change.call_id for change in score_on(Late(), work, short)] == short
