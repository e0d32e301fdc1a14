"""Pairs of characters that are common in calls, so that matching by sound does not take them for mishearings.

``python -m training.matching.common_pairs`` rewrites ``qa_pipeline/language/common_pairs.txt`` from the training calls.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from qa_pipeline.language.normalise import simplify_character
from qa_pipeline.language.phonetic import PAIRS_FILE

CALLS = Path(__file__).parent.parent / "data" / "train.jsonl"

#: A pair in one call alone may be a name, or a mistake.
MIN_CALLS = 2

_CHINESE = re.compile("[\u4e00-\u9fff]+")


def pairs_in(calls: Iterable[Iterable[str]]) -> frozenset[str]:
    """Pairs that occur in at least MIN_CALLS of the calls, each given as the texts of its turns."""
    counts = Counter(pair for texts in calls for pair in {pair for text in texts for pair in _pairs(text)})
    return frozenset(pair for pair, number in counts.items() if number >= MIN_CALLS)


def _pairs(text: str) -> Iterable[str]:
    simplified = "".join(map(simplify_character, text))
    return ("".join(pair) for run in _CHINESE.findall(simplified) for pair in pairwise(run))


def as_text(pairs: Iterable[str]) -> str:
    """One line a first character, behind it all that follow it."""
    behind = defaultdict(list)
    for first, second in sorted(pairs):
        behind[first].append(second)
    return "".join(f"{first}{''.join(seconds)}\n" for first, seconds in behind.items())


def main() -> None:
    from qa_pipeline.transcribe.labelled import read_labelled

    pairs = pairs_in([turn.text for turn in call.conversation.turns] for call in read_labelled(CALLS))
    PAIRS_FILE.write_text(as_text(pairs), encoding="utf-8")
    print(f"{len(pairs)} pairs in {PAIRS_FILE.name}")


if __name__ == "__main__":
    main()
