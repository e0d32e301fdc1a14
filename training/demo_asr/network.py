"""Whisper's architecture with Hugging Face's parameter names, over a reduced output vocabulary.

Only the token ids that occur in training have rows; conversion puts them back into Whisper's 51,865.
Shapes: B windows, T encoder frames of 20 ms, N tokens, D model width, V vocabulary rows.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

MEL_BANDS = 80
MAX_FRAMES = 1500  # 30 s of 20 ms
MAX_TOKENS = 448


@dataclass(frozen=True)
class Size:
    """The network's dimensions."""

    vocabulary: int
    syllables: int  # CTC classes, the blank included
    width: int = 256
    heads: int = 4
    encoder_layers: int = 4
    decoder_layers: int = 3
    feed_forward: int = 1024


def sinusoids(length: int, width: int) -> Tensor:
    """Whisper's position code, shape (length, width)."""
    step = math.log(10_000) / (width // 2 - 1)
    angles = torch.arange(length)[:, None] * torch.exp(-step * torch.arange(width // 2))[None]
    return torch.cat([angles.sin(), angles.cos()], 1)


class Attention(nn.Module):
    """Multi-head attention; on request it also gives the weights of its first heads."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q_proj = nn.Linear(width, width)
        self.k_proj = nn.Linear(width, width, bias=False)
        self.v_proj = nn.Linear(width, width)
        self.out_proj = nn.Linear(width, width)

    def split(self, x: Tensor) -> Tensor:
        """(B, N, D) -> (B, heads, N, D / heads)."""
        return x.view(x.shape[0], -1, self.heads, x.shape[2] // self.heads).transpose(1, 2)

    def forward(self, x: Tensor, memory: Tensor, causal: bool, n_guided: int = 0) -> tuple[Tensor, Tensor | None]:
        """Output (B, N, D) and, if `n_guided` > 0, the weights (B, n_guided, N, memory length)."""
        query, key = self.split(self.q_proj(x)), self.split(self.k_proj(memory))
        mixed = functional.scaled_dot_product_attention(query, key, self.split(self.v_proj(memory)), is_causal=causal)
        weights = None
        if n_guided:
            scaled = query[:, :n_guided] * query.shape[-1] ** -0.5
            weights = (scaled @ key[:, :n_guided].transpose(2, 3)).float().softmax(-1)
        return self.out_proj(mixed.transpose(1, 2).reshape(x.shape)), weights


class EncoderLayer(nn.Module):
    """Self-attention and feed-forward, each after a layer norm."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.self_attn = Attention(size.width, size.heads)
        self.self_attn_layer_norm = nn.LayerNorm(size.width)
        self.fc1 = nn.Linear(size.width, size.feed_forward)
        self.fc2 = nn.Linear(size.feed_forward, size.width)
        self.final_layer_norm = nn.LayerNorm(size.width)

    def feed(self, x: Tensor) -> Tensor:
        """The feed-forward half."""
        out: Tensor = self.fc2(functional.gelu(self.fc1(self.final_layer_norm(x))))
        return x + out

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, D) -> (B, T, D)."""
        normed = self.self_attn_layer_norm(x)
        return self.feed(x + self.self_attn(normed, normed, causal=False)[0])


class DecoderLayer(EncoderLayer):
    """An encoder layer with causal attention and cross-attention to the encoder."""

    def __init__(self, size: Size) -> None:
        super().__init__(size)
        self.encoder_attn = Attention(size.width, size.heads)
        self.encoder_attn_layer_norm = nn.LayerNorm(size.width)

    def decode(self, x: Tensor, encoded: Tensor, n_guided: int) -> tuple[Tensor, Tensor | None]:
        """(B, N, D), (B, T, D) -> (B, N, D) and the guided heads' weights."""
        normed = self.self_attn_layer_norm(x)
        x = x + self.self_attn(normed, normed, causal=True)[0]
        heard, weights = self.encoder_attn(self.encoder_attn_layer_norm(x), encoded, False, n_guided)
        return self.feed(x + heard), weights


class Encoder(nn.Module):
    """Log-mel spectrogram to hidden states, one per 20 ms."""

    pos: Tensor

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(MEL_BANDS, size.width, 3, padding=1)
        self.conv2 = nn.Conv1d(size.width, size.width, 3, stride=2, padding=1)
        self.register_buffer("pos", sinusoids(MAX_FRAMES, size.width))
        self.layers = nn.ModuleList(EncoderLayer(size) for _ in range(size.encoder_layers))
        self.layer_norm = nn.LayerNorm(size.width)

    def forward(self, mel: Tensor, offset: Tensor | None = None) -> Tensor:
        """(B, 80, 2 T) -> (B, T, D); `offset` (B,) shifts the position code, as if the window began later."""
        x = functional.gelu(self.conv2(functional.gelu(self.conv1(mel)))).transpose(1, 2)
        steps = torch.arange(x.shape[1])
        positions = self.pos[steps][None] if offset is None else self.pos[offset[:, None] + steps[None]]
        x = x + positions.to(x.dtype)
        for layer in self.layers:
            x = layer(x)
        out: Tensor = self.layer_norm(x)
        return out


class Decoder(nn.Module):
    """Tokens and encoder states to the hidden states that the tied embedding turns into scores."""

    m: Tensor
    c: Tensor

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(size.vocabulary, size.width)
        self.embed_positions = nn.Embedding(MAX_TOKENS, size.width)
        self.layers = nn.ModuleList(DecoderLayer(size) for _ in range(size.decoder_layers))
        self.layer_norm = nn.LayerNorm(size.width)
        # Whisper's output has no bias. Dimension 0 of the last norm is pinned to 1, so that column 0 of the tied
        # embedding is one: unused rows of the full vocabulary get -30 there and can never be produced.
        mask, constant = torch.ones(size.width), torch.zeros(size.width)
        mask[0], constant[0] = 0, 1
        self.register_buffer("m", mask)
        self.register_buffer("c", constant)
        nn.init.normal_(self.embed_tokens.weight, std=0.02)
        self.embed_positions.weight.data.copy_(sinusoids(MAX_TOKENS, size.width) * 0.02)
        self.embed_tokens.weight.data[:, 0] = 0

    def last_norm(self, x: Tensor) -> Tensor:
        """The final layer norm with its pinned dimension."""
        weight, bias = self.layer_norm.weight * self.m, self.layer_norm.bias * self.m + self.c
        return functional.layer_norm(x, x.shape[-1:], weight, bias)

    def forward(self, tokens: Tensor, encoded: Tensor, n_guided: int = 0) -> tuple[Tensor, list[Tensor]]:
        """(B, N) ids -> (B, N, D) and the guided weights of all layers but the first."""
        x = self.embed_tokens(tokens) + self.embed_positions.weight[: tokens.shape[1]]
        guided = []
        for number, layer in enumerate(self.layers):
            x, weights = layer.decode(x, encoded, n_guided if number else 0)
            if weights is not None:
                guided.append(weights)
        return self.last_norm(x), guided


class Network(nn.Module):
    """Encoder, decoder, and a syllable classifier on the encoder that only training uses."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.size = size
        self.encoder = Encoder(size)
        self.decoder = Decoder(size)
        self.ctc = nn.Linear(size.width, size.syllables)
        for name, parameter in self.named_parameters():
            initialise(name, parameter, size)


def initialise(name: str, parameter: nn.Parameter, size: Size) -> None:
    """Small normal weights, smaller ones where a residual branch ends, Xavier for queries and keys."""
    if parameter.dim() == 2 and "embed" not in name:
        ends_branch = name.endswith(("out_proj.weight", "fc2.weight"))
        depth = 2 * (size.encoder_layers + size.decoder_layers)
        nn.init.normal_(parameter, std=0.02 / math.sqrt(depth) if ends_branch else 0.02)
        if "q_proj" in name or "k_proj" in name:
            nn.init.xavier_uniform_(parameter)
    elif name.endswith("bias"):
        nn.init.zeros_(parameter)
