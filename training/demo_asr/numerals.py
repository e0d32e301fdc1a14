"""Numbers as they are spoken in Mandarin, written in hanzi."""

DIGITS = "零一二三四五六七八九"


def spoken_digits(digits: str) -> str:
    """'1103' -> '一一零三'."""
    return "".join(DIGITS[int(d)] for d in digits)


def spoken_number(value: int) -> str:
    """A cardinal number below one hundred million: 136 -> '一百三十六', 10 -> '十', 3008 -> '三千零八'."""
    if not 0 <= value < 10**8:
        raise ValueError(f"number {value} is outside 0..99999999")
    spoken = _below(value)
    return spoken.removeprefix("一") if spoken.startswith("一十") else spoken


def _below(value: int) -> str:
    """Cardinal number with every 'one ten' written out, as it is inside longer numbers."""
    if value < 10:
        return DIGITS[value]
    for unit, name in ((10_000, "万"), (1_000, "千"), (100, "百"), (10, "十")):
        if value >= unit:
            head, rest = divmod(value, unit)
            gap = "零" if 0 < rest < unit // 10 else ""
            return _below(head) + name + gap + (_below(rest) if rest else "")
    raise AssertionError("unreachable")
