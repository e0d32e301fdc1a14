"""Phone, identity card and bank card numbers read out in groups, with fillers, turns and read-backs between.

Only a chain of groups that makes a whole number counts, so that a price here and a room there stay readable.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

#: What a digit may be said as; 幺 and 洞 are how numbers are read over the phone and the radio.
DIGIT_VALUES = {c: str(i) for i, c in enumerate("零一二三四五六七八九")} | dict(zip("〇洞幺壹两", "00112", strict=True))
#: The last place of an identity card may be X, spoken 叉.
X = "xXｘＸ叉"
_FOLD = DIGIT_VALUES | {d: str(int(d)) for d in "0123456789０１２３４５６７８９"} | dict.fromkeys(X, "X")
DIGIT = r"[0-9０-９" + "".join(DIGIT_VALUES) + "]"

#: Turns without digits (嗯, 好的您说) that may stand between two groups of one number.
MAX_IDLE_TURNS = 4
#: A turn without digits that is longer (characters of Chinese, words of other languages) has changed the subject.
MAX_IDLE_WORDS = 10
#: Characters of the groups' own turns that may stand between two groups.
MAX_BETWEEN = 30
#: The shortest whole number: a landline with its area code.
_MIN_DIGITS = 10

_MOBILE = r"(?:0{0,2}86)?1[3-9]\d{9}"
_LANDLINE = r"0(?:10|2\d|[3-9]\d\d)\d{7,8}"
#: The last place may be an X that the recogniser did not understand.
_IDENTITY = r"[1-8]\d{5}(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX]?"
_CARD = r"[3-69]\d{15,18}"
_WHOLE = re.compile(f"{_MOBILE}|{_LANDLINE}|{_IDENTITY}|{_CARD}")
_MAX_DIGITS = 19
#: Ways to read what was said so far (a group goes on or repeats); more than these no speaker means.
_MAX_READINGS = 32
#: A repetition this long may have one digit misheard.
_LONG_GROUP = 4

#: After a figure: it counts, dates or prices something. After two digits more words do.
_UNIT = (
    r"\s?(?:[年月日元块圆毛角万千百十亿点个岁兆秒天周折档款平米度升瓦斤吨层楼栋室倍寸台%％]"
    r"|分钟|小时|分之|套餐|公里|毫|流量|[GMKgmk](?![A-Za-z])|号楼|号线)"
)
_FILLERS = "呃额嗯恩啊哦噢唔嘛呢吧哈诶欸对好"
_CLOSED = rf"(?=\W|$|[{_FILLERS}]|那个|这个|然后|就是|后面|再)"
_NO_FIGURE_AFTER = rf"(?![A-Za-z*]|{_UNIT}|\.[0-9]{{1,2}}(?![0-9.])|[:：/][0-9])"
_NO_FIGURE_BEFORE = (
    r"(?<![A-Za-z*￥¥$第点十百千万])(?<![0-9][:：/])"
    r"(?<!工号|编号|分机|型号|房号|单号|单元)(?<!工号是|编号是|分机是|型号是|房号是|单号是)(?<![栋楼幢])"
)
_BEFORE = re.compile(_NO_FIGURE_BEFORE)
_BEFORE_ONE = re.compile(rf"{_NO_FIGURE_BEFORE}(?:(?<!\w)|(?<=[{_FILLERS}]))")
_AFTER = re.compile(_NO_FIGURE_AFTER)
_AFTER_FEW = re.compile(_CLOSED + _NO_FIGURE_AFTER)
#: One look at a whole call: digits in a row, or one that may stand alone (一 and 两 within words mostly do not).
_RUN = re.compile(rf"{DIGIT}(?:{DIGIT}+(?:[\s,，]?[{X}])?|(?=[\W{_FILLERS}那这然就后再]))")

#: Within a turn a number goes on after these words only: figures with other words between belong to different things.
_JOINT = re.compile(
    rf"(?:\W|[{_FILLERS}那这是的了再然后就]|[那这]个|[前后中下][面边]|中间|接着|最后|下来|[三四五两][位个]|不对|等[一等]?[下等会]儿?|稍等"
    r"|[你您]?记[一]?下|听好|我?[看想]看|我?想想)*"
)
_WORD = re.compile(r"[\u3400-\u9fff]|[A-Za-z0-9'’]+")


@dataclass(frozen=True, slots=True)
class Group:
    """Digits in a row, the characters ``start..end`` of a turn; ``digits`` are ASCII, X may be the last.

    In a row of digits with punctuation between, each but the last is in a group.
    """

    turn: int
    start: int
    end: int
    digits: str


def find_groups(texts: Sequence[str]) -> list[Group]:
    """All digits that may be part of a number, in order."""
    ends = list(accumulate([len(text) + 1 for text in texts]))
    found, turn, begins = [], 0, 0
    for match in _RUN.finditer("\n".join(texts) + "\n"):
        start, end = match.span()
        if start >= ends[turn]:
            turn = bisect_right(ends, start)
            begins = ends[turn - 1]
        found.append(Group(turn, start - begins, end - begins, _folded(match.group())))
    return found


def _folded(run: str) -> str:
    return "".join([_FOLD[character] for character in run if character in _FOLD])


def groups_of_numbers(texts: Sequence[str], speakers: Sequence[str], groups: Sequence[Group]) -> list[Group]:
    """The groups that together make whole numbers, with what the other party reads back of them; in order.

    ``groups``: those found in the texts.
    """
    if _size(groups) < _MIN_DIGITS:
        return []
    groups = [group for group in groups if not _is_figure(group, texts[group.turn])]
    between = _Between(texts, groups)
    found: set[Group] = set()
    for speaker in [None, *sorted(set(speakers))]:
        stream = [group for group in groups if speaker is None or speakers[group.turn] == speaker]
        for chain in _chains(stream, between):
            for first, last in _whole_numbers(chain, between):
                found |= set(groups[groups.index(first) : groups.index(last) + 1])
    return [group for group in groups if group in found]


def _is_figure(group: Group, text: str) -> bool:
    """True for prices, dates, staff numbers and the like, by the words beside them."""
    size = len(group.digits)
    before, after = (_BEFORE if size > 1 else _BEFORE_ONE), (_AFTER if size > 2 else _AFTER_FEW)
    return after.match(text, group.end) is None or before.match(text, group.start) is None


class _Between:
    """What stands between two groups: whether both may belong to one number."""

    def __init__(self, texts: Sequence[str], groups: Sequence[Group]) -> None:
        self._texts = texts
        self._with_groups = {group.turn for group in groups}

    def is_short(self, a: Group, b: Group) -> bool:
        words = self._words(a, b)
        # What is masked already is no part of another number.
        return len(words) <= MAX_BETWEEN and "*" not in words and self._are_idle(a.turn + 1, b.turn)

    def is_joint(self, a: Group, b: Group) -> bool:
        return a.turn != b.turn or _JOINT.fullmatch(self._words(a, b)) is not None

    def _words(self, a: Group, b: Group) -> str:
        if a.turn == b.turn:
            return self._texts[a.turn][a.end : b.start]
        return self._texts[a.turn][a.end :] + self._texts[b.turn][: b.start]

    def _are_idle(self, first: int, end: int) -> bool:
        idle = 0
        for turn in range(first, end):
            if turn not in self._with_groups:
                idle += 1
                if idle > MAX_IDLE_TURNS or _is_long(self._texts[turn]):
                    return False
        return True


def _is_long(text: str) -> bool:
    return len(text) > MAX_IDLE_WORDS and len(_WORD.findall(text)) > MAX_IDLE_WORDS


def _chains(stream: Sequence[Group], between: _Between) -> Iterator[list[Group]]:
    """The stream cut where no number can go on, without the parts that are too short to hold one."""
    chain: list[Group] = []
    for group in stream:
        if chain and not between.is_short(chain[-1], group):
            if _size(chain) >= _MIN_DIGITS:
                yield chain
            chain = []
        chain.append(group)
    if _size(chain) >= _MIN_DIGITS:
        yield chain


def _size(groups: Sequence[Group]) -> int:
    return sum([len(group.digits) for group in groups])


def _whole_numbers(chain: Sequence[Group], between: _Between) -> Iterator[tuple[Group, Group]]:
    """The first and last group of each number, the longest for each beginning."""
    for first, group in enumerate(chain):
        readings = {group.digits}
        last = group if _WHOLE.fullmatch(group.digits) else None
        for before, after in zip(chain[first:], chain[first + 1 :], strict=False):
            readings = _read_on(readings, after.digits, between.is_joint(before, after))
            if not readings:
                break
            if any(map(_WHOLE.fullmatch, readings)):
                last = after
        if last is not None:
            yield group, last


def _read_on(readings: set[str], digits: str, goes_on: bool) -> set[str]:
    """What may have been read out with one more group: it says something again, begins anew or goes on."""
    result = {said for said in readings if _is_said_again(digits, said)}
    result |= {digits for said in readings if digits.startswith(said)}
    if goes_on:
        result |= {said + digits for said in readings if "X" not in said and len(said) + len(digits) <= _MAX_DIGITS}
    return set(sorted(result)[:_MAX_READINGS])


def _is_said_again(digits: str, said: str) -> bool:
    size = len(digits)
    if size > 1 and digits in said:
        return True
    windows = (said[i : i + size] for i in range(len(said) - size + 1)) if size >= _LONG_GROUP else ()
    return any(sum(a != b for a, b in zip(window, digits, strict=True)) == 1 for window in windows)
