"""Build tokenizer.json in Whisper's multilingual vocabulary from the token ranks of the openai-whisper package.

Usage: python -m training.demo_asr.make_tokenizer multilingual.tiktoken --out models/demo-zh/tokenizer.json
(whisper/assets of the source archive: pip download --no-deps --no-binary :all: openai-whisper==20250625)
"""

import argparse
import base64
import json
from itertools import pairwise
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from training.demo_asr.convert import LANGUAGES_FILE
from training.demo_asr.tokens import N_TIMES, VOCABULARY

Ranks = dict[bytes, int]


def read_ranks(path: Path) -> Ranks:
    """Token bytes -> rank, the format of tiktoken."""
    lines = path.read_text(encoding="ascii").split("\n")
    return {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in lines if line.strip())}


def byte_letters() -> dict[int, str]:
    """GPT-2's printable stand-in for every byte."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    return {b: chr(b) for b in plain} | {byte: chr(256 + i) for i, byte in enumerate(others)}


def split(token: bytes, ranks: Ranks) -> list[bytes]:
    """The two parts whose merge makes `token`: merge as the ranks say, stopping before the token itself."""
    parts = [bytes([byte]) for byte in token]
    while True:
        pairs = [(ranks[a + b], i) for i, (a, b) in enumerate(pairwise(parts)) if a + b in ranks]
        best = min(pairs, default=None)
        if best is None or best[0] >= ranks[token]:
            return parts
        place = best[1]
        parts[place : place + 2] = [parts[place] + parts[place + 1]]


def special_tokens(languages: list[str]) -> list[str]:
    """Whisper's special tokens in the order of their ids."""
    tasks = ("translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps")
    names = ("endoftext", "startoftranscript", *languages, *tasks)
    return [f"<|{name}|>" for name in names]


def build(ranks: Ranks) -> Tokenizer:
    """Byte-level BPE with Whisper's special and time tokens."""
    letters = byte_letters()
    spell = {token: "".join(letters[byte] for byte in token) for token in ranks}
    merges = []
    for token in sorted((t for t in ranks if len(t) > 1), key=ranks.__getitem__):
        first, second = split(token, ranks)
        merges.append((spell[first], spell[second]))
    vocabulary = {spell[token]: rank for token, rank in sorted(ranks.items(), key=lambda item: item[1])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges, fuse_unk=False))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    languages = json.loads(LANGUAGES_FILE.read_text(encoding="utf-8"))
    tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in special_tokens(languages)])
    times = [f"<|{i * 0.02:.2f}|>" for i in range(N_TIMES)]
    tokenizer.add_tokens([AddedToken(t, special=False, normalized=False) for t in times])
    if tokenizer.get_vocab_size() != VOCABULARY:
        raise ValueError(f"{tokenizer.get_vocab_size()} tokens, Whisper has {VOCABULARY}")
    return tokenizer


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ranks", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    build(read_ranks(options.ranks)).save(str(options.out), pretty=False)


if __name__ == "__main__":
    main()
