"""The rate beside a progress bar."""

from __future__ import annotations

import pytest

from qa_pipeline.cli.rate import rate_in_words


@pytest.mark.parametrize(
    ("per_s", "words"),
    [
        (0.0, ""),
        (120.0, "120/s"),
        (2.54, "2.5/s"),
        (0.25, "15/min"),
        (0.02, "1.2/min"),
        (0.005, "18/h"),
    ],
)
def test_in_the_unit_that_can_be_read(per_s: float, words: str) -> None:
    assert rate_in_words(per_s) == words
