"""Numbers as other programs read them."""

from __future__ import annotations

from decimal import Decimal


def plain_number(value: float) -> str:
    """All digits without an exponent, which some programs take for text: ``0.000001``, not ``1e-06``."""
    text = repr(value)
    return format(Decimal(text), "f") if "e" in text else text
