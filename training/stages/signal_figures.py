"""How well objections, what became of them, buying signals and refusals are told, against dealings.jsonl."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qa_pipeline.core.signals import Objection, Signals
from qa_pipeline.stages.act_figures import total
from qa_pipeline.stages.evaluate import Counts

Marks = Mapping[str, Any]


def read_marks(path: Path) -> dict[str, Marks]:
    """The marks of each call by its id."""
    return {said["id"]: said for said in map(json.loads, path.read_text(encoding="utf-8").splitlines())}


class SignalFigures:
    """Counts over calls. ``types``: customer turns with a reason; ``fates``: what is told of objections found."""

    def __init__(self) -> None:
        self.objections = Counts()
        self.types: dict[str, Counts] = defaultdict(Counts)
        self.fates: dict[str, Counts] = defaultdict(Counts)
        self.agree: dict[str, list[bool]] = defaultdict(list)
        self.refusals = Counts()
        self.buying_signals = Counts()
        self.calls_with_refusal = Counts()

    def add(self, marks: Marks, found: Signals) -> None:
        self._add_types(marks, found)
        self._add_objections(marks, found)
        self._add_turns(self.refusals, set(marks["refusals"]), set(found.refusals))
        signals = {signal.turn: signal for signal in found.buying_signals}
        self._add_turns(self.buying_signals, {said["turn"] for said in marks["buying_signals"]}, set(signals))
        for said in marks["buying_signals"]:
            if said["turn"] in signals:
                self._agree("taken_up", said["taken_up"] is not None, signals[said["turn"]].taken_up is not None)
        self._add_turns(self.calls_with_refusal, {0} if marks["refusals"] else set(), {0} if found.refusals else set())

    def _add_types(self, marks: Marks, found: Signals) -> None:
        marked = {turn: o["type"] for o in marks["objections"] for turn in (o["turn"], *o["repeated"])}
        seen = {turn: o.type.value for o in found.objections for turn in (o.turn, *o.repeated)}
        for turn in marked.keys() | seen.keys():
            if marked.get(turn) == seen.get(turn):
                self.types[marked[turn]].hits += 1
                continue
            if turn in seen:
                self.types[seen[turn]].false += 1
            if turn in marked:
                self.types[marked[turn]].missed += 1

    def _add_objections(self, marks: Marks, found: Signals) -> None:
        """An objection is found if one that shares a turn with it is found, whatever its type."""
        left = list(found.objections)
        for said in marks["objections"]:
            turns = {said["turn"], *said["repeated"]}
            match = next((o for o in left if turns & {o.turn, *o.repeated}), None)
            if match is None:
                self.objections.missed += 1
                continue
            left.remove(match)
            self.objections.hits += 1
            self._add_fate(said, match)
        self.objections.false += len(left)

    def _add_fate(self, said: Mapping[str, Any], found: Objection) -> None:
        for fate in ("acknowledged", "answered", "repeated", "resolved"):
            self._agree(fate, bool(said[fate]), bool(getattr(found, fate)))

    def _agree(self, what: str, true: bool, claimed: bool) -> None:
        self.agree[what].append(true == claimed)
        counts = self.fates[what]
        counts.hits += true and claimed
        counts.false += claimed and not true
        counts.missed += true and not claimed

    @staticmethod
    def _add_turns(counts: Counts, marked: set[int], found: set[int]) -> None:
        counts.hits += len(marked & found)
        counts.false += len(found - marked)
        counts.missed += len(marked - found)

    def as_dict(self) -> dict[str, Any]:
        return {
            "objections": self.objections.as_dict(),
            "objection_turns": total(self.types.values()).as_dict(),
            "objection_turns_by_type": {kind: counts.as_dict() for kind, counts in sorted(self.types.items())},
            "of_objections_found": {
                what: counts.as_dict() | {"agree": sum(self.agree[what]) / len(self.agree[what])}
                for what, counts in self.fates.items()
            },
            "refusals": self.refusals.as_dict(),
            "calls_with_a_refusal": self.calls_with_refusal.as_dict(),
            "buying_signals": self.buying_signals.as_dict(),
        }
