"""Training windows: utterances laid into silence, with token, time and syllable targets.

Four kinds: `single` (one utterance, short window at a random position of the 30 s), `medium` (11 s) and `full` (30 s,
as faster-whisper presents them), both with several utterances, and `packed`: 30 s filled with unrelated stretches of
speech, as the pipeline packs them.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.demo_asr import features, tokens
from training.demo_asr.held_out import Fence
from training.demo_asr.make_data import Entry, read_index
from training.demo_asr.speech import SAMPLE_RATE_HZ, Wave

FRAME = 320  # samples per encoder frame, 20 ms
FRAMES_PER_S = 50
FULL_S = 30.0
MEDIUM_S = 11.0
CLIP_S = 20.0  # the longest clip of one turn that the pipeline cuts
TEMPLATE_SHARE = 0.45  # of the utterances that are drawn: they are a quarter of all, and what the demo talks like
PACKED_TIMED = 0.1  # share of the packed windows with times: the pipeline asks for none
LISTED_WORDS = 12  # the longest word list before a window
HEAD = [tokens.START, tokens.CHINESE, tokens.TRANSCRIBE]


@dataclass(frozen=True)
class Sample:
    """One utterance ready for training."""

    part: int
    start: int  # samples, in the part's audio
    length: int  # samples
    ids: list[int]
    centres: list[float]  # middle of each token as a fraction of the utterance
    syllables: list[int]
    text: str


@dataclass
class Target:
    """What the decoder has to say in one window; `frames` is where each token is heard, -1 if nowhere."""

    ids: list[int] = field(default_factory=list)
    frames: list[float] = field(default_factory=list)
    silent: bool = False

    def add(self, token: int, frame: float = -1) -> None:
        """Append one token."""
        self.ids.append(token)
        self.frames.append(frame)


@dataclass(frozen=True)
class Batch:
    """Windows of one kind: mel (B, 80, 2 T), position offsets (B,) or None, targets and syllables per window."""

    mel: Tensor
    offset: Tensor | None
    targets: list[Target]
    syllables: list[list[int]]


class Speech:
    """The synthesised parts, and the rows that their tokens and syllables need."""

    def __init__(self, parts: list[Path], fence: Fence, known_syllables: dict[str, int]) -> None:
        self.tokenizer = tokens.load_tokenizer()
        self.audio = [np.memmap(part / "audio.i16", dtype=np.int16, mode="r") for part in parts]
        entries = [(i, e) for i, part in enumerate(parts) for e in read_index(part) if fence.allows(e.text)]
        names = sorted({s for _, e in entries for s in e.syllables} - set(known_syllables))
        self.syllables = {**known_syllables, **{s: len(known_syllables) + 1 + i for i, s in enumerate(names)}}
        self.samples = [self.prepare(i, entry) for i, entry in entries]
        self.by_part = [[s for s in self.samples if s.part == number] for number in range(len(parts))]
        marks = (self.tokenizer.encode(mark, add_special_tokens=False).ids for mark in tokens.PUNCTUATION)
        self.text_ids = {t for s in self.samples for t in s.ids}.union(*marks)

    def prepare(self, part: int, entry: Entry) -> Sample:
        """Tokens and syllable classes of one utterance."""
        encoded = self.tokenizer.encode(entry.text, add_special_tokens=False)
        centres = [(begin + end) / 2 / len(entry.text) for begin, end in encoded.offsets]
        syllables = [self.syllables[s] for s in entry.syllables]
        return Sample(part, entry.start, entry.length, encoded.ids, centres, syllables, entry.text)

    def wave(self, sample: Sample) -> Wave:
        """The samples of an utterance, full scale 1."""
        raw: NDArray[np.int16] = self.audio[sample.part][sample.start : sample.start + sample.length]
        return raw.astype(np.float32) / np.float32(32768)

    def any(self, rng: random.Random) -> Sample:
        """A random utterance."""
        pool = self.by_part[-1 if rng.random() < TEMPLATE_SHARE else 0]
        return pool[rng.randrange(len(pool))]

    @property
    def hours(self) -> float:
        """Hours of speech."""
        return sum(s.length for s in self.samples) / SAMPLE_RATE_HZ / 3600


def single_groups(speech: Speech, seconds: float, rng: random.Random, pool: int = 768) -> Iterator[list[Sample]]:
    """Endless groups of utterances of similar length, about `seconds` of window each."""
    while True:
        order = list(range(len(speech.samples)))
        rng.shuffle(order)
        for begin in range(0, len(order), pool):
            part = sorted((speech.samples[i] for i in order[begin : begin + pool]), key=lambda s: s.length)
            groups: list[list[Sample]] = [[]]
            for sample in part:
                if groups[-1] and (len(groups[-1]) + 1) * (sample.length / SAMPLE_RATE_HZ + 0.8) > seconds:
                    groups.append([])
                groups[-1].append(sample)
            rng.shuffle(groups)
            yield from groups


def single_batch(speech: Speech, group: list[Sample], rng: random.Random) -> Batch:
    """Each utterance in its own short window."""
    length = max(s.length for s in group) + int(0.8 * SAMPLE_RATE_HZ)
    length = -(-length // (10 * FRAME)) * 10 * FRAME
    waves = np.zeros((len(group), length), np.float32)
    begins, ends = [], []
    for row, sample in enumerate(group):
        begin = min(int(rng.uniform(0, 0.5) * SAMPLE_RATE_HZ) // FRAME * FRAME, length - sample.length - 1)
        waves[row, begin : begin + sample.length] = speech.wave(sample)
        end = min(length, begin + sample.length + int(rng.uniform(0.05, 1.0) * SAMPLE_RATE_HZ))
        waves[row, :end] = features.disturb(waves[row, :end], speech.wave(speech.any(rng)), rng)
        begins.append(begin // FRAME)
        ends.append(end)
    room = tokens.N_TIMES - 1 - length // FRAME
    offsets = [rng.choice([0, rng.randint(0, room)]) for _ in group]
    pairs = zip(group, begins, offsets, strict=True)
    targets = [single_target(sample, begin, offset, rng) for sample, begin, offset in pairs]
    mel = finish(waves, ends, rng)
    return Batch(mel, torch.tensor(offsets), targets, [s.syllables for s in group])


def single_target(sample: Sample, first: int, offset: int, rng: random.Random) -> Target:
    """With times in three windows of five; times count from the window's pretended start, frames from its real one."""
    target = Target(list(HEAD), [-1.0] * len(HEAD))
    last = first + round(sample.length / FRAME)
    timed = rng.random() < 0.6
    if timed:
        target.add(tokens.TIME_ZERO + first + offset, first)
    else:
        target.add(tokens.NO_TIMES)
    add_words(target, sample, first, last)
    if timed:
        target.add(tokens.TIME_ZERO + min(tokens.N_TIMES - 1, last + offset), last)
    target.add(tokens.END)
    return target


