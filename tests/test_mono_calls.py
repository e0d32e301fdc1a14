"""The demo's two-channel calls mixed into one channel: who said which word is found again, and no more is claimed."""

from __future__ import annotations

from functools import lru_cache

import pytest

from qa_pipeline.audio.ingest import IngestOptions, ingest
from qa_pipeline.core.call import Call, CallMetadata, MadeBy, Role, Segment, Separation, Transcript, Word
from qa_pipeline.core.span import Span, merge, shared_s, total_s
from qa_pipeline.listening import hear
from qa_pipeline.resources import demo_dir
from qa_pipeline.speakers.roles import load_role_model
from qa_pipeline.steps import build_call
from qa_pipeline.transcribe.labelled import LabelledCall, read_labelled
from qa_pipeline.transcribe.voice_activity import VoiceActivityOptions, speech_spans
from tests.factories import A, C, recording

ENGINE = MadeBy("transcribe", "0.1.0", "reference")
CALLS = {call.call_id: call for call in read_labelled(demo_dir() / "reference.jsonl")}
#: All with two parties on two channels.
TWO_CHANNELS = ["D01", "D02", "D03", "D04", "D05", "D06", "D07", "D08", "D09", "D10", "D11"]


@lru_cache(maxsize=16)
def mixed(call_id: str) -> tuple[Call, Separation]:
    """The call of the mixed sound, with the words of the reference."""
    source, channels = ingest(demo_dir() / "recordings" / str(CALLS[call_id].recording), IngestOptions(settle_s=0.0))
    sound = channels[0] + channels[1]
    words = Transcript("zh", None, tuple(segments(CALLS[call_id])), (speech_spans(sound, VoiceActivityOptions()),))
    mono = recording(source.duration_s, channels=1)
    dialogue = hear(mono, words, [sound], load_role_model("zh"))
    return build_call(call_id, mono, words, dialogue, CallMetadata(), ENGINE), dialogue.separation


def segments(reference: LabelledCall) -> list[Segment]:
    return [
        Segment(0, turn.span, turn.text, turn.words, 0.9)
        for turn in reference.conversation.turns
        if turn.span is not None
    ]


def truth(call_id: str) -> list[tuple[Span, Role]]:
    return [(word.span, turn.role) for turn in CALLS[call_id].conversation.turns for word in turn.words]


def role_of(made: Call) -> dict[Word, Role]:
    return {word: turn.role for turn in made.turns for word in turn.words}


@pytest.mark.parametrize("call_id", TWO_CHANNELS)
def test_words_get_the_right_role(call_id: str) -> None:
    made, separation = mixed(call_id)
    assert separation is Separation.VOICES
    found = sorted((word.span, role) for word, role in role_of(made).items())
    expected = sorted(truth(call_id))
    assert [span for span, _ in found] == [span for span, _ in expected], "no word is lost"
    right = sum(a[1] is b[1] for a, b in zip(found, expected, strict=True))
    assert right >= 0.9 * len(expected)


def test_talk_shares_are_close_and_marked_as_estimates() -> None:
    for call_id in TWO_CHANNELS:
        made, _ = mixed(call_id)
        spans = {role: merge(span for span, of in truth(call_id) if of is role) for role in (A, C)}
        true = total_s(spans[A]) / (total_s(spans[A]) + total_s(spans[C]))
        assert made.talk is not None and made.talk.estimated and made.talk.agent_share is not None
        assert made.talk.agent_share == pytest.approx(true, abs=0.06), call_id


def test_nothing_is_said_about_overlap() -> None:
    for call_id in TWO_CHANNELS:
        made, _ = mixed(call_id)
        assert made.overlaps is None and made.talk is not None and made.talk.overlap_s is None
        assert made.talk.agent is not None and made.talk.agent.interruptions is None


def test_no_stretch_belongs_to_two_voices() -> None:
    for call_id in TWO_CHANNELS:
        made, _ = mixed(call_id)
        agent, customer = ([t.span for t in made.turns if t.span and t.role is role] for role in (A, C))
        assert shared_s(agent, customer) <= 0.02 * total_s([*agent, *customer])
