"""Where shipped rubrics, models and demo recordings lie: in the repository or in an installed package."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def _shipped(name: str) -> Path:
    """A folder that stands at the top of the repository and inside ``shipped/`` of an installed wheel."""
    installed = _PACKAGE / "shipped" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


def rubrics_dir() -> Path:
    return _shipped("rubrics")


def models_dir() -> Path:
    return _shipped("models")


def demo_dir() -> Path:
    return _PACKAGE / "demo"
