"""How a machine's cores and memory are used for a speech model."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa_pipeline.core.errors import UserError
from qa_pipeline.transcribe.models.folder import WEIGHTS
from qa_pipeline.transcribe.models.weights import read_weights

#: Threads that work on one batch together: more of them mostly wait for each other, and another batch is the better
#: use of a core. A choice, not a measurement: one machine with two cores was at hand.
THREADS_PER_WORKER = 1
#: Copies of the model's state that a CPU is worth, whatever its cores: each holds the activations of a batch.
MAX_WORKERS = 8
CPU_BATCH = 8
#: Windows of a batch on a GPU, at most: beyond, nothing is gained.
MAX_GPU_BATCH = 64
#: Of the free memory of a GPU, what batches may take: the model lies there too, and others may come.
GPU_SHARE = 0.6
#: Where Linux says how much of its cores a container may use.
QUOTA_FILE = Path("/sys/fs/cgroup/cpu.max")
#: Memory of a GPU where it cannot be asked for, bytes.
ASSUMED_GPU_BYTES = 6 << 30


@dataclass(frozen=True, slots=True)
class Plan:
    """``workers`` batches at a time, each by ``threads_per_worker`` threads, of ``batch_size`` windows."""

    device: str
    compute_type: str
    workers: int
    threads_per_worker: int
    batch_size: int


@dataclass(frozen=True, slots=True)
class Shape:
    """What of a model's size decides about memory."""

    width: int
    decoder_layers: int


def shape_of(folder: Path) -> Shape | None:
    """The shape of the model in a folder; None where its weights do not tell."""
    try:
        weights = read_weights(folder / WEIGHTS)
    except (UserError, OSError):  # told when the model is loaded
        return None
    known = weights.width and weights.decoder_layers
    return Shape(weights.width, weights.decoder_layers) if known else None


def plan_for(
    device: str, compute_type: str = "default", threads: int = 0, batch_size: int = 0, shape: Shape | None = None
) -> Plan:
    """The use of this machine for a model.

    Args:
        device: cpu, cuda, or auto (cuda where there is one).
        threads: CPU threads in all; 0: the cores that this process may use.
        batch_size: windows per batch; 0: chosen.
        shape: of the model; None: not known, as a large one.
    """
    import ctranslate2

    if device == "auto":
        device = "cuda" if ctranslate2.get_cuda_device_count() else "cpu"
    if device == "cuda":
        return Plan(device, compute_type, 1, 0, batch_size or _gpu_batch(shape or Shape(1280, 32)))
    cores = threads or usable_cores()
    workers = max(1, min(MAX_WORKERS, cores // THREADS_PER_WORKER))
    # Models of the hub are stored as float16, which a CPU would compute as float32: several times slower than int8.
    chosen = "int8" if compute_type == "default" else compute_type
    return Plan(device, chosen, workers, max(1, cores // workers), batch_size or CPU_BATCH)


def usable_cores() -> int:
    """Cores that this process may use: task sets and quotas of containers may hold them below the machine's."""
    affinity: Any = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    return max(1, min(cores, _quota(QUOTA_FILE) or cores))


def _quota(file: Path) -> int:
    """Whole cores that the container's quota (cgroup 2) allows; 0: no quota, or nobody says."""
    try:
        allowed, period = file.read_text(encoding="ascii").split()
        return max(1, int(allowed) // int(period))
    except (OSError, ValueError, ZeroDivisionError):
        return 0


def _gpu_batch(shape: Shape) -> int:
    """Windows whose search fits into the memory that is free now."""
    return max(1, min(MAX_GPU_BATCH, int(GPU_SHARE * free_gpu_bytes() / window_bytes(shape))))


def window_bytes(shape: Shape, beams: int = 5) -> int:
    """Memory of one window's search at 16 bits: keys and values of 1,500 heard and 448 written positions per beam and
    layer, and as much again for what is passed between layers."""
    positions = 1500 + 448
    return 2 * beams * shape.decoder_layers * positions * shape.width * 2 * 2 // 2 + 1500 * shape.width * 64


def free_gpu_bytes() -> int:
    """Free memory of the first GPU that this process may use, as its driver tells it."""
    first = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")[0].strip() or "0"
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return ASSUMED_GPU_BYTES
    command = [tool, "--query-gpu=memory.free", "--format=csv,noheader,nounits", f"--id={first}"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout  # noqa: S603
        return int(told.split()[0]) << 20
    except (OSError, ValueError, IndexError, subprocess.SubprocessError):
        return ASSUMED_GPU_BYTES
