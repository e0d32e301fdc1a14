"""The pages about the store name the views as they are."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

DOCS = Path(__file__).parents[2] / "docs"


def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_store_views", DOCS / "build_store_views.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["store.md", "store.zh-CN.md"])
def test_the_table_of_views_is_current(name: str) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")
    assert builder().with_views(text) == text
