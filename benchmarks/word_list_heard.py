"""Listed words in speech: how many are recognised with no list, shown to the model, corrected afterwards, and both.

Measured on the demo's recordings with the demo's list and, where espeak-ng is installed, on calls spoken for the
purpose: every Chinese word of ``telesales_words.txt`` in two sentences, none of which the demo model has learnt.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from benchmarks.matching import is_chinese
from qa_pipeline.audio.ingest import IngestOptions, ingest
from qa_pipeline.core.call import Recording, Role, Transcript, Turn
from qa_pipeline.core.errors import StepFailure
from qa_pipeline.core.span import Span
from qa_pipeline.language.word_list import EMPTY, WordList, read_word_list
from qa_pipeline.listening import Found, find_speech, recognise
from qa_pipeline.resources import demo_dir
from qa_pipeline.transcribe.corrections import corrected
from qa_pipeline.transcribe.evaluate import compare
from qa_pipeline.transcribe.evaluate.names import name_errors, total
from qa_pipeline.transcribe.labelled import read_labelled
from qa_pipeline.transcribe.models import find_model
from qa_pipeline.transcribe.voice_activity import SAMPLE_RATE_HZ
from qa_pipeline.transcribe.whisper import WhisperEngine, WhisperOptions

SEED = 20_260_101
#: Voices of the spoken calls: those of these demo calls.
VOICES_OF = ("D02", "D04", "D08", "D11")
SENTENCES = (
    "您好，我是{}的客服，请问您现在方便吗？",
    "我给您介绍一下{}，每个月可以省不少钱。",
    "您现在用的是{}，对吧？",
    "请您记一下，{}，有问题随时找我们。",
)

#: What was found in a recording, and what is said in it.
Case = tuple[Found, Sequence[Turn]]


def print_heard(model: str, spoken: Mapping[str, WordList]) -> None:
    """A table for the demo's recordings, and one for each list that is spoken for the purpose."""
    print_table("demo recordings", demo_cases(), read_word_list(demo_dir() / "words.txt"), model)
    if shutil.which("espeak-ng") is None:
        print("\nno espeak-ng: nothing is spoken for the purpose")
        return
    for name, words in spoken.items():
        print_table(f"spoken: {name}", spoken_cases(words), words, model)


def print_table(title: str, cases: Sequence[Case], words: WordList, model: str) -> None:
    print(f"\n{title}: {len(cases)} recordings, {len(words.words)} words\n")
    print("| list | said | missed | missed % | inserted | inserted in silence | CER % |\n" + "|---" * 7 + "|")
    for shown in (False, True):
        plain = heard(cases, words if shown else EMPTY, model)
        mended = [with_corrections(transcript, words) for transcript in plain]
        for transcripts, name in ((plain, "shown to the model" if shown else "none"), (mended, "corrected")):
            name = f"{name}{' and shown' if shown and transcripts is mended else ''}"
            print(row(name, [turns for _, turns in cases], transcripts, words), flush=True)


def row(name: str, references: Sequence[Sequence[Turn]], transcripts: Sequence[Transcript], words: WordList) -> str:
    pairs = list(zip(references, transcripts, strict=True))
    names = total(name_errors(turns, transcript, words) for turns, transcript in pairs)
    figures = [compare(name, turns, transcript) for turns, transcript in pairs]
    cer = sum(f.errors for f in figures) / sum(f.characters for f in figures)
    share = f"{100 * (names.missed_share or 0):.1f}"
    cells = (names.said, names.missed, share, names.inserted, names.inserted_in_silence, f"{100 * cer:.2f}")
    return f"| {name} | " + " | ".join(map(str, cells)) + " |"


def heard(cases: Sequence[Case], shown: WordList, model: str) -> list[Transcript]:
    """The words of all recordings as the engine writes them, without corrections."""
    engine = WhisperEngine(find_model(model), WhisperOptions(language="zh", words=shown))
    answers = recognise(engine, [found for found, _ in cases])
    failures = [answer for answer in answers if isinstance(answer, StepFailure)]
    if failures:
        raise failures[0]
    return [answer for answer in answers if isinstance(answer, Transcript)]


def with_corrections(transcript: Transcript, words: WordList) -> Transcript:
    return replace(transcript, segments=tuple(corrected(s, words, "zh") for s in transcript.segments))


def demo_cases() -> list[Case]:
    """Every demo recording that can be opened."""
    folder = demo_dir() / "recordings"
    calls = [call for call in read_labelled(demo_dir() / "reference.jsonl") if call.recording]
    opened = [(ingest(folder / str(call.recording), IngestOptions(settle_s=0.0)), call) for call in calls]
    return [(find_speech(recording, channels), call.conversation.turns) for (recording, channels), call in opened]


def spoken_cases(words: WordList) -> list[Case]:
    """Calls of agents alone, in voices of the demo; each word twice, in sentences drawn with a fixed seed."""
    chance = random.Random(SEED)
    chinese = [word for word in words.words if all(map(is_chinese, word))]
    lines = [sentence.format(word) for word in chinese for sentence in chance.sample(SENTENCES, 2)]
    share = -(-len(lines) // len(VOICES_OF))
    return [
        spoken_case(call_id, lines[number * share : (number + 1) * share]) for number, call_id in enumerate(VOICES_OF)
    ]


def spoken_case(call_id: str, texts: Sequence[str]) -> Case:
    """The agent of a demo call says these; the customer says nothing."""
    import soxr

    from training.demo_calls.dialogue import FOLDER, Line, read_agents, read_dialogue
    from training.demo_calls.mixing import RATE_HZ, mix, place
    from training.demo_calls.timed_speech import speak

    chance = random.Random(f"{SEED} {call_id}")
    read = read_dialogue(FOLDER / f"{call_id}.yaml", read_agents())
    lines = tuple(Line("agent", "opening", text, gap_s=1.0) for text in texts)
    dialogue = replace(read, lines=lines, layout="two_channel", agent_side="left")
    turns = place(dialogue, [speak(text, dialogue.voices["agent"]) for text in texts], chance)
    sound = mix(dialogue, turns, chance, np.random.default_rng(SEED))
    channels = [soxr.resample(one, RATE_HZ, SAMPLE_RATE_HZ).astype(np.float32) for one in sound]
    duration_s = sound.shape[1] / RATE_HZ
    recording = Recording(f"{call_id}.wav", "0" * 64, 1, "wav", "pcm_s16le", RATE_HZ, 2, duration_s)
    said = (
        Turn(i, Role.AGENT, turn.line.text, Span(turn.start_s, turn.end_s), channel=0) for i, turn in enumerate(turns)
    )
    return find_speech(recording, channels), tuple(said)
