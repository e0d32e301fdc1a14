"""How much of what recognisers get wrong the fuzzy modes of ``phrases`` make good, and how often they find too much.

``python -m benchmarks.matching [--calls FILE] [--share 0.1] [--show]``: 10 % of the Chinese characters of the agents
in the training calls are replaced by homophones (the same pinyin without tone in the words around them; the others that
occur in the calls with that usual reading, drawn with a fixed seed). The phrases are those of the shipped rubrics and a
list of 150.

Recall loss: occurrences of the phrases in the clean text (exact matching) that are not found again at the same place
in the damaged text, in percentage points. False hits: hits of a fuzzy mode in the clean text where exact matching has
none at that place; they are counted by turn, and by pair of phrase and turn. The pairs of characters that are known as
common are learnt on one half of the calls and the other half is measured, both ways, as calls nobody has seen would be;
other calls than those of ``train.jsonl`` are measured with the pairs that are shipped.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

from qa_pipeline.checks.context import Context
from qa_pipeline.checks.phrases import PhrasesParams, find_phrase
from qa_pipeline.checks.places import SearchedTurns
from qa_pipeline.checks.scope import Scope, window_of
from qa_pipeline.core.call import Call, Conversation, Role, Turn
from qa_pipeline.language import phonetic
from qa_pipeline.language.normalise import comparable
from qa_pipeline.language.phonetic import Near, readings_in_context, usual_sound
from qa_pipeline.rubric.loading import load_rubric
from qa_pipeline.transcribe.labelled import read_labelled
from training.matching.common_pairs import pairs_in

ROOT = Path(__file__).parent.parent
CALLS = ROOT / "training" / "data" / "train.jsonl"
PHRASES = Path(__file__).parent / "telesales_phrases.txt"
SEED = 20_260_101
#: Turns and phrases of the timing: one long call and one long rubric line.
TIMED_TURNS, TIMED_PHRASES = 30, 30

MODES: dict[str, dict[str, object]] = {
    "exact": {},
    "pinyin": {"fuzzy": "pinyin"},
    "pinyin + near": {"fuzzy": "pinyin", "near": tuple(Near)},
    "edit": {"fuzzy": "edit"},
}

#: Phrases of so many characters and more are one row.
LONGEST = 8

#: (call, turn, first character, end) of a hit.
Place = tuple[int, int, int, int]


@dataclass
class Counts:
    """Hits by length of the phrase; longer ones count as LONGEST."""

    occurrences: Counter[int] = field(default_factory=Counter)
    found_again: Counter[int] = field(default_factory=Counter)
    false_turns: dict[int, set[tuple[int, int]]] = field(default_factory=lambda: defaultdict(set))
    false_pairs: Counter[int] = field(default_factory=Counter)
    causes: Counter[tuple[str, str]] = field(default_factory=Counter)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=Path, default=CALLS, help="labelled calls")
    parser.add_argument("--share", type=float, default=0.1, help="share of characters that is damaged")
    parser.add_argument("--show", action="store_true", help="list the phrases that cause false hits")
    options = parser.parse_args()
    clean = [Call(c.call_id, c.conversation) for c in read_labelled(options.calls)]
    damaged = damage(clean, options.share)
    own, rubric = list_phrases(PHRASES), rubric_phrases()
    print(f"{len(clean)} calls, {turn_count(clean)} turns; {changed(clean, damaged)} characters replaced")
    for title, phrases in (("150 telesales phrases", own), ("phrases of the shipped rubrics", rubric)):
        report(
            title, phrases, clean, damaged, learnt_here=options.calls.resolve() == CALLS.resolve(), show=options.show
        )
    print_time(clean, own)


def list_phrases(file: Path) -> list[str]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return [phrase for line in lines if not line.startswith("#") for phrase in line.split()]


def rubric_phrases() -> list[str]:
    """Every phrase of every ``phrases`` check of the shipped rubrics, once."""
    loaded = [load_rubric(str(file)) for file in sorted((ROOT / "rubrics").glob("*.yaml"))]
    checks = [check for rubric in loaded for _, check in rubric.rubric.checks if check.name == "phrases"]
    return list(dict.fromkeys(phrase for check in checks for phrase in check.params.wanted))


def damage(calls: Sequence[Call], share: float) -> list[Call]:
    """The calls with so many of the agents' Chinese characters replaced by homophones."""
    heard = defaultdict(list)
    for character in sorted({c for call in calls for turn in call.turns for c in turn.text if is_chinese(c)}):
        heard[usual_sound(character)].append(character)
    places = [
        (number, turn.index, at, [other for other in heard[sound] if other != turn.text[at]])
        for number, call in enumerate(calls)
        for turn in call.turns
        if turn.role is Role.AGENT
        for at, sound in enumerate(readings_in_context(turn.text))
        if is_chinese(turn.text[at])
    ]
    chance = random.Random(SEED)
    picked = chance.sample([place for place in places if place[3]], round(share * len(places)))
    texts = {(number, turn.index): list(turn.text) for number, call in enumerate(calls) for turn in call.turns}
    for number, index, at, others in picked:
        texts[number, index][at] = chance.choice(others)
    return [
        with_texts(call, ["".join(texts[number, t.index]) for t in call.turns]) for number, call in enumerate(calls)
    ]


