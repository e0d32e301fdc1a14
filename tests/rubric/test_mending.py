"""One mistake hides no other and makes no other: the rest of the form is judged as if the mistake were not there."""

from __future__ import annotations

import copy
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from qa_pipeline.core.errors import UserError
from qa_pipeline.rubric.loading import RubricError, load_rubric

RICH: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("rich.yaml").read_text(encoding="utf-8"))
Place = tuple[str | int, ...]

HEAD = 'id: tiny\nversion: "1.0"\ntitle: 小表\n'
LINE = "{id: greet, title: 问候, points: 5, check: {phrases: {any: [您好]}}}"


def problems(text: str) -> list[str]:
    """The problems of a file without its name, without lines; nothing for a good file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "form.yaml"
        path.write_text(text, encoding="utf-8")
        try:
            load_rubric(str(path))
        except RubricError as error:
            assert all(1 <= problem.line <= max(1, len(text.splitlines())) for problem in error.problems)
            assert len(error.lines) == len("\n".join(error.lines).splitlines())
            return [line.removeprefix(f"{path}:").split(": ", 1)[1] for line in error.lines]
    return []


def of_line(*lines: str, more: str = "") -> list[str]:
    """Problems of a form with these criteria, paths from the criterion on."""
    body = "".join(f"      - {line}\n" for line in lines)
    found = problems(f"{HEAD}{more}sections:\n  - id: main\n    title: 主要\n    criteria:\n{body}")
    return sorted(line.removeprefix("sections[0].") for line in found)


def test_a_good_form_has_no_problems() -> None:
    assert of_line(LINE) == []
    assert problems(yaml.safe_dump(RICH, allow_unicode=True)) == []


# -- nothing is hidden --------------------------------------------------------


def test_mistakes_of_a_mapping_are_told_beside_those_of_its_values() -> None:
    check = "{phrases: {rol: agent, first_turns: two, last_turns: 3, any: [a], all: [b]}}"
    assert of_line(LINE.replace("{phrases: {any: [您好]}}", check)) == [
        "criteria[0].check.phrases.first_turns: must be a whole number (found 'two')",
        "criteria[0].check.phrases.rol: unknown key; did you mean role?",
        "criteria[0].check.phrases: give first_turns or last_turns, not both",
    ]


def test_what_stands_under_a_misspelt_key_is_looked_at() -> None:
    assert of_line(LINE.replace("check: {phrases", "chekc: {phrase").replace("any:", "anny: x, all:")) == [
        "criteria[0].chekc.phrase.anny: unknown key; did you mean any?",
        "criteria[0].chekc.phrase: give exactly one of any, all, none with at least one phrase",
        "criteria[0].chekc.phrase: there is no check phrase; did you mean phrases?",
        "criteria[0].chekc: unknown key; did you mean check?",
    ]


def test_the_form_is_judged_as_a_whole_beside_a_broken_line() -> None:
    broken = "{id: b, title: [], points: 3, check: {phrases: {any: [b]}}}"
    assert of_line(LINE, broken, more="total_points: 9\n") == [
        "criteria[1].title: must be text",
        "total_points: start and points add up to 8, not 9",
    ]


def test_each_of_several_checks_in_one_mapping_is_looked_at() -> None:
    two = LINE.replace("any: [您好]}", 'any: []}, regex: {pattern: "("}')
    assert of_line(two) == [
        "criteria[0].check.phrases: give exactly one of any, all, none with at least one phrase",
        "criteria[0].check.regex.pattern: not a regular expression: missing ) at position 1",
        "criteria[0].check: a check is a mapping with exactly one check name (found phrases, regex)",
    ]


# -- nothing is made up -------------------------------------------------------


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("points: -5", "points: must be greater than 0 (found -5)"),
        ("points: 1:30", "points: YAML reads 1:30 as a number to the base 60: put it in quotes"),
        ("pionts: 5", "pionts: unknown key; did you mean points?"),
        ("points: 6, points: 5", "points: the key stands twice (first in line 10)"),
    ],
)
def test_points_that_cannot_be_read_make_no_wrong_sum(broken: str, said: str) -> None:
    more = "total_points: 5\npass_percent: 60\n"
    assert of_line(LINE.replace("points: 5", broken), more=more) == [f"criteria[0].{said}"]


@pytest.mark.parametrize(
    "use",
    [
        "when: {use: objektion}",
        "when: {all: [{use: objection}, {phrases: {any: 5}}]}",
        "when: {phrases: {any: [a], rolle: agent, before: {check: {use: objection}}}}",
        "wehn: {use: objection}",
        "when: {ues: objection}",
        "when: objection",
        "qqqq: {use: objection}",
    ],
)
def test_a_condition_named_in_a_broken_part_is_not_called_unused(use: str) -> None:
    conditions = "conditions: {objection: {stage_present: {any: [objection]}}}\n"
    assert len(of_line(LINE.replace("points: 5", f"points: 5, {use}"), more=conditions)) == 1


def test_a_condition_with_a_bad_name_is_still_referred_to() -> None:
    conditions = "conditions: {Big Objection: {stage_present: {any: [objection]}}}\n"
    (line,) = of_line(LINE.replace("points: 5", "points: 5, when: {use: Big Objection}"), more=conditions)
    assert line.startswith("conditions.Big Objection: must begin with a small letter")


def test_checks_that_cannot_be_read_are_not_called_the_same() -> None:
    broken = [LINE.replace("greet", f"c{i}").replace("[您好]", "[您好], role: nobody") for i in range(3)]
    assert [line.split(":")[0] for line in of_line(*broken)] == [f"criteria[{i}].check.phrases.role" for i in range(3)]


def test_a_check_that_cannot_be_read_contradicts_nothing() -> None:
    when = "when: {all: [{ended_by: {role: agnet}}, {not: {ended_by: {role: agent}}}]}"
    assert len(of_line(LINE.replace("points: 5", f"points: 5, {when}"))) == 1


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            "check:\n          phrases:\n          any: [a]\n          role: agent",
            "indent any, so that it stands under phrases",
        ),
        ("check:\n        phrases: {any: [a]}", "indent it, so that it stands under check"),
        ("phrases: {any: [a]}", "indent it, so that it stands under check"),
        ("check: phrases", "write phrases: and what it looks for under it"),
        (
            "check:\n          phrases: {any: [a]}\n          role: agent",
            "indent role, so that it stands under phrases",
        ),
    ],
)
def test_wrong_indentation_is_one_mistake_with_advice(lines: str, said: str) -> None:
    (line,) = of_line(f"id: a\n        title: t\n        points: 1\n        {lines}")
    assert said in line


def test_what_is_written_once_is_reported_once() -> None:
    first = LINE.replace("check: {phrases: {any: [您好]}}", "check: &c {phrases: {any: [您好], rol: agent}}")
    second = "{id: b, title: b, points: 1, when: {stage_present: {any: [close]}}, check: *c}"
    assert of_line(first, second) == ["criteria[0].check.phrases.rol: unknown key; did you mean role?"]


def test_what_was_to_be_merged_is_not_missing_too() -> None:
    first = LINE.replace("{id", "&base {id", 1)
    assert of_line(first, "{<<: *base, id: b, check: {phrases: {any: [b]}}}") == [
        "criteria[1].<<: merging (<<) is not supported: write the keys out"
    ]


# -- words --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("instead", "said"),
    [
        ("title: 110", "must be text: put 110 in quotes"),
        ("title: 1.10", "must be text: put 1.10 in quotes"),
        ("title:", "must be text (nothing stands here)"),
        ("title: ''", "must not be empty"),
        ("title: true", "must be text (found true)"),
        ("title: t, severity: hgih", "must be 'minor', 'major' or 'critical' (found 'hgih')"),
        ("title: t, severity: majr", "did you mean major?"),
        ("title: t, fatal: true", "must be 'section' or 'call' (found true)"),
        ("title: t, examples: {met: 您好}", "must be a list: write [您好]"),
        ("title: t, weight: [1]", "must be a number"),
        ("title: t, deduct: 5", "must be a mapping (found 5)"),
    ],
)
def test_a_mistake_in_words(instead: str, said: str) -> None:
    (line,) = [found for found in of_line(LINE.replace("title: 问候", instead)) if "exactly one of" not in found]
    assert said in line


def test_line_breaks_and_control_characters_stay_in_one_line() -> None:
    (line,) = of_line(LINE.replace("points: 5", '"a\\nb\\e[31m": 1, points: 5'))
    assert line == "criteria[0].a\\nb\\x1b[31m: unknown key"


# -- any change ---------------------------------------------------------------


def _places(value: Any, path: Place = ()) -> list[Place]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, part in inner for place in _places(part, (*path, key)))]


PLACES = [place for place in _places(RICH) if place]
OTHERS: list[Any] = [
    *(None, "", [], {}, {"a": 1}, ["x"], 0, -1, 10**9, 1.5, True, "x", "no", "a: b\n- c", "工号"),
    {"phrases": {"any": ["a"]}},
    {"use": "nobody"},
    {"not": {"use": "objection"}},
    {"phrases": {"any": []}, "regex": {"pattern": "("}},
    {"phrases": None, "any": ["a"]},
    ["greet", {"use": "objection"}, 5],
]
changes = st.tuples(
    st.sampled_from(PLACES), st.one_of(st.sampled_from(["delete", "misspell"]), st.sampled_from(OTHERS))
)


def changed(value: Any, place: Place, change: Any) -> Any:
    """A copy with one value deleted, misspelt in its key, or replaced."""
    value = copy.deepcopy(value)
    parent = value
    for key in place[:-1]:
        parent = parent[key]
    if change == "delete":
        del parent[place[-1]]
    elif change == "misspell" and isinstance(parent, dict):
        parent[f"{place[-1]}q"] = parent.pop(place[-1])
    else:
        parent[place[-1]] = copy.deepcopy(change)
    return value


def dotted(place: Place) -> str:
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in place).lstrip(".")


def report(value: Any) -> set[str]:
    found = problems(yaml.safe_dump(value, allow_unicode=True, sort_keys=False))
    return {re.sub(r"line \d+", "line", line) for line in found}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(changes, min_size=1, max_size=6))
def test_any_changes_give_a_rubric_or_a_report(many: list[tuple[Place, Any]]) -> None:
    value = RICH
    for place, change in many:
        try:
            value = changed(value, place, change)
        except (KeyError, IndexError, TypeError):
            continue
    try:
        report(value)
    except UserError as error:  # anything else is a bug
        assert str(error)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changes)
def test_one_change_is_reported_where_it_was_made_or_does_no_harm(one: tuple[Place, Any]) -> None:
    place, change = one
    value = changed(RICH, place, change)
    found = report(value)
    if isinstance(change, dict) and set(change) == {"a"} and "metadata" not in place:
        assert found, "a mapping of a: 1 stands nowhere in the language"
    if found:
        near = [dotted(place[:end]) for end in range(1, len(place) + 1)]
        whole = ("conditions", "total_points", "sections", "pass_percent")
        assert any(line.startswith((*near, *whole)) for line in found)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changes, changes)
def test_two_changes_are_reported_as_each_by_itself(one: tuple[Place, Any], two: tuple[Place, Any]) -> None:
    apart = one[0][: len(two[0])] != two[0] and two[0][: len(one[0])] != one[0] and one[0][:-1] != two[0][:-1]
    assume(apart and not any(change == "delete" and isinstance(place[-1], int) for place, change in (one, two)))
    both = changed(changed(RICH, *one), *two)
    first, second, together = report(changed(RICH, *one)), report(changed(RICH, *two)), report(both)

    def plain(lines: set[str]) -> set[str]:
        """What concerns a value by itself; sums and uses may well depend on both."""
        return {line for line in lines if not re.search(r"no criterion uses|add up|used twice|asks exactly", line)}

    assert plain(together) == plain(first | second)
