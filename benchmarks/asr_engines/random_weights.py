"""A Whisper of ``small`` shape whose weights are random, made with a seed: it costs what a real one costs.

Random weights never end a text, and the engines' limits of length differ. So a few numbers are set by hand; all others
stay random:

* Speech gives tokens, silence gives none: one dimension of the encoder tells loud frames, one head of the decoder takes
  their share of the window, and the end token wins as soon as the place in the text has reached that share. The same
  speech gives about as many tokens however it is cut into windows.
* The text is hanzi that depend on place and sound, so it does not repeat; the likeliest token is far ahead.
* No times are written but 0.00 at the start, where an engine asks for one: every window is 30 s long.
* One head looks at the frame that belongs to a place, so that word times run through the window.
"""

from __future__ import annotations

import json
import math
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.asr_engines.weights import REPOSITORY, Formats, complete

SEED = 7
#: Tokens in a second of Mandarin speech: 369 in the 56 s that voice activity finds in the demo's first minute.
TOKENS_PER_S = 6.6
FRAMES, WINDOW_S, PLACES = 1500, 30.0, 448
#: Places before the text: start, language, task, no times.
PROMPT = 4
#: Dimensions set by hand: the share of speech, the place in the text, a constant.
SPEECH, PLACE, CONSTANT = 0, 1, 2
PINNED = [SPEECH, PLACE, CONSTANT]
#: Dimensions of the decoder that hold the frame which belongs to a place, as sines and cosines.
CLOCK = slice(64, 128)
#: Dimensions of one head, and the score that its best frame gets.
HEAD, PEAK = 64, 16.0
#: Scores of tokens that never come, and of the time 0.00, which comes only where an engine takes no other.
NEVER, ONLY_IF_ASKED = -60.0, -30.0
#: Place at the end of 448 and what it counts in the score of the end token: two points of score per place.
RAMP, END_WEIGHT = 20.0, 60.0
#: The likeliest hanzi scores about this much: the end token has to reach it.
USUAL_SCORE = 33.0
#: Bands up to 3.4 kHz.
BANDS = 50


@dataclass(frozen=True, slots=True)
class Shape:
    """Whisper ``small``."""

    width: int = 768
    heads: int = 12
    layers: int = 12


def random_weights(folder: Path, sound: np.ndarray[Any, Any], shape: Shape = Shape()) -> Formats:
    """Every format of the random model.

    Args:
        sound: shape (channels, samples), 16 kHz: what the border between speech and silence is taken from.
    """
    formats = Formats(folder)
    if not (formats.transformers / "model.safetensors").exists():
        formats.transformers.mkdir(parents=True, exist_ok=True)
        _write(formats.transformers, sound, shape)
    complete(formats)
    return formats


def _write(folder: Path, sound: np.ndarray[Any, Any], shape: Shape) -> None:
    import torch
    from transformers import WhisperForConditionalGeneration

    from training.demo_asr import convert, tokens
    from training.demo_asr.network import Size

    torch.manual_seed(SEED)
    size = Size(tokens.VOCABULARY, 1, shape.width, shape.heads, shape.layers, shape.layers, 4 * shape.width)
    model = WhisperForConditionalGeneration(convert.whisper_config(size)).eval()
    windows, speech_s = _windows(sound)
    with torch.no_grad():
        _randomise(model)
        _hear_speech(model, _border(windows))
        _score_tokens(model, tokens)
        _end_in_time(model, windows, speech_s)
        _follow_time(model, shape)
    model.generation_config = convert.generation_config()
    model.generation_config.alignment_heads = [[shape.layers - 1, 0]]
    model.save_pretrained(folder)
    _write_tokenizer(folder)