def is_chinese(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff"


def with_texts(call: Call, texts: Iterable[str]) -> Call:
    turns: list[Turn] = [replace(turn, text=text) for turn, text in zip(call.turns, texts, strict=True)]
    return Call(call.call_id, Conversation(call.conversation.language, tuple(turns)))


def turn_count(calls: Sequence[Call]) -> int:
    return sum(len(call.turns) for call in calls)


def changed(clean: Sequence[Call], damaged: Sequence[Call]) -> int:
    pairs = (
        (a.text, b.text) for x, y in zip(clean, damaged, strict=True) for a, b in zip(x.turns, y.turns, strict=True)
    )
    return sum(a != b for one, two in pairs for a, b in zip(one, two, strict=True))


def places(calls: Sequence[Call], phrases: Sequence[str], mode: str) -> dict[str, set[Place]]:
    """Where each phrase is found in the calls."""
    found: dict[str, set[Place]] = {phrase: set() for phrase in phrases}
    for number, call in enumerate(calls):
        context = Context(call)
        turns = SearchedTurns(context, window_of(Scope(), context))
        for phrase in phrases:
            params = PhrasesParams.model_validate({"any": [phrase], **MODES[mode]})
            found[phrase] |= {(number, q.turn, q.start, q.end) for q in find_phrase(phrase, params, turns)}
    return found


def length_of(phrase: str) -> int:
    return min(LONGEST, len(comparable(phrase)))


def overlap(place: Place, others: Iterable[Place]) -> bool:
    """Whether one of the others shares more than half of the place."""
    call, turn, start, end = place
    beside = (other for other in others if other[:2] == (call, turn))
    return any(2 * (min(end, other[3]) - max(start, other[2])) > end - start for other in beside)


def measure(
    mode: str, phrases: Sequence[str], clean: Sequence[Call], damaged: Sequence[Call], learnt_here: bool
) -> Counts:
    """Both halves, each with what the other one teaches where the shipped pairs were learnt on these calls."""
    counts = Counts()
    for half in (0, 1):
        others = clean[1 - half :: 2]
        taught = pairs_in([turn.text for turn in call.turns] for call in others) if learnt_here else None
        with known_pairs(taught) if taught is not None else nullcontext():
            _measure_half(counts, mode, phrases, clean[half::2], damaged[half::2], half)
    return counts


@contextmanager
def known_pairs(pairs: frozenset[str]) -> Iterator[None]:
    """Within this block these pairs are the common ones."""
    shipped = phonetic.common_pairs
    phonetic.common_pairs = lambda: pairs  # type: ignore[assignment]
    try:
        yield
    finally:
        phonetic.common_pairs = shipped


def _measure_half(
    counts: Counts, mode: str, phrases: Sequence[str], clean: Sequence[Call], damaged: Sequence[Call], half: int
) -> None:
    exact, fuzzy = places(clean, phrases, "exact"), places(clean, phrases, mode)
    again = places(damaged, phrases, mode)
    for phrase in phrases:
        length = length_of(phrase)
        agents = [place for place in exact[phrase] if clean[place[0]].turns[place[1]].role is Role.AGENT]
        counts.occurrences[length] += len(agents)
        counts.found_again[length] += sum(overlap(place, again[phrase]) for place in agents)
        # The same words in another script or number form are found by exact matching too: not false.
        false = [place for place in fuzzy[phrase] if not overlap(place, exact[phrase])]
        counts.false_turns[length] |= {(2 * call + half, turn) for call, turn, _, _ in false}
        counts.false_pairs[length] += len({place[:2] for place in false})
        counts.causes.update((phrase, clean[p[0]].turns[p[1]].text[p[2] : p[3]]) for p in false)


def report(
    title: str, phrases: Sequence[str], clean: Sequence[Call], damaged: Sequence[Call], *, learnt_here: bool, show: bool
) -> None:
    """A table by length of the phrase and in total."""
    phrases = [phrase for phrase in phrases if len(comparable(phrase)) > 1]
    lengths = sorted({length_of(phrase) for phrase in phrases})
    measured = {mode: measure(mode, phrases, clean, damaged, learnt_here) for mode in MODES}
    fuzzy = [mode for mode in MODES if mode != "exact"]
    heads = ["characters", "phrases", "occurrences", *(f"lost: {mode}" for mode in MODES)]
    heads += [f"{what}: {mode}" for what in ("false turns %", "false pairs %") for mode in fuzzy]
    print(f"\n{title}\n\n| " + " | ".join(heads) + " |\n" + "|---" * len(heads) + "|")
    for name, group in [*((f"{n}+" if n == LONGEST else str(n), [n]) for n in lengths), ("**all**", lengths)]:
        members = sum(length_of(phrase) in group for phrase in phrases)
        print(f"| {name} | {members} | " + " | ".join(row(group, measured, members, turn_count(clean))) + " |")
    for mode in fuzzy if show else ():
        causes = measured[mode].causes.most_common(40)
        print(f"\n{mode}: " + "  ".join(f"{phrase}←{text} {n}" for (phrase, text), n in causes))


def row(lengths: list[int], measured: dict[str, Counts], members: int, turns: int) -> list[str]:
    """Occurrences; points lost by mode; turns, and pairs of phrase and turn, with a false hit in percent by mode."""
    fuzzy = [counts for mode, counts in measured.items() if mode != "exact"]
    total = sum(measured["exact"].occurrences[n] for n in lengths)
    again = [sum(counts.found_again[n] for n in lengths) for counts in measured.values()]
    false_turns = [len(set().union(*(counts.false_turns[n] for n in lengths))) for counts in fuzzy]
    false_pairs = [sum(counts.false_pairs[n] for n in lengths) for counts in fuzzy]
    return [
        str(total),
        *(f"{100 * (1 - found / total):.1f}" if total else "-" for found in again),
        *(f"{100 * number / turns:.2f}" for number in false_turns),
        *(f"{100 * number / (turns * members):.4f}" for number in false_pairs),
    ]


def print_time(calls: Sequence[Call], phrases: Sequence[str]) -> None:
    """Milliseconds for many phrases on one call, after the tables are loaded and the texts are known."""
    call = max(calls, key=lambda c: len(c.turns))
    call = Call(call.call_id, Conversation("zh", call.turns[:TIMED_TURNS]))
    for mode, values in MODES.items():
        params = PhrasesParams.model_validate({"any": phrases[:TIMED_PHRASES], **values})
        best = min(_milliseconds(call, params) for _ in range(20))
        print(f"{mode}: {TIMED_PHRASES} phrases in {len(call.turns)} turns take {best:.2f} ms")


def _milliseconds(call: Call, params: PhrasesParams) -> float:
    start = time.perf_counter()
    context = Context(call)
    turns = SearchedTurns(context, window_of(Scope(), context))
    for phrase in params.any:
        find_phrase(phrase, params, turns)
    return 1000 * (time.perf_counter() - start)


if __name__ == "__main__":
    main()
