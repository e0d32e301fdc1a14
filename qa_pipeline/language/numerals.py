"""Numbers in Mandarin speech, in digits: 三十九块 = 39块钱 = 39元, 一百二, 三万五 = 3.5万, 百分之五, 幺三八, 九块九.

A small parser rather than a pattern, because the same characters end one number or begin the next: 三十九一个月 is 39
for one month, 一百二百 is two numbers. What is meant roughly (七八十, 十二三, 几十) is left as it was said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "幺": 1}
SMALL_UNITS = {"十": 10, "百": 100, "千": 1000}
LARGE_UNITS = {"万": 10_000, "亿": 100_000_000}
UNITS = SMALL_UNITS | LARGE_UNITS

_SPOKEN = "".join(DIGITS)
_DIGIT = f"[0-9{_SPOKEN}]"
_UNIT = f"[{''.join(UNITS)}]"
#: What is counted: 一百一个月 is a hundred per month, not 110 months.
COUNTED = (
    "[个天次位张台条份家套人晚盒瓶斤口岁块元周件单项箱袋节场米公平期卡兆档]|年(?![费卡付利化])|月(?![租费卡供付利])|包(?![邮含月年])"
    "|分钟|小时|礼拜|星期"
)
#: Longer runs of digits are no quantities.
_MAX_DIGITS = 15

_START = re.compile(rf"百分之?百|百分之|¥?[0-9{_SPOKEN}十]|[俩仨]个?")
_RUN = re.compile(rf"[0-9{_SPOKEN}{''.join(UNITS)}]+")
_PAIR = "(?:一两|一二|两三|二三|三四|三五|四五|五六|六七|七八|八九)"
#: Two digits in a row beside a unit, or before what is counted: 七八十, 一百二三十, 十二三, 两三天.
_ROUGH = re.compile(rf"{_PAIR}{_UNIT}|{_UNIT}{_PAIR}(?!{_DIGIT})|^{_PAIR}(?=%|{COUNTED})|^两三(?!{_DIGIT})")
_ROUGH_PERCENT = re.compile(rf"{_PAIR}(?!{_DIGIT}|{_UNIT}|点)")
_WRITTEN = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?(?![0-9.])|[0-9]+\.[0-9]+(?![0-9.])")
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?![0-9:])")
#: 168一年 is 168 for one year, not 1681 years.
_NEXT_READ = rf"(?:[0-9]++|(?!(?<=[0-9])一(?:{COUNTED}))[{_SPOKEN}](?!{_UNIT}))"
_READ_OUT = re.compile(rf"(?:[0-9]++|[{_SPOKEN}](?!{_UNIT})){_NEXT_READ}*")
#: 三点五; but 三点二十, 三点五分 and 三点一刻 are times, 一点一点 is no number.
_POINT = re.compile(rf"点([{_SPOKEN}]+)(?![0-9{_SPOKEN}十百点分刻]|(?<=一)(?:{COUNTED}))")
#: Behind 百分之 no clock can be meant: 百分之11点2.
_PERCENT_POINT = re.compile(rf"点({_DIGIT}+)(?!{_DIGIT})")
_ASCII_DIGITS = re.compile("[0-9]+")
_ENDS_NUMBER = re.compile(rf"一(?:{COUNTED})")

_MONEY = re.compile("([多来几]?)(块钱|元钱|块|圆|元)")
#: 一块儿, 一块去: together.
_TOGETHER = re.compile("[一1]块[儿用来去吃走住过说看弄做带算聊干办报]")
_NO_TAIL = rf"(?!{_UNIT}|点|%|{COUNTED})"
_TAIL_DIGIT = "[二三四五六七八九]|[2-9](?![0-9.])|[一1](?=[毛角])"
_LAST_DIGIT = "[一二三四五六七八九]|[1-9](?![0-9.])"
#: 九块九, 九块九毛九, 十块五角, 两块零四; but not 十块三个, 十块三十个, 十块一共.
_TAIL = re.compile(
    rf"({_TAIL_DIGIT})[毛角]?{_NO_TAIL}(?:({_LAST_DIGIT})分?{_NO_TAIL})?|([零0])({_LAST_DIGIT})分?{_NO_TAIL}"
)
_DIMES = re.compile(rf"([1-9{_SPOKEN}])毛(?:钱|({_LAST_DIGIT})分?{_NO_TAIL})?")


@dataclass(frozen=True, slots=True)
class Numeral:
    """``line[start:end]`` says ``text``; ``read_out``: bare digits, which may go on after a pause (phone numbers)."""

    start: int
    end: int
    text: str
    read_out: bool = False


def find_numerals(line: str) -> Iterator[Numeral]:
    """The numbers of a line (half width, simplified script), in order; they do not overlap."""
    position = 0
    while match := _START.search(line, position):
        found = _numeral(line, match)
        if found:
            yield found
        position = found.end if found else match.end()


def _numeral(line: str, begin: re.Match[str]) -> Numeral | None:
    """The longest number that begins here, with the percent sign, currency, discount or clock that belongs to it."""
    at, first = begin.start(), begin.group()
    if first[0] in "俩仨":
        return Numeral(at, begin.end(), "2个" if first[0] == "俩" else "3个")
    if first in ("百分之百", "百分百"):
        return Numeral(at, begin.end(), "100%")
    return _percentage(line, at) if first == "百分之" else _counted(line, at)


def _percentage(line: str, at: int) -> Numeral | None:
    rough = _ROUGH_PERCENT.match(line, at + 3)
    if rough:
        return Numeral(at, rough.end(), f"{rough.group()}%")
    amount = _amount(line, at + 3, _PERCENT_POINT)
    if amount is None:
        return None
    return Numeral(at, amount.end + line.startswith("%", amount.end), f"{amount.text}%")


def _counted(line: str, at: int) -> Numeral | None:
    """A number with what follows it: 5%, 八五折, 两点半, 九块九, ¥39."""
    yuan_sign = line[at] == "¥"
    dimes = _DIMES.match(line, at)
    if dimes and (at == 0 or line[at - 1] not in UNITS):
        return Numeral(at, dimes.end(), f"0.{_read(dimes[1] + (dimes[2] or ''))}元")
    amount = _amount(line, at + yuan_sign, _POINT)
    if amount is None or (line[at] == "十" and line[at - 1 : at] in ("几", "数")):  # 几十 is not ten
        return None
    text, end = amount.text, amount.end
    if line.startswith("%", end):
        return Numeral(at, end + 1, f"{text}%")
    if line.startswith("折", end) and re.fullmatch("[1-9]{2}", text):
        return Numeral(at, end, f"{text[0]}.{text[1]}")
    if line.startswith("点半", end) and re.fullmatch("1?[0-9]|2[0-4]", text):
        return Numeral(at, end + 2, f"{text}点30")
    return _money(line, at, amount) or (Numeral(at, end, f"{text}元") if yuan_sign else amount)


def _money(line: str, at: int, amount: Numeral) -> Numeral | None:
    """The amount as yuan, where a currency follows."""
    money = _MONEY.match(line, amount.end)
    if money is None or _TOGETHER.match(line, at):
        return None
    roughly, word = money.groups()
    whole = amount.text.isdigit() and not roughly and not word.endswith("钱")
    tail = _TAIL.match(line, money.end()) if whole else None
    if tail is None:
        return Numeral(at, money.end(), f"{amount.text}{roughly}元")
    decimals = "".join(filter(None, tail.groups()))
    return Numeral(at, tail.end(), f"{amount.text}.{_read(decimals)}元")


def _amount(line: str, at: int, point: re.Pattern[str]) -> Numeral | None:
    """The bare number that begins here."""
    run = _RUN.match(line, at)
    if run is None:
        return None
    if _is_rough(line, run):
        return Numeral(at, run.end(), run.group())
    clock = _CLOCK.match(line, at)
    if clock:
        return Numeral(at, clock.end(), f"{int(clock[1])}点{clock[2] if clock[2] != '00' else ''}")
    written = _WRITTEN.match(line, at) if line[at - 1 : at] != "." else None
    if written:
        return _scaled(line, at, written.end(), written.group().replace(",", ""))
    whole = _quantity(line, at) or _digits_read_out(line, at)
    if whole is None:
        return None
    decimals = point.match(line, whole.end)
    return _scaled(line, at, decimals.end(), f"{whole.text}.{_read(decimals[1])}") if decimals else whole


def _is_rough(line: str, run: re.Match[str]) -> bool:
    """Whether the run says about how many; the two characters behind it may tell."""
    if not re.search(_PAIR, run.group()):
        return False
    rough = _ROUGH.search(line[run.start() : run.end() + 2])
    alone = rough is not None and rough.end() - rough.start() == 2
    return rough is not None and (not alone or run.end() - run.start() == 2)


def _digits_read_out(line: str, at: int) -> Numeral | None:
    """Digits read out one by one keep their zeros: 幺三八, 007."""
    found = _READ_OUT.match(line, at)
    return Numeral(at, found.end(), _read(found.group()), read_out=True) if found else None


def _scaled(line: str, at: int, end: int, text: str) -> Numeral:
    """A decimal number, times the unit behind it: 1.5万."""
    unit = line[end : end + 1]
    value = text.rstrip("0").rstrip(".") if "." in text else text
    if unit not in UNITS or unit == "十" or len(value) > _MAX_DIGITS:
        return Numeral(at, end, value)
    scaled = format(Decimal(value) * UNITS[unit], "f")
    return Numeral(at, end + 1, scaled.rstrip("0").rstrip(".") if "." in scaled else scaled)


def _read(digits: str) -> str:
    return "".join(str(DIGITS.get(c, c)) for c in digits)


def _coefficient(line: str, at: int) -> tuple[int | None, int]:
    """(number before a unit, where it ends); (None, at) where there is none."""
    written = _ASCII_DIGITS.match(line, at)
    if written:
        return (int(written.group()), written.end()) if len(written.group()) <= _MAX_DIGITS else (None, at)
    spoken = DIGITS.get(line[at : at + 1], 0)
    return (spoken, at + 1) if spoken and line[at] != "幺" else (None, at)


def _quantity(line: str, at: int) -> Numeral | None:
    """一百二十三, 一千二 (= 1200), 3万5, 二十, 一万零五十; None where no unit follows the digits."""
    total = section = 0
    smallest, largest, end = 10_000, 10**12, at
    while True:
        zero = end > at and line[end : end + 1] in ("零", "〇")
        number, after = _coefficient(line, end + zero)
        unit = line[after : after + 1]
        if SMALL_UNITS.get(unit, smallest) < smallest and (unit == "十" if number is None else number < 10):
            smallest = SMALL_UNITS[unit]
            section += smallest * (1 if number is None else number)
        elif LARGE_UNITS.get(unit, largest) < largest and (number is not None or section):
            if number is not None and section and smallest > 10 and not zero:
                break  # 一百五万
            largest = LARGE_UNITS[unit]
            total, section, smallest = total + largest * (section + (number or 0)), 0, 10_000
        else:
            break
        end = after + 1
    if end == at:
        return None
    scale = (smallest if section else largest) // 10
    rest, end = _rest(line, end, zero, smallest if section else 10_000, scale)
    return Numeral(at, end, str(total + section + rest))


def _rest(line: str, end: int, zero: bool, smallest: int, scale: int) -> tuple[int, int]:
    """(value, new end) of the digits behind the last unit: 一百零五, 二十三, 一百二 (= 120), 一万二八 (= 12800)."""
    number, after = _coefficient(line, end + zero)
    if number is None or line[after : after + 1] in UNITS:
        return 0, end
    if zero or scale == 1:
        return (number, after) if number < smallest else (0, end)
    if after - end > 1:  # 3万5000
        return (number, after) if number < scale * 10 else (0, end)
    if _ENDS_NUMBER.match(line, end):
        return 0, end
    second, beyond = _coefficient(line, after)
    joined = second is not None and beyond == after + 1 and not _ENDS_NUMBER.match(line, after)
    if joined and second is not None and line[beyond : beyond + 1] not in UNITS and scale >= 10:
        follows, _ = _coefficient(line, beyond)
        if follows is None:
            return number * scale + second * scale // 10, beyond
    return number * scale, after
