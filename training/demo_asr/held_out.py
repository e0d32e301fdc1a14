"""What the model must not have read: demo sentences kept back, names and numbers of the demo, check sentences."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

SHORTEST = 6  # hanzi; shorter sentences ("好的，再见。") are common property and are not kept back
DEMO_SHARE = 0.3  # of the demo sentences that are long enough
CHECK_SHARE = 0.012  # of the corpus pieces


def bare(text: str) -> str:
    """Only the hanzi."""
    return re.sub(r"[^\u4e00-\u9fff]", "", text)


def sentences(text: str) -> list[str]:
    """A turn's sentences, each with its final mark."""
    return [s for s in re.split(r"(?<=[。？！])", text) if bare(s)]


def chosen(text: str, share: float) -> bool:
    """A fixed pseudo-random choice by the text alone, the same on every machine and in every run."""
    number = int.from_bytes(hashlib.sha1(bare(text).encode()).digest()[:4], "big")
    return number < share * 2**32


def kept_for_check(piece: str) -> bool:
    """Corpus pieces that only serve to measure unseen natural speech."""
    return len(bare(piece)) >= SHORTEST and chosen(piece, CHECK_SHARE)


@dataclass(frozen=True)
class Demo:
    """The demo calls as text: every sentence, and the names and numbers that are theirs alone."""

    sentences: list[str]
    private: list[str]  # names and numbers

    @property
    def kept_back(self) -> list[str]:
        """The sentences that training must not contain."""
        return [s for s in self.sentences if len(bare(s)) >= SHORTEST and chosen(s, DEMO_SHARE)]


def read_demo(folder: Path) -> Demo:
    """Read every dialogue of the demo."""
    found, private = [], []
    for path in sorted(folder.glob("*.yaml")):
        call = yaml.safe_load(path.read_text(encoding="utf-8"))
        private += call.get("private", [])
        for turn in call["turns"]:
            found += sentences(turn[2])
    return Demo(found, sorted(set(private)))


@dataclass(frozen=True)
class Fence:
    """Lets a training text pass or not; all strings without punctuation."""

    forbidden: tuple[str, ...]

    @classmethod
    def around(cls, demo: Demo, checks: Iterable[str] = ()) -> "Fence":
        """The fence for these demo calls and check sentences."""
        return cls(tuple(sorted({bare(s) for s in (*demo.kept_back, *demo.private, *checks)})))

    def allows(self, text: str) -> bool:
        """False if a forbidden sentence, name or number stands anywhere in `text`."""
        plain = bare(text)
        return not any(f in plain for f in self.forbidden)


def share_in_training(demo: Demo, texts: Iterable[str]) -> float:
    """Share of the demo sentences that occur, alone or inside a longer text, in the training texts."""
    everything = "\n".join(sorted({bare(t) for t in texts}))
    known = [s for s in demo.sentences if bare(s) in everything]
    return len(known) / max(1, len(demo.sentences))
