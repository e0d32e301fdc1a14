"""Train the demo model on the made speech.

Usage: python -m training.demo_asr.train --data DIR --dialogues DIR --out DIR [--init training/demo_asr/start]
"""

import argparse
import json
import math
import random
import time
from collections.abc import Generator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from training.demo_asr import tokens, windows
from training.demo_asr.checkpoint import Checkpoint, Weights
from training.demo_asr.held_out import Fence, read_demo
from training.demo_asr.network import Network, Size, sinusoids

SEED = 20261124
GUIDE_WIDTH_FRAMES = 20.0
SAVE_EVERY_S = 300


Batches = Generator[tuple[str, windows.Batch], float, None]


@dataclass(frozen=True)
class Options:
    """One training run."""

    minutes: float = 50.0  # hard limit; the learning rate reaches zero by then
    steps: int = 100_000  # ... or by this step, whichever comes first
    muon_rate: float = 1e-3  # matrices of the layers
    adam_rate: float = 5e-4  # everything else
    hold: float = 0.15  # share of the run before the learning rate falls
    warm_steps: int = 60
    single_only: float = 0.0  # share of the run with single windows only (0.4 when starting from nothing)
    single_share: float = 0.12  # of the batches afterwards; full windows have the rest
    medium_share: float = 0.04
    packed_share: float = 0.80
    late: float = 0.6  # from here on the first two shares are halved in favour of packed windows, which use presents
    single_seconds: float = 110.0
    medium_windows: int = 13
    full_windows: int = 5
    ctc_weight: float = 0.5
    guide_weight: float = 2.0
    guided_heads: int = 2
    replaced: float = 0.2  # share of decoder input tokens made random, in most batches
    prompts: float = 0.02  # share of the long windows after unrelated text
    lists: float = 0.12  # share of the packed windows after a word list
    average: float = 0.98  # of the weight average, taken every fourth step
    init: str | None = None
    seed: int = SEED  # going on from a run wants another, or its first windows come again


@dataclass(frozen=True)
class Losses:
    """The parts of one step's loss and the share of tokens predicted rightly."""

    tokens: Tensor
    syllables: Tensor
    guide: Tensor
    accuracy: float


def extend(network: Network, old: Checkpoint, token_ids: list[int], syllables: dict[str, int]) -> Weights:
    """Start weights with rows for new tokens (the mean of the text rows plus noise) and syllables (rare at first)."""
    weights = dict(old.weights)
    row_of = {token: row for row, token in enumerate(old.token_ids)}
    embedding = weights["decoder.embed_tokens.weight"]
    mean = embedding[[row for token, row in row_of.items() if token < tokens.END]].mean(0)
    rows = [embedding[row_of[t]] if t in row_of else mean + 0.02 * torch.randn(embedding.shape[1]) for t in token_ids]
    weights["decoder.embed_tokens.weight"] = torch.stack(rows)
    fresh = network.state_dict()
    matrix, bias = fresh["ctc.weight"] * 0.1, fresh["ctc.bias"] - 4
    kept = {0: 0} | {new: old.syllables[name] for name, new in syllables.items() if name in old.syllables}
    for new, previous in kept.items():
        matrix[new], bias[new] = weights["ctc.weight"][previous], weights["ctc.bias"][previous]
    weights["ctc.weight"], weights["ctc.bias"] = matrix, bias
    return weights


def fresh_times(network: Network) -> None:
    """Time rows begin as the encoder's position code: reading a time off the encoder is then nearly a copy."""
    with torch.no_grad():
        rows = network.decoder.embed_tokens.weight[-tokens.N_TIMES :]
        rows.copy_(0.1 * sinusoids(tokens.N_TIMES, network.size.width))
        rows[:, 0] = 0


def build(speech: windows.Speech, old: Checkpoint | None) -> tuple[Network, list[int]]:
    """The network for these tokens and syllables, started from `old` if there is one; and its row ids."""
    known = {t for t in old.token_ids if t < tokens.END} if old else set()
    token_ids = tokens.row_ids(speech.text_ids | known)
    network = Network(Size(vocabulary=len(token_ids), syllables=len(speech.syllables) + 1))
    if old:
        network.load_state_dict(extend(network, old, token_ids, speech.syllables))
    else:
        fresh_times(network)
    return network, token_ids


