"""Windows of sound to timed words: features, search and word times of CTranslate2, in batches on several threads."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from qa_pipeline.transcribe.engine import Samples
from qa_pipeline.transcribe.whisper.plan import Plan

_log = logging.getLogger(__name__)

#: Marks that belong to the word before them, and those that belong to the word after.
_CLOSING = frozenset("\"'.。,，!！?？:：;；”’)]}）】》、…")
_OPENING = frozenset("\"'“‘¿([{（【《-")

#: How CUDA and cuBLAS say that memory has run out.
_NO_MEMORY = ("out of memory", "alloc_failed")
#: Tokens of a word list before a window, at most: it shares 448 places with what is written.
MAX_PROMPT_TOKENS = 100


@dataclass(frozen=True, slots=True)
class HeardWord:
    """A word with its times in the window, seconds, and the mean probability of its tokens."""

    text: str
    start_s: float
    end_s: float
    probability: float


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a model wrote for one window."""

    words: tuple[HeardWord, ...]
    no_speech: float
    """Probability that nobody speaks in it."""


@dataclass(frozen=True, slots=True)
class Search:
    """How a text is looked for. Nothing is drawn at random: the same sound gives the same words."""

    beam_size: int
    prompt: str = ""
    unrepeated: int = 0
    """No piece of this many tokens comes twice; 0: any may."""


@dataclass(frozen=True, slots=True)
class Task:
    """One window's sound, made when its turn comes, and its language."""

    sound: Callable[[], Samples]
    language: str


class Decoder:
    """A loaded model on the machine as planned. ``windows`` counts what it has decoded so far."""

    def __init__(self, model: Any, plan: Plan) -> None:
        self._model = model
        self.plan = plan
        self.windows = 0
        self._batch_size = plan.batch_size

    def decode(self, tasks: Sequence[Task], search: Search) -> list[Decoded]:
        """One answer per task, in their order. Answers do not depend on which windows share a batch."""
        batches = list(self._batches(tasks))
        self.windows += len(tasks)
        if self.plan.workers == 1 or len(batches) == 1:
            return [answer for batch in batches for answer in self._batch(batch, search)]
        pool = ThreadPoolExecutor(self.plan.workers)
        try:
            found = pool.map(lambda batch: self._batch(batch, search), batches)
            return [answer for batch in found for answer in batch]
        finally:
            # After Ctrl-C or an error nothing new is begun; what runs inside the model cannot be stopped.
            pool.shutdown(cancel_futures=True)

    def language_of(self, sound: Samples) -> tuple[str, float]:
        """The language of up to 30 s of speech, and its probability."""
        if not self._model.model.is_multilingual:
            return "en", 1.0
        language, probability, _ = self._model.detect_language(sound)
        return str(language), min(1.0, float(probability))

    def _batches(self, tasks: Sequence[Task]) -> Iterator[Sequence[Task]]:
        """Batches of one language and about one size, enough to keep every worker busy."""
        start = 0
        while start < len(tasks):
            rest = [task.language == tasks[start].language for task in tasks[start:]]
            alike = rest.index(False) if False in rest else len(rest)
            size = max(1, min(self._batch_size, -(-alike // self.plan.workers)))
            count = -(-alike // size)
            for number in range(count):
                yield tasks[start + alike * number // count : start + alike * (number + 1) // count]
            start += alike

    def _batch(self, tasks: Sequence[Task], search: Search) -> list[Decoded]:
        """Halved, for good, when the memory of a GPU does not take it."""
        try:
            return self._decoded(tasks, search)
        except RuntimeError as error:
            if len(tasks) == 1 or not any(sign in str(error).lower() for sign in _NO_MEMORY):
                raise
            self._batch_size = max(1, len(tasks) // 2)
            _log.warning("out of memory with %d windows at once; going on with %d", len(tasks), self._batch_size)
            half = self._batch_size
            parts = (tasks[start : start + half] for start in range(0, len(tasks), half))
            return [answer for part in parts for answer in self._batch(part, search)]

    def _decoded(self, tasks: Sequence[Task], search: Search) -> list[Decoded]:
        from faster_whisper.tokenizer import Tokenizer

        model = self._model
        features = [self._features(task.sound()) for task in tasks]
        tokenizer = Tokenizer(
            model.hf_tokenizer, model.model.is_multilingual, task="transcribe", language=tasks[0].language
        )
        encoded = model.encode(np.stack([padded for padded, _ in features]))
        results = self._generate(encoded, tokenizer, len(tasks), search)
        written = [[t for t in result.sequences_ids[0] if t < tokenizer.eot] for result in results]
        aligned = model.find_alignment(tokenizer, written, encoded, [frames for _, frames in features])
        return [
            Decoded(_words(words), float(result.no_speech_prob)) for result, words in zip(results, aligned, strict=True)
        ]

    def _generate(self, encoded: Any, tokenizer: Any, count: int, search: Search) -> Any:
        from faster_whisper.transcribe import get_suppressed_tokens

        model = self._model
        return model.model.generate(
            encoded,
            [self._prompt(tokenizer, search.prompt)] * count,
            beam_size=search.beam_size,
            no_repeat_ngram_size=search.unrepeated,
            max_length=model.max_length,
            suppress_blank=True,
            suppress_tokens=get_suppressed_tokens(tokenizer, [-1]),
            return_scores=True,
            return_no_speech_prob=True,
        )

    def _prompt(self, tokenizer: Any, words: str) -> list[int]:
        """Language and task, no times: they come from the alignment; before them the word list."""
        start = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
        if not words:
            return start
        return [tokenizer.sot_prev, *tokenizer.encode(words)[:MAX_PROMPT_TOKENS], *start]

    def _features(self, sound: Samples) -> tuple[Any, int]:
        """Log-mel features, padded to a whole window, and how many of their frames are sound."""
        from faster_whisper.audio import pad_or_trim

        features = self._model.feature_extractor(sound)[..., :-1]
        whole = self._model.feature_extractor.nb_max_frames
        return pad_or_trim(features, whole), min(whole, features.shape[-1])


def _words(aligned: Sequence[dict[str, Any]]) -> tuple[HeardWord, ...]:
    """Words with the marks around them; half characters, and marks without a word, are left out."""
    words: list[HeardWord] = []
    opening = ""
    for each in aligned:
        text = str(each["word"]).replace("\ufffd", "")
        bare = text.strip()
        if not bare:
            continue
        if not opening and all(c in _CLOSING for c in bare):
            if words:
                before = words[-1]
                words[-1] = HeardWord(before.text + bare, before.start_s, before.end_s, before.probability)
        elif all(c in _OPENING for c in bare):
            opening += text
        else:
            times = float(each["start"]), float(each["end"])
            words.append(HeardWord(opening + text, *times, min(1.0, max(0.0, float(each["probability"])))))
            opening = ""
    return tuple(words)
