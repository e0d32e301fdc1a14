"""The import rule: layers import downwards only, siblings in a layer do not import each other (DESIGN §4)."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "qa_pipeline"
FILES = sorted(PACKAGE.rglob("*.py"))
MAX_LINES = 500

#: Bottom to top. ``__init__`` is the package itself, where the version stands.
LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"core", "resources", "__init__"}),
    frozenset({"language", "sound"}),
    frozenset({"config", "audio", "transcribe", "acoustics", "store", "workers"}),
    # Voices in one channel are told apart by how they sound: speakers stand above acoustics.
    frozenset({"speakers"}),
    frozenset({"stages", "checks"}),
    frozenset({"rubric"}),
    frozenset({"scorable"}),
    frozenset({"scoring", "leads"}),
    frozenset({"steps", "listening"}),
    frozenset({"insight"}),
    # Pages show what insight found; figures know nothing of how they are shown.
    frozenset({"report"}),
    frozenset({"summaries", "page_sound", "survey", "made_from"}),
    frozenset({"overview_marks"}),
    # Tables for other programs say what pages say: states, masks and names are those of the reports.
    frozenset({"pages", "overviews", "export"}),
    frozenset({"pipeline"}),
    frozenset({"assembly"}),
    # Many calls at once, on workers.
    frozenset({"batch", "rescoring"}),
    frozenset({"cli"}),
)
LEVEL = {unit: level for level, units in enumerate(LAYERS) for unit in units}
EVERYWHERE = LAYERS[0]


def module_of(path: Path, package: Path = PACKAGE) -> tuple[str, ...]:
    """The dotted name of a file in parts: ``("qa_pipeline", "core", "span")``."""
    parts = path.relative_to(package.parent).with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" else parts


def imported(tree: ast.AST, module: tuple[str, ...], is_package: bool) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Every module that is imported anywhere in a file, also in functions and under TYPE_CHECKING."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, tuple(alias.name.split("."))) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = module[: len(module) - node.level + is_package] if node.level else ()
            source = (*base, *(node.module or "").split(".")) if node.module else base
            yield from ((node.lineno, (*source, alias.name)) for alias in node.names)


def unit_of(name: tuple[str, ...], package: Path = PACKAGE) -> str:
    """The layer member that a dotted name of the package belongs to."""
    known = len(name) > 1 and ((package / name[1]).is_dir() or (package / f"{name[1]}.py").is_file())
    return name[1] if known else "__init__"


def violations(path: Path, source: str) -> list[str]:
    """Imports of one file that point upwards or sideways."""
    module = module_of(path)
    importer = unit_of(module)
    found = []
    for line, name in imported(ast.parse(source), module, path.name == "__init__.py"):
        if name[0] != "qa_pipeline":
            continue
        target = unit_of(name)
        if target in EVERYWHERE and importer not in EVERYWHERE:
            continue
        if target != importer and LEVEL[target] >= LEVEL[importer]:
            found.append(f"{path.name}:{line}: {importer} imports {target}")
    return found


def test_every_module_has_a_layer() -> None:
    assert {unit_of(module_of(path)) for path in FILES} <= set(LEVEL)


@pytest.mark.parametrize("path", FILES, ids=lambda p: ".".join(module_of(p)))
def test_imports_point_downwards(path: Path) -> None:
    assert violations(path, path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("file", "source", "target"),
    [
        ("core/call.py", "import qa_pipeline.language.normalise", "language"),
        ("core/call.py", "from qa_pipeline import resources", "resources"),
        ("core/__init__.py", "from ..checks import scope", "checks"),
        ("audio/facts.py", "from qa_pipeline.transcribe.engine import Engine", "transcribe"),
        ("checks/scope.py", "def f():\n    from qa_pipeline import rubric", "rubric"),
        ("checks/scope.py", "if TYPE_CHECKING:\n    from qa_pipeline.stages.model import StageModel", "stages"),
        ("checks/scope.py", "from ..scoring import score", "scoring"),
        ("scoring.py", "from .report import render", "report"),
        ("steps.py", "from qa_pipeline.pages import Pages", "pages"),
        ("pages.py", "from qa_pipeline import pipeline", "pipeline"),
        ("pipeline.py", "import qa_pipeline.cli.main as m", "cli"),
    ],
)
def test_forbidden_import_is_seen(file: str, source: str, target: str) -> None:
    assert [v.rsplit(" ", 1)[-1] for v in violations(PACKAGE / file, source)] == [target]


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("core/call.py", "from qa_pipeline.core.span import Span"),
        ("checks/logic.py", "from .registry import Check"),
        ("audio/facts.py", "from qa_pipeline import __version__"),
        ("stages/model.py", "from qa_pipeline.resources import models_dir"),
        ("scoring.py", "from qa_pipeline.rubric.model import Rubric"),
        ("steps.py", "from qa_pipeline.store.codec import encode"),
        ("pipeline.py", "from qa_pipeline.pages import Pages"),
        ("cli/run.py", "from qa_pipeline.cli import options"),
    ],
)
def test_allowed_import_is_left_alone(file: str, source: str) -> None:
    assert violations(PACKAGE / file, source) == []


@pytest.mark.parametrize("path", sorted((PACKAGE / "core").glob("*.py")), ids=lambda p: p.name)
def test_core_uses_only_the_standard_library(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    roots = {name[0] for _, name in imported(tree, module_of(path), path.name == "__init__.py")}
    assert roots - sys.stdlib_module_names <= {"qa_pipeline"}


@pytest.mark.parametrize("path", FILES, ids=lambda p: ".".join(module_of(p)))
def test_file_is_short_and_says_what_it_is(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= MAX_LINES
    assert (ast.get_docstring(ast.parse(source)) or "").strip()


def prints(source: str) -> list[int]:
    """Lines with a call of the built-in ``print``."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return [call.lineno for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"]


def test_only_the_command_line_prints() -> None:
    assert prints("x = 1\nprint(x)") == [2]
    quiet = [path for path in FILES if unit_of(module_of(path)) != "cli"]
    assert [path for path in quiet if prints(path.read_text(encoding="utf-8"))] == []
