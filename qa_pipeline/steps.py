"""The steps from a recording's words to a call, as plain functions with their revision and their key.

A key names everything that a result depends on. Raise a revision when a step's rules change: stored results
of the old rules are then made anew.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from qa_pipeline import __version__
from qa_pipeline.acoustics.talk import find_overlaps, speech_by_role, talk_facts
from qa_pipeline.checks.doubt import blotted_turns, reaches, shortened, unsaid
from qa_pipeline.core.call import (
    Call,
    CallMetadata,
    Conversation,
    Dialogue,
    MadeBy,
    Recording,
    Role,
    RoleDecision,
    Separation,
    Transcript,
    Turn,
    mean_confidence,
)
from qa_pipeline.core.facts import Annotations, Fact
from qa_pipeline.core.span import merge
from qa_pipeline.core.talk import TalkFacts
from qa_pipeline.language.slot_rules import slot_revision
from qa_pipeline.language.slots import SLOT_LANGUAGES, slots_in
from qa_pipeline.speakers.roles import decide_roles, load_role_model, voice_texts
from qa_pipeline.speakers.turns import mark_backchannels
from qa_pipeline.stages.cue_matcher import cue_languages, cue_matcher
from qa_pipeline.stages.model import SHIPPED, StageModel, find_stage_model, require_stage_model
from qa_pipeline.stages.signals import find_signals
from qa_pipeline.stages.tagging import Tagged, stage_spans, tag
from qa_pipeline.store.codec import encode
from qa_pipeline.transcribe.finishing import REVISION as FINISH_REVISION
from qa_pipeline.transcribe.voice_activity import VoiceActivityOptions

INGEST_REVISION = 2
TRANSCRIBE_REVISION = 3
HEAR_REVISION = 2
ANALYSE_REVISION = 4

#: Stands for every character in doubt where facts are looked for: none reaches over it, and it is no word of one.
_FULL_STOP = "。"


@dataclass(frozen=True, slots=True)
class AnalyseOptions:
    """``stage_model``: name of a shipped model or folder of one's own; see ``stages train``."""

    stage_model: str = SHIPPED


def analyse_options(stage_model: str) -> AnalyseOptions:
    """The options, or UserError where there is no such model in any language."""
    require_stage_model(stage_model)
    return AnalyseOptions(stage_model)


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


def recording_key(sha256: str) -> str:
    """Names the facts about a recording: the sound, and the rules by which it is read."""
    return _hash(INGEST_REVISION, sha256)


def transcript_key(sha256: str, engine: MadeBy, voice: VoiceActivityOptions, words: str = "") -> str:
    """Names a transcript: the sound, the engine with its options, the voice activity options, the word list."""
    parts = (engine.model, engine.revision, engine.options, repr(voice), FINISH_REVISION, words)
    return _hash(TRANSCRIBE_REVISION, recording_key(sha256), *parts)


def dialogue_key(transcript: str, language: str, separator: str = "") -> str:
    """Names what was heard: its transcript, and what parts the voices of a mono recording."""
    model = load_role_model(language)
    return _hash(HEAR_REVISION, transcript, model.revision if model else "", separator)


def call_key(heard: str, metadata: CallMetadata, language: str, options: AnalyseOptions = AnalyseOptions()) -> str:
    """Names a call: what was heard, what is known about it, and the models and rules that read it."""
    spoken = language.split("-")[0]
    models = (find_stage_model(options.stage_model, language), load_role_model(language))
    revisions = (model.revision if model else "" for model in models)
    return _hash(ANALYSE_REVISION, heard, encode(metadata), *revisions, *_rules(spoken))


def _rules(language: str) -> tuple[str, str]:
    cues = cue_matcher(language).revision if language in cue_languages() else ""
    return cues, slot_revision(language)


def import_key(transcript: MadeElsewhere, options: AnalyseOptions = AnalyseOptions()) -> str:
    """Names a call whose transcript was made elsewhere."""
    conversation = transcript.conversation
    parts = (encode(conversation), encode(transcript.annotations), transcript.ended_by)
    return call_key(_hash(*parts), transcript.metadata, conversation.language, options)


def _hash(*parts: object) -> str:
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()


def build_call(
    call_id: str,
    recording: Recording,
    transcript: Transcript,
    dialogue: Dialogue,
    metadata: CallMetadata,
    engine: MadeBy,
    options: AnalyseOptions = AnalyseOptions(),
) -> Call:
    """Roles, acts, stages, facts, signals and talk facts of what was heard on a recording."""
    conversation = with_roles(dialogue, recording.channels, metadata)
    speech = speech_by_role(conversation, dialogue.speech)
    overlaps = find_overlaps(conversation, speech, dialogue.separation)
    talk = talk_facts(
        recording.duration_s,
        conversation,
        dialogue.turn_voices,
        speech,
        dialogue.separation,
        overlaps,
        transcript.events,
    )
    return Call(
        call_id,
        conversation,
        metadata=metadata,
        recording=recording,
        talk=talk,
        confidence=call_confidence(conversation),
        turn_voices=dialogue.turn_voices,
        overlaps=overlaps,
        **_analysed(conversation, Annotations(), engine, options),
    )


