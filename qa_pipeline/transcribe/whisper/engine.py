"""The engine: packs, decodes, looks again at what is doubtful, and gives every stretch of speech its words."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from typing import Any

import numpy as np

from qa_pipeline import __version__
from qa_pipeline.core.call import MadeBy, Segment, Transcript
from qa_pipeline.core.errors import StepFailure, UserError
from qa_pipeline.core.span import cover_all
from qa_pipeline.language.word_list import EMPTY, WordList
from qa_pipeline.transcribe.engine import Samples, SpeechJob
from qa_pipeline.transcribe.guards import doubted, doubts
from qa_pipeline.transcribe.models import SpeechModel
from qa_pipeline.transcribe.voice_activity import SAMPLE_RATE_HZ
from qa_pipeline.transcribe.whisper.decoding import Decoded, Decoder, Search, Task
from qa_pipeline.transcribe.whisper.options import IDENTITY, WhisperOptions
from qa_pipeline.transcribe.whisper.packing import Piece, Window, alone, pack, pieces_of
from qa_pipeline.transcribe.whisper.placing import in_recording, placed
from qa_pipeline.transcribe.whisper.plan import Plan, plan_for, shape_of
from qa_pipeline.transcribe.whisper.tries import Try, within, worst_first

#: Seconds of speech from which the language is told when none is given: Whisper looks at 30 s.
_LANGUAGE_SAMPLE_S = 30
#: Characters of a word list that are shown to the model.
_PROMPT_CHARACTERS = 150
#: In the last pass no piece of this many tokens comes twice.
LOOP_TOKENS = 4
#: Windows that may be decoded again for one recording: this share of the first pass; in short calls, where that is
#: none, one for stretches whose words may never have been said.
RETRY_SHARE, RETRY_FLOOR = 0.1, 1


class WhisperEngine:
    """Loads its model at the first recording, so that naming a model costs nothing."""

    def __init__(self, model: SpeechModel, options: WhisperOptions) -> None:
        self._model = model
        self._options = options
        self._decoder: Decoder | None = None

    @property
    def made_by(self) -> MadeBy:
        kept = {name: getattr(self._options, name) for name in IDENTITY}
        kept |= {"packed": self._packed, "words": self._options.words.revision}
        options = json.dumps(kept, sort_keys=True)
        return MadeBy("transcribe", __version__, f"faster-whisper {self._model.name}", self._model.revision, options)

    @property
    def group_speech_s(self) -> float:
        """A GPU waits for a full batch of windows, from several recordings if need be."""
        plan = self._decoder.plan if self._decoder else self._plan
        return 2.0 * 30 * plan.batch_size if plan.device == "cuda" else 0.0

    @cached_property
    def _plan(self) -> Plan:
        """How this machine will be used; asked for once: it starts a program where there is a GPU."""
        options = self._options
        shape = shape_of(self._model.folder)
        return plan_for(options.device, options.compute_type, options.cpu_threads, options.batch_size, shape)

    @property
    def windows(self) -> int:
        """Windows of 30 s decoded so far."""
        return self._decoder.windows if self._decoder else 0

    def transcribe(self, jobs: Sequence[SpeechJob]) -> list[Transcript | StepFailure]:
        """Recordings share batches, never windows: what is written does not depend on the neighbours."""
        try:
            return list(self._transcribed(jobs))
        except (RuntimeError, ValueError, MemoryError) as error:
            if len(jobs) > 1:
                return [answer for job in jobs for answer in self.transcribe([job])]
            why = f"the speech engine failed: {type(error).__name__}"
            return [StepFailure("transcribe", "engine_failed", why)]

    def _transcribed(self, jobs: Sequence[SpeechJob]) -> Iterator[Transcript]:
        pieces = [
            piece
            for number, job in enumerate(jobs)
            for piece in pieces_of(job.speech, [samples.size for samples in job.channels], number)
        ]
        languages = [self._language(job) for job in jobs]
        tries = self._tries(jobs, pieces, [language for language, _ in languages]) if pieces else []
        for number, (job, (language, probability)) in enumerate(zip(jobs, languages, strict=True)):
            own = [each for each in tries if each.piece.job == number]
            segments = sorted(map(_segment, filter(lambda each: each.words, own)), key=_in_time)
            speech = tuple(tuple(spans) for spans in job.speech)
            yield Transcript(language, probability, tuple(segments), speech)

    def _tries(self, jobs: Sequence[SpeechJob], pieces: Sequence[Piece], languages: Sequence[str]) -> list[Try]:
        """Every stretch once, and the worst again with other options, as far as each recording's share goes."""
        best: dict[Piece, Try] = {}
        firsts, left = [0] * len(jobs), [0] * len(jobs)
        for number, (arrange, search) in enumerate(self._passes()):
            windows: list[Window] = []
            for job in range(len(jobs)):
                own = [piece for piece in pieces if piece.job == job]
                if number:
                    shared = round(RETRY_SHARE * firsts[job]) > 0
                    again = worst_first([best[piece] for piece in own], thin=self._packed and shared)
                    arranged = within(left[job], again, arrange)
                    left[job] -= len(arranged)
                else:
                    arranged = arrange(own)
                    firsts[job] = len(arranged)
                    left[job] = max(RETRY_FLOOR, round(RETRY_SHARE * len(arranged)))
                windows += arranged
            for each in self._decoded(jobs, windows, languages, search):
                known = best.get(each.piece)
                if known is None or each.is_better_than(known):
                    best[each.piece] = each
        return [best[piece] for piece in pieces]

    def _passes(self) -> Iterator[tuple[Callable[[Sequence[Piece]], list[Window]], Search]]:
        """All stretches with the word list; some of them again beside other neighbours and without it; some of these
        alone, and no loops allowed."""
        beams = self._options.beam_size
        first = Search(beams, prompt=self._options.words.prompt(_PROMPT_CHARACTERS))
        if self._packed:
            yield pack, first
            yield pack, Search(beams)
        else:
            yield alone, first
        yield alone, Search(beams, unrepeated=LOOP_TOKENS)

    @property
    def _packed(self) -> bool:
        """As the options say, else as the model takes it."""
        return self._model.packed if self._options.packed is None else self._options.packed

    def _decoded(
        self, jobs: Sequence[SpeechJob], windows: Sequence[Window], languages: Sequence[str], search: Search
    ) -> Iterator[Try]:
        if not windows:
            return
        tasks = [Task(partial(window.samples, jobs[window.job].channels), languages[window.job]) for window in windows]
        shown = self._options.words if search.prompt else EMPTY
        for window, answer in zip(windows, self._load().decode(tasks, search), strict=True):
            yield from _of_window(window, answer, languages[window.job], shown)

    def _load(self) -> Decoder:
        if self._decoder is None:
            self._decoder = Decoder(self._loaded(self._plan), self._plan)
        return self._decoder

    def _loaded(self, plan: Plan) -> Any:
        from faster_whisper import WhisperModel

        try:
            model = WhisperModel(
                str(self._model.folder),
                device=plan.device,
                compute_type=plan.compute_type,
                cpu_threads=plan.threads_per_worker,
                num_workers=plan.workers,
                local_files_only=True,
            )
        except (RuntimeError, ValueError, OSError, KeyError) as error:
            first_line = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise UserError(f"model {self._model.name}: cannot be loaded ({first_line})") from None
        language = self._options.language
        if language and language not in model.supported_languages:
            raise UserError(f"--language {language}: model {self._model.name} does not know it; try auto")
        return model

    def _language(self, job: SpeechJob) -> tuple[str, float | None]:
        """The language given, else that of the first speech heard on the channel with most of it."""
        if self._options.language or not any(job.speech):
            return self._options.language or "und", None
        most = max(range(len(job.speech)), key=lambda i: sum(span.duration_s for span in job.speech[i]))
        clips = [
            job.channels[most][int(s.start_s * SAMPLE_RATE_HZ) : int(s.end_s * SAMPLE_RATE_HZ)]
            for s in job.speech[most]
        ]
        sample: Samples = np.concatenate(clips)[: _LANGUAGE_SAMPLE_S * SAMPLE_RATE_HZ]
        return self._load().language_of(sample)


def _of_window(window: Window, answer: Decoded, language: str, shown: WordList) -> Iterator[Try]:
    """The tries of a window's slots; ``shown``: the words that the model was given."""
    for slot, heard in zip(window.slots, placed(answer.words, window.slots), strict=True):
        words = in_recording(heard, slot)
        text = "".join(word.text for word in words).strip()
        speech_s = slot.piece.span.duration_s
        found = doubts(text, words, speech_s, language, shown, no_speech=answer.no_speech) if words else ()
        yield Try(slot.piece, words, found)


def _segment(each: Try) -> Segment:
    span = cover_all(word.span for word in each.words) or each.piece.span
    segment = Segment(each.piece.channel, span, each.text, each.words, round(each.probability, 4))
    return doubted(segment, each.doubts) if each.doubts else segment


def _in_time(segment: Segment) -> tuple[float, int]:
    return segment.span.start_s, segment.channel
