"""Make the training speech: texts -> espeak-ng -> telephone line -> one int16 file and an index per part.

Usage: python -m training.demo_asr.make_data PART --corpus train.jsonl --dialogues DIR --out DIR
PART: corpus | templates | checks make speech; report prints the share of demo sentences that the texts contain.
"""

import argparse
import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from multiprocessing import Pool
from pathlib import Path

import numpy as np

from training.demo_asr import corpus_sentences, grammar, speech
from training.demo_asr.held_out import Demo, Fence, kept_for_check, read_demo, share_in_training
from training.demo_asr.voices import PITCH_RANGE, SPEED_RANGE, TRAIN_VOICES, UNSEEN_VOICES

SEED = 20261124
VOICES_PER_PIECE = 3
VOICES_PER_CHUNK = 2
N_VARIANTS = 5_000
N_MIXES = 7_000
N_BROAD = 5_000  # sentences of the general telesales templates
N_SALAD = 2_000
JOINED_PER_TEMPLATE = 16
VOICES_PER_DEMO_TEXT = 2
DEMO_TEXTS_PER_TEMPLATE = 40


@dataclass(frozen=True)
class Job:
    """One utterance to make."""

    kind: str
    text: str
    voice: str
    seed: int


@dataclass(frozen=True)
class Entry:
    """Where an utterance lies in the part's `audio.i16`, and what it says."""

    kind: str
    text: str
    voice: str
    start: int  # samples
    length: int  # samples
    syllables: list[str]


def corpus_texts(corpus: Path, rng: random.Random) -> Iterator[tuple[str, str]]:
    """(kind, text) of everything made from the labelled calls, check sentences included."""
    turns = corpus_sentences.read_turns(corpus)
    pieces = corpus_sentences.single_pieces(turns)
    for piece in pieces:
        yield from [("piece", piece)] * VOICES_PER_PIECE
    for chunk in corpus_sentences.chunks(turns):
        yield from [("chunk", chunk)] * VOICES_PER_CHUNK
    for piece in rng.sample([p for p in pieces if len(p) >= 6], k=min(N_VARIANTS, len(pieces) // 2)):
        yield "variant", corpus_sentences.vary(piece, rng)
    for _ in range(N_MIXES):
        yield "mix", corpus_sentences.recombine(pieces, rng)


def template_texts(rng: random.Random) -> Iterator[tuple[str, str]]:
    """(kind, text) of everything made from the templates."""
    demo = grammar.load("broadband")
    for text in grammar.expansions(demo, DEMO_TEXTS_PER_TEMPLATE, rng):
        yield from [("demo", text)] * VOICES_PER_DEMO_TEXT
    for text in grammar.joined(demo, len(demo.templates) * JOINED_PER_TEMPLATE, rng):
        yield "demo", text
    broad = grammar.load("telesales")
    for text in grammar.sample(broad, N_BROAD, rng):
        yield "broad", text
    for _ in range(N_SALAD):
        yield "salad", grammar.salad(broad, rng)


def check_pieces(corpus: Path) -> list[str]:
    """The corpus pieces that only serve to measure."""
    pieces = corpus_sentences.single_pieces(corpus_sentences.read_turns(corpus))
    return [p for p in pieces if kept_for_check(p)]


def training_texts(part: str, corpus: Path, demo: Demo) -> list[tuple[str, str]]:
    """All (kind, text) of a part that may be trained on."""
    rng = random.Random(f"{SEED} {part}")
    fence = Fence.around(demo, check_pieces(corpus))
    texts = corpus_texts(corpus, rng) if part == "corpus" else template_texts(rng)
    return [(kind, text) for kind, text in texts if fence.allows(text)]


def jobs_of(part: str, corpus: Path, demo: Demo) -> list[Job]:
    """Every utterance of a part with its voice and seed."""
    rng = random.Random(f"{SEED} voices {part}")
    if part == "checks":
        pieces = check_pieces(corpus)
        pairs = [("check", p, rng.choice(v)) for v in (TRAIN_VOICES, UNSEEN_VOICES) for p in pieces]
    else:
        pairs = [(kind, text, rng.choice(TRAIN_VOICES)) for kind, text in training_texts(part, corpus, demo)]
    return [Job(kind, text, voice, rng.getrandbits(32)) for kind, text, voice in pairs]


def make(job: Job) -> tuple[Job, speech.Utterance]:
    """Synthesise one job (runs in a worker process)."""
    return job, speech.speak(job.text, job.voice, random.Random(job.seed), SPEED_RANGE, PITCH_RANGE)


def write_part(jobs: list[Job], folder: Path, processes: int) -> float:
    """Synthesise all jobs into `folder`; returns hours of speech."""
    folder.mkdir(parents=True, exist_ok=True)
    position = 0
    with (
        (folder / "audio.i16").open("wb") as audio,
        (folder / "index.jsonl").open("w", encoding="utf-8") as index,
        Pool(processes) as pool,
    ):
        for job, made in pool.imap(make, jobs, chunksize=32):
            samples = (made.wave * 32767).astype(np.int16)
            entry = Entry(job.kind, job.text, job.voice, position, len(samples), made.syllables)
            audio.write(samples.tobytes())
            index.write(json.dumps(asdict(entry), ensure_ascii=False) + "\n")
            position += len(samples)
    return position / speech.SAMPLE_RATE_HZ / 3600


def read_index(folder: Path) -> list[Entry]:
    """The index of one finished part."""
    lines = (folder / "index.jsonl").read_text(encoding="utf-8").splitlines()
    return [Entry(**json.loads(line)) for line in lines]


def report(parts: Iterable[Path], demo: Demo) -> dict[str, float]:
    """How much of the demo the made parts contain."""
    texts = [entry.text for part in parts for entry in read_index(part)]
    known = share_in_training(demo, texts)
    return {"demo_sentences": len(demo.sentences), "in_training": round(known, 4), "held_out": round(1 - known, 4)}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=["corpus", "templates", "checks", "report"])
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--dialogues", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    demo = read_demo(options.dialogues)
    if options.part == "report":
        print(json.dumps(report([options.out / "corpus", options.out / "templates"], demo)))
        return
    jobs = jobs_of(options.part, options.corpus, demo)
    print(f"{options.part}: {len(jobs)} utterances", flush=True)
    hours = write_part(jobs, options.out / options.part, options.processes)
    print(f"{options.part}: {hours:.1f} h", flush=True)


if __name__ == "__main__":
    main()