def optimisers(network: Network, options: Options) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the layers, AdamW for the rest."""
    muon: list[Tensor] = []
    rest: list[Tensor] = []
    for name, parameter in network.named_parameters():
        (muon if parameter.dim() == 2 and "layers" in name else rest).append(parameter)
    return [
        torch.optim.Muon(muon, lr=options.muon_rate, weight_decay=0.01, momentum=0.95, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(rest, lr=options.adam_rate, betas=(0.9, 0.98), weight_decay=0.01),
    ]


def rate_factor(progress: float, step: int, options: Options) -> float:
    """Warm up, hold, then fall linearly to almost nothing."""
    warm = min(1.0, (step + 1) / options.warm_steps)
    return warm * (1.0 if progress < options.hold else max(0.01, (1 - progress) / (1 - options.hold)))


def draw_kind(progress: float, options: Options, rng: random.Random) -> str:
    """Which windows come next."""
    fade = 1.0 if progress < options.late else 0.5
    single, medium = options.single_share * fade, options.medium_share * fade
    freed = options.single_share + options.medium_share - single - medium
    packed = options.packed_share + freed
    weights = (single, medium, packed, max(0.0, 1 - single - medium - packed))
    return rng.choices(("single", "medium", "packed", "full"), weights)[0]


def batches(speech: windows.Speech, options: Options, rng: random.Random) -> Batches:
    """Endless batches; send the progress (0 to 1) to get the next."""
    groups = windows.single_groups(speech, options.single_seconds, rng)
    progress = 0.0
    while True:
        kind = "single" if progress < options.single_only else draw_kind(progress, options, rng)
        if kind == "single":
            batch = windows.single_batch(speech, next(groups), rng)
        elif kind == "medium":
            batch = windows.long_batch(speech, options.medium_windows, windows.MEDIUM_S, rng, options.prompts)
        elif kind == "packed":
            batch = windows.packed_batch(speech, options.full_windows, rng, options.lists)
        else:
            batch = windows.long_batch(speech, options.full_windows, windows.FULL_S, rng, options.prompts)
        made = kind, batch
        progress = yield made


def guide_loss(guided: list[Tensor], frames: Tensor) -> Tensor:
    """Attention mass of the guided heads away from the frames where the tokens are heard (0 to 1)."""
    known = frames >= 0
    steps = torch.arange(guided[0].shape[-1])
    away = 1 - torch.exp(-((steps[None] - frames[known][:, None]) ** 2) / (2 * GUIDE_WIDTH_FRAMES**2))
    return torch.stack([(w.transpose(1, 2)[known] * away[:, None]).sum(-1).mean() for w in guided]).mean()


def ctc_loss(scores: Tensor, syllables: list[list[int]]) -> Tensor:
    """CTC per syllable over the encoder's frames."""
    lengths = torch.tensor([len(s) for s in syllables])
    flat = torch.tensor([s for spoken in syllables for s in spoken])
    frames = torch.full((len(syllables),), scores.shape[1])
    log_probs = scores.float().log_softmax(-1).transpose(0, 1)
    total = functional.ctc_loss(log_probs, flat, frames, lengths, zero_infinity=True, reduction="sum")
    return total / max(1, int(lengths.sum()))


def losses(network: Network, batch: windows.Batch, collated: tuple[Tensor, Tensor, Tensor], heads: int) -> Losses:
    """Forward pass in bfloat16."""
    inputs, labels, frames = collated
    with torch.autocast("cpu", torch.bfloat16):
        encoded = network.encoder(batch.mel, batch.offset)
        hidden, guided = network.decoder(inputs, encoded, heads)
        scored = labels.view(-1) >= 0
        scores = hidden.reshape(-1, hidden.shape[-1])[scored] @ network.decoder.embed_tokens.weight.t()
        syllable_scores = network.ctc(encoded)
    wanted = labels.view(-1)[scored]
    return Losses(
        functional.cross_entropy(scores.float(), wanted),
        ctc_loss(syllable_scores, batch.syllables),
        guide_loss(guided, frames),
        (scores.argmax(-1) == wanted).float().mean().item(),
    )