def _write_tokenizer(folder: Path) -> None:
    for name in ("tokenizer.json", "preprocessor_config.json"):
        shutil.copy(REPOSITORY / "models" / "demo-zh" / name, folder / name)
    end = {f"{name}_token": "<|endoftext|>" for name in ("bos", "eos", "unk", "pad")}
    config = {"tokenizer_class": "WhisperTokenizer", "model_max_length": PLACES, **end}
    (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")


def _windows(sound: np.ndarray[Any, Any]) -> tuple[Any, list[float]]:
    """Features of each channel's first window, shape (channels, 80, 3000), and the seconds of speech in each."""
    import torch
    from faster_whisper.audio import pad_or_trim
    from faster_whisper.feature_extractor import FeatureExtractor

    from qa_pipeline.transcribe.voice_activity import VoiceActivityOptions, speech_spans

    extractor = FeatureExtractor()
    firsts = sound[:, : int(WINDOW_S * 16_000)]
    features = np.stack([pad_or_trim(extractor(first)[..., :-1], 2 * FRAMES) for first in firsts])
    speech = [speech_spans(first, VoiceActivityOptions()) for first in firsts]
    return torch.tensor(features), [sum(span.duration_s for span in spans) for spans in speech]


def _border(windows: Any) -> float:
    """Between the loudness of speech and of silence, log-mel."""
    import torch

    loudness = windows[:, :BANDS].mean(1).flatten()
    quiet, loud = torch.quantile(loudness, torch.tensor([0.1, 0.9]))
    return float(quiet + loud) / 2


def _randomise(model: Any) -> None:
    """Matrices that keep the size of what passes through; what layers add to the stream is small."""
    import torch

    for name, values in model.named_parameters():
        if "layer_norm" in name or "embed" in name or "proj_out" in name:
            continue
        if values.dim() == 1:
            values.zero_()
            continue
        fan_in = values[0].numel()
        adds = name.endswith(("out_proj.weight", "fc2.weight"))
        torch.nn.init.normal_(values, std=(0.1 if adds else 1.0) / math.sqrt(fan_in))
    for half, pinned in ((model.model.encoder, [SPEECH]), (model.model.decoder, PINNED)):
        for layer in half.layers:
            cross = [layer.encoder_attn.out_proj] if hasattr(layer, "encoder_attn") else []
            for linear in (layer.self_attn.out_proj, *cross, layer.fc2):
                linear.weight[pinned] = 0


def _hear_speech(model: Any, border: float) -> None:
    """Dimension ``SPEECH`` of the encoder: 2 where the sound is louder than the border, 0 where it is not."""
    encoder = model.model.encoder
    steep, width = 20.0, 0.2
    encoder.conv1.weight[:2] = 0
    encoder.conv1.weight[:2, :BANDS, 1] = steep / BANDS
    encoder.conv1.bias[0], encoder.conv1.bias[1] = -steep * border, -steep * (border + width)
    encoder.conv2.weight[SPEECH] = 0
    encoder.conv2.weight[SPEECH, 0], encoder.conv2.weight[SPEECH, 1] = 1 / 6, -1 / 6
    encoder.embed_positions.weight[:, SPEECH] = 0


def _score_tokens(model: Any, tokens: Any) -> None:
    """Hanzi at random by place and sound; random signs keep a token from asking for itself again."""
    import torch

    decoder = model.model.decoder
    width = decoder.layer_norm.weight.numel()
    rows = torch.zeros(tokens.VOCABULARY, width)
    rows[:, CONSTANT] = NEVER
    rows[tokens.TIME_ZERO, CONSTANT] = ONLY_IF_ASKED
    hanzi = _hanzi()
    rows[hanzi] = torch.randn(len(hanzi), width) * 0.4
    rows[hanzi, :3] = 0
    rows[tokens.END] = 0
    rows[tokens.END, PLACE], rows[tokens.END, SPEECH] = END_WEIGHT, -END_WEIGHT
    decoder.embed_tokens.weight.copy_(rows)
    model.proj_out.weight = decoder.embed_tokens.weight
    decoder.layer_norm.weight.copy_(torch.where(torch.rand(width) < 0.5, -1.0, 1.0))
    decoder.layer_norm.weight[PINNED] = torch.tensor([1.0, 1.0, 0.0])
    decoder.layer_norm.bias[CONSTANT] = 1.0


def _hanzi() -> list[int]:
    """Ids of the tokens that are one hanzi."""
    from training.demo_asr.tokens import load_tokenizer

    tokenizer = load_tokenizer(REPOSITORY / "models" / "demo-zh" / "tokenizer.json")
    return [i for i in range(50_257) if re.fullmatch(r"[\u4e00-\u9fff]", tokenizer.decode([i]))]


def _end_in_time(model: Any, windows: Any, speech_s: list[float]) -> None:
    """The end token passes the hanzi at the place that fits the window's speech."""
    import torch

    decoder, encoder = model.model.decoder, model.model.encoder
    decoder.embed_positions.weight.normal_()
    decoder.embed_positions.weight[:, PINNED] = 0
    step = RAMP / PLACES
    decoder.embed_positions.weight[:, PLACE] = torch.arange(PLACES) * step
    mean = decoder.layers[0].encoder_attn
    for linear in (mean.q_proj, mean.k_proj):
        linear.weight[:HEAD] = 0
    mean.v_proj.weight[0] = 0
    mean.v_proj.weight[0, SPEECH] = 1
    means = encoder(windows).last_hidden_state[:, :, SPEECH].mean(1)
    per_s, silent = np.polyfit(speech_s, means.numpy(), 1)
    # Some places go by from where the two are level until the end token's score has caught up with the hanzi.
    late = USUAL_SCORE / (END_WEIGHT * step)
    slope = step * TOKENS_PER_S / float(per_s)
    mean.out_proj.weight[SPEECH, 0] = slope
    mean.out_proj.bias[SPEECH] = step * (PROMPT - late) - slope * float(silent)


def _follow_time(model: Any, shape: Shape) -> None:
    """One head of the last layer finds the frame of a place by the encoder's own sines and cosines."""
    import torch

    decoder = model.model.decoder
    half = shape.width // 2
    rates = torch.exp(-math.log(10_000) / (half - 1) * torch.arange(half))
    chosen = torch.linspace(0.25, 0.75, HEAD // 2).mul(half).long()
    frame = (torch.arange(PLACES) - PROMPT).clamp(min=0) * (FRAMES / WINDOW_S / TOKENS_PER_S)
    angles = frame[:, None] * rates[chosen]
    decoder.embed_positions.weight[:, CLOCK] = torch.cat([angles.sin(), angles.cos()], 1)
    finds = decoder.layers[-1].encoder_attn
    scale = math.sqrt(PEAK * math.sqrt(HEAD) / (HEAD // 2))
    for linear, dimensions in (
        (finds.q_proj, torch.arange(64, 128)),
        (finds.k_proj, torch.cat([chosen, half + chosen])),
    ):
        linear.weight[:HEAD] = 0
        linear.weight[torch.arange(HEAD), dimensions] = scale
