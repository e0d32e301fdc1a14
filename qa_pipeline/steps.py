"""The steps from a recording's words to a call, as plain functions with their revision and their key.

A key names everything that a result depends on. Raise a revision when a step's rules change: stored results
of the old rules are then made anew.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Protocol

from qa_pipeline import __version__
from qa_pipeline.acoustics import talk_facts
from qa_pipeline.core.call import Call, CallMetadata, Conversation, MadeBy, Recording, Role, TalkFacts, Transcript
from qa_pipeline.core.facts import Annotations
from qa_pipeline.speakers.roles import load_role_model
from qa_pipeline.speakers.turns import build_conversation
from qa_pipeline.stages.decode import stage_spans, tag_stages
from qa_pipeline.stages.model import StageModel, load_stage_model
from qa_pipeline.store.codec import encode
from qa_pipeline.transcribe.voice_activity import VoiceActivityOptions

TRANSCRIBE_REVISION = 1
ANALYSE_REVISION = 1


class MadeElsewhere(Protocol):
    """A transcript that came as one: ``ImportedCall`` or ``LabelledCall``."""

    @property
    def call_id(self) -> str: ...

    @property
    def conversation(self) -> Conversation: ...

    @property
    def metadata(self) -> CallMetadata: ...

    @property
    def annotations(self) -> Annotations: ...

    @property
    def ended_by(self) -> Role | None: ...


def transcript_key(sha256: str, engine: MadeBy, voice: VoiceActivityOptions) -> str:
    """Names a transcript: the sound, the engine with its options, the voice activity options."""
    return _hash(TRANSCRIBE_REVISION, sha256, engine.model, engine.revision, engine.options, repr(voice))


def call_key(transcript: str, metadata: CallMetadata, language: str) -> str:
    """Names a call: its transcript, what is known about it, and the models of roles and stages."""
    models = (load_stage_model(language), load_role_model(language))
    revisions = (model.revision if model else "" for model in models)
    return _hash(ANALYSE_REVISION, transcript, encode(metadata), *revisions)


def import_key(transcript: MadeElsewhere) -> str:
    """Names a call whose transcript was made elsewhere."""
    conversation = transcript.conversation
    parts = (encode(conversation), encode(transcript.annotations), transcript.ended_by)
    return call_key(_hash(*parts), transcript.metadata, conversation.language)


def _hash(*parts: object) -> str:
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()


def build_call(
    call_id: str, recording: Recording, transcript: Transcript, metadata: CallMetadata, engine: MadeBy
) -> Call:
    """Turns, roles, stages and talk facts of a transcribed recording."""
    conversation = build_conversation(recording, transcript, metadata, load_role_model(transcript.language))
    speech = transcript.speech[:1] if recording.identical_channels else transcript.speech
    talk = talk_facts(recording, conversation, speech)
    return _call(call_id, conversation, metadata, (engine,), recording=recording, talk=talk)


def build_imported_call(transcript: MadeElsewhere) -> Call:
    """The call of a transcript made elsewhere (imported or labelled); labels of stages are not used."""
    call = _call(transcript.call_id, transcript.conversation, transcript.metadata, (MadeBy("import", __version__),))
    said = transcript.annotations
    return replace(
        call,
        turn_acts=said.turn_acts,
        turn_voices=said.turn_voices,
        facts=said.facts,
        overlaps=said.overlaps,
        ended_by=transcript.ended_by,
    )


def _call(
    call_id: str,
    conversation: Conversation,
    metadata: CallMetadata,
    made_by: tuple[MadeBy, ...],
    recording: Recording | None = None,
    talk: TalkFacts | None = None,
) -> Call:
    model = load_stage_model(conversation.language)
    turn_stages = tag_stages(conversation, model)
    return Call(
        call_id,
        conversation,
        turn_stages,
        stage_spans(conversation.turns, turn_stages) if turn_stages else (),
        metadata,
        recording,
        talk,
        call_confidence(conversation),
        (*made_by, *_stages_made_by(model)),
    )


def _stages_made_by(model: StageModel | None) -> tuple[MadeBy, ...]:
    return (MadeBy("stages", __version__, f"stages-{model.language}", model.revision),) if model else ()


def call_confidence(conversation: Conversation) -> float | None:
    """Mean recognition confidence over the characters of the call; None where the engine gave none."""
    known = [(t.confidence, max(1, len(t.text))) for t in conversation.turns if t.confidence is not None]
    if not known:
        return None
    return round(sum(c * n for c, n in known) / sum(n for _, n in known), 4)
