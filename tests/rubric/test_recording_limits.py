"""Limits of recordings in rubric files: defaults, values that switch them off, nonsense refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_pipeline.rubric.loading import RubricError, load_rubric
from qa_pipeline.rubric.recording_limits import RecordingLimits

FORM = """\
id: form
version: "1.0"
title: 小表
{recording}sections:
  - id: main
    title: 主要
    criteria:
      - {{id: greet, title: 问候, points: 5, check: {{phrases: {{role: agent, any: [您好]}}}}}}
"""


def form(folder: Path, *lines: str) -> Path:
    """A rubric file with these lines under ``recording``."""
    path = folder / "form.yaml"
    below = "".join(f"  {line}\n" for line in lines)
    path.write_text(FORM.format(recording=f"recording:\n{below}" if lines else ""), encoding="utf-8")
    return path


def problems(path: Path) -> list[tuple[int, str, str]]:
    """Line, path and message."""
    with pytest.raises(RubricError) as caught:
        load_rubric(str(path))
    return [(p.line, ".".join(map(str, p.path)), p.message) for p in caught.value.problems]


def test_a_form_that_says_nothing_has_the_defaults(tmp_path: Path) -> None:
    limits = load_rubric(str(form(tmp_path))).rubric.recording
    assert limits == RecordingLimits()
    assert (limits.min_duration_s, limits.min_speech_s, limits.both_parties, limits.allow_truncated) == (
        10,
        3,
        True,
        False,
    )


def test_what_a_form_says_holds_and_the_rest_keeps_its_default(tmp_path: Path) -> None:
    limits = load_rubric(str(form(tmp_path, "min_duration_s: 15", "min_level_db: -120", "both_parties: false"))).rubric
    assert limits.recording == RecordingLimits(min_duration_s=15, min_level_db=-120, both_parties=False)


@pytest.mark.parametrize(
    ("line", "key", "message"),
    [
        ("min_duration_s: -1", "min_duration_s", "must be greater than or equal to 0 (found -1)"),
        ("min_duration_s: 7200", "min_duration_s", "must be less than or equal to 3600 (found 7200)"),
        ("min_speech_s: '3'", "min_speech_s", "must be a number (found '3')"),
        ("min_speech_s: .nan", "min_speech_s", "unusual number"),
        ("min_level_db: 45", "min_level_db", "must be less than or equal to -20 (found 45)"),
        ("min_level_db: -121", "min_level_db", "must be greater than or equal to -120 (found -121)"),
        ("max_clipped_percent: 101", "max_clipped_percent", "must be less than or equal to 100 (found 101)"),
        ("allow_truncated: maybe", "allow_truncated", "must be true or false (found 'maybe')"),
        ("both_parties: 1", "both_parties", "must be true or false (found 1)"),
        ("min_duration: 5", "min_duration", "unknown key; did you mean min_duration_s?"),
    ],
)
def test_nonsense_is_refused_with_its_line(tmp_path: Path, line: str, key: str, message: str) -> None:
    path = form(tmp_path, "# limits", line)
    ((number, place, told),) = problems(path)
    assert (number, place) == (6, f"recording.{key}")
    assert message in told


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    path = form(tmp_path, "min_level_db: 45", "max_clipped_percent: 101", "min_speech_s: -1", "both_parties: maybe")
    assert [(number, place) for number, place, _ in problems(path)] == [
        (5, "recording.min_level_db"),
        (6, "recording.max_clipped_percent"),
        (7, "recording.min_speech_s"),
        (8, "recording.both_parties"),
    ]


def test_limits_are_a_mapping(tmp_path: Path) -> None:
    path = form(tmp_path)
    path.write_text(FORM.format(recording="recording: [10]\n"), encoding="utf-8")
    assert problems(path) == [(4, "recording", "must be a mapping")]
