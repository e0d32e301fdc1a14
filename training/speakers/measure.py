"""How well the voices of one channel are told apart: calls with a channel per party, mixed into one.

``python -m training.speakers.measure --demo`` mixes the bundled two-channel calls and counts words with the right
role; ``python -m training.speakers.measure --agent agent.wav --caller caller.wav`` mixes two recordings of one call:
the truth is the speech of each channel alone; where both speak at once nobody is right, so that such time is left out.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.acoustics.activity import exact_stretches
from qa_pipeline.audio.ingest import IngestOptions, ingest
from qa_pipeline.core.call import CallMetadata, Recording, Role, Segment, Transcript
from qa_pipeline.core.span import Span, merge, shared_s, total_s
from qa_pipeline.listening import hear
from qa_pipeline.resources import demo_dir
from qa_pipeline.speakers.roles import load_role_model
from qa_pipeline.speakers.voices import separate_voices
from qa_pipeline.steps import with_roles
from qa_pipeline.transcribe.cross_talk import cross_talk
from qa_pipeline.transcribe.labelled import LabelledCall, read_labelled
from qa_pipeline.transcribe.voice_activity import VoiceActivityOptions, speech_spans

Sound = NDArray[np.float32]
PARTIES = (Role.AGENT, Role.CUSTOMER)


def of_two_recordings(agent: Path, caller: Path) -> dict[str, float]:
    """Shares found in the mixed sound against those of both channels."""
    sounds = [ingest(path, IngestOptions(settle_s=0.0))[1][0] for path in (agent, caller)]
    length = min(map(len, sounds))
    channels = cross_talk([sound[:length] for sound in sounds]).channels
    true = [exact_stretches(c, speech_spans(c, VoiceActivityOptions())) for c in channels]
    mixed = (sounds[0][:length] + sounds[1][:length]).astype(np.float32)
    speech = exact_stretches(mixed, speech_spans(mixed, VoiceActivityOptions()))
    found = separate_voices(mixed, speech, []).spans
    return {"voices": len(found), **compared(true, found)}


def compared(true: Sequence[Sequence[Span]], found: Sequence[Sequence[Span]]) -> dict[str, float]:
    """Under the best naming of the voices: the agent's share of the talk, and how much speech has its own party.

    ``true``: stretches of agent and customer. Time in which both speak counts for neither.
    """
    alone = [_without(part, other) for part, other in zip(true, reversed(true), strict=True)]
    whole_s = sum(map(total_s, alone))
    voices = [*found, *([()] * (2 - len(found)))]
    best = max(permutations(voices, 2), key=lambda two: sum(map(shared_s, alone, two)))
    talk_s = [total_s(part) for part in true]
    found_s = [total_s(part) for part in best]
    return {
        "agent_share_true": talk_s[0] / max(sum(talk_s), 1e-9),
        "agent_share_found": found_s[0] / max(sum(found_s), 1e-9),
        "right_of_speech": sum(map(shared_s, alone, best)) / max(whole_s, 1e-9),
    }


def _without(part: Sequence[Span], other: Sequence[Span]) -> list[Span]:
    """The stretches of one party in which the other is silent."""
    rest = list(merge(part))
    for cut in merge(other):
        rest = [
            Span(start_s, end_s)
            for span in rest
            for start_s, end_s in (
                ((span.start_s, min(span.end_s, cut.start_s)), (max(span.start_s, cut.end_s), span.end_s))
                if span.overlap_s(cut)
                else ((span.start_s, span.end_s),)
            )
            if end_s > start_s
        ]
    return rest


def of_the_demo() -> Iterator[dict[str, Any]]:
    """Per bundled call: words with the right role, and the agent's share of the talk by words and as found."""
    for call in read_labelled(demo_dir() / "reference.jsonl"):
        if not call.conversation.turns or call.recording is None:
            continue
        recording, channels = ingest(demo_dir() / "recordings" / call.recording, IngestOptions(settle_s=0.0))
        if len(channels) == 2:
            yield {"call": call.call_id, **_of_call(call, recording, channels[0] + channels[1])}


def _of_call(call: LabelledCall, recording: Recording, mixed: Sound) -> dict[str, float]:
    segments = [Segment(0, t.span, t.text, t.words, 0.9) for t in call.conversation.turns if t.span]
    words = Transcript("zh", None, tuple(segments), (speech_spans(mixed, VoiceActivityOptions()),))
    mono = replace(recording, channels=1)
    dialogue = hear(mono, words, [mixed], load_role_model("zh"))
    named = with_roles(dialogue, 1, CallMetadata())
    found = sorted((word.span, turn.role) for turn in named.turns for word in turn.words)
    true = sorted((word.span, turn.role) for turn in call.conversation.turns for word in turn.words)
    right = sum(a[1] is b[1] for a, b in zip(found, true, strict=True))
    return {"words": len(true), "right": right, "voices": len(dialogue.speech)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--demo", action="store_true", help="the bundled calls")
    parser.add_argument("--agent", type=Path, help="recording of the agent alone")
    parser.add_argument("--caller", type=Path, help="recording of the caller alone")
    options = parser.parse_args()
    if options.demo:
        rows = list(of_the_demo())
        for row in rows:
            print(f"{row['call']}: {row['right']} of {row['words']} words with the right role, {row['voices']} voices")
        print(f"all: {100 * sum(r['right'] for r in rows) / sum(r['words'] for r in rows):.1f} %")
    if options.agent and options.caller:
        for name, value in of_two_recordings(options.agent, options.caller).items():
            print(f"{name}: {value:.3f}")


if __name__ == "__main__":
    main()
