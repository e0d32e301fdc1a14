"""What pages were made from, as a short text: where it is the same, they need not be written again."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).parent

#: The files that make up the program; models and data have names of their own among what is stored.
_PROGRAM = frozenset({".py", ".html", ".css", ".js", ".json"})

#: A page says what it was made from within so many bytes.
_HEAD = 1024


def fingerprint(*parts: object) -> str:
    """Of all that is shown, and of the program that shows it. ``parts``: equal ones have the same ``repr``."""
    return hashlib.sha256(f"{_program()} {parts!r}".encode("utf-8", "surrogatepass")).hexdigest()


@cache
def _program() -> str:
    """By content, not by version: a template or a rule of masking that was changed must show."""
    digest = hashlib.sha256()
    for path in sorted(path for path in _PACKAGE.rglob("*") if path.suffix in _PROGRAM):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_made_from(page: Path, made_from: str) -> bool:
    """Whether a page is there and says of itself that it was made from this."""
    try:
        with page.open("rb") as file:
            return made_from.encode() in file.read(_HEAD)
    except OSError:
        return False
