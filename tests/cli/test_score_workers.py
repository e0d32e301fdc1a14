"""``score --workers``: the same scorecards, in the same order, as without."""

from __future__ import annotations

import pytest

from qa_pipeline.resources import demo_dir
from qa_pipeline.store.database import open_store
from tests.cli.conftest import Command


@pytest.fixture
def stored(qa: Command) -> None:
    assert qa("import", str(demo_dir() / "reference.jsonl")).code == 0


def test_two_workers_give_what_one_process_gives(qa: Command, stored: None) -> None:
    simulated = qa("score", "--simulate", "--rubric", "ten-point-inspection", "--json")
    assert simulated.code == 0
    shared = qa("score", "--rubric", "ten-point-inspection", "--workers", "2", "--json")
    assert (shared.code, shared.out) == (0, simulated.out)
    assert len(shared.rows) > 5
    with open_store("qa-pipeline.sqlite3") as store:
        cards = [store.scorecard(row["call_id"], "ten-point-inspection") for row in shared.rows]
    assert [card.percent if card else "none" for card in cards] == [row["percent"] for row in shared.rows]


def test_a_second_time_nothing_is_added(qa: Command, stored: None) -> None:
    for _ in range(2):
        assert qa("score", "--workers", "2").code == 0
    with open_store("qa-pipeline.sqlite3") as store:
        counts = store.count_rows()
    assert counts["scorecards"] == counts["calls"]


def test_only_the_wanted_calls_are_scored(qa: Command, stored: None) -> None:
    every = qa("score", "--simulate", "--json").rows
    some = qa("score", "--simulate", "--json", "--workers", "2", "--calls", f"id={every[2]['call_id']}").rows
    assert some == [every[2]]
