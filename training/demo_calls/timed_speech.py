"""Speech with the time of every hanzi, from libespeak-ng's word events.

The first synthesis of a process gives the same samples as the espeak-ng command; later ones differ by a few. So every
turn is spoken in a process of its own, and a rendering does not depend on what was rendered before it.
"""

import ctypes
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray

from training.demo_calls.dialogue import Voice

LANGUAGE = "cmn-latn-pinyin"
RETRIEVAL, PHONEME_EVENTS, POSITION_CHARACTER, UTF8_END_PAUSE = 1, 1, 1, 0x1001
RATE, PITCH = 1, 3
END_OF_LIST, WORD, PHONEME = 0, 1, 7


class Event(ctypes.Structure):
    """espeak_EVENT of speak_lib.h."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_ms", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("name", ctypes.c_char * 8),
    )


@dataclass(frozen=True)
class Word:
    """One hanzi with its times in seconds from the start of the wave it belongs to."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Spoken:
    """Samples (shape (n,), int16) and the hanzi in them."""

    samples: NDArray[np.int16]
    rate_hz: int
    words: tuple[Word, ...]


Mark = tuple[int, int, int, str]  # type, position in the text from 1, sample, phoneme


def speak(text: str, voice: Voice) -> Spoken:
    """Speak in a fresh process."""
    # Forked from a process that has not loaded the library: fresh state without a new interpreter.
    with get_context("fork").Pool(1) as pool:
        return pool.apply(speak_here, (text, voice))


def speak_here(text: str, voice: Voice) -> Spoken:
    """Speak in this process; see the module's note on repeatability."""
    library = ctypes.CDLL("libespeak-ng.so.1")
    pieces: list[NDArray[np.int16]] = []
    marks: list[Mark] = []

    def collect(wave: "ctypes._Pointer[ctypes.c_short]", count: int, events: "ctypes._Pointer[Event]") -> int:
        if count > 0:
            pieces.append(np.ctypeslib.as_array(wave, (count,)).copy())
        number = 0
        while (event := events[number]).type != END_OF_LIST:
            marks.append((event.type, event.text_position, event.sample, event.name.decode(errors="replace")))
            number += 1
        return 0

    prototype = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(Event))
    callback = prototype(collect)
    rate_hz = library.espeak_Initialize(RETRIEVAL, 500, None, PHONEME_EVENTS)
    library.espeak_SetSynthCallback(callback)
    if library.espeak_SetVoiceByName(f"{LANGUAGE}+{voice.variant}".encode()) != 0:
        raise ValueError(f"espeak-ng has no voice {LANGUAGE}+{voice.variant}")
    library.espeak_SetParameter(RATE, voice.speed, 0)
    library.espeak_SetParameter(PITCH, voice.pitch, 0)
    data = text.encode() + b"\0"
    library.espeak_Synth(data, len(data), 0, POSITION_CHARACTER, 0, UTF8_END_PAUSE, None, None)
    library.espeak_Synchronize()
    return Spoken(np.concatenate(pieces), rate_hz, words_of(text, marks, rate_hz))


def words_of(text: str, marks: list[Mark], rate_hz: int) -> tuple[Word, ...]:
    """The hanzi of `text`: each lasts from its word event to the first boundary phoneme ("_…") after it."""
    words = []
    for number, (kind, position, sample, _) in enumerate(marks):
        if kind != WORD or not 1 <= position <= len(text) or not "\u4e00" <= text[position - 1] <= "\u9fff":
            continue
        later = [s for k, _, s, name in marks[number + 1 :] if k == WORD or (k == PHONEME and name.startswith("_"))]
        end = later[0] if later else sample
        words.append(Word(text[position - 1], sample / rate_hz, end / rate_hz))
    return tuple(words)