def with_roles(dialogue: Dialogue, channels: int, metadata: CallMetadata) -> Conversation:
    """The turns with the role of their voice, and why."""
    voices = voice_texts(dialogue.turns, channels, dialogue.separation)
    decisions = (
        decide_roles(voices, metadata, load_role_model(dialogue.language))
        if dialogue.separation is not Separation.NONE
        else (RoleDecision(0, Role.UNKNOWN, "none", voice=0),)
    )
    role_of = {d.channel if d.voice is None else d.voice: d.role for d in decisions}
    turns = (replace(turn, role=role_of.get(turn.voice or 0, Role.UNKNOWN)) for turn in dialogue.turns)
    return Conversation(dialogue.language, tuple(turns), decisions)


def build_imported_call(transcript: MadeElsewhere, options: AnalyseOptions = AnalyseOptions()) -> Call:
    """The call of a transcript made elsewhere (imported or labelled).

    Labels of stages are not used; acts and facts that it brings are taken for what the machine would have found.
    """
    said = transcript.annotations
    conversation = _with_backchannels(transcript.conversation)
    return Call(
        transcript.call_id,
        conversation,
        metadata=transcript.metadata,
        talk=_talk_of_turns(conversation, said),
        confidence=call_confidence(conversation),
        turn_voices=said.turn_voices,
        overlaps=said.overlaps,
        ended_by=transcript.ended_by,
        **_analysed(conversation, said, MadeBy("import", __version__), options),
    )


def _with_backchannels(conversation: Conversation) -> Conversation:
    return replace(conversation, turns=mark_backchannels(conversation.turns, conversation.language))


def _talk_of_turns(conversation: Conversation, said: Annotations) -> TalkFacts | None:
    """Talk facts from the times of turns, which hold the pauses within them; None where times are missing."""
    if not conversation.has_times:
        return None
    spans = [(turn.role, turn.span) for turn in conversation.turns if turn.span]
    speech = {role: merge(span for of, span in spans if of is role) for role in dict(spans)}
    end_s = max(span.end_s for _, span in spans)
    # Who wrote down where both speak heard them apart.
    separation = Separation.NONE if said.overlaps is None else Separation.CHANNELS
    return talk_facts(end_s, conversation, said.turn_voices, speech, separation, said.overlaps)


def _analysed(
    conversation: Conversation, said: Annotations, made_by: MadeBy, options: AnalyseOptions
) -> dict[str, Any]:
    """What the words say: the fields of a call from the stage model, the rules of facts, and people's annotations.

    Words that may never have been said say nothing, except to people.
    """
    turns, language = conversation.turns, conversation.language.split("-")[0]
    model = find_stage_model(options.stage_model, language)
    tagged = _tagged(conversation, model)
    acts = said.turn_acts or tagged.acts
    suits = ((), ()) if said.turn_acts else (tagged.reasons, tagged.compared)
    raised = turns if said.turn_acts else _by_nobody(turns)
    return {
        "turn_stages": tagged.stages,
        "stage_probabilities": tagged.sureness,
        "stages": stage_spans(turns, tagged.stages) if tagged.stages else (),
        "turn_acts": acts,
        "signals": find_signals(raised, acts, *suits),
        "facts": said.facts if said.facts is not None else _facts(conversation, language),
        "made_by": (made_by, *_stages_made_by(model)),
    }


def _tagged(conversation: Conversation, model: StageModel | None) -> Tagged:
    """Acts and stages of what was surely said: turns in doubt as a whole are left out, and have no act and the stage of
    the turn before them; the first ones that of the first sure turn."""
    gone = unsaid(conversation.turns)
    kept = [turn.index for turn in conversation.turns if turn.index not in gone]
    sure = (shortened(conversation.turns[index]) for index in kept)
    said = tuple(replace(turn, index=number) for number, turn in enumerate(sure))
    found = tag(replace(conversation, turns=said), model)
    if not gone or not found.stages:
        return found
    before = [max(0, bisect_right(kept, turn.index) - 1) for turn in conversation.turns]
    acts = tuple(() if index in gone else found.acts[at] for index, at in enumerate(before)) if found.acts else ()
    return Tagged(
        tuple(found.stages[at] for at in before),
        tuple(found.sureness[at] for at in before),
        acts,
        tuple(found.reasons[at] for at in before),
        tuple(found.compared[at] for at in before),
    )


def _by_nobody(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """The turns, those in doubt as a whole said by neither party: they are no reply, and nothing is raised in them."""
    gone = unsaid(turns)
    return tuple(replace(turn, role=Role.UNKNOWN) if turn.index in gone else turn for turn in turns)


def _facts(conversation: Conversation, language: str) -> tuple[Fact, ...] | None:
    """None where nobody could look: no rules for the language, or nobody knows who speaks."""
    turns = conversation.turns
    if language not in SLOT_LANGUAGES or (turns and not conversation.roles_known):
        return None
    found = slots_in(blotted_turns(turns, _FULL_STOP), language)
    return tuple(fact for fact in found if not reaches(fact.start, fact.end, turns[fact.turn]))


def _stages_made_by(model: StageModel | None) -> tuple[MadeBy, ...]:
    return (MadeBy("stages", __version__, model.name, model.revision),) if model else ()


def call_confidence(conversation: Conversation) -> float | None:
    """Mean recognition confidence over the characters of the call; None where the engine gave none for most of them."""
    return mean_confidence((turn.confidence, len(turn.text)) for turn in conversation.turns)
