"""The weights that are compared: the bundled demo model, as it is and turned back into everybody's format."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from benchmarks.asr_engines.formats import F16, Q8_0, write_ctranslate2, write_ggml, write_openai

REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Formats:
    """Where the same weights lie in each format."""

    folder: Path

    @property
    def transformers(self) -> Path:
        return self.folder / "transformers"

    @property
    def openai(self) -> Path:
        return self.folder / "openai.pt"

    @property
    def ggml(self) -> Path:
        return self.folder / "ggml-f16.bin"

    @property
    def ggml_q8(self) -> Path:
        return self.folder / "ggml-q8_0.bin"

    @property
    def int8(self) -> Path:
        return self.folder / "ctranslate2-int8"

    @property
    def float32(self) -> Path:
        return self.folder / "ctranslate2-float32"


def demo_weights(folder: Path) -> Formats:
    """The bundled model: its 8-bit numbers as they are for CTranslate2, read back into floats for the others."""
    from training.demo_asr.checkpoint import Checkpoint
    from training.demo_asr.convert import write_hugging_face
    from training.demo_asr.read_back import read_back

    formats = Formats(folder)
    model = REPOSITORY / "models" / "demo-zh"
    if not _fresh(folder, model):
        start = Checkpoint.load(REPOSITORY / "training" / "demo_asr" / "start")
        formats.transformers.mkdir(parents=True)
        write_hugging_face(read_back(model, start), formats.transformers)
        formats.int8.symlink_to(model, target_is_directory=True)
    complete(formats)
    return formats


def _fresh(folder: Path, model: Path) -> bool:
    """Whether the folder was made from this model; it is emptied and marked anew where it was not."""
    mark, digest = folder / "made_from", hashlib.sha256((model / "model.bin").read_bytes()).hexdigest()
    if mark.is_file() and mark.read_text(encoding="ascii") == digest:
        return True
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    mark.write_text(digest, encoding="ascii")
    return False


def complete(formats: Formats) -> None:
    """Every format that is not there yet, from the transformers folder."""
    if not formats.openai.exists():
        write_openai(formats.transformers, formats.openai)
    for path, kind in ((formats.ggml, F16), (formats.ggml_q8, Q8_0)):
        if not path.exists():
            write_ggml(formats.transformers, path, kind)
    for folder, quantization in ((formats.float32, "float32"), (formats.int8, "int8")):
        if not folder.exists():
            write_ctranslate2(formats.transformers, folder, quantization)
