"""From sound to who was heard when and how: the steps that need the recording itself.

What they give (Transcript, Dialogue) is stored; nothing after them listens again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from qa_pipeline.acoustics.activity import exact_stretches
from qa_pipeline.acoustics.tones import sound_events
from qa_pipeline.acoustics.turn_voice import turn_voices
from qa_pipeline.core.call import Dialogue, Recording, Separation, Transcript, Word
from qa_pipeline.core.errors import StepFailure
from qa_pipeline.core.span import Span, merge
from qa_pipeline.core.talk import SoundEvent
from qa_pipeline.language.word_list import EMPTY, WordList
from qa_pipeline.sound import Samples, silenced
from qa_pipeline.speakers.roles import RoleModel, evidence
from qa_pipeline.speakers.turns import build_turns
from qa_pipeline.speakers.utterances import Piece, Utterance, pieces_of, utterances
from qa_pipeline.speakers.voices import VoiceMap, separate_voices
from qa_pipeline.transcribe.cross_talk import cross_talk
from qa_pipeline.transcribe.engine import Engine, SpeechJob
from qa_pipeline.transcribe.finishing import finish
from qa_pipeline.transcribe.voice_activity import SAMPLE_RATE_HZ, VoiceActivityOptions, speech_spans

Channels = Sequence[Samples]


@dataclass(frozen=True, slots=True)
class Separator:
    """What parts the voices of one channel, and its name in the keys of stored results."""

    name: str = ""
    part: Callable[..., VoiceMap] = separate_voices


#: Voice that reaches so little over music or tones is part of them.
MIN_REST_S = 0.3


@dataclass(frozen=True, slots=True)
class Found:
    """What a recording holds before its words are known."""

    job: SpeechJob
    events: tuple[SoundEvent, ...]
    cross_talk_s: tuple[float, ...]


def find_speech(recording: Recording, channels: Channels, voice: VoiceActivityOptions | None = None) -> Found:
    """The speech of every channel: music, ringing and the other party heard on a channel are no speech of it."""
    heard = distinct(recording, channels)
    events = sound_events(heard)
    leaked = cross_talk(heard)
    options = voice or VoiceActivityOptions()
    speech = [
        without_events(speech_spans(samples, options), [e.span for e in events if e.channel == channel])
        for channel, samples in enumerate(leaked.channels)
    ]
    return Found(SpeechJob(recording, heard, speech), tuple(events), tuple(leaked.seconds))


def recognise(engine: Engine, found: Sequence[Found], words: WordList = EMPTY) -> list[Transcript | StepFailure]:
    """The transcripts of several recordings, one answer for each, in their order."""
    answers = engine.transcribe([each.job for each in found])
    return [
        answer
        if isinstance(answer, StepFailure)
        else replace(finish(answer, words), events=each.events, cross_talk_s=each.cross_talk_s)
        for each, answer in zip(found, answers, strict=True)
    ]


def transcribe(
    engine: Engine,
    recording: Recording,
    channels: Channels,
    voice: VoiceActivityOptions | None = None,
    words: WordList = EMPTY,
) -> Transcript:
    """Find the speech of every channel and have it recognised; StepFailure when the engine fails."""
    (answer,) = recognise(engine, [find_speech(recording, channels, voice)], words)
    if isinstance(answer, StepFailure):
        raise answer
    return answer


def distinct(recording: Recording, channels: Channels) -> Channels:
    """The channels without copies: the same sound on all of them is listened to once."""
    return channels[:1] if recording.identical_channels else channels


def without_events(speech: Sequence[Span], events: Sequence[Span]) -> tuple[Span, ...]:
    """The stretches of speech with music and tones cut out; rests of less than ``MIN_REST_S`` go with them."""
    rest = list(speech)
    for event in merge(events):
        rest = [part for span in rest for part in _cut(span, event)]
    return tuple(rest)


def _cut(span: Span, event: Span) -> list[Span]:
    if not span.overlap_s(event):
        return [span]
    ends = ((span.start_s, event.start_s), (event.end_s, span.end_s))
    return [Span(start_s, end_s) for start_s, end_s in ends if end_s - start_s >= MIN_REST_S]


def hear(
    recording: Recording,
    transcript: Transcript,
    channels: Channels,
    model: RoleModel | None,
    separator: Separator = Separator(),
) -> Dialogue:
    """Turns with exact times and how each of them sounds.

    Args:
        channels: float32, shape (samples,), 16 kHz, one per channel of the recording.
        model: tells agents' words from customers'; helps to part the voices of a mono recording.
        separator: parts the voices of a mono recording.
    """
    heard = distinct(recording, channels)
    parts = transcript.speech or tuple(() for _ in heard)
    # Where the other party leaks in, its sound must not stretch this one's speech.
    own = cross_talk(heard).channels if any(transcript.cross_talk_s) else heard
    own = [_muted(samples, transcript.events, channel) for channel, samples in enumerate(own)]
    speech = tuple(exact_stretches(samples, spans) for samples, spans in zip(own, parts, strict=True))
    sounding = [channel for channel, spans in enumerate(speech) if spans]
    if len(sounding) == 1:
        parted = _parted(transcript, heard, sounding[0], speech[sounding[0]], model, separator)
        if parted is not None or len(heard) == 1:
            return parted or _by_channel(transcript, heard, speech, Separation.NONE)
    return _by_channel(transcript, heard, speech, Separation.CHANNELS if len(heard) > 1 else Separation.NONE)


def _muted(samples: Samples, events: Sequence[SoundEvent], channel: int) -> Samples:
    """The channel without its music and tones: speech beside them does not run on into them."""
    own = [event.span for event in events if event.channel == channel]
    ranges = [(int(span.start_s * SAMPLE_RATE_HZ), int(span.end_s * SAMPLE_RATE_HZ)) for span in own]
    return silenced(samples, ranges) if own else samples


def _by_channel(
    transcript: Transcript, heard: Channels, speech: Sequence[tuple[Span, ...]], separation: Separation
) -> Dialogue:
    """Every channel holds one voice."""
    said = [
        utterance
        for channel in range(len(heard))
        for utterance in utterances(channel, channel, _pieces(transcript, channel), speech[channel])
    ]
    return _dialogue(transcript, heard, said, speech, separation)


def _parted(
    transcript: Transcript,
    heard: Channels,
    channel: int,
    speech: tuple[Span, ...],
    model: RoleModel | None,
    separator: Separator,
) -> Dialogue | None:
    """Several voices in one channel, word by word; None where only one is heard."""
    pieces = _pieces(transcript, channel)
    words = [piece.word or Word(piece.text, piece.span) for piece in pieces]
    said_by_agent = None if model is None else partial(_log_odds, model)
    found = separator.part(heard[channel], speech, words, said_by_agent)
    if len(found.spans) < 2:
        return None
    said: list[Utterance] = []
    for voice, stretches in enumerate(found.spans):
        own = [piece for piece, of in zip(pieces, found.word_voices, strict=True) if of == voice]
        said += utterances(voice, channel, own, stretches)
    return _dialogue(transcript, heard, said, found.spans, Separation.VOICES)


def _log_odds(model: RoleModel, words: Sequence[Word]) -> float:
    """How much the words speak for the agent; 0 where they are too few to say."""
    return model.scale_alone * (evidence("".join(word.text for word in words), model) or 0.0)


def _pieces(transcript: Transcript, channel: int) -> list[Piece]:
    own = (segment for segment in transcript.segments if segment.channel == channel)
    return [piece for segment in own for piece in pieces_of(segment)]


def _dialogue(
    transcript: Transcript,
    heard: Channels,
    said: Sequence[Utterance],
    speech: Sequence[tuple[Span, ...]],
    separation: Separation,
) -> Dialogue:
    turns = build_turns(said, transcript.language)
    voices = turn_voices(heard, turns, speech, transcript.language)
    return Dialogue(transcript.language, turns, voices, tuple(speech), separation)
