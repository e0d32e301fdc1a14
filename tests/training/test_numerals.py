"""Numbers as they are spoken."""

import pytest

from training.demo_asr.numerals import spoken_digits, spoken_number


@pytest.mark.parametrize(
    ("value", "spoken"),
    [
        (0, "零"),
        (9, "九"),
        (10, "十"),
        (15, "十五"),
        (20, "二十"),
        (99, "九十九"),
        (100, "一百"),
        (105, "一百零五"),
        (110, "一百一十"),
        (136, "一百三十六"),
        (1003, "一千零三"),
        (1050, "一千零五十"),
        (12_000, "一万二千"),
        (250_000, "二十五万"),
    ],
)
def test_a_cardinal_number_is_spoken_in_hanzi(value: int, spoken: str) -> None:
    assert spoken_number(value) == spoken


def test_digits_are_spoken_one_by_one() -> None:
    assert spoken_digits("1103") == "一一零三"


@pytest.mark.parametrize("value", [-1, 10**8])
def test_a_number_out_of_range_is_refused(value: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        spoken_number(value)
