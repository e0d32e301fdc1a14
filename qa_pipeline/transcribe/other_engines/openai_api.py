"""Servers that speak OpenAI's ``/v1/audio/transcriptions``: vLLM, speaches (faster-whisper-server), vendors.

Recordings leave this machine only for the address that the user gives (docs/engines.md).
"""

from __future__ import annotations

import hashlib
import io
import json
import wave
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from qa_pipeline import __version__
from qa_pipeline.core.call import MadeBy, Transcript
from qa_pipeline.core.errors import StepFailure
from qa_pipeline.language.word_list import EMPTY, WordList
from qa_pipeline.transcribe.engine import Samples, SpeechJob
from qa_pipeline.transcribe.other_engines.clips import Heard, clips_of, each_alone, transcript_of, words_of
from qa_pipeline.transcribe.other_engines.server import ServerOptions, TranscriptionServer, check_address
from qa_pipeline.transcribe.other_engines.timing import Timed, cut, probability, spoken
from qa_pipeline.transcribe.voice_activity import SAMPLE_RATE_HZ
from qa_pipeline.transcribe.whisper.decoding import HeardWord
from qa_pipeline.transcribe.whisper.packing import Piece, Slot, Window, alone
from qa_pipeline.transcribe.whisper.placing import placed

#: Requests at once.
CONCURRENCY = 4
#: A request holds neighbouring stretches of one channel up to this, silence between them.
LONGEST = 25 * SAMPLE_RATE_HZ
GAP = SAMPLE_RATE_HZ // 2
#: Characters of the word list in the prompt: Whisper reads 224 tokens of one.
PROMPT_CHARACTERS = 150

#: Names that servers write in place of ISO 639 codes (verbose_json of OpenAI: "chinese").
_LANGUAGES = {
    "chinese": "zh",
    "mandarin": "zh",
    "cantonese": "yue",
    "english": "en",
    "japanese": "ja",
    "korean": "ko",
}

Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OpenAiOptions:
    """What changes the words, beside the server."""

    language: str | None = None
    """ISO 639 code; None: the server tells."""
    words: WordList = EMPTY
    """Sent as prompt."""


class OpenAiEngine:
    """Sends every stretch of speech as a WAV file made in memory; silence stays here. UserError for a bad address."""

    def __init__(self, server: ServerOptions, options: OpenAiOptions) -> None:
        check_address(server.url)
        self._where = server
        self._server = TranscriptionServer(server)
        self._options = options
        self._prompt = options.words.prompt(PROMPT_CHARACTERS)
        self._words_have_times = True

    @property
    def made_by(self) -> MadeBy:
        """What the server runs behind a model's name is not known: the address counts, as a hash."""
        kept = {
            "language": self._options.language,
            "words": self._options.words.revision,
            "server": hashlib.sha256(self._where.url.rstrip("/").encode()).hexdigest()[:12],
        }
        return MadeBy(
            "transcribe", __version__, f"openai {self._where.model}", options=json.dumps(kept, sort_keys=True)
        )

    @property
    def group_speech_s(self) -> float:
        return 0.0

    def transcribe(self, jobs: Sequence[SpeechJob]) -> list[Transcript | StepFailure]:
        """Recordings one after the other, several requests for each at once."""
        with self._server:
            return each_alone(jobs, self._transcribed, "the transcription server")

    def _transcribed(self, job: SpeechJob) -> Transcript:
        pieces = clips_of(job)
        found = self._heard(job, pieces) if pieces else {}
        answers = [(piece, found[piece]) for piece in pieces]
        return transcript_of(job, self._options.language, answers, words_of(self._prompt))

    def _heard(self, job: SpeechJob, pieces: Sequence[Piece]) -> dict[Piece, Heard]:
        """Packed first; what has no word times again, stretch by stretch: else nobody knows who said what when."""
        windows = packed(pieces) if self._words_have_times else alone(pieces)
        found: dict[Piece, Heard] = {}
        unplaced: list[Piece] = []
        for window, answer in zip(windows, self._asked(job, windows), strict=True):
            heard = placed_in(window, answer)
            if heard is None:
                unplaced += [slot.piece for slot in window.slots]
                self._words_have_times &= any(timed_words(answer))
            else:
                found |= heard
        again = alone(unplaced)
        for window, answer in zip(again, self._asked(job, again), strict=True):
            found |= placed_in(window, answer) or {}
        return found

    def _asked(self, job: SpeechJob, windows: Sequence[Window]) -> list[Answer]:
        """One answer per window. The first is asked for alone: it finds out what the server knows."""
        told = {"prompt": self._prompt, "language": self._options.language or ""}
        told = {name: value for name, value in told.items() if value}

        def ask(window: Window) -> Answer:
            return self._server.ask(wav(window.samples(job.channels)), told)

        if not windows:
            return []
        first = ask(windows[0])
        with ThreadPoolExecutor(CONCURRENCY) as pool:
            futures = [pool.submit(ask, window) for window in windows[1:]]
            try:
                return [first, *(future.result() for future in futures)]
            finally:
                for future in futures:  # after a failure, what was not sent is not sent
                    future.cancel()


