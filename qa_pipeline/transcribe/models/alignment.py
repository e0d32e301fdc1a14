"""The attention heads that follow the sound in time, for Whisper's published shapes.

Word times are read from these heads. Where a fine-tuned checkpoint lacks the list, CTranslate2 takes every head of the
upper half of the decoder instead; here those of the original are taken, from which the checkpoint was trained.
Figures: ``_ALIGNMENT_HEADS`` of openai/whisper (whisper/__init__.py, v20240930).
"""

from __future__ import annotations

from typing import Any

#: (width, decoder layers, mel bands) → (layer, head) pairs of the multilingual models.
_HEADS: dict[tuple[int, int, int], str] = {
    (384, 4, 80): "2.2 3.0 3.2 3.3 3.4 3.5",
    (512, 6, 80): "3.1 4.2 4.3 4.7 5.1 5.2 5.4 5.6",
    (768, 12, 80): "5.3 5.9 8.0 8.4 8.7 8.8 9.0 9.7 9.9 10.5",
    (1024, 24, 80): "13.15 15.4 15.15 16.1 20.0 23.4",
    (1280, 32, 80): (
        "10.12 13.17 16.11 16.12 16.13 17.15 17.16 18.4 18.11 18.19 19.11 21.2 21.3 22.3 22.9 22.12 23.5 23.7 23.13 "
        "25.5 26.1 26.12 27.15"
    ),
    (1280, 32, 128): "7.0 10.17 12.18 13.12 16.1 17.14 19.11 21.4 24.1 25.6",
    (1280, 4, 128): "2.4 2.11 3.3 3.6 3.11 3.14",
}

Heads = list[list[int]]


def heads_of(config: dict[str, Any]) -> Heads | None:
    """The heads for a checkpoint's config.json; None for a shape that OpenAI never published."""
    shape = (config.get("d_model"), config.get("decoder_layers"), config.get("num_mel_bins", 80))
    written = _HEADS.get(shape)  # type: ignore[arg-type]
    return [[int(part) for part in pair.split(".")] for pair in written.split()] if written else None


def usable(heads: object, config: dict[str, Any]) -> bool:
    """True for pairs that exist in this decoder: a list left over from the larger original would crash."""
    layers, width = config.get("decoder_layers", 0), config.get("decoder_attention_heads", 0)
    if not isinstance(heads, list) or not heads:
        return False
    return all(isinstance(pair, list) and len(pair) == 2 and pair[0] < layers and pair[1] < width for pair in heads)
