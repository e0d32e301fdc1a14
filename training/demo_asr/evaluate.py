"""Quick check of a converted model: demo calls turn by turn, and corpus sentences that training never contained.

Usage: python -m training.demo_asr.evaluate MODEL_DIR --demo qa_pipeline/demo [--data DATA]
"""

import argparse
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from faster_whisper import BatchedInferencePipeline, WhisperModel, decode_audio
from faster_whisper.vad import VadOptions, get_speech_timestamps
from numpy.typing import NDArray

from training.demo_asr.held_out import bare, sentences
from training.demo_asr.make_data import read_index
from training.demo_asr.voices import UNSEEN_VOICES

RATE_HZ = 16_000
CLIPS = VadOptions(min_silence_duration_ms=600, speech_pad_ms=200)
BATCH = 8


@dataclass(frozen=True)
class Heard:
    """What the model wrote for one channel: text and (hanzi, start in seconds)."""

    text: str
    words: list[tuple[str, float]]


def edits(reference: str, hypothesis: str) -> int:
    """Levenshtein distance."""
    previous = list(range(len(hypothesis) + 1))
    for row, wanted in enumerate(reference, 1):
        current = [row]
        for column, given in enumerate(hypothesis, 1):
            change = previous[column - 1] + (wanted != given)
            current.append(min(previous[column] + 1, current[-1] + 1, change))
        previous = current
    return previous[-1]


def hear(model: BatchedInferencePipeline, wave: NDArray[np.float32]) -> Heard:
    """Every speech clip of one channel as its own window."""
    clips = [{k: v / RATE_HZ for k, v in clip.items()} for clip in get_speech_timestamps(wave, CLIPS)]
    if not clips:
        return Heard("", [])
    segments, _ = model.transcribe(
        wave,
        language="zh",
        batch_size=BATCH,
        vad_filter=False,
        clip_timestamps=clips,
        word_timestamps=True,
        condition_on_previous_text=False,
    )
    drained = list(segments)
    words = [(bare(w.word), w.start) for s in drained for w in s.words or [] if bare(w.word)]
    return Heard("".join(s.text for s in drained), words)


def channels(call: dict[str, Any], folder: Path) -> Iterable[tuple[str, NDArray[np.float32]]]:
    """(name, samples at 16 kHz) of a recording's channels."""
    path = str(folder / "recordings" / call["recording"])
    if any(turn["channel"] == "mono" for turn in call["turns"]):
        yield "mono", decode_audio(path)
        return
    yield from zip(("left", "right"), decode_audio(path, split_stereo=True), strict=True)


def start_errors(turns: list[dict[str, Any]], words: list[tuple[str, float]]) -> list[float]:
    """Seconds between a hanzi's true start and the nearest written word that begins with it, within a second."""
    errors = []
    for word in (w for turn in turns for w in turn["words"]):
        near = [abs(start - word["start_s"]) for text, start in words if text[0] == word["text"]]
        if near and min(near) <= 1.0:
            errors.append(min(near))
    return errors


def check_call(model: BatchedInferencePipeline, call: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Character errors and word start errors of one call, over its channels."""
    wrong = length = 0
    late: list[float] = []
    pairs = []
    for name, wave in channels(call, folder):
        turns = [t for t in call["turns"] if t["channel"] == name]
        heard = hear(model, wave)
        reference = bare("".join(t["text"] for t in sorted(turns, key=lambda t: t["start_s"])))
        wrong += edits(reference, bare(heard.text))
        length += len(reference)
        late += start_errors(turns, heard.words)
        pairs.append((reference, heard.text))
    return {"id": call["id"], "wrong": wrong, "length": length, "late_s": late, "pairs": pairs}


def by_novelty(model: BatchedInferencePipeline, calls: list[dict[str, Any]], demo: Path, data: Path) -> dict[str, Any]:
    """CER of the turns, each cut at its true times, apart for turns with a sentence that training lacked and others."""
    texts = {bare(e.text) for part in ("corpus", "templates") for e in read_index(data / part)}
    everything = "\n".join(sorted(texts))
    counts = {"known": [0, 0, 0], "new": [0, 0, 0]}
    for call in calls:
        for name, wave in channels(call, demo):
            turns = [t for t in call["turns"] if t["channel"] == name]
            if not turns:
                continue
            spans = [(max(0.0, t["start_s"] - 0.2), t["end_s"] + 0.2) for t in turns]
            clips = [{"start": start, "end": min(end, len(wave) / RATE_HZ)} for start, end in spans]
            segments, _ = model.transcribe(wave, language="zh", batch_size=BATCH, clip_timestamps=clips)
            for turn, segment in zip(turns, segments, strict=True):
                new = any(bare(s) not in everything for s in sentences(turn["text"]))
                count = counts["new" if new else "known"]
                count[0] += edits(bare(turn["text"]), bare(segment.text))
                count[1] += len(bare(turn["text"]))
                count[2] += 1
    return {kind: {"cer": round(w / n, 4), "hanzi": n, "turns": t} for kind, (w, n, t) in counts.items()}


def check_sentences(model: WhisperModel, part: Path) -> dict[str, float]:
    """CER of the check sentences in voices heard in training and in unseen ones."""
    audio = np.memmap(part / "audio.i16", dtype=np.int16, mode="r")
    counts = {"trained voices": [0, 0], "unseen voices": [0, 0]}
    for entry in read_index(part):
        wave = audio[entry.start : entry.start + entry.length].astype(np.float32) / 32768
        segments, _ = model.transcribe(wave, language="zh", condition_on_previous_text=False)
        reference = bare(entry.text)
        count = counts["unseen voices" if entry.voice in UNSEEN_VOICES else "trained voices"]
        count[0] += edits(reference, bare("".join(s.text for s in segments)))
        count[1] += len(reference)
    return {name: round(wrong / length, 4) for name, (wrong, length) in counts.items()}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--demo", type=Path, required=True)
    parser.add_argument("--data", type=Path, help="folder of make_data: unseen sentences, and known against new ones")
    parser.add_argument("--show", action="store_true", help="print references and transcripts")
    options = parser.parse_args()
    model = WhisperModel(str(options.model), device="cpu", compute_type="int8", cpu_threads=2)
    batched = BatchedInferencePipeline(model)
    lines = (options.demo / "reference.jsonl").read_text(encoding="utf-8").splitlines()
    calls = [check_call(batched, json.loads(line), options.demo) for line in lines]
    for call in calls:
        rate = call["wrong"] / call["length"] if call["length"] else float(call["wrong"])
        print(f"{call['id']}  CER {rate:.3f}  ({call['wrong']} of {call['length']})")
        if options.show:
            print(*(f"  ref {r}\n  hyp {h}" for r, h in call["pairs"]), sep="\n")
    late = [seconds for call in calls for seconds in call["late_s"]]
    total = sum(c["wrong"] for c in calls) / sum(c["length"] for c in calls)
    print(f"all  CER {total:.4f}  median word start error {median(late):.3f} s over {len(late)} hanzi")
    if options.data:
        references = [json.loads(line) for line in lines]
        print("demo turns:", json.dumps(by_novelty(batched, references, options.demo, options.data)))
        print("unseen corpus sentences:", json.dumps(check_sentences(model, options.data / "checks")))


if __name__ == "__main__":
    main()
