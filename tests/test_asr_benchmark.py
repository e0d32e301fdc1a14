"""The parts of benchmarks/asr.py that need no other engine: sound, formats, figures, table. Nothing is timed."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import asr
from benchmarks.asr_engines import formats
from benchmarks.asr_engines import weights as weights_module
from benchmarks.asr_engines.audio import Sample, cut_s, demo_sample
from benchmarks.asr_engines.engines import CONTENDERS
from qa_pipeline.core.span import Span

SAMPLE = Sample(np.zeros((2, 32_000), np.float32), ("您好，请问", "嗯"))


def run(**changed: Any) -> dict[str, Any]:
    figures = {
        "wall_s": 2.0,
        "cpu_s": 3.0,
        "windows": 4,
        "texts": ["您好请问", "嗯"],
        "timed_words": 5,
        "peak_mib": 9.0,
    }
    return figures | {"speech_s": None} | changed


class TestSound:
    def test_a_call_that_fits_stays_whole(self) -> None:
        assert cut_s([Span(1, 2)], 30, 20) == 20

    def test_the_cut_lies_in_the_middle_of_the_last_pause(self) -> None:
        assert cut_s([Span(1, 4), Span(6, 9), Span(12, 20)], 11, 40) == 10.5

    def test_a_pause_counts_only_where_nobody_speaks(self) -> None:
        assert cut_s([Span(1, 8), Span(2, 3), Span(4, 5), Span(9, 12)], 11, 40) == 8.5

    def test_without_a_pause_the_limit_cuts(self) -> None:
        assert cut_s([Span(0, 30)], 10, 40) == 10

    def test_the_sample_ends_before_the_limit_and_holds_what_both_said(self) -> None:
        sample = demo_sample(20)
        assert 12 < sample.duration_s <= 20
        assert sample.said[0].startswith("您好，请问是郑女士吗")
        assert sample.said[1].startswith("我是，你哪位")

    def test_longer_samples_go_on_with_the_next_call(self) -> None:
        one, two = demo_sample(120), demo_sample(240)
        assert two.duration_s > one.duration_s + 60
        assert two.said[0].startswith(one.said[0][:200])


class TestFormats:
    @pytest.mark.parametrize(
        ("theirs", "ours"),
        [
            ("model.encoder.conv1.weight", "encoder.conv1.weight"),
            ("model.encoder.layers.3.self_attn.q_proj.weight", "encoder.blocks.3.attn.query.weight"),
            ("model.decoder.layers.11.encoder_attn.out_proj.bias", "decoder.blocks.11.cross_attn.out.bias"),
            ("model.decoder.layers.0.final_layer_norm.weight", "decoder.blocks.0.mlp_ln.weight"),
            ("model.encoder.layer_norm.bias", "encoder.ln_post.bias"),
            ("model.decoder.embed_tokens.weight", "decoder.token_embedding.weight"),
            ("proj_out.weight", None),
        ],
    )
    def test_names_of_openai_whisper(self, theirs: str, ours: str | None) -> None:
        assert formats.openai_name(theirs) == ours

    @given(st.lists(st.floats(-50, 50, width=32), min_size=32, max_size=32))
    def test_q8_0_keeps_values_to_half_a_step(self, values: list[float]) -> None:
        raw = formats.q8_0(np.array(values, np.float32))
        scale = np.frombuffer(raw[:2], "<f2").astype(np.float32)[0]
        back = np.frombuffer(raw[2:], np.int8) * scale
        step = max(map(abs, values)) / 127
        assert len(raw) == 34
        assert np.abs(back - values).max() <= step * 0.6 + 1e-4

    def test_a_ggml_file_reads_back(self) -> None:
        weights = {
            "encoder.conv1.weight": np.arange(6, dtype=np.float32).reshape(1, 2, 3),
            "encoder.conv1.bias": np.array([1.5], np.float32),
            "decoder.token_embedding.weight": np.linspace(-1, 1, 64, dtype=np.float32).reshape(2, 32),
            "decoder.positional_embedding": np.ones((2, 4), np.float32),
        }
        dims = {str(i): i for i in range(10)}
        file = io.BytesIO()
        filters = np.ones((2, 3), np.float32)
        formats.write_ggml_model(file, dims, filters, ["你".encode(), b"a"], weights, formats.Q8_0)
        file.seek(0)
        assert struct.unpack("<12i", file.read(48)) == (formats.MAGIC, *range(10), 7)
        assert struct.unpack("<2i6f", file.read(32)) == (2, 3, *[1.0] * 6)
        assert struct.unpack("<ii3si1s", file.read(16)) == (2, 3, "你".encode(), 1, b"a")
        assert dict(_tensors(file)) == {
            "encoder.conv1.weight": ((3, 2, 1), formats.F16, 12),
            "encoder.conv1.bias": ((1, 1), formats.F32, 4),
            "decoder.token_embedding.weight": ((32, 2), formats.Q8_0, 68),
            "decoder.positional_embedding": ((4, 2), formats.F32, 32),
        }

    def test_dimensions_come_in_the_order_of_the_header(self) -> None:
        config = {
            "vocab_size": 51865,
            "max_source_positions": 1500,
            "d_model": 256,
            "encoder_attention_heads": 4,
            "encoder_layers": 5,
            "max_target_positions": 448,
            "decoder_attention_heads": 6,
            "decoder_layers": 3,
            "num_mel_bins": 80,
        }
        assert list(formats.dimensions(config).values()) == [51865, 1500, 256, 4, 5, 448, 256, 6, 3, 80]


def _tensors(file: io.BytesIO) -> Any:
    """Name, and (shape from the fastest dimension on, type, bytes)."""
    sizes = {formats.F32: lambda n: 4 * n, formats.F16: lambda n: 2 * n, formats.Q8_0: lambda n: n // 32 * 34}
    while head := file.read(12):
        count, length, kind = struct.unpack("<3i", head)
        shape = struct.unpack(f"<{count}i", file.read(4 * count))
        name = file.read(length).decode()
        raw = file.read(sizes[kind](int(np.prod(shape))))
        yield name, (shape, kind, len(raw))


class TestFigures:
    def test_errors_are_counted_by_channel(self) -> None:
        assert asr.error_rate(("您好，请问", "嗯"), ("您好请问。", "嗯")) == 0
        assert asr.error_rate(("您好，请问", "嗯"), ("您好", "")) == pytest.approx(3 / 5)
        assert asr.error_rate(("您好", "嗯"), ("嗯", "您好")) > 1

    def test_a_row_is_the_middle_of_its_repeats_and_the_highest_peak(self) -> None:
        runs = [run(wall_s=9.0, peak_mib=20.0), run(wall_s=1.0), run(wall_s=2.0, cpu_s=8.0)]
        (row,) = asr.summed_up({"fw": runs}, SAMPLE, with_cer=True)["rows"]
        assert (row["wall_s"], row["cpu_s"], row["peak_mib"], row["cer"], row["characters"]) == (2.0, 3.0, 20.0, 0, 5)

    def test_the_table_measures_others_by_ours(self) -> None:
        runs = {"ours": [run(wall_s=0.5, speech_s=100.0)], "cpp": [run(windows=None, timed_words=0)]}
        table = asr.report("demo", asr.summed_up(runs, SAMPLE, with_cer=True), cores=2, repeats=1).splitlines()
        assert table[0] == "demo weights, 2 s of two-channel calls, 2 cores, median of 1"
        ours, cpp = ([cell.strip() for cell in line.split("|")[1:-1]] for line in table[4:6])
        assert ours == ["ours", "int8", "0.50", "3.00", "4.0", "1.00", "4", "0.0 %", "5", "5", "9"]
        assert cpp == ["whisper.cpp", "float16", "2.00", "3.00", "1.0", "4.00", "–", "0.0 %", "5", "–", "9"]
        assert table[-1].endswith("at least 4 windows of 30 s; ours decoded 4 (1.00 ×)")

    def test_random_weights_tell_no_error_rate(self) -> None:
        result = asr.summed_up({"fw": [run()]}, SAMPLE, with_cer=False)
        assert result["rows"][0]["cer"] is None
        assert result["fewest_windows"] is None


@pytest.mark.parametrize("weights", list(asr.ROWS))
def test_the_usual_rows_are_known_and_begin_with_ours(weights: str) -> None:
    names = asr.ROWS[weights].split()
    assert names[0] == "ours"
    assert set(names) <= set(CONTENDERS)


def test_weights_kept_of_another_model_are_thrown_away(tmp_path: Path) -> None:
    model, kept = tmp_path / "model", tmp_path / "kept"
    model.mkdir()
    (model / "model.bin").write_bytes(b"one")
    assert not weights_module._fresh(kept, model)
    (kept / "openai.pt").write_bytes(b"old")
    assert weights_module._fresh(kept, model)
    (model / "model.bin").write_bytes(b"two")
    assert not weights_module._fresh(kept, model)
    assert not (kept / "openai.pt").exists()
