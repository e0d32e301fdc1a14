"""What a reader of a call page must know about it."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from qa_pipeline.core.call import ChannelQuality, MadeBy, Role, RoleDecision
from qa_pipeline.core.score import Reason
from qa_pipeline.report.call.notices import notices
from tests.factories import A, call


def made_by(model: str) -> tuple[MadeBy, ...]:
    return (MadeBy("transcribe", "0", model),)


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        ("demo_model", {"made_by": made_by("faster-whisper demo-zh")}),
        ("low_confidence", {"confidence": 0.3}),
        ("imported_no_audio", {"recording": None}),
        ("mono", {"recording_fields": {"channels": 1}}),
        ("mono", {"recording_fields": {"identical_channels": True}}),
        ("truncated", {"recording_fields": {"truncated": True}}),
    ],
)
def test_what_a_reader_must_know_is_noticed(code: str, fields: dict[str, Any]) -> None:
    plain = call((A, "您好", 0, 1), recording_s=5, confidence=0.9)
    assert notices(plain, 0.5) == ()
    more = dict(fields)
    if changed := more.pop("recording_fields", None):
        assert plain.recording is not None
        more["recording"] = dataclasses.replace(plain.recording, **changed)
    assert notices(dataclasses.replace(plain, **more), 0.5) == (code,)


@pytest.mark.parametrize(
    ("code", "decision"),
    [
        ("channels_swapped", RoleDecision(0, A, "conflict", 0.97)),
        ("roles_conflict", RoleDecision(0, Role.UNKNOWN, "conflict", 0.7)),
        ("roles_from_text", RoleDecision(0, A, "text", 0.97)),
        ("roles_from_voices", RoleDecision(0, A, "text", 0.97, voice=0)),
    ],
)
def test_how_roles_were_found_is_noticed(code: str, decision: RoleDecision) -> None:
    plain = call((A, "您好", 0, 1), recording_s=5)
    conversation = dataclasses.replace(plain.conversation, roles=(decision,))
    assert notices(dataclasses.replace(plain, conversation=conversation), 0.5) == (code,)


def test_a_dead_channel_is_noticed_beside_one_that_sounds() -> None:
    plain = call((A, "您好", 0, 1), recording_s=5)
    assert plain.recording is not None
    for dead, told in (((False, True), ("dead_channel",)), ((True, True), ()), ((False, False), ())):
        quality = tuple(ChannelQuality(i, -20, -3, 0.0, 0.1, each) for i, each in enumerate(dead))
        source = dataclasses.replace(plain.recording, quality=quality)
        assert notices(dataclasses.replace(plain, recording=source), 0.5) == told


def test_what_a_reason_for_not_scoring_says_is_no_notice_as_well() -> None:
    cut = call((A, "您好", 0, 1), recording_s=5, confidence=0.3)
    assert cut.recording is not None
    cut = dataclasses.replace(cut, recording=dataclasses.replace(cut.recording, truncated=True))
    assert notices(cut, 0.5, [Reason("low_confidence"), Reason("recording_truncated")]) == ()
    assert notices(cut, 0.5, [Reason("recording_truncated")]) == ("low_confidence",)
    assert notices(call(recording_s=5), 0.5, [Reason("no_speech")]) == ()


def test_silence_and_unknown_roles_are_noticed() -> None:
    assert notices(call(recording_s=5), 0.5) == ("silent",)
    assert notices(call(("unknown", "您好", 0, 1), recording_s=5), 0.5) == ("roles_unknown",)
