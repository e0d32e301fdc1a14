"""Stretches of speech laid side by side in windows of 30 s, which cost a model the same full or empty."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from qa_pipeline.core.span import Span
from qa_pipeline.sound import release
from qa_pipeline.transcribe.engine import Samples
from qa_pipeline.transcribe.voice_activity import SAMPLE_RATE_HZ

WINDOW = 30 * SAMPLE_RATE_HZ
#: Stretches begin on a frame of the encoder (20 ms): the same sound looks the same wherever it lies.
FRAME = SAMPLE_RATE_HZ // 50
#: Silence between two stretches: as much as there is room for, between these. 0.2 s of sound around the speech of
#: each stretch come on top.
WIDEST_GAP, NARROWEST_GAP = FRAME * 20, FRAME * 2


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of speech of one channel: samples ``first`` up to ``last`` of it. ``job`` tells recordings apart."""

    job: int
    channel: int
    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first

    @property
    def span(self) -> Span:
        return Span(self.first / SAMPLE_RATE_HZ, self.last / SAMPLE_RATE_HZ)


@dataclass(frozen=True, slots=True)
class Slot:
    """A piece at its place in a window: it begins ``at`` samples after the window does."""

    piece: Piece
    at: int

    @property
    def end(self) -> int:
        return self.at + self.piece.length


@dataclass(frozen=True, slots=True)
class Window:
    """What the model decodes at once; slots in order, not overlapping."""

    slots: tuple[Slot, ...]

    @property
    def job(self) -> int:
        return self.slots[0].piece.job

    @property
    def length(self) -> int:
        return self.slots[-1].end

    def samples(self, channels: Sequence[Samples]) -> Samples:
        """The window's sound, shape (length,): silence where no piece lies."""
        sound = np.zeros(self.length, np.float32)
        for slot in self.slots:
            piece = slot.piece
            part = channels[piece.channel][piece.first : piece.last]
            sound[slot.at : slot.end] = part
            release(part)
        return sound


def pieces_of(speech: Sequence[Iterable[Span]], lengths: Sequence[int], job: int = 0) -> list[Piece]:
    """The stretches of every channel in samples, each at most a window long.

    Args:
        speech: stretches per channel, seconds.
        lengths: samples per channel: nothing lies behind the end of the sound.
    """
    found = []
    for channel, (spans, length) in enumerate(zip(speech, lengths, strict=True)):
        for span in spans:
            first, last = round(span.start_s * SAMPLE_RATE_HZ), min(length, round(span.end_s * SAMPLE_RATE_HZ))
            parts = max(1, math.ceil((last - first) / WINDOW))
            cuts = [first + (last - first) * part // parts for part in range(parts + 1)]
            found += [Piece(job, channel, a, b) for a, b in pairwise(cuts) if b > a]
    return found


def pack(pieces: Sequence[Piece]) -> list[Window]:
    """Windows that hold every piece once: as few as can be, about equally full, pieces of a channel side by side."""
    if not pieces:
        return []
    fewest = max(1, math.ceil(sum(piece.length for piece in pieces) / WINDOW))
    tight = _best_fit(pieces)
    groups = _spread(pieces, max(fewest, len(tight))) or tight
    windows = [_window(group) for group in groups if group]
    return sorted(windows, key=lambda window: min((s.piece.first, s.piece.channel) for s in window.slots))


def alone(pieces: Sequence[Piece]) -> list[Window]:
    """Every piece in a window of its own."""
    return [Window((Slot(piece, 0),)) for piece in pieces]


def _room(piece: Piece) -> int:
    """Samples that a piece takes with the narrowest gap behind it, in whole frames."""
    return -(-piece.length // FRAME) * FRAME + NARROWEST_GAP


def _by_length(pieces: Sequence[Piece]) -> list[Piece]:
    return sorted(pieces, key=lambda piece: (-piece.length, piece.first, piece.channel))


def _best_fit(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Longest first, each into the fullest window that still takes it: at most a few percent above the fewest."""
    groups: list[list[Piece]] = []
    rooms: list[int] = []
    for piece in _by_length(pieces):
        fitting = [i for i, room in enumerate(rooms) if piece.length <= room]
        if fitting:
            at = min(fitting, key=lambda i: rooms[i])
        else:
            groups.append([])
            rooms.append(WINDOW)
            at = len(rooms) - 1
        groups[at].append(piece)
        rooms[at] -= _room(piece)
    return groups


def _spread(pieces: Sequence[Piece], count: int) -> list[list[Piece]] | None:
    """Longest first, each into the emptiest of ``count`` windows; None where they do not take all."""
    groups: list[list[Piece]] = [[] for _ in range(count)]
    rooms = [WINDOW] * count
    for piece in _by_length(pieces):
        at = max(range(count), key=lambda i: rooms[i])
        if piece.length > rooms[at]:
            return None
        groups[at].append(piece)
        rooms[at] -= _room(piece)
    return groups


def _window(pieces: Sequence[Piece]) -> Window:
    """The pieces in order of channel and time, with gaps as wide as there is room for."""
    ordered = sorted(pieces, key=lambda piece: (piece.channel, piece.first))
    spare = WINDOW - sum(_room(piece) for piece in ordered) + NARROWEST_GAP
    gap = NARROWEST_GAP
    if len(ordered) > 1:
        gap = min(WIDEST_GAP, NARROWEST_GAP + max(0, spare // (len(ordered) - 1)) // FRAME * FRAME)
    slots, at = [], 0
    for piece in ordered:
        slots.append(Slot(piece, at))
        at += _room(piece) - NARROWEST_GAP + gap
    return Window(tuple(slots))
