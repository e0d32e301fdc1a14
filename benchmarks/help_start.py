"""Start of ``qa-pipeline --help`` beside the start of Python itself: the medians of some runs, and their ratio."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

RUNS = 15


def seconds(arguments: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)  # noqa: S603 - our own words
    return time.perf_counter() - start


def main() -> None:
    bare, told = ["-c", "pass"], ["-m", "qa_pipeline.cli.main", "--help"]
    seconds(told)
    pairs = [(seconds(bare), seconds(told)) for _ in range(RUNS)]
    python, program = (statistics.median(times) for times in zip(*pairs, strict=True))
    print(f"qa-pipeline --help: {program:.3f} s; python alone: {python:.3f} s; ratio {program / python:.1f}")


if __name__ == "__main__":
    main()