def packed(pieces: Sequence[Piece]) -> list[Window]:
    """Neighbouring stretches of one channel in one request, up to ``LONGEST`` samples."""
    windows: list[Window] = []
    slots: list[Slot] = []
    for piece in pieces:
        at = slots[-1].end + GAP if slots else 0
        if slots and (slots[-1].piece.channel != piece.channel or at + piece.length > LONGEST):
            windows.append(Window(tuple(slots)))
            slots, at = [], 0
        slots.append(Slot(piece, at))
    return [*windows, Window(tuple(slots))] if slots else windows


def wav(samples: Samples) -> bytes:
    """A WAV file: 16 kHz, 16 bit, one channel."""
    sound = np.clip(np.round(samples * 32767), -32768, 32767).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(SAMPLE_RATE_HZ)
        written.writeframes(sound.tobytes())
    return file.getvalue()


def placed_in(window: Window, answer: Answer) -> dict[Piece, Heard] | None:
    """What was said in every stretch of a window; None where several share a text and nothing tells whose it is."""
    text, language = str(answer["text"]).strip(), language_in(answer)
    units = tuple(timed_words(answer))
    if len(window.slots) == 1:
        return {window.slots[0].piece: Heard(text, units, language)}
    if not spoken(text):
        return {slot.piece: Heard() for slot in window.slots}
    parts = cut(text, units)
    if not parts:
        return None
    found: dict[Piece, Heard] = {}
    at = 0
    shown = [HeardWord(part.text, part.start_s, part.end_s, 0.0) for part in parts]
    for slot, own in zip(window.slots, placed(shown, window.slots), strict=True):
        found[slot.piece] = _of_slot(parts[at : at + len(own)], slot, language)
        at += len(own)
    return found


def _of_slot(parts: Sequence[Timed], slot: Slot, language: str) -> Heard:
    shift_s = slot.at / SAMPLE_RATE_HZ
    moved = (Timed(part.text, part.start_s - shift_s, part.end_s - shift_s, part.probability) for part in parts)
    return Heard("".join(part.text for part in parts), tuple(moved), language)


def timed_words(answer: Answer) -> Iterator[Timed]:
    """The words of a verbose answer: in ``words``, with some servers inside ``segments``. Others are left out."""
    words = answer.get("words")
    if not isinstance(words, list) or not words:
        segments = answer.get("segments")
        inside = (
            [each.get("words") for each in segments if isinstance(each, dict)] if isinstance(segments, list) else []
        )
        words = [word for group in inside if isinstance(group, list) for word in group]
    for word in words:
        if isinstance(word, dict) and _is_number(word.get("start")) and _is_number(word.get("end")):
            text = word.get("word", word.get("text"))
            if isinstance(text, str):
                yield Timed(text, float(word["start"]), float(word["end"]), probability(word.get("probability")))


def language_in(answer: Answer) -> str:
    """The code of the language that the server names; empty where it names none, or one that is not known here."""
    named = answer.get("language")
    name = named.strip().lower() if isinstance(named, str) else ""
    is_code = 2 <= len(name) <= 3 and name.isascii() and name.isalpha()
    return name if is_code else _LANGUAGES.get(name, "")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
