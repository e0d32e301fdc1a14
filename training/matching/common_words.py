"""Words that are common in English calls, so that no listed name is guessed where one of them stands.

``python -m training.matching.common_words`` rewrites ``qa_pipeline/language/common_words.en.txt`` from the
training calls.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from qa_pipeline.language.listed_latin import WORDS_FILE
from qa_pipeline.transcribe.labelled import read_labelled

DATA = Path(__file__).parent.parent / "data"
CALLS = (DATA / "train.en.jsonl", DATA / "train.more.en.jsonl")

#: A word in one call alone may be a name.
MIN_CALLS = 2
PER_LINE = 20

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)*")


def words_in(calls: Iterable[Iterable[str]]) -> frozenset[str]:
    """Words that occur in at least MIN_CALLS of the calls, each given as the texts of its turns."""
    counts = Counter(word for texts in calls for word in {word for text in texts for word in _words(text)})
    return frozenset(word for word, number in counts.items() if number >= MIN_CALLS)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("’", "'"))


def as_text(words: Iterable[str]) -> str:
    """In order of the alphabet, some on each line."""
    ordered = sorted(words)
    return "".join(" ".join(ordered[at : at + PER_LINE]) + "\n" for at in range(0, len(ordered), PER_LINE))


def texts() -> list[list[str]]:
    """The turns of every English training call."""
    return [[turn.text for turn in call.conversation.turns] for file in CALLS for call in read_labelled(file)]


def main() -> None:
    words = words_in(texts())
    WORDS_FILE.write_text(as_text(words), encoding="utf-8")
    print(f"{len(words)} words in {WORDS_FILE.name}")


if __name__ == "__main__":
    main()
