"""Watch mode: recordings that appear in a folder, handed out once each when they are complete.

The folder is looked through at intervals, because file systems on the network (SMB, NFS) tell no one of a change.
Nothing here asks what time it is: waiting goes by a clock that only runs forward, times of files are compared with
each other alone. A clock that is set, a file server with another time and dates in the future change nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa_pipeline.audio.folder_scan import FolderScan, Found

_log = logging.getLogger(__name__)

#: Polls that must see a file unchanged, whatever its age.
_MIN_POLLS = 2
#: A file that is gone is remembered for a day: a share that was away must not bring everything twice.
_FORGET_S = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class WatchOptions:
    poll_s: float = 2.0
    """Between two passes over the folder; longer where one pass takes longer than this."""
    settle_s: float = 10.0
    """A file is complete when its size and time of change have stood still for so long. It must be longer than the
    recorder waits between two writes."""
    empty_settle_s: float = 600.0
    """The same for a file of 0 bytes: some recorders make the file when the call begins and write when it ends."""
    max_batch: int = 1000
    """Files handed out at once; the others come with the next passes."""

    def __post_init__(self) -> None:
        if self.poll_s <= 0 or self.settle_s < 0 or self.empty_settle_s < 0 or self.max_batch < 1:
            raise ValueError("times of watching must not be negative, and a batch holds at least one file")


def watch(
    paths: Sequence[str],
    options: WatchOptions | None = None,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    report: Callable[[str], None] = _log.warning,
    exclude: Iterable[Path] = (),
) -> Iterator[list[Path]]:
    """Without end: after each pass the recordings that are complete since the last one, often none.

    ``paths`` are folders, files or patterns as for ``find_recordings``; a folder may be empty yet. ``report`` is told
    of folders that cannot be read and of their return; ``exclude`` names folders that are not looked into. Raises
    UserError, at once, for a path that is not there.
    """
    options = options or WatchOptions()
    scan = FolderScan(paths, report, exclude)
    return _passes(scan, options, clock, sleep)


def _passes(
    scan: FolderScan, options: WatchOptions, clock: Callable[[], float], sleep: Callable[[float], None]
) -> Iterator[list[Path]]:
    known = _Known(options)
    while True:
        before_s = clock()
        found = scan.once()
        after_s = clock()
        yield known.complete(found, before_s, after_s)
        # At least as long as the pass took: a slow share is not kept busy by being looked at.
        wait_s = max(options.poll_s, after_s - before_s) - (clock() - after_s)
        if wait_s > 0:
            sleep(wait_s)


@dataclass(slots=True)
class _File:
    """What is remembered of a file."""

    size: int
    mtime_ns: int
    since_s: float
    """Its size and time of change are these since this moment."""
    seen_s: float
    polls: int = 0
    handed_out: bool = False


class _Known:
    """The files of earlier passes."""

    def __init__(self, options: WatchOptions) -> None:
        self._options = options
        self._files: dict[str, _File] = {}

    def complete(self, found: dict[str, Found], before_s: float, after_s: float) -> list[Path]:
        """What is complete by now and was not handed out as it is; the pass ran from ``before_s`` to ``after_s``."""
        ready: list[Path] = []
        for key, each in found.items():
            file = self._see(key, each, after_s)
            if (
                not file.handed_out
                and len(ready) < self._options.max_batch
                and self._stands_still(file, each, before_s)
            ):
                file.handed_out = True
                ready.append(Path(each.path))
        self._forget(found, after_s)
        return ready

    def _see(self, key: str, found: Found, now_s: float) -> _File:
        file = self._files.get(key)
        if file is None or (file.size, file.mtime_ns) != (found.size, found.mtime_ns):
            file = self._files[key] = _File(found.size, found.mtime_ns, now_s, now_s)
        file.polls += 1
        file.seen_s = now_s
        return file

    def _stands_still(self, file: _File, found: Found, now_s: float) -> bool:
        if file.polls < _MIN_POLLS:
            return False
        settle_s = self._options.settle_s
        if not file.size:
            return now_s - file.since_s >= max(settle_s, self._options.empty_settle_s)
        # Renamed or dated long after its last change: it was complete before it came here.
        moved_in = found.ctime_ns - found.mtime_ns >= settle_s * 1e9
        return moved_in or now_s - file.since_s >= settle_s

    def _forget(self, found: dict[str, Found], now_s: float) -> None:
        gone = [key for key in self._files if key not in found]
        for key in gone:
            if not self._files[key].handed_out or now_s - self._files[key].seen_s >= _FORGET_S:
                del self._files[key]
