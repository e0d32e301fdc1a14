"""What a word list is worth: false corrections, listed words made good, cost; and words heard with and without a list.

``python -m benchmarks.word_list [--model demo-zh] [--show] [--text-only]``

*False corrections*: everything that is corrected in the labelled calls, whose texts are right; half of the calls of
``train.jsonl`` is measured with the common pairs of the other half, as calls nobody has seen would be. *Made good*:
each listed word is damaged 20 times and put into a sentence: every second character becomes a homophone (the same
pinyin without tone, drawn by how often a character occurs in the calls; at least one), or one character in addition
becomes one of a near sound. *Heard*: ``benchmarks/word_list_heard.py``.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from benchmarks.matching import is_chinese, known_pairs
from benchmarks.word_list_heard import print_heard
from qa_pipeline.core.call import Segment, Word
from qa_pipeline.core.span import Span
from qa_pipeline.language import listed_latin
from qa_pipeline.language.listed_words import find_corrections
from qa_pipeline.language.phonetic import Near, sound_of, usual_sound
from qa_pipeline.language.word_list import WordList, read_word_list, word_list
from qa_pipeline.resources import demo_dir
from qa_pipeline.transcribe.corrections import corrected
from qa_pipeline.transcribe.labelled import read_labelled
from training.matching.common_pairs import pairs_in
from training.matching.common_words import texts, words_in

DATA = Path(__file__).parent.parent / "training" / "data"
TELESALES = Path(__file__).parent / "telesales_words.txt"
ENGLISH = Path(__file__).parent / "telesales_words.en.txt"
#: The pairs that are known as common were learnt on the first of these.
FILES = ("train.jsonl", "train.more.jsonl", "passages.jsonl")
SEED = 20_260_101
TIMES = 20
TIMED_WORDS, TIMED_TURNS = 300, 2000
#: Made-up names that are spoken: no rule was set with them.
SPOKEN_WORDS = 60
SENTENCES = ("您好我是{}的，工号三零一", "我们这个{}现在有优惠", "给您介绍一下{}吧", "您办的是{}，对吧", "就是{}嘛")
#: What names of products are made of: everyday syllables, the hard case.
SYLLABLES = "安心享宝易惠优家尊悦乐福康保通卡付贷盈宽速云智慧极光畅全随年青春百万新好行美金客生"

Calls = list[list[str]]
ALL_NEAR = frozenset(Near)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="demo-zh", help="speech model")
    parser.add_argument("--show", action="store_true", help="list what was corrected wrongly")
    parser.add_argument("--text-only", action="store_true", help="no speech model")
    options = parser.parse_args()
    print_texts(options.show)
    print_english(options.show)
    print_time()
    if not options.text_only:
        print_heard(options.model, {"telesales": read_word_list(TELESALES), "made-up names": made_up(SPOKEN_WORDS)})


def lists() -> dict[str, WordList]:
    """The lists that are measured: the demo's, a telesales team's, and made-up names of everyday syllables."""
    return {
        "demo": read_word_list(demo_dir() / "words.txt"),
        "telesales": read_word_list(TELESALES),
        "300 made-up names": made_up(TIMED_WORDS),
    }


def made_up(count: int) -> WordList:
    """Names of two (one in ten), three and four characters."""
    chance = random.Random(SEED)
    sizes = chance.choices((2, 3, 4), (1, 6, 3), k=2 * count)
    names = dict.fromkeys("".join(chance.choices(SYLLABLES, k=size)) for size in sizes)
    return word_list(tuple(names)[:count])


@lru_cache(maxsize=1)
def calls() -> Mapping[str, Calls]:
    return {
        file: [[turn.text for turn in call.conversation.turns] for call in read_labelled(DATA / file)] for file in FILES
    }


def print_texts(show: bool) -> None:
    characters = sum(len(text) for file in calls().values() for call in file for text in call)
    print(f"{characters} characters of right text\n")
    print("| list | words | false corrections | per 10,000 characters | homophones made good % | with a near sound % |")
    print("|---" * 6 + "|")
    for name, words in lists().items():
        false = list(false_corrections(words))
        good = [made_good(words, near=near) for near in (False, True)]
        shares = " | ".join(f"{100 * hits / tries:.1f}" for hits, tries in good)
        print(f"| {name} | {len(words.words)} | {len(false)} | {1e4 * len(false) / characters:.2f} | {shares} |")
        if show:
            print("\n" + "  ".join(f"{word}←{heard} {n}" for (heard, word), n in Counter(false).most_common(30)) + "\n")


def false_corrections(words: WordList) -> Iterator[tuple[str, str]]:
    """(what stands there, what it was made) in texts that are right."""
    seen = calls()[FILES[0]]
    for half in (0, 1):
        with known_pairs(pairs_in(seen[1 - half :: 2])):
            yield from _changes(seen[half::2], words)
    for file in FILES[1:]:
        yield from _changes(calls()[file], words)


def _changes(several: Calls, words: WordList, language: str = "zh") -> Iterator[tuple[str, str]]:
    for text in (text for call in several for text in call):
        yield from ((text[each.start : each.end], each.word) for each in find_corrections(text, words, language))


def print_english(show: bool) -> None:
    """False corrections in the English calls, each half with the common words of the other."""
    listed, english = read_word_list(ENGLISH), texts()
    false: list[tuple[str, str]] = []
    for half in (0, 1):
        with known_words(words_in(english[1 - half :: 2])):
            false += _changes(english[half::2], listed, "en")
    characters = sum(len(text) for call in english for text in call)
    rate = 1e4 * len(false) / characters
    print(f"\nEnglish: {len(listed.words)} words, {len(false)} false in {characters} characters, {rate:.2f} per 10,000")
    if show:
        print("  ".join(f"{word}←{heard} {n}" for (heard, word), n in Counter(false).most_common(30)))


@contextmanager
def known_words(words: frozenset[str]) -> Iterator[None]:
    """Within this block these words are the common ones."""
    shipped = listed_latin.common_words
    listed_latin.common_words = lambda: words  # type: ignore[assignment]
    try:
        yield
    finally:
        listed_latin.common_words = shipped


def made_good(words: WordList, *, near: bool) -> tuple[int, int]:
    """(found again, damaged) over all words that are all Chinese."""
    chance = random.Random(SEED)
    hits = tries = 0
    for word in (word for word in words.words if all(map(is_chinese, word))):
        for heard in sorted({damaged(word, chance, near=near) for _ in range(TIMES)} - {word}):
            before, after = chance.choice(SENTENCES).split("{}")
            found = find_corrections(before + heard + after, words, "zh")
            hits += any(each.word == word and each.start == len(before) for each in found)
            tries += 1
    return hits, tries


def damaged(word: str, chance: random.Random, *, near: bool) -> str:
    """The word with some homophones in it, and one character of a near sound."""
    characters = list(word)
    count = max(1, sum(chance.random() < 0.5 for _ in word))
    for at in chance.sample(range(len(word)), count):
        characters[at] = _another(characters[at], sounding_alike()[usual_sound(word[at])], chance)
    if near:
        at = chance.randrange(len(word))
        others = [c for c in sounding_alike()[sound_of(word[at], ALL_NEAR)] if usual_sound(c) != usual_sound(word[at])]
        characters[at] = _another(characters[at], others, chance)
    return "".join(characters)


def _another(character: str, choice: Sequence[str], chance: random.Random) -> str:
    others = [other for other in choice if other != character]
    return chance.choices(others, [frequencies()[other] for other in others])[0] if others else character


@lru_cache(maxsize=1)
def frequencies() -> Counter[str]:
    """How often each character occurs in the calls."""
    all_texts = (text for file in calls().values() for call in file for text in call)
    return Counter(character for text in all_texts for character in text if is_chinese(character))


@lru_cache(maxsize=1)
def sounding_alike() -> Mapping[str, list[str]]:
    """Characters of the calls by their usual sound, and by that with near sounds taken as one."""
    found: dict[str, list[str]] = defaultdict(list)
    for character in sorted(frequencies()):
        for sound in dict.fromkeys((usual_sound(character), sound_of(character, ALL_NEAR))):
            found[sound].append(character)
    return found


def print_time() -> None:
    """CPU milliseconds a turn with many listed words, after the list has been read in."""
    words = made_up(TIMED_WORDS)
    turns = [text for call in calls()[FILES[0]] for text in call][:TIMED_TURNS]
    segments = [_segment(text) for text in turns]
    corrected(segments[0], words, "zh")
    start = time.process_time()
    for segment in segments:
        corrected(segment, words, "zh")
    spent_ms = 1000 * (time.process_time() - start) / len(segments)
    size = sum(map(len, turns)) / len(turns)
    print(f"\n{spent_ms:.2f} ms of CPU a turn of {size:.0f} characters with {TIMED_WORDS} words")


def _segment(text: str) -> Segment:
    """A word a character, a quarter of a second each."""
    words = tuple(Word(c, Span(at / 4, (at + 1) / 4), 0.9) for at, c in enumerate(text))
    return Segment(0, Span(0.0, len(text) / 4), text, words, 0.9)


if __name__ == "__main__":
    main()
