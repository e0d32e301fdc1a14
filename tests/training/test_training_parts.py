"""Targets, features and network of the demo model; skipped where torch is not installed."""

import random

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from faster_whisper.feature_extractor import FeatureExtractor  # noqa: E402

from training.demo_asr import convert, features, tokens, train, windows  # noqa: E402
from training.demo_asr.network import Network, Size  # noqa: E402

SMALL = Size(vocabulary=20, syllables=5, width=64, heads=2, encoder_layers=1, decoder_layers=2, feed_forward=64)


def sample(ids: list[int]) -> windows.Sample:
    centres = [(i + 0.5) / len(ids) for i in range(len(ids))]
    return windows.Sample(0, 0, 16_000, ids, centres, [1], "")


def test_log_mel_is_that_of_faster_whisper() -> None:
    wave = np.random.default_rng(0).standard_normal(32_000).astype(np.float32) * np.float32(0.1)
    ours = features.normalise(features.log_mel(wave[None]))[0].numpy()
    theirs = FeatureExtractor(feature_size=80)(wave, padding=0)
    np.testing.assert_allclose(ours, theirs[:, : ours.shape[1]], atol=1e-3)


def test_tokens_are_heard_inside_their_utterance() -> None:
    target = windows.Target()
    windows.add_words(target, sample([11, 12]), 100, 140)
    assert target.ids == [11, 12]
    assert target.frames == [110.0, 130.0]


def test_a_timed_target_has_its_times_at_both_ends() -> None:
    found = [windows.single_target(sample([11]), 10, 200, random.Random(seed)) for seed in range(20)]
    timed = [t for t in found if tokens.NO_TIMES not in t.ids]
    assert 0 < len(timed) < 20
    for target in timed:
        assert target.ids == [*windows.HEAD, tokens.TIME_ZERO + 210, 11, tokens.TIME_ZERO + 260, tokens.END]


def collated(target: windows.Target, replaced: float = 0.0) -> tuple[list[int], list[int]]:
    ids = tokens.row_ids({11, 12})
    rows = {token: row for row, token in enumerate(ids)}
    inputs, labels, _ = windows.collate([target], rows, 2, replaced, random.Random(0))
    return [ids[i] for i in inputs[0]], [ids[i] if i >= 0 else -1 for i in labels[0]]


def test_labels_are_the_inputs_one_step_later() -> None:
    ids = [*windows.HEAD, tokens.NO_TIMES, 11, 12, tokens.END]
    inputs, labels = collated(windows.Target(ids, [-1.0] * len(ids)))
    assert inputs == ids[:-1]
    assert labels == ids[1:]


def test_a_prompt_is_read_but_not_scored() -> None:
    ids = [tokens.PREVIOUS, 12, *windows.HEAD, tokens.NO_TIMES, 11, tokens.END]
    _, labels = collated(windows.Target(ids, [-1.0] * len(ids)))
    assert labels[:2] == [-1, -1]
    assert labels[2:] == ids[3:]


def test_a_silent_window_is_told_to_be_one() -> None:
    ids = [*windows.HEAD, tokens.TIME_ZERO, tokens.END]
    _, labels = collated(windows.Target(ids, [-1.0] * len(ids), silent=True))
    assert labels[0] == tokens.NO_SPEECH


def test_replacing_touches_text_tokens_only() -> None:
    ids = [*windows.HEAD, tokens.NO_TIMES, *[11] * 50, tokens.END]
    inputs, labels = collated(windows.Target(ids, [-1.0] * len(ids)), replaced=0.5)
    assert inputs[:4] == ids[:4]
    assert 12 in inputs
    assert labels == ids[1:]


def test_the_output_has_a_bias_in_its_pinned_dimension() -> None:
    network = Network(SMALL).eval()
    hidden, guided = network.decoder(torch.tensor([[1, 2]]), network.encoder(torch.randn(1, 80, 40)), 1)
    assert torch.all(hidden[..., 0] == 1)
    assert len(guided) == SMALL.decoder_layers - 1
    assert guided[0].shape == (1, 1, 2, 20)


def test_unused_rows_can_never_be_produced() -> None:
    rows = torch.randn(3, 8)
    embedding = convert.full_embedding(rows, [5, 7, tokens.END])
    hidden = torch.randn(8)
    hidden[0] = 1
    scores = embedding @ hidden
    unused = torch.ones(tokens.VOCABULARY, dtype=torch.bool)
    unused[[5, 7, tokens.END]] = False
    assert torch.all(scores[unused] == convert.UNUSED_BIAS)
    assert torch.equal(embedding[7], rows[1])


def test_attention_on_the_right_frame_costs_nothing() -> None:
    weights = torch.zeros(1, 1, 1, 200)
    weights[0, 0, 0, 100] = 1
    frames = torch.tensor([[100.0]])
    assert train.guide_loss([weights], frames).item() == pytest.approx(0.0)
    assert train.guide_loss([weights.roll(90, -1)], frames).item() > 0.99


def test_the_rate_warms_up_holds_and_falls() -> None:
    options = train.Options()
    assert train.rate_factor(0.0, 0, options) < 0.05
    assert train.rate_factor(0.2, 1000, options) == 1.0
    assert train.rate_factor(0.8, 1000, options) == pytest.approx(0.2 / 0.65)
    assert train.rate_factor(1.0, 1000, options) == 0.01