class Run:
    """A training run's state: network, optimisers, averaged weights, clock."""

    def __init__(self, speech: windows.Speech, network: Network, token_ids: list[int], options: Options) -> None:
        self.speech, self.network, self.token_ids, self.options = speech, network, token_ids, options
        self.rows = {token: row for row, token in enumerate(token_ids)}
        self.n_text = sum(t < tokens.END for t in token_ids)
        self.optimisers = optimisers(network, options)
        self.rates = [[g["lr"] for g in o.param_groups] for o in self.optimisers]
        self.average = {k: v.clone() for k, v in network.state_dict().items()}
        self.rng = random.Random(options.seed)
        self.step = 0
        self.began = time.monotonic()

    @property
    def minutes(self) -> float:
        """Minutes since the start."""
        return (time.monotonic() - self.began) / 60

    @property
    def progress(self) -> float:
        """0 to 1, by steps or by time, whichever is further."""
        return max(self.step / self.options.steps, self.minutes / self.options.minutes)

    def train_on(self, kind: str, batch: windows.Batch) -> Losses:
        """One optimiser step."""
        options = self.options
        weight = 1.0 if kind == "single" else 0.5
        # Where unrelated stretches follow each other, it is the guide that says which one is meant.
        guide_weight = options.guide_weight * (1.0 if kind == "packed" else weight)
        replaced = options.replaced * weight if self.rng.random() < 0.7 else 0.0
        collated = windows.collate(batch.targets, self.rows, self.n_text, replaced, self.rng)
        parts = losses(self.network, batch, collated, options.guided_heads)
        ctc_weight = options.ctc_weight * (1.0 if kind == "single" else 0.4)
        loss = parts.tokens + ctc_weight * parts.syllables + guide_weight * parts.guide
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        factor = rate_factor(self.progress, self.step, options)
        for optimiser, rates in zip(self.optimisers, self.rates, strict=True):
            for group, rate in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = rate * factor
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        self.step += 1
        if self.step % 4 == 0:
            self.update_average()
        return parts

    def update_average(self) -> None:
        """Exponential average of the weights; buffers are copied."""
        keep = min(self.options.average, (1 + self.step) / (20 + self.step))
        with torch.no_grad():
            for name, value in self.network.state_dict().items():
                self.average[name].lerp_(value, 1 - keep)

    def checkpoint(self) -> Checkpoint:
        """The averaged weights as they are now."""
        return Checkpoint(self.network.size, self.token_ids, self.speech.syllables, self.average)


def log_line(run: Run, recent: list[tuple[str, Losses]]) -> str:
    """Mean losses per window kind since the last line."""
    said = [f"{run.minutes:6.2f} min  step {run.step}  progress {run.progress:.3f}"]
    for kind in ("single", "medium", "packed", "full"):
        parts = [p for k, p in recent if k == kind]
        if parts:
            mean = [sum(float(x) for x in xs) / len(parts) for xs in zip(*map(numbers, parts), strict=True)]
            said.append(f"{kind} ce {mean[0]:.3f} ctc {mean[1]:.3f} guide {mean[2]:.2f} acc {mean[3]:.3f}")
    return " | ".join(said)


def numbers(parts: Losses) -> tuple[float, float, float, float]:
    """The parts as plain numbers."""
    return parts.tokens.item(), parts.syllables.item(), parts.guide.item(), parts.accuracy


def train(run: Run, out: Path) -> None:
    """Train until the progress reaches 1, saving as it goes."""
    supply = batches(run.speech, run.options, run.rng)
    kind, batch = next(supply)
    recent: list[tuple[str, Losses]] = []
    saved = time.monotonic()
    while run.progress < 1:
        recent.append((kind, run.train_on(kind, batch)))
        if not math.isfinite(recent[-1][1].tokens.item()):
            raise FloatingPointError(f"loss is not finite at step {run.step}")
        if run.step % 25 == 0:
            print(log_line(run, recent), flush=True)
            recent.clear()
        if time.monotonic() - saved > SAVE_EVERY_S:
            run.checkpoint().save(out / "latest")
            saved = time.monotonic()
        kind, batch = supply.send(run.progress)
    run.checkpoint().save(out / "final")
    summary = {**asdict(run.options), "steps_run": run.step, "minutes_run": round(run.minutes, 1)}
    (out / "run.json").write_text(json.dumps(summary, indent=1), encoding="utf-8")
    print("done", json.dumps(summary), flush=True)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--dialogues", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--init", type=Path)
    parser.add_argument("--minutes", type=float, default=Options.minutes)
    parser.add_argument("--steps", type=int, default=Options.steps)
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    torch.manual_seed(given.seed)
    torch.set_num_threads(2)
    init = given.init.name if given.init else None
    options = Options(minutes=given.minutes, steps=given.steps, init=init, seed=given.seed)
    old = Checkpoint.load(given.init) if given.init else None
    if old is None:
        options = replace(options, single_only=0.4, muon_rate=3e-3, adam_rate=1.5e-3)
    # make_data drops what the demo keeps back; the fence here is the second lock on that door.
    fence = Fence.around(read_demo(given.dialogues))
    parts = [given.data / "corpus", given.data / "templates"]
    speech = windows.Speech(parts, fence, old.syllables if old else {})
    print(f"{len(speech.samples)} utterances, {speech.hours:.1f} h, {len(speech.syllables)} syllables", flush=True)
    network, token_ids = build(speech, old)
    print(f"{len(token_ids)} token rows, {len(old.token_ids) if old else 0} at the start", flush=True)
    train(Run(speech, network, token_ids, options), given.out)


if __name__ == "__main__":
    main()
