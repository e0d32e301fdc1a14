"""How well the slot rules find the facts that were marked by hand: ``python -m training.slots.evaluate``.

Marks: ``training/data/dealings.jsonl``. The calls 0, 1 and 2 modulo 4 of ``train.jsonl`` served for writing the rules
(``--part develop``), the others for measuring (``--part measure``, the default).
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa_pipeline.core.call import Role, Turn
from qa_pipeline.core.facts import Fact
from qa_pipeline.language.slots import SLOT_NAMES, slots_in

DATA = Path(__file__).parent.parent / "data"
PARTS = {"develop": (0, 1, 2), "measure": (3,)}


@dataclass(frozen=True, slots=True)
class Mark:
    """A fact marked in a turn; ``text`` are the words as they stand there, ``start`` where."""

    name: str
    turn: int
    start: int
    text: str
    value: str


@dataclass(frozen=True, slots=True)
class Counts:
    """Facts found rightly, found in all, and marked."""

    right: int = 0
    found: int = 0
    marked: int = 0

    def figures(self) -> dict[str, float | int | None]:
        precision = self.right / self.found if self.found else None
        recall = self.right / self.marked if self.marked else None
        both = self.found + self.marked
        rounded = [
            None if x is None else round(x, 3) for x in (precision, recall, 2 * self.right / both if both else None)
        ]
        return {"precision": rounded[0], "recall": rounded[1], "f1": rounded[2], "n": self.marked, "found": self.found}


def pairs(marks: Sequence[Mark], found: Sequence[Fact]) -> Iterator[tuple[Fact, Mark]]:
    """Each found fact with the mark that it meets; a mark is met once."""
    left = list(marks)
    for meets in (_overlaps, _in_next_turn):
        taken = []
        for fact in found:
            mark = next((mark for mark in left if mark.name == fact.name and meets(fact, mark)), None)
            if mark is not None:
                left.remove(mark)
                taken.append(fact)
                yield fact, mark
        found = [fact for fact in found if fact not in taken]


def _overlaps(fact: Fact, mark: Mark) -> bool:
    return fact.turn == mark.turn and fact.start < mark.start + len(mark.text) and mark.start < fact.end


def _in_next_turn(fact: Fact, mark: Mark) -> bool:
    """Whether question and answer share the fact: neighbouring turns, and one value holds the other."""
    return abs(fact.turn - mark.turn) == 1 and any(
        fact.value in said or said in fact.value for said in (mark.text, mark.value)
    )


def evaluate(part: str) -> dict[str, Any]:
    """Precision, recall and F1 per fact and over all of them."""
    right, found, marked = Counter[str](), Counter[str](), Counter[str]()
    for turns, marks in _calls(part):
        facts = slots_in(turns, "zh")
        right.update(fact.name for fact, _ in pairs(marks, facts))
        found.update(fact.name for fact in facts)
        marked.update(mark.name for mark in marks)
    per_fact = {name: Counts(right[name], found[name], marked[name]).figures() for name in SLOT_NAMES}
    return {"part": part, "all": Counts(right.total(), found.total(), marked.total()).figures(), "facts": per_fact}


def _calls(part: str) -> Iterator[tuple[list[Turn], list[Mark]]]:
    calls = lines_of(DATA / "train.jsonl")
    marked = {line["id"]: line["facts"] for line in lines_of(DATA / "dealings.jsonl")}
    for number, call in enumerate(calls):
        if number % 4 in PARTS[part]:
            turns = [Turn(index, Role(turn["role"]), turn["text"]) for index, turn in enumerate(call["turns"])]
            yield turns, [_mark(fact, turns[fact["turn"]].text) for fact in marked[call["id"]]]


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _mark(fact: dict[str, Any], text: str) -> Mark:
    return Mark(fact["name"], fact["turn"], text.index(fact["text"]), fact["text"], fact["value"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=sorted(PARTS), default="measure")
    print(json.dumps(evaluate(parser.parse_args().part), indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
