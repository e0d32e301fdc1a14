"""Template grammar: sentences with choices and slots, expanded with a seeded generator."""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from training.demo_asr.numerals import DIGITS, spoken_digits, spoken_number

FOLDER = Path(__file__).parent / "templates"
LONGEST = 75  # characters of one expansion
SLOT = re.compile(r"\{(\w+)\}")
CHOICE = re.compile(r"\[([^\[\]]*)\]")


@dataclass(frozen=True)
class Grammar:
    """Templates and the fillers of their slots."""

    templates: tuple[str, ...]
    slots: dict[str, list[str]]


def load(name: str) -> Grammar:
    """Read `templates/<name>.txt` and the slots that all grammars share."""
    lines = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    templates = tuple(line for line in lines if line and not line.startswith("#"))
    slots: dict[str, str] = yaml.safe_load((FOLDER / "slots.yaml").read_text(encoding="utf-8"))
    return Grammar(templates, {slot: filler.split("|") for slot, filler in slots.items()})


def _digits(count: int) -> Callable[[random.Random], str]:
    return lambda rng: spoken_digits("".join(rng.choice("0123456789") for _ in range(count)))


def phone(rng: random.Random) -> str:
    """A mobile number, half of them in the usual groups of three and four."""
    number = "1" + rng.choice("3579") + "".join(rng.choice("0123456789") for _ in range(9))
    groups = [number[:3], number[3:7], number[7:]]
    return "，".join(map(spoken_digits, groups)) if rng.random() < 0.5 else spoken_digits(number)


def price(rng: random.Random) -> str:
    """An amount in yuan, monthly fees of two and three digits most often."""
    kind = rng.random()
    if kind < 0.6:
        return spoken_number(rng.randint(29, 299))
    if kind < 0.75:
        return spoken_number(rng.randint(1, 99) * 100)
    if kind < 0.9:
        return spoken_number(rng.randint(300, 999))
    return spoken_number(rng.randint(1000, 9999))


def percentage(rng: random.Random) -> str:
    """Up to thirty percent, half of them with one decimal."""
    decimal = "点" + DIGITS[rng.randint(1, 9)] if rng.random() < 0.5 else ""
    return "百分之" + spoken_number(rng.randint(1, 30)) + decimal


def date(rng: random.Random) -> str:
    """A day of the year."""
    return f"{spoken_number(rng.randint(1, 12))}月{spoken_number(rng.randint(1, 31))}{rng.choice('号日')}"


def clock(rng: random.Random) -> str:
    """A time of day."""
    part = rng.choice(["上午", "下午", "晚上", "早上", "中午", ""])
    hour = rng.choice(["八", "九", "十", "十一", "十二", "一", "两", "三", "四", "五", "六", "七"])
    return f"{part}{hour}点{rng.choice(['', '半', '一刻', '二十', '四十', '钟左右'])}"


COMPUTED: dict[str, Callable[[random.Random], str]] = {
    "phone": phone,
    "price": price,
    "pct": percentage,
    "date": date,
    "clock": clock,
    "id4": _digits(4),
    "id6": _digits(6),
    "age": lambda rng: spoken_number(rng.randint(18, 75)),
    "wan": lambda rng: spoken_number(rng.choice([1, 3, 5, 8, 10, 15, 20, 30, 50, 80, 100, 200, 500])) + "万",
    "gb": lambda rng: spoken_number(rng.choice([5, 10, 20, 30, 40, 50, 60, 80, 100, 120, 150, 200, 300])),
}


def expand(template: str, slots: dict[str, list[str]], rng: random.Random) -> str:
    """One random expansion of a template."""
    text = CHOICE.sub(lambda m: rng.choice(m.group(1).split("|")), template)
    while (found := SLOT.search(text)) is not None:
        slot = found.group(1)
        filler = COMPUTED[slot](rng) if slot in COMPUTED else rng.choice(slots[slot])
        text = text[: found.start()] + filler + text[found.end() :]
    return tidy(text)


def tidy(text: str) -> str:
    """Plain punctuation, none of it doubled."""
    text = re.sub(r"[、，]+", "，", text)
    return re.sub(r"([。？])[，。？]+", r"\1", text).lstrip("，")


def expansions(grammar: Grammar, most: int, rng: random.Random) -> list[str]:
    """Up to `most` different expansions of every template, as many as its choices give."""
    found: list[str] = []
    for template in grammar.templates:
        drawn = (expand(template, grammar.slots, rng) for _ in range(most * 2))
        found += sorted({text for text in drawn if len(text) <= LONGEST})[:most]
    return found


def sample(grammar: Grammar, count: int, rng: random.Random) -> list[str]:
    """`count` different sentences of randomly chosen templates."""
    found: dict[str, None] = {}
    while len(found) < count:
        text = expand(rng.choice(grammar.templates), grammar.slots, rng)
        if len(text) <= LONGEST:
            found[text] = None
    return list(found)


def joined(grammar: Grammar, count: int, rng: random.Random) -> Iterator[str]:
    """Two or three sentences of neighbouring templates in one breath, as in a real turn."""
    for _ in range(count):
        first = rng.randrange(len(grammar.templates))
        near = [min(len(grammar.templates) - 1, max(0, first + rng.randint(-6, 6))) for _ in range(rng.randint(1, 2))]
        text = "".join(expand(grammar.templates[i], grammar.slots, rng) for i in (first, *near))
        if len(text) <= LONGEST:
            yield text


def salad(grammar: Grammar, rng: random.Random) -> str:
    """Unrelated slot fillers in a row: nothing to recite, the decoder must listen."""
    names = sorted({*grammar.slots, *COMPUTED} - {"fill", "cfill"})
    parts = [
        expand("{" + rng.choice(names) + "}", grammar.slots, rng).rstrip("，。？") for _ in range(rng.randint(2, 5))
    ]
    return "，".join(p for p in parts if p) + rng.choice("。。？")
