"""What can be chosen about faster-whisper."""

from __future__ import annotations

from dataclasses import dataclass

from qa_pipeline.language.word_list import EMPTY, WordList


@dataclass(frozen=True, slots=True)
class WhisperOptions:
    """What is not part of ``IDENTITY`` changes how fast words come, not which."""

    language: str | None = None
    """ISO 639-1 code; None: detected once per recording and kept."""
    beam_size: int = 5
    words: WordList = EMPTY
    """Shown to the model before every window; empty: nothing is."""
    device: str = "auto"
    """auto, cpu or cuda."""
    compute_type: str = "default"
    """A CTranslate2 type such as int8 or float16; default: int8 on a CPU, the type of the model's file on a GPU."""
    packed: bool | None = None
    """False: every stretch of speech gets a window of its own, several times the work; None: as the model takes it."""
    cpu_threads: int = 0
    """0: as many as there are cores."""
    batch_size: int = 0
    """Windows decoded together; 0: chosen for the machine."""


#: The options that the identity of a transcript holds.
IDENTITY = ("language", "beam_size", "device", "compute_type")
