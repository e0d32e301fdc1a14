"""No two files of the command line or of the benchmarks import each other, not even within functions or for types."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.test_architecture import imported

ROOT = Path(__file__).parent.parent
FOLDERS = ("qa_pipeline/cli", "benchmarks")


def module_of(path: Path) -> tuple[str, ...]:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" else parts


def graph() -> dict[tuple[str, ...], set[tuple[str, ...]]]:
    """Every module, and those of these folders that it imports."""
    paths = {module_of(path): path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")}
    found = {}
    for module, path in paths.items():
        names = imported(ast.parse(path.read_text(encoding="utf-8")), module, path.name == "__init__.py")
        found[module] = {name if name in paths else name[:-1] for _, name in names} & paths.keys()
    return found


def test_no_two_files_import_each_other() -> None:
    imports = graph()
    pairs = {(a, b) for a, others in imports.items() for b in others if a < b and a in imports[b]}
    assert len(imports) > 40 and pairs == set()
