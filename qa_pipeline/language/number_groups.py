"""Phone, identity card and bank card numbers read out in groups, with fillers, turns and read-backs between.

Only a chain of groups that makes a whole number counts, so that a price here and a room there stay readable.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

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
#: Of these, after the last group of a turn that is not the last of the number.
MAX_TAIL = 12
#: The shortest whole number: a landline with its area code.
_MIN_DIGITS = 10

#: Read in groups, a mobile number may have got a digit too many on the way.
_MOBILE = r"(?:0{0,2}86)?1[3-9]\d{9,10}"
_LANDLINE = r"0(?:10|2\d|[3-9]\d\d)\d{7,8}"
#: The last place may be an X that the recogniser did not understand.
_IDENTITY = r"[1-8]\d{5}(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX]?"
_CARD = r"[3-69]\d{15,18}"
_WHOLE = re.compile(f"{_MOBILE}|{_LANDLINE}|{_IDENTITY}|{_CARD}")
_MAX_DIGITS = 19
#: Ways to read what was said so far (a group goes on or repeats); more than these no speaker means.
_MAX_READINGS = 16
#: Groups of one number, with all that is said again; a text of nothing but digits must not take minutes.
_MAX_GROUPS = 24
#: A repetition this long may have one digit misheard.
_LONG_GROUP = 4

#: After a figure: it counts, dates or prices something.
_UNIT = (
    r"[ \u3000]?(?:[年月日元块圆毛角万千百十亿点个岁兆秒天周折档款平米度升瓦斤吨层楼栋室倍寸台%％]"
    r"|[几次副件套箱瓶本额变到]|多(?!少)|来(?!着)"
    r"|分钟|小时|分之|套餐|公里|毫|流量|上下|左右|以内|封顶|[GMKgmk](?![A-Za-z])|号楼|号线)"
)
_FILLERS = "呃额嗯恩啊哦噢唔嘛呢吧哈诶欸对好"
#: After one or two digits only what may end a group: 两三句 and 三八节 are words.
_CLOSED = rf"(?=\W|$|[{_FILLERS}你您我是没行吧吗了那这]|然后|就是|后面|再)"
_NO_FIGURE_AFTER = rf"(?![A-Za-z*]|{_UNIT}|\.[0-9]{{1,2}}(?![0-9.])|[:：/][0-9])"
_NO_FIGURE_BEFORE = (
    r"(?<![A-Za-z*￥¥$第十百千万])(?<![0-9][:：/])(?<![零一二三四五六七八九十两0-9]点)"
    r"(?<!工号|编号|分机|型号|房号|单号|单元)(?<!工号是|编号是|分机是|型号是|房号是|单号是)(?<![栋楼幢])"
)
_BEFORE = re.compile(_NO_FIGURE_BEFORE)
_BEFORE_ONE = re.compile(rf"{_NO_FIGURE_BEFORE}(?:(?<!\w)|(?<=[{_FILLERS}是]))")
_AFTER = re.compile(_NO_FIGURE_AFTER)
_AFTER_FEW = re.compile(_CLOSED + _NO_FIGURE_AFTER)
#: One look at a whole call: digits in a row, or one that may stand alone (一 and 两 within words mostly do not).
_RUN = re.compile(rf"{DIGIT}(?:{DIGIT}+(?:[ ,，]?[{X}])?|[ ,，]?[{X}]|(?=[\W{_FILLERS}那这然就后再]))")

#: Within a turn a number goes on after these words only: figures with other words between belong to different things.
_JOINT = re.compile(
    rf"(?:\W|[{_FILLERS}那这是的了再然后就]|[那这]个|[前后中下][面边]|中间|接着|最后|下来|[三四五两][位个]|不对|稍等|等一?[下等会]儿?"
    r"|[你您]?记一?下|听好|我?[看想]看|我?想想|[Uu][mh]+|[Ee]r+m?|[Aa]nd|[Tt]hen)*"
)
_WORD = re.compile(r"[\u3400-\u9fff]|[A-Za-z0-9'’]+")


class Group(NamedTuple):
    """Digits in a row, the characters ``start..end`` of a turn; ``digits`` are ASCII, X may be the last.

    In a row of digits with punctuation between, each but the last is in a group.
    """

    turn: int
    start: int
    end: int
    digits: str


def find_groups(texts: Sequence[str]) -> list[Group]:
    """All digits that may be part of a number, in order."""
    ends = list(accumulate([size + 1 for size in map(len, texts)]))
    found, turn, begins = [], 0, 0
    for match in _RUN.finditer("\n".join(texts) + "\n"):
        start, end = match.span()
        if start >= ends[turn]:
            turn = bisect_right(ends, start)
            begins = ends[turn - 1]
        found.append(Group(turn, start - begins, end - begins, _folded(match.group())))
    return found


def _folded(run: str) -> str:
    # Most are one digit.
    return _FOLD[run] if len(run) == 1 else "".join([_FOLD.get(character, "") for character in run])


def groups_of_numbers(texts: Sequence[str], speakers: Sequence[str], groups: Sequence[Group]) -> list[Group]:
    """The groups that together make whole numbers, with what the other party reads back of them; in order.

    ``groups``: those found in the texts.
    """
    if _size(groups) < _MIN_DIGITS:
        return []
    groups = [group for group in groups if not is_figure(group, texts[group.turn])]
    between = _Between(texts, groups)
    found: set[Group] = set()
    for stretch in _cut(groups, between.is_idle):
        for stream in _streams(stretch, speakers):
            for chain in _cut(stream, between.is_short):
                for first, last in _whole_numbers(chain, between):
                    found.update(stretch[stretch.index(first) : stretch.index(last) + 1])
    return [group for group in groups if group in found]


def _streams(groups: Sequence[Group], speakers: Sequence[str]) -> Iterator[Sequence[Group]]:
    """What all say, then what each says: one may mishear what the other reads out."""
    yield groups
    names = sorted({speakers[group.turn] for group in groups})
    for name in names if len(names) > 1 else ():
        yield [group for group in groups if speakers[group.turn] == name]


def is_whole(run: str) -> bool:
    """True for the text of a whole phone, identity card or bank card number."""
    return _WHOLE.fullmatch(_folded(run)) is not None


def is_figure(group: Group, text: str) -> bool:
    """True for prices, dates, staff numbers and the like, by the words beside them."""
    size = len(group.digits)
    before, after = (_BEFORE if size > 1 else _BEFORE_ONE), (_AFTER if size > 2 else _AFTER_FEW)
    return after.match(text, group.end) is None or before.match(text, group.start) is None


class _Between:
    """What stands between two groups: whether both may belong to one number."""

    def __init__(self, texts: Sequence[str], groups: Sequence[Group]) -> None:
        self._texts = texts
        self._with_groups = {group.turn for group in groups}

    def is_idle(self, a: Group, b: Group) -> bool:
        """Nobody has changed the subject."""
        idle = 0
        for turn in range(a.turn + 1, b.turn):
            if turn not in self._with_groups:
                idle += 1
                if idle > MAX_IDLE_TURNS or _is_long(self._texts[turn]):
                    return False
        return True

    def is_short(self, a: Group, b: Group) -> bool:
        words = self._words(a, b)
        # What is masked already is no part of another number.
        return len(words) <= MAX_BETWEEN and "*" not in words and self.is_idle(a, b)

    def is_joint(self, a: Group, b: Group) -> bool:
        """Whether ``b`` goes on with the number of ``a``; after it, a turn may say a few words more."""
        if a.turn == b.turn:
            return _JOINT.fullmatch(self._texts[a.turn], a.end, b.start) is not None
        is_tail_short = len(self._texts[a.turn]) - a.end <= MAX_TAIL
        return is_tail_short and _JOINT.fullmatch(self._texts[b.turn], 0, b.start) is not None

    def _words(self, a: Group, b: Group) -> str:
        if a.turn == b.turn:
            return self._texts[a.turn][a.end : b.start]
        return self._texts[a.turn][a.end :] + self._texts[b.turn][: b.start]


def _is_long(text: str) -> bool:
    return len(text) > MAX_IDLE_WORDS and len(_WORD.findall(text)) > MAX_IDLE_WORDS


def _cut(groups: Sequence[Group], goes_on: Callable[[Group, Group], bool]) -> Iterator[list[Group]]:
    """The groups cut where no number can go on, without the parts that are too short to hold one."""
    part: list[Group] = []
    for group in groups:
        if part and not goes_on(part[-1], group):
            if _size(part) >= _MIN_DIGITS:
                yield part
            part = []
        part.append(group)
    if _size(part) >= _MIN_DIGITS:
        yield part


def _size(groups: Sequence[Group]) -> int:
    return sum([len(group.digits) for group in groups])


def _whole_numbers(chain: Sequence[Group], between: _Between) -> Iterator[tuple[Group, Group]]:
    """The first and last group of each number, the longest for each beginning."""
    for first, group in enumerate(chain):
        readings = {group.digits}
        last = group if _WHOLE.fullmatch(group.digits) else None
        for before, after in pairwise(chain[first : first + _MAX_GROUPS]):
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
        result |= {said + digits for said in readings if _may_follow(digits, said)}
    return set(sorted(result)[:_MAX_READINGS])


def _may_follow(digits: str, said: str) -> bool:
    return digits != said and "X" not in said and len(said) + len(digits) <= _MAX_DIGITS


def _is_said_again(digits: str, said: str) -> bool:
    size = len(digits)
    if size > 1 and digits in said:
        return True
    windows = (said[i : i + size] for i in range(len(said) - size + 1)) if size >= _LONG_GROUP else ()
    return any(sum(a != b for a, b in zip(window, digits, strict=True)) == 1 for window in windows)
