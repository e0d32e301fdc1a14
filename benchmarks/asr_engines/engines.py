"""The engines behind one protocol. Each gets the same two channels and the same weights, and as many threads.

Every library is called as its documentation shows, once per channel; beam 5 and the language are given. With
``random`` weights nothing is decoded again at higher temperatures, whose bounds they never satisfy, and no text of the
window before is shown, which spares the others work (the end of a random text depends on its place).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks.asr_engines.weights import Formats

BEAMS = 5
LANGUAGE = "zh"
BATCH = 8

Channels = Sequence[NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Setting:
    """What a run is given beside the sound."""

    formats: Formats
    threads: int
    random: bool
    recording: Path
    """The sound as a file: ours keeps facts about the recording."""


@dataclass(frozen=True, slots=True)
class Heard:
    """``texts``: one per channel; ``timed_words``: how many words came with times."""

    texts: tuple[str, ...]
    timed_words: int
    speech_s: float | None = None


class Runner(Protocol):
    """A loaded engine."""

    @property
    def windows(self) -> int | None:
        """Runs of the encoder over 30 s so far; None where they cannot be counted."""
        ...

    def run(self, channels: Channels) -> Heard: ...


class Ours:
    """This project: voice activity, windows of both channels, batches, guards."""

    def __init__(self, setting: Setting, packed: bool = True, kind: str = "int8") -> None:
        from qa_pipeline.audio.ingest import IngestOptions, ingest
        from qa_pipeline.transcribe.models import find_model
        from qa_pipeline.transcribe.whisper import WhisperEngine, WhisperOptions

        folder = setting.formats.int8 if kind == "int8" else setting.formats.float32
        options = WhisperOptions(language=LANGUAGE, beam_size=BEAMS, packed=packed, cpu_threads=setting.threads)
        self._engine = WhisperEngine(find_model(str(folder)), options)
        self._recording, _ = ingest(setting.recording, IngestOptions(settle_s=0.0))

    @property
    def windows(self) -> int | None:
        return self._engine.windows

    def run(self, channels: Channels) -> Heard:
        from qa_pipeline.listening import transcribe

        found = transcribe(self._engine, self._recording, channels)
        texts = ["".join(s.text for s in found.segments if s.channel == channel) for channel in range(len(channels))]
        words = sum(len(segment.words) for segment in found.segments)
        return Heard(tuple(texts), words, sum(span.duration_s for spans in found.speech for span in spans))


class FasterWhisper:
    """faster-whisper; ``batched``: its BatchedInferencePipeline; ``together``: both channels at once, a thread each."""

    def __init__(
        self, setting: Setting, batched: bool = False, together: bool = False, kind: str = "int8", **given: Any
    ) -> None:
        from faster_whisper import BatchedInferencePipeline, WhisperModel

        workers = setting.threads if together else 1
        folder = setting.formats.int8 if kind == "int8" else setting.formats.float32
        model = WhisperModel(str(folder), "cpu", cpu_threads=setting.threads // workers, num_workers=workers)
        self.windows = 0
        self._count(model)
        options: dict[str, Any] = {"language": LANGUAGE, "beam_size": BEAMS, **given}
        if batched:
            options["batch_size"] = BATCH
        if setting.random:
            options |= {"temperature": 0.0} | ({} if batched else {"condition_on_previous_text": False})
        self._transcribe = (BatchedInferencePipeline(model) if batched else model).transcribe
        self._options, self._workers = options, workers

    def _count(self, model: Any) -> None:
        plain = model.encode

        def counted(features: NDArray[np.float32]) -> Any:
            self.windows += 1 if features.ndim == 2 else features.shape[0]
            return plain(features)

        model.encode = counted

    def run(self, channels: Channels) -> Heard:
        if self._workers == 1:
            return _joined(map(self._channel, channels))
        with ThreadPoolExecutor(self._workers) as pool:
            return _joined(pool.map(self._channel, channels))

    def _channel(self, samples: NDArray[np.float32]) -> tuple[str, int]:
        segments = list(self._transcribe(samples, **self._options)[0])
        return "".join(s.text for s in segments), sum(len(s.words or ()) for s in segments)


class OpenAIWhisper:
    """openai-whisper in float32, as its command line calls it (beam 5)."""

    def __init__(self, setting: Setting, **given: Any) -> None:
        import torch
        import whisper

        torch.set_num_threads(setting.threads)
        self._model = whisper.load_model(str(setting.formats.openai), device="cpu")
        self._model.register_buffer("alignment_heads", _alignment_heads(setting.formats), persistent=False)
        self.windows = 0
        self._model.encoder.register_forward_pre_hook(self._count)
        self._options: dict[str, Any] = {"language": LANGUAGE, "beam_size": BEAMS, "fp16": False, **given}
        self._options["temperature"] = 0.0 if setting.random else (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
        self._options |= {"condition_on_previous_text": False} if setting.random else {"best_of": 5}

    def _count(self, _: Any, inputs: Any) -> None:
        self.windows += inputs[0].shape[0]

    def run(self, channels: Channels) -> Heard:
        return _joined(map(self._channel, channels))

    def _channel(self, samples: NDArray[np.float32]) -> tuple[str, int]:
        found = self._model.transcribe(samples, verbose=None, **self._options)
        return found["text"], sum(len(segment.get("words", ())) for segment in found["segments"])


class Transformers:
    """The speech recognition pipeline of transformers in float32, chunks of 30 s in batches."""

    def __init__(self, setting: Setting, return_timestamps: bool | str = True) -> None:
        import torch
        from transformers import pipeline

        torch.set_num_threads(setting.threads)
        self._pipe = pipeline(
            "automatic-speech-recognition",
            model=str(setting.formats.transformers),
            device="cpu",
            dtype=torch.float32,
            chunk_length_s=30,
            batch_size=BATCH,
        )
        self._timestamps = return_timestamps
        self.windows = 0
        self._pipe.model.model.encoder.register_forward_pre_hook(self._count, with_kwargs=True)

    def _count(self, _: Any, inputs: Any, named: Any) -> None:
        self.windows += (inputs[0] if inputs else named["input_features"]).shape[0]

    def run(self, channels: Channels) -> Heard:
        return _joined(map(self._channel, channels))

    def _channel(self, samples: NDArray[np.float32]) -> tuple[str, int]:
        found = self._pipe(
            {"raw": samples, "sampling_rate": 16_000},
            return_timestamps=self._timestamps,
            generate_kwargs={"language": LANGUAGE, "task": "transcribe", "num_beams": BEAMS},
        )
        return found["text"], len(found.get("chunks", ())) if self._timestamps == "word" else 0


class WhisperCpp:
    """whisper.cpp through pywhispercpp, beam 5; ``words``: one segment per token, timed by its own rules."""

    windows: int | None = None

    def __init__(self, setting: Setting, quantised: bool = False, words: bool = False) -> None:
        from pywhispercpp.model import Model

        given: dict[str, Any] = {"token_timestamps": True, "max_len": 1} if words else {}
        if setting.random:
            given["temperature_inc"] = 0.0
        self._words = words
        self._model = Model(
            str(setting.formats.ggml_q8 if quantised else setting.formats.ggml),
            params_sampling_strategy=1,
            redirect_whispercpp_logs_to=None,
            n_threads=setting.threads,
            language=LANGUAGE,
            beam_search={"beam_size": BEAMS, "patience": -1.0},
            print_progress=False,
            print_timestamps=False,
            **given,
        )

    def run(self, channels: Channels) -> Heard:
        return _joined(map(self._channel, channels))

    def _channel(self, samples: NDArray[np.float32]) -> tuple[str, int]:
        segments = self._model.transcribe(samples)
        return "".join(s.text for s in segments), len(segments) if self._words else 0


def _joined(found: Iterable[tuple[str, int]]) -> Heard:
    each = list(found)
    return Heard(tuple(text for text, _ in each), sum(words for _, words in each))


def _alignment_heads(formats: Formats) -> Any:
    """The heads that tell word times, as openai-whisper keeps them."""
    import json

    import torch

    config = json.loads((formats.transformers / "config.json").read_text(encoding="utf-8"))
    heads = json.loads((formats.transformers / "generation_config.json").read_text(encoding="utf-8"))["alignment_heads"]
    mask = torch.zeros(config["decoder_layers"], config["decoder_attention_heads"], dtype=torch.bool)
    for layer, head in heads:
        mask[layer, head] = True
    return mask.to_sparse()


@dataclass(frozen=True, slots=True)
class Contender:
    """A row of the table."""

    title: str
    numbers: str
    """Type of the weights as the engine holds them."""
    make: Callable[[Setting], Runner]


def _faster(**options: Any) -> Callable[[Setting], Runner]:
    return lambda setting: FasterWhisper(setting, **options)


_TUNED = {"vad_filter": True, "word_timestamps": True, "condition_on_previous_text": False, "temperature": 0.0}

CONTENDERS: dict[str, Contender] = {
    "ours": Contender("ours", "int8", Ours),
    "ours-unpacked": Contender("ours, every stretch alone", "int8", lambda s: Ours(s, packed=False)),
    "ours-float32": Contender("ours", "float32", lambda s: Ours(s, kind="float32")),
    "fw": Contender("faster-whisper", "int8", _faster()),
    "fw-words": Contender("faster-whisper, word times", "int8", _faster(word_timestamps=True)),
    "fw-vad": Contender("faster-whisper, vad_filter", "int8", _faster(vad_filter=True)),
    "fw-vad-words": Contender(
        "faster-whisper, vad_filter, word times", "int8", _faster(vad_filter=True, word_timestamps=True)
    ),
    "fw-tuned": Contender(
        "faster-whisper tuned: vad_filter, word times, no condition, one temperature", "int8", _faster(**_TUNED)
    ),
    "fw-two": Contender(
        "faster-whisper tuned likewise, both channels at once on a thread each",
        "int8",
        _faster(together=True, **_TUNED),
    ),
    "fw-float32": Contender("faster-whisper", "float32", _faster(kind="float32")),
    "batched": Contender("faster-whisper batched", "int8", _faster(batched=True)),
    "batched-words": Contender(
        "faster-whisper batched, word times", "int8", _faster(batched=True, word_timestamps=True)
    ),
    "openai": Contender("openai-whisper", "float32", OpenAIWhisper),
    "openai-words": Contender(
        "openai-whisper, word times", "float32", lambda s: OpenAIWhisper(s, word_timestamps=True)
    ),
    "transformers": Contender("transformers pipeline", "float32", Transformers),
    "transformers-words": Contender(
        "transformers pipeline, word times", "float32", lambda s: Transformers(s, return_timestamps="word")
    ),
    "cpp": Contender("whisper.cpp", "float16", WhisperCpp),
    "cpp-words": Contender("whisper.cpp, word times", "float16", lambda s: WhisperCpp(s, words=True)),
    "cpp-q8": Contender("whisper.cpp", "q8_0", lambda s: WhisperCpp(s, quantised=True)),
}
