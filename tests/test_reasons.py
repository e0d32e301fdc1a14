"""Every reason that the source can give has a wording in both catalogues, with the values it is given."""

from __future__ import annotations

import ast
import json
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa_pipeline.checks.registry import CHECK_NAMES
from qa_pipeline.core.score import Reason
from qa_pipeline.report.wording import LANGUAGES, wording

PACKAGE = Path(__file__).parent.parent / "qa_pipeline"
MAKERS = {"Reason", "unknown"}


def catalogue(lang: str) -> dict[str, str]:
    path = PACKAGE / "report" / "locale" / f"{lang}.checks.json"
    messages: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return messages


def calls_in(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def functions_in(tree: ast.AST) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def literals(node: ast.expr, function: ast.FunctionDef, tree: ast.Module) -> set[str]:
    """The strings that an expression of a function can be; names are followed to what they stand for there."""
    if isinstance(node, ast.Constant):
        return {str(node.value)}
    if isinstance(node, ast.IfExp):
        return literals(node.body, function, tree) | literals(node.orelse, function, tree)
    if isinstance(node, ast.JoinedStr):  # f"within_{code}_held", where code is the key of the limit given
        pieces = [part.value if isinstance(part, ast.Constant) else "{}" for part in node.values]
        return {"".join(map(str, pieces)).format(unit) for unit in ("turns", "seconds")}
    assert isinstance(node, ast.Name), ast.dump(node)
    return assigned(node.id, function, tree) | passed(node.id, function, tree)


def assigned(name: str, function: ast.FunctionDef, tree: ast.Module) -> set[str]:
    values = [n.value for n in ast.walk(function) if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == name]
    return {text for value in values for text in literals(value, function, tree)}


def passed(name: str, function: ast.FunctionDef, tree: ast.Module) -> set[str]:
    """What callers in the module give for a parameter of that name."""
    names = [argument.arg for argument in function.args.args]
    if name not in names:
        return set()
    return {
        text
        for caller in functions_in(tree)
        for call in calls_in(caller)
        if called(call) == function.name
        for text in literals(call.args[names.index(name)], caller, tree)
    }


def first_arguments(source: str, makers: set[str]) -> set[str]:
    """All that a module gives to some functions as their first argument."""
    tree = ast.parse(source)
    return {
        text
        for function in functions_in(tree)
        for call in calls_in(function)
        if called(call) in makers
        for text in literals(call.args[0], function, tree)
    }


def codes_of(source: str) -> set[str]:
    """Codes of all reasons that a module makes."""
    return first_arguments(source, MAKERS)


def measures_of(source: str) -> set[str]:
    """Names of all that a module measures."""
    return first_arguments(source, {"measured"})


def keys(node: ast.expr, function: ast.AST) -> set[str] | None:
    """Names of the values that an expression holds; None where only running it would tell."""
    if isinstance(node, ast.Dict):
        return {ast.literal_eval(key) for key in node.keys if key}
    if isinstance(node, ast.BinOp):
        sides = keys(node.left, function), keys(node.right, function)
        return None if None in sides else set().union(*(side or set() for side in sides))
    if not isinstance(node, ast.Name):
        return None
    found: set[str] = set()
    for step in ast.walk(function):
        targets = step.targets if isinstance(step, ast.Assign) else [getattr(step, "target", None)]
        for target in targets:
            if isinstance(target, ast.Name) and target.id == node.id:
                found |= keys(step.value, function) or set()  # type: ignore[attr-defined]
            if isinstance(target, ast.Subscript) and ast.unparse(target.value) == node.id:
                found.add(ast.literal_eval(target.slice))
    return found or None


def values_of(source: str) -> Iterator[tuple[str, set[str]]]:
    """Codes written as a literal with the names of the values given beside them, by keyword or in a mapping."""
    for function in functions_in(ast.parse(source)):
        for call in (c for c in calls_in(function) if called(c) in MAKERS and isinstance(c.args[0], ast.Constant)):
            mapping = keys(call.args[1], function) if len(call.args) > 1 else set()
            given = {keyword.arg or "" for keyword in call.keywords}
            if mapping is not None:
                yield str(call.args[0].value), mapping | given


SOURCES = {
    path: path.read_text(encoding="utf-8")
    for path in [*sorted((PACKAGE / "checks").glob("*.py")), PACKAGE / "scorable.py", PACKAGE / "scoring.py"]
    if path.name != "finding.py"  # where unknown() itself makes a reason of what it is given
}
MEASURES = sorted({name for source in SOURCES.values() for name in measures_of(source)})
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
        "measure_missed",
        "forbidden_found",
        "facts_unknown",
        "voice_unknown",
    } <= set(CODES)
    assert ("facts_unknown", {"wanted"}) in VALUES  # by keyword
    assert ("flow_missed", {"count", "wanted", "total", "step"}) in VALUES  # in a mapping made before


def test_no_other_module_makes_reasons() -> None:
    others = [p for p in PACKAGE.rglob("*.py") if p not in SOURCES and p.name != "finding.py"]
    assert [
        p.name for p in others if any(called(c) == "Reason" for c in calls_in(ast.parse(p.read_text("utf-8"))))
    ] == []


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("code", CODES)
def test_reason_has_a_wording(code: str, lang: str) -> None:
    assert catalogue(lang).get(f"reason.{code}", "").strip()


#: What the report itself makes of a measured value and its bounds.
DERIVED = {"value": {"amount", "limit", "missed"}}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("code", "names"), VALUES, ids=[code for code, _ in VALUES])
def test_wording_asks_only_for_values_that_are_given(code: str, names: set[str], lang: str) -> None:
    messages = catalogue(lang)
    template = next((messages[k] for k in (f"reason.{code}.{n}" for n in sorted(names)) if k in messages), None)
    wanted = {field for _, field, _, _ in string.Formatter().parse(template or messages[f"reason.{code}"]) if field}
    assert wanted <= names.union(*(DERIVED.get(name, set()) for name in names))
    values: dict[str, str | int | float] = dict.fromkeys(names, 3)
    shown = wording(lang).reason(Reason(code, values | ({"measure": "silences"} if "measure" in names else {})))
    assert shown != code
    assert "{" not in shown


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("measure", MEASURES)
def test_every_measure_has_a_word(measure: str, lang: str) -> None:
    assert catalogue(lang).get(f"measure.{measure}", "").strip()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", CHECK_NAMES)
def test_every_check_has_a_word(name: str, lang: str) -> None:
    assert catalogue(lang).get(f"check.{name}", "").strip()


def test_measures_are_collected_through_the_helpers_that_pass_them_on() -> None:
    assert {"silences", "talk_ratio", "repetitions", "stage_share", "speech_rate", "pitch_range"} <= set(MEASURES)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("unit", ["turns", "seconds"])
@pytest.mark.parametrize("state", ["held", "missed"])
def test_distance_is_named_in_the_wording(lang: str, unit: str, state: str) -> None:
    assert "7" in wording(lang).reason(Reason(f"within_{unit}_{state}", {unit: 7}))
