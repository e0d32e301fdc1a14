"""Ctrl-C while workers run: the first asks for an end, the second ends everything at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Self


class Interrupts:
    """Counts SIGINT inside a ``with`` block; elsewhere, and where it is ignored (``nohup``), all stays as it was."""

    def __init__(self, at_once: Callable[[], None]) -> None:
        self.count = 0
        self._at_once = at_once
        self._before: Callable[[int, FrameType | None], object] | int | None = None

    def __enter__(self) -> Self:
        before = signal.getsignal(signal.SIGINT)
        # Only the main thread hears signals, and only a handler that Python knows can be put back.
        if threading.current_thread() is threading.main_thread() and before not in (signal.SIG_IGN, None):
            self._before = before
            signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        if self._before is not None and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, self._before)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
        if self.count > 1:
            self._at_once()
            raise KeyboardInterrupt
