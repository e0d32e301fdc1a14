"""Qwen3-ASR (extra ``qwen``) through the package qwen-asr on transformers. Written against qwen-asr 0.0.6."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from qa_pipeline.core.errors import UserError
from qa_pipeline.language.word_list import WordList
from qa_pipeline.transcribe.engine import Samples
from qa_pipeline.transcribe.other_engines.clips import ClipEngine, ClipOptions, Heard, quiet, words_of
from qa_pipeline.transcribe.other_engines.names import ModelName, Part
from qa_pipeline.transcribe.other_engines.timing import Timed
from qa_pipeline.transcribe.voice_activity import SAMPLE_RATE_HZ

#: Clips decoded together.
GPU_BATCH, CPU_BATCH = 16, 1
#: Characters of the word list that stand before every clip as context.
CONTEXT_CHARACTERS = 1000

#: SUPPORTED_LANGUAGES of qwen_asr/inference/utils.py by ISO 639 code.
LANGUAGES = {
    "zh": "Chinese",
    "yue": "Cantonese",
    "en": "English",
    "ar": "Arabic",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "pt": "Portuguese",
    "id": "Indonesian",
    "it": "Italian",
    "ko": "Korean",
    "ru": "Russian",
    "th": "Thai",
    "vi": "Vietnamese",
    "ja": "Japanese",
    "tr": "Turkish",
    "hi": "Hindi",
    "ms": "Malay",
    "nl": "Dutch",
    "sv": "Swedish",
    "da": "Danish",
    "fi": "Finnish",
    "pl": "Polish",
    "cs": "Czech",
    "tl": "Filipino",
    "fa": "Persian",
    "el": "Greek",
    "ro": "Romanian",
    "hu": "Hungarian",
    "mk": "Macedonian",
}
_CODES = {name: code for code, name in LANGUAGES.items()}


class QwenEngine(ClipEngine):
    """The companion of the model is its forced aligner, which gives word times; the word list is given as context.

    UserError where the model does not know the language or the hub does not give the model.
    """

    name, makers_name = "qwen", "Qwen3-ASR"

    def __init__(self, model: ModelName, options: ClipOptions) -> None:
        if options.language and options.language not in LANGUAGES:
            raise UserError(f"--language {options.language}: Qwen3-ASR does not know it; try auto")
        self._model = ModelName(*(_on_this_machine(part) for part in model.parts))
        super().__init__(model, "+".join(_revision(part) for part in self._model.parts), options)
        self._context = options.words.prompt(CONTEXT_CHARACTERS)
        self._loaded: Any = None

    def _shown(self) -> WordList:
        return words_of(self._context)

    def _heard(self, clips: Sequence[Samples]) -> list[Heard]:
        """All clips at once; one by one where that fails, mostly for want of memory."""
        model = self._load()
        try:
            answers = self._asked(model, clips)
        except RuntimeError:
            if len(clips) == 1:
                raise
            answers = [answer for clip in clips for answer in self._asked(model, [clip])]
        return [heard_in(answer) for answer in answers]

    def _asked(self, model: Any, clips: Sequence[Samples]) -> list[Any]:
        language = self._options.language
        with quiet():
            answers = model.transcribe(
                audio=[(clip, SAMPLE_RATE_HZ) for clip in clips],
                context=self._context,
                language=LANGUAGES[language] if language else None,
                return_time_stamps=self._model.companion is not None,
            )
        if len(answers) != len(clips):
            raise ValueError("one answer per clip is expected")
        return list(answers)

    def _load(self) -> Any:
        if self._loaded is None:
            try:
                import torch
                from qwen_asr import Qwen3ASRModel
            except ImportError as error:
                raise self._not_installed(error) from None
            self._loaded = self._model_of(Qwen3ASRModel, torch, self._on_gpu(torch))
        return self._loaded

    def _model_of(self, models: Any, torch: Any, on_gpu: bool) -> Any:
        place = {"device_map": "cuda:0" if on_gpu else "cpu", "dtype": torch.bfloat16 if on_gpu else torch.float32}
        aligner = self._model.companion
        with_aligner = {"forced_aligner": aligner.name, "forced_aligner_kwargs": place} if aligner else {}
        batch = GPU_BATCH if on_gpu else CPU_BATCH
        try:
            with quiet():
                model = models.from_pretrained(
                    self._model.main.name, max_inference_batch_size=batch, **with_aligner, **place
                )
        except Exception as error:  # noqa: BLE001 - weights, configurations, memory: for users to mend
            why = type(error).__name__
            raise UserError(f"model {self._model_name}: qwen-asr cannot load it ({why}); see docs/engines.md") from None
        _never_by_chance(model)
        return model


def heard_in(answer: Any) -> Heard:
    """One ASRTranscription: ``language`` ("Chinese", "Chinese,English" or empty), ``text``, and ``time_stamps`` with
    items of ``text``, ``start_time`` and ``end_time`` in seconds (None without an aligner)."""
    stamps = getattr(answer, "time_stamps", None)
    parts = tuple(
        Timed(str(item.text), float(item.start_time), float(item.end_time)) for item in getattr(stamps, "items", ())
    )
    first = str(answer.language or "").partition(",")[0]
    return Heard(str(answer.text or ""), parts, _CODES.get(first, ""))


def _never_by_chance(model: Any) -> None:
    """Equal sound gets equal words, whatever the model's own configuration says about sampling."""
    settings = getattr(getattr(getattr(model, "model", None), "thinker", None), "generation_config", None)
    if settings is not None:
        settings.do_sample = False


def _on_this_machine(part: Part) -> Part:
    """The folder of a model, fetched from the hub at its first use."""
    if part.folder:
        return Part(str(part.folder))
    from huggingface_hub import snapshot_download

    revision = part.revision or None
    try:
        return Part(str(snapshot_download(part.name, revision=revision, local_files_only=True)), "cached")
    except Exception:  # noqa: BLE001 - the hub's client has errors of its own, all mean "not here"
        return Part(_fetched(part, revision), "cached")


def _fetched(part: Part, revision: str | None) -> str:
    from huggingface_hub import snapshot_download

    try:
        return str(snapshot_download(part.name, revision=revision))
    except Exception as error:  # noqa: BLE001 - no network, no such model, no such revision
        raise UserError(
            f"model {part.name}: not on this machine, and the hub does not give it ({type(error).__name__}); "
            "give a folder (docs/engines.md)"
        ) from None


def _revision(part: Part) -> str:
    """Folders of the hub's cache are named after the commit; others have a fingerprint."""
    return Path(part.name).name if part.revision == "cached" else part.identity
