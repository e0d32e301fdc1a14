"""What the settings name, put together: speech engine, word list, options of the pipeline."""

from __future__ import annotations

from qa_pipeline.config import Settings
from qa_pipeline.language.word_list import EMPTY, WordList, read_word_list
from qa_pipeline.listening import Separator
from qa_pipeline.pipeline import PipelineOptions
from qa_pipeline.steps import analyse_options
from qa_pipeline.transcribe.engine import Engine


def pipeline_options(settings: Settings, *, retry_failed: bool = False) -> PipelineOptions:
    return PipelineOptions(
        analyse=analyse_options(settings.stage_model),
        separator=make_separator(settings),
        words=word_list(settings),
        retry_failed=retry_failed,
    )


def make_engine(settings: Settings) -> Engine:
    """The speech engine that the settings name; UserError when its model is not to be had."""
    if settings.engine != "faster-whisper":
        return _make_other_engine(settings)
    from qa_pipeline.transcribe.models import find_model
    from qa_pipeline.transcribe.whisper import WhisperEngine, WhisperOptions

    model = find_model(settings.model, models=settings.models)
    return WhisperEngine(
        model,
        WhisperOptions(
            language=None if settings.language == "auto" else settings.language,
            beam_size=settings.beam_size,
            words=word_list(settings) if settings.word_prompt and model.prompted else EMPTY,
            device=settings.device,
            compute_type=settings.compute_type,
            packed={"auto": None, "yes": True, "no": False}[settings.packed],
            cpu_threads=settings.cpu_threads,
            batch_size=settings.batch_size,
        ),
    )


def _make_other_engine(settings: Settings) -> Engine:
    """An engine that is an extra, or a server. The default of ``model`` is Whisper's: these have their own."""
    from qa_pipeline.transcribe.engines import EngineChoice, make_other_engine

    choice = EngineChoice(
        model=settings.model if "model" in settings.model_fields_set else "",
        language=None if settings.language == "auto" else settings.language,
        words=word_list(settings) if settings.word_prompt else EMPTY,
        device=settings.device,
        cpu_threads=settings.cpu_threads,
        url=settings.asr_url,
        key_variable=settings.asr_key_env,
    )
    return make_other_engine(settings.engine, choice)


def word_list(settings: Settings) -> WordList:
    """The project's words; empty without a list."""
    return read_word_list(settings.words) if settings.words else EMPTY


def make_separator(settings: Settings) -> Separator:
    """What parts the voices of mono recordings."""
    if settings.separator == "builtin":
        return Separator()
    from qa_pipeline.speakers.pyannote_voices import PyannoteSeparator

    separator = PyannoteSeparator(settings.pyannote_model, settings.device)
    return Separator(separator.identity, separator)
