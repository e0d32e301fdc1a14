"""Weights of the network on disk: a safetensors file and a JSON file that says what the rows mean."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from training.demo_asr.network import Size

Weights = dict[str, Tensor]


@dataclass(frozen=True)
class Checkpoint:
    """Weights with the meaning of their vocabulary rows and CTC classes."""

    size: Size
    token_ids: list[int]  # row -> id in Whisper's vocabulary
    syllables: dict[str, int]  # syllable -> CTC class; 0 is the blank
    weights: Weights

    def save(self, folder: Path, dtype: torch.dtype = torch.float32) -> None:
        """Write `weights.safetensors` and `rows.json`."""
        folder.mkdir(parents=True, exist_ok=True)
        save_file(
            {k: v.detach().to(dtype).contiguous() for k, v in self.weights.items()}, folder / "weights.safetensors"
        )
        rows = {"size": asdict(self.size), "token_ids": self.token_ids, "syllables": self.syllables}
        (folder / "rows.json").write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "Checkpoint":
        """Read what `save` wrote, as float32."""
        rows = json.loads((folder / "rows.json").read_text(encoding="utf-8"))
        weights = {k: v.float() for k, v in load_file(folder / "weights.safetensors").items()}
        return cls(Size(**rows["size"]), rows["token_ids"], rows["syllables"], weights)
