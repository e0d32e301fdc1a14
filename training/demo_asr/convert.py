"""Turn a training checkpoint into the int8 CTranslate2 model that faster-whisper loads.

Usage: python -m training.demo_asr.convert CHECKPOINT_DIR --out models/demo-zh
"""

import argparse
import json
import shutil
import tempfile
from pathlib import Path

import torch
from ctranslate2.converters import TransformersConverter
from torch import Tensor
from transformers import GenerationConfig, WhisperConfig, WhisperFeatureExtractor, WhisperForConditionalGeneration

from training.demo_asr import tokens
from training.demo_asr.checkpoint import Checkpoint, Weights
from training.demo_asr.network import MAX_FRAMES, MAX_TOKENS, MEL_BANDS, Size

# Cross-attention heads (layer, head) that give word times: the ones that the guide leaves alone. The guided heads
# put most of their mass on one frame, and CTranslate2's median filter over 7 frames wipes that out.
ALIGNMENT_HEADS = [[2, 2], [2, 3], [1, 3]]
UNUSED_BIAS = -30.0  # score of vocabulary rows that training never saw
SPACE = 220  # Whisper never begins with it
SHIPPED = ("model.bin", "config.json", "vocabulary.json", "tokenizer.json", "preprocessor_config.json")
LANGUAGES_FILE = Path(__file__).parent / "languages.json"


def full_embedding(rows: Tensor, token_ids: list[int]) -> Tensor:
    """The trained rows at their places in Whisper's vocabulary; column 0 is the output bias."""
    embedding = torch.zeros(tokens.VOCABULARY, rows.shape[1])
    embedding[:, 0] = UNUSED_BIAS
    embedding[torch.tensor(token_ids)] = rows
    return embedding


def hugging_face_weights(checkpoint: Checkpoint) -> Weights:
    """Names and shapes of transformers' Whisper; the training-only parts go, the pinned norm is folded in."""
    old = checkpoint.weights
    new = {f"model.{name}": value for name, value in old.items() if not name.startswith("ctc")}
    for helper in ("model.decoder.m", "model.decoder.c", "model.encoder.pos"):
        del new[helper]
    mask, constant = old["decoder.m"], old["decoder.c"]
    new["model.decoder.layer_norm.weight"] = old["decoder.layer_norm.weight"] * mask
    new["model.decoder.layer_norm.bias"] = old["decoder.layer_norm.bias"] * mask + constant
    new["model.encoder.embed_positions.weight"] = old["encoder.pos"]
    embedding = full_embedding(old["decoder.embed_tokens.weight"], checkpoint.token_ids)
    new["model.decoder.embed_tokens.weight"] = embedding
    new["proj_out.weight"] = embedding
    return new


def whisper_config(size: Size) -> WhisperConfig:
    """The configuration of a Whisper of this size."""
    return WhisperConfig(
        vocab_size=tokens.VOCABULARY,
        num_mel_bins=MEL_BANDS,
        d_model=size.width,
        encoder_layers=size.encoder_layers,
        decoder_layers=size.decoder_layers,
        encoder_attention_heads=size.heads,
        decoder_attention_heads=size.heads,
        encoder_ffn_dim=size.feed_forward,
        decoder_ffn_dim=size.feed_forward,
        max_source_positions=MAX_FRAMES,
        max_target_positions=MAX_TOKENS,
        decoder_start_token_id=tokens.START,
        **special_ids(),
    )


def special_ids() -> dict[str, int | list[int]]:
    """Ids that the model's and the generation's configuration share."""
    end = {f"{name}_token_id": tokens.END for name in ("bos", "eos", "pad")}
    return {**end, "suppress_tokens": [], "begin_suppress_tokens": [SPACE, tokens.END]}


def generation_config() -> GenerationConfig:
    """What the converter reads: languages, tasks, the heads for word times."""
    languages = json.loads(LANGUAGES_FILE.read_text(encoding="utf-8"))
    config = GenerationConfig(decoder_start_token_id=tokens.START, max_length=MAX_TOKENS, **special_ids())
    config.lang_to_id = {f"<|{name}|>": tokens.START + 1 + i for i, name in enumerate(languages)}
    config.task_to_id = {"transcribe": tokens.TRANSCRIBE, "translate": tokens.TRANSCRIBE - 1}
    config.is_multilingual = True
    config.no_timestamps_token_id = tokens.NO_TIMES
    config.alignment_heads = ALIGNMENT_HEADS
    return config


def write_hugging_face(checkpoint: Checkpoint, folder: Path) -> None:
    """A transformers model folder."""
    model = WhisperForConditionalGeneration(whisper_config(checkpoint.size))
    report = model.load_state_dict(hugging_face_weights(checkpoint), strict=False)
    if report.missing_keys or report.unexpected_keys:
        raise ValueError(f"weights do not fit: missing {report.missing_keys}, unexpected {report.unexpected_keys}")
    model.tie_weights()
    model.generation_config = generation_config()
    model.save_pretrained(folder)
    WhisperFeatureExtractor(feature_size=MEL_BANDS).save_pretrained(folder)
    shutil.copy(tokens.TOKENIZER_FILE, folder / "tokenizer.json")
    end = {f"{name}_token": "<|endoftext|>" for name in ("bos", "eos", "unk", "pad")}
    config = {"tokenizer_class": "WhisperTokenizer", "model_max_length": MAX_TOKENS, **end}
    (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")


def convert(source: Path, out: Path) -> None:
    """Checkpoint folder -> model folder; other files in `out` (the model card) stay."""
    with tempfile.TemporaryDirectory() as scratch:
        plain, packed = Path(scratch, "plain"), Path(scratch, "packed")
        plain.mkdir()
        write_hugging_face(Checkpoint.load(source), plain)
        copied = ["tokenizer.json", "preprocessor_config.json"]
        TransformersConverter(str(plain), copy_files=copied).convert(str(packed), quantization="int8")
        out.mkdir(parents=True, exist_ok=True)
        for name in SHIPPED:
            shutil.copyfile(packed / name, out / name)
    compact(out / "vocabulary.json")


def compact(path: Path) -> None:
    """Write a JSON file without indentation and escapes: a third smaller."""
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    convert(options.checkpoint, options.out)


if __name__ == "__main__":
    main()
