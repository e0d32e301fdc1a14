"""Parts of ``benchmarks.asr``: one set of weights in every engine's format, the engines, and their processes."""
