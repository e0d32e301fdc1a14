"""Every reason that the source can give has a wording in both catalogues, with the values it is given."""

from __future__ import annotations

import ast
import json
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa_pipeline.core.score import Reason
from qa_pipeline.report.wording import LANGUAGES, wording

PACKAGE = Path(__file__).parent.parent / "qa_pipeline"
MAKERS = {"Reason", "unknown"}


def catalogue(lang: str) -> dict[str, str]:
    path = PACKAGE / "report" / "locale" / f"{lang}.json"
    messages: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return messages


def calls_in(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def literals(node: ast.expr, tree: ast.Module) -> set[str]:
    """The strings that an expression can be; names are followed to their assignments and arguments in the module."""
    if isinstance(node, ast.Constant):
        return {str(node.value)}
    if isinstance(node, ast.IfExp):
        return literals(node.body, tree) | literals(node.orelse, tree)
    if isinstance(node, ast.JoinedStr):  # f"within_{code}_held", where code is the key of the limit given
        pieces = [part.value if isinstance(part, ast.Constant) else "{}" for part in node.values]
        return {"".join(map(str, pieces)).format(unit) for unit in ("turns", "seconds")}
    assert isinstance(node, ast.Name), ast.dump(node)
    return assigned(node.id, tree) | passed(node.id, tree)


def assigned(name: str, tree: ast.Module) -> set[str]:
    values = [n.value for n in ast.walk(tree) if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == name]
    return {text for value in values for text in literals(value, tree)}


def passed(name: str, tree: ast.Module) -> set[str]:
    """What callers in the module give for a parameter of that name."""
    found: set[str] = set()
    for function in (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)):
        names = [argument.arg for argument in function.args.args]
        if name in names:
            given = (c.args[names.index(name)] for c in calls_in(tree) if called(c) == function.name)
            found |= {text for value in given for text in literals(value, tree)}
    return found


def codes_of(source: str) -> set[str]:
    """Codes of all reasons that a module makes."""
    tree = ast.parse(source)
    makers = [call for call in calls_in(tree) if called(call) in MAKERS]
    return {code for call in makers for code in literals(call.args[0], tree)}


def values_of(source: str) -> Iterator[tuple[str, set[str]]]:
    """Codes written as a literal with the names of the values given beside them."""
    for call in calls_in(ast.parse(source)):
        if called(call) == "Reason" and isinstance(call.args[0], ast.Constant):
            given = call.args[1] if len(call.args) > 1 else ast.Dict([], [])
            if isinstance(given, ast.Dict):
                yield str(call.args[0].value), {ast.literal_eval(key) for key in given.keys if key}


SOURCES = {
    path: path.read_text(encoding="utf-8")
    for path in [*sorted((PACKAGE / "checks").glob("*.py")), PACKAGE / "scoring.py"]
    if path.name != "finding.py"  # where unknown() itself makes a reason of what it is given
}
CODES = sorted({code for source in SOURCES.values() for code in codes_of(source)})
VALUES = sorted((code, names) for source in SOURCES.values() for code, names in values_of(source))


def test_codes_are_collected_from_every_form_in_which_they_are_written() -> None:
    assert {
        "no_speech",
        "roles_unknown",
        "party_silent",
        "regex_none",
        "unwanted_found",
        "within_turns_held",
        "within_seconds_missed",
        "condition_not_met",
        "nothing_to_search",
        "low_confidence",
    } <= set(CODES)


def test_no_other_module_makes_reasons() -> None:
    others = [p for p in PACKAGE.rglob("*.py") if p not in SOURCES and p.name != "finding.py"]
    assert [
        p.name for p in others if any(called(c) == "Reason" for c in calls_in(ast.parse(p.read_text("utf-8"))))
    ] == []


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("code", CODES)
def test_reason_has_a_wording(code: str, lang: str) -> None:
    assert catalogue(lang).get(f"reason.{code}", "").strip()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("code", "names"), VALUES, ids=[code for code, _ in VALUES])
def test_wording_asks_only_for_values_that_are_given(code: str, names: set[str], lang: str) -> None:
    messages = catalogue(lang)
    template = next((messages[k] for k in (f"reason.{code}.{n}" for n in sorted(names)) if k in messages), None)
    wanted = {field for _, field, _, _ in string.Formatter().parse(template or messages[f"reason.{code}"]) if field}
    assert wanted <= names
    shown = wording(lang).reason(Reason(code, dict.fromkeys(names, 3)))
    assert shown != code
    assert "{" not in shown


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("unit", ["turns", "seconds"])
@pytest.mark.parametrize("state", ["held", "missed"])
def test_distance_is_named_in_the_wording(lang: str, unit: str, state: str) -> None:
    assert "7" in wording(lang).reason(Reason(f"within_{unit}_{state}", {unit: 7}))
