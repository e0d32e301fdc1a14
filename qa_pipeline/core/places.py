"""Where recordings lie: a path on this machine, or an address (``s3://…``)."""

from __future__ import annotations

import re

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def is_address(place: str) -> bool:
    """Whether a place is an address; ``C:\\calls`` and ``C:/calls`` are paths."""
    return bool(_ADDRESS.match(place))
