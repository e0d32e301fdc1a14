"""Two-channel calls made of sounds and words whose every time is known, for tests of what is heard and measured.

Each line is one stretch of speech; the sound is voiced at a pitch of the party, the words are spread evenly over it.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass

from qa_pipeline.core.call import Recording, Role, Segment, Transcript, Word
from qa_pipeline.core.span import Span
from tests import voiced_signals as vs
from tests.factories import A, C, words

PITCH_HZ = {A: 210.0, C: 120.0}
TALK = "我们这个套餐每月七十九元包五百兆宽带您看怎么样"


@dataclass(frozen=True)
class Line:
    role: Role
    span: Span
    text: str = TALK
    level_db: float = -20.0


def lines(*rows: tuple[Role, float, float] | tuple[Role, float, float, str]) -> tuple[Line, ...]:
    return tuple(Line(row[0], Span(row[1], row[2]), *row[3:]) for row in rows)


def channels(said: Sequence[Line], duration_s: float, noise_db: float = -60.0) -> tuple[vs.Samples, ...]:
    """Left the agent, right the customer, each with its own line noise."""
    found = []
    for number, role in enumerate((A, C)):
        sounds = [(line.span.start_s, _sound(line)) for line in said if line.role is role]
        found.append(vs.timeline(sounds, duration_s) + vs.noise(duration_s, noise_db, seed=number))
    return tuple(found)


def _sound(line: Line) -> vs.Samples:
    pitch = vs.vibrato(PITCH_HZ[line.role], 2.0, line.span.duration_s, rate_per_s=2.0)
    # Harmonics of the telephone band: a filter would smear the edges that are to be found again.
    return vs.scaled_to(vs.voiced(pitch, band_hz=vs.TELEPHONE_HZ), line.level_db)


def transcript(said: Sequence[Line], duration_s: float, wobble_s: float = 0.1) -> Transcript:
    """What an engine would recognise: a segment per line, its words up to ``wobble_s`` off, the detector's padding."""
    slips = random.Random(7)
    segments = [
        Segment(0 if line.role is A else 1, line.span, line.text, _words(line, slips, wobble_s), 0.9)
        for line in sorted(said, key=lambda line: line.span)
    ]
    speech = tuple(vs.padded([line.span for line in said if line.role is role], duration_s) for role in (A, C))
    return Transcript("zh", None, tuple(segments), tuple(tuple(_apart(spans)) for spans in speech))


def _words(line: Line, slips: random.Random, wobble_s: float) -> tuple[Word, ...]:
    even = words(line.text, line.span.start_s, line.span.end_s)
    by_s = slips.uniform(-wobble_s, wobble_s)
    return tuple(Word(w.text, Span(max(0.0, w.span.start_s + by_s), max(0.0, w.span.end_s + by_s))) for w in even)


def _apart(spans: Sequence[Span]) -> list[Span]:
    """Neighbours that padding made overlap meet in the middle, as the detector does it."""
    found = list(spans)
    for i in range(len(found) - 1):
        if found[i].end_s > found[i + 1].start_s:
            middle_s = (found[i].end_s + found[i + 1].start_s) / 2
            found[i], found[i + 1] = Span(found[i].start_s, middle_s), Span(middle_s, found[i + 1].end_s)
    return found


def recording(duration_s: float, n_channels: int = 2, **more: object) -> Recording:
    sha256 = hashlib.sha256(str(duration_s).encode()).hexdigest()
    return Recording("call.wav", sha256, 1000, "wav", "pcm_alaw", 8000, n_channels, duration_s, **more)  # type: ignore[arg-type]
