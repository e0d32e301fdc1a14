"""FunASR (extra ``funasr``): Paraformer, SenseVoice and Fun-ASR-Nano. Written against funasr 1.4.16."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qa_pipeline.core.call import Doubt
from qa_pipeline.core.errors import UserError
from qa_pipeline.language.word_list import WordList, word_list
from qa_pipeline.transcribe.engine import Samples
from qa_pipeline.transcribe.other_engines.clips import ClipEngine, ClipOptions, Heard, quiet, words_of
from qa_pipeline.transcribe.other_engines.names import ModelName, Part
from qa_pipeline.transcribe.other_engines.timing import Timed, joined, spoken

#: Clips decoded together on a GPU. FunASR itself takes one at a time on a CPU.
GPU_BATCH = 16
#: Characters of hot words. Paraformer compares each word with the sound; Fun-ASR-Nano reads them before every clip.
PARAFORMER_CHARACTERS, NANO_CHARACTERS = 2000, 500

#: Languages by the names that the models know (lid_dict of SenseVoiceSmall; model card of Fun-ASR-Nano).
SENSE_VOICE_LANGUAGES = frozenset({"zh", "en", "yue", "ja", "ko"})
NANO_LANGUAGES = {"zh": "中文", "en": "英文", "yue": "粤语", "ja": "日文", "ko": "韩文"}
#: What SenseVoice calls the sound of a clip where it is no voice: words beside it are doubtful.
NO_VOICE_EVENTS = frozenset({"BGM", "Applause", "Sing", "Sneeze", "Cough", "Breath"})
_TAG = re.compile(r"<\|([^|>]*)\|>")


@dataclass(frozen=True, slots=True)
class FunasrOptions(ClipOptions):
    """``cpu_threads`` changes how fast words come, not which."""

    cpu_threads: int = 0


class FunasrEngine(ClipEngine):
    """The companion of the model puts in marks of punctuation."""

    name, makers_name = "funasr", "FunASR"

    def __init__(self, model: ModelName, options: FunasrOptions) -> None:
        super().__init__(model, model.revision, options)
        self._model = model
        self._cpu_threads = options.cpu_threads
        self._loaded: Any = None
        self._punctuation: Any = None

    def _shown(self) -> WordList:
        asked = self._asked(_kind(self._loaded))
        return word_list((*asked.get("hotwords", ()), *asked.get("hotword", "").split()))

    def _heard(self, clips: Sequence[Samples]) -> list[Heard]:
        model = self._load()
        on_gpu = str(model.kwargs.get("device", "cpu")).startswith("cuda")
        size = GPU_BATCH if on_gpu else 1
        with quiet():
            answers = [
                answer for at in range(0, len(clips), size) for answer in self._batch(model, clips[at : at + size])
            ]
            return [self._with_marks(heard_in(answer, _kind(model))) for answer in answers]

    def _batch(self, model: Any, clips: Sequence[Samples]) -> list[Mapping[str, Any]]:
        """One answer per clip. FunASR leaves out clips without words: where some are missing, all are asked again."""
        try:
            answers = self._generate(model, clips)
        except RuntimeError:  # mostly: the batch does not fit the memory
            if len(clips) == 1:
                raise
            answers = []
        if len(answers) == len(clips):
            return answers
        if len(clips) == 1:
            return [{"text": ""}]
        return [answer for clip in clips for answer in self._batch(model, [clip])]

    def _generate(self, model: Any, clips: Sequence[Samples]) -> list[Mapping[str, Any]]:
        import torch

        # Fun-ASR-Nano takes tensors alone; samples are copied, for a part of a recording may not be written to.
        tensors = [torch.from_numpy(clip.copy()) for clip in clips]
        answers = model.generate(
            input=tensors, batch_size=len(tensors), output_timestamp=True, **self._asked(_kind(model))
        )
        return list(answers)

    def _asked(self, kind: str) -> dict[str, Any]:
        """What each kind of model is told about language and words."""
        language, words = self._options.language, self._options.words
        if kind == "SenseVoiceSmall":
            return {"language": language or "auto", "use_itn": True}
        if kind == "FunASRNano":
            listed = words_of(words.prompt(NANO_CHARACTERS)).words
            told = {"language": NANO_LANGUAGES[language]} if language in NANO_LANGUAGES else {}
            return {"hotwords": list(listed), "llm_kwargs": {"do_sample": False}, **told}
        hot = hot_words(words)
        return {"hotword": hot} if hot and kind in ("SeacoParaformer", "ContextualParaformer") else {}

    def _with_marks(self, heard: Heard) -> Heard:
        """The text with the marks that the companion puts in; as it is where anything else would change."""
        if self._punctuation is None or not spoken(heard.text):
            return heard
        (answer,) = self._punctuation.generate(input=[heard.text])
        text = str(answer.get("text", "")).strip()
        unchanged = spoken(text).lower() == spoken(heard.text).lower()
        return Heard(text, heard.parts, heard.language, heard.doubts) if unchanged else heard

    def _load(self) -> Any:
        if self._loaded is None:
            try:
                import torch
                import torchaudio  # noqa: F401 - FunASR fails without it only when the first clip is read
                from funasr import AutoModel
            except ImportError as error:
                raise self._not_installed(error) from None
            device = "cuda" if self._on_gpu(torch) else "cpu"
            companion = self._model.companion
            with quiet():
                if companion:
                    self._punctuation = self._model_of(AutoModel, companion, device)
                self._loaded = self._model_of(AutoModel, self._model.main, device)
            self._refuse_unknown_language(_kind(self._loaded))
        return self._loaded

    def _model_of(self, models: Any, part: Part, device: str) -> Any:
        revision = {"model_revision": part.revision} if part.revision else {}
        try:
            return models(
                model=str(part.folder or part.name),
                device=device,
                ncpu=self._cpu_threads or os.cpu_count() or 1,
                disable_update=True,  # else it asks the package index for news at every start
                disable_pbar=True,
                log_level="ERROR",  # at INFO it logs the hot words
                **revision,
            )
        except Exception as error:  # noqa: BLE001 - hubs, YAML, weights: errors of many packages, all for users to mend
            why = type(error).__name__
            raise UserError(
                f"model {part.name}: FunASR cannot load it ({why}); name one of its hub, or a folder (docs/engines.md)"
            ) from None

    def _refuse_unknown_language(self, kind: str) -> None:
        language = self._options.language
        if kind == "SenseVoiceSmall" and language and language not in SENSE_VOICE_LANGUAGES:
            known = ", ".join(sorted(SENSE_VOICE_LANGUAGES))
            raise UserError(f"--language {language}: SenseVoice does not know it; it knows {known}, or try auto")


def heard_in(answer: Mapping[str, Any], kind: str) -> Heard:
    """One answer of AutoModel.generate as text and timed parts.

    Paraformer: parts of the text parted by spaces, ``timestamp`` [[from, to], …] in ms, one for each. SenseVoice: tags
    before the text, ``words`` beside ``timestamp``. Fun-ASR-Nano: text alone; its makers call its times unreliable.
    """
    raw = str(answer.get("text") or "")
    tags = _TAG.findall(raw)
    text = _TAG.sub("", raw).strip()
    if kind == "SenseVoiceSmall":
        return _sense_voice(text, tags, _parts(answer.get("words"), answer.get("timestamp")))
    if kind == "FunASRNano":
        return Heard(text)
    units = text.split()
    return Heard(joined(units), _parts(units, answer.get("timestamp")))


def _sense_voice(text: str, tags: Sequence[str], parts: tuple[Timed, ...]) -> Heard:
    """No words where the model hears nobody; doubtful ones where it hears music, a cough or the like."""
    if "nospeech" in tags:
        return Heard()
    language = next((tag for tag in tags if tag in SENSE_VOICE_LANGUAGES), "")
    doubts = (Doubt.NO_SPEECH,) if NO_VOICE_EVENTS.intersection(tags) else ()
    return Heard(text, parts, language, doubts)


def _parts(units: object, times: object) -> tuple[Timed, ...]:
    """Units with their times; none where they are not as many as the times, or the times are none."""
    if not isinstance(units, list) or not isinstance(times, list) or len(units) != len(times):
        return ()
    try:
        return tuple(
            Timed(str(unit).replace("▁", " "), float(first) / 1000, float(last) / 1000)
            for unit, (first, last) in zip(units, times, strict=True)
        )
    except (TypeError, ValueError):
        return ()


def hot_words(words: WordList) -> str:
    """The listed words in one line for Paraformer, parted by spaces: words of letters and digits alone.

    Others would be read as several words, as the name of a file, or as an address to fetch.
    """
    line = ""
    for word in words.words:
        longer = f"{line} {word}".strip()
        if word.isalnum() and not word.lower().startswith("http"):
            if len(longer) > PARAFORMER_CHARACTERS:
                break
            line = longer
    return line


def _kind(model: Any) -> str:
    """The class of the model, as its configuration names it."""
    return str(model.kwargs.get("model", ""))
