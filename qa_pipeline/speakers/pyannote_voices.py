"""pyannote.audio in place of our own separation of voices in one channel: the extra ``diarize``.

Its models must be fetched once, after accepting their terms at the hub; nothing is sent anywhere (docs/privacy.md).
The voices of its segments are given to words by the time that they share.
"""

from __future__ import annotations

import os
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from qa_pipeline.acoustics.frames import SAMPLE_RATE_HZ, Samples
from qa_pipeline.core.call import Word
from qa_pipeline.core.errors import StepFailure, UserError
from qa_pipeline.core.span import Span, merge
from qa_pipeline.speakers.voices import VoiceMap

#: Environment variable that holds the hub's token where the model still has to be fetched.
TOKEN = "HF_TOKEN"  # noqa: S105 - a name

#: Segments that begin before a stretch and may reach into it.
_LOOK_BACK = 16

Said = tuple[Span, str]


class PyannoteSeparator:
    """Loads its pipeline at the first recording. Raises UserError where the extra or the model is missing."""

    def __init__(self, model: str, device: str = "auto") -> None:
        self._model = model
        self._device = device
        self._pipeline: Any = None

    @property
    def identity(self) -> str:
        """Names what it does in the keys of stored results."""
        return f"pyannote {self._model}"

    def __call__(
        self,
        samples: Samples,
        speech: Sequence[Span],
        words: Sequence[Word],
        evidence: Callable[[Sequence[Word]], float] | None = None,
    ) -> VoiceMap:
        """The voices of one channel; see ``separate_voices``, whose place it takes. ``evidence`` is not used."""
        pipeline = self._load()
        import torch

        # Tensors are written to freely; the sound of a long recording lies in a file and must not be.
        own = samples if samples.flags.writeable else samples.copy()
        sound = {"waveform": torch.from_numpy(own)[None], "sample_rate": SAMPLE_RATE_HZ}
        try:
            found = pipeline(sound)
        except (RuntimeError, ValueError, MemoryError) as error:
            why = f"pyannote.audio failed: {type(error).__name__}"
            raise StepFailure("speakers", "separation_failed", why) from error
        return voice_map(_segments(found), speech, words)

    def _load(self) -> Any:
        if self._pipeline is None:
            # Read when the package is imported: from version 4 on it reports its use unless told not to.
            os.environ["PYANNOTE_METRICS_ENABLED"] = "0"
            try:
                import torch
                from pyannote.audio import Pipeline
            except ImportError:
                advice = "install qa-pipeline[diarize], or set separator = builtin"
                raise UserError(f"separator pyannote: pyannote.audio is not installed; {advice}") from None
            self._pipeline = self._fetched(Pipeline)
            gpu = self._device == "cuda" or (self._device == "auto" and torch.cuda.is_available())
            self._pipeline.to(torch.device("cuda" if gpu else "cpu"))
        return self._pipeline

    def _fetched(self, pipelines: Any) -> Any:
        token = os.environ.get(TOKEN)
        place = {} if token is None or Path(self._model).exists() else {"token": token}
        try:
            pipeline = pipelines.from_pretrained(self._model, **place)
        except Exception as error:  # noqa: BLE001 - the hub's client has errors of its own, for users to mend
            raise UserError(self._advice(type(error).__name__)) from None
        if pipeline is None:
            raise UserError(self._advice("refused by the hub"))
        return pipeline

    def _advice(self, why: str) -> str:
        return (
            f"separator pyannote: model {self._model!r} cannot be loaded ({why}); accept its terms at the hub and put "
            f"a token into {TOKEN} once, or give pyannote_model a folder"
        )


def _segments(found: Any) -> list[Said]:
    """Times and label of every segment; the exclusive form has no overlaps."""
    annotation = getattr(found, "exclusive_speaker_diarization", None) or getattr(found, "speaker_diarization", found)
    return [
        (Span(max(0.0, segment.start), max(0.0, segment.end)), str(label))
        for segment, _, label in annotation.itertracks(yield_label=True)
        if segment.end > max(0.0, segment.start)
    ]


def voice_map(said: Sequence[Said], speech: Sequence[Span], words: Sequence[Word]) -> VoiceMap:
    """Our stretches of speech and words by the voice that shares most time with them, else by the nearest segment.

    Voices are numbered in the order in which they are first heard.
    """
    segments = _Segments(sorted(said))
    parts = [(part, segments.label(part)) for span in speech for part in segments.cut(span)]
    order = {label: i for i, label in enumerate(dict.fromkeys(label for _, label in parts))}
    spans = tuple(merge(span for span, of in parts if of == label) for label in order)
    of_words = (order.get(segments.label(word.span), 0) for word in words)
    return VoiceMap(spans, tuple(of_words))


class _Segments:
    """Labelled segments in order of time, hardly overlapping one another."""

    def __init__(self, said: Sequence[Said]) -> None:
        self._said = said
        self._starts = [span.start_s for span, _ in said]
        self._edges = sorted({edge for span, _ in said for edge in (span.start_s, span.end_s)})

    def cut(self, span: Span) -> list[Span]:
        """The span, cut wherever a segment begins or ends."""
        first, last = bisect_right(self._edges, span.start_s), bisect_left(self._edges, span.end_s)
        return [Span(a, b) for a, b in pairwise([span.start_s, *self._edges[first:last], span.end_s])]

    def label(self, span: Span) -> str:
        """The label with most of the span's time; without any, that of the segment nearest by."""
        at = bisect_left(self._starts, span.end_s)
        near = self._said[max(0, at - _LOOK_BACK) : at + 1]
        shared: dict[str, float] = {}
        for segment, label in near:
            shared[label] = shared.get(label, 0.0) + segment.overlap_s(span)
        best = max(shared, key=lambda label: shared[label], default="")
        if best and shared[best] > 0:
            return best
        return min(near, key=lambda each: each[0].gap_s(span), default=(span, ""))[1]
