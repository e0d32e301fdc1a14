"""The sound of a channel as one array, whatever its length: a long one lies in a file instead of memory.

Two hours of two channels are 0.9 GB as float32. Beyond ``IN_MEMORY`` an array is a read-only view of a temporary file
that has no name and ends with the array. Whoever goes through all of it takes ``blocks``, which leave memory again.
"""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Iterator, Sequence
from typing import IO

import numpy as np
import numpy.typing as npt

#: float32, shape (samples,), 16 kHz, full scale = 1.
Samples = npt.NDArray[np.float32]

#: Bytes of one channel: nearly 9 minutes, so that most calls never touch the disk.
IN_MEMORY = 32 * 2**20
#: Samples worked on at once: 65 s, 4 MB.
BLOCK = 2**20

#: A look at one page brings in its neighbours within so many bytes (Linux: fault_around_bytes); they go with it.
_REACH = max(2**16, mmap.PAGESIZE)
#: Made for large files that are soon gone; /tmp may be memory itself.
_ROOMY = "/var/tmp"  # noqa: S108 - the files have no names


class Growing:
    """One channel that is written piece by piece.

    Where the disk takes no more, the rest stays in memory, and so does the whole array in the end.
    """

    def __init__(self, in_memory: int | None = None) -> None:
        self.samples = 0
        self._most = IN_MEMORY if in_memory is None else in_memory
        self._pieces: list[Samples] = []
        self._file: IO[bytes] | None = None
        self._stored = 0
        self._full = False

    @classmethod
    def beside(cls, samples: Samples) -> Growing:
        """For an array about as long as ``samples``: what will be long goes to the file at once."""
        return cls(0 if samples.nbytes > IN_MEMORY else None)

    def add(self, piece: Samples) -> None:
        """Append a piece, shape (samples,); it may not be changed afterwards."""
        self._pieces.append(piece)
        self.samples += piece.size
        if self.samples * 4 > self._most and not self._full:
            self._store()

    def array(self, length: int | None = None) -> Samples:
        """All of it, filled up with silence to ``length`` samples; nothing can be added any more."""
        length = self.samples if length is None else length
        stored = _mapped(self._file, length if not self._pieces else self._stored) if self._file else None
        if stored is not None and not self._pieces:
            return stored
        found = np.zeros(length, np.float32)
        if stored is not None:
            found[: self._stored] = stored
        if self._pieces:
            np.concatenate(self._pieces, out=found[self._stored : self.samples])
        return found

    def _store(self) -> None:
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(dir=_folder(), buffering=0)  # noqa: SIM115 - ends with the map
            while self._pieces:
                _write(self._file, self._pieces[0])
                self._stored += self._pieces.pop(0).size
        except OSError:
            self._full = True


def blocks(samples: Samples, size: int = BLOCK) -> Iterator[Samples]:
    """The array in views of ``size`` samples, in order, the last one shorter; each is released after its turn."""
    for first in range(0, samples.size, size):
        part = samples[first : first + size]
        yield part
        release(part)


def release(part: Samples) -> None:
    """Memory need not hold this part (contiguous) any more: where it lies in a file, the next look reads it again.

    Arrays that lie in no file are left as they are.
    """
    held, start = _file_of(part)
    if held is None or not part.size or not hasattr(mmap, "MADV_DONTNEED"):
        return
    first = start // _REACH * _REACH
    last = min(len(held), -(-(start + part.nbytes) // _REACH) * _REACH)
    held.madvise(mmap.MADV_DONTNEED, first, last - first)


def lies_in_file(samples: Samples) -> bool:
    """Whether the array, or what it is a view of, is kept in a file."""
    return _file_of(samples)[0] is not None


def mean(samples: Samples) -> float:
    """The mean, summed up in double precision; 0 of nothing."""
    total = np.float64(0)
    for block in blocks(samples):
        # With ``initial`` the sum is, bit for bit, that of the whole array: numpy adds 8192 values at a time.
        total = np.add.reduce(block, dtype=np.float64, initial=total)
    return float(total / max(1, samples.size))


def peak(samples: Samples) -> float:
    """The greatest distance from zero; 0 of nothing."""
    return max((max(float(block.max()), -float(block.min())) for block in blocks(samples)), default=0.0)


def silenced(samples: Samples, ranges: Sequence[tuple[int, int]]) -> Samples:
    """A copy with silence in the ranges (first sample, one after the last), kept where an array of its length is."""
    copy = Growing.beside(samples)
    for part in blocks(samples):
        changed, begin = part.copy(), copy.samples
        for first, last in ranges:
            if first < begin + part.size and last > begin:
                changed[max(0, first - begin) : last - begin] = 0.0
        copy.add(changed)
    return copy.array()


def _mapped(file: IO[bytes], length: int) -> Samples:
    """The first ``length`` samples of the file, which may be closed: the array keeps it. Behind its end is silence."""
    with file:
        file.truncate(length * 4)
        if not length:
            return np.zeros(0, np.float32)
        # Read-only: what is written to a view would be lost when its block is released.
        return np.frombuffer(mmap.mmap(file.fileno(), length * 4, access=mmap.ACCESS_READ), np.float32)


def _write(file: IO[bytes], piece: Samples) -> None:
    """All of it: a disk that fills up may take a part and say nothing until it is asked again."""
    rest = np.ascontiguousarray(piece).view(np.uint8).data
    while rest:
        rest = rest[file.write(rest) :]


def _folder() -> str | None:
    """Where temporary files go; None: where Python puts them."""
    chosen = any(os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP"))
    return None if chosen or not os.access(_ROOMY, os.W_OK | os.X_OK) else _ROOMY


def _file_of(part: Samples) -> tuple[mmap.mmap | None, int]:
    """The mapped file that a view looks at, and at which of its bytes the view begins."""
    whole = part
    while isinstance(whole.base, np.ndarray):
        whole = whole.base
    held = whole.base.obj if isinstance(whole.base, memoryview) else whole.base
    if not isinstance(held, mmap.mmap):
        return None, 0
    return held, int(part.__array_interface__["data"][0]) - int(whole.__array_interface__["data"][0])
