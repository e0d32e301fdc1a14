"""What a measurement says where the system does not tell how much memory was used."""

from __future__ import annotations

import sys

import pytest

from qa_pipeline.cli.measure import Speed, peak_memory_mb

SPEED = Speed(60.0, 40.0, 3, 2.5, 6.0, None)


def test_where_nobody_counts_memory_the_speed_is_told_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resource", None)  # as on Windows
    assert peak_memory_mb() is None
    assert SPEED.wording.startswith("real-time factor 0.100") and "memory" not in SPEED.wording


def test_memory_is_told_in_megabytes() -> None:
    pytest.importorskip("resource")
    peak = peak_memory_mb()
    assert peak is not None and 10 < peak < 1e6
    assert Speed(60.0, 40.0, 3, 2.5, 6.0, 123.4).wording.endswith("; 123 MB of memory at most")
