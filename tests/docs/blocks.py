"""The fenced blocks of a page in their order, so that tests can run them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DOCS = ROOT / "docs"

#: A change that the reader makes by hand, written for tests: ``<!-- replace in FILE: OLD → NEW -->``.
REPLACE = "replace"

_PART = re.compile(
    r"^(?:```(?P<language>\w*)\n(?P<text>.*?)^```$|#+ (?P<heading>.+?)$|<!-- replace in (?P<change>.+?) -->$)",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Block:
    """``language`` as written behind the fence; ``heading`` is the one above."""

    language: str
    text: str
    heading: str = ""

    @property
    def file(self) -> str:
        """The name in a first line such as ``# my-form.yaml``."""
        return self.text.partition("\n")[0].removeprefix("# ")


def blocks_of(page: Path | str) -> Iterator[Block]:
    """Blocks of a page given as a file or as text."""
    text = page.read_text(encoding="utf-8") if isinstance(page, Path) else page
    heading = ""
    for part in _PART.finditer(text):
        if part["heading"] is not None:
            heading = part["heading"]
        elif part["change"] is not None:
            yield Block(REPLACE, part["change"], heading)
        else:
            yield Block(part["language"], part["text"], heading)
