"""A Whisper checkpoint of transformers becomes a CTranslate2 model: the extra ``convert``.

Weights are written as float16: half the size of float32, and the type from which CTranslate2 makes any other at load
(int8 on a CPU, float16 or int8_float16 on a GPU); a file of int8 could not be run at full precision any more.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from qa_pipeline.core.errors import UserError
from qa_pipeline.transcribe.models.alignment import heads_of, usable
from qa_pipeline.transcribe.models.folder import SOURCE, read_json, weight_files
from qa_pipeline.transcribe.models.storage import place

QUANTISATION = "float16"
_EXTRA = ("torch", "transformers")
#: What faster-whisper must find in a tokenizer.
_TOKENS = ("<|startoftranscript|>", "<|translate|>", "<|transcribe|>", "<|notimestamps|>")

Convert = Callable[[Path, Path], None]
"""Fills an empty folder (second) with the CTranslate2 model of a checkpoint (first)."""


def can_convert() -> bool:
    """True with the extra ``convert``; imports nothing."""
    return all(find_spec(name) for name in _EXTRA)


def need_converter(name: str) -> None:
    """UserError without the extra, before gigabytes are fetched in vain."""
    if not can_convert():
        raise UserError(
            f"model {name}: a checkpoint of transformers, which must be converted once: "
            "pip install 'qa-pipeline[convert]' (or convert it on another machine: models fetch … --to FOLDER)"
        )


def convert_into(storage: Path, name: str, source: Path, convert: Convert | None, origin: dict[str, Any]) -> Path:
    """The converted checkpoint under its name in the storage; UserError where that cannot be."""
    if convert is None:
        need_converter(name)
    work = convert or convert_checkpoint

    def make(target: Path) -> None:
        work(source, target)
        note = {"kind": "converted", "quantisation": QUANTISATION, "ctranslate2": metadata.version("ctranslate2")}
        (target / SOURCE).write_text(json.dumps(origin | note, ensure_ascii=False, indent=1), encoding="utf-8")

    return place(storage, name, bytes_after(source), make)


def bytes_after(source: Path) -> int:
    """Size of the converted model: two bytes a parameter."""
    size = sum((source / name).stat().st_size for name in weight_files(path.name for path in source.iterdir()))
    config = read_json(source / "config.json")
    halved = (config.get("torch_dtype") or config.get("dtype") or "float32") == "float32"
    return size // 2 if halved else size


def convert_checkpoint(source: Path, target: Path) -> None:
    """Convert with CTranslate2's own converter; nothing is fetched, no code of the checkpoint is run."""
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    try:
        _converter(source).convert(str(target), quantization=QUANTISATION, force=True)
        _write_tokenizer(source, target)
    except UserError:
        raise
    except Exception as error:  # noqa: BLE001 - torch, safetensors and transformers raise of every kind
        first_line = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise UserError(f"model folder {source}: cannot be converted ({first_line[:200]})") from None
    complete(source, target)


def _converter(source: Path) -> Any:
    """CTranslate2's converter, but strict: transformers fills weights that are missing with random numbers."""
    from ctranslate2.converters import TransformersConverter

    class Strict(TransformersConverter):  # type: ignore[misc]
        def load_model(self, model_class: Any, model_name_or_path: str, **options: Any) -> Any:
            model, report = model_class.from_pretrained(model_name_or_path, output_loading_info=True, **options)
            # The projection to words is the embedding of words and need not be written twice.
            missing = sorted(set(report["missing_keys"]) - {"proj_out.weight"})
            if missing or report["mismatched_keys"]:
                what = (
                    f"{len(missing)} weights are missing"
                    if missing
                    else "weights have other shapes than config.json says"
                )
                raise UserError(f"model folder {source}: cannot be converted ({what}); copy the checkpoint again")
            return model

    return Strict(str(source), load_as_float16=True, low_cpu_mem_usage=True)


def complete(source: Path, target: Path) -> None:
    """Add to a converted model what checkpoints lack: spectrum settings, heads for word times, languages."""
    config = read_json(source / "config.json")
    tokens = tokens_of(target / "tokenizer.json")
    missing = [token for token in _TOKENS if token not in tokens]
    if missing:
        raise UserError(
            f"model folder {source}: the tokenizer lacks {missing[0]}; copy the tokenizer files of the Whisper model "
            "that it was trained from"
        )
    if not (target / "preprocessor_config.json").is_file():
        _write_spectrum(source, target, config)
    converted = mended(read_json(target / "config.json"), config, _generation(source), tokens)
    (target / "config.json").write_text(json.dumps(converted, indent=1), encoding="utf-8")


def mended(
    converted: dict[str, Any], config: dict[str, Any], generation: dict[str, Any], tokens: dict[str, int]
) -> dict[str, Any]:
    """The converted config.json with heads, languages and suppressed tokens in place."""
    heads = generation.get("alignment_heads")
    known = heads if usable(heads, config) else heads_of(config)
    languages = list(range(tokens["<|startoftranscript|>"] + 1, tokens["<|translate|>"]))
    return converted | {
        "alignment_heads": known or converted.get("alignment_heads"),
        "lang_ids": converted.get("lang_ids") or languages,
        "suppress_ids": converted.get("suppress_ids") or [],
        "suppress_ids_begin": converted.get("suppress_ids_begin") or [],
    }


def tokens_of(tokenizer: Path) -> dict[str, int]:
    """The added tokens of a tokenizer.json with their numbers."""
    added = read_json(tokenizer).get("added_tokens")
    entries = added if isinstance(added, list) else []
    return {str(entry.get("content")): int(entry.get("id", -1)) for entry in entries if isinstance(entry, dict)}


def _generation(source: Path) -> dict[str, Any]:
    path = source / "generation_config.json"
    return read_json(path) if path.is_file() else {}


def _write_tokenizer(source: Path, target: Path) -> None:
    """Copy the tokenizer, or make it from vocabulary and merges where training left only those."""
    if (source / "tokenizer.json").is_file():
        shutil.copyfile(source / "tokenizer.json", target / "tokenizer.json")
        return
    import transformers

    with tempfile.TemporaryDirectory() as work:
        transformers.AutoTokenizer.from_pretrained(str(source), local_files_only=True).save_pretrained(work)
        shutil.copyfile(Path(work) / "tokenizer.json", target / "tokenizer.json")


def _write_spectrum(source: Path, target: Path, config: dict[str, Any]) -> None:
    """Without it faster-whisper takes 80 mel bands, and every model since large-v3 has 128."""
    given = source / "preprocessor_config.json"
    if given.is_file():
        shutil.copyfile(given, target / given.name)
        return
    spectrum = {"feature_size": config.get("num_mel_bins", 80), "sampling_rate": 16000, "hop_length": 160}
    spectrum |= {"chunk_length": 30, "n_fft": 400}
    (target / "preprocessor_config.json").write_text(json.dumps(spectrum, indent=1), encoding="utf-8")
