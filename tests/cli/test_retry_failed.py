"""``run --retry-failed`` where what failed before lies in a place that cannot be asked for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.core.errors import StepFailure
from qa_pipeline.store.database import open_store
from tests.cli.conftest import Command


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), OSError(5, "Input/output error")])
def test_what_failed_in_a_folder_that_cannot_be_entered_is_told(
    qa: Command, folder: Path, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    with open_store("qa-pipeline.sqlite3") as store:
        store.put_failure(str(folder / "closed" / "a.wav"), "", StepFailure("ingest", "empty_file", "a.wav: empty"))
    ask = os.stat

    def refusing(path: Any, *options: Any, **named: Any) -> os.stat_result:
        if "closed" in str(path):
            raise error
        return ask(path, *options, **named)

    monkeypatch.setattr(os, "stat", refusing)
    answer = qa("run", "--retry-failed")
    assert answer.code == 2
    assert "no longer there: " in answer.err
    assert "no recording that failed before is left to try again" in answer.err
