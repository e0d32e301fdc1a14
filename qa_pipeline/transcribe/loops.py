"""The same words again and again: what a speech model writes when it is caught in a circle.

People repeat themselves too (对对对对, 好的好的好的, 喂能听到吗 three times, 6666 in a number): short pieces may come
often, long ones seldom.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

#: By the length of the repeated piece in characters (English: words): how often in a row nobody says it.
#: In the labelled calls (26 161 turns, written by hand) the most is four times one character, three times two.
_TOO_OFTEN = {1: 12, 2: 7, 3: 6, 4: 5, 5: 4, 6: 4, 7: 4}
#: Longer pieces.
_TOO_OFTEN_LONG = 3
_LONGEST_PIECE = 40
#: So many tokens in a row of so few kinds: no loop to the letter, but no talk either. In the labelled calls, 20 tokens
#: in a row (digits left out) never have fewer than eight kinds.
_ROW, _KINDS = 20, 4
#: Whisper's own bound (openai/whisper, transcribe.py: compression_ratio_threshold).
_MAX_COMPRESSION = 2.4
#: Shorter texts of a few answers (对对对，是是是) may compress as well as loops do; the labelled turns reach 2.03.
_MIN_COMPRESSED = 30


def is_loop(parts: Sequence[str]) -> bool:
    """Whether a stretch of tokens repeats a piece more often than people do."""
    runs = any(_runs(parts, size) for size in range(1, min(_LONGEST_PIECE, len(parts) // 2) + 1))
    return runs or _few_kinds(parts) or (len(parts) >= _MIN_COMPRESSED and compression(parts) > _MAX_COMPRESSION)


def _runs(parts: Sequence[str], size: int) -> bool:
    """Whether a piece of ``size`` tokens stands too often in a row: so many tokens equal the one ``size`` before."""
    needed = (_TOO_OFTEN.get(size, _TOO_OFTEN_LONG) - 1) * size
    run = 0
    for here, before in zip(parts[size:], parts, strict=False):
        run = run + 1 if here == before else 0
        if run >= needed:
            return True
    return False


def _few_kinds(parts: Sequence[str]) -> bool:
    worded = [part for part in parts if not part.isdigit()]
    return any(len(set(worded[at : at + _ROW])) <= _KINDS for at in range(len(worded) - _ROW + 1))


def compression(parts: Sequence[str]) -> float:
    """Bytes of the text divided by its bytes compressed, as Whisper counts."""
    raw = " ".join(parts).encode() if any(len(part) > 1 for part in parts) else "".join(parts).encode()
    return len(raw) / len(zlib.compress(raw))