def add_words(target: Target, sample: Sample, first: int, last: int) -> None:
    """The text tokens of an utterance heard between two frames."""
    for token, centre in zip(sample.ids, sample.centres, strict=True):
        target.add(token, first + (last - first) * centre)


def finish(waves: NDArray[np.float32], ends: list[int], rng: random.Random) -> Tensor:
    """Normalised log-mel with a random frequency response; after each end the value that faster-whisper pads with."""
    mel = features.log_mel(waves) + features.random_tilt(len(waves), rng)
    headroom = torch.tensor([rng.uniform(0, 0.4) for _ in ends]).view(-1, 1, 1)
    mel = features.normalise(mel, headroom)
    for row, end in enumerate(ends):
        mel[row, :, end // features.HOP + 1 :] = 0.0
    return mel


def long_batch(speech: Speech, count: int, seconds: float, rng: random.Random, prompts: float) -> Batch:
    """`count` windows of `seconds`, each with several utterances."""
    waves = np.zeros((count, int(seconds * SAMPLE_RATE_HZ)), np.float32)
    targets, syllables, ends = [], [], []
    for row in range(count):
        target, spoken, end = fill_window(speech, waves[row], rng)
        if not target.silent and rng.random() < prompts:
            target = with_prompt(speech, target, rng)
        targets.append(target)
        syllables.append(spoken)
        ends.append(end)
    return Batch(finish(waves, ends, rng), None, targets, syllables)


def crowded(seconds: float) -> float:
    """Share of the windows that are filled to their end; most full ones hold one clip and padding, as in use."""
    return 0.15 if seconds > CLIP_S else 0.75


def fill_window(speech: Speech, wave: Wave, rng: random.Random) -> tuple[Target, list[int], int]:
    """Lay utterances into `wave` (in place) until it is full; returns target, syllables and the last sample used."""
    if rng.random() < 0.03:
        return silent_window(wave, rng)
    seconds = len(wave) / SAMPLE_RATE_HZ
    limit_s = seconds if rng.random() < crowded(seconds) else rng.uniform(1.5, min(seconds, CLIP_S))
    timed = rng.random() < 0.6
    target = Target(list(HEAD), [-1.0] * len(HEAD))
    if not timed:
        target.add(tokens.NO_TIMES)
    spoken: list[int] = []
    at_s = rng.choice([0.0, rng.uniform(0, 0.5), rng.uniform(0, 2)])
    while True:
        sample = speech.any(rng)
        length_s = sample.length / SAMPLE_RATE_HZ
        if at_s + length_s > limit_s:
            if spoken:
                break
            # The first utterance always goes in, however short the window was meant to be.
            limit_s, at_s = min(seconds, length_s + at_s + 0.2), min(at_s, max(0.0, seconds - length_s - 0.1))
            if length_s > seconds - 0.5:
                continue
        last = lay(speech, sample, wave, at_s, target, timed, rng)
        spoken += sample.syllables
        pause_s = rng.uniform(3, 9) if rng.random() < 0.04 else rng.uniform(0.05, 1.0)
        at_s = last / FRAMES_PER_S + pause_s
        if at_s > limit_s - 0.3:
            break
    target.add(tokens.END)
    end = len(wave) if limit_s == seconds else min(len(wave), int(max(at_s, 1.0) * SAMPLE_RATE_HZ))
    wave[:end] = features.disturb(wave[:end], speech.wave(speech.any(rng)), rng)
    return target, spoken, end


def lay(
    speech: Speech, sample: Sample, wave: Wave, at_s: float, target: Target, timed: bool, rng: random.Random
) -> int:
    """Add one utterance to a window and its target; returns its last frame."""
    first = int(at_s * FRAMES_PER_S)
    sound = speech.wave(sample)[: len(wave) - first * FRAME] * np.float32(10 ** (-rng.uniform(0, 8) / 20))
    wave[first * FRAME : first * FRAME + len(sound)] += sound
    last = min(len(wave) // FRAME, first + round(sample.length / FRAME))
    if timed:
        target.add(tokens.TIME_ZERO + first, first)
    add_words(target, sample, first, last)
    if timed:
        target.add(tokens.TIME_ZERO + last, last)
    return last


def packed_batch(speech: Speech, count: int, rng: random.Random, lists: float) -> Batch:
    """`count` full windows of packed stretches; a share `lists` of them with a word list before them."""
    waves = np.zeros((count, int(FULL_S * SAMPLE_RATE_HZ)), np.float32)
    targets, syllables, ends = [], [], []
    for wave in waves:
        target, samples, end = pack_window(speech, wave, rng)
        if rng.random() < lists:
            target = with_word_list(speech, target, samples, rng)
        targets.append(target)
        syllables.append([s for sample in samples for s in sample.syllables])
        ends.append(end)
    return Batch(finish(waves, ends, rng), None, targets, syllables)


def pack_window(speech: Speech, wave: Wave, rng: random.Random) -> tuple[Target, list[Sample], int]:
    """Lay stretches of speech side by side, as the pipeline packs the stretches of both channels.

    Every stretch brings its own noise and level and some of the sound around it; nothing lies between stretches.
    """
    limit = len(wave) if rng.random() < 0.8 else rng.randint(4 * SAMPLE_RATE_HZ, len(wave))
    timed = rng.random() < PACKED_TIMED
    target = Target(list(HEAD), [-1.0] * len(HEAD))
    if not timed:
        target.add(tokens.NO_TIMES)
    laid: list[Sample] = []
    at, misfits = 0, 0
    while misfits < 4:
        stretch = [speech.any(rng) for _ in range(rng.choice([1, 1, 2, 3]))]
        pauses = [rng.uniform(0.1, 0.6) for _ in stretch[1:]]
        before, after = (rng.uniform(0.05, 0.35) for _ in range(2))
        length_s = before + sum(s.length for s in stretch) / SAMPLE_RATE_HZ + sum(pauses) + after
        end = at + -(-int(length_s * SAMPLE_RATE_HZ) // FRAME) * FRAME
        if end > limit:
            misfits += 1
            continue
        at_s = at / SAMPLE_RATE_HZ + before
        for sample, pause_s in zip(stretch, [*pauses, after], strict=True):
            at_s = lay(speech, sample, wave, at_s, target, timed, rng) / FRAMES_PER_S + pause_s
        wave[at:end] = features.disturb(wave[at:end], speech.wave(speech.any(rng)), rng)
        laid += stretch
        at = end + int(rng.uniform(0, 0.4) * FRAMES_PER_S) * FRAME
    target.add(tokens.END)
    return target, laid, min(len(wave), max(at, SAMPLE_RATE_HZ))


def with_word_list(speech: Speech, target: Target, laid: list[Sample], rng: random.Random) -> Target:
    """Words before the start token: some are said in the window, most are not."""
    others = [speech.any(rng) for _ in range(rng.randint(2, LISTED_WORDS))]
    said = rng.sample(laid, k=min(len(laid), rng.randint(0, 4)))
    words = [word for sample in (*said, *others) if (word := some_word(sample, rng))]
    rng.shuffle(words)
    ids = speech.tokenizer.encode("，".join(words), add_special_tokens=False).ids
    # Pieces of words may be cut into tokens that no utterance has.
    prompt = [tokens.PREVIOUS, *(token for token in ids if token in speech.text_ids)]
    return replace(target, ids=prompt + target.ids, frames=[-1.0] * len(prompt) + target.frames)


def some_word(sample: Sample, rng: random.Random) -> str:
    """Two to five characters in a row of an utterance, from between its marks."""
    clause = rng.choice([c for c in re.split("[，。？！、]", sample.text) if c] or [""])
    length = rng.randint(2, 5)
    first = rng.randint(0, max(0, len(clause) - length))
    return clause[first : first + length]


def silent_window(wave: Wave, rng: random.Random) -> tuple[Target, list[int], int]:
    """Noise or digital silence: the target says that nobody speaks."""
    end = rng.randint(SAMPLE_RATE_HZ, len(wave))
    if rng.random() < 0.8:
        wave[:end] = features.line_noise(end, rng) * np.float32(10 ** (-rng.uniform(20, 70) / 20))
    ids = [*HEAD, tokens.TIME_ZERO, tokens.END]
    return Target(ids, [-1.0] * len(ids), silent=True), [], end


def with_prompt(speech: Speech, target: Target, rng: random.Random) -> Target:
    """Unrelated earlier text before the start token, as conditioning on previous text gives."""
    ids = [token for _ in range(rng.randint(1, 8)) for token in speech.any(rng).ids]
    prompt = [tokens.PREVIOUS, *ids[-rng.randint(5, 223) :]]
    return replace(target, ids=prompt + target.ids, frames=[-1.0] * len(prompt) + target.frames)


def collate(
    targets: list[Target], rows: dict[int, int], n_text: int, replaced: float, rng: random.Random
) -> tuple[Tensor, Tensor, Tensor]:
    """Decoder inputs, labels (-100: not scored) and frames, each (B, N), in rows of the reduced vocabulary.

    `replaced`: share of the input's text tokens that become random ones, so that the decoder cannot live on its
    language model alone.
    """
    width = min(448, max(len(t.ids) for t in targets) - 1)
    inputs = np.full((len(targets), width), rows[tokens.END])
    labels = np.full((len(targets), width), -100)
    frames = np.full((len(targets), width), -1.0, np.float32)
    for row, target in enumerate(targets):
        ids = [rows[t] for t in target.ids[: width + 1]]
        noisy = [rng.randrange(n_text) if i < n_text and rng.random() < replaced else i for i in ids[:-1]]
        inputs[row, : len(noisy)] = noisy
        start = target.ids.index(tokens.START)
        labels[row, start : len(ids) - 1] = ids[start + 1 :]
        frames[row, : len(ids) - 1] = target.frames[1 : width + 1]
        if target.silent:
            labels[row, 0] = rows[tokens.NO_SPEECH]
    return torch.tensor(inputs), torch.tensor(labels), torch.tensor(frames)
