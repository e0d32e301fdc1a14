"""The table of views in docs/store*.md: ``python docs/build_store_views.py`` writes it anew."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import create_engine, inspect

from qa_pipeline.store import tables
from qa_pipeline.store.views import VIEWS

FILES = (Path(__file__).parent / "store.md", Path(__file__).parent / "store.zh-CN.md")


def view_rows() -> list[str]:
    """One row of the table per view, with its columns."""
    engine = create_engine("sqlite://")
    tables.metadata.create_all(engine)
    inspector = inspect(engine)
    columns = {name: [column["name"] for column in inspector.get_columns(name)] for name in VIEWS}
    return [f"| `{name}` | {', '.join(f'`{column}`' for column in columns[name])} |" for name in VIEWS]


def with_views(text: str) -> str:
    """The page with the present rows in place of the old ones."""
    lines = text.split("\n")
    first = next(i for i, line in enumerate(lines) if line.startswith(("| `bi_", "VIEWS")))
    last = first
    while last < len(lines) and lines[last].startswith(("| `bi_", "VIEWS")):
        last += 1
    return "\n".join([*lines[:first], *view_rows(), *([""] if lines[first] == "VIEWS" else []), *lines[last:]])


if __name__ == "__main__":
    for file in FILES:
        file.write_text(with_views(file.read_text(encoding="utf-8")), encoding="utf-8")
